/* SPDX-License-Identifier: Apache-2.0 */
#include "nlu/opinion.h"

#include "grammar/grammar.h"
#include "learnt/learnt.h"
#include "learnt/model_fixture.h"
#include "learnt/train.h"
#include "test/compiled.h"
#include "test/torture.h"

/* What the fixture's forms say; `area` comes from the home. */
static const char sentences[] = "intents:\n"
				"  Timer:\n"
				"    data:\n"
				"      - sentences: [\"timer for {1..60:minutes} minutes\", timer]\n"
				"  Light:\n"
				"    data:\n"
				"      - {sentences: [\"light on in {area}\"], response: cover}\n"
				"lists: {area: {values: []}}\n";

static struct duet_grammar *grammar;
static struct duet_learnt *learnt;

static int set_up(void **state)
{
	static const struct duet_grammar_value areas[] = {{.text = "Kitchen", .value = "kitchen"},
							  {.text = "Bedroom", .value = "bedroom"}};
	const struct duet_train_setting setting = {.rounds = 0};
	struct temporary_file file = temporary_file("");
	struct duet_queries queries;

	assert_int_equal(duet_queries_init(&queries), 0);
	assert_int_equal(duet_queries_parse(&queries, "fixture", duet_slice(fixture_queries), NULL), 0);
	assert_int_equal(duet_train(&queries, &setting, file.path, NULL), 0);
	duet_queries_done(&queries);
	assert_int_equal(duet_learnt_new(&learnt, file.path, NULL), 0);
	unlink(file.path);
	grammar = compile_text("en", sentences, NULL);
	assert_int_equal(duet_grammar_fill(grammar, "area", areas, 2, NULL), 0);
	return duet_learnt_fill(learnt, "area", areas, 2);
}

static int tear_down(void **state)
{
	duet_grammar_free(grammar);
	duet_learnt_free(learnt);
	return 0;
}

static struct duet_understanding understand(const char *text, struct duet_arena *arena, int expected)
{
	const struct duet_understand_setting setting = {.grammar = grammar, .learnt = learnt};
	struct duet_understanding understanding = {.score = 0};

	assert_int_equal(duet_understand(&setting, duet_slice(text), arena, &understanding), expected);
	return understanding;
}

static void a_guess_is_said_in_words_that_the_templates_know(void **state)
{
	struct duet_arena *arena = duet_arena_new(1 << 22);
	struct duet_understanding u = understand("please set a timer for ten minutes", arena, 1);

	assert_string_equal(u.match.intent, "Timer");
	assert_string_equal(duet_source_name(u.source), "learnt");
	assert_string_equal(u.paraphrase, "timer for ten minutes");
	assert_true(u.score > 0 && u.score <= 1);
	assert_null(u.match.file);
	assert_int_equal(u.match.n_slots, 1);
	assert_string_equal(u.match.slots[0].name, "minutes");
	assert_float_equal(u.match.slots[0].value.number, 10, 0);
	assert_int_equal(u.match.slots[0].source, DUET_SLOT_LEARNT);
	duet_arena_free(arena);
}

static void names_are_those_of_the_home(void **state)
{
	struct duet_arena *arena = duet_arena_new(1 << 22);
	struct duet_understanding u = understand("turn on the light in the kitchen", arena, 1);

	assert_string_equal(u.match.slots[0].value.text, "kitchen");
	u = understand("turn on the light in the kitchn", arena, 1);
	assert_string_equal(u.match.slots[0].value.text, "kitchen");
	understand("turn on the light in the office", arena, 0);
	duet_arena_free(arena);
}

static void what_nobody_should_act_on_is_not_taken(void **state)
{
	struct duet_arena *arena = duet_arena_new(1 << 22);

	understand("how old is the president of denmark", arena, 0);
	understand("", arena, 0);
	duet_arena_free(arena);
}

static int understand_one(void *user)
{
	const struct duet_understand_setting setting = {.grammar = grammar, .learnt = learnt};
	struct duet_arena *arena = duet_arena_new(1 << 22);
	struct duet_understanding understanding;
	int result = arena ? duet_understand(&setting, duet_slice("set a timer for ten minutes please"),
					     arena, &understanding)
			   : -ENOMEM;

	duet_arena_free(arena);
	return result;
}

static void survives_failing_memory(void **state)
{
	duet_torture(understand_one, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_guess_is_said_in_words_that_the_templates_know),
		cmocka_unit_test(names_are_those_of_the_home),
		cmocka_unit_test(what_nobody_should_act_on_is_not_taken),
		cmocka_unit_test(survives_failing_memory),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
