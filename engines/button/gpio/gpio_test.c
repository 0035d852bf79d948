/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <gpiod.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

#include "duet/button_engine.h"

#include "base/alloc.h"
#include "engine_options.h"

/* A chip of eight lines that the test moves: these take the place of the library's functions. */
struct gpiod_line {
	int edges[2]; /* a pipe: a byte for each edge */
	int value;
	int flags;
};

struct gpiod_chip {
	struct gpiod_line lines[8];
};

static struct gpiod_chip chip;
static bool is_open;

struct gpiod_chip *gpiod_chip_open(const char *path)
{
	if (strcmp(path, "/dev/gpiochip0") != 0) {
		errno = ENOENT;
		return NULL;
	}
	is_open = true;
	return &chip;
}

void gpiod_chip_close(struct gpiod_chip *one)
{
	for (size_t i = 0; i < 8; i++) {
		if (one->lines[i].edges[0])
			close(one->lines[i].edges[0]);
		if (one->lines[i].edges[1])
			close(one->lines[i].edges[1]);
	}
	memset(one, 0, sizeof(*one));
	is_open = false;
}

struct gpiod_line *gpiod_chip_get_line(struct gpiod_chip *one, unsigned int offset)
{
	errno = EINVAL;
	return offset < 8 ? &one->lines[offset] : NULL;
}

int gpiod_line_request_both_edges_events_flags(struct gpiod_line *line, const char *consumer, int flags)
{
	line->flags = flags;
	return pipe(line->edges);
}

int gpiod_line_get_value(struct gpiod_line *line)
{
	return line->value;
}

int gpiod_line_event_get_fd(struct gpiod_line *line)
{
	return line->edges[0];
}

int gpiod_line_event_read(struct gpiod_line *line, struct gpiod_line_event *event)
{
	char edge;

	return read(line->edges[0], &edge, 1) == 1 ? 0 : -1;
}

static void move(int line, int value)
{
	chip.lines[line].value = value;
	assert_int_equal(write(chip.lines[line].edges[1], "e", 1), 1);
}

struct hand {
	const struct duet_button_engine *engine;
	struct duet_arena *arena;
	void *self;
};

static void take(struct hand *hand)
{
	hand->engine = (const void *)duet_engine_find("button", "gpio");
	hand->arena = duet_arena_new(1 << 16);
	hand->self = duet_calloc(1, hand->engine->engine.state_size);
}

static void drop(struct hand *hand)
{
	duet_free(hand->self);
	duet_arena_free(hand->arena);
	assert_false(is_open);
}

/* The next press within a second; 0: none. */
static int next(struct hand *hand, struct duet_press *press)
{
	struct pollfd fd = {.fd = hand->engine->fd(hand->self), .events = POLLIN};
	int code = hand->engine->read(hand->self, 0, press);

	while (code == 0 && poll(&fd, 1, 100) > 0)
		code = hand->engine->read(hand->self, 0, press);
	return code;
}

static void contacts_bounce_and_count_once(void **state)
{
	struct hand hand;
	struct duet_press press;

	take(&hand);
	assert_int_equal(
		hand.engine->open(hand.self,
				  engine_options(&hand.engine->engine, hand.arena, "buttons", "1, 2",
						 "dismiss", "3", "louder", "4", "debounce", "5ms", NULL),
				  NULL),
		0);
	assert_true(chip.lines[1].flags & GPIOD_LINE_REQUEST_FLAG_ACTIVE_LOW);
	for (int i = 0; i < 5; i++)
		move(2, i % 2 == 0);
	assert_int_equal(next(&hand, &press), 1);
	assert_int_equal(press.kind, DUET_PRESS_BUTTON);
	assert_int_equal(press.number, 1);
	assert_int_equal(next(&hand, &press), 0);
	move(2, 0);
	assert_int_equal(next(&hand, &press), 0); /* letting go is no press */
	move(4, 1);
	move(3, 1);
	assert_int_equal(next(&hand, &press), 1);
	assert_int_equal(press.kind, DUET_PRESS_DISMISS);
	assert_int_equal(next(&hand, &press), 1);
	assert_int_equal(press.kind, DUET_PRESS_VOLUME);
	assert_int_equal(press.number, 10);
	move(1, 1);
	move(1, 0); /* a spike */
	assert_int_equal(next(&hand, &press), 0);
	hand.engine->close(hand.self);
	drop(&hand);
}

static void a_switch_counts_from_the_beginning(void **state)
{
	struct hand hand;
	struct duet_press press;

	take(&hand);
	chip.lines[5].value = 1;
	assert_int_equal(hand.engine->open(hand.self,
					   engine_options(&hand.engine->engine, hand.arena, "microphone", "5",
							  "debounce", "5ms", NULL),
					   NULL),
			 0);
	assert_int_equal(hand.engine->read(hand.self, 0, &press), 1);
	assert_int_equal(press.kind, DUET_PRESS_MICROPHONE);
	assert_int_equal(press.number, 0);
	move(5, 0);
	assert_int_equal(next(&hand, &press), 1);
	assert_int_equal(press.number, 1);
	hand.engine->close(hand.self);
	drop(&hand);
}

static void mistakes_are_told(void **state)
{
	static const struct {
		const char *name, *value, *what;
		int code;
	} mistakes[] = {{"chip", "/dev/gpiochip7", "/dev/gpiochip7", -ENOENT},
			{"buttons", "12", "line 12", -EINVAL},
			{"buttons", "left", "\"left\"", -EINVAL}};
	struct duet_error error = {0};
	struct hand hand;

	for (size_t i = 0; i < 3; i++) {
		take(&hand);
		assert_int_equal(hand.engine->open(hand.self,
						   engine_options(&hand.engine->engine, hand.arena,
								  mistakes[i].name, mistakes[i].value, NULL),
						   &error),
				 mistakes[i].code);
		assert_non_null(strstr(error.what, mistakes[i].what));
		drop(&hand);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(contacts_bounce_and_count_once),
		cmocka_unit_test(a_switch_counts_from_the_beginning),
		cmocka_unit_test(mistakes_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
