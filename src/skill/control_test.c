/* SPDX-License-Identifier: Apache-2.0 */
#include "skill_bench.h"

static void test_controls(void **state)
{
	static const struct {
		const char *intent;
		enum duet_answer_kind kind;
		enum duet_control control;
	} wanted[] = {{"DuetStop", DUET_ANSWER_SILENCE, DUET_CONTROL_STOP},
		      {"HassNevermind", DUET_ANSWER_REPLY, DUET_CONTROL_CANCEL},
		      {"DuetRepeat", DUET_ANSWER_REPLY, DUET_CONTROL_REPEAT},
		      {"DuetYes", DUET_ANSWER_REPLY, DUET_CONTROL_NONE},
		      {"DuetNo", DUET_ANSWER_REPLY, DUET_CONTROL_NONE}};
	struct skill_bench bench;

	bench_open(&bench, &duet_skill_control, NULL);
	for (size_t i = 0; i < sizeof(wanted) / sizeof(*wanted); i++) {
		bench_ask(&bench, wanted[i].intent, "", NULL);
		assert_int_equal(bench.answer.kind, wanted[i].kind);
		assert_int_equal(bench.answer.control, wanted[i].control);
		assert_non_null(bench.answer.act);
	}
	bench_close(&bench);
}

/* Every intent that a skill names is carried out by one skill only. */
static void test_intents_have_one_skill(void **state)
{
	for (const struct duet_skill *const *a = duet_skills; *a; a++) {
		for (const char *const *x = (*a)->intents; *x; x++) {
			for (const struct duet_skill *const *b = a + 1; *b; b++) {
				for (const char *const *y = (*b)->intents; *y; y++)
					assert_string_not_equal(*x, *y);
			}
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_controls),
					   cmocka_unit_test(test_intents_have_one_skill)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
