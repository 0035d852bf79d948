/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_STORE_ROWS_H
#define DUET_STORE_ROWS_H

#include "store/database.h"

/* What a reader will be shown: the file's rows with the changes that are not yet in it. */
struct duet_rows {
	struct duet_row *rows; /* key and value in one allocation each */
	size_t n_rows, room;
	int64_t origin;      /* whose entries are ours */
	uint64_t own_ticket; /* the newest of our entries that the file holds */
};

void duet_rows_init(struct duet_rows *rows, int64_t origin);
void duet_rows_done(struct duet_rows *rows);

duet_row_call duet_rows_add; /* `user` is the rows; copies */

/* Carries out those writes of a space, or appends to a journal, that the file may not hold yet. */
int duet_rows_apply(struct duet_rows *rows, const struct duet_writes *writes, const char *space,
		    bool is_journal);

#endif
