/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "base/script.h"
#include "duet/home_engine.h"

/*
 * A home whose equipment answers as its script says:
 *
 *	areas: [{name: kitchen, floor: ground floor}]
 *	entities:
 *	- {id: light.lamp, name: lamp, area: kitchen, brightness: true}
 *	results: [ok, fails, later, never]
 *
 * Each service call takes the next result; after the last one all are `ok`.
 * `later` is answered when the next call comes or the home is closed, `never`
 * not at all. What is ok changes the state: turn_on and turn_off to "on" and
 * "off", and the data become attributes.
 */
enum { MAX_ARENA_BYTES = 1 << 20, MAX_LATER = 64 };

enum outcome { OK, FAILS, LATER, NEVER };
static const char *const outcomes[] = {"ok", "fails", "later", "never", NULL};

struct area {
	const char *name, *floor;
};

struct entity {
	const char *id, *name, *area, *device_class, *state;
	bool brightness, color, color_temp, position;
};

struct result {
	int outcome;
};

struct later {
	duet_home_done *done;
	void *user;
};

struct scripted_options {
	const char *script;
};

struct scripted_state {
	struct duet_home_setup setup;
	struct duet_arena *arena;
	struct duet_home_area *areas;
	struct duet_home_entity *entities;
	const struct result *results;
	size_t n_areas, n_entities, n_results, n_calls, n_later;
	struct later later[MAX_LATER];
	json_t *states; /* by entity */
};

static const struct duet_option area_options[] = {
	{"name", DUET_OPTION_TEXT, offsetof(struct area, name), "", "", NULL, 0, 0},
	{"floor", DUET_OPTION_TEXT, offsetof(struct area, floor), NULL, "", NULL, 0, 0},
	{0},
};

static const struct duet_option entity_options[] = {
	{"id", DUET_OPTION_TEXT, offsetof(struct entity, id), "", "", NULL, 0, 0},
	{"name", DUET_OPTION_TEXT, offsetof(struct entity, name), "", "", NULL, 0, 0},
	{"area", DUET_OPTION_TEXT, offsetof(struct entity, area), NULL, "", NULL, 0, 0},
	{"device_class", DUET_OPTION_TEXT, offsetof(struct entity, device_class), NULL, "", NULL, 0, 0},
	{"state", DUET_OPTION_TEXT, offsetof(struct entity, state), "off", "", NULL, 0, 0},
	{"brightness", DUET_OPTION_BOOL, offsetof(struct entity, brightness), "no", "", NULL, 0, 0},
	{"color", DUET_OPTION_BOOL, offsetof(struct entity, color), "no", "", NULL, 0, 0},
	{"color_temp", DUET_OPTION_BOOL, offsetof(struct entity, color_temp), "no", "", NULL, 0, 0},
	{"position", DUET_OPTION_BOOL, offsetof(struct entity, position), "no", "", NULL, 0, 0},
	{0},
};

static const struct duet_option result_options[] = {
	{"outcome", DUET_OPTION_CHOICE, offsetof(struct result, outcome), "ok", "", outcomes, 0, 0},
	{0},
};

static const struct duet_option options[] = {
	{"script", DUET_OPTION_PATH, offsetof(struct scripted_options, script), NULL,
	 "A YAML file of areas, entities and the results of calls", NULL, 0, 0},
	{0},
};

static int fail_memory(struct duet_error *error)
{
	return duet_error_set(error, -ENOMEM, "out of memory");
}

static int read_areas(struct scripted_state *self, const struct duet_yaml *yaml, struct duet_error *error)
{
	const struct duet_yaml_node *list = duet_yaml_get(duet_yaml_root(yaml), "areas");
	struct area *areas;
	int code = duet_script_items(area_options, sizeof(*areas), yaml, list, self->arena, &areas,
				     &self->n_areas, error);

	if (code < 0)
		return code;
	self->areas = duet_arena_alloc(self->arena, self->n_areas * sizeof(*self->areas) + 1);
	if (!self->areas)
		return fail_memory(error);
	for (size_t i = 0; i < self->n_areas; i++)
		self->areas[i] = (struct duet_home_area){
			.id = areas[i].name, .name = areas[i].name, .floor = areas[i].floor};
	return 0;
}

/* "light" of "light.lamp" */
static const char *domain_of(struct scripted_state *self, const char *id)
{
	return duet_arena_copy(self->arena, (struct duet_slice){id, strcspn(id, ".")});
}

static int add_entity(struct scripted_state *self, const struct entity *entity,
		      struct duet_home_entity *added)
{
	json_t *state = json_pack("{s:s, s:{}}", "state", entity->state, "attributes");

	*added = (struct duet_home_entity){
		.id = entity->id,
		.name = entity->name,
		.domain = domain_of(self, entity->id),
		.device_class = entity->device_class,
		.area = entity->area,
		.has_brightness = entity->brightness,
		.has_color = entity->color,
		.has_color_temp = entity->color_temp,
		.has_position = entity->position,
	};
	/* Takes the state, also when it fails. */
	if (json_object_set_new(self->states, entity->id, state) < 0 || !added->domain)
		return -ENOMEM;
	return 0;
}

