/* SPDX-License-Identifier: Apache-2.0 */
#include "assistant/config.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "assistant/config_table.h"
#include "base/alloc.h"
#include "base/arena.h"
#include "base/option.h"
#include "base/script.h"
#include "base/text.h"
#include "base/yaml.h"

enum { MAX_BYTES = 1 << 20, MAX_ENGINES = 32, MAX_MEMBERS = 32 };

/* A file on its way into the configuration. */
struct reader {
	struct duet_config *config;
	const struct duet_yaml *yaml;
	char dir[512]; /* what relative paths stand on */
	struct duet_error *error;
};

static int blame(const struct reader *reader, const struct duet_yaml_node *node)
{
	if (node)
		duet_error_at(reader->error, duet_yaml_name(reader->yaml), node->line, node->column);
	return -EINVAL;
}

static const char *const *engine_names(const char *stage, const char *names[MAX_ENGINES + 1])
{
	size_t n = 0;

	for (size_t i = 0; duet_engines[i] && n < MAX_ENGINES; i++) {
		if (strcmp(duet_engines[i]->stage, stage) == 0)
			names[n++] = duet_engines[i]->name;
	}
	names[n] = NULL;
	return names;
}

static int fail_engine(const char *stage, const char *name, struct duet_error *error)
{
	const char *names[MAX_ENGINES + 1];
	const char *near = duet_text_nearest(name, engine_names(stage, names));

	duet_error_set(error, -EINVAL, "there is no %s engine \"%.60s\"", stage, name);
	if (near)
		duet_error_hint(error, "did you mean \"%s\"?", near);
	else
		duet_error_hint(error, "`duet engines` lists them");
	return -EINVAL;
}

/* The engine's options at their defaults. */
static int choose(struct duet_config *config, const char *stage, struct duet_engine_choice *choice,
		  const char *name, const char *dir, struct duet_error *error)
{
	const struct duet_engine *engine = duet_engine_find(stage, name);

	if (!engine)
		return fail_engine(stage, name, error);
	choice->name = engine->name;
	choice->engine = engine;
	choice->options = NULL;
	if (!engine->options)
		return 0;
	choice->options = duet_arena_alloc(config->arena, engine->options_size);
	if (!choice->options)
		return duet_error_set(error, -ENOMEM, "out of memory");
	return duet_options_default(engine->options, choice->options, dir, config->arena, error);
}

/* The maps named after engines: those of the chosen one count, but all must be right. */
static int read_engines(const struct reader *reader, const char *stage, struct duet_engine_choice *choice,
			const struct duet_yaml_node *map)
{
	const char *names[MAX_ENGINES + 1];

	engine_names(stage, names);
	for (size_t i = 0; names[i]; i++) {
		const struct duet_yaml_node *node = duet_yaml_get(map, names[i]);
		struct duet_engine_choice one;
		int result;

		if (!node)
			continue;
		result = choose(reader->config, stage, &one, names[i], reader->dir, reader->error);
		if (result == 0)
			result = duet_options_read(one.engine->options, one.options, NULL, reader->yaml, node,
						   reader->dir, reader->config->arena, reader->error);
		if (result < 0)
			return result;
		if (one.engine == choice->engine)
			*choice = one;
	}
	return 0;
}

static int read_section(const struct reader *reader, const struct duet_config_section *section, void *into,
			const struct duet_yaml_node *map)
{
	const char *names[MAX_ENGINES + 1] = {NULL};
	struct duet_engine_choice *choice = duet_config_choice(into);
	struct duet_arena *arena = reader->config->arena;
	int result = duet_options_default(section->options, into, reader->dir, arena, reader->error);

	if (section->stage)
		engine_names(section->stage, names);
	if (result == 0 && map)
		result = duet_options_read(section->options, into, names, reader->yaml, map, reader->dir,
					   arena, reader->error);
	if (result < 0 || !section->stage)
		return result;
	result = choose(reader->config, section->stage, choice, choice->name, reader->dir, reader->error);
	if (result < 0) {
		blame(reader, duet_yaml_get(map, "engine"));
		return result;
	}
	return map ? read_engines(reader, section->stage, choice, map) : 0;
}

