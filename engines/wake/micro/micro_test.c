/* SPDX-License-Identifier: Apache-2.0 */
#include <sys/stat.h>

#include "duet/wake_engine.h"

#include "engine_options.h"
#include "temporary_file.h"
#include "tone_model.h"
#include "torture.h"

enum { RATE_HZ = 16000, STEP = 160, SOUND_MAX = 8 * RATE_HZ, LOW_HZ = 600, HIGH_HZ = 2500 };

static struct duet_wake_phrase phrases[2];

struct listener {
	const struct duet_wake_engine *engine;
	struct duet_arena *arena;
	void *state;
	int code;
	struct duet_error error;
};

static void open_listener(struct listener *listener, size_t n_phrases)
{
	struct duet_wake_setup setup = {.phrases = phrases, .n_phrases = n_phrases};

	*listener = (struct listener){.engine = (const void *)duet_engine_find("wake", "micro")};
	listener->arena = duet_arena_new(1 << 16);
	listener->state = duet_calloc(1, listener->engine->engine.state_size);
	setup.options =
		engine_options(&listener->engine->engine, listener->arena, "refractory", "500ms", NULL);
	listener->code = listener->engine->open(listener->state, &setup, &listener->error);
}

static void close_listener(struct listener *listener)
{
	listener->engine->close(listener->state);
	duet_free(listener->state);
	duet_arena_free(listener->arena);
}

static uint32_t random_state = 1;

static int noise(int most)
{
	random_state = random_state * 1664525 + 1013904223;
	return (int)(random_state >> 8) % (2 * most + 1) - most;
}

static int16_t sound[SOUND_MAX];
static size_t n_sound;

/* A tone on a quiet room's noise; no tone: only that. */
static void add(int ms, double hz, double loudness)
{
	for (int i = 0; i < ms * RATE_HZ / 1000; i++)
		sound[n_sound++] = (int16_t)(loudness * sin(2 * M_PI * hz * i / RATE_HZ) + noise(20));
}

static int hear(struct listener *listener, struct duet_wake_detection *detections, int n_max)
{
	int n = 0;

	listener->engine->reset(listener->state);
	for (size_t i = 0; i + STEP <= n_sound; i += STEP)
		n += n < n_max ? listener->engine->feed(listener->state, sound + i, STEP, &detections[n]) : 0;
	return n;
}

static void each_word_is_heard_once_where_it_was_said(void **state)
{
	struct duet_wake_detection detections[8];
	struct listener listener;
	size_t low, high;

	open_listener(&listener, 2);
	if (listener.code < 0)
		fail_msg("%s", listener.error.what);
	n_sound = 0;
	add(1000, 0, 0);
	low = n_sound;
	add(300, LOW_HZ, 6000);
	add(1500, 0, 0);
	high = n_sound;
	add(300, HIGH_HZ, 6000);
	add(1000, 0, 0);
	for (int round = 0; round < 2; round++) {
		assert_int_equal(hear(&listener, detections, 8), 2);
		assert_int_equal(detections[0].phrase, 0);
		assert_int_equal(detections[1].phrase, 1);
		assert_in_range(detections[0].end, low, low + 300 * RATE_HZ / 1000);
		assert_in_range(detections[1].end, high, high + 300 * RATE_HZ / 1000);
		assert_true(detections[0].begin < detections[0].end);
		assert_true(detections[0].score > 0.5f && detections[0].score <= 1);
	}
	close_listener(&listener);
}

static void noise_and_other_tones_wake_nobody(void **state)
{
	struct duet_wake_detection detection;
	struct listener listener;

	open_listener(&listener, 2);
	n_sound = 0;
	add(1000, 0, 0);
	add(300, 1200, 6000);
	add(1000, 0, 0);
	for (size_t i = n_sound; i < SOUND_MAX; i++)
		sound[n_sound++] = (int16_t)noise(8000);
	assert_int_equal(hear(&listener, &detection, 1), 0);
	close_listener(&listener);
}

static int heard_at(double sensitivity, bool own_sound, int ms)
{
	struct duet_wake_detection detection;
	struct listener listener;
	int n;

	phrases[0].sensitivity = sensitivity;
	open_listener(&listener, 1);
	listener.engine->own_sound(listener.state, own_sound);
	n_sound = 0;
	random_state = 1;
	add(1000, 0, 0);
	add(ms, LOW_HZ, 6000);
	add(500, 0, 0);
	n = hear(&listener, &detection, 1);
	close_listener(&listener);
	phrases[0].sensitivity = 0.5;
	return n;
}

static void the_sensitive_hear_more(void **state)
{
	int n[3] = {0};

	/* The shorter, the fewer of the window's outputs say yes. */
	for (int ms = 1; ms < 200; ms += 4) {
		int low = heard_at(0, false, ms), usual = heard_at(0.5, false, ms),
		    high = heard_at(1, false, ms);

		assert_true(low <= usual && usual <= high);
		n[0] += low;
		n[1] += usual;
		n[2] += high;
	}
	assert_true(n[0] < n[1] && n[1] < n[2]);
}

