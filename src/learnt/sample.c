/* SPDX-License-Identifier: Apache-2.0 */
#include "learnt/sample.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/text.h"
#include "grammar/number.h"
#include "grammar/sentences.h"

enum {
	MAX_DEPTH = 48,
	MAX_SPELLINGS = 8,
	TRIES_OF_FORMS = 24,
	LEAST_OF_BLOCK = 20,
	MAX_SIGNATURE = 256,
};

/* What a template is written out into: a sentence with its slots, or a form. */
struct draft {
	char text[DUET_QUERY_MAX];
	size_t len;
	struct duet_query_span spans[DUET_QUERY_SPANS];
	size_t n_spans;
	char signature[MAX_SIGNATURE]; /* of a form: which lists fill which slots */
	bool space;                    /* one is due before the next word */
	bool in_slot, failed;
};

struct sampler {
	struct duet_queries *queries;
	struct duet_sentences *sentences;
	struct duet_speller *speller;
	const struct duet_block *block;
	uint64_t random;
	bool forms; /* slots by their names */
};

static uint64_t draw(struct sampler *sampler, uint64_t n)
{
	uint64_t x = sampler->random;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	sampler->random = x;
	return n ? (x >> 11) % n : 0;
}

static void put(struct draft *draft, struct duet_slice text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] == ' ' || text.ptr[i] == '\t') {
			draft->space = draft->len > 0;
			continue;
		}
		if (draft->len + 2 > sizeof(draft->text)) {
			draft->failed = true;
			return;
		}
		if (draft->space)
			draft->text[draft->len++] = ' ';
		draft->space = false;
		draft->text[draft->len++] = text.ptr[i];
	}
}

/* The first byte of what comes next. */
static uint32_t begin_of_next(const struct draft *draft)
{
	return (uint32_t)(draft->len + draft->space);
}

static void put_slot(struct sampler *sampler, struct draft *draft, struct duet_slice slot, uint32_t begin)
{
	int number = duet_queries_slot(sampler->queries, slot);

	if (number < 0 || draft->n_spans == DUET_QUERY_SPANS || begin >= draft->len)
		draft->failed = true;
	else
		draft->spans[draft->n_spans++] =
			(struct duet_query_span){begin, (uint32_t)draft->len, (uint32_t)number};
}

static void put_form_slot(struct draft *draft, struct duet_slice what, struct duet_slice slot)
{
	size_t n = strlen(draft->signature);

	put(draft, (struct duet_slice){"{", 1});
	put(draft, slot);
	put(draft, (struct duet_slice){"}", 1});
	if (n + what.len + slot.len + 3 > sizeof(draft->signature))
		draft->failed = true;
	else
		snprintf(draft->signature + n, sizeof(draft->signature) - n, "%.*s:%.*s ", (int)what.len,
			 what.ptr, (int)slot.len, slot.ptr);
}

/* Numbers. */

struct spellings {
	char words[MAX_SPELLINGS][96];
	size_t n;
};

static void note_spelling(void *user, const char *words, bool is_spoken)
{
	struct spellings *spellings = user;

	if (spellings->n < MAX_SPELLINGS && strlen(words) < sizeof(spellings->words[0]))
		snprintf(spellings->words[spellings->n++], sizeof(spellings->words[0]), "%s", words);
}

static void put_number(struct sampler *sampler, struct draft *draft, double number)
{
	struct spellings spellings = {.n = 0};
	char digits[32];

	snprintf(digits, sizeof(digits), "%g", number);
	if (draw(sampler, 5) < 3)
		duet_speller_words(sampler->speller, number, true, note_spelling, &spellings);
	put(draft, duet_slice(spellings.n ? spellings.words[draw(sampler, spellings.n)] : digits));
}

static void put_range(struct sampler *sampler, struct draft *draft, double from, double to, double step)
{
	double n = floor((to - from) / step) + 1;

	if (n >= 1 && n <= 1e6)
		put_number(sampler, draft, from + step * (double)draw(sampler, (uint64_t)n));
	else
		draft->failed = true;
}