static int read_sections(const struct reader *reader, const struct duet_config_section *sections, void *into,
			 const struct duet_yaml_node *map)
{
	for (const struct duet_config_section *one = sections; one->name; one++) {
		int result = read_section(reader, one, (char *)into + one->offset,
					  map ? duet_yaml_get(map, one->name) : NULL);

		if (result < 0)
			return result;
	}
	return 0;
}

/* A map's own members by `options`; those named after sections, and `also`, are left for others. */
static int read_members(const struct reader *reader, const struct duet_option *options,
			const struct duet_config_section *sections, const char *also, void *into,
			const struct duet_yaml_node *map)
{
	const char *names[MAX_MEMBERS + 2];
	struct duet_arena *arena = reader->config->arena;
	size_t n = 0;
	int result = duet_options_default(options, into, reader->dir, arena, reader->error);

	for (; sections->name && n < MAX_MEMBERS; sections++)
		names[n++] = sections->name;
	if (also)
		names[n++] = also;
	names[n] = NULL;
	if (result < 0 || !map)
		return result;
	return duet_options_read(options, into, names, reader->yaml, map, reader->dir, arena, reader->error);
}

static int check_assistant(const struct reader *reader, struct duet_assistant_config *one,
			   const struct duet_yaml_node *node)
{
	if (!one->id || !one->id[0]) {
		duet_error_set(reader->error, -EINVAL, "an assistant without an id");
		return blame(reader, node);
	}
	if (one->wake.n_items == 0) {
		duet_error_set(reader->error, -EINVAL, "the assistant \"%.60s\" has no wake word", one->id);
		return blame(reader, node);
	}
	for (struct duet_assistant_config *other = reader->config->assistants; other < one; other++) {
		if (strcmp(other->id, one->id) != 0)
			continue;
		duet_error_set(reader->error, -EINVAL, "two assistants have the id \"%.60s\"", one->id);
		return blame(reader, node);
	}
	if (!one->name)
		one->name = one->id;
	return 0;
}

/* The engine that a wake word names, opened once for all words that name it. */
static int choose_wake(const struct reader *reader, const struct duet_yaml_node *wake,
		       struct duet_wake_word_config *word)
{
	struct duet_config *config = reader->config;
	struct duet_engine_choice *choice = &config->wake.choice;
	int result;

	word->choice = choice;
	if (!word->engine || strcmp(word->engine, choice->name) == 0)
		return 0;
	for (size_t i = 0; i < config->wake.n_others; i++) {
		word->choice = &config->wake.others[i];
		if (strcmp(word->engine, word->choice->name) == 0)
			return 0;
	}
	if (!config->wake.others)
		config->wake.others = duet_arena_alloc(config->arena, MAX_ENGINES * sizeof(*choice));
	if (!config->wake.others)
		return duet_error_set(reader->error, -ENOMEM, "out of memory");
	choice = &config->wake.others[config->wake.n_others];
	word->choice = choice;
	result = choose(config, "wake", choice, word->engine, reader->dir, reader->error);
	if (result == 0 && wake)
		result = read_engines(reader, "wake", choice, wake);
	config->wake.n_others += result == 0;
	return result;
}

/* `wake:` of an assistant: its words, some with an engine or a model of their own. */
static int read_wake_words(const struct reader *reader, struct duet_assistant_config *one,
			   const struct duet_yaml_node *list)
{
	const struct duet_yaml_node *wake = duet_yaml_get(duet_yaml_root(reader->yaml), "wake"), *node;
	int result = duet_script_items(duet_config_wake_word_options, sizeof(*one->wake.items), reader->yaml,
				       list, reader->config->arena, (void *)&one->wake.items,
				       &one->wake.n_items, reader->error);

	node = result == 0 && list ? list->first : NULL;
	for (size_t i = 0; node; i++, node = node->next) {
		if (!one->wake.items[i].word || !one->wake.items[i].word[0]) {
			duet_error_set(reader->error, -EINVAL, "a wake word without a word");
			return blame(reader, node);
		}
		result = choose_wake(reader, wake, &one->wake.items[i]);
		if (result < 0)
			return result == -EINVAL ? blame(reader, node) : result;
	}
	return result;
}

