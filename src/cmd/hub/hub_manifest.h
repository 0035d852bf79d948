/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_CMD_HUB_MANIFEST_H
#define DUET_CMD_HUB_MANIFEST_H

#include "duet/error.h"

/* What a backup holds: each file with its size and SHA-256. */
#define DUET_HUB_MANIFEST "manifest.json"

int duet_hub_manifest_write(const char *dir, struct duet_error *error);
/* -EBADMSG: a file is missing, or another than was written. */
int duet_hub_manifest_check(const char *dir, struct duet_error *error);

#endif
