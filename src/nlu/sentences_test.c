/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Round trips over whole languages: what a template can produce is understood as
 * that template with those slots, and what the word graph can hear is understood at all. The shipped
 * sentences, and others where they are at hand.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "grammar/grammar.h"
#include "grammar/network.h"
#include "grammar/wordnet.h"
#include "nlu/match.h"
#include "test/compiled.h"
#include "test/torture.h"

enum { N_SAMPLES = 2000, MAX_MATCHES = 128 };

struct slot {
	const char *name;
	char value[128];
};

struct sample {
	const struct duet_grammar *grammar;
	struct duet_text text;
	struct slot slots[16];
	int n_slots;
	uint32_t template;
};

static uint32_t random_state = 1;

static uint32_t random_below(uint32_t n)
{
	random_state = random_state * 1664525 + 1013904223;
	return (uint32_t)((uint64_t)random_state * n >> 32);
}

static uint32_t walk(struct sample *s, struct duet_net_view view);

static void put_value(struct sample *s, struct duet_net_view view, uint32_t out, const char *said,
		      const char *name)
{
	const struct duet_net *net = view.net;
	struct slot *slot = &s->slots[s->n_slots++];

	slot->name = name;
	snprintf(slot->value, sizeof(slot->value), "%s", said);
	if (net->kind == DUET_NET_RANGE)
		snprintf(slot->value, sizeof(slot->value), "%.10g",
			 (net->from + out * net->unit) * net->factor);
	else if (net->kind == DUET_NET_VALUES && view.network->values[net->value + out].text)
		snprintf(slot->value, sizeof(slot->value), "%s",
			 view.network->strings + view.network->values[net->value + out].text);
}

static uint32_t say_list(struct sample *s, struct duet_net_view view)
{
	uint32_t out;

	if (view.net->kind == DUET_NET_WILDCARD) {
		duet_text_printf(&s->text, s->grammar && duet_grammar_network(s->grammar)->header->no_spaces
						   ? "那个东西"
						   : "some Thing");
		return 0;
	}
	if (view.net->kind == DUET_NET_RANGE && (random_below(2) || view.net->n_states < 2)) {
		out = random_below(view.net->n_values);
		duet_text_printf(&s->text, "%.10g", view.net->from + out * view.net->unit);
		return out;
	}
	return walk(s, view);
}

static void call(struct sample *s, struct duet_net_view caller, const struct duet_net_call *c)
{
	struct duet_net_view view = duet_grammar_net(s->grammar, c->net);
	size_t begin = s->text.len;
	uint32_t out;
	int n_slots = s->n_slots;

	if (view.net->kind == DUET_NET_RULE) {
		walk(s, view);
		return;
	}
	out = say_list(s, view);
	s->n_slots = n_slots; /* a list's own captures are its value */
	put_value(s, view, out, s->text.ptr + begin, caller.network->strings + c->slot);
}

/* A random way through a net; what it means. */
static uint32_t walk(struct sample *s, struct duet_net_view view)
{
	const struct duet_network *w = view.network;
	uint32_t at = view.net->state;

	for (;;) {
		const struct duet_net_state *state = &w->states[at];
		uint32_t n_arcs = state[1].arc - state[0].arc, n_calls = state[1].call - state[0].call;
		uint32_t n_outs = state[1].out - state[0].out,
			 choice = random_below(n_arcs + n_calls + n_outs);

		if (choice < n_outs)
			return duet_net_out(view.net, w->outs[state[0].out + choice]);
		choice -= n_outs;
		if (choice < n_arcs) {
			const struct duet_net_arc *arc = &w->arcs[state[0].arc + choice];

			duet_text_add(&s->text, (struct duet_slice){w->strings + arc->text, arc->length});
			at = arc->target;
		} else {
			call(s, view, &w->calls[state[0].call + choice - n_arcs]);
			at = w->calls[state[0].call + choice - n_arcs].target;
		}
	}
}

static bool same_text(const char *a, const char *b)
{
	for (;; a++, b++) {
		while (isspace((unsigned char)*a))
			a++;
		while (isspace((unsigned char)*b))
			b++;
		if (tolower((unsigned char)*a) != tolower((unsigned char)*b))
			return false;
		if (!*a)
			return true;
	}
}

static bool has_slots(const struct sample *s, const struct duet_match *match)
{
	for (int i = 0; i < s->n_slots; i++) {
		bool found = false;

		for (size_t k = 0; k < match->n_slots; k++)
			found |= strcmp(match->slots[k].name, s->slots[i].name) == 0 &&
				 same_text(match->slots[k].value.text, s->slots[i].value);
		if (!found)
			return false;
	}
	return true;
}

static bool understood(const struct sample *s, struct duet_arena *arena)
{
	static struct duet_match matches[MAX_MATCHES];
	const struct duet_network *w = duet_grammar_network(s->grammar);
	const struct duet_net_template *template = &w->templates[s->template];
	int n = duet_match_all(s->grammar, duet_slice(s->text.ptr),
			       &(struct duet_match_context){.area = "here"}, arena, matches, MAX_MATCHES);

	for (int i = 0; i < n; i++)
		if (matches[i].line == (int)template->line &&
		    strcmp(matches[i].file, w->strings + template->file) == 0 && has_slots(s, &matches[i]))
			return true;
	return n == MAX_MATCHES || (n > 0 && matches[0].n_parses > n);
}

