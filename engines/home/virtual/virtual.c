/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "duet/home_engine.h"
#include "fixtures.h"
#include "services.h"

/*
 * A home that is only in memory: things with names, rooms and states, which do
 * what they are asked and remember it. For trying out, for tests and for whoever has no smart home yet.
 */

#define MAX_ARENA (4 << 20)

struct virtual_options {
	const char *file;
};

struct virtual_home {
	struct duet_home_setup setup;
	struct duet_arena *arena;
	struct fixtures fixtures;
};

static const struct duet_option options[] = {
	{"file", DUET_OPTION_PATH, offsetof(struct virtual_options, file), NULL,
	 "The home: areas and entities in YAML; the one that is shipped when left out", NULL, 0, 0},
	{0},
};

/* What the thing was when the power went, as far as it is still the same kind of record. */
static void remember(struct virtual_home *home, size_t i)
{
	json_t *kept =
		home->setup.kept ? home->setup.kept(home->setup.user, home->fixtures.entities[i].id) : NULL;
	json_t **state = &home->fixtures.first[i].state;

	if (json_is_string(json_object_get(kept, "state")) &&
	    json_is_object(json_object_get(kept, "attributes"))) {
		json_decref(*state);
		*state = kept;
		return;
	}
	json_decref(kept);
}

static int virtual_open(void *state, const struct duet_home_setup *setup, struct duet_error *error)
{
	struct virtual_home *home = state;
	const struct virtual_options *chosen = setup->options;
	char path[4200];
	int result;

	home->setup = *setup;
	home->arena = duet_arena_new(MAX_ARENA);
	if (!home->arena)
		return duet_error_set(error, -ENOMEM, "out of memory");
	snprintf(path, sizeof(path), "%s/home.yaml", setup->data_dir ? setup->data_dir : ".");
	result = fixtures_read(&home->fixtures, chosen && chosen->file ? chosen->file : path, home->arena,
			       error);
	if (result < 0) {
		duet_arena_free(home->arena);
		return result;
	}
	for (size_t i = 0; i < home->fixtures.n_entities; i++)
		remember(home, i);
	return 0;
}

static void virtual_close(void *state)
{
	struct virtual_home *home = state;

	fixtures_done(&home->fixtures);
	duet_arena_free(home->arena);
}

static size_t virtual_areas(void *state, const struct duet_home_area **areas)
{
	struct virtual_home *home = state;

	*areas = home->fixtures.areas;
	return home->fixtures.n_areas;
}

static size_t virtual_entities(void *state, const struct duet_home_entity **entities)
{
	struct virtual_home *home = state;

	*entities = home->fixtures.entities;
	return home->fixtures.n_entities;
}

static size_t index_of(const struct virtual_home *home, const char *id)
{
	size_t i = 0;

	while (i < home->fixtures.n_entities && strcmp(home->fixtures.entities[i].id, id) != 0)
		i++;
	return i;
}

static const json_t *virtual_state(void *state, const char *entity_id)
{
	struct virtual_home *home = state;
	size_t i = index_of(home, entity_id);

	return i < home->fixtures.n_entities ? home->fixtures.first[i].state : NULL;
}

static void changed(struct virtual_home *home, size_t i)
{
	const char *id = home->fixtures.entities[i].id;

	if (home->setup.keep)
		home->setup.keep(home->setup.user, id, home->fixtures.first[i].state);
	if (home->setup.changed)
		home->setup.changed(home->setup.user, id);
}

/* A scene gives things the states that it lists. */
static void apply_scene(struct virtual_home *home, json_t *sets)
{
	const char *id, *name;
	json_t *wanted, *value;

	json_object_foreach(sets, id, wanted)
	{
		size_t i = index_of(home, id);
		json_t *state;

		if (i == home->fixtures.n_entities)
			continue;
		state = home->fixtures.first[i].state;
		json_object_foreach(wanted, name, value)
		{
			bool is_state = strcmp(name, "state") == 0;

			json_object_set(is_state ? state : json_object_get(state, "attributes"), name, value);
		}
		changed(home, i);
	}
}

static int virtual_call(void *state, const char *entity_id, const char *service, const json_t *data,
			duet_home_done *done, void *user)
{
	struct virtual_home *home = state;
	size_t i = index_of(home, entity_id);
	const char *now;
	int result;

	if (i == home->fixtures.n_entities)
		return -ENOENT;
	now = json_string_value(json_object_get(home->fixtures.first[i].state, "state"));
	if (now && strcmp(now, "unavailable") == 0) {
		done(user, -EHOSTUNREACH);
		return 0;
	}
	result = service_run(&home->fixtures.entities[i], home->fixtures.first[i].state, service, data);
	if (result < 0)
		return result;
	changed(home, i);
	if (home->fixtures.first[i].sets)
		apply_scene(home, home->fixtures.first[i].sets);
	done(user, 0);
	return 0;
}

extern const struct duet_home_engine duet_home_engine_virtual;
const struct duet_home_engine duet_home_engine_virtual = {
	.engine = {.stage = "home",
		   .name = "virtual",
		   .summary = "a home that is only in memory: no hardware is needed",
		   .state_size = sizeof(struct virtual_home),
		   .options = options,
		   .options_size = sizeof(struct virtual_options)},
	.open = virtual_open,
	.areas = virtual_areas,
	.entities = virtual_entities,
	.state = virtual_state,
	.call = virtual_call,
	.close = virtual_close,
};
