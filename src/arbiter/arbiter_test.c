/* SPDX-License-Identifier: Apache-2.0 */
#include "arbiter/arbiter.h"

#include <errno.h>
#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"

/* The tests carry the numbers of the rules that they prove. */
enum { CORTANA, XIAOAI };

struct scene {
	struct duet_arbiter arbiter;
	struct duet_actions actions;
	int64_t now_ms;
};

static void begin(struct scene *scene)
{
	memset(scene, 0, sizeof(*scene));
	duet_arbiter_init(&scene->arbiter, CORTANA, 0);
}

static int send(struct scene *scene, struct duet_event event)
{
	return duet_arbiter_step(&scene->arbiter, &event, scene->now_ms, &scene->actions);
}

static int wake(struct scene *scene, int assistant, float score)
{
	return send(scene,
		    (struct duet_event){.kind = DUET_EVENT_WAKE, .assistant = assistant, .score = score});
}

/* An event of the turn that is going on. */
static int turn(struct scene *scene, enum duet_event_kind kind)
{
	return send(scene, (struct duet_event){.kind = kind, .turn = scene->arbiter.turn});
}

/* Said in the dialog that is going on. */
static int tell(struct scene *scene, int assistant, enum duet_control control)
{
	return send(scene, (struct duet_event){.kind = DUET_EVENT_CONTROL,
					       .turn = scene->arbiter.turn,
					       .assistant = assistant,
					       .control = control});
}

static int activity(struct scene *scene, int id, int owner, enum duet_activity_kind kind)
{
	return send(scene, (struct duet_event){.kind = DUET_EVENT_BEGIN,
					       .activity = id,
					       .assistant = owner,
					       .activity_kind = kind});
}

static enum duet_focus focus(const struct scene *scene, int id)
{
	const struct duet_activity *one = duet_arbiter_activity(&scene->arbiter, id);

	return one ? one->focus : DUET_FOCUS_NONE;
}

static const struct duet_action *action(const struct scene *scene, enum duet_action_kind kind)
{
	for (size_t i = 0; i < scene->actions.n; i++) {
		if (scene->actions.list[i].kind == kind)
			return &scene->actions.list[i];
	}
	return NULL;
}

static void speak(struct scene *scene, int assistant)
{
	assert_int_equal(wake(scene, assistant, 0.8F), 0);
	assert_int_equal(turn(scene, DUET_EVENT_ENDPOINT), 0);
	assert_int_equal(turn(scene, DUET_EVENT_REPLY), 0);
	assert_int_equal(scene->arbiter.state, DUET_DIALOG_SPEAKING);
}

static void rule_1_a_dialog_goes_round(void **state)
{
	struct scene s;

	begin(&s);
	assert_int_equal(wake(&s, XIAOAI, 0.7F), 0);
	assert_int_equal(action(&s, DUET_ACTION_LISTEN)->assistant, XIAOAI);
	assert_int_equal(action(&s, DUET_ACTION_LISTEN)->turn, 1);
	assert_int_equal(action(&s, DUET_ACTION_ATTENTION)->state, DUET_DIALOG_LISTENING);
	assert_int_equal(turn(&s, DUET_EVENT_ENDPOINT), 0);
	assert_int_equal(s.arbiter.state, DUET_DIALOG_THINKING);
	assert_int_equal(turn(&s, DUET_EVENT_REPLY), 0);
	assert_non_null(action(&s, DUET_ACTION_SPEAK));
	assert_int_equal(turn(&s, DUET_EVENT_SPOKEN), 0);
	assert_int_equal(s.arbiter.state, DUET_DIALOG_IDLE);
}

static void rule_1_thinking_may_be_skipped(void **state)
{
	struct scene s;

	begin(&s);
	wake(&s, CORTANA, 0.7F);
	assert_int_equal(turn(&s, DUET_EVENT_REPLY), 0);
	assert_int_equal(s.arbiter.state, DUET_DIALOG_SPEAKING);
}

static void rule_1_an_expected_answer_is_listened_for(void **state)
{
	struct scene s;
	uint64_t question;

	begin(&s);
	wake(&s, CORTANA, 0.7F);
	turn(&s, DUET_EVENT_ENDPOINT);
	question = s.arbiter.turn;
	send(&s, (struct duet_event){.kind = DUET_EVENT_REPLY, .turn = question, .expects_answer = true});
	assert_int_equal(turn(&s, DUET_EVENT_SPOKEN), 0);
	assert_int_equal(s.arbiter.state, DUET_DIALOG_LISTENING);
	assert_true(action(&s, DUET_ACTION_LISTEN)->follow_up);
	assert_int_equal(s.arbiter.turn, question + 1);
	assert_false(s.arbiter.wake_live);
}