/* "1..12" or "0..55,5" */
static bool put_inline_range(struct sampler *sampler, struct draft *draft, struct duet_slice name)
{
	char text[64];
	double from, to, step = 1;
	int n;

	if (name.len >= sizeof(text))
		return false;
	memcpy(text, name.ptr, name.len);
	text[name.len] = '\0';
	n = sscanf(text, "%lf..%lf,%lf", &from, &to, &step);
	if (n < 2 || step <= 0 || !strstr(text, ".."))
		return false;
	put_range(sampler, draft, from, to, step);
	return true;
}

/* Lists. */

static void put_tree(struct sampler *sampler, struct draft *draft, const struct duet_template *tree,
		     int depth);

/* Does the block ask for things of this domain? */
static bool wants(const struct duet_block *block, const char *domain)
{
	bool asked = false;

	for (const struct duet_pair *pair = block->needs; pair; pair = pair->next) {
		if (strcmp(pair->key, "domain") != 0 || !pair->value)
			continue;
		asked = true;
		if (strcmp(pair->value, domain) == 0)
			return true;
	}
	return !asked;
}

/* A name of the homes that the query files tell of. */
static bool put_name(struct sampler *sampler, struct draft *draft, struct duet_slice list)
{
	const struct duet_queries *queries = sampler->queries;
	size_t n = 0;

	for (int choosing = 0; choosing < 2; choosing++) {
		size_t chosen = n ? draw(sampler, n) : 0, seen = 0;

		for (size_t i = 0; i < queries->n_names; i++) {
			const struct duet_query_name *name = &queries->names[i];

			if (!duet_slice_equal(duet_slice(name->list), list) ||
			    (name->domain && !wants(sampler->block, name->domain)))
				continue;
			if (choosing && seen++ == chosen) {
				put(draft, duet_slice(name->text));
				return true;
			}
			n += !choosing;
		}
		if (n == 0)
			return false;
	}
	return false;
}

static void put_value(struct sampler *sampler, struct draft *draft, const struct duet_list *list, int depth)
{
	size_t n = 0, chosen;

	for (const struct duet_list_value *value = list->values; value; value = value->next)
		n++;
	chosen = n ? draw(sampler, n) : 0;
	for (const struct duet_list_value *value = list->values; value; value = value->next) {
		if (chosen-- == 0 && value->in.tree) {
			put_tree(sampler, draft, value->in.tree, depth + 1);
			return;
		}
	}
	draft->failed = true;
}

static void put_list(struct sampler *sampler, struct draft *draft, const struct duet_template *node,
		     int depth)
{
	const struct duet_list *list = duet_scope_list(&sampler->block->scope, node->text);
	uint32_t begin = begin_of_next(draft);
	bool outer = draft->in_slot;

	if (sampler->forms && !outer) {
		put_form_slot(draft, node->text, node->slot);
		return;
	}
	draft->in_slot = true;
	if (put_name(sampler, draft, node->text) || put_inline_range(sampler, draft, node->text))
		;
	else if (list && list->kind == DUET_LIST_RANGE)
		put_range(sampler, draft, list->from, list->to,
			  list->halves && draw(sampler, 4) == 0 ? 0.5 : list->step);
	else if (list)
		put_value(sampler, draft, list, depth);
	else
		draft->failed = true;
	draft->in_slot = outer;
	if (!outer && !draft->failed && node->slot.len && node->slot.ptr[0] != '@')
		put_slot(sampler, draft, node->slot, begin);
}

/* The slot that a rule is as a whole, or NULL. */
static const char *slot_of_rule(const struct duet_queries *queries, struct duet_slice rule)
{
	for (size_t i = 0; i < queries->n_rules; i++) {
		if (duet_slice_equal(duet_slice(queries->rules[i].rule), rule))
			return queries->rules[i].slot;
	}
	return NULL;
}

