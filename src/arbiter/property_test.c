/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "arbiter/vocabulary.h"

/*
 * Random events, and what must hold whatever they are: one dialog, one
 * foreground, no activity lost, every paused one resumed or ended, no wake word
 * while one listens. A run that breaks something is shrunk to the fewest events
 * that still do.
 */
enum { RUNS = 60, LENGTH = 2000, NAMES = 24, OWNERS = 3 };

/* One event; its turn counts back from the latest one. */
struct happening {
	struct duet_event event;
	unsigned turns_back;
	int after_ms;
};

struct world {
	struct duet_arbiter arbiter;
	struct duet_actions actions;
	int64_t now_ms;
	bool alive[NAMES + 1];           /* activities that were begun and not ended */
	enum duet_focus seen[NAMES + 1]; /* as the actions told */
	uint64_t open_turn;              /* as the actions told; 0: none */
	bool wake_live, stop_live, microphone_on;
	enum duet_dialog_state shown;
	const char *broken; /* what does not hold; NULL: all is well */
};

/* Another property, to see that shrinking works. */
typedef const char *property(const struct world *world);

static void must(struct world *world, bool holds, const char *what)
{
	if (!holds && !world->broken)
		world->broken = what;
}

/* What the actions tell. */

static void believe_turn(struct world *world, const struct duet_action *one)
{
	switch (one->kind) {
	case DUET_ACTION_ABANDON:
		must(world, one->turn == world->open_turn, "an abandoned turn was the open one");
		world->open_turn = 0;
		break;
	case DUET_ACTION_LISTEN:
		must(world, one->follow_up || one->transferred || !world->open_turn, "there is one dialog");
		world->open_turn = one->turn;
		break;
	case DUET_ACTION_HAND_OVER:
		must(world, one->assistant != one->other, "words are handed to another");
		world->open_turn = one->turn;
		break;
	case DUET_ACTION_SPEAK:
		must(world, one->turn == world->open_turn, "who speaks has the dialog");
		break;
	default:
		break;
	}
}

static void end(struct world *world, int activity)
{
	world->alive[activity] = false;
	world->seen[activity] = DUET_FOCUS_NONE;
}

static void believe_activity(struct world *world, const struct duet_action *one)
{
	bool ends = one->control == DUET_CONTROL_STOP || one->control == DUET_CONTROL_SNOOZE;

	if (one->kind == DUET_ACTION_END || (one->kind == DUET_ACTION_CONTROL && ends)) {
		must(world, world->alive[one->activity], "what ends had begun");
		end(world, one->activity);
	}
	if (one->kind == DUET_ACTION_FOCUS) {
		must(world, world->seen[one->activity] != one->focus, "a focus is told when it changes");
		world->seen[one->activity] = one->focus;
	}
}

static void believe_switch(struct world *world, const struct duet_action *one)
{
	static const struct {
		enum duet_action_kind kind;
		size_t offset;
		bool to;
	} switches[] = {
		{DUET_ACTION_WAKE_ON, offsetof(struct world, wake_live), true},
		{DUET_ACTION_WAKE_OFF, offsetof(struct world, wake_live), false},
		{DUET_ACTION_STOP_ON, offsetof(struct world, stop_live), true},
		{DUET_ACTION_STOP_OFF, offsetof(struct world, stop_live), false},
	};

	for (size_t i = 0; i < sizeof(switches) / sizeof(*switches); i++) {
		bool *is = (bool *)((char *)world + switches[i].offset);

		if (one->kind != switches[i].kind)
			continue;
		must(world, *is != switches[i].to, "what is switched was not so already");
		*is = switches[i].to;
	}
	if (one->kind == DUET_ACTION_MICROPHONE)
		world->microphone_on = one->on;
	if (one->kind == DUET_ACTION_ATTENTION)
		world->shown = one->state;
}

static void believe(struct world *world, const struct duet_event *event, int result)
{
	if (event->kind == DUET_EVENT_END && result == 0)
		end(world, event->activity);
	for (size_t i = 0; i < world->actions.n; i++) {
		believe_turn(world, &world->actions.list[i]);
		believe_activity(world, &world->actions.list[i]);
		believe_switch(world, &world->actions.list[i]);
	}
	if (event->kind == DUET_EVENT_BEGIN && result == 0)
		world->alive[event->activity] = true;
	if (world->arbiter.state == DUET_DIALOG_IDLE)
		world->open_turn = 0;
}

/* What must hold. */