static void rule_1_old_turns_mean_nothing(void **state)
{
	struct scene s;

	begin(&s);
	speak(&s, CORTANA);
	wake(&s, XIAOAI, 0.8F);
	for (int kind = DUET_EVENT_ENDPOINT; kind <= DUET_EVENT_OVER; kind++)
		assert_int_equal(send(&s, (struct duet_event){.kind = (enum duet_event_kind)kind, .turn = 1}),
				 -ENOENT);
	assert_int_equal(s.arbiter.state, DUET_DIALOG_LISTENING);
	assert_int_equal(s.arbiter.assistant, XIAOAI);
}

static void rule_2_no_wake_word_while_one_listens(void **state)
{
	struct scene s;

	begin(&s);
	wake(&s, CORTANA, 0.6F);
	s.now_ms = 1000;
	assert_int_equal(wake(&s, XIAOAI, 0.99F), -ENOENT);
	assert_non_null(action(&s, DUET_ACTION_WAKE_OFF));
	assert_int_equal(s.arbiter.assistant, CORTANA);
	assert_int_equal(turn(&s, DUET_EVENT_ENDPOINT), 0);
	assert_non_null(action(&s, DUET_ACTION_WAKE_ON));
}

static void rule_4_either_wake_word_barges_in(void **state)
{
	struct scene s;

	for (int who = CORTANA; who <= XIAOAI; who++) {
		begin(&s);
		speak(&s, CORTANA);
		assert_int_equal(wake(&s, who, 0.6F), 0);
		assert_int_equal(action(&s, DUET_ACTION_ABANDON)->turn, 1);
		assert_int_equal(action(&s, DUET_ACTION_LISTEN)->assistant, who);
		assert_int_equal(action(&s, DUET_ACTION_LISTEN)->turn, 2);
	}
}

static void rule_5_only_a_person_displaces_a_dialog(void **state)
{
	const struct duet_event request = {.kind = DUET_EVENT_REQUEST, .assistant = XIAOAI};
	struct scene s;

	begin(&s);
	wake(&s, CORTANA, 0.6F);
	assert_int_equal(send(&s, request), 0);
	assert_int_equal(action(&s, DUET_ACTION_REFUSE)->assistant, XIAOAI);
	assert_null(action(&s, DUET_ACTION_LISTEN));
	turn(&s, DUET_EVENT_ENDPOINT);
	send(&s, request);
	assert_non_null(action(&s, DUET_ACTION_REFUSE));
	assert_int_equal(s.arbiter.state, DUET_DIALOG_THINKING);
	assert_int_equal(wake(&s, XIAOAI, 0.6F), 0);
	assert_int_equal(s.arbiter.assistant, XIAOAI);
}

static void rule_5_the_button_always_wins(void **state)
{
	struct scene s;

	begin(&s);
	wake(&s, CORTANA, 0.9F);
	assert_int_equal(send(&s, (struct duet_event){.kind = DUET_EVENT_BUTTON, .assistant = XIAOAI}), 0);
	assert_int_equal(action(&s, DUET_ACTION_ABANDON)->turn, 1);
	assert_int_equal(s.arbiter.assistant, XIAOAI);
	assert_false(s.arbiter.wake_live);
}

static void rule_6_one_activity_is_in_front(void **state)
{
	struct scene s;

	begin(&s);
	activity(&s, 1, CORTANA, DUET_ACTIVITY_CONTENT);
	assert_int_equal(focus(&s, 1), DUET_FOCUS_FOREGROUND);
	activity(&s, 2, XIAOAI, DUET_ACTIVITY_ALERT);
	assert_int_equal(focus(&s, 1), DUET_FOCUS_BACKGROUND);
	assert_int_equal(focus(&s, 2), DUET_FOCUS_FOREGROUND);
	activity(&s, 3, CORTANA, DUET_ACTIVITY_ALERT);
	assert_int_equal(focus(&s, 2), DUET_FOCUS_PAUSED);
	assert_int_equal(focus(&s, 3), DUET_FOCUS_FOREGROUND);
	send(&s, (struct duet_event){.kind = DUET_EVENT_END, .activity = 3});
	assert_int_equal(focus(&s, 2), DUET_FOCUS_FOREGROUND);
}

static void rule_6_a_dialog_sends_all_to_the_background(void **state)
{
	struct scene s;

	begin(&s);
	activity(&s, 1, CORTANA, DUET_ACTIVITY_ALERT);
	wake(&s, CORTANA, 0.7F);
	assert_int_equal(focus(&s, 1), DUET_FOCUS_BACKGROUND);
	turn(&s, DUET_EVENT_OVER);
	assert_int_equal(focus(&s, 1), DUET_FOCUS_FOREGROUND);
}

