/* SPDX-License-Identifier: Apache-2.0 */
#include "fixtures.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/text.h"
#include "base/yaml.h"

enum { MAX_DEPTH = 8 };

struct reader {
	struct fixtures *fixtures;
	struct duet_arena *arena;
	const char *path;
	struct duet_error *error;
	const struct duet_yaml_node *floors;
};

/* What a thing is before anybody has touched it. */
static const struct {
	const char *domain, *state;
} first_states[] = {
	{"light", "off"},         {"switch", "off"},    {"fan", "off"},      {"input_boolean", "off"},
	{"cover", "closed"},      {"lock", "locked"},   {"climate", "heat"}, {"media_player", "idle"},
	{"scene", "unknown"},     {"script", "off"},    {"todo", "0"},       {"weather", "sunny"},
	{"binary_sensor", "off"}, {"sensor", "unknown"}};

/* What the spec's own files call the features of a light. */
static const struct {
	const char *key;
	size_t offset;
	const char *domain; /* where it is there unless the file says otherwise, or NULL */
} features[] = {
	{"light_supports_brightness", offsetof(struct duet_home_entity, has_brightness), "light"},
	{"light_supports_color", offsetof(struct duet_home_entity, has_color), NULL},
	{"light_supports_color_temp", offsetof(struct duet_home_entity, has_color_temp), NULL},
	{"cover_supports_position", offsetof(struct duet_home_entity, has_position), "cover"},
};

static int mistake(struct reader *r, const struct duet_yaml_node *node, const char *what)
{
	duet_error_set(r->error, -EINVAL, "%s", what);
	duet_error_at(r->error, r->path, node->line, node->column);
	return -EINVAL;
}

static int no_memory(struct reader *r)
{
	return duet_error_set(r->error, -ENOMEM, "the home in %s is too large", r->path);
}

static const char *copy(struct reader *r, const struct duet_yaml_node *node)
{
	return node && node->kind == DUET_YAML_SCALAR && node->text_len > 0
		       ? duet_arena_copy(r->arena, (struct duet_slice){node->text, node->text_len})
		       : NULL;
}

static const char *const *copy_list(struct reader *r, const struct duet_yaml_node *list)
{
	const char **texts;
	size_t n = 0;

	if (!list || list->kind != DUET_YAML_LIST)
		return NULL;
	texts = duet_arena_alloc(r->arena, (list->n_children + 1) * sizeof(*texts));
	for (const struct duet_yaml_node *item = texts ? list->first : NULL; item; item = item->next) {
		const char *text = copy(r, item);

		if (text)
			texts[n++] = text;
	}
	return texts;
}

/* "Bed Light" → "bed_light"; other scripts stay as they are, so that ids differ when names do. */
static const char *slug(struct reader *r, const char *name)
{
	char folded[256];
	char *id;

	if (duet_text_normalise(duet_slice(name), true, folded, sizeof(folded)) < 0)
		return NULL;
	id = duet_arena_copy(r->arena, duet_slice(folded));
	for (char *c = id; c && *c; c++) {
		if (strchr(" .'-/", *c))
			*c = '_';
	}
	return id;
}

/* YAML to JSON, as Home Assistant would: plain scalars become numbers and truths where they look so. */
static json_t *scalar_json(const struct duet_yaml_node *node)
{
	char *end;
	double number;

	if (node->quoted)
		return json_stringn(node->text, node->text_len);
	if (strcmp(node->text, "true") == 0 || strcmp(node->text, "false") == 0)
		return json_boolean(node->text[0] == 't');
	if (strcmp(node->text, "null") == 0 || node->text_len == 0)
		return json_null();
	number = strtod(node->text, &end);
	if (*end || number != number)
		return json_stringn(node->text, node->text_len);
	return number == (double)(long)number && !strchr(node->text, '.') ? json_integer((json_int_t)number)
									  : json_real(number);
}

static json_t *yaml_json(const struct duet_yaml_node *node, int depth)
{
	json_t *value;

	if (depth > MAX_DEPTH)
		return NULL;
	if (node->kind == DUET_YAML_SCALAR)
		return scalar_json(node);
	value = node->kind == DUET_YAML_LIST ? json_array() : json_object();
	for (const struct duet_yaml_node *child = node->first; value && child; child = child->next) {
		json_t *one = yaml_json(child, depth + 1);

		if (node->kind == DUET_YAML_LIST)
			json_array_append_new(value, one);
		else
			json_object_set_new(value, child->key->text, one);
	}
	return value;
}

