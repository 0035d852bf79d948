/* SPDX-License-Identifier: Apache-2.0 */
#include "voice_people.h"

static void test_people_in_a_quiet_room(void **state)
{
	static struct errors errors;

	listen_to_all(NULL, 0, &errors);
	assert_int_equal(errors.n_missed, 0);
	assert_true(percentile(errors.on_ms, errors.n, 0.5) <= 60);
	assert_true(percentile(errors.on_ms, errors.n, 0.95) <= 100);
	assert_true(percentile(errors.off_ms, errors.n, 0.05) >= 0);
	assert_true(percentile(errors.off_ms, errors.n, 0.5) <= 200);
	assert_true(percentile(errors.off_ms, errors.n, 0.95) <= 400);
}

static void test_people_in_a_kitchen_at_12_db(void **state)
{
	static struct errors errors;
	struct duet_sound noise;

	load_kitchen(&noise);
	listen_to_all(&noise, 12, &errors);
	duet_sound_done(&noise);
	assert_int_equal(errors.n_missed, 0);
	assert_true(percentile(errors.on_ms, errors.n, 0.5) <= 80);
	assert_true(percentile(errors.on_ms, errors.n, 0.95) <= 200);
	assert_true(percentile(errors.off_ms, errors.n, 0.05) >= -400);
	assert_true(percentile(errors.off_ms, errors.n, 0.5) <= 200);
}

static int room_set_up(void **state)
{
	return room_of("energy", NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_people_in_a_quiet_room),
		cmocka_unit_test(test_people_in_a_kitchen_at_12_db),
	};

	if (!people_are_there())
		return SKIPPED;
	return cmocka_run_group_tests(tests, room_set_up, room_tear_down);
}