static void rule_10_stop_takes_ones_own_first(void **state)
{
	struct scene s;

	begin(&s);
	activity(&s, 1, CORTANA, DUET_ACTIVITY_CONTENT);
	activity(&s, 2, XIAOAI, DUET_ACTIVITY_ALERT);
	wake(&s, CORTANA, 0.7F);
	assert_int_equal(tell(&s, CORTANA, DUET_CONTROL_STOP), 0);
	assert_int_equal(action(&s, DUET_ACTION_CONTROL)->activity, 1);
	assert_null(duet_arbiter_activity(&s.arbiter, 1));
	assert_non_null(duet_arbiter_activity(&s.arbiter, 2));
}

static void rule_10_stop_reaches_the_other_assistants_alert(void **state)
{
	struct scene s;

	begin(&s);
	activity(&s, 7, XIAOAI, DUET_ACTIVITY_ALERT);
	wake(&s, CORTANA, 0.7F);
	assert_int_equal(tell(&s, CORTANA, DUET_CONTROL_STOP), 0);
	assert_int_equal(action(&s, DUET_ACTION_CONTROL)->activity, 7);
	assert_int_equal(tell(&s, CORTANA, DUET_CONTROL_STOP), -ENOENT);
}

static void rule_10_the_dialog_that_was_cut_short_was_the_stop(void **state)
{
	struct scene s;

	begin(&s);
	activity(&s, 7, XIAOAI, DUET_ACTIVITY_ALERT);
	speak(&s, XIAOAI);
	wake(&s, CORTANA, 0.7F);
	assert_int_equal(tell(&s, CORTANA, DUET_CONTROL_STOP), -ENOENT);
	assert_non_null(duet_arbiter_activity(&s.arbiter, 7));
	turn(&s, DUET_EVENT_OVER);
	wake(&s, CORTANA, 0.7F);
	assert_int_equal(tell(&s, CORTANA, DUET_CONTROL_STOP), 0);
}

static void rule_10_pause_holds_and_resume_releases(void **state)
{
	struct scene s;

	begin(&s);
	activity(&s, 1, XIAOAI, DUET_ACTIVITY_CONTENT);
	wake(&s, CORTANA, 0.7F);
	assert_int_equal(tell(&s, CORTANA, DUET_CONTROL_PAUSE), 0);
	assert_int_equal(focus(&s, 1), DUET_FOCUS_HELD);
	assert_int_equal(action(&s, DUET_ACTION_FOCUS)->focus, DUET_FOCUS_HELD);
	assert_int_equal(tell(&s, CORTANA, DUET_CONTROL_PAUSE), -ENOENT);
	activity(&s, 2, XIAOAI, DUET_ACTIVITY_ALERT);
	send(&s, (struct duet_event){.kind = DUET_EVENT_END, .activity = 2});
	assert_int_equal(focus(&s, 1), DUET_FOCUS_HELD);
	assert_int_equal(tell(&s, CORTANA, DUET_CONTROL_RESUME), 0);
	turn(&s, DUET_EVENT_OVER);
	assert_int_equal(focus(&s, 1), DUET_FOCUS_FOREGROUND);
}

static void rule_10_snooze_is_for_alerts(void **state)
{
	struct scene s;

	begin(&s);
	activity(&s, 1, CORTANA, DUET_ACTIVITY_CONTENT);
	wake(&s, CORTANA, 0.7F);
	assert_int_equal(tell(&s, CORTANA, DUET_CONTROL_SNOOZE), -ENOENT);
	activity(&s, 2, XIAOAI, DUET_ACTIVITY_ALERT);
	assert_int_equal(tell(&s, CORTANA, DUET_CONTROL_SNOOZE), 0);
	assert_null(duet_arbiter_activity(&s.arbiter, 2));
}

static void rule_17_a_dialog_does_not_outlive_a_restart(void **state)
{
	struct scene s;

	begin(&s);
	speak(&s, CORTANA);
	duet_arbiter_init(&s.arbiter, CORTANA, s.arbiter.turn);
	assert_int_equal(s.arbiter.state, DUET_DIALOG_IDLE);
	assert_int_equal(turn(&s, DUET_EVENT_SPOKEN), -ENOENT);
	assert_true(s.arbiter.wake_live);
}

