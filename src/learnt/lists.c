/* SPDX-License-Identifier: Apache-2.0 */
#include "learnt/lists.h"

#include <errno.h>

#include "base/alloc.h"

void duet_lists_done(struct duet_lists *lists)
{
	duet_free(lists->entries);
	*lists = (struct duet_lists){0};
}

/* Where `text` is, or the free place where it would be. */
static struct duet_lists_entry *place_of(const struct duet_lists *lists, uint64_t text)
{
	size_t i = text & (lists->room - 1);

	while (lists->entries[i].text && lists->entries[i].text != text)
		i = (i + 1) & (lists->room - 1);
	return &lists->entries[i];
}

static int grow(struct duet_lists *lists)
{
	struct duet_lists grown = {.n = lists->n, .room = lists->room ? lists->room * 2 : 64};

	grown.entries = duet_calloc(grown.room, sizeof(*grown.entries));
	if (!grown.entries)
		return -ENOMEM;
	for (size_t i = 0; i < lists->room; i++) {
		if (lists->entries[i].text)
			*place_of(&grown, lists->entries[i].text) = lists->entries[i];
	}
	duet_free(lists->entries);
	*lists = grown;
	return 0;
}

int duet_lists_add(struct duet_lists *lists, uint64_t text, uint32_t slot)
{
	uint64_t bit = (uint64_t)1 << slot;
	struct duet_lists_entry *entry;

	if (lists->n * 2 >= lists->room && grow(lists) < 0)
		return -ENOMEM;
	entry = place_of(lists, text);
	lists->n += entry->text == 0;
	entry->text = text;
	entry->once = entry->slots & bit ? entry->once & ~bit : entry->once | bit;
	entry->slots |= bit;
	return 0;
}

const struct duet_lists_entry *duet_lists_find(const struct duet_lists *lists, uint64_t text)
{
	const struct duet_lists_entry *entry;

	if (!lists->room)
		return NULL;
	entry = place_of(lists, text);
	return entry->text ? entry : NULL;
}
