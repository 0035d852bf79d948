/* SPDX-License-Identifier: Apache-2.0 */
#include "skill/home.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/log.h"
#include "base/option.h"
#include "base/text.h"
#include "grammar/grammar.h"
#include "learnt/learnt.h"
#include "store/store.h"

#define MAX_ARENA  (4 << 20)
#define MAX_VALUES 8192

struct driver {
	struct duet_home *home;
	const struct duet_home_engine *engine;
	void *state;
	void *own_options; /* when the caller gave none */
	char space[64];    /* of the store */
	bool is_open;
};

/* A call that its driver has not answered yet. */
struct call {
	struct duet_home *home;
	struct call *next;
	duet_home_done *done; /* NULL: nobody waits any more */
	void *user;
};

struct duet_home {
	struct duet_arena *arena; /* options */
	struct call *calls;
	struct duet_store *store;
	void (*renamed)(void *user);
	void *user;
	size_t n_drivers;
	struct driver drivers[];
};

static void take_off(struct duet_home *home, struct call *call);

/* What drivers keep. */

static void keep(void *user, const char *key, const json_t *value)
{
	struct driver *driver = user;
	char *text;

	if (!driver->home->store)
		return;
	text = json_dumps(value, JSON_COMPACT);
	if (!text || duet_store_put(driver->home->store, driver->space, key, duet_slice(text)) < 0)
		duet_warn("home", "the state of %s cannot be kept", key);
	free(text);
}

static void got_record(void *user, struct duet_slice value)
{
	*(json_t **)user = json_loadb(value.ptr, value.len, 0, NULL);
}

static json_t *kept(void *user, const char *key)
{
	struct driver *driver = user;
	json_t *value = NULL;

	if (driver->home->store)
		duet_store_get(driver->home->store, driver->space, key, got_record, &value);
	return value;
}

static void changed(void *user, const char *entity_id)
{
	duet_debug("home", "%s changed", entity_id);
}

static void renamed(void *user)
{
	struct duet_home *home = ((struct driver *)user)->home;

	if (home->renamed)
		home->renamed(home->user);
}

/* Opening. */

static int default_options(struct driver *driver, struct duet_error *error)
{
	const struct duet_engine *engine = &driver->engine->engine;

	driver->own_options = duet_calloc(1, engine->options_size ? engine->options_size : 1);
	if (!driver->own_options)
		return duet_error_set(error, -ENOMEM, "out of memory");
	if (!engine->options)
		return 0;
	return duet_options_default(engine->options, driver->own_options, ".", driver->home->arena, error);
}

static int open_driver(struct driver *driver, const void *options, const char *data_dir,
		       struct duet_error *error)
{
	const struct duet_home_engine *engine = driver->engine;
	struct duet_home_setup setup = {.options = options,
					.data_dir = data_dir,
					.user = driver,
					.keep = keep,
					.kept = kept,
					.changed = changed,
					.renamed = renamed};
	int result;

	snprintf(driver->space, sizeof(driver->space), "home.%s", engine->engine.name);
	if (!options) {
		result = default_options(driver, error);
		if (result < 0)
			return result;
		setup.options = driver->own_options;
	}
	driver->state = duet_calloc(1, engine->engine.state_size ? engine->engine.state_size : 1);
	if (!driver->state)
		return duet_error_set(error, -ENOMEM, "out of memory");
	result = engine->open(driver->state, &setup, error);
	driver->is_open = result == 0;
	return result;
}

int duet_home_new(struct duet_home **home, const struct duet_home_driver *drivers, size_t n_drivers,
		  struct duet_store *store, const char *data_dir, struct duet_error *error)
{
	struct duet_home *made = duet_calloc(1, sizeof(*made) + n_drivers * sizeof(made->drivers[0]));

	if (!made)
		return duet_error_set(error, -ENOMEM, "out of memory");
	made->store = store;
	made->arena = duet_arena_new(MAX_ARENA);
	if (!made->arena) {
		duet_home_free(made);
		return duet_error_set(error, -ENOMEM, "out of memory");
	}
	for (size_t i = 0; i < n_drivers; i++) {
		struct driver *driver = &made->drivers[made->n_drivers++];
		int result;

		*driver = (struct driver){.home = made, .engine = drivers[i].engine};
		result = open_driver(driver, drivers[i].options, data_dir, error);
		if (result < 0) {
			duet_home_free(made);
			return result;
		}
	}
	*home = made;
	return 0;
}