static void own_sound_makes_it_more_sensitive(void **state)
{
	int n_usual = 0, n_eased = 0;

	for (int ms = 1; ms < 200; ms += 4) {
		int usual = heard_at(0.5, false, ms), eased = heard_at(0.5, true, ms);

		assert_int_equal(eased, heard_at(0.8, false, ms));
		n_usual += usual;
		n_eased += eased;
	}
	assert_true(n_usual < n_eased);
}

static void feeding_takes_no_memory(void **state)
{
	struct duet_wake_detection detection;
	struct listener listener;

	open_listener(&listener, 2);
	duet_alloc_fail_at(0);
	hear(&listener, &detection, 1);
	assert_int_equal(duet_alloc_fail_at(0), 0);
	close_listener(&listener);
}

static int open_and_close(void *user)
{
	const void *const *options = user;
	const struct duet_wake_setup setup = {.options = *options, .phrases = phrases, .n_phrases = 2};
	const struct duet_wake_engine *engine = (const void *)duet_engine_find("wake", "micro");
	void *state = duet_calloc(1, engine->engine.state_size);
	int code = -ENOMEM;

	if (state)
		code = engine->open(state, &setup, NULL);
	if (code == 0)
		engine->close(state);
	duet_free(state);
	return code;
}

static void survives_failing_memory(void **state)
{
	struct duet_arena *arena = duet_arena_new(1 << 12);
	const void *options = engine_options(duet_engine_find("wake", "micro"), arena, NULL);

	duet_torture(open_and_close, &options);
	duet_arena_free(arena);
}

static void refused(const char *manifest, const char *what)
{
	struct temporary_file file = temporary_file(manifest);
	struct listener listener;
	const char *right = phrases[0].model;

	phrases[0].model = file.path;
	open_listener(&listener, 1);
	assert_true(listener.code < 0);
	if (!strstr(listener.error.what, what))
		fail_msg("%s", listener.error.what);
	close_listener(&listener);
	phrases[0].model = right;
	unlink(file.path);
}

#define MICRO                                                                                                \
	"\"micro\": {\"probability_cutoff\": 0.9, \"sliding_window_size\": 5, \"feature_step_size\": 10}"

static void mistakes_say_what_is_wrong(void **state)
{
	struct listener listener;
	const char *right = phrases[0].model;

	refused("{", "'}'");
	refused("{}", "no manifest");
	refused("{\"version\": 1, " MICRO "}", "no manifest");
	refused("{\"version\": 2, " MICRO "}", "names no file");
	refused("{\"version\": 2, \"model\": \"nowhere.tflite\", " MICRO "}", "");
	refused("{\"version\": 2, \"micro\": {\"probability_cutoff\": 2}}", "probability_cutoff");
	refused("{\"version\": 2, \"micro\": {\"probability_cutoff\": 0.5}}", "sliding_window_size");
	refused("{\"version\": 2, \"micro\": {\"probability_cutoff\": 0.5, \"sliding_window_size\": 1000}}",
		"sliding_window_size");
	refused("{\"version\": 2, \"micro\": {\"probability_cutoff\": 0.5, \"sliding_window_size\": 1}}",
		"feature_step_size");
	phrases[0].model = NULL;
	open_listener(&listener, 2);
	assert_int_equal(listener.code, -EINVAL);
	assert_string_equal(listener.error.what, "the wake word \"low\" has no model");
	assert_non_null(strstr(listener.error.hint, "engine: micro"));
	close_listener(&listener);
	phrases[0].model = "/nowhere/at.json";
	open_listener(&listener, 1);
	assert_true(listener.code < 0);
	assert_string_equal(listener.error.file, "/nowhere/at.json");
	close_listener(&listener);
	phrases[0].model = right;
	open_listener(&listener, 0);
	assert_int_equal(listener.code, -EINVAL);
	close_listener(&listener);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_word_is_heard_once_where_it_was_said),
		cmocka_unit_test(noise_and_other_tones_wake_nobody),
		cmocka_unit_test(the_sensitive_hear_more),
		cmocka_unit_test(own_sound_makes_it_more_sensitive),
		cmocka_unit_test(feeding_takes_no_memory),
		cmocka_unit_test(survives_failing_memory),
		cmocka_unit_test(mistakes_say_what_is_wrong),
	};
	char paths[2][256];
	int n_failed;

	snprintf(paths[0], sizeof(paths[0]), "%s", tone_model("low", LOW_HZ));
	snprintf(paths[1], sizeof(paths[1]), "%s", tone_model("high", HIGH_HZ));
	phrases[0] = (struct duet_wake_phrase){.text = "low", .sensitivity = 0.5, .model = paths[0]};
	phrases[1] = (struct duet_wake_phrase){.text = "high", .sensitivity = 0.5, .model = paths[1]};
	n_failed = cmocka_run_group_tests(tests, NULL, NULL);
	sound_folder_remove();
	return n_failed;
}
