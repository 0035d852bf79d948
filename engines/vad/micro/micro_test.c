/* SPDX-License-Identifier: Apache-2.0 */
#include "base/alloc.h"
#include "temporary_file.h"
#include "tone_model.h"
#include "torture.h"
#include "voice_room.h"

/* A model whose voice is a tone of 600 Hz. */
enum { VOICE_HZ = 600, OTHER_HZ = 2500 };

/* In syllables, five a second: what does not change is taken for the room. */
static void feed_tone(struct trial *trial, int n_frames, double hz, double loudness)
{
	int16_t frame[FRAME];

	for (int f = 0; f < n_frames; f++) {
		for (int i = 0; i < FRAME; i++) {
			double t = (double)(f * FRAME + i) / SECOND;

			frame[i] =
				clipped(0.001 * uniform() + loudness * (0.6 - 0.4 * cos(2 * M_PI * 5 * t)) *
								    sin(2 * M_PI * hz * t));
		}
		feed(trial, frame);
	}
}

static void what_the_model_knows_is_a_voice(void **state)
{
	struct trial trial;

	trial_begin(&trial);
	feed_tone(&trial, 200, 0, 0);
	assert_int_equal(trial.n_voiced, 0);
	feed_tone(&trial, 100, OTHER_HZ, 0.3);
	assert_true(trial.n_voiced < 30); /* its edges */
	trial.n_voiced = 0;
	trial.first = -1;
	assert_float_equal(trial.report.noise_db, -65, 3);
	feed_tone(&trial, 100, VOICE_HZ, 0.3);
	assert_in_range(trial.first, 300, 315);
	assert_true(trial.n_voiced > 40);
	feed_tone(&trial, 100, 0, 0);
	assert_in_range(trial.last, 380, 425);
	trial_end(&trial);
}

static void silence_is_no_voice(void **state)
{
	struct trial trial;

	trial_begin(&trial);
	for (int f = 0; f < 300; f++)
		feed(&trial, (const int16_t[FRAME]){0});
	assert_int_equal(trial.n_voiced, 0);
	trial_end(&trial);
}

static void mistakes_say_what_to_do(void **state)
{
	struct temporary_file file = temporary_file("{\"type\": \"micro\"}");
	void *engine = calloc(1, vad->engine.state_size);
	struct duet_error error = {0};

	assert_int_equal(vad->open(engine, engine_options(&vad->engine, arena, NULL), &error), -EINVAL);
	assert_non_null(strstr(error.hint, "model: FILE.json"));
	assert_true(vad->open(engine, engine_options(&vad->engine, arena, "model", file.path, NULL), &error) <
		    0);
	assert_string_equal(error.file, file.path);
	free(engine);
	unlink(file.path);
}

static int open_and_close(void *user)
{
	void *engine = duet_calloc(1, vad->engine.state_size);
	int code = engine ? vad->open(engine, user, NULL) : -ENOMEM;

	if (code == 0)
		vad->close(engine);
	duet_free(engine);
	return code;
}

static void survives_failing_memory(void **state)
{
	union {
		const void *given;
		void *user;
	} chosen = {engine_options(&vad->engine, arena, "model", vad_model, NULL)};

	duet_torture(open_and_close, chosen.user);
}

static int room_set_up(void **state)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s", tone_model("voice", VOICE_HZ));
	return room_of("micro", path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_the_model_knows_is_a_voice),
		cmocka_unit_test(silence_is_no_voice),
		cmocka_unit_test(mistakes_say_what_to_do),
		cmocka_unit_test(survives_failing_memory),
	};

	int n_failed = cmocka_run_group_tests(tests, room_set_up, room_tear_down);

	sound_folder_remove();
	return n_failed;
}