/* The items of a to-do list may be plain texts. */
static void normalise_items(json_t *attributes)
{
	json_t *items = json_object_get(attributes, "items"), *item, *made;
	size_t i;

	json_array_foreach(items, i, item)
	{
		if (!json_is_string(item))
			continue;
		made = json_pack("{s:O, s:s}", "summary", item, "status", "needs_action");
		json_array_set_new(items, i, made);
	}
}

static int read_state(struct reader *r, const struct duet_yaml_node *node,
		      const struct duet_home_entity *entity, struct fixture *first)
{
	const struct duet_yaml_node *state = duet_yaml_get(node, "state"),
				    *attributes = duet_yaml_get(node, "attributes"),
				    *sets = duet_yaml_get(node, "sets");
	json_t *values = attributes ? yaml_json(attributes, 0) : json_object();
	const char *text = state && state->kind == DUET_YAML_SCALAR ? state->text : "unknown";

	if (attributes && !json_is_object(values)) {
		json_decref(values);
		return mistake(r, attributes, "attributes are names with values");
	}
	for (size_t i = 0; !state && i < sizeof(first_states) / sizeof(*first_states); i++) {
		if (strcmp(entity->domain, first_states[i].domain) == 0)
			text = first_states[i].state;
	}
	normalise_items(values);
	first->sets = sets ? yaml_json(sets, 0) : NULL;
	first->state = json_pack("{s:s, s:o}", "state", text, "attributes", values);
	return first->state ? 0 : no_memory(r);
}

static void read_features(const struct duet_yaml_node *node, struct duet_home_entity *entity)
{
	for (size_t i = 0; i < sizeof(features) / sizeof(*features); i++) {
		const struct duet_yaml_node *said = duet_yaml_get(node, features[i].key);
		bool *has = (bool *)((char *)entity + features[i].offset);

		*has = said ? strcmp(said->text ? said->text : "", "true") == 0
			    : features[i].domain && strcmp(entity->domain, features[i].domain) == 0;
	}
}

/* Of "light.bed" and a domain, either may be left out. */
static int read_id(struct reader *r, const struct duet_yaml_node *node, struct duet_home_entity *entity)
{
	const char *id = copy(r, duet_yaml_get(node, "id")), *domain = copy(r, duet_yaml_get(node, "domain"));
	const char *dot = id ? strchr(id, '.') : NULL;

	if (!domain && dot)
		domain = duet_arena_copy(r->arena, (struct duet_slice){id, (size_t)(dot - id)});
	if (!domain)
		return mistake(r, node, "a thing needs its domain, such as \"domain: light\"");
	if (!id)
		id = duet_arena_printf(r->arena, "%s.%s", domain, slug(r, entity->name));
	for (size_t i = 0; id && i < r->fixtures->n_entities; i++) {
		if (strcmp(r->fixtures->entities[i].id, id) == 0)
			id = duet_arena_printf(r->arena, "%s_%zu", id, r->fixtures->n_entities);
	}
	entity->id = id;
	entity->domain = domain;
	return id ? 0 : no_memory(r);
}

static const char *area_id(const struct fixtures *fixtures, const char *asked)
{
	for (size_t i = 0; i < fixtures->n_areas; i++) {
		if (strcmp(fixtures->areas[i].id, asked) == 0 || strcmp(fixtures->areas[i].name, asked) == 0)
			return fixtures->areas[i].id;
	}
	return NULL;
}

static int read_entity(struct reader *r, const struct duet_yaml_node *node)
{
	struct fixtures *f = r->fixtures;
	struct duet_home_entity *entity = &f->entities[f->n_entities];
	const struct duet_yaml_node *area = duet_yaml_get(node, "area"),
				    *attributes = duet_yaml_get(node, "attributes");
	int result;

	entity->name = copy(r, duet_yaml_get(node, "name"));
	if (!entity->name)
		return mistake(r, node, "a thing needs a name");
	entity->aliases = copy_list(r, duet_yaml_get(node, "aliases"));
	result = read_id(r, node, entity);
	if (result < 0)
		return result;
	entity->device_class = copy(r, duet_yaml_get(node, "device_class"));
	if (!entity->device_class && attributes)
		entity->device_class = copy(r, duet_yaml_get(attributes, "device_class"));
	if (area && area->kind == DUET_YAML_SCALAR) {
		entity->area = area_id(f, area->text);
		if (!entity->area)
			return mistake(r, area, "there is no area of this id or name");
	}
	read_features(node, entity);
	result = read_state(r, node, entity, &f->first[f->n_entities]);
	f->n_entities += result == 0;
	return result;
}

