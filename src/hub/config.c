/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/file.h"
#include "base/option.h"
#include "base/yaml.h"
#include "hub/config_table.h"

enum { ARENA_MAX = 1 << 20, MAX_SECTIONS = 32, COMMENT_WIDTH = 100 };

static int set_defaults(struct duet_hub_config *config, struct duet_error *error)
{
	for (const struct duet_hub_config_section *one = duet_hub_config_sections; one->name; one++) {
		int result = duet_options_default(one->options, config, config->dir, config->arena, error);

		if (result < 0)
			return result;
	}
	return 0;
}

static int read_sections(struct duet_hub_config *config, const struct duet_yaml *yaml,
			 struct duet_error *error)
{
	const struct duet_yaml_node *root = duet_yaml_root(yaml);
	const char *names[MAX_SECTIONS + 1] = {NULL};
	const struct duet_hub_config_section *top = duet_hub_config_sections;
	int result;

	for (size_t i = 1; i <= MAX_SECTIONS && top[i].name; i++)
		names[i - 1] = top[i].name;
	result =
		duet_options_read(top->options, config, names, yaml, root, config->dir, config->arena, error);
	for (const struct duet_hub_config_section *one = top + 1; one->name && root && result == 0; one++)
		result = duet_options_read(one->options, config, NULL, yaml, duet_yaml_get(root, one->name),
					   config->dir, config->arena, error);
	return result;
}

/* What no single row can say. */
static int check(const struct duet_hub_config *config, struct duet_error *error)
{
	const char *host = config->hostname;

	if (!host[0] || strlen(host) > 253 ||
	    host[strspn(host, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
			      "0123456789-.")])
		return duet_error_set(error, -EINVAL, "hostname: \"%.80s\" is no host name", host);
	if (config->telemetry.segment_mb * 2 > config->telemetry.retention_mb) {
		duet_error_set(error, -EINVAL,
			       "telemetry: retention_mb must hold two segments of segment_mb");
		duet_error_hint(error, "make segment_mb %d or less", config->telemetry.retention_mb / 2);
		return -EINVAL;
	}
	return 0;
}

static struct duet_hub_config *new_config(const char *dir)
{
	struct duet_arena *arena = duet_arena_new(ARENA_MAX);
	struct duet_hub_config *config = arena ? duet_arena_alloc(arena, sizeof(*config)) : NULL;
	char *whole = realpath(dir, NULL);

	if (config) {
		config->arena = arena;
		config->dir = duet_arena_copy(arena, duet_slice(whole ? whole : dir));
		config->path = config->dir ? duet_hub_config_path(config, "hub.yaml") : NULL;
	}
	free(whole);
	if (config && config->path)
		return config;
	duet_arena_free(arena);
	return NULL;
}

int duet_hub_config_parse(struct duet_hub_config **config, const char *dir, const char *name,
			  const char *bytes, size_t n_bytes, struct duet_error *error)
{
	struct duet_hub_config *made = new_config(dir);
	struct duet_yaml *yaml = NULL;
	int result = made ? set_defaults(made, error) : duet_error_set(error, -ENOMEM, "out of memory");

	if (result == 0)
		result = duet_yaml_parse(&yaml, name, bytes, n_bytes, error);
	if (result == 0)
		result = read_sections(made, yaml, error);
	duet_yaml_free(yaml);
	if (result == 0) {
		result = check(made, error);
		if (result < 0)
			duet_error_at(error, name, 0, 0);
	}
	if (result < 0)
		duet_hub_config_free(made);
	else
		*config = made;
	return result;
}

int duet_hub_config_load(struct duet_hub_config **config, const char *dir, struct duet_error *error)
{
	char path[4096], *bytes;
	size_t n_bytes;
	int result;

	if (snprintf(path, sizeof(path), "%s/hub.yaml", dir) >= (int)sizeof(path))
		return duet_error_set(error, -ENAMETOOLONG, "the name of the hub's folder is too long");
	if (access(path, F_OK) < 0 && errno == ENOENT) {
		duet_error_set(error, -ENOENT, "%.180s is no hub: it has no hub.yaml", dir);
		duet_error_hint(error, "`duet-hub init %.120s` makes one", dir);
		return -ENOENT;
	}
	result = duet_file_read(path, ARENA_MAX / 2, &bytes, &n_bytes, error);
	if (result < 0)
		return result;
	result = duet_hub_config_parse(config, dir, path, bytes, n_bytes, error);
	duet_free(bytes);
	return result;
}

void duet_hub_config_free(struct duet_hub_config *config)
{
	if (config)
		duet_arena_free(config->arena);
}

const char *duet_hub_config_path(const struct duet_hub_config *config, const char *name)
{
	return duet_arena_printf(config->arena, "%s/%s", config->dir, name);
}

void duet_hub_config_each(void (*each)(void *user, const char *section, const struct duet_option *option),
			  void *user)
{
	for (const struct duet_hub_config_section *one = duet_hub_config_sections; one->name; one++)
		for (const struct duet_option *option = one->options; option->name; option++)
			each(user, one->name, option);
}

/* Words of a comment, wrapped. */
static void write_comment(FILE *out, const char *indent, const char *text)
{
	size_t column = 0;

	while (*text) {
		size_t len = strcspn(text, " ");

		if (column && column + 1 + len > COMMENT_WIDTH) {
			putc('\n', out);
			column = 0;
		}
		column += (size_t)fprintf(out, "%s%s%.*s", column ? "" : indent, column ? " " : "# ",
					  (int)len, text);
		text += len + (text[len] == ' ');
	}
	putc('\n', out);
}

static const char *value_of(const struct duet_hub_setting *settings, const char *section,
			    const struct duet_option *option)
{
	char name[128];

	snprintf(name, sizeof(name), "%s%s%s", section, section[0] ? "." : "", option->name);
	for (; settings && settings->name; settings++)
		if (strcmp(settings->name, name) == 0)
			return settings->value;
	return option->fallback ? option->fallback : "";
}

static void write_option(FILE *out, const char *section, const struct duet_option *option,
			 const struct duet_hub_setting *settings)
{
	const char *indent = section[0] ? "  " : "";
	const char *value = value_of(settings, section, option);
	bool is_text = option->type == DUET_OPTION_TEXT || option->type == DUET_OPTION_PATH ||
		       option->type == DUET_OPTION_CHOICE;

	write_comment(out, indent, option->help);
	if (is_text)
		fprintf(out, "%s%s: \"%s\"\n", indent, option->name, value);
	else
		fprintf(out, "%s%s: %s\n", indent, option->name, value);
}

void duet_hub_config_write(FILE *out, const struct duet_hub_setting *settings)
{
	write_comment(
		out, "",
		"The configuration of this hub. What is left out keeps its default; all that stands here "
		"after `init`, but for hostname and id_scope, is the default. Durations are written 300ms, "
		"5s, 10min, 2h, 7d. `duet-hub "
		"run` reads it when it starts.");
	for (const struct duet_hub_config_section *one = duet_hub_config_sections; one->name; one++) {
		putc('\n', out);
		if (one->help)
			write_comment(out, "", one->help);
		if (one->name[0])
			fprintf(out, "%s:\n", one->name);
		for (const struct duet_option *option = one->options; option->name; option++)
			write_option(out, one->name, option, settings);
	}
}
