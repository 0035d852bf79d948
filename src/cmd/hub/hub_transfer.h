/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_CMD_HUB_TRANSFER_H
#define DUET_CMD_HUB_TRANSFER_H

#include "cmd/command.h"

/* `duet-hub device export` and `import`. */
extern const struct duet_command duet_hub_export_command, duet_hub_import_command;

#endif
