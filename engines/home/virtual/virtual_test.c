/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/file.h"
#include "duet/home_engine.h"
#include "engine_options.h"

/* What was kept, as the store would. */
static json_t *records;
static int n_done, last_code;

static void keep(void *user, const char *key, const json_t *value)
{
	json_object_set_new(records, key, json_deep_copy(value));
}

static json_t *kept(void *user, const char *key)
{
	return json_deep_copy(json_object_get(records, key));
}

static void done(void *user, int code)
{
	n_done++;
	last_code = code;
}

struct house {
	const struct duet_home_engine *engine;
	struct duet_arena *arena;
	void *state;
};

static int house_open_text(struct house *house, const char *text, struct duet_error *error)
{
	char path[64];
	struct duet_home_setup setup = {.keep = keep, .kept = kept, .data_dir = "."};
	int result;

	snprintf(path, sizeof(path), "/tmp/duet_virtual_test.%d.yaml", (int)getpid());
	assert_int_equal(duet_file_replace(path, duet_slice(text), NULL), 0);
	house->engine = (const struct duet_home_engine *)(const void *)duet_engine_find("home", "virtual");
	house->arena = duet_arena_new(1 << 20);
	house->state = duet_arena_alloc(house->arena, house->engine->engine.state_size);
	setup.options = engine_options(&house->engine->engine, house->arena, "file", path, NULL);
	result = house->engine->open(house->state, &setup, error);
	remove(path);
	if (result < 0)
		duet_arena_free(house->arena);
	return result;
}

static void house_close(struct house *house)
{
	house->engine->close(house->state);
	duet_arena_free(house->arena);
}

static int call(struct house *house, const char *id, const char *service, json_t *take_data)
{
	int result = house->engine->call(house->state, id, service, take_data, done, NULL);

	json_decref(take_data);
	return result;
}

static const char *state_of(struct house *house, const char *id)
{
	return json_string_value(json_object_get(house->engine->state(house->state, id), "state"));
}

static double attribute(struct house *house, const char *id, const char *name)
{
	const json_t *state = house->engine->state(house->state, id);

	return json_number_value(json_object_get(json_object_get(state, "attributes"), name));
}

static const char home[] =
	"areas:\n"
	"  - {name: Bedroom, floor: {name: Upstairs, aliases: [楼上]}, aliases: [卧室]}\n"
	"entities:\n"
	"  - {id: light.bed, name: Bed Light, area: bedroom, aliases: [床头灯]}\n"
	"  - {id: light.plain, name: Plain, light_supports_brightness: false}\n"
	"  - {name: Blinds, domain: cover, area: Bedroom, device_class: blind}\n"
	"  - {id: lock.door, name: Door}\n"
	"  - {id: climate.room, name: Room, attributes: {temperature: 20, max_temp: 25}}\n"
	"  - {id: todo.list, name: List, attributes: {items: [milk]}}\n"
	"  - {id: switch.far, name: Far, state: unavailable}\n"
	"  - {id: scene.night, name: Night, sets: {light.bed: {state: \"on\", brightness_pct: 5}}}\n";

static void house_open(struct house *house)
{
	struct duet_error error;

	if (house_open_text(house, home, &error) < 0)
		fail_msg("%s:%d: %s", error.file, error.line, error.what);
}

static void test_names(void **state)
{
	struct house house;
	const struct duet_home_area *areas;
	const struct duet_home_entity *entities;

	house_open(&house);
	assert_int_equal(house.engine->areas(house.state, &areas), 1);
	assert_string_equal(areas[0].id, "bedroom");
	assert_string_equal(areas[0].floor, "Upstairs");
	assert_string_equal(areas[0].floor_aliases[0], "楼上");
	assert_int_equal(house.engine->entities(house.state, &entities), 8);
	assert_string_equal(entities[0].aliases[0], "床头灯");
	assert_string_equal(entities[2].id, "cover.blinds");
	assert_string_equal(entities[2].area, "bedroom");
	assert_true(entities[0].has_brightness && !entities[0].has_color && !entities[1].has_brightness);
	house_close(&house);
}

static void test_services(void **state)
{
	struct house house;

	house_open(&house);
	n_done = 0;
	assert_string_equal(state_of(&house, "light.bed"), "off");
	assert_int_equal(call(&house, "light.bed", "turn_on", NULL), 0);
	assert_int_equal((int)attribute(&house, "light.bed", "brightness_pct"), 100);
	assert_int_equal(call(&house, "light.bed", "turn_on", json_pack("{s:i}", "brightness_pct", 40)), 0);
	assert_int_equal((int)attribute(&house, "light.bed", "brightness_pct"), 40);
	assert_int_equal(
		call(&house, "cover.blinds", "set_cover_position", json_pack("{s:i}", "position", 30)), 0);
	assert_string_equal(state_of(&house, "cover.blinds"), "open");
	assert_int_equal(call(&house, "lock.door", "unlock", NULL), 0);
	assert_string_equal(state_of(&house, "lock.door"), "unlocked");
	assert_int_equal(n_done, 4);
	house_close(&house);
}

