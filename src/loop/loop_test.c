/* SPDX-License-Identifier: Apache-2.0 */
#include "loop/loop.h"

#include <event2/event.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "torture.h"

struct world {
	struct duet_clock_manual clock;
	struct duet_loop *loop;
	char order[64];
	size_t n;
};

struct mark {
	struct world *world;
	char letter;
	struct duet_timer *timer;
};

static void note(void *user)
{
	struct mark *mark = user;

	mark->world->order[mark->world->n++] = mark->letter;
}

static void begin(struct world *world)
{
	*world = (struct world){0};
	duet_clock_manual_init(&world->clock, 0);
	world->loop = duet_loop_new(&world->clock.clock);
	assert_non_null(world->loop);
}

static void pass(struct world *world, int64_t ms)
{
	duet_clock_manual_advance(&world->clock, ms * 1000000);
}

static void timers_fire_when_the_clock_says(void **state)
{
	struct world world;
	struct mark a = {&world, 'a', NULL}, b = {&world, 'b', NULL};

	begin(&world);
	a.timer = duet_timer_new(world.loop, note, &a);
	b.timer = duet_timer_new(world.loop, note, &b);
	duet_timer_set(a.timer, 20);
	duet_timer_set(b.timer, 10);
	pass(&world, 9);
	assert_int_equal(duet_loop_turn(world.loop), 0);
	assert_true(duet_timer_active(b.timer));
	pass(&world, 20);
	assert_int_equal(duet_loop_turn(world.loop), 2);
	assert_string_equal(world.order, "ba");
	assert_false(duet_timer_active(b.timer));
	duet_timer_set(a.timer, 5);
	duet_timer_stop(a.timer);
	pass(&world, 10);
	assert_int_equal(duet_loop_turn(world.loop), 0);
	duet_timer_free(a.timer);
	duet_timer_free(b.timer);
	duet_timer_free(NULL);
	duet_loop_free(world.loop);
}

static void many_timers_keep_their_order(void **state)
{
	enum { N = 26 };
	struct world world;
	struct mark marks[N];

	begin(&world);
	for (int i = 0; i < N; i++) {
		marks[i] = (struct mark){&world, (char)('a' + i), NULL};
		marks[i].timer = duet_timer_new(world.loop, note, &marks[i]);
		duet_timer_set(marks[i].timer, 1000);
	}
	/* Set again in a stirred order, so that the heap has to move them; pairs fall on the same time. */
	for (int i = 0; i < N; i++)
		duet_timer_set(marks[i * 7 % N].timer, 10 + i * 7 % N / 2);
	pass(&world, 100);
	assert_int_equal(duet_loop_turn(world.loop), N);
	for (int i = 0; i < N; i++) {
		assert_int_equal((world.order[i] - 'a') / 2, i / 2);
		duet_timer_free(marks[i].timer);
	}
	duet_loop_free(world.loop);
}

static void free_own_timer(void *user)
{
	struct mark *mark = user;

	note(mark);
	duet_timer_free(mark->timer);
}

static void a_timer_may_free_itself(void **state)
{
	struct world world;
	struct mark a = {&world, 'a', NULL};

	begin(&world);
	a.timer = duet_timer_new(world.loop, free_own_timer, &a);
	duet_timer_set(a.timer, 0);
	assert_int_equal(duet_loop_turn(world.loop), 1);
	duet_loop_free(world.loop);
}

static void post_again(void *user)
{
	struct mark *mark = user;

	note(mark);
	if (mark->letter++ < 'c')
		duet_loop_post(mark->world->loop, post_again, mark);
}

static void a_turn_does_everything_that_is_due(void **state)
{
	struct world world;
	struct mark a = {&world, 'a', NULL};

	begin(&world);
	duet_loop_post(world.loop, post_again, &a);
	assert_int_equal(duet_loop_turn(world.loop), 3);
	assert_string_equal(world.order, "abc");
	duet_loop_free(world.loop);
}