static void check_activities(struct world *world)
{
	const struct duet_arbiter *arbiter = &world->arbiter;
	int in_front = 0, movable = 0;

	for (int id = 1; id <= NAMES; id++) {
		const struct duet_activity *one = duet_arbiter_activity(arbiter, id);
		bool barred = one && arbiter->in_setup != DUET_ANYONE && one->owner != arbiter->in_setup;

		must(world, (one != NULL) == world->alive[id], "no activity is lost");
		if (!one)
			continue;
		must(world, one->focus != DUET_FOCUS_NONE && one->focus == world->seen[id],
		     "every activity knows where it stands");
		in_front += one->focus == DUET_FOCUS_FOREGROUND;
		movable += one->focus != DUET_FOCUS_HELD && !barred;
	}
	must(world, in_front == (arbiter->state == DUET_DIALOG_IDLE && movable > 0), "one is in front");
}

static void check_dialog(struct world *world)
{
	const struct duet_arbiter *arbiter = &world->arbiter;
	bool listening = arbiter->state == DUET_DIALOG_LISTENING;

	must(world, world->open_turn == (arbiter->state == DUET_DIALOG_IDLE ? 0 : arbiter->turn),
	     "the open turn is the latest one");
	must(world, world->shown == arbiter->state, "what is shown is so");
	must(world, world->wake_live == arbiter->wake_live && world->stop_live == arbiter->stop_live,
	     "the ears know what is live");
	must(world, !arbiter->wake_live || !listening || world->now_ms < arbiter->contest_till,
	     "no wake word is live while one listens");
	must(world, arbiter->wake_live || listening || !arbiter->microphone_on,
	     "every wake word is live while nobody listens");
	must(world, world->microphone_on == arbiter->microphone_on, "the microphone's switch is honoured");
	must(world, arbiter->microphone_on || (!arbiter->wake_live && !arbiter->stop_live),
	     "nothing is heard with the microphone off");
}

static void step(struct world *world, const struct happening *one)
{
	enum duet_dialog_state before = world->arbiter.state;
	uint64_t turn = world->arbiter.turn;
	struct duet_event event = one->event;
	bool live = world->arbiter.wake_live;
	int result;

	event.turn = turn - one->turns_back;
	world->now_ms += one->after_ms;
	live &= before != DUET_DIALOG_LISTENING || world->now_ms < world->arbiter.contest_till;
	result = duet_arbiter_step(&world->arbiter, &event, world->now_ms, &world->actions);
	must(world, world->actions.n < DUET_ACTIONS_MAX, "actions have room");
	if (event.kind == DUET_EVENT_WAKE)
		must(world, live || world->arbiter.turn == turn, "a wake word that is not live wakes nobody");
	believe(world, &event, result);
	check_activities(world);
	check_dialog(world);
}

static void begin_world(struct world *world)
{
	memset(world, 0, sizeof(*world));
	duet_arbiter_init(&world->arbiter, 0, 0);
	world->wake_live = true;
	world->microphone_on = true;
}

/* All that is under way comes to its end: whatever was paused or held must come to the front before. */
static void let_run_out(struct world *world)
{
	struct happening one = {.event = {.kind = DUET_EVENT_SETUP}};

	step(world, &one);
	one.event.kind = DUET_EVENT_OVER;
	step(world, &one);
	one.event = (struct duet_event){.kind = DUET_EVENT_ADDRESS};
	step(world, &one);
	one.event = (struct duet_event){.kind = DUET_EVENT_CONTROL, .control = DUET_CONTROL_RESUME};
	for (int i = 0; i < NAMES; i++)
		step(world, &one);
	one.event.kind = DUET_EVENT_OVER;
	step(world, &one);
	for (int i = 0; i <= NAMES && world->arbiter.front; i++) {
		int front = world->arbiter.front;

		must(world, world->seen[front] == DUET_FOCUS_FOREGROUND, "what was paused is resumed");
		one.event = (struct duet_event){.kind = DUET_EVENT_END, .activity = front};
		step(world, &one);
	}
	for (int id = 1; id <= NAMES; id++) {
		const struct duet_activity *left = duet_arbiter_activity(&world->arbiter, id);

		/* Held, and of a kind that does not understand "go on": its owner ends it. */
		must(world, !left || !(left->controls & (1u << DUET_CONTROL_RESUME)),
		     "every paused activity is resumed or ended");
	}
}

static const char *run(const struct happening *all, size_t n, property *also, struct world *world)
{
	begin_world(world);
	for (size_t i = 0; i < n && !world->broken; i++) {
		step(world, &all[i]);
		if (also && !world->broken)
			world->broken = also(world);
	}
	if (!world->broken)
		let_run_out(world);
	return world->broken;
}

