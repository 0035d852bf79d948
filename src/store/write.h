/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_STORE_WRITE_H
#define DUET_STORE_WRITE_H

#include <stdbool.h>
#include <stdint.h>

#include "duet/slice.h"

/* One change on its way to the disk. */
enum duet_write_kind { DUET_WRITE_PUT, DUET_WRITE_DELETE, DUET_WRITE_APPEND, DUET_WRITE_FORGET };

static inline bool duet_write_is_journal(enum duet_write_kind kind)
{
	return kind >= DUET_WRITE_APPEND;
}

struct duet_write {
	struct duet_write *next;
	uint64_t ticket;
	enum duet_write_kind kind;
	const char *space; /* or the journal's name; these three point into `bytes` */
	const char *key;
	struct duet_slice value;
	int keep;
	int64_t number; /* FORGET: of the entry */
	char bytes[];
};

/* In the order of their tickets. */
struct duet_writes {
	struct duet_write *first, **end;
	size_t n_writes;
};

void duet_writes_init(struct duet_writes *writes);
void duet_writes_done(struct duet_writes *writes);
void duet_writes_move(struct duet_writes *to, struct duet_writes *from); /* `to` is empty */

/* Copies everything into a new last one; NULL when out of memory. */
struct duet_write *duet_writes_add(struct duet_writes *writes, enum duet_write_kind kind, const char *space,
				   const char *key, struct duet_slice value);

#endif
