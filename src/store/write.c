/* SPDX-License-Identifier: Apache-2.0 */
#include "store/write.h"

#include "base/alloc.h"

void duet_writes_init(struct duet_writes *writes)
{
	*writes = (struct duet_writes){NULL, &writes->first, 0};
}

void duet_writes_done(struct duet_writes *writes)
{
	struct duet_write *next;

	for (struct duet_write *write = writes->first; write; write = next) {
		next = write->next;
		duet_free(write);
	}
	duet_writes_init(writes);
}

void duet_writes_move(struct duet_writes *to, struct duet_writes *from)
{
	*to = *from;
	if (!to->first)
		to->end = &to->first;
	duet_writes_init(from);
}

struct duet_write *duet_writes_add(struct duet_writes *writes, enum duet_write_kind kind, const char *space,
				   const char *key, struct duet_slice value)
{
	size_t space_size = strlen(space) + 1, key_size = strlen(key) + 1;
	struct duet_write *write = duet_calloc(1, sizeof(*write) + space_size + key_size + value.len);
	char *at;

	if (!write)
		return NULL;
	write->kind = kind;
	at = write->bytes;
	write->space = memcpy(at, space, space_size);
	write->key = memcpy(at + space_size, key, key_size);
	at += space_size + key_size;
	if (value.len)
		memcpy(at, value.ptr, value.len);
	write->value = (struct duet_slice){at, value.len};
	*writes->end = write;
	writes->end = &write->next;
	writes->n_writes++;
	return write;
}
