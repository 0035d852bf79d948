/* SPDX-License-Identifier: Apache-2.0 */
#include "learnt/trainer.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"

enum {
	MAX_ARENA = 1 << 30,
	MAX_SCRATCH = 64 << 20,
	MIN_BITS = 18,
	MAX_BITS = 23,
	WEIGHTS_PER_WORD = 64,
	MORE_WRITTEN = 2
};

bool duet_trainer_known(const void *user, uint64_t feature)
{
	return duet_tally_knows(&((const struct duet_trainer *)user)->texts_seen, feature);
}

/* Slots in words. What begins or ends within a word, or is too long to be found, is left out. */
static int read_slots(struct duet_trainer *trainer, struct duet_example *example,
		      const struct duet_query *query)
{
	struct duet_lattice_slot *slots =
		duet_arena_alloc(trainer->arena, (query->n_spans + 1) * sizeof(*slots));

	if (!slots)
		return -ENOMEM;
	for (uint32_t i = 0; i < query->n_spans; i++) {
		const struct duet_query_span *span = &trainer->queries->spans[query->span + i];
		struct duet_lattice_slot slot = {UINT32_MAX, 0, span->slot};

		for (uint32_t w = 0; w < example->words.n; w++) {
			if (example->words.items[w].begin == span->begin)
				slot.begin = w;
			if (example->words.items[w].end == span->end)
				slot.end = w + 1;
		}
		if (slot.begin < slot.end && slot.end - slot.begin <= DUET_SPAN_MAX)
			slots[example->n_slots++] = slot;
	}
	example->slots = slots;
	return 0;
}

static int read_query(struct duet_trainer *trainer, const struct duet_query *query)
{
	struct duet_example *example = &trainer->examples[trainer->n];
	int result = duet_words_split(&example->words, query->text, trainer->arena);

	if (result == -E2BIG || (result == 0 && example->words.n == 0))
		return 0;
	if (result < 0)
		return result;
	example->meaning = query->meaning;
	example->sampled = query->sampled;
	trainer->n++;
	return read_slots(trainer, example, query);
}

static int learn_lists(struct duet_trainer *trainer)
{
	for (size_t i = 0; i < trainer->n; i++) {
		const struct duet_example *example = &trainer->examples[i];

		for (uint32_t s = 0; s < example->n_slots; s++) {
			const struct duet_lattice_slot *slot = &example->slots[s];
			uint64_t text = duet_words_hash(&example->words, slot->begin, slot->end);

			if (duet_lists_add(&trainer->lists, text, slot->slot) < 0)
				return -ENOMEM;
		}
	}
	return 0;
}

/* The slots that each meaning has had. */
static int learn_frames(struct duet_trainer *trainer)
{
	size_t n = trainer->queries->n_meanings;
	uint64_t *slots = duet_arena_alloc(trainer->arena, (n + 1) * sizeof(*slots));

	trainer->frames = duet_arena_alloc(trainer->arena, (n + 1) * sizeof(*trainer->frames));
	trainer->longest = duet_arena_alloc(trainer->arena, (n + 1) * sizeof(*trainer->longest));
	if (!slots || !trainer->frames || !trainer->longest)
		return -ENOMEM;
	for (size_t i = 0; i < trainer->n; i++) {
		const struct duet_example *example = &trainer->examples[i];

		for (uint32_t s = 0; s < example->n_slots; s++) {
			uint32_t length = example->slots[s].end - example->slots[s].begin;

			slots[example->meaning] |= (uint64_t)1 << example->slots[s].slot;
			if (length > trainer->longest[example->meaning])
				trainer->longest[example->meaning] = length;
		}
	}
	duet_columns_clear(&trainer->meanings);
	trainer->cuts_speak = true;
	for (size_t m = 0; m < n; m++) {
		duet_frame_init(&trainer->frames[m], slots[m], trainer->queries->n_slots);
		duet_columns_add(&trainer->meanings, m);
		trainer->cuts_speak &= trainer->queries->meanings[m].intent[0] != '\0';
	}
	return 0;
}

static unsigned table_bits(const struct duet_trainer *trainer)
{
	size_t n_words = 0;
	unsigned bits = MIN_BITS;

	for (size_t i = 0; i < trainer->n; i++)
		n_words += trainer->examples[i].words.n;
	while (bits < MAX_BITS && (size_t)1 << bits < n_words * WEIGHTS_PER_WORD)
		bits++;
	return bits;
}

static int read_all(struct duet_trainer *trainer)
{
	const struct duet_queries *queries = trainer->queries;

	trainer->examples = duet_calloc(queries->n + 1, sizeof(*trainer->examples));
	if (!trainer->examples)
		return -ENOMEM;
	for (size_t i = 0; i < queries->n; i++) {
		int result = read_query(trainer, &queries->items[i]);

		if (result < 0)
			return result;
	}
	return 0;
}

void duet_trainer_done(struct duet_trainer *trainer)
{
	duet_weights_done(&trainer->cuts);
	duet_weights_done(&trainer->texts);
	duet_lists_done(&trainer->lists);
	duet_tally_done(&trainer->cuts_seen);
	duet_tally_done(&trainer->texts_seen);
	duet_free(trainer->examples);
	duet_arena_free(trainer->scratch);
	duet_arena_free(trainer->arena);
	*trainer = (struct duet_trainer){0};
}

/* What is a slot's own doing must not speak for it: a text that was seen there once only was seen here. */
static uint64_t without(const struct duet_lists_entry *entry, const struct duet_example *example,
			size_t begin, size_t end)
{
	uint64_t slots = entry->slots;

	for (uint32_t s = 0; s < example->n_slots; s++) {
		if (example->slots[s].begin == begin && example->slots[s].end == end)
			slots &= ~(entry->once & (uint64_t)1 << example->slots[s].slot);
	}
	return slots;
}

