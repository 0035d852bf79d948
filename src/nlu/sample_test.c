/* SPDX-License-Identifier: Apache-2.0 */
#include "nlu/sample.h"

#include <errno.h>

#include "nlu/match.h"
#include "test/compiled.h"
#include "test/torture.h"

static const char sentences[] =
	"intents:\n"
	"  On: {data: [{sentences: ['turn on [the] <lamp>[ to {0..20:level}]', '{colour} [please] now']}]}\n"
	"  Off: {data: [{sentences: ['turn off [the] <lamp>', 'put {thing} away', 'bye {name}']}]}\n"
	"expansion_rules: {lamp: '(lamp|light[s])'}\n"
	"lists: {colour: {values: [red, (dark|light) blue]}, thing: {wildcard: true}}\n";

static void expect_intent(const struct duet_grammar *grammar, const char *text, const char *intent)
{
	struct duet_arena *arena = duet_arena_new(1 << 20);
	struct duet_match match;

	if (duet_match_text(grammar, duet_slice(text), NULL, arena, &match) != 1)
		fail_msg("not understood: \"%s\"", text);
	assert_string_equal(match.intent, intent);
	duet_arena_free(arena);
}

/* All that is said means the intent, and different things are said. */
static void samples_mean_their_intent(void **state)
{
	static const char *const intents[] = {"On", "Off"};
	struct duet_grammar *grammar = compile_text("en", sentences, NULL);

	for (int i = 0; i < 2; i++) {
		struct duet_sampler *sampler;
		char first[128] = "";
		int n_others = 0;

		assert_int_equal(duet_sampler_new(&sampler, grammar, intents[i], 7), 0);
		for (int n = 0; n < 200; n++) {
			struct duet_text text;

			duet_text_init(&text, 1024);
			assert_int_equal(duet_sampler_next(sampler, &text), 0);
			expect_intent(grammar, text.ptr, intents[i]);
			assert_null(strstr(text.ptr, "  "));
			n_others += strcmp(text.ptr, first) != 0;
			if (n == 0)
				snprintf(first, sizeof(first), "%s", text.ptr);
			duet_text_done(&text);
		}
		assert_true(n_others > 50);
		duet_sampler_free(sampler);
	}
	duet_grammar_free(grammar);
}

static void one_seed_one_sequence(void **state)
{
	struct duet_grammar *grammar = compile_text("en", sentences, NULL);
	struct duet_sampler *a, *b;
	struct duet_text x, y;

	assert_int_equal(duet_sampler_new(&a, grammar, NULL, 3), 0);
	assert_int_equal(duet_sampler_new(&b, grammar, NULL, 3), 0);
	duet_text_init(&x, 8192);
	duet_text_init(&y, 8192);
	for (int i = 0; i < 20; i++) {
		assert_int_equal(duet_sampler_next(a, &x), 0);
		assert_int_equal(duet_sampler_next(b, &y), 0);
	}
	assert_string_equal(x.ptr, y.ptr);
	duet_text_done(&x);
	duet_text_done(&y);
	duet_sampler_free(a);
	duet_sampler_free(b);
	duet_grammar_free(grammar);
}

static void what_cannot_be_said(void **state)
{
	struct duet_grammar *grammar = compile_text(
		"en", "intents: {A: {data: [{sentences: ['find {name}']}]}, B: {data: [{sentences: [x]}]}}\n",
		NULL);
	struct duet_sampler *sampler;
	struct duet_text text;

	assert_int_equal(duet_sampler_new(&sampler, grammar, "C", 1), -ENOENT);
	assert_null(sampler);
	assert_int_equal(duet_sampler_new(&sampler, grammar, "A", 1), 0); /* but nothing has a name */
	duet_text_init(&text, 100);
	assert_int_equal(duet_sampler_next(sampler, &text), -ENOENT);
	duet_text_done(&text);
	duet_sampler_free(sampler);
	duet_grammar_free(grammar);
}

static void only_what_a_microphone_may_hear(void **state)
{
	struct duet_grammar *grammar =
		compile_text("en",
			     "intents: {A: {data: [{sentences: [loudly]}, {sentences: [in writing], "
			     "metadata: {spoken: false}},"
			     " {sentences: [afterwards], metadata: {part: follow}}]},"
			     " B: {data: [{sentences: [silently], metadata: {spoken: false}}]}}\n",
			     NULL);
	struct duet_sampler *sampler;

	assert_int_equal(duet_sampler_new(&sampler, grammar, "A", 1), 0);
	assert_int_equal(duet_sampler_only_spoken(sampler), 0);
	for (int i = 0; i < 30; i++) {
		struct duet_text text;

		duet_text_init(&text, 100);
		assert_int_equal(duet_sampler_next(sampler, &text), 0);
		assert_string_equal(text.ptr, "loudly");
		duet_text_done(&text);
	}
	duet_sampler_free(sampler);
	assert_int_equal(duet_sampler_new(&sampler, grammar, "B", 1), 0);
	assert_int_equal(duet_sampler_only_spoken(sampler), -ENOENT);
	duet_sampler_free(sampler);
	duet_grammar_free(grammar);
}

static void a_microphone_hears_numbers_as_people_count(void **state)
{
	static const char *const said[] = {"wait one", "wait two", "wait three"};
	struct duet_grammar *grammar = compile_text("en",
						    "intents: {A: {data: [{sentences: ['wait {n}']}]}}\n"
						    "lists: {n: {range: {from: 1, to: 3}}}\n",
						    NULL);
	struct duet_sampler *sampler;
	int n_said[3] = {0};

	assert_int_equal(duet_sampler_new(&sampler, grammar, "A", 1), 0);
	assert_int_equal(duet_sampler_only_spoken(sampler), 0);
	for (int i = 0; i < 100; i++) {
		struct duet_text text;
		bool known = false;

		duet_text_init(&text, 100);
		assert_int_equal(duet_sampler_next(sampler, &text), 0);
		for (int k = 0; k < 3; k++) {
			bool is_it = strcmp(text.ptr, said[k]) == 0;

			n_said[k] += is_it;
			known |= is_it;
		}
		assert_true(known);
		duet_text_done(&text);
	}
	for (int i = 0; i < 3; i++)
		assert_true(n_said[i] > 0);
	duet_sampler_free(sampler);
	duet_grammar_free(grammar);
}

static int sample_once(void *user)
{
	struct duet_sampler *sampler;
	struct duet_text text;
	int rc = duet_sampler_new(&sampler, user, "On", 1);

	duet_text_init(&text, 1024);
	if (rc == 0)
		rc = duet_sampler_next(sampler, &text);
	duet_text_done(&text);
	duet_sampler_free(sampler);
	return rc;
}

static void without_memory(void **state)
{
	struct duet_grammar *grammar = compile_text("en", sentences, NULL);

	duet_torture(sample_once, grammar);
	duet_grammar_free(grammar);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(samples_mean_their_intent),
		cmocka_unit_test(one_seed_one_sequence),
		cmocka_unit_test(what_cannot_be_said),
		cmocka_unit_test(only_what_a_microphone_may_hear),
		cmocka_unit_test(a_microphone_hears_numbers_as_people_count),
		cmocka_unit_test(without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