/* The virtual driver's option `file` is set by its name, so that nothing here knows its structure. */
int duet_home_new_file(struct duet_home **home, const char *path, struct duet_error *error)
{
	const struct duet_engine *engine = duet_engine_find("home", "virtual");
	struct duet_arena *arena = duet_arena_new(MAX_ARENA);
	struct duet_home_driver driver = {(const struct duet_home_engine *)(const void *)engine, NULL};
	void *options;
	int result = -ENOMEM;

	options = arena && engine ? duet_arena_alloc(arena, engine->options_size) : NULL;
	if (options)
		result = duet_options_default(engine->options, options, ".", arena, error);
	for (const struct duet_option *o = options ? engine->options : NULL; result == 0 && o && o->name;
	     o++) {
		if (strcmp(o->name, "file") == 0)
			result = duet_option_set(o, options, path, ".", arena, error);
	}
	driver.options = options;
	if (result == 0)
		result = duet_home_new(home, &driver, 1, NULL, ".", error);
	duet_arena_free(arena);
	return result;
}

void duet_home_free(struct duet_home *home)
{
	if (!home)
		return;
	for (struct call *call = home->calls; call; call = call->next)
		call->done = NULL;
	for (size_t i = 0; i < home->n_drivers; i++) {
		struct driver *driver = &home->drivers[i];

		if (driver->is_open)
			driver->engine->close(driver->state);
		duet_free(driver->state);
		duet_free(driver->own_options);
	}
	while (home->calls)
		take_off(home, home->calls);
	duet_arena_free(home->arena);
	duet_free(home);
}

void duet_home_watch(struct duet_home *home, void (*renamed_call)(void *user), void *user)
{
	home->renamed = renamed_call;
	home->user = user;
}

/* Names. */

static bool same_name(const char *a, const char *b)
{
	char folded_a[256], folded_b[256];

	return duet_text_normalise(duet_slice(a), true, folded_a, sizeof(folded_a)) >= 0 &&
	       duet_text_normalise(duet_slice(b), true, folded_b, sizeof(folded_b)) >= 0 &&
	       strcmp(folded_a, folded_b) == 0;
}

static bool is_called(const char *id, const char *name, const char *const *aliases, const char *asked)
{
	if (strcmp(id, asked) == 0 || same_name(name, asked))
		return true;
	for (; aliases && *aliases; aliases++) {
		if (same_name(*aliases, asked))
			return true;
	}
	return false;
}

static bool has_han(const char *text)
{
	struct duet_slice rest = duet_slice(text);
	int32_t c;

	while ((c = duet_text_next(&rest)) >= 0) {
		if (c >= 0x3400 && c <= 0x9fff)
			return true;
	}
	return false;
}

/* Mandarin is written in characters, every other language so far is not. */
static bool fits(const char *text, const char *language)
{
	return has_han(text) == (strncmp(language, "zh", 2) == 0);
}

static const char *name_in(const char *name, const char *const *aliases, const char *language)
{
	if (fits(name, language))
		return name;
	for (; aliases && *aliases; aliases++) {
		if (fits(*aliases, language))
			return *aliases;
	}
	return name;
}

const char *duet_home_name(const struct duet_home_entity *entity, const char *language)
{
	return name_in(entity->name, entity->aliases, language);
}

const char *duet_home_area_name(const struct duet_home_area *area, const char *language)
{
	return name_in(area->name, area->aliases, language);
}

/* Finding. */

const struct duet_home_area *duet_home_area(const struct duet_home *home, const char *asked)
{
	for (size_t i = 0; i < home->n_drivers; i++) {
		const struct duet_home_area *areas;
		size_t n = home->drivers[i].engine->areas(home->drivers[i].state, &areas);

		for (size_t k = 0; k < n; k++) {
			if (is_called(areas[k].id, areas[k].name, areas[k].aliases, asked))
				return &areas[k];
		}
	}
	return NULL;
}

