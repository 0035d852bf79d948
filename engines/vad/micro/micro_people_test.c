/* SPDX-License-Identifier: Apache-2.0 */
#include "voice_people.h"

/* The model as it is in use, held to the same recordings as the energy engine. It wants to hear a voice for
 * some time before it believes in it, and knows within a moment that it is gone: what an endpoint needs. */

static void test_people_in_a_quiet_room(void **state)
{
	static struct errors errors;

	listen_to_all(NULL, 0, &errors);
	assert_true(errors.n_missed == 0);
	assert_true(percentile(errors.on_ms, errors.n, 0.5) <= 400);
	assert_true(percentile(errors.off_ms, errors.n, 0.05) >= 0);
	assert_true(percentile(errors.off_ms, errors.n, 0.95) <= 400);
}

static void test_people_in_a_kitchen_at_12_db(void **state)
{
	static struct errors errors;
	struct duet_sound noise;

	load_kitchen(&noise);
	listen_to_all(&noise, 12, &errors);
	duet_sound_done(&noise);
	assert_true(errors.n_missed == 0);
	assert_true(percentile(errors.on_ms, errors.n, 0.5) <= 300);
	assert_true(percentile(errors.off_ms, errors.n, 0.5) <= 450);
}

static void test_a_kitchen_is_no_voice(void **state)
{
	struct duet_sound noise;
	struct trial trial;

	load_kitchen(&noise);
	trial_begin(&trial);
	for (size_t at = 0; at + FRAME <= noise.n_samples; at += FRAME)
		feed(&trial, noise.samples + at);
	print_message("%d of %d frames voiced\n", trial.n_voiced, trial.n_frames);
	assert_true(trial.n_voiced < trial.n_frames / 4);
	trial_end(&trial);
	duet_sound_done(&noise);
}

static int room_set_up(void **state)
{
	static char path[1000];

	snprintf(path, sizeof(path), "%s/models/microwakeword/vad.json", getenv("DUET_SHARED"));
	return room_of("micro", path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_people_in_a_quiet_room),
		cmocka_unit_test(test_people_in_a_kitchen_at_12_db),
		cmocka_unit_test(test_a_kitchen_is_no_voice),
	};

	if (!people_are_there())
		return SKIPPED;
	return cmocka_run_group_tests(tests, room_set_up, room_tear_down);
}
