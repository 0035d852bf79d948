/* SPDX-License-Identifier: Apache-2.0 */
#include "grammar/compile.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "grammar/compile_parts.h"
#include "grammar/number.h"
#include "grammar/spelling.h"
#include "grammar/vector.h"

static void add_keywords(struct duet_compiler *c, const struct duet_block *block, struct duet_net_block *item)
{
	char folded[256];

	item->keyword = duet_network_writer_count(c->w, DUET_SECTION_PAIRS);
	for (const struct duet_pair *keyword = block->keywords; keyword; keyword = keyword->next) {
		struct duet_net_pair pair = {0};
		long len = duet_spelling_fold(duet_slice(keyword->value), folded, sizeof(folded));

		if (len <= 0)
			continue;
		pair.value = duet_network_writer_string(c->w, (struct duet_slice){folded, (size_t)len});
		duet_network_writer_add(c->w, DUET_SECTION_PAIRS, &pair);
		item->n_keywords++;
	}
}

static uint32_t add_block(struct duet_compiler *c, const struct duet_block *block)
{
	struct duet_net_block item = {
		.intent = duet_network_writer_string(c->w, duet_slice(block->intent)),
		.response = duet_network_writer_string(c->w, duet_slice(block->response)),
		.part = duet_network_writer_string(c->w, duet_slice(block->part)),
		.combination = duet_network_writer_string(c->w, duet_slice(block->combination)),
		.spoken = block->spoken,
	};

	item.n_slots = duet_compile_pairs(c, block->slots, &item.slot);
	item.n_needs = duet_compile_pairs(c, block->needs, &item.need);
	item.n_excludes = duet_compile_pairs(c, block->excludes, &item.exclude);
	add_keywords(c, block, &item);
	return duet_network_writer_add(c->w, DUET_SECTION_BLOCKS, &item);
}

static bool is_wildcard(const struct duet_template *node, const struct duet_scope *scope)
{
	const struct duet_list *list =
		node->kind == DUET_TEMPLATE_LIST ? duet_scope_list(scope, node->text) : NULL;

	return list && list->kind == DUET_LIST_WILDCARD;
}

/* Only what stands at an edge of the template itself counts, not in brackets or in a rule. */
static uint32_t template_flags(const struct duet_template *tree, const struct duet_scope *scope)
{
	const struct duet_template *node = tree;
	uint32_t flags;

	while (node && node->kind != DUET_TEMPLATE_LIST && node->first && !node->first->next)
		node = node->first;
	if (node && node->kind == DUET_TEMPLATE_LIST)
		return is_wildcard(node, scope) ? DUET_TEMPLATE_WILD_BEGIN | DUET_TEMPLATE_WILD_END : 0;
	if (!node || node->kind != DUET_TEMPLATE_SEQUENCE || !node->first)
		return 0;
	node = node->first;
	flags = is_wildcard(node, scope) ? DUET_TEMPLATE_WILD_BEGIN : 0;
	while (node->next)
		node = node->next;
	return flags ? flags : is_wildcard(node, scope) ? DUET_TEMPLATE_WILD_END : 0;
}

static void build_template(struct duet_compiler *c, struct duet_automaton *a,
			   const struct duet_compile_place *place, const struct duet_net_template *item)
{
	const struct duet_phrase *phrase = place->phrase;
	uint32_t begin = duet_automaton_state(a), end;

	c->max_arcs = a->n_arcs + DUET_COMPILE_MAX_ONE;
	duet_automaton_arc(a, 0, DUET_LABEL_EMPTY, begin);
	end = duet_compile_build(c, a, phrase->tree, place, begin);
	end = duet_compile_text(c, a, (struct duet_slice){" ", 1}, end);
	duet_automaton_final(a, end, duet_network_writer_add(c->w, DUET_SECTION_TEMPLATES, item));
	if (a->n_arcs > c->max_arcs)
		duet_sentences_mistake(c->s, phrase->file, phrase->line, phrase->column,
				       "put the parts of permutations into rules",
				       "the sentence is too large");
}

static void add_template(struct duet_compiler *c, struct duet_automaton *a, uint32_t block,
			 const struct duet_scope *scope, struct duet_phrase *phrase)
{
	struct duet_compile_place place = {scope, phrase};
	struct duet_net_template item = {
		.block = block,
		.file = duet_network_writer_string(c->w, duet_slice(phrase->file)),
		.text = duet_network_writer_string(c->w, phrase->text),
		.line = (uint32_t)phrase->line,
		.flags = template_flags(phrase->tree, scope),
		.exact = duet_network_writer_count(c->w, DUET_SECTION_TEMPLATES),
	};

	c->has_hyphen = false;
	c->as_written = true;
	build_template(c, a, &place, &item);
	c->as_written = false;
	phrase->has_hyphen = c->has_hyphen;
	phrase->number = item.exact;
	phrase->scope = scope;
	if (!duet_vector_room(&c->phrases, c->n_phrases, &c->phrases_room, sizeof(*c->phrases)))
		c->failed = true;
	else
		c->phrases[c->n_phrases++] = phrase;
}