/* Random events. */

static unsigned pick(uint32_t *random, unsigned below)
{
	*random = *random * 1664525U + 1013904223U;
	return (*random >> 8) % below;
}

static struct happening happen(uint32_t *random)
{
	return (struct happening){
		.after_ms = pick(random, 3) ? (int)pick(random, 200) : 0,
		.turns_back = pick(random, 6) ? 0 : pick(random, 3),
		.event =
			{
				.kind = (enum duet_event_kind)pick(random, DUET_N_EVENTS),
				.assistant = (int)pick(random, OWNERS + 1) - 1,
				.other = (int)pick(random, OWNERS),
				.score = (float)pick(random, 11) / 10,
				.expects_answer = pick(random, 4) == 0,
				.transfers = pick(random, 4) == 0,
				.control = (enum duet_control)pick(random, DUET_N_CONTROLS),
				.activity = (int)pick(random, NAMES + 1),
				.activity_kind = (enum duet_activity_kind)pick(random, 4),
				.mixing = (enum duet_mixing)pick(random, 4),
				.controls = pick(random, 2) ? 0 : pick(random, 1u << DUET_N_CONTROLS),
				.on = pick(random, 3) > 0,
				.own_sound = pick(random, 5) == 0,
			},
	};
}

/* Shrinking: leaves out ever smaller pieces while it still breaks; how many are left. */
static size_t shrink(struct happening *all, size_t n, property *also)
{
	static struct happening fewer[LENGTH];
	struct world world;

	for (size_t piece = n / 2; piece > 0; piece = piece > 1 ? (piece + 1) / 2 : 0) {
		for (size_t at = 0; at < n;) {
			size_t gone = piece < n - at ? piece : n - at;

			memcpy(fewer, all, at * sizeof(*all));
			memcpy(fewer + at, all + at + gone, (n - at - gone) * sizeof(*all));
			if (run(fewer, n - gone, also, &world)) {
				n -= gone;
				memcpy(all, fewer, n * sizeof(*all));
			} else {
				at += piece;
			}
		}
	}
	return n;
}

static void tell(const struct happening *all, size_t n)
{
	static const struct duet_labels labels = {.assistants = {"a", "b", "c"}, .n_assistants = OWNERS};
	char text[256];

	for (size_t i = 0; i < n; i++) {
		duet_event_text(&all[i].event, &labels, text, sizeof(text));
		print_error("  +%d ms %s (%u turns back, activity %d)\n", all[i].after_ms, text,
			    all[i].turns_back, all[i].event.activity);
	}
}

static void whatever_happens(void **state)
{
	static struct happening all[LENGTH];
	struct world world;

	for (uint32_t seed = 1; seed <= RUNS; seed++) {
		uint32_t random = seed;
		size_t n;

		for (size_t i = 0; i < LENGTH; i++)
			all[i] = happen(&random);
		if (!run(all, LENGTH, NULL, &world))
			continue;
		n = shrink(all, LENGTH, NULL);
		tell(all, n);
		fail_msg("seed %u, %zu events: it does not hold that %s", seed, n, run(all, n, NULL, &world));
	}
}

static const char *never_two_alerts(const struct world *world)
{
	int n = 0;

	for (size_t i = 0; i < DUET_ACTIVITIES_MAX; i++)
		n += world->arbiter.activities[i].id &&
		     world->arbiter.activities[i].kind == DUET_ACTIVITY_ALERT;
	return n >= 2 ? "there is one alert" : NULL;
}

static const char *nobody_answers(const struct world *world)
{
	return world->arbiter.state == DUET_DIALOG_LISTENING && world->arbiter.turn > 2 ? "x" : NULL;
}

/* Something that does not hold shrinks to the fewest events that show it. */
static void what_breaks_is_shrunk(void **state)
{
	static struct happening all[LENGTH];
	static const struct {
		property *broken;
		size_t n;
	} properties[] = {{never_two_alerts, 2}, {nobody_answers, 3}};
	struct world world;

	for (size_t i = 0; i < 2; i++) {
		uint32_t random = 7;
		size_t n;

		for (size_t k = 0; k < LENGTH; k++)
			all[k] = happen(&random);
		assert_non_null(run(all, LENGTH, properties[i].broken, &world));
		n = shrink(all, LENGTH, properties[i].broken);
		assert_int_equal(n, properties[i].n);
		assert_non_null(run(all, n, properties[i].broken, &world));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whatever_happens),
		cmocka_unit_test(what_breaks_is_shrunk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
