/* SPDX-License-Identifier: Apache-2.0 */
#include "nlu/understand.h"

#include "grammar/grammar.h"
#include "test/compiled.h"
#include "test/torture.h"

static const char sentences[] = "intents:\n"
				"  HassNevermind: {data: [{sentences: [stop, forget it]}]}\n"
				"  DuetNo: {data: [{sentences: [\"no\", stop]}]}\n";

/* What `text` means while a question stands, or does not; "" when it means nothing. */
static void expect(const struct duet_grammar *grammar, const char *text, bool answering, const char *intent)
{
	struct duet_arena *arena = duet_arena_new(1 << 20);
	struct duet_understand_setting setting = {.grammar = grammar, .answering = answering};
	struct duet_understanding meaning;
	int rc = duet_understand(&setting, duet_slice(text), arena, &meaning);

	assert_int_equal(rc, intent[0] != '\0');
	if (rc == 1) {
		assert_string_equal(meaning.match.intent, intent);
		assert_string_equal(duet_source_name(meaning.source), "exact");
		assert_true(meaning.score == 1 && !meaning.doubtful);
		assert_int_equal(meaning.match.line, intent[0] == 'H' ? 2 : 3);
	}
	duet_arena_free(arena);
}

static void an_answer_comes_first_when_there_is_a_question(void **state)
{
	struct duet_grammar *grammar = compile_text("en", sentences, NULL);

	expect(grammar, "stop", false, "HassNevermind");
	expect(grammar, "stop", true, "DuetNo");
	expect(grammar, "no", false, "DuetNo");
	expect(grammar, "Forget it!", true, "HassNevermind");
	expect(grammar, "go on", true, "");
	duet_grammar_free(grammar);
}

static void what_cannot_be_read(void **state)
{
	struct duet_grammar *grammar = compile_text("en", sentences, NULL);
	struct duet_understand_setting setting = {.grammar = grammar};
	struct duet_arena *arena = duet_arena_new(1 << 20), *small = duet_arena_new(64);
	struct duet_understanding meaning;

	assert_int_equal(duet_understand(&setting, duet_slice("\xff"), arena, &meaning), -EILSEQ);
	assert_int_equal(duet_understand(&setting, duet_slice(""), arena, &meaning), 0);
	assert_int_equal(duet_understand(&setting, duet_slice("stop"), small, &meaning), -ENOMEM);
	duet_arena_free(arena);
	duet_arena_free(small);
	duet_grammar_free(grammar);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_answer_comes_first_when_there_is_a_question),
		cmocka_unit_test(what_cannot_be_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