/* Of a list `floors:` beside the areas, the one with this id. */
static const struct duet_yaml_node *floor_by_id(const struct duet_yaml_node *floors,
						const struct duet_yaml_node *id)
{
	const struct duet_yaml_node *floor = floors ? floors->first : NULL;

	for (; floor; floor = floor->next) {
		const struct duet_yaml_node *own = duet_yaml_get(floor, "id");

		if (own && own->kind == DUET_YAML_SCALAR && strcmp(own->text, id->text) == 0)
			return floor;
	}
	return id;
}

/* A floor is a name, {name, aliases} or the id of one of `floors:`. */
static void read_floor(struct reader *r, const struct duet_yaml_node *floor, struct duet_home_area *area)
{
	if (floor->kind == DUET_YAML_SCALAR)
		floor = floor_by_id(r->floors, floor);
	if (floor->kind == DUET_YAML_SCALAR) {
		area->floor = copy(r, floor);
		return;
	}
	area->floor = copy(r, duet_yaml_get(floor, "name"));
	area->floor_aliases = copy_list(r, duet_yaml_get(floor, "aliases"));
}

static int read_area(struct reader *r, const struct duet_yaml_node *node)
{
	struct duet_home_area *area = &r->fixtures->areas[r->fixtures->n_areas++];
	const struct duet_yaml_node *floor = duet_yaml_get(node, "floor");

	area->name = copy(r, duet_yaml_get(node, "name"));
	if (!area->name)
		return mistake(r, node, "an area needs a name");
	area->id = copy(r, duet_yaml_get(node, "id"));
	if (!area->id)
		area->id = slug(r, area->name);
	area->aliases = copy_list(r, duet_yaml_get(node, "aliases"));
	if (floor)
		read_floor(r, floor, area);
	return area->id ? 0 : no_memory(r);
}

static int read_each(struct reader *r, const struct duet_yaml_node *list,
		     int (*read)(struct reader *r, const struct duet_yaml_node *node))
{
	int result = 0;

	if (list && list->kind != DUET_YAML_LIST)
		return mistake(r, list, "a list (- …) is expected here");
	for (const struct duet_yaml_node *node = list ? list->first : NULL; node && result == 0;
	     node = node->next)
		result = node->kind == DUET_YAML_MAP ? read(r, node)
						     : mistake(r, node, "name: … is expected here");
	return result;
}

static int read_root(struct reader *r, const struct duet_yaml_node *root)
{
	const struct duet_yaml_node *home = root ? duet_yaml_get(root, "fixtures") : NULL, *areas, *entities;
	struct fixtures *f = r->fixtures;
	int result;

	home = home ? home : root;
	if (!home || home->kind != DUET_YAML_MAP)
		return duet_error_set(r->error, -EINVAL,
				      "%s holds no home: areas: and entities: are expected", r->path);
	areas = duet_yaml_get(home, "areas");
	entities = duet_yaml_get(home, "entities");
	r->floors = duet_yaml_get(home, "floors");
	f->areas = duet_arena_alloc(r->arena, ((areas ? areas->n_children : 0) + 1) * sizeof(*f->areas));
	f->entities = duet_arena_alloc(r->arena,
				       ((entities ? entities->n_children : 0) + 1) * sizeof(*f->entities));
	f->first =
		duet_arena_alloc(r->arena, ((entities ? entities->n_children : 0) + 1) * sizeof(*f->first));
	if (!f->areas || !f->entities || !f->first)
		return no_memory(r);
	result = read_each(r, areas, read_area);
	return result < 0 ? result : read_each(r, entities, read_entity);
}

int fixtures_read(struct fixtures *fixtures, const char *path, struct duet_arena *arena,
		  struct duet_error *error)
{
	struct reader r = {fixtures, arena, path, error, NULL};
	struct duet_yaml *yaml;
	int result = duet_yaml_load(&yaml, path, error);

	*fixtures = (struct fixtures){0};
	if (result < 0)
		return result;
	result = read_root(&r, duet_yaml_root(yaml));
	duet_yaml_free(yaml);
	if (result < 0)
		fixtures_done(fixtures);
	return result;
}

void fixtures_done(struct fixtures *fixtures)
{
	for (size_t i = 0; i < fixtures->n_entities; i++) {
		json_decref(fixtures->first[i].state);
		json_decref(fixtures->first[i].sets);
	}
	fixtures->n_entities = 0;
}