static void put_rule(struct sampler *sampler, struct draft *draft, const struct duet_template *node,
		     int depth)
{
	const struct duet_rule *rule = duet_scope_rule(&sampler->block->scope, node->text);
	const char *slot = draft->in_slot ? NULL : slot_of_rule(sampler->queries, node->text);
	uint32_t begin = begin_of_next(draft);

	if (!rule || !rule->phrase.tree) {
		draft->failed = true;
	} else if (slot && sampler->forms) {
		put_form_slot(draft, node->text, duet_slice(slot));
	} else if (slot) {
		draft->in_slot = true;
		put_tree(sampler, draft, rule->phrase.tree, depth + 1);
		draft->in_slot = false;
		if (!draft->failed)
			put_slot(sampler, draft, duet_slice(slot), begin);
	} else {
		put_tree(sampler, draft, rule->phrase.tree, depth + 1);
	}
}

static const struct duet_template *child(const struct duet_template *node, uint64_t i)
{
	const struct duet_template *one = node->first;

	while (i-- > 0)
		one = one->next;
	return one;
}

static uint64_t n_children(const struct duet_template *node)
{
	uint64_t n = 0;

	for (const struct duet_template *one = node->first; one; one = one->next)
		n++;
	return n;
}

/* In an order that changes by turns, which is enough to see them all. */
static void put_permuted(struct sampler *sampler, struct draft *draft, const struct duet_template *node,
			 int depth)
{
	uint64_t n = n_children(node), first = draw(sampler, n);

	for (uint64_t i = 0; i < n; i++) {
		put(draft, (struct duet_slice){" ", 1});
		put_tree(sampler, draft, child(node, (first + i) % n), depth + 1);
	}
	put(draft, (struct duet_slice){" ", 1});
}

static void put_tree(struct sampler *sampler, struct draft *draft, const struct duet_template *tree,
		     int depth)
{
	if (depth > MAX_DEPTH)
		draft->failed = true;
	if (draft->failed)
		return;
	switch (tree->kind) {
	case DUET_TEMPLATE_TEXT:
		put(draft, tree->text);
		break;
	case DUET_TEMPLATE_SEQUENCE:
		for (const struct duet_template *one = tree->first; one; one = one->next)
			put_tree(sampler, draft, one, depth + 1);
		break;
	case DUET_TEMPLATE_CHOICE:
		if (tree->first)
			put_tree(sampler, draft, child(tree, draw(sampler, n_children(tree))), depth + 1);
		break;
	case DUET_TEMPLATE_PERMUTED:
		put_permuted(sampler, draft, tree, depth);
		break;
	case DUET_TEMPLATE_LIST:
		put_list(sampler, draft, tree, depth);
		break;
	case DUET_TEMPLATE_RULE:
		put_rule(sampler, draft, tree, depth);
		break;
	}
}

/* Blocks. */

/* What tells the blocks of an intent apart: "lights|domain=light". */
static const char *key_of(struct duet_arena *arena, const struct duet_block *block)
{
	const char *key = block->response ? block->response : "";

	for (const struct duet_pair *pair = block->slots; pair && key; pair = pair->next)
		key = duet_arena_printf(arena, "%s|%s=%s", key, pair->key, pair->value ? pair->value : "");
	return key;
}

/* Of forms with the same lists the shortest stays. */
static void note_form(struct draft *forms, size_t *n, const struct draft *form)
{
	for (size_t i = 0; i < *n; i++) {
		if (strcmp(forms[i].signature, form->signature) != 0)
			continue;
		if (form->len < forms[i].len)
			forms[i] = *form;
		return;
	}
	if (*n < DUET_QUERY_FORMS)
		forms[(*n)++] = *form;
}

static int add_forms(struct sampler *sampler, uint32_t meaning)
{
	struct duet_arena *arena = duet_arena_new(1 << 20);
	struct draft *forms = duet_arena_alloc(arena, DUET_QUERY_FORMS * sizeof(*forms));
	size_t n = 0;
	int result = forms ? 0 : -ENOMEM;

	sampler->forms = true;
	for (const struct duet_phrase *phrase = sampler->block->phrases; phrase && forms;
	     phrase = phrase->next) {
		for (int i = 0; i < TRIES_OF_FORMS && phrase->tree; i++) {
			struct draft form = {.len = 0};

			put_tree(sampler, &form, phrase->tree, 0);
			if (!form.failed && form.len)
				note_form(forms, &n, &form);
		}
	}
	sampler->forms = false;
	for (size_t i = 0; i < n && result >= 0; i++)
		result = duet_queries_form(sampler->queries, meaning,
					   (struct duet_slice){forms[i].text, forms[i].len});
	duet_arena_free(arena);
	return result;
}

