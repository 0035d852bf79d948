/* SPDX-License-Identifier: Apache-2.0 */
#include "skill_bench.h"

static const char players[] = "areas: [{name: kitchen}, {name: office}]\n"
			      "entities:\n"
			      "- {id: media_player.radio, name: radio, area: kitchen, state: playing}\n"
			      "- {id: media_player.tv, name: TV, area: office, state: paused}\n";

static const char *player(const struct skill_bench *bench)
{
	const char *id = json_string_value(json_array_get(json_object_get(bench->answer.act, "entities"), 0));

	return id ? id : "none";
}

/* The one that plays is meant, wherever it stands; else what the speaker itself plays. */
static void test_which_player(void **state)
{
	struct skill_bench bench;

	bench_open(&bench, &duet_skill_media, players);
	bench.area = "office";
	bench_ask(&bench, "HassMediaPause", "", NULL);
	assert_string_equal(player(&bench), "media_player.radio");
	bench_ask(&bench, "HassMediaUnpause", "name=TV", NULL);
	assert_string_equal(player(&bench), "media_player.tv");
	assert_string_equal(bench_ask(&bench, "HassMediaPause", "name=stereo", NULL), "no_entity");
	bench_close(&bench);
}

/* What another assistant plays on the speaker is nearer than a player of the house, if it knows the control.
 */
static void test_what_another_plays(void **state)
{
	struct skill_bench bench;

	bench_open(&bench, &duet_skill_media, players);
	bench.controls = 1U << DUET_CONTROL_PAUSE;
	bench_ask(&bench, "HassMediaPause", "", NULL);
	assert_int_equal(bench.answer.control, DUET_CONTROL_PAUSE);
	bench_ask(&bench, "HassMediaNext", "", NULL);
	assert_string_equal(player(&bench), "media_player.radio");
	bench_ask(&bench, "HassMediaPause", "name=radio", NULL);
	assert_string_equal(player(&bench), "media_player.radio");
	bench_close(&bench);
}

static void test_no_player(void **state)
{
	static const struct {
		const char *intent;
		enum duet_control control;
	} wanted[] = {{"HassMediaPause", DUET_CONTROL_PAUSE},
		      {"HassMediaUnpause", DUET_CONTROL_RESUME},
		      {"HassMediaNext", DUET_CONTROL_NEXT},
		      {"HassMediaPrevious", DUET_CONTROL_PREVIOUS}};
	struct skill_bench bench;

	bench_open(&bench, &duet_skill_media, NULL);
	for (size_t i = 0; i < sizeof(wanted) / sizeof(*wanted); i++) {
		bench_ask(&bench, wanted[i].intent, "", NULL);
		assert_int_equal(bench.answer.kind, DUET_ANSWER_SILENCE);
		assert_int_equal(bench.answer.control, wanted[i].control);
	}
	assert_string_equal(bench_ask(&bench, "HassMediaNext", "name=TV", NULL), "no_home");
	bench_close(&bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_which_player),
					   cmocka_unit_test(test_what_another_plays),
					   cmocka_unit_test(test_no_player)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