static int read_assistant(const struct reader *reader, struct duet_assistant_config *one,
			  const struct duet_yaml_node *node)
{
	int result;

	if (node->kind != DUET_YAML_MAP) {
		duet_error_set(reader->error, -EINVAL, "an assistant is a map with an id and wake words");
		return blame(reader, node);
	}
	result = read_members(reader, duet_config_assistant_options, duet_config_assistant_sections, "wake",
			      one, node);
	if (result == 0)
		result = read_wake_words(reader, one, duet_yaml_get(node, "wake"));
	if (result == 0)
		result = check_assistant(reader, one, node);
	if (result < 0)
		return result;
	return read_sections(reader, duet_config_assistant_sections, one, node);
}

static int read_assistants(const struct reader *reader, const struct duet_yaml_node *list)
{
	struct duet_config *config = reader->config;
	size_t n = list && list->kind == DUET_YAML_LIST ? list->n_children : 0;

	if (n == 0) {
		duet_error_set(reader->error, -EINVAL, "no assistants");
		duet_error_hint(reader->error, "`assistants:` is a list; see data/duet.yaml");
		return blame(reader, list);
	}
	config->assistants = duet_arena_alloc(config->arena, n * sizeof(*config->assistants));
	if (!config->assistants)
		return duet_error_set(reader->error, -ENOMEM, "out of memory");
	for (const struct duet_yaml_node *node = list->first; node; node = node->next) {
		int result = read_assistant(reader, &config->assistants[config->n_assistants], node);

		if (result < 0)
			return result;
		config->n_assistants++;
	}
	return 0;
}

/* "22:00" to minutes. */
static int read_time(const struct reader *reader, const char *text, const char *name,
		     const struct duet_yaml_node *root, int *minutes)
{
	int hour = 0, minute = 0, used = 0;
	const struct duet_yaml_node *map = root ? duet_yaml_get(root, "speaker") : NULL;

	if (sscanf(text, "%2d:%2d%n", &hour, &minute, &used) == 2 && text[used] == '\0' && hour >= 0 &&
	    hour < 24 && minute >= 0 && minute < 60) {
		*minutes = hour * 60 + minute;
		return 0;
	}
	duet_error_set(reader->error, -EINVAL, "%s: \"%.40s\" is not a time of day", name, text);
	duet_error_hint(reader->error, "as in 22:00");
	return blame(reader, map ? duet_yaml_get(map, name) : NULL);
}

static int read_all(struct reader *reader)
{
	struct duet_config *config = reader->config;
	const struct duet_yaml_node *root = duet_yaml_root(reader->yaml);
	int result = read_members(reader, duet_config_top, duet_config_sections, "assistants", config, root);

	if (result == 0)
		result = read_sections(reader, duet_config_sections, config, root);
	if (result == 0)
		result = read_time(reader, config->speaker.night_begin_text, "night_begin", root,
				   &config->speaker.night_begin_min);
	if (result == 0)
		result = read_time(reader, config->speaker.night_end_text, "night_end", root,
				   &config->speaker.night_end_min);
	if (result == 0)
		result = read_assistants(reader, root ? duet_yaml_get(root, "assistants") : NULL);
	if (result < 0 && reader->error && !reader->error->file[0])
		duet_error_at(reader->error, config->path, 0, 0);
	return result;
}

static void set_dir(struct reader *reader, const char *path)
{
	const char *slash = strrchr(path, '/');

	snprintf(reader->dir, sizeof(reader->dir), "%.*s", slash ? (int)(slash - path) : 1,
		 slash ? path : ".");
}

static struct duet_config *new_config(const char *path, const char *data_dir)
{
	struct duet_arena *arena = duet_arena_new(MAX_BYTES);
	struct duet_config *config = arena ? duet_arena_alloc(arena, sizeof(*config)) : NULL;

	if (!config) {
		duet_arena_free(arena);
		return NULL;
	}
	config->arena = arena;
	config->path = duet_arena_copy(arena, duet_slice(path));
	config->data_dir = duet_arena_copy(arena, duet_slice(data_dir));
	if (config->path && config->data_dir)
		return config;
	duet_arena_free(arena);
	return NULL;
}

