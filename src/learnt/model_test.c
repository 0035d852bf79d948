/* SPDX-License-Identifier: Apache-2.0 */
#include "learnt/model.h"

#include <errno.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/file.h"
#include "learnt/evaluate.h"
#include "learnt/guess.h"
#include "learnt/model_fixture.h"
#include "learnt/train.h"
#include "test/temporary_file.h"
#include "test/torture.h"

static char path[] = "/tmp/duet-model-XXXXXX";

static int read_fixture(struct duet_queries *queries)
{
	int result = duet_queries_init(queries);

	if (result == 0)
		result = duet_queries_parse(queries, "fixture", duet_slice(fixture_queries), NULL);
	return result;
}

static int train(void *user)
{
	struct duet_queries queries;
	const struct duet_train_setting setting = {.rounds = user ? *(const int *)user : 0};
	int result = read_fixture(&queries);

	if (result == 0)
		result = duet_train(&queries, &setting, path, NULL);
	duet_queries_done(&queries);
	return result;
}

static int set_up(void **state)
{
	int fd = mkstemp(path);

	if (fd < 0)
		return -1;
	close(fd);
	return train(NULL);
}

static int tear_down(void **state)
{
	return unlink(path);
}

/* The best guess: its intent, and its first slot's text. */
static void expect(const struct duet_model *model, const char *text, const char *intent, const char *slot)
{
	struct duet_arena *arena = duet_arena_new(1 << 22);
	struct duet_guesses guesses;
	const struct duet_guess *best = &guesses.items[0];
	const struct duet_guess_slot *first;

	assert_int_equal(duet_guess(model, NULL, duet_slice(text), arena, &guesses), 0);
	assert_true(guesses.n > 0);
	assert_string_equal(duet_model_intent(model, best->meaning), intent);
	assert_true(best->probability > 0 && best->probability <= 1);
	assert_int_equal(best->n_slots, slot ? 1 : 0);
	first = best->slots;
	if (slot)
		assert_memory_equal(text + first->begin, slot, first->end - first->begin);
	duet_arena_free(arena);
}

static void what_was_never_said_is_understood(void **state)
{
	struct duet_model model;

	assert_int_equal(duet_model_open(&model, path, NULL), 0);
	expect(&model, "please set a timer for TEN minutes", "Timer", "TEN minutes");
	expect(&model, "turn on the light in the office please", "Light", "office");
	expect(&model, "how old is the president of denmark", "", NULL);
	assert_string_equal(model.strings + model.forms[model.meanings[0].form], "timer for {duration}");
	duet_model_close(&model);
}

static void what_has_no_words_and_what_has_too_many(void **state)
{
	struct duet_arena *arena = duet_arena_new(1 << 22);
	static char many[20000];
	struct duet_guesses guesses;
	struct duet_model model;

	for (size_t i = 0; i + 1 < sizeof(many); i++)
		many[i] = i % 2 ? ' ' : 'a';
	assert_int_equal(duet_model_open(&model, path, NULL), 0);
	assert_int_equal(duet_guess(&model, NULL, duet_slice(" \t"), arena, &guesses), 0);
	assert_int_equal(guesses.n, 0);
	assert_int_equal(duet_guess(&model, NULL, duet_slice(many), arena, &guesses), -E2BIG);
	assert_int_equal(duet_guess(&model, NULL, duet_slice("\xff\xfe timer"), arena, &guesses), 0);
	duet_arena_free(arena);
	duet_model_close(&model);
}

static void training_is_the_same_each_time(void **state)
{
	char *first, *second;
	size_t n_first, n_second;

	assert_int_equal(duet_file_read(path, 1 << 24, &first, &n_first, NULL), 0);
	assert_int_equal(train(NULL), 0);
	assert_int_equal(duet_file_read(path, 1 << 24, &second, &n_second, NULL), 0);
	assert_int_equal(n_first, n_second);
	assert_memory_equal(first, second, n_first);
	duet_free(first);
	duet_free(second);
}

static void a_damaged_file_is_refused(void **state)
{
	struct duet_error error = {0};
	struct duet_model model;
	size_t size;
	char *file;

	assert_int_equal(duet_file_read(path, 1 << 24, &file, &size, NULL), 0);
	file[size / 2] ^= 1;
	assert_int_equal(duet_model_read(&model, (struct duet_slice){file, size}, &error), -EINVAL);
	assert_non_null(strstr(error.what, "damaged"));
	file[size / 2] ^= 1;
	assert_int_equal(duet_model_read(&model, (struct duet_slice){file, size}, NULL), 0);
	assert_int_equal(duet_model_read(&model, (struct duet_slice){file, size - 8}, NULL), -EINVAL);
	assert_int_equal(duet_model_read(&model, duet_slice("#!/bin/sh"), &error), -EINVAL);
	assert_non_null(strstr(error.what, "another kind"));
	duet_free(file);
}

static void a_model_is_measured(void **state)
{
	struct duet_evaluation evaluation;
	struct duet_queries queries;
	struct duet_model model;

	assert_int_equal(duet_model_open(&model, path, NULL), 0);
	assert_int_equal(duet_queries_init(&queries), 0);
	assert_int_equal(
		duet_queries_parse(
			&queries, "x",
			duet_slice("queries:\n"
				   "  - {intent: Timer, say: [\"set a timer for [two minutes](duration)\"]}\n"
				   "  - {intent: Timer, say: [\"set a timer for [two](duration) minutes\"]}\n"
				   "  - {intent: Light, say: [\"count down [five minutes](never)\"]}\n"),
			NULL),
		0);
	assert_int_equal(duet_evaluate(&model, &queries, &evaluation), 0);
	assert_int_equal(evaluation.n, 3);
	assert_float_equal(evaluation.intent_accuracy, 2 / 3.0, 1e-6);
	assert_float_equal(evaluation.slot_f1, 1 / 3.0, 1e-6);
	assert_float_equal(evaluation.exact, 1 / 3.0, 1e-6);
	duet_queries_done(&queries);
	duet_model_close(&model);
}

static void survives_failing_memory(void **state)
{
	int rounds = 1;

	duet_torture(train, &rounds);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_never_said_is_understood),
		cmocka_unit_test(what_has_no_words_and_what_has_too_many),
		cmocka_unit_test(training_is_the_same_each_time),
		cmocka_unit_test(a_damaged_file_is_refused),
		cmocka_unit_test(a_model_is_measured),
		cmocka_unit_test(survives_failing_memory),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
