/* SPDX-License-Identifier: Apache-2.0 */
#include "base/option.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "torture.h"

struct lamp {
	bool on;
	int level, kind, fade_ms;
	double hue;
	const char *name, *icon;
	struct duet_texts rooms, files;
};

static const char *const kinds[] = {"ceiling", "table", "floor", NULL};

static const struct duet_option options[] = {
	{"on", DUET_OPTION_BOOL, offsetof(struct lamp, on), "yes", "Whether it shines.", NULL, 0, 0},
	{"level", DUET_OPTION_INT, offsetof(struct lamp, level), "50", "How bright.", NULL, 1, 100},
	{"kind", DUET_OPTION_CHOICE, offsetof(struct lamp, kind), "table", "Where it stands.", kinds, 0, 0},
	{"fade", DUET_OPTION_DURATION, offsetof(struct lamp, fade_ms), "300ms", "Slowness.", NULL, 0, 10000},
	{"hue", DUET_OPTION_NUMBER, offsetof(struct lamp, hue), "0.5", "Its colour.", NULL, -1, 1},
	{"name", DUET_OPTION_TEXT, offsetof(struct lamp, name), NULL, "What it is called.", NULL, 0, 0},
	{"icon", DUET_OPTION_PATH, offsetof(struct lamp, icon), "icons/lamp.png", "A picture.", NULL, 0, 0},
	{"rooms", DUET_OPTION_TEXTS, offsetof(struct lamp, rooms), "kitchen, hall", "Where.", NULL, 0, 0},
	{"files", DUET_OPTION_PATHS, offsetof(struct lamp, files), NULL, "More.", NULL, 0, 0},
	{0},
};

static const char *const also[] = {"engine", NULL};

/* Reads `text` over the defaults. */
static int read_lamp(const char *text, struct lamp *lamp, struct duet_arena *arena, struct duet_error *error)
{
	struct duet_yaml *yaml = NULL;
	int code = duet_options_default(options, lamp, "/etc/duet", arena, error);

	if (code == 0)
		code = duet_yaml_parse(&yaml, "x.yaml", text, strlen(text), error);
	if (code < 0)
		return code;
	code = duet_options_read(options, lamp, also, yaml, duet_yaml_root(yaml), "/etc/duet", arena, error);
	duet_yaml_free(yaml);
	return code;
}

static void defaults_are_what_the_table_says(void **state)
{
	struct duet_arena *arena = duet_arena_new(1 << 16);
	struct lamp lamp = {0};

	assert_int_equal(read_lamp("", &lamp, arena, NULL), 0);
	assert_true(lamp.on);
	assert_int_equal(lamp.level, 50);
	assert_int_equal(lamp.kind, 1);
	assert_int_equal(lamp.fade_ms, 300);
	assert_true(lamp.hue == 0.5);
	assert_null(lamp.name);
	assert_string_equal(lamp.icon, "/etc/duet/icons/lamp.png");
	assert_int_equal(lamp.rooms.n_items, 2);
	assert_string_equal(lamp.rooms.items[1], "hall");
	assert_int_equal(lamp.files.n_items, 0);
	duet_arena_free(arena);
}

static const char all_fields[] = "engine: {anything: goes}\n"
				 "on: off\n"
				 "level: 7\n"
				 "kind: floor\n"
				 "fade: 1.5s\n"
				 "hue: -0.25\n"
				 "name: 灯\n"
				 "icon: /abs.png\n"
				 "rooms: [attic]\n"
				 "files: [a, /b]\n";

static void reads_every_type(void **state)
{
	struct duet_arena *arena = duet_arena_new(1 << 16);
	struct lamp lamp = {0};

	assert_int_equal(read_lamp(all_fields, &lamp, arena, NULL), 0);
	assert_false(lamp.on);
	assert_int_equal(lamp.level, 7);
	assert_int_equal(lamp.kind, 2);
	assert_int_equal(lamp.fade_ms, 1500);
	assert_true(lamp.hue == -0.25);
	assert_string_equal(lamp.name, "灯");
	assert_string_equal(lamp.icon, "/abs.png");
	assert_int_equal(lamp.rooms.n_items, 1);
	assert_string_equal(lamp.files.items[0], "/etc/duet/a");
	assert_string_equal(lamp.files.items[1], "/b");
	duet_arena_free(arena);
}

