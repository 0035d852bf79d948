/* SPDX-License-Identifier: Apache-2.0 */
#include "skill_bench.h"

static void test_ends(void **state)
{
	struct skill_bench bench;

	bench_open(&bench, &duet_skill_volume, NULL);
	bench_ask(&bench, "HassSetVolumeRelative", "volume_step=up", NULL);
	assert_int_equal(bench.volume, 60);
	bench_ask(&bench, "HassSetVolumeRelative", "volume_step=up;percent=70", NULL);
	assert_int_equal(bench.volume, 100);
	assert_string_equal(bench_ask(&bench, "HassSetVolumeRelative", "volume_step=up", NULL), "loudest");
	bench_ask(&bench, "HassSetVolumeRelative", "volume_step=down;percent=99", NULL);
	assert_int_equal(bench.volume, 10); /* never so quiet that nobody hears it any more */
	assert_string_equal(bench_ask(&bench, "HassSetVolumeRelative", "volume_step=down", NULL), "quietest");
	bench_close(&bench);
}

static void test_mute(void **state)
{
	struct skill_bench bench;

	bench_open(&bench, &duet_skill_volume, NULL);
	bench_ask(&bench, "HassMediaPlayerMute", "", NULL);
	assert_int_equal(bench.answer.kind, DUET_ANSWER_SILENCE);
	assert_int_equal(bench.volume, 0);
	bench_ask(&bench, "HassMediaPlayerMute", "", NULL); /* twice is once */
	bench_ask(&bench, "DuetGetVolume", "", NULL);
	assert_true(json_is_true(json_object_get(bench.answer.vars, "muted")));
	bench_ask(&bench, "HassMediaPlayerUnmute", "", NULL);
	assert_int_equal(bench.volume, 50);
	bench_close(&bench);
}

static void test_night(void **state)
{
	struct skill_bench bench;

	bench_open(&bench, &duet_skill_volume, NULL);
	bench.settings.night_begin_min = 9 * 60; /* a night that began half an hour ago */
	bench.settings.night_end_min = 8 * 60;
	assert_string_equal(bench_ask(&bench, "HassSetVolume", "volume_level=80", NULL), "limited");
	assert_int_equal(bench_number(&bench, "volume"), 30);
	assert_string_equal(bench_ask(&bench, "HassSetVolume", "volume_level=20", NULL), "default");
	bench_close(&bench);
}

static void test_player(void **state)
{
	struct skill_bench bench;

	bench_open(&bench, &duet_skill_volume,
		   "entities: [{id: media_player.tv, name: TV, attributes: {volume_level: 0.3}}]\n");
	assert_string_equal(bench_ask(&bench, "HassSetVolumeRelative", "name=TV;volume_step=up", NULL),
			    "named");
	assert_int_equal(bench_number(&bench, "volume"), 40);
	assert_int_equal(bench.volume, 50);
	assert_string_equal(bench_ask(&bench, "HassSetVolume", "name=radio;volume_level=10", NULL),
			    "no_entity");
	bench_close(&bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ends),
		cmocka_unit_test(test_mute),
		cmocka_unit_test(test_night),
		cmocka_unit_test(test_player),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