static void rule_18_a_higher_score_takes_over_within_300_ms(void **state)
{
	struct scene s;

	begin(&s);
	wake(&s, CORTANA, 0.6F);
	assert_int_equal(action(&s, DUET_ACTION_CALL_BACK)->at_ms, 300);
	s.now_ms = 299;
	assert_int_equal(wake(&s, XIAOAI, 0.61F), 0);
	assert_int_equal(action(&s, DUET_ACTION_ABANDON)->turn, 1);
	assert_int_equal(action(&s, DUET_ACTION_LISTEN)->assistant, XIAOAI);
	assert_int_equal(action(&s, DUET_ACTION_ATTENTION)->assistant, XIAOAI);
	assert_true(s.arbiter.wake_live);
	s.now_ms = 300;
	assert_int_equal(send(&s, (struct duet_event){.kind = DUET_EVENT_TIME}), 0);
	assert_non_null(action(&s, DUET_ACTION_WAKE_OFF));
}

static void rule_18_a_lower_score_does_not(void **state)
{
	struct scene s;

	begin(&s);
	wake(&s, CORTANA, 0.6F);
	assert_int_equal(wake(&s, XIAOAI, 0.59F), -ENOENT);
	assert_int_equal(wake(&s, CORTANA, 0.9F), -ENOENT);
	assert_int_equal(s.arbiter.turn, 1);
}

static void rule_18_a_tie_goes_to_the_default(void **state)
{
	struct scene s;

	begin(&s);
	wake(&s, XIAOAI, 0.6F);
	assert_int_equal(wake(&s, CORTANA, 0.6F), 0);
	assert_int_equal(s.arbiter.assistant, CORTANA);
	assert_int_equal(wake(&s, XIAOAI, 0.6F), -ENOENT);
	assert_int_equal(s.arbiter.assistant, CORTANA);
}

static void a_full_table_refuses_and_loses_nothing(void **state)
{
	struct scene s;

	begin(&s);
	for (int id = 1; id <= DUET_ACTIVITIES_MAX; id++)
		assert_int_equal(activity(&s, id, CORTANA, DUET_ACTIVITY_ALERT), 0);
	assert_int_equal(activity(&s, 99, CORTANA, DUET_ACTIVITY_ALERT), -ENOSPC);
	assert_int_equal(activity(&s, 5, CORTANA, DUET_ACTIVITY_ALERT), -EINVAL);
	for (int id = 1; id <= DUET_ACTIVITIES_MAX; id++)
		assert_non_null(duet_arbiter_activity(&s.arbiter, id));
}

/* Not by the project's allocator, nor by libc's behind its back. */
static void nothing_is_allocated(void **state)
{
	struct mallinfo2 before, after;
	struct scene s;

	begin(&s);
	duet_alloc_fail_at(0);
	before = mallinfo2();
	for (int i = 0; i < 20000; i++) {
		int id = i % 40 + 1;

		s.now_ms += 50;
		activity(&s, id, i % 2, (enum duet_activity_kind)(i % 4));
		wake(&s, i % 2, 0.6F);
		tell(&s, i % 2, (enum duet_control)(i % DUET_N_CONTROLS));
		turn(&s, (enum duet_event_kind)(i % DUET_N_EVENTS));
		send(&s, (struct duet_event){.kind = DUET_EVENT_END, .activity = id});
	}
	after = mallinfo2();
	assert_int_equal(duet_alloc_fail_at(0), 0);
	assert_int_equal(after.uordblks, before.uordblks);
	assert_int_equal(after.arena, before.arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rule_1_a_dialog_goes_round),
		cmocka_unit_test(rule_1_thinking_may_be_skipped),
		cmocka_unit_test(rule_1_an_expected_answer_is_listened_for),
		cmocka_unit_test(rule_1_old_turns_mean_nothing),
		cmocka_unit_test(rule_2_no_wake_word_while_one_listens),
		cmocka_unit_test(rule_4_either_wake_word_barges_in),
		cmocka_unit_test(rule_5_only_a_person_displaces_a_dialog),
		cmocka_unit_test(rule_5_the_button_always_wins),
		cmocka_unit_test(rule_6_one_activity_is_in_front),
		cmocka_unit_test(rule_6_a_dialog_sends_all_to_the_background),
		cmocka_unit_test(rule_10_stop_takes_ones_own_first),
		cmocka_unit_test(rule_10_stop_reaches_the_other_assistants_alert),
		cmocka_unit_test(rule_10_the_dialog_that_was_cut_short_was_the_stop),
		cmocka_unit_test(rule_10_pause_holds_and_resume_releases),
		cmocka_unit_test(rule_10_snooze_is_for_alerts),
		cmocka_unit_test(rule_17_a_dialog_does_not_outlive_a_restart),
		cmocka_unit_test(rule_18_a_higher_score_takes_over_within_300_ms),
		cmocka_unit_test(rule_18_a_lower_score_does_not),
		cmocka_unit_test(rule_18_a_tie_goes_to_the_default),
		cmocka_unit_test(a_full_table_refuses_and_loses_nothing),
		cmocka_unit_test(nothing_is_allocated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