static void a_mistake_is_told_with_its_place(void **state)
{
	static const struct {
		const char *text, *said;
	} rows[] = {
		{"on: maybe", "x.yaml:1:5: on: \"maybe\" is not true or false"},
		{"on: yes\nlevl: 5", "x.yaml:2:1: \"levl\" is not known here (did you mean \"level\"?)"},
		{"engin: x", "x.yaml:1:1: \"engin\" is not known here (did you mean \"engine\"?)"},
		{"qqqqqq: x", "x.yaml:1:1: \"qqqqqq\" is not known here"},
		{"level: 5x", "x.yaml:1:8: level: \"5x\" is not a whole number"},
		{"level: 99999999999", "x.yaml:1:8: level: \"99999999999\" is not a whole number"},
		{"level: 101", "x.yaml:1:8: level: 101 is out of range (1 to 100)"},
		{"fade: 5", "x.yaml:1:7: fade: \"5\" is not a duration such as 300ms, 5s, 10min or 2h"},
		{"fade: 20s", "x.yaml:1:7: fade: 20 is out of range (0 to 10)"},
		{"hue: nan", "x.yaml:1:6: hue: \"nan\" is not a number"},
		{"hue: 0x1", "x.yaml:1:6: hue: \"0x1\" is not a number"},
		{"kind: tabel",
		 "x.yaml:1:7: kind: \"tabel\" is not one of the choices (did you mean \"table\"? "
		 "The choices: ceiling, table, floor)"},
		{"name: [a]", "x.yaml:1:7: name: a list stands here where one value is expected"},
		{"rooms: {a: b}", "x.yaml:1:8: rooms: a map stands here where a list of values is expected"},
		{"rooms: [a, [b]]",
		 "x.yaml:1:12: rooms: a list stands here where a list of values is expected"},
		{"[a]", "x.yaml:1:1: a map of names and values is expected here"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct duet_arena *arena = duet_arena_new(1 << 16);
		struct duet_error error = {0};
		struct lamp lamp = {0};
		char said[600];

		assert_true(read_lamp(rows[i].text, &lamp, arena, &error) < 0);
		duet_error_format(&error, said, sizeof(said));
		assert_string_equal(said, rows[i].said);
		duet_arena_free(arena);
	}
}

static void nothing_written_leaves_the_default(void **state)
{
	struct duet_arena *arena = duet_arena_new(1 << 16);
	struct lamp lamp = {0};

	assert_int_equal(read_lamp("level:\nname: ''\nkind: ~\n", &lamp, arena, NULL), 0);
	assert_int_equal(lamp.level, 50);
	assert_int_equal(lamp.kind, 1);
	assert_string_equal(lamp.name, "");
	duet_arena_free(arena);
}

static void formats_what_it_sets(void **state)
{
	static const struct {
		int row;
		const char *set, *formatted;
	} rows[] = {
		{0, "on", "true"},       {0, "OFF", "false"},       {1, "3", "3"},
		{2, "floor", "floor"},   {3, "9s", "9s"},           {3, "0", "0ms"},
		{3, "1500ms", "1500ms"}, {4, "-0.5", "-0.5"},       {5, "灯", "灯"},
		{6, "a", "/d/a"},        {7, "a, b ,c", "a, b, c"}, {8, "", ""},
	};
	struct duet_arena *arena = duet_arena_new(1 << 16);
	struct lamp lamp = {0};
	char text[32];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct duet_option *option = &options[rows[i].row];

		assert_int_equal(duet_option_set(option, &lamp, rows[i].set, "/d", arena, NULL), 0);
		assert_int_equal(duet_option_format(option, &lamp, text, sizeof(text)), 0);
		assert_string_equal(text, rows[i].formatted);
	}
	assert_int_equal(duet_option_format(&options[7], &lamp, text, 4), -ENOSPC);
	lamp.fade_ms = 7200000;
	duet_option_format(&options[3], &lamp, text, sizeof(text));
	assert_string_equal(text, "2h");
	duet_arena_free(arena);
}

static int read_all_fields(void *user)
{
	struct duet_arena *arena = duet_arena_new(1 << 16);
	struct lamp lamp = {0};
	int code = arena ? read_lamp(all_fields, &lamp, arena, NULL) : -ENOMEM;

	duet_arena_free(arena);
	return code;
}

static void survives_failing_memory(void **state)
{
	duet_torture(read_all_fields, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults_are_what_the_table_says),
		cmocka_unit_test(reads_every_type),
		cmocka_unit_test(a_mistake_is_told_with_its_place),
		cmocka_unit_test(nothing_written_leaves_the_default),
		cmocka_unit_test(formats_what_it_sets),
		cmocka_unit_test(survives_failing_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
