/* SPDX-License-Identifier: Apache-2.0 */
#include "learnt/learnt.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/text.h"

enum { MAX_ARENA = 16 << 20 };

int duet_learnt_new(struct duet_learnt **learnt, const char *path, struct duet_error *error)
{
	struct duet_learnt *made = duet_calloc(1, sizeof(*made));
	int result = made ? 0 : duet_error_set(error, -ENOMEM, "out of memory");

	if (made) {
		made->arena = duet_arena_new(MAX_ARENA);
		result = made->arena ? duet_model_open(&made->model, path, error)
				     : duet_error_set(error, -ENOMEM, "out of memory");
	}
	if (result < 0) {
		duet_learnt_free(made);
		return result;
	}
	*learnt = made;
	return 0;
}

void duet_learnt_free(struct duet_learnt *learnt)
{
	if (!learnt)
		return;
	duet_model_close(&learnt->model);
	duet_lists_done(&learnt->home);
	duet_arena_free(learnt->arena);
	duet_free(learnt);
}

/* The slot's number, or that of all slots. */
static size_t slot_number(const struct duet_learnt *learnt, const char *slot)
{
	size_t i = 0;

	while (i < learnt->model.n_slots && strcmp(duet_model_slot(&learnt->model, i), slot) != 0)
		i++;
	return i;
}

static const char *folded(struct duet_learnt *learnt, const char *text)
{
	char room[512];
	long n = duet_text_normalise(duet_slice(text), true, room, sizeof(room));

	return n < 0 ? "" : duet_arena_copy(learnt->arena, (struct duet_slice){room, (size_t)n});
}

int duet_learnt_fill(struct duet_learnt *learnt, const char *slot, const struct duet_grammar_value *values,
		     size_t n_values)
{
	size_t number = slot_number(learnt, slot);
	const char **names = duet_arena_alloc(learnt->arena, (n_values + 1) * sizeof(*names));

	if (number == learnt->model.n_slots)
		return 0;
	for (size_t i = 0; names && i < n_values; i++) {
		struct duet_words words;

		names[i] = folded(learnt, values[i].text);
		if (!names[i] || duet_words_split(&words, duet_slice(names[i]), learnt->arena) == -ENOMEM ||
		    duet_lists_add(&learnt->home, duet_words_hash(&words, 0, words.n), (uint32_t)number) < 0)
			return -ENOMEM;
	}
	learnt->names[number] = names;
	return names ? 0 : -ENOMEM;
}

const char *duet_learnt_nearest(const struct duet_learnt *learnt, const char *slot, const char *text)
{
	size_t number = slot_number(learnt, slot);
	char room[512];

	if (number == learnt->model.n_slots || !learnt->names[number] ||
	    duet_text_normalise(duet_slice(text), true, room, sizeof(room)) < 0)
		return NULL;
	return duet_text_nearest(room, learnt->names[number]);
}