/* A hyphen is also read as a space, but less readily than by those who wrote a space: so behind all others.
 */
static void add_loose_template(struct duet_compiler *c, struct duet_automaton *a,
			       const struct duet_scope *scope, const struct duet_phrase *phrase)
{
	const struct duet_net_template *exact = (const void *)c->w->sections[DUET_SECTION_TEMPLATES].items;
	struct duet_net_template item = exact[phrase->number];

	build_template(c, a, &(struct duet_compile_place){scope, phrase}, &item);
}

static void add_loose_templates(struct duet_compiler *c, struct duet_automaton *a)
{
	for (const struct duet_block *block = c->s->blocks; block; block = block->next)
		for (const struct duet_phrase *phrase = block->phrases; phrase; phrase = phrase->next)
			if (phrase->has_hyphen && a->n_arcs < DUET_COMPILE_MAX_NET)
				add_loose_template(c, a, &block->scope, phrase);
}

static void add_blocks(struct duet_compiler *c)
{
	struct duet_net net = {.kind = DUET_NET_SENTENCES};
	struct duet_automaton a;

	duet_automaton_init(&a);
	for (const struct duet_block *block = c->s->blocks; block; block = block->next) {
		uint32_t number = add_block(c, block);

		for (struct duet_phrase *phrase = block->phrases; phrase; phrase = phrase->next)
			if (phrase->tree && a.n_arcs < DUET_COMPILE_MAX_NET)
				add_template(c, &a, number, &block->scope, phrase);
	}
	if (c->s->n_mistakes == 0 && !c->failed && !c->w->failed)
		add_loose_templates(c, &a);
	if (a.n_arcs >= DUET_COMPILE_MAX_NET)
		duet_sentences_mistake(c->s, "", 0, 0, NULL, "there are too many sentences");
	for (size_t i = 0; c->s->n_mistakes == 0 && i < c->n_phrases; i++)
		duet_compile_check_slots(c, c->phrases[i]);
	if (c->s->n_mistakes == 0 && !c->failed && !c->w->failed && !c->w->strings.failed)
		duet_compile_doubts(c);
	duet_compile_net(c, &a, &net);
	duet_automaton_done(&a);
}

static void add_skips(struct duet_compiler *c)
{
	char folded[256];

	for (const struct duet_skip *skip = c->s->skips; skip; skip = skip->next) {
		long len = duet_spelling_fold(skip->text, folded, sizeof(folded));
		uint32_t text;

		if (len <= 0)
			continue;
		text = duet_network_writer_string(c->w, (struct duet_slice){folded, (size_t)len});
		duet_network_writer_add(c->w, DUET_SECTION_SKIPS, &text);
	}
}

/* The lists of the home exist even when no file speaks of them. */
static void add_home_lists(struct duet_sentences *s)
{
	static const char *const names[] = {"name", "area", "floor"};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		struct duet_list *list;

		if (duet_scope_list(&s->outermost, duet_slice(names[i])))
			continue;
		list = duet_arena_alloc(s->arena, sizeof(*list));
		if (!list) {
			s->out_of_memory = true;
			return;
		}
		*list = (struct duet_list){
			.name = names[i],
			.file = "",
		};
		if (duet_scope_add_list(&s->outermost, s->arena, list) < 0)
			s->out_of_memory = true;
	}
}

static int compiler_done(struct duet_compiler *c)
{
	duet_free(c->calls);
	duet_speller_free(c->speller);
	duet_free(c->phrases);
	return c->failed || c->w->failed || c->w->strings.failed || c->s->out_of_memory ? -ENOMEM : 0;
}

/* Lists that no sentence uses are compiled too: their mistakes count, and the home may fill them. */
static void add_lists(struct duet_compiler *c)
{
	for (struct duet_scope *scope = c->s->scope; scope; scope = scope->outer)
		for (struct duet_list *list = scope->lists; list; list = list->next) {
			struct duet_phrase nowhere = {
				.file = list->file, .line = list->line, .column = list->column};
			struct duet_compile_place place = {scope, &nowhere};
			struct duet_template node = {
				.kind = DUET_TEMPLATE_LIST, .column = 1, .text = duet_slice(list->name)};

			duet_compile_list_net(c, list, scope, &place, &node);
		}
}

int duet_compile_sentences(struct duet_sentences *s, struct duet_network_writer *w)
{
	struct duet_compiler c = {.s = s, .w = w};

	add_home_lists(s);
	add_lists(&c);
	add_skips(&c);
	duet_compile_responses(&c);
	w->numbers = duet_compile_small_numbers(&c);
	add_blocks(&c); /* last: its net is the highest */
	return compiler_done(&c);
}

int duet_compile_list(struct duet_sentences *s, const struct duet_list *list, struct duet_net_view numbers,
		      struct duet_network_writer *w)
{
	struct duet_compiler c = {.s = s, .w = w, .numbers = numbers};

	duet_compile_filled(&c, list);
	return compiler_done(&c);
}
