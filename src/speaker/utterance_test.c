/* SPDX-License-Identifier: Apache-2.0 */
#include "speaker/utterance.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "audio/capture.h"
#include "speaker/crew.h"

/* A recogniser that hears "yes" after 20 frames, fails when told to, and counts. */
struct fake {
	int n_frames, n_pauses, n_cancelled;
	size_t part;
	bool begins_badly, ends_badly;
};

static struct fake *const fakes[2] = {&(struct fake){0}, &(struct fake){0}};
static int n_opened;

struct link {
	struct fake *fake;
};

static int fake_open(void *state, const struct duet_asr_setup *setup, struct duet_error *error)
{
	((struct link *)state)->fake = fakes[n_opened++ % 2];
	return 0;
}

static int fake_begin(void *state, size_t part, float noise_db)
{
	struct fake *fake = ((struct link *)state)->fake;

	fake->n_frames = 0;
	fake->part = part;
	return fake->begins_badly ? -EIO : 0;
}

static int fake_feed(void *state, const int16_t *samples, size_t n_samples)
{
	((struct link *)state)->fake->n_frames++;
	return 0;
}

static int fake_partial(void *state, struct duet_asr_partial *partial)
{
	partial->complete = ((struct link *)state)->fake->n_frames >= 20;
	return 0;
}

static int fake_pause(void *state, bool silent)
{
	((struct link *)state)->fake->n_pauses += silent ? 1 : 100;
	return 0;
}

static int fake_finish(void *state, struct duet_asr_result *result)
{
	snprintf(result->text, sizeof(result->text), "yes");
	result->confidence = 0.75F;
	return ((struct link *)state)->fake->ends_badly ? -EIO : 0;
}

static void fake_cancel(void *state)
{
	((struct link *)state)->fake->n_cancelled++;
}

static void fake_close(void *state)
{
}

static const struct duet_asr_engine engine = {
	.engine = {.stage = "asr", .name = "fake", .state_size = sizeof(struct link)},
	.open = fake_open,
	.begin = fake_begin,
	.feed = fake_feed,
	.partial = fake_partial,
	.pause = fake_pause,
	.finish = fake_finish,
	.cancel = fake_cancel,
	.close = fake_close,
};

/* Two assistants who share a wake word, and what was posted. */
struct scene {
	struct duet_assistant_config assistants[2];
	struct duet_config config;
	struct duet_member members[2];
	struct duet_crew crew;
	struct duet_ear_setup setup;
	struct duet_utterance utterance;
	struct duet_heard heard[8];
	size_t n_heard;
};

static void note(void *user, const struct duet_heard *heard)
{
	struct scene *scene = user;

	assert_true(scene->n_heard < 8);
	scene->heard[scene->n_heard++] = *heard;
}

static int open_scene(void **state)
{
	struct scene *scene = calloc(1, sizeof(*scene));

	n_opened = 0;
	for (int i = 0; i < 2; i++) {
		*fakes[i] = (struct fake){0};
		assert_int_equal(
			duet_asr_new(&scene->members[i].asr, &engine, &(struct duet_asr_setup){0}, NULL), 0);
	}
	scene->config.assistants = scene->assistants;
	scene->config.n_assistants = 2;
	scene->crew = (struct duet_crew){.config = &scene->config, .members = scene->members, .sharers = 3};
	scene->setup = (struct duet_ear_setup){
		.crew = &scene->crew,
		.is_inline = true,
		.times = {.complete_ms = 300, .open_ms = 800, .silence_ms = 1000, .longest_ms = 4000}};
	duet_utterance_init(&scene->utterance, &scene->setup, note, scene);
	*state = scene;
	return 0;
}

static int close_scene(void **state)
{
	struct scene *scene = *state;

	duet_utterance_cancel(&scene->utterance);
	for (int i = 0; i < 2; i++)
		duet_asr_free(scene->members[i].asr);
	free(scene);
	return 0;
}

/* Until it is over, at most so many frames; how many it took. */
static int feed(struct scene *scene, int n, bool voiced)
{
	static const int16_t pcm[DUET_FRAME_SAMPLES];

	for (int i = 1; i <= n; i++) {
		if (duet_utterance_frame(&scene->utterance, pcm, voiced))
			return i;
	}
	return 0;
}

