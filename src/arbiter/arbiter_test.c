/* SPDX-License-Identifier: Apache-2.0 */
#include "arbiter/arbiter.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

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

static int tell(struct scene *scene, int assistant, enum duet_control control)
{
	return send(scene, (struct duet_event){
				   .kind = DUET_EVENT_CONTROL, .assistant = assistant, .control = control});
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
	assert_int_equal(tell(&s, CORTANA, DUET_CONTROL_PAUSE), 0);
	assert_int_equal(focus(&s, 1), DUET_FOCUS_HELD);
	assert_int_equal(action(&s, DUET_ACTION_FOCUS)->focus, DUET_FOCUS_HELD);
	assert_int_equal(tell(&s, CORTANA, DUET_CONTROL_PAUSE), -ENOENT);
	activity(&s, 2, XIAOAI, DUET_ACTIVITY_ALERT);
	send(&s, (struct duet_event){.kind = DUET_EVENT_END, .activity = 2});
	assert_int_equal(focus(&s, 1), DUET_FOCUS_HELD);
	assert_int_equal(tell(&s, XIAOAI, DUET_CONTROL_RESUME), 0);
	assert_int_equal(focus(&s, 1), DUET_FOCUS_FOREGROUND);
}

static void rule_10_snooze_is_for_alerts(void **state)
{
	struct scene s;

	begin(&s);
	activity(&s, 1, CORTANA, DUET_ACTIVITY_CONTENT);
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

/* What must hold whatever happens. */
struct world {
	struct scene scene;
	uint32_t random;
	bool alive[64];           /* activities that were begun and not ended */
	enum duet_focus seen[64]; /* as the actions told */
	uint64_t open_turn;       /* as the actions told; 0: none */
};

static unsigned pick(struct world *world, unsigned below)
{
	world->random = world->random * 1664525U + 1013904223U;
	return (world->random >> 8) % below;
}

static struct duet_event random_event(struct world *world)
{
	uint64_t latest = world->scene.arbiter.turn;

	return (struct duet_event){
		.kind = (enum duet_event_kind)pick(world, DUET_N_EVENTS),
		.assistant = (int)pick(world, 2),
		.score = (float)pick(world, 11) / 10,
		.turn = pick(world, 5) ? latest : latest - pick(world, 3),
		.expects_answer = pick(world, 4) == 0,
		.control = (enum duet_control)pick(world, DUET_CONTROL_CANCEL + 1),
		.activity = (int)pick(world, 64),
		.activity_kind = (enum duet_activity_kind)pick(world, 4),
	};
}

static void believe(struct world *world, const struct duet_event *event, int result)
{
	const struct duet_actions *actions = &world->scene.actions;

	if (event->kind == DUET_EVENT_BEGIN && result == 0)
		world->alive[event->activity] = true;
	if (event->kind == DUET_EVENT_END && result == 0)
		world->alive[event->activity] = false;
	for (size_t i = 0; i < actions->n; i++) {
		const struct duet_action *one = &actions->list[i];
		bool ends = one->control == DUET_CONTROL_STOP || one->control == DUET_CONTROL_SNOOZE;

		if (one->kind == DUET_ACTION_CONTROL && ends)
			world->alive[one->activity] = false;
		if (one->kind == DUET_ACTION_FOCUS)
			world->seen[one->activity] = one->focus;
		if (one->kind == DUET_ACTION_ABANDON) {
			assert_int_equal(one->turn, world->open_turn);
			world->open_turn = 0;
		}
		if (one->kind == DUET_ACTION_LISTEN) {
			assert_true(one->follow_up || world->open_turn == 0);
			world->open_turn = one->turn;
		}
	}
	if (world->scene.arbiter.state == DUET_DIALOG_IDLE)
		world->open_turn = 0;
}

static void check_activities(const struct world *world)
{
	const struct duet_arbiter *arbiter = &world->scene.arbiter;
	int in_front = 0, movable = 0;

	for (int id = 1; id < 64; id++) {
		const struct duet_activity *one = duet_arbiter_activity(arbiter, id);

		assert_int_equal(one != NULL, world->alive[id]);
		if (!one)
			continue;
		assert_int_not_equal(one->focus, DUET_FOCUS_NONE);
		assert_int_equal(one->focus, world->seen[id]);
		in_front += one->focus == DUET_FOCUS_FOREGROUND;
		movable += one->focus != DUET_FOCUS_HELD;
	}
	assert_int_equal(in_front, arbiter->state == DUET_DIALOG_IDLE && movable > 0);
}

static void check_dialog(const struct world *world)
{
	const struct duet_arbiter *arbiter = &world->scene.arbiter;
	bool listening = arbiter->state == DUET_DIALOG_LISTENING;

	assert_int_equal(world->open_turn, arbiter->state == DUET_DIALOG_IDLE ? 0 : arbiter->turn);
	assert_true(listening || arbiter->wake_live);
	if (listening && arbiter->wake_live)
		assert_true(world->scene.now_ms < arbiter->contest_till);
}

static void whatever_happens(void **state)
{
	for (uint32_t seed = 1; seed <= 40; seed++) {
		struct world world = {.random = seed};

		begin(&world.scene);
		for (int i = 0; i < 4000; i++) {
			struct duet_event event = random_event(&world);
			int result;

			world.scene.now_ms += pick(&world, 3) ? pick(&world, 200) : 0;
			result = send(&world.scene, event);
			believe(&world, &event, result);
			check_activities(&world);
			check_dialog(&world);
		}
	}
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
		cmocka_unit_test(whatever_happens),
		cmocka_unit_test(a_full_table_refuses_and_loses_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
