/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <pty.h>
#include <stdio.h>
#include <termios.h>
#include <unistd.h>

#include "duet/button_engine.h"

#include "base/alloc.h"
#include "engine_options.h"

static const struct duet_button_engine *engine(void)
{
	return (const void *)duet_engine_find("button", "terminal");
}

static void expect(void *self, enum duet_press_kind kind, int number)
{
	struct duet_press press;

	assert_int_equal(engine()->read(self, 0, &press), 1);
	assert_int_equal(press.kind, kind);
	assert_int_equal(press.number, number);
}

static void keys_are_buttons(void **state)
{
	struct duet_arena *arena = duet_arena_new(1 << 16);
	void *self = duet_calloc(1, engine()->engine.state_size);
	struct termios before, during, after;
	struct duet_press press;
	char name[64];
	int master, slave;

	assert_int_equal(openpty(&master, &slave, name, NULL, NULL), 0);
	tcgetattr(slave, &before);
	assert_int_equal(
		engine()->open(self, engine_options(&engine()->engine, arena, "file", name, NULL), NULL), 0);
	tcgetattr(slave, &during);
	assert_int_equal(during.c_lflag & (ICANON | ECHO), 0);
	assert_true(engine()->fd(self) >= 0);
	assert_int_equal(engine()->read(self, 0, &press), 0);
	assert_int_equal(write(master, " 2xsm+-", 7), 7);
	expect(self, DUET_PRESS_BUTTON, DUET_PRESS_DEFAULT);
	expect(self, DUET_PRESS_BUTTON, 1);
	expect(self, DUET_PRESS_DISMISS, 0);
	expect(self, DUET_PRESS_MICROPHONE, DUET_PRESS_OTHER);
	expect(self, DUET_PRESS_VOLUME, 10);
	expect(self, DUET_PRESS_VOLUME, -10);
	assert_int_equal(engine()->read(self, 0, &press), 0);
	engine()->close(self);
	tcgetattr(slave, &after);
	assert_int_equal(after.c_lflag, before.c_lflag);
	close(master);
	close(slave);
	duet_free(self);
	duet_arena_free(arena);
}

static void the_end_of_a_file_is_the_last_key(void **state)
{
	struct duet_arena *arena = duet_arena_new(1 << 16);
	void *self = duet_calloc(1, engine()->engine.state_size);
	struct duet_error error = {0};
	struct duet_press press;

	assert_int_equal(engine()->open(self,
					engine_options(&engine()->engine, arena, "file", "/dev/null", NULL),
					NULL),
			 0);
	assert_int_equal(engine()->read(self, 0, &press), -EPIPE);
	engine()->close(self);
	assert_int_equal(engine()->open(self,
					engine_options(&engine()->engine, arena, "file", "/nowhere", NULL),
					&error),
			 -ENOENT);
	assert_true(error.hint[0]);
	duet_free(self);
	duet_arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_are_buttons),
		cmocka_unit_test(the_end_of_a_file_is_the_last_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
