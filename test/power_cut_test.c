/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/clock.h"
#include "duet/skill.h"
#include "loop/loop.h"
#include "skill/request.h"
#include "skill/skills.h"
#include "store/store.h"

/*
 * A speaker is killed (kill -9) while it sets timers, alarms and reminders as fast as it can. Whatever was
 * confirmed before must be there afterwards: a confirmation is given once the store says that the record is
 * on disk.
 */

struct speaker {
	struct duet_loop *loop;
	struct duet_store *store;
	struct duet_skill_settings settings;
	struct duet_skill_host host;
	void *timer, *alarm;
	int n_begun;
};

static int activity_begin(void *user, const char *assistant, enum duet_activity_kind kind, const char *name,
			  const char *reply, json_t *take_vars)
{
	json_decref(take_vars);
	return ++((struct speaker *)user)->n_begun;
}

static void activity_end(void *user, int activity)
{
}

static void settled(void *user, uint64_t ticket, int code)
{
}

static int speaker_open(struct speaker *speaker, const char *path)
{
	struct duet_store_setup setup = {.path = path, .settled = settled, .user = speaker};

	memset(speaker, 0, sizeof(*speaker));
	speaker->loop = duet_loop_new(&duet_clock_system);
	setup.loop = speaker->loop;
	if (!speaker->loop || duet_store_new(&speaker->store, &setup, NULL) < 0)
		return -EIO;
	speaker->settings.ring_limit_s = 600;
	speaker->settings.zone = "Europe/Berlin";
	speaker->host = (struct duet_skill_host){.loop = speaker->loop,
						 .clock = &duet_clock_system,
						 .store = speaker->store,
						 .settings = &speaker->settings,
						 .user = speaker,
						 .activity_begin = activity_begin,
						 .activity_end = activity_end};
	speaker->timer = duet_calloc(1, duet_skill_timer.state_size);
	speaker->alarm = duet_calloc(1, duet_skill_alarm.state_size);
	if (duet_skill_timer.open(speaker->timer, &speaker->host, NULL) < 0)
		return -EIO;
	return duet_skill_alarm.open(speaker->alarm, &speaker->host, NULL);
}

static void speaker_close(struct speaker *speaker)
{
	duet_skill_timer.close(speaker->timer);
	duet_skill_alarm.close(speaker->alarm);
	duet_free(speaker->timer);
	duet_free(speaker->alarm);
	duet_store_free(speaker->store);
	duet_loop_free(speaker->loop);
}

static struct duet_answer ask(struct speaker *speaker, const struct duet_skill *skill, const char *intent,
			      const struct duet_slot *slots, size_t n_slots)
{
	struct duet_request request = {.turn = 1,
				       .assistant = "a",
				       .language = "en",
				       .intent = intent,
				       .slots = slots,
				       .n_slots = n_slots};
	struct duet_answer answer = {0};

	skill->handle(skill == &duet_skill_timer ? speaker->timer : speaker->alarm, &request, &answer);
	return answer;
}

/* Sets something, waits until it is durable and says so through the pipe; until it is killed. */
static void set_for_ever(const char *path, int confirmed)
{
	struct speaker speaker;

	if (speaker_open(&speaker, path) < 0)
		_exit(1);
	for (int i = 0; i < 30; i++) {
		struct duet_slot minutes = {
			.name = "minutes", .text = "x", .value = {DUET_VALUE_NUMBER, 30 + i, "x"}};
		bool is_timer = i % 2 == 0;
		struct duet_answer answer =
			is_timer ? ask(&speaker, &duet_skill_timer, "HassStartTimer", &minutes, 1)
				 : ask(&speaker, &duet_skill_alarm, "DuetSetAlarm", &minutes, 1);

		if (answer.kind != DUET_ANSWER_REPLY || answer.ticket == 0)
			_exit(2);
		while (!duet_store_durable(speaker.store, answer.ticket))
			duet_loop_turn(speaker.loop);
		if (write(confirmed, is_timer ? "t" : "a", 1) != 1)
			_exit(3);
		duet_answer_set(&answer, DUET_ANSWER_SILENCE, NULL, NULL, NULL);
	}
	pause();
}

static int count(struct speaker *speaker, const struct duet_skill *skill, const char *intent)
{
	struct duet_answer answer = ask(speaker, skill, intent, NULL, 0);
	int n = (int)json_integer_value(json_object_get(answer.act, "count"));

	duet_answer_set(&answer, DUET_ANSWER_SILENCE, NULL, NULL, NULL);
	return n;
}

/* Killed after `n` confirmations, perhaps in the middle of the next write. */
static void kill_after(int n)
{
	char path[] = "/tmp/duet-cut-XXXXXX", name[96], what;
	int fd = mkstemp(path), pipes[2], status, n_timers = 0, n_alarms = 0;
	struct speaker speaker;
	pid_t child;

	close(fd);
	unlink(path);
	assert_int_equal(pipe(pipes), 0);
	child = fork();
	if (child == 0)
		set_for_ever(path, pipes[1]);
	close(pipes[1]);
	for (int i = 0; i < n; i++) {
		assert_int_equal(read(pipes[0], &what, 1), 1);
		n_timers += what == 't';
		n_alarms += what == 'a';
	}
	usleep((useconds_t)n * 100);
	assert_int_equal(kill(child, SIGKILL), 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	while (read(pipes[0], &what, 1) == 1) {
		n_timers += what == 't';
		n_alarms += what == 'a';
	}
	close(pipes[0]);

	assert_int_equal(speaker_open(&speaker, path), 0);
	assert_in_range(count(&speaker, &duet_skill_timer, "HassTimerStatus"), n_timers, n_timers + 1);
	assert_in_range(count(&speaker, &duet_skill_alarm, "DuetListAlarms"), n_alarms, n_alarms + 1);
	speaker_close(&speaker);
	for (int i = 0; i < 3; i++) {
		snprintf(name, sizeof(name), "%s%s", path, i == 0 ? "" : i == 1 ? "-wal" : "-shm");
		unlink(name);
	}
}

static void test_killed_early(void **state)
{
	kill_after(1);
	kill_after(2);
}

static void test_killed_in_between(void **state)
{
	for (int n = 5; n <= 25; n += 5)
		kill_after(n);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_killed_early),
					   cmocka_unit_test(test_killed_in_between)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