int duet_trainer_spans(struct duet_trainer *trainer, const struct duet_example *example,
		       struct duet_spans *spans)
{
	const struct duet_words *words = &example->words;
	uint64_t *lists = duet_arena_alloc(trainer->scratch, words->n * DUET_SPAN_MAX * sizeof(*lists));

	*spans = (struct duet_spans){.lists = lists};
	for (size_t at = 0; lists && at < words->n; at++) {
		uint64_t text = DUET_WORDS_HASH_EMPTY;

		for (size_t length = 1; length <= DUET_SPAN_MAX && at + length <= words->n; length++) {
			uint64_t *bits = &lists[at * DUET_SPAN_MAX + length - 1];
			const struct duet_lists_entry *entry;

			text = duet_hash_mix(text, words->items[at + length - 1].text);
			entry = duet_lists_find(&trainer->lists, text);
			*bits = entry ? without(entry, example, at, at + length) : 0;
			spans->any |= *bits;
		}
	}
	return lists ? 0 : -ENOMEM;
}

static bool any_is_known(const void *user, uint64_t feature)
{
	return true;
}

static int count_text(struct duet_trainer *trainer, const struct duet_example *example, uint32_t number)
{
	uint64_t *features = duet_arena_alloc(trainer->scratch, DUET_FEATURES_TEXT * sizeof(*features));
	struct duet_spans spans;
	size_t n;

	if (!features || duet_trainer_spans(trainer, example, &spans) < 0)
		return -ENOMEM;
	n = duet_features_text(&example->words, spans.any, any_is_known, NULL, features);
	for (size_t i = 0; i < n; i++) {
		if (duet_tally_count(&trainer->texts_seen, features[i], number) < 0)
			return -ENOMEM;
	}
	return 0;
}

/* Features of spans count where a slot is: most of the others will never come again. */
static int count_cuts(struct duet_trainer *trainer, const struct duet_example *example, uint32_t number)
{
	uint64_t features[DUET_FEATURES_SPAN > DUET_FEATURES_WORD ? DUET_FEATURES_SPAN : DUET_FEATURES_WORD];
	struct duet_spans spans;
	size_t n;

	if (duet_trainer_spans(trainer, example, &spans) < 0)
		return -ENOMEM;
	for (size_t at = 0; at < example->words.n; at++) {
		n = duet_features_word(&example->words, at, features);
		for (size_t i = 0; i < n; i++) {
			if (duet_tally_count(&trainer->cuts_seen, features[i], number) < 0)
				return -ENOMEM;
		}
	}
	for (uint32_t s = 0; s < example->n_slots; s++) {
		const struct duet_lattice_slot *slot = &example->slots[s];
		uint64_t lists = spans.lists[slot->begin * DUET_SPAN_MAX + slot->end - slot->begin - 1];

		n = duet_features_span(&example->words, slot->begin, slot->end, lists, features);
		for (size_t i = 0; i < n; i++) {
			if (duet_tally_count(&trainer->cuts_seen, features[i], number) < 0)
				return -ENOMEM;
		}
	}
	return 0;
}

/* What follows what is known even where it was seen once. */
static int count_follow(struct duet_trainer *trainer)
{
	for (uint64_t state = 0; state < 2 * (DUET_SLOTS_MAX + 1); state++) {
		for (uint32_t sentence = 0; sentence < 2; sentence++) {
			if (duet_tally_count(&trainer->cuts_seen, duet_features_follow(state), sentence) < 0)
				return -ENOMEM;
		}
	}
	return 0;
}

static int count_features(struct duet_trainer *trainer)
{
	for (size_t i = 0; i < trainer->n; i++) {
		duet_arena_reset(trainer->scratch);
		if (count_text(trainer, &trainer->examples[i], (uint32_t)i) < 0 ||
		    count_cuts(trainer, &trainer->examples[i], (uint32_t)i) < 0)
			return -ENOMEM;
	}
	return count_follow(trainer);
}

/* What people have written counts more than what templates say: a sample is one of very many. */
static int repeat_written(struct duet_trainer *trainer)
{
	size_t n_written = 0, n = trainer->n;
	struct duet_example *grown;

	for (size_t i = 0; i < n; i++)
		n_written += !trainer->examples[i].sampled;
	if (n_written == n)
		return 0;
	grown = duet_realloc(trainer->examples, n + n_written * MORE_WRITTEN, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	trainer->examples = grown;
	for (size_t i = 0; i < n; i++) {
		for (int k = 0; k < MORE_WRITTEN && !grown[i].sampled; k++)
			grown[trainer->n++] = grown[i];
	}
	return 0;
}

int duet_trainer_init(struct duet_trainer *trainer, const struct duet_queries *queries)
{
	unsigned bits;

	*trainer = (struct duet_trainer){
		.queries = queries,
		.arena = duet_arena_new(MAX_ARENA),
		.scratch = duet_arena_new(MAX_SCRATCH),
		.random = 88172645463325252u,
	};
	if (!trainer->arena || !trainer->scratch || read_all(trainer) < 0 || learn_lists(trainer) < 0 ||
	    learn_frames(trainer) < 0 || count_features(trainer) < 0 || repeat_written(trainer) < 0)
		return -ENOMEM;
	bits = table_bits(trainer);
	if (duet_weights_init(&trainer->cuts, bits) < 0 || duet_weights_init(&trainer->texts, bits - 1) < 0)
		return -ENOMEM;
	trainer->cuts.known = &trainer->cuts_seen;
	return 0;
}