static int load(struct duet_config **config, const char *path, const char *data_dir, struct duet_error *error)
{
	struct duet_yaml *yaml;
	struct reader reader = {.error = error};
	int result = duet_yaml_load(&yaml, path, error);

	if (result < 0)
		return result;
	reader.yaml = yaml;
	reader.config = new_config(path, data_dir);
	set_dir(&reader, path);
	result = reader.config ? read_all(&reader) : duet_error_set(error, -ENOMEM, "out of memory");
	duet_yaml_free(yaml);
	if (result < 0) {
		duet_config_free(reader.config);
		return result;
	}
	*config = reader.config;
	return 0;
}

int duet_config_load(struct duet_config **config, const char *path, const char *data_dir,
		     struct duet_error *error)
{
	char found[512];
	int result;

	if (!data_dir)
		data_dir = duet_data_dir();
	if (!data_dir) {
		duet_error_set(error, -ENOENT, "the project's data is nowhere to be found");
		duet_error_hint(error, "set DUET_DATA to the folder that holds duet.yaml and sentences/");
		return -ENOENT;
	}
	result = duet_config_find(path, data_dir, found, sizeof(found), error);
	return result < 0 ? result : load(config, found, data_dir, error);
}

void duet_config_free(struct duet_config *config)
{
	if (config)
		duet_arena_free(config->arena);
}

int duet_config_choose(struct duet_config *config, const char *stage, struct duet_engine_choice *choice,
		       const char *name, struct duet_error *error)
{
	return choose(config, stage, choice, name, ".", error);
}

static const struct duet_option *find_option(const struct duet_engine_choice *choice, const char *name,
					     struct duet_error *error)
{
	for (const struct duet_option *row = choice->engine->options; row && row->name; row++) {
		if (strcmp(row->name, name) == 0)
			return row;
	}
	duet_error_set(error, -ENOENT, "the engine \"%s\" has no option \"%s\"", choice->name, name);
	return NULL;
}

int duet_config_set(struct duet_config *config, struct duet_engine_choice *choice, const char *option,
		    const char *value, struct duet_error *error)
{
	const struct duet_option *row = find_option(choice, option, error);

	return row ? duet_option_set(row, choice->options, value, ".", config->arena, error) : -ENOENT;
}

int duet_config_set_paths(struct duet_config *config, struct duet_engine_choice *choice, const char *option,
			  const char *const *paths, size_t n_paths, struct duet_error *error)
{
	const struct duet_option *row = find_option(choice, option, error);

	if (!row || row->type != DUET_OPTION_PATHS)
		return -ENOENT;
	*(struct duet_texts *)(void *)((char *)choice->options + row->offset) =
		(struct duet_texts){.items = paths, .n_items = n_paths};
	return 0;
}

static void each_section(const struct duet_config_section *sections, const char *prefix,
			 void (*each)(void *user, const char *section, const struct duet_option *option),
			 void *user)
{
	char name[96];

	for (; sections->name; sections++) {
		snprintf(name, sizeof(name), "%s%s", prefix, sections->name);
		for (const struct duet_option *row = sections->options; row->name; row++)
			each(user, name, row);
		for (size_t i = 0; sections->stage && duet_engines[i]; i++) {
			if (strcmp(duet_engines[i]->stage, sections->stage) != 0)
				continue;
			snprintf(name, sizeof(name), "%s%s.%s", prefix, sections->name,
				 duet_engines[i]->name);
			for (const struct duet_option *row = duet_engines[i]->options; row && row->name;
			     row++)
				each(user, name, row);
		}
	}
}

void duet_config_each(void (*each)(void *user, const char *section, const struct duet_option *option),
		      void *user)
{
	for (const struct duet_option *row = duet_config_top; row->name; row++)
		each(user, "", row);
	each_section(duet_config_sections, "", each, user);
	for (const struct duet_option *row = duet_config_assistant_options; row->name; row++)
		each(user, "assistants", row);
	for (const struct duet_option *row = duet_config_wake_word_options; row->name; row++)
		each(user, "assistants.wake", row);
	each_section(duet_config_assistant_sections, "assistants.", each, user);
}

const struct duet_assistant_config *duet_config_assistant(const struct duet_config *config, const char *id)
{
	if (!id)
		return &config->assistants[0];
	for (size_t i = 0; i < config->n_assistants; i++) {
		if (strcmp(config->assistants[i].id, id) == 0)
			return &config->assistants[i];
	}
	return NULL;
}