/* A value's context may rule a sentence out, and then nothing is wrong. */
static bool may_fail(const struct sample *s)
{
	const struct duet_network *w = duet_grammar_network(s->grammar);
	const struct duet_net_block *block = &w->blocks[w->templates[s->template].block];

	return block->n_needs > 0 || block->n_excludes > 0;
}

static void every_template_comes_back(const struct duet_grammar *grammar)
{
	struct duet_arena *arena = duet_arena_new(64 << 20);
	uint32_t root = duet_grammar_network(grammar)->n[DUET_SECTION_NETS] - 1;
	int n_failed = 0, n_excused = 0;

	for (int i = 0; i < N_SAMPLES; i++) {
		struct sample s = {.grammar = grammar};

		duet_text_init(&s.text, 4096);
		duet_text_add(&s.text, (struct duet_slice){"", 0});
		s.template = walk(&s, duet_grammar_net(grammar, root));
		if (!s.text.failed && !understood(&s, arena)) {
			n_excused += may_fail(&s);
			if (!may_fail(&s) && n_failed++ < 5)
				printf("not understood: %s\n", s.text.ptr);
		}
		duet_text_done(&s.text);
		duet_arena_reset(arena);
	}
	printf("%d sentences, %d not understood, %d excused by their context\n", N_SAMPLES, n_failed,
	       n_excused);
	assert_int_equal(n_failed, 0);
	duet_arena_free(arena);
}

static void say_words(const struct duet_wordnet *net, bool no_spaces, struct duet_text *text)
{
	uint32_t at = 0;

	for (;;) {
		uint32_t n = net->first_arc[at + 1] - net->first_arc[at],
			 choice = random_below(n + net->final[at]);

		if (choice == n)
			return;
		duet_text_printf(text, "%s%s", text->len && !no_spaces ? " " : "",
				 net->words[net->arcs[net->first_arc[at] + choice].word]);
		at = net->arcs[net->first_arc[at] + choice].target;
	}
}

static void what_is_heard_is_understood(const struct duet_grammar *grammar)
{
	struct duet_arena *arena = duet_arena_new(64 << 20);
	struct duet_wordnet *net;
	struct duet_match match;
	int n_failed = 0;

	assert_int_equal(duet_wordnet_new(&net, grammar, NULL, 200000, NULL), 0);
	for (int i = 0; i < N_SAMPLES && net->n_arcs; i++) {
		struct duet_text text;

		duet_text_init(&text, 4096);
		say_words(net, duet_grammar_network(grammar)->header->no_spaces, &text);
		if (duet_match_text(grammar, duet_slice(text.ptr),
				    &(struct duet_match_context){.area = "here"}, arena, &match) != 1 &&
		    n_failed++ < 5)
			printf("heard and not understood: %s\n", text.ptr);
		duet_text_done(&text);
		duet_arena_reset(arena);
	}
	assert_int_equal(n_failed, 0);
	duet_wordnet_free(net);
	duet_arena_free(arena);
}

static void fill(struct duet_grammar *grammar)
{
	const struct duet_grammar_value names[] = {
		{.text = "bed light", .value = "1", .domain = "light"},
		{.text = "台灯", .value = "2", .domain = "light"},
		{.text = "(tv|television)", .value = "3", .domain = "media_player"},
		{.text = "front door", .value = "4", .domain = "lock"},
		{.text = "blind 2", .value = "5", .domain = "cover"},
		{.text = "shopping list", .value = "6", .domain = "todo"}};
	const struct duet_grammar_value areas[] = {{.text = "kitchen", .value = "k"},
						   {.text = "卧室", .value = "w"}};

	assert_int_equal(duet_grammar_fill(grammar, "name", names, 6, NULL), 0);
	assert_int_equal(duet_grammar_fill(grammar, "area", areas, 2, NULL), 0);
	assert_int_equal(duet_grammar_fill(grammar, "floor", areas, 2, NULL), 0);
}

static void round_trips(const char *language, const char *root, const char *folder, bool heard)
{
	char path[512];
	const char *paths[] = {path};
	struct duet_grammar *grammar;

	snprintf(path, sizeof(path), "%s/%s", root, folder);
	if (access(path, R_OK) < 0) {
		printf("skipped: %s is not there\n", path);
		skip();
	}
	grammar = compile_paths(language, paths, 1, NULL);
	assert_non_null(grammar);
	fill(grammar);
	every_template_comes_back(grammar);
	if (heard)
		what_is_heard_is_understood(grammar);
	duet_grammar_free(grammar);
}

static const char *root_of(const char *variable, const char *otherwise)
{
	const char *value = getenv(variable);

	return value ? value : otherwise;
}

static void shipped_english(void **state)
{
	round_trips("en", root_of("DUET_SOURCE", "."), "data/sentences/en", true);
}

static void shipped_mandarin(void **state)
{
	round_trips("zh-CN", root_of("DUET_SOURCE", "."), "data/sentences/zh-CN", true);
}

static void others_english(void **state)
{
	round_trips("en", root_of("DUET_SHARED", "../shared"), "data/nlu/intents-2025/sentences/en", false);
}

static void others_german(void **state)
{
	round_trips("de", root_of("DUET_SHARED", "../shared"), "data/nlu/intents-2025/sentences/de", false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shipped_english),
		cmocka_unit_test(shipped_mandarin),
		cmocka_unit_test(others_english),
		cmocka_unit_test(others_german),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
