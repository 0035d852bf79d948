/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_CMD_DUET_H
#define DUET_CMD_DUET_H

#include "cmd/command.h"

/* The commands of `duet`, each in a file of its own; duet.c has the table. */

extern const struct duet_command duet_bench;
extern const struct duet_command duet_say;

#endif