static int add_sentences(struct sampler *sampler, uint32_t meaning, size_t n_each)
{
	for (const struct duet_phrase *phrase = sampler->block->phrases; phrase; phrase = phrase->next) {
		for (size_t i = 0; i < n_each && phrase->tree; i++) {
			struct draft draft = {.len = 0};
			int result;

			put_tree(sampler, &draft, phrase->tree, 0);
			if (draft.failed || !draft.len)
				continue;
			result = duet_queries_add(sampler->queries, meaning,
						  (struct duet_slice){draft.text, draft.len}, draft.spans,
						  draft.n_spans);
			if (result < 0)
				return result;
			sampler->queries->items[sampler->queries->n - 1].sampled = true;
		}
	}
	return 0;
}

static size_t count_phrases(const struct duet_block *block)
{
	size_t n = 0;

	for (const struct duet_phrase *phrase = block->phrases; phrase; phrase = phrase->next)
		n++;
	return n;
}

static int add_block(struct sampler *sampler, size_t n_each)
{
	const struct duet_block *block = sampler->block;
	size_t n_phrases = count_phrases(block);
	const char *key = key_of(sampler->sentences->arena, block);
	int meaning = key ? duet_queries_meaning(sampler->queries, block->intent, key) : -ENOMEM;
	int result;

	if (meaning < 0)
		return meaning;
	if (n_phrases && n_each * n_phrases < LEAST_OF_BLOCK)
		n_each = (LEAST_OF_BLOCK + n_phrases - 1) / n_phrases;
	result = add_forms(sampler, (uint32_t)meaning);
	return result < 0 ? result : add_sentences(sampler, (uint32_t)meaning, n_each);
}

/* Answers to a question mean nothing without one. */
static int add_blocks(struct sampler *sampler, size_t n)
{
	size_t n_phrases = 0;

	for (const struct duet_block *block = sampler->sentences->blocks; block; block = block->next)
		n_phrases += block->part ? 0 : count_phrases(block);
	for (const struct duet_block *block = sampler->sentences->blocks; block; block = block->next) {
		int result;

		sampler->block = block;
		result = block->part ? 0 : add_block(sampler, n_phrases && n_phrases < n ? n / n_phrases : 1);
		if (result < 0)
			return result;
	}
	return 0;
}

static void first_mistake(void *user, const struct duet_error *mistake)
{
	struct duet_error *error = user;

	if (error && !error->code)
		*error = *mistake;
}

static int read_all(struct duet_sentences *sentences, const char *const *paths, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int result = duet_sentences_read(sentences, paths[i]);

		if (result < 0)
			return result;
	}
	return sentences->n_mistakes ? -EINVAL : 0;
}

int duet_queries_sample(struct duet_queries *queries, const char *const *paths, size_t n_paths,
			const char *language, size_t n, struct duet_error *error)
{
	struct duet_sentences sentences;
	struct sampler sampler = {.queries = queries, .sentences = &sentences, .random = 2463534242u};
	struct duet_error mistake = {0};
	int result = duet_sentences_init(&sentences, language, first_mistake, &mistake);

	if (result == 0)
		result = read_all(&sentences, paths, n_paths);
	if (result == 0)
		result = duet_speller_new(&sampler.speller, language, &mistake);
	if (result == 0)
		result = add_blocks(&sampler, n);
	duet_speller_free(sampler.speller);
	duet_sentences_done(&sentences);
	if (result == -E2BIG)
		duet_error_set(&mistake, result, "there are too many queries, meanings, forms or slots");
	else if (result < 0 && !mistake.code)
		duet_error_set(&mistake, result, "out of memory");
	if (result < 0 && error)
		*error = mistake;
	return result;
}
