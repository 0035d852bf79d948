/* SPDX-License-Identifier: Apache-2.0 */
#include "loop/wheel.h"

#include "base/clock.h"
#include "torture.h"

struct world {
	struct duet_clock_manual clock;
	struct duet_loop *loop;
	struct duet_wheel *wheel;
	char order[64];
	size_t n;
};

struct mark {
	struct duet_spoke spoke;
	struct world *world;
	char letter;
	struct mark *stops; /* when it fires */
	int64_t again_ms;
};

static void begin(struct world *world)
{
	*world = (struct world){0};
	duet_clock_manual_init(&world->clock, 0);
	world->loop = duet_loop_new(&world->clock.clock);
	world->wheel = duet_wheel_new(world->loop);
	assert_non_null(world->wheel);
}

static void end(struct world *world)
{
	duet_wheel_free(world->wheel);
	duet_loop_free(world->loop);
}

static void fire(void *user)
{
	struct mark *mark = user;
	struct world *world = mark->world;

	world->order[world->n++] = mark->letter;
	if (mark->stops)
		duet_wheel_stop(world->wheel, &mark->stops->spoke);
	if (mark->again_ms)
		duet_wheel_set(world->wheel, &mark->spoke, mark->again_ms);
}

static void set(struct world *world, struct mark *mark, char letter, int64_t delay_ms)
{
	*mark = (struct mark){.spoke = {.call = fire, .user = mark}, .world = world, .letter = letter};
	duet_wheel_set(world->wheel, &mark->spoke, delay_ms);
}

static void pass(struct world *world, int64_t ms)
{
	for (; ms > 0; ms -= 10) {
		duet_clock_manual_advance(&world->clock, 10 * 1000000);
		duet_loop_turn(world->loop);
	}
}

static void fires_once_in_time(void **state)
{
	struct world world;
	struct mark soon, later, turns;

	begin(&world);
	set(&world, &later, 'b', 1000);
	set(&world, &soon, 'a', 100);
	set(&world, &turns, 'c', 130000);
	pass(&world, 90);
	assert_string_equal(world.order, "");
	pass(&world, 60);
	assert_string_equal(world.order, "a");
	pass(&world, 1000);
	assert_string_equal(world.order, "ab");
	pass(&world, 128800);
	assert_string_equal(world.order, "ab");
	pass(&world, 110);
	assert_string_equal(world.order, "abc");
	pass(&world, 60000);
	assert_string_equal(world.order, "abc");
	end(&world);
}

static void a_call_may_set_and_stop(void **state)
{
	struct world world;
	struct mark a, b, again;

	begin(&world);
	set(&world, &b, 'b', 100);
	set(&world, &again, 'r', 100);
	set(&world, &a, 'a', 100);
	a.stops = &b;
	b.stops = &a;
	again.again_ms = 200;
	pass(&world, 150);
	assert_int_equal(world.n, 2); /* one of a and b stopped the other */
	pass(&world, 250);
	assert_int_equal(world.n, 3);
	assert_int_equal(world.order[2], 'r');
	duet_wheel_stop(world.wheel, &again.spoke);
	duet_wheel_stop(world.wheel, &again.spoke);
	pass(&world, 1000);
	assert_int_equal(world.n, 3);
	end(&world);
}

static void a_sleep_is_made_up_for(void **state)
{
	struct world world;
	struct mark a, b;

	begin(&world);
	set(&world, &a, 'a', 5000);
	set(&world, &b, 'b', 400000);
	duet_clock_manual_advance(&world.clock, INT64_C(399000) * 1000000);
	duet_loop_turn(world.loop);
	assert_string_equal(world.order, "a");
	pass(&world, 1100);
	assert_string_equal(world.order, "ab");
	end(&world);
}

static int make(void *user)
{
	struct duet_loop *loop = duet_loop_new(&duet_clock_system);
	struct duet_wheel *wheel = loop ? duet_wheel_new(loop) : NULL;
	int code = wheel ? 0 : -ENOMEM;

	duet_wheel_free(wheel);
	duet_loop_free(loop);
	return code;
}

static void survives_failing_memory(void **state)
{
	duet_torture(make, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fires_once_in_time),
		cmocka_unit_test(a_call_may_set_and_stop),
		cmocka_unit_test(a_sleep_is_made_up_for),
		cmocka_unit_test(survives_failing_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
