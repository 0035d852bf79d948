/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

#include "duet/light_engine.h"

#include "base/alloc.h"
#include "engine_options.h"
#include "temporary_file.h"

/* A folder as the kernel's, with LEDs "r", "g", "b" and "mic". */
struct leds {
	char folder[32];
	struct duet_arena *arena;
	const struct duet_light_engine *engine;
	void *self;
};

static const char *const names[] = {"r", "g", "b", "mic"};
static const char *const files[] = {"brightness", "max_brightness", "trigger", "delay_on", "delay_off"};

static void path_of(const struct leds *leds, const char *name, const char *file, char path[128])
{
	snprintf(path, 128, "%s/%s%s%s", leds->folder, name, file[0] ? "/" : "", file);
}

static void put(const struct leds *leds, const char *name, const char *file, const char *text)
{
	char path[128];
	FILE *out;

	path_of(leds, name, file, path);
	out = fopen(path, "w");
	assert_non_null(out);
	fputs(text, out);
	fclose(out);
}

static const char *get(const struct leds *leds, const char *name, const char *file)
{
	static char text[64];
	char path[128];
	FILE *in;

	path_of(leds, name, file, path);
	in = fopen(path, "r");
	assert_non_null(in);
	if (!fgets(text, sizeof(text), in))
		text[0] = '\0';
	fclose(in);
	text[strcspn(text, "\n")] = '\0';
	return text;
}

static int make(void **state)
{
	static struct leds leds;
	char path[128];

	snprintf(leds.folder, sizeof(leds.folder), "/tmp/duet-leds-XXXXXX");
	assert_non_null(mkdtemp(leds.folder));
	for (size_t i = 0; i < 4; i++) {
		path_of(&leds, names[i], "", path);
		mkdir(path, 0700);
		put(&leds, names[i], "brightness", "7");
		put(&leds, names[i], "max_brightness", i == 1 ? "1\n" : "100\n");
		for (size_t k = 2; k < 5; k++)
			put(&leds, names[i], files[k], "none");
	}
	leds.arena = duet_arena_new(1 << 16);
	leds.engine = (const void *)duet_engine_find("light", "sysfs");
	leds.self = duet_calloc(1, leds.engine->engine.state_size);
	*state = &leds;
	return 0;
}

static int unmake(void **state)
{
	struct leds *leds = *state;
	char path[128];

	for (size_t i = 0; i < 4; i++) {
		for (size_t k = 0; k < 5; k++) {
			path_of(leds, names[i], files[k], path);
			unlink(path);
		}
		path_of(leds, names[i], "", path);
		rmdir(path);
	}
	rmdir(leds->folder);
	duet_arena_free(leds->arena);
	duet_free(leds->self);
	return 0;
}

static const void *options_of(const struct leds *leds)
{
	return engine_options(&leds->engine->engine, leds->arena, "folder", leds->folder, "red", "r", "green",
			      "g", "blue", "b", "microphone", "mic", NULL);
}

static void show(struct leds *leds, enum duet_light_state what, int palette, bool off)
{
	leds->engine->show(leds->self, &(struct duet_light){.state = what,
							    .assistant = "x",
							    .palette = palette,
							    .microphone_off = off});
}

static void each_assistant_has_its_colour(void **state)
{
	struct leds *leds = *state;

	assert_int_equal(leds->engine->open(leds->self, options_of(leds), NULL), 0);
	assert_string_equal(get(leds, "r", "brightness"), "0");
	show(leds, DUET_LIGHT_LISTENING, 0, false);
	assert_string_equal(get(leds, "r", "brightness"), "0");
	assert_string_equal(get(leds, "g", "brightness"), "0"); /* it is on or off: 90 of 255 is off */
	assert_string_equal(get(leds, "b", "brightness"), "100");
	show(leds, DUET_LIGHT_LISTENING, 1, false);
	assert_string_equal(get(leds, "r", "brightness"), "100");
	assert_string_equal(get(leds, "b", "brightness"), "0");
	assert_string_equal(get(leds, "mic", "brightness"), "0");
	show(leds, DUET_LIGHT_IDLE, 1, true);
	assert_string_equal(get(leds, "r", "brightness"), "0");
	assert_string_equal(get(leds, "mic", "brightness"), "100");
	leds->engine->close(leds->self);
	assert_string_equal(get(leds, "mic", "brightness"), "0");
}

static void thinking_blinks(void **state)
{
	struct leds *leds = *state;

	assert_int_equal(leds->engine->open(leds->self, options_of(leds), NULL), 0);
	show(leds, DUET_LIGHT_THINKING, 0, false);
	assert_string_equal(get(leds, "b", "trigger"), "timer");
	assert_string_equal(get(leds, "b", "delay_on"), "250");
	assert_string_equal(get(leds, "r", "trigger"), "none");
	show(leds, DUET_LIGHT_SPEAKING, 0, false);
	assert_string_equal(get(leds, "b", "trigger"), "none");
	assert_string_equal(get(leds, "b", "brightness"), "60");
	leds->engine->close(leds->self);
}

static void an_led_that_is_not_there_is_told(void **state)
{
	struct leds *leds = *state;
	struct duet_error error = {0};

	assert_int_equal(leds->engine->open(leds->self,
					    engine_options(&leds->engine->engine, leds->arena, "folder",
							   leds->folder, "red", "rouge", NULL),
					    &error),
			 -ENOENT);
	assert_non_null(strstr(error.what, "rouge"));
	assert_non_null(strstr(error.hint, leds->folder));
	put(leds, "r", "max_brightness", "none");
	assert_int_equal(leds->engine->open(leds->self, options_of(leds), &error), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(each_assistant_has_its_colour, make, unmake),
		cmocka_unit_test_setup_teardown(thinking_blinks, make, unmake),
		cmocka_unit_test_setup_teardown(an_led_that_is_not_there_is_told, make, unmake),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
