/* SPDX-License-Identifier: Apache-2.0 */
#include "speaker/gate.h"

#include <math.h>

#include "audio/echo.h"
#include "audio/room.h"
#include "engine_options.h"
#include "temporary_file.h"
#include "torture.h"

enum { FRAME = DUET_FRAME_SAMPLES, SECOND = 100 /* frames */, WORD = 40 };

/* The loudspeaker plays noise into a room; the word that the second set of engines hears there is scripted.
 */
struct scene {
	struct duet_arena *arena;
	struct temporary_file script;
	struct duet_wake_phrase phrase;
	struct duet_wake_choice choice;
	struct duet_wake_setup setup;
	struct duet_room *room;
	struct duet_echo *echo;
	struct duet_gate *gate;
	uint32_t random;
	int64_t n;
	bool is_silent; /* the loudspeaker */
};

static int noise(struct scene *scene, int most)
{
	scene->random = scene->random * 1664525 + 1013904223;
	return (int)((int64_t)(int32_t)scene->random * most / 2147483648);
}

/* `voice`: how loud somebody speaks. */
static void play(struct scene *scene, int n_frames, int voice)
{
	for (int t = 0; t < n_frames; t++, scene->n++) {
		struct duet_frame frame = {.begin = scene->n * FRAME};
		int16_t played[FRAME];
		float heard[FRAME];

		for (int i = 0; i < FRAME; i++)
			played[i] = (int16_t)(scene->is_silent ? 0 : noise(scene, 6000));
		duet_room_step(scene->room, played, heard);
		duet_echo_played(scene->echo, played, FRAME);
		for (int i = 0; i < FRAME; i++)
			frame.pcm[i] = (int16_t)lrintf(heard[i] / 2 + (float)noise(scene, voice));
		frame.mark = duet_echo_position(scene->echo);
		duet_echo_cancel(scene->echo, &frame);
	}
}

static void open_scene(struct scene *scene, const char *script)
{
	const struct duet_wake_engine *engine = (const void *)duet_engine_find("wake", "scripted");

	*scene = (struct scene){.arena = duet_arena_new(1 << 16),
				.script = temporary_file(script),
				.phrase = {.text = "computer", .sensitivity = 0.5},
				.random = 5};
	scene->choice.engine = engine;
	scene->choice.options =
		engine_options(&engine->engine, scene->arena, "script", scene->script.path, NULL);
	scene->setup = (struct duet_wake_setup){.phrases = &scene->phrase, .n_phrases = 1};
	scene->room = duet_room_new(
		&(struct duet_room_setup){.rt60_s = 0.2, .direct_db = 0, .delay_samples = 400, .seed = 3});
	scene->echo = duet_echo_new(&(struct duet_echo_setup){
		.playback_rate_hz = DUET_FRAME_RATE_HZ, .tail_ms = 250, .buffer_ms = 1000});
	assert_non_null(scene->room);
	assert_non_null(scene->echo);
	assert_int_equal(
		duet_gate_new(&scene->gate, &scene->setup, &scene->choice, DUET_GATE_EASIER, 0.65, NULL), 0);
	play(scene, 20 * SECOND, 2);
}

static void close_scene(struct scene *scene)
{
	duet_gate_free(scene->gate);
	duet_echo_free(scene->echo);
	duet_room_free(scene->room);
	duet_arena_free(scene->arena);
	unlink(scene->script.path);
}

static bool is_own(struct scene *scene, float score)
{
	return duet_gate_own(scene->gate, scene->echo, 0, score, WORD);
}

static void no_louder_than_an_echo_is_one(void **state)
{
	struct scene scene;

	open_scene(&scene, "[]");
	assert_true(is_own(&scene, 0.9F));
	play(&scene, WORD, 6000);
	assert_false(is_own(&scene, 0.9F));
	close_scene(&scene);
}

static void pause_playing(struct scene *scene, int n_frames)
{
	scene->is_silent = true;
	play(scene, n_frames, 2);
	scene->is_silent = false;
}

/* An engine may tell the word only when what was played has ended. */
static void what_was_played_until_just_now_counts(void **state)
{
	struct scene scene;

	open_scene(&scene, "[]");
	pause_playing(&scene, 60);
	assert_true(duet_gate_own(scene.gate, scene.echo, 0, 0.9F, 3 * WORD));
	pause_playing(&scene, 2 * WORD);
	assert_false(duet_gate_own(scene.gate, scene.echo, 0, 0.9F, WORD));
	close_scene(&scene);
}

static void what_was_played_about_as_clearly_is_its_own(void **state)
{
	struct scene scene;

	open_scene(&scene, "[{at: 1500ms, phrase: 0, score: 0.4}]");
	play(&scene, WORD, 6000);
	assert_true(is_own(&scene, 0.55F));
	assert_false(is_own(&scene, 0.8F));
	close_scene(&scene);
}

static void what_was_played_before_the_word_is_another(void **state)
{
	struct scene scene;

	open_scene(&scene, "[{at: 1000ms, phrase: 0, score: 0.9}]");
	play(&scene, WORD, 6000);
	assert_false(is_own(&scene, 0.55F));
	close_scene(&scene);
}

static int open_and_close(void *user)
{
	const struct scene *scene = user;
	struct duet_gate *gate = NULL;
	int code = duet_gate_new(&gate, &scene->setup, &scene->choice, 0, 0, NULL);

	if (code == 0)
		duet_gate_free(gate);
	return code;
}

static void survives_failing_memory(void **state)
{
	struct scene scene;

	open_scene(&scene, "[]");
	duet_torture(open_and_close, &scene);
	close_scene(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_louder_than_an_echo_is_one),
		cmocka_unit_test(what_was_played_until_just_now_counts),
		cmocka_unit_test(what_was_played_about_as_clearly_is_its_own),
		cmocka_unit_test(what_was_played_before_the_word_is_another),
		cmocka_unit_test(survives_failing_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