static bool is_in(const struct duet_home *home, const struct duet_home_entity *entity,
		  const struct duet_home_query *query)
{
	const struct duet_home_area *area;

	if (!query->area && !query->floor)
		return true;
	area = entity->area ? duet_home_area(home, entity->area) : NULL;
	if (!area)
		return false;
	if (query->area && !is_called(area->id, area->name, area->aliases, query->area))
		return false;
	return !query->floor ||
	       (area->floor && is_called(area->floor, area->floor, area->floor_aliases, query->floor));
}

static bool answers(const struct duet_home *home, const struct duet_home_entity *entity,
		    const struct duet_home_query *query)
{
	if (query->domain && strcmp(entity->domain, query->domain) != 0)
		return false;
	if (query->device_class &&
	    (!entity->device_class || strcmp(entity->device_class, query->device_class) != 0))
		return false;
	if (query->name && !is_called(entity->id, entity->name, entity->aliases, query->name))
		return false;
	return is_in(home, entity, query);
}

size_t duet_home_find(const struct duet_home *home, const struct duet_home_query *query,
		      const struct duet_home_entity **found, size_t max)
{
	size_t n_found = 0;

	for (size_t i = 0; i < home->n_drivers; i++) {
		const struct duet_home_entity *entities;
		size_t n = home->drivers[i].engine->entities(home->drivers[i].state, &entities);

		for (size_t k = 0; k < n && n_found < max; k++) {
			if (answers(home, &entities[k], query))
				found[n_found++] = &entities[k];
		}
	}
	return n_found;
}

size_t duet_home_count(const struct duet_home *home)
{
	size_t n = 0;

	for (size_t i = 0; i < home->n_drivers; i++) {
		const struct duet_home_entity *entities;

		n += home->drivers[i].engine->entities(home->drivers[i].state, &entities);
	}
	return n;
}

/* State and orders. */

static const struct driver *driver_of(const struct duet_home *home, const struct duet_home_entity *entity)
{
	for (size_t i = 0; i < home->n_drivers; i++) {
		const struct duet_home_entity *entities;
		size_t n = home->drivers[i].engine->entities(home->drivers[i].state, &entities);

		if (entity >= entities && entity < entities + n)
			return &home->drivers[i];
	}
	return NULL;
}

const json_t *duet_home_state(const struct duet_home *home, const struct duet_home_entity *entity)
{
	const struct driver *driver = driver_of(home, entity);

	return driver ? driver->engine->state(driver->state, entity->id) : NULL;
}

const char *duet_home_state_text(const struct duet_home *home, const struct duet_home_entity *entity)
{
	const char *text = json_string_value(json_object_get(duet_home_state(home, entity), "state"));

	return text ? text : "unknown";
}

const json_t *duet_home_attribute(const struct duet_home *home, const struct duet_home_entity *entity,
				  const char *name)
{
	return json_object_get(json_object_get(duet_home_state(home, entity), "attributes"), name);
}

static void take_off(struct duet_home *home, struct call *call)
{
	struct call **place = &home->calls;

	while (*place != call)
		place = &(*place)->next;
	*place = call->next;
	duet_free(call);
}

static void call_done(void *user, int code)
{
	struct call call = *(struct call *)user;

	take_off(call.home, user);
	if (call.done)
		call.done(call.user, code);
}

/* Whoever asked may be gone before a driver answers; the house remembers for it. */
int duet_home_call(struct duet_home *home, const struct duet_home_entity *entity, const char *service,
		   const json_t *data, duet_home_done *done, void *user)
{
	const struct driver *driver = driver_of(home, entity);
	struct call *call;
	int result;

	if (!driver)
		return -ENOENT;
	call = duet_alloc(sizeof(*call));
	if (!call)
		return -ENOMEM;
	*call = (struct call){home, home->calls, done, user};
	home->calls = call;
	result = driver->engine->call(driver->state, entity->id, service, data, call_done, call);
	if (result < 0)
		take_off(home, call);
	return result;
}

void duet_home_forget(struct duet_home *home, void *user)
{
	for (struct call *call = home->calls; call; call = call->next) {
		if (call->user == user)
			call->done = NULL;
	}
}

/* Filling grammars. */

struct values {
	struct duet_grammar_value *list;
	size_t n;
	const char *language;
};

