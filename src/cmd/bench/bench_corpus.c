/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/bench/bench_corpus.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "cmd/bench/bench_files.h"

enum { MAX_ITEMS = 100000, MAX_TEXT_BYTES = 1024 };

static int out_of_memory(struct duet_error *error)
{
	return duet_error_set(error, -ENOMEM, "out of memory");
}

static struct bench_item *new_item(struct bench_corpus *corpus, const char *folder, const char *file)
{
	struct bench_item *items, *item;
	const char *dot = strrchr(file, '.');

	if (corpus->n_items >= MAX_ITEMS)
		return NULL;
	items = duet_realloc(corpus->items, corpus->n_items + 1, sizeof(*items));
	if (!items)
		return NULL;
	corpus->items = items;
	item = &items[corpus->n_items++];
	*item = (struct bench_item){
		.path = duet_arena_printf(corpus->arena, "%s/%s", folder, file),
		.name = duet_arena_copy(corpus->arena, (struct duet_slice){file, (size_t)(dot - file)}),
	};
	return item->path && item->name ? item : NULL;
}

static int by_name(struct bench_corpus *corpus, struct bench_item *item)
{
	int found;

	item->refuse = strncmp(item->name, "oov_", 4) == 0;
	if (item->refuse)
		return 0;
	item->by_template = true;
	found = duet_match_text(corpus->grammar, duet_slice(item->name), &corpus->context, corpus->arena,
				&item->meaning);
	item->known = found > 0;
	return found < 0 && found != -E2BIG && found != -EILSEQ ? found : 0;
}

static int by_label(struct bench_corpus *corpus, struct bench_item *item, const json_t *label)
{
	const char *intent = json_string_value(json_object_get(label, "intent")), *name;
	json_t *slots = json_object_get(label, "slots"), *value;
	struct duet_slot *copies =
		duet_arena_alloc(corpus->arena, (json_object_size(slots) + 1) * sizeof(*copies));
	size_t n = 0;

	if (!copies)
		return -ENOMEM;
	item->known = intent != NULL;
	json_object_foreach(slots, name, value)
	{
		copies[n].name = duet_arena_copy(corpus->arena, duet_slice(name));
		copies[n].text = duet_arena_copy(corpus->arena, duet_slice(json_string_value(value)));
		if (!copies[n].name || !copies[n].text)
			return -ENOMEM;
		n++;
	}
	item->meaning.intent = intent ? duet_arena_copy(corpus->arena, duet_slice(intent)) : NULL;
	item->meaning.slots = copies;
	item->meaning.n_slots = n;
	return intent && !item->meaning.intent ? -ENOMEM : 0;
}

static int add_file(struct bench_corpus *corpus, const char *folder, const char *file, const char *labels,
		    const json_t *table, bool only_known)
{
	struct bench_item *item = new_item(corpus, folder, file);
	int status = 0;

	if (!item)
		return -ENOMEM;
	if (!labels)
		item->refuse = true;
	else if (table)
		status = by_label(corpus, item, json_object_get(table, file));
	else
		status = by_name(corpus, item);
	if (only_known && !item->known && !item->refuse)
		corpus->n_items--;
	return status;
}

/* NULL without an error: the names are the labels. */
static int load_labels(const char *labels, json_t **table, struct duet_error *error)
{
	json_error_t mistake;

	*table = NULL;
	if (!labels || strcmp(labels, "names") == 0)
		return 0;
	*table = json_load_file(labels, 0, &mistake);
	if (*table)
		return 0;
	duet_error_set(error, -EINVAL, "%s", mistake.text);
	duet_error_at(error, labels, mistake.line > 0 ? mistake.line : 0,
		      mistake.column > 0 ? mistake.column : 0);
	return -EINVAL;
}

int bench_corpus_add(struct bench_corpus *corpus, const char *folder, const char *labels, bool only_known,
		     struct duet_error *error)
{
	struct bench_files files;
	json_t *table;
	int status = load_labels(labels, &table, error);

	if (status < 0)
		return status;
	status = bench_files_list(&files, folder, error);
	for (size_t i = 0; status == 0 && i < files.n; i++)
		if (add_file(corpus, folder, files.names[i], labels, table, only_known) < 0)
			status = out_of_memory(error);
	bench_files_done(&files);
	json_decref(table);
	return status;
}

/* Case-folded. */
static bool same_text(const char *a, const char *b)
{
	char folded[2][MAX_TEXT_BYTES];

	if (!a || !b)
		return a == b;
	return duet_text_normalise(duet_slice(a), true, folded[0], MAX_TEXT_BYTES) >= 0 &&
	       duet_text_normalise(duet_slice(b), true, folded[1], MAX_TEXT_BYTES) >= 0 &&
	       strcmp(folded[0], folded[1]) == 0;
}

/* "50" and "fifty" are the same number, however it is written. */
static bool same_slot(const struct duet_slot *a, const struct duet_slot *b)
{
	if (strcmp(a->name, b->name) != 0)
		return false;
	if (a->value.kind == DUET_VALUE_NUMBER && b->value.kind == DUET_VALUE_NUMBER)
		return a->value.number == b->value.number;
	return same_text(a->text, b->text);
}

static bool has_slot(const struct duet_match *match, const struct duet_slot *slot)
{
	for (size_t i = 0; i < match->n_slots; i++)
		if (same_slot(&match->slots[i], slot))
			return true;
	return false;
}

static bool same_meaning(const struct duet_match *a, const struct duet_match *b, bool by_template)
{
	if (strcmp(a->intent, b->intent) != 0 || a->n_slots != b->n_slots)
		return false;
	for (size_t i = 0; i < a->n_slots; i++)
		if (!has_slot(b, &a->slots[i]))
			return false;
	return a->n_slots || !by_template || (a->line == b->line && same_text(a->file, b->file));
}

bool bench_corpus_right(const struct bench_corpus *corpus, const struct bench_item *item, const char *words)
{
	struct duet_arena *arena = duet_arena_new(16u << 20);
	struct duet_match heard;
	bool right = false;

	if (arena && item->known && words[0] &&
	    duet_match_text(corpus->grammar, duet_slice(words), &corpus->context, arena, &heard) > 0)
		right = same_meaning(&heard, &item->meaning, item->by_template);
	duet_arena_free(arena);
	return right;
}