static void test_what_cannot_be_done(void **state)
{
	struct house house;

	house_open(&house);
	n_done = 0;
	assert_int_equal(call(&house, "light.plain", "turn_on", json_pack("{s:i}", "brightness_pct", 40)),
			 -ENOTSUP);
	assert_int_equal(call(&house, "light.bed", "turn_on", json_pack("{s:s}", "color_name", "red")),
			 -ENOTSUP);
	assert_int_equal(call(&house, "light.bed", "turn_on", json_pack("{s:i}", "brightness_pct", 140)),
			 -EINVAL);
	assert_int_equal(
		call(&house, "climate.room", "set_temperature", json_pack("{s:i}", "temperature", 30)),
		-EINVAL);
	assert_int_equal(call(&house, "light.bed", "explode", NULL), -ENOTSUP);
	assert_int_equal(call(&house, "light.none", "turn_on", NULL), -ENOENT);
	assert_string_equal(state_of(&house, "light.bed"), "off");
	assert_int_equal(n_done, 0);
	assert_int_equal(call(&house, "switch.far", "turn_on", NULL), 0);
	assert_int_equal(n_done, 1);
	assert_int_equal(last_code, -EHOSTUNREACH);
	house_close(&house);
}

static void test_lists_and_scenes(void **state)
{
	struct house house;

	house_open(&house);
	assert_int_equal(call(&house, "todo.list", "add_item", json_pack("{s:s}", "item", "eggs")), 0);
	assert_string_equal(state_of(&house, "todo.list"), "2");
	assert_int_equal(call(&house, "todo.list", "update_item",
			      json_pack("{s:s, s:s}", "item", "milk", "status", "completed")),
			 0);
	assert_string_equal(state_of(&house, "todo.list"), "1");
	assert_int_equal(call(&house, "todo.list", "update_item",
			      json_pack("{s:s, s:s}", "item", "milk", "status", "completed")),
			 -EINVAL);
	assert_int_equal(call(&house, "scene.night", "turn_on", NULL), 0);
	assert_int_equal((int)attribute(&house, "light.bed", "brightness_pct"), 5);
	house_close(&house);
}

static void test_states_last(void **state)
{
	struct house house;

	house_open(&house);
	assert_int_equal(call(&house, "lock.door", "unlock", NULL), 0);
	house_close(&house);
	house_open(&house);
	assert_string_equal(state_of(&house, "lock.door"), "unlocked");
	house_close(&house);
	json_object_clear(records);
	json_object_set_new(records, "lock.door", json_string("nonsense"));
	house_open(&house);
	assert_string_equal(state_of(&house, "lock.door"), "locked");
	house_close(&house);
}

static void test_mistakes(void **state)
{
	static const struct {
		const char *text, *what;
		int line;
	} mistakes[] = {
		{"entities:\n  - {id: light.x}\n", "a thing needs a name", 2},
		{"entities:\n  - {name: X}\n", "a thing needs its domain, such as \"domain: light\"", 2},
		{"areas:\n  - {id: x}\n", "an area needs a name", 2},
		{"entities:\n  - {name: X, domain: light, area: nowhere}\n",
		 "there is no area of this id or name", 2},
		{"entities: 5\n", "a list (- …) is expected here", 1},
		{"entities:\n  - {name: X, domain: light, attributes: 5}\n",
		 "attributes are names with values", 2},
	};
	struct duet_error error;
	struct house house;

	for (size_t i = 0; i < sizeof(mistakes) / sizeof(*mistakes); i++) {
		assert_int_equal(house_open_text(&house, mistakes[i].text, &error), -EINVAL);
		assert_string_equal(error.what, mistakes[i].what);
		assert_int_equal(error.line, mistakes[i].line);
	}
	assert_int_equal(house_open_text(&house, "", &error), -EINVAL);
}

static int fresh(void **state)
{
	json_decref(records);
	records = json_object();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_names, fresh),
		cmocka_unit_test_setup(test_services, fresh),
		cmocka_unit_test_setup(test_what_cannot_be_done, fresh),
		cmocka_unit_test_setup(test_lists_and_scenes, fresh),
		cmocka_unit_test_setup(test_states_last, fresh),
		cmocka_unit_test_setup(test_mistakes, fresh),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	json_decref(records);
	return failed;
}
