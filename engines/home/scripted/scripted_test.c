/* SPDX-License-Identifier: Apache-2.0 */
#include "duet/home_engine.h"

#include "engine_options.h"
#include "temporary_file.h"
#include "torture.h"

static const char script[] = "areas: [{name: kitchen, floor: ground floor}]\n"
			     "entities:\n"
			     "- {id: light.lamp, name: lamp, area: kitchen, brightness: true}\n"
			     "- {id: lock.door, name: door, state: locked}\n"
			     "results: [ok, fails, later]\n";

struct calls {
	int n_done, last_code, n_changed;
};

static void done(void *user, int code)
{
	struct calls *calls = user;

	calls->n_done++;
	calls->last_code = code;
}

static void changed(void *user, const char *entity_id)
{
	((struct calls *)user)->n_changed++;
}

static const char *state_of(const struct duet_home_engine *engine, void *self)
{
	return json_string_value(json_object_get(engine->state(self, "light.lamp"), "state"));
}

static void answers_as_the_script_says(void **state)
{
	const struct duet_home_engine *engine = (const void *)duet_engine_find("home", "scripted");
	struct duet_arena *arena = duet_arena_new(1 << 16);
	struct temporary_file file = temporary_file(script);
	struct calls calls = {0};
	struct duet_home_setup setup = {.user = &calls, .changed = changed};
	const struct duet_home_entity *entities;
	const struct duet_home_area *areas;
	json_t *data = json_pack("{s:i}", "brightness_pct", 40);
	void *self = duet_calloc(1, engine->engine.state_size);

	setup.options = engine_options(&engine->engine, arena, "script", file.path, NULL);
	assert_int_equal(engine->open(self, &setup, NULL), 0);
	assert_int_equal(engine->areas(self, &areas), 1);
	assert_string_equal(areas[0].floor, "ground floor");
	assert_int_equal(engine->entities(self, &entities), 2);
	assert_string_equal(entities[1].domain, "lock");
	assert_true(entities[0].has_brightness);
	assert_string_equal(state_of(engine, self), "off");

	assert_int_equal(engine->call(self, "light.lamp", "turn_on", data, done, &calls), 0);
	assert_int_equal(calls.n_done, 1);
	assert_int_equal(calls.n_changed, 1);
	assert_string_equal(state_of(engine, self), "on");
	assert_int_equal(
		json_integer_value(json_object_get(
			json_object_get(engine->state(self, "light.lamp"), "attributes"), "brightness_pct")),
		40);

	assert_int_equal(engine->call(self, "light.lamp", "turn_off", NULL, done, &calls), 0);
	assert_int_equal(calls.last_code, -EIO);
	assert_string_equal(state_of(engine, self), "on");

	assert_int_equal(engine->call(self, "light.lamp", "turn_off", NULL, done, &calls), 0);
	assert_int_equal(calls.n_done, 2);
	assert_string_equal(state_of(engine, self), "off");
	assert_int_equal(engine->call(self, "light.none", "turn_off", NULL, done, &calls), -ENOENT);
	assert_int_equal(calls.n_done, 3);
	assert_int_equal(calls.last_code, 0);

	engine->close(self);
	json_decref(data);
	duet_free(self);
	duet_arena_free(arena);
	unlink(file.path);
}

static int open_and_close(void *user)
{
	const struct duet_home_engine *engine = (const void *)duet_engine_find("home", "scripted");
	const struct duet_home_setup *setup = user;
	void *self = duet_calloc(1, engine->engine.state_size);
	int code = self ? engine->open(self, setup, NULL) : -ENOMEM;

	if (code == 0)
		engine->close(self);
	duet_free(self);
	return code;
}

static void survives_failing_memory(void **state)
{
	const struct duet_engine *engine = duet_engine_find("home", "scripted");
	struct duet_arena *arena = duet_arena_new(1 << 16);
	struct temporary_file file = temporary_file(script);
	struct duet_home_setup setup = {.options = engine_options(engine, arena, "script", file.path, NULL)};

	json_set_alloc_funcs(duet_alloc, duet_free);
	duet_torture(open_and_close, &setup);
	duet_arena_free(arena);
	unlink(file.path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_as_the_script_says),
		cmocka_unit_test(survives_failing_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