static void words_come_after_the_endpoint(void **state)
{
	struct scene *scene = *state;

	duet_utterance_begin(&scene->utterance, 7, 1, DUET_PART_ANSWERS, 0);
	assert_int_equal(feed(scene, 50, true), 0);
	assert_int_equal(feed(scene, 100, false), 30);
	assert_int_equal(scene->n_heard, 2);
	assert_int_equal(scene->heard[0].kind, DUET_HEARD_ENDPOINT);
	assert_float_equal(scene->heard[0].listen_ms, 500, 0.1);
	assert_float_equal(scene->heard[0].endpoint_ms, 300, 0.1);
	assert_int_equal(scene->heard[1].kind, DUET_HEARD_WORDS);
	assert_int_equal(scene->heard[1].turn, 7);
	assert_int_equal(scene->heard[1].assistant, 1);
	assert_string_equal(scene->heard[1].text, "yes");
	assert_int_equal(fakes[1]->part, DUET_PART_ANSWERS);
	assert_int_equal(fakes[1]->n_pauses, 1);
	assert_int_equal(fakes[1]->n_cancelled, 1);
	assert_int_equal(fakes[0]->n_frames, 0);
	assert_int_equal(scene->utterance.turn, 0);
}

static void all_who_share_a_wake_word_listen(void **state)
{
	struct scene *scene = *state;

	duet_utterance_begin(&scene->utterance, 3, DUET_ANYONE, DUET_PART_COMMANDS, 0);
	feed(scene, 50, true);
	feed(scene, 100, false);
	assert_int_equal(scene->n_heard, 3);
	assert_int_equal(scene->heard[1].assistant, 0);
	assert_int_equal(scene->heard[2].assistant, 1);
}

static void a_short_noise_is_no_voice(void **state)
{
	struct scene *scene = *state;

	duet_utterance_begin(&scene->utterance, 1, 0, DUET_PART_COMMANDS, 0);
	feed(scene, 50, true);
	assert_int_equal(feed(scene, 20, false), 0);
	assert_int_equal(feed(scene, 2, true), 0);
	assert_int_equal(fakes[0]->n_pauses, 1);
	assert_int_equal(feed(scene, 10, true), 0);
	assert_int_equal(fakes[0]->n_pauses, 101);
}

static void silence_is_told(void **state)
{
	struct scene *scene = *state;

	duet_utterance_begin(&scene->utterance, 2, 0, DUET_PART_COMMANDS, 0);
	assert_true(feed(scene, 200, false) > 0);
	assert_int_equal(scene->n_heard, 2);
	assert_int_equal(scene->heard[0].kind, DUET_HEARD_PAUSE);
	assert_int_equal(scene->heard[1].kind, DUET_HEARD_NOTHING);
	assert_int_equal(fakes[0]->n_cancelled, 1);
}

static void a_recogniser_that_fails_ends_it(void **state)
{
	struct scene *scene = *state;

	fakes[0]->begins_badly = true;
	duet_utterance_begin(&scene->utterance, 4, 0, DUET_PART_COMMANDS, 0);
	assert_int_equal(scene->utterance.turn, 0);
	assert_int_equal(scene->n_heard, 1);
	assert_int_equal(scene->heard[0].kind, DUET_HEARD_FAILED);
	fakes[0]->begins_badly = false;
	fakes[0]->ends_badly = true;
	duet_utterance_begin(&scene->utterance, 5, 0, DUET_PART_COMMANDS, 0);
	feed(scene, 50, true);
	assert_true(feed(scene, 100, false) > 0);
	assert_int_equal(scene->heard[scene->n_heard - 1].kind, DUET_HEARD_FAILED);
	assert_int_equal(scene->heard[scene->n_heard - 1].turn, 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(words_come_after_the_endpoint, open_scene, close_scene),
		cmocka_unit_test_setup_teardown(all_who_share_a_wake_word_listen, open_scene, close_scene),
		cmocka_unit_test_setup_teardown(a_short_noise_is_no_voice, open_scene, close_scene),
		cmocka_unit_test_setup_teardown(silence_is_told, open_scene, close_scene),
		cmocka_unit_test_setup_teardown(a_recogniser_that_fails_ends_it, open_scene, close_scene),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
