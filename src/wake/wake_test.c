/* SPDX-License-Identifier: Apache-2.0 */
#include "wake/wake.h"

#include "engine_options.h"
#include "temporary_file.h"
#include "torture.h"

enum { N_PHRASES = 3, STEP = 160 };

static const struct duet_wake_phrase phrases[N_PHRASES] = {
	{.text = "one"}, {.text = "two"}, {.text = "three"}};

/* Two engines: one listens for the first and last phrase, one for that in between. */
struct fixture {
	struct duet_arena *arena;
	struct temporary_file files[2];
	struct duet_wake_choice choices[N_PHRASES];
	struct duet_wake_setup setup;
};

static void set_up(struct fixture *f, const char *outer, const char *inner)
{
	const struct duet_wake_engine *engine = (const void *)duet_engine_find("wake", "scripted");

	f->arena = duet_arena_new(1 << 16);
	f->files[0] = temporary_file(outer);
	f->files[1] = temporary_file(inner);
	f->setup = (struct duet_wake_setup){.phrases = phrases, .n_phrases = N_PHRASES};
	for (int i = 0; i < N_PHRASES; i++) {
		f->choices[i].engine = engine;
		f->choices[i].options =
			i == 2 ? f->choices[0].options
			       : engine_options(&engine->engine, f->arena, "script", f->files[i].path, NULL);
	}
}

static void tear_down(struct fixture *f)
{
	duet_arena_free(f->arena);
	unlink(f->files[0].path);
	unlink(f->files[1].path);
}

static void each_phrase_is_heard_by_its_own_engine(void **state)
{
	static const int16_t quiet[STEP];
	struct duet_wake_detection detection;
	struct duet_wake *wake;
	struct fixture f;

	set_up(&f, "[{at: 10ms, phrase: 1}, {at: 30ms, phrase: 0, score: 0.6}]",
	       "[{at: 20ms, phrase: 0}, {at: 30ms, phrase: 0, score: 0.7}]");
	assert_int_equal(duet_wake_new(&wake, &f.setup, f.choices, NULL), 0);
	assert_int_equal(duet_wake_feed(wake, quiet, STEP, &detection), 1);
	assert_int_equal(detection.phrase, 2);
	assert_int_equal(duet_wake_feed(wake, quiet, STEP, &detection), 1);
	assert_int_equal(detection.phrase, 1);
	duet_wake_reset(wake);
	assert_int_equal(duet_wake_feed(wake, quiet, STEP, &detection), 1);
	assert_int_equal(detection.phrase, 1);
	assert_float_equal(detection.score, 0.7, 0.001);
	assert_int_equal(detection.end, STEP);
	assert_int_equal(duet_wake_feed(wake, quiet, STEP, &detection), 0);
	duet_wake_free(wake);
	tear_down(&f);
}

static int n_sounds, n_ends;

static void count_sound(void *state, bool sounds)
{
	*(sounds ? &n_sounds : &n_ends) += 1;
}

static void own_sound_is_told_to_those_who_care(void **state)
{
	struct duet_wake_engine caring;
	struct duet_wake *wake;
	struct fixture f;

	set_up(&f, "[]", "[]");
	caring = *f.choices[1].engine;
	caring.own_sound = count_sound;
	f.choices[1].engine = &caring;
	assert_int_equal(duet_wake_new(&wake, &f.setup, f.choices, NULL), 0);
	duet_wake_own_sound(wake, true);
	assert_int_equal(n_sounds, 1);
	duet_wake_own_sound(wake, false);
	assert_int_equal(n_ends, 1);
	duet_wake_free(wake);
	tear_down(&f);
}

static void one_that_does_not_open_is_told(void **state)
{
	struct duet_error error = {0};
	struct duet_wake *wake;
	struct fixture f;

	set_up(&f, "[]", "[{at: 20ms, phrase: 1}]");
	assert_int_equal(duet_wake_new(&wake, &f.setup, f.choices, &error), -EINVAL);
	assert_null(wake);
	assert_string_equal(error.file, f.files[1].path);
	tear_down(&f);
}

static int open_and_close(void *user)
{
	const struct fixture *f = user;
	struct duet_wake *wake;
	int code = duet_wake_new(&wake, &f->setup, f->choices, NULL);

	duet_wake_free(wake);
	return code;
}

static void survives_failing_memory(void **state)
{
	struct fixture f;

	set_up(&f, "[]", "[]");
	duet_torture(open_and_close, &f);
	tear_down(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_phrase_is_heard_by_its_own_engine),
		cmocka_unit_test(own_sound_is_told_to_those_who_care),
		cmocka_unit_test(one_that_does_not_open_is_told),
		cmocka_unit_test(survives_failing_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
