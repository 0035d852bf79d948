/* SPDX-License-Identifier: Apache-2.0 */
#include "learnt/tally.h"

#include <errno.h>

#include "base/alloc.h"

void duet_tally_done(struct duet_tally *tally)
{
	duet_free(tally->entries);
	*tally = (struct duet_tally){0};
}

static struct duet_tally_entry *place_of(const struct duet_tally *tally, uint64_t feature)
{
	size_t i = feature & (tally->room - 1);

	while (tally->entries[i].feature && tally->entries[i].feature != feature)
		i = (i + 1) & (tally->room - 1);
	return &tally->entries[i];
}

static int grow(struct duet_tally *tally)
{
	struct duet_tally grown = {.n = tally->n, .room = tally->room ? tally->room * 2 : 1 << 12};

	grown.entries = duet_calloc(grown.room, sizeof(*grown.entries));
	if (!grown.entries)
		return -ENOMEM;
	for (size_t i = 0; i < tally->room; i++) {
		if (tally->entries[i].feature)
			*place_of(&grown, tally->entries[i].feature) = tally->entries[i];
	}
	duet_free(tally->entries);
	*tally = grown;
	return 0;
}

int duet_tally_count(struct duet_tally *tally, uint64_t feature, uint32_t sentence)
{
	struct duet_tally_entry *entry;

	if (tally->n * 2 >= tally->room && grow(tally) < 0)
		return -ENOMEM;
	entry = place_of(tally, feature);
	tally->n += entry->feature == 0;
	if (entry->n == 0 || entry->last != sentence)
		entry->n++;
	entry->feature = feature;
	entry->last = sentence;
	return 0;
}

bool duet_tally_knows(const struct duet_tally *tally, uint64_t feature)
{
	return tally->room && place_of(tally, feature)->n > 1;
}