/* A name is no template. */
static const char *escaped(const char *text, struct duet_arena *arena)
{
	char *out = duet_arena_alloc(arena, 2 * strlen(text) + 1), *end = out;

	for (; out && *text; text++) {
		if (strchr("()[]{}<>|;\\", *text))
			*end++ = '\\';
		*end++ = *text;
	}
	return out;
}

static void add_value(struct values *values, const char *text, const struct duet_grammar_value *what,
		      struct duet_arena *arena)
{
	struct duet_grammar_value value = *what;

	value.text = escaped(text, arena);
	if (value.text && values->n < MAX_VALUES)
		values->list[values->n++] = value;
}

static void add_names(struct values *values, const char *name, const char *const *aliases,
		      const struct duet_grammar_value *what, struct duet_arena *arena)
{
	size_t before = values->n;
	const char *const *alias;

	if (fits(name, values->language))
		add_value(values, name, what, arena);
	for (alias = aliases; alias && *alias; alias++) {
		if (fits(*alias, values->language))
			add_value(values, *alias, what, arena);
	}
	if (values->n > before)
		return;
	add_value(values, name, what, arena);
	for (alias = aliases; alias && *alias; alias++)
		add_value(values, *alias, what, arena);
}

static void collect_names(const struct duet_home *home, struct values *values, struct duet_arena *arena)
{
	for (size_t i = 0; i < home->n_drivers; i++) {
		const struct duet_home_entity *entities;
		size_t n = home->drivers[i].engine->entities(home->drivers[i].state, &entities);

		for (size_t k = 0; k < n; k++) {
			const struct duet_home_entity *e = &entities[k];
			struct duet_grammar_value what = {
				.value = e->id, .domain = e->domain, .area = e->area};

			add_names(values, e->name, e->aliases, &what, arena);
		}
	}
}

static void collect_areas(const struct duet_home *home, struct values *values, struct duet_arena *arena)
{
	for (size_t i = 0; i < home->n_drivers; i++) {
		const struct duet_home_area *areas;
		size_t n = home->drivers[i].engine->areas(home->drivers[i].state, &areas);

		for (size_t k = 0; k < n; k++) {
			struct duet_grammar_value what = {.value = areas[k].id, .area = areas[k].id};

			add_names(values, areas[k].name, areas[k].aliases, &what, arena);
		}
	}
}

static bool has_value(const struct values *values, const char *text)
{
	for (size_t i = 0; i < values->n; i++) {
		if (same_name(values->list[i].value, text))
			return true;
	}
	return false;
}

static void collect_floors(const struct duet_home *home, struct values *values, struct duet_arena *arena)
{
	for (size_t i = 0; i < home->n_drivers; i++) {
		const struct duet_home_area *areas;
		size_t n = home->drivers[i].engine->areas(home->drivers[i].state, &areas);

		for (size_t k = 0; k < n; k++) {
			struct duet_grammar_value what = {.value = areas[k].floor};

			if (areas[k].floor && !has_value(values, areas[k].floor))
				add_names(values, areas[k].floor, areas[k].floor_aliases, &what, arena);
		}
	}
}

static const struct {
	const char *name;
	void (*collect)(const struct duet_home *home, struct values *values, struct duet_arena *arena);
} lists[] = {{"name", collect_names}, {"area", collect_areas}, {"floor", collect_floors}};

int duet_home_fill(const struct duet_home *home, struct duet_grammar *grammar, struct duet_learnt *learnt,
		   struct duet_error *error)
{
	struct duet_arena *arena = duet_arena_new(MAX_ARENA);
	struct values values = {.language = duet_grammar_language(grammar)};
	int result = 0;

	values.list = arena ? duet_arena_alloc(arena, MAX_VALUES * sizeof(*values.list)) : NULL;
	if (!values.list) {
		duet_arena_free(arena);
		return duet_error_set(error, -ENOMEM, "out of memory");
	}
	for (size_t i = 0; i < sizeof(lists) / sizeof(*lists) && result == 0; i++) {
		values.n = 0;
		lists[i].collect(home, &values, arena);
		result = duet_grammar_fill(grammar, lists[i].name, values.list, values.n, error);
		if (result == 0 && learnt &&
		    duet_learnt_fill(learnt, lists[i].name, values.list, values.n) < 0)
			result = duet_error_set(error, -ENOMEM, "out of memory");
	}
	duet_arena_free(arena);
	return result;
}