static void the_mailbox_is_bounded(void **state)
{
	struct world world;
	struct mark a = {&world, 'a', NULL};
	int n = 0;

	begin(&world);
	while (duet_loop_post(world.loop, note, &a) == 0)
		n++;
	assert_in_range(n, 100, 100000);
	assert_int_equal(duet_loop_post(world.loop, note, &a), -EAGAIN);
	duet_loop_free(world.loop);
}

struct pipe_end {
	struct world *world;
	int fd;
};

static void read_pipe(void *user)
{
	struct pipe_end *end = user;

	assert_int_equal(read(end->fd, &end->world->order[end->world->n++], 1), 1);
}

static void quit(void *user)
{
	duet_loop_quit(user);
}

static void watches_files_and_signals(void **state)
{
	struct world world;
	struct pipe_end end = {&world, 0};
	struct duet_watch *pipe_watch, *signal_watch;
	int fds[2];

	begin(&world);
	assert_int_equal(pipe(fds), 0);
	end.fd = fds[0];
	pipe_watch = duet_watch_read(world.loop, fds[0], read_pipe, &end);
	signal_watch = duet_watch_signal(world.loop, SIGUSR1, quit, world.loop);
	assert_int_equal(duet_loop_turn(world.loop), 0);
	assert_int_equal(write(fds[1], "x", 1), 1);
	assert_int_equal(duet_loop_turn(world.loop), 1);
	assert_string_equal(world.order, "x");
	raise(SIGUSR1);
	assert_int_equal(duet_loop_run(world.loop), 0);
	duet_watch_free(pipe_watch);
	duet_watch_free(signal_watch);
	duet_watch_free(NULL);
	close(fds[0]);
	close(fds[1]);
	duet_loop_free(world.loop);
}

static void runs_by_the_real_clock(void **state)
{
	struct duet_loop *loop = duet_loop_new(&duet_clock_system);
	struct duet_timer *timer = duet_timer_new(loop, quit, loop);
	int64_t before_ms = duet_clock_mono_ms(&duet_clock_system);

	duet_timer_set(timer, 20);
	assert_int_equal(duet_loop_run(loop), 0);
	assert_in_range(duet_clock_mono_ms(&duet_clock_system) - before_ms, 19, 2000);
	duet_timer_free(timer);
	duet_loop_free(loop);
}

static int make_all(void *user)
{
	struct duet_clock_manual *clock = user;
	struct duet_loop *loop = duet_loop_new(&clock->clock);
	struct duet_timer *timer = loop ? duet_timer_new(loop, quit, loop) : NULL;
	struct duet_watch *watch = loop ? duet_watch_read(loop, 0, quit, loop) : NULL;
	int code = loop && timer && watch ? 0 : -ENOMEM;

	duet_watch_free(watch);
	duet_timer_free(timer);
	duet_loop_free(loop);
	return code;
}

static void *event_realloc(void *old, size_t size)
{
	return duet_realloc(old, size, 1);
}

static void survives_failing_memory(void **state)
{
	struct duet_clock_manual clock;
	int fds[2];

	/* Whatever the test runner made of it: something that can be waited for. */
	assert_int_equal(pipe(fds), 0);
	dup2(fds[0], STDIN_FILENO);
	duet_clock_manual_init(&clock, 0);
	duet_torture(make_all, &clock);
	close(fds[0]);
	close(fds[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(timers_fire_when_the_clock_says),
		cmocka_unit_test(many_timers_keep_their_order),
		cmocka_unit_test(a_timer_may_free_itself),
		cmocka_unit_test(a_turn_does_everything_that_is_due),
		cmocka_unit_test(the_mailbox_is_bounded),
		cmocka_unit_test(watches_files_and_signals),
		cmocka_unit_test(runs_by_the_real_clock),
		cmocka_unit_test(survives_failing_memory),
	};

	event_set_mem_functions(duet_alloc, event_realloc, duet_free);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
