/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_HUB_BLOB_H
#define DUET_HUB_BLOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "duet/slice.h"

/*
 * Files that devices uploaded, on disk: FOLDER/DEVICE/b-NAME, names
 * percent-encoded. A blob is written beside its place and renamed when it is
 * whole and synced; blocks wait in FOLDER/DEVICE/.blocks-TOKEN until a list of
 * them makes a blob. Any thread, one for each writer; blocks for the disk.
 */
struct duet_hub_blob; /* one that is being written */

enum { DUET_HUB_BLOB_NAME_MAX = 180, DUET_HUB_BLOCK_MAX = 50000 };

/* May a blob be called so? */
bool duet_hub_blob_name_valid(struct duet_slice name);

/* `block` NULL: the whole blob; otherwise one block by its id. 0 or negative errno. */
int duet_hub_blob_begin(struct duet_hub_blob **blob, const char *folder, const char *device, const char *name,
			const char *token, const char *block);
int duet_hub_blob_write(struct duet_hub_blob *blob, struct duet_slice piece);
int duet_hub_blob_end(struct duet_hub_blob *blob);   /* it is in its place; not yet freed */
void duet_hub_blob_free(struct duet_hub_blob *blob); /* what was not ended is thrown away */

/* Makes the blob of its blocks, in the order of a block list (the XML of Azure's Put Block List): -EINVAL:
 * not one; -ENOENT: a block is missing. */
int duet_hub_blob_commit(const char *folder, const char *device, const char *name, const char *token,
			 struct duet_slice list);

/* Forgets the blocks of an upload that is over. */
void duet_hub_blob_forget(const char *folder, const char *device, const char *token);

/* Bytes of all files below the folder. */
int64_t duet_hub_blob_total(const char *folder);

/* The next id of a block list; false: there is none. For tests, too. */
bool duet_hub_block_list_next(struct duet_slice *list, struct duet_slice *id);

#endif