static int read_entities(struct scripted_state *self, const struct duet_yaml *yaml, struct duet_error *error)
{
	const struct duet_yaml_node *list = duet_yaml_get(duet_yaml_root(yaml), "entities");
	struct entity *entities;
	int code = duet_script_items(entity_options, sizeof(*entities), yaml, list, self->arena, &entities,
				     &self->n_entities, error);

	if (code < 0)
		return code;
	self->entities = duet_arena_alloc(self->arena, self->n_entities * sizeof(*self->entities) + 1);
	if (!self->entities)
		return fail_memory(error);
	for (size_t i = 0; i < self->n_entities; i++)
		if (add_entity(self, &entities[i], &self->entities[i]) < 0)
			return fail_memory(error);
	return 0;
}

static int read_script(struct scripted_state *self, const char *path, struct duet_error *error)
{
	struct duet_yaml *yaml;
	int code = duet_yaml_load(&yaml, path, error);

	if (code < 0)
		return code;
	code = read_areas(self, yaml, error);
	if (code == 0)
		code = read_entities(self, yaml, error);
	if (code == 0)
		code = duet_script_items(result_options, sizeof(struct result), yaml,
					 duet_yaml_get(duet_yaml_root(yaml), "results"), self->arena,
					 &self->results, &self->n_results, error);
	duet_yaml_free(yaml);
	return code;
}

static void answer_later_ones(struct scripted_state *self)
{
	size_t n_later = self->n_later;

	self->n_later = 0;
	for (size_t i = 0; i < n_later; i++)
		self->later[i].done(self->later[i].user, 0);
}

static void scripted_close(void *state)
{
	struct scripted_state *self = state;

	answer_later_ones(self);
	json_decref(self->states);
	self->states = NULL;
	duet_arena_free(self->arena);
	self->arena = NULL;
}

static int scripted_open(void *state, const struct duet_home_setup *setup, struct duet_error *error)
{
	const struct scripted_options *chosen = setup->options;
	struct scripted_state *self = state;
	int code = 0;

	self->setup = *setup;
	self->arena = duet_arena_new(MAX_ARENA_BYTES);
	self->states = json_object();
	if (!self->arena || !self->states)
		code = fail_memory(error);
	else if (chosen && chosen->script)
		code = read_script(self, chosen->script, error);
	if (code < 0)
		scripted_close(self);
	return code;
}

static size_t scripted_areas(void *state, const struct duet_home_area **areas)
{
	const struct scripted_state *self = state;

	*areas = self->areas;
	return self->n_areas;
}

static size_t scripted_entities(void *state, const struct duet_home_entity **entities)
{
	const struct scripted_state *self = state;

	*entities = self->entities;
	return self->n_entities;
}

static const json_t *scripted_state_of(void *state, const char *entity_id)
{
	return json_object_get(((const struct scripted_state *)state)->states, entity_id);
}

static void change(struct scripted_state *self, const char *entity_id, const char *service,
		   const json_t *data)
{
	json_t *state = json_object_get(self->states, entity_id);
	json_t *attributes = json_object_get(state, "attributes");

	if (strcmp(service, "turn_on") == 0)
		json_object_set_new(state, "state", json_string("on"));
	else if (strcmp(service, "turn_off") == 0)
		json_object_set_new(state, "state", json_string("off"));
	if (data)
		json_object_update(attributes, (json_t *)(uintptr_t)data);
	if (self->setup.changed)
		self->setup.changed(self->setup.user, entity_id);
}

static int scripted_call(void *state, const char *entity_id, const char *service, const json_t *data,
			 duet_home_done *done, void *user)
{
	struct scripted_state *self = state;
	size_t n = self->n_calls++;
	enum outcome outcome = n < self->n_results ? (enum outcome)self->results[n].outcome : OK;

	answer_later_ones(self);
	if (!json_object_get(self->states, entity_id))
		return -ENOENT;
	if (outcome == OK || outcome == LATER)
		change(self, entity_id, service, data);
	if (outcome == LATER && self->n_later < MAX_LATER)
		self->later[self->n_later++] = (struct later){done, user};
	else if (outcome != NEVER)
		done(user, outcome == FAILS ? -EIO : 0);
	return 0;
}

extern const struct duet_home_engine duet_home_engine_scripted;
const struct duet_home_engine duet_home_engine_scripted = {
	.engine = {.stage = "home",
		   .name = "scripted",
		   .summary = "a home that answers as a file says",
		   .state_size = sizeof(struct scripted_state),
		   .options = options,
		   .options_size = sizeof(struct scripted_options)},
	.open = scripted_open,
	.areas = scripted_areas,
	.entities = scripted_entities,
	.state = scripted_state_of,
	.call = scripted_call,
	.close = scripted_close,
};
