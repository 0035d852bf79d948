/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/script.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/option.h"
#include "base/yaml.h"

enum { MAX_DEPTH = 4 };

static const struct duet_option line_options[] = {
	{"voice", DUET_OPTION_TEXT, offsetof(struct script_line, voice), NULL, "Who asks: ENGINE:VOICE", NULL,
	 0, 0},
	{"ask", DUET_OPTION_TEXT, offsetof(struct script_line, ask), NULL, "What is asked", NULL, 0, 0},
	{"wait", DUET_OPTION_DURATION, offsetof(struct script_line, wait_ms), "6s",
	 "How long the asker listens", NULL, 0, 60000},
	{0},
};

/* A YAML value as JSON: numbers and truth values where they are not in quotes. */
static json_t *to_json(const struct duet_yaml_node *node, int depth)
{
	json_t *map;
	char *end;
	double number;

	if (node->kind == DUET_YAML_SCALAR) {
		number = strtod(node->text, &end);
		if (!node->quoted && end != node->text && !*end)
			return json_real(number);
		if (!node->quoted && strcmp(node->text, "true") == 0)
			return json_true();
		return json_string(node->text);
	}
	map = json_object();
	for (const struct duet_yaml_node *each = node->first; map && each && depth < MAX_DEPTH;
	     each = each->next)
		if (each->key)
			json_object_set_new(map, each->key->text, to_json(each, depth + 1));
	return map;
}

static int read_line(struct script_line *line, const struct duet_yaml *yaml,
		     const struct duet_yaml_node *node, struct duet_arena *arena, struct duet_error *error)
{
	static const char *const also[] = {"expect", NULL};
	const struct duet_yaml_node *expect = duet_yaml_get(node, "expect");
	int result = duet_options_default(line_options, line, ".", arena, error);

	if (result == 0)
		result = duet_options_read(line_options, line, also, yaml, node, ".", arena, error);
	if (result < 0)
		return result;
	if (!line->ask || !line->voice || !expect) {
		duet_error_set(error, -EINVAL, "a line needs voice, ask and expect");
		duet_error_at(error, duet_yaml_name(yaml), node->line, node->column);
		return -EINVAL;
	}
	line->expect = to_json(expect, 0);
	return line->expect ? 0 : duet_error_set(error, -ENOMEM, "out of memory");
}

static int read_lines(struct script *script, const struct duet_yaml *yaml, struct duet_arena *arena,
		      struct duet_error *error)
{
	const struct duet_yaml_node *root = duet_yaml_root(yaml);

	if (!root || root->kind != DUET_YAML_LIST || !root->first)
		return duet_error_set(error, -EINVAL, "%s is no list of what is asked", duet_yaml_name(yaml));
	script->lines = duet_arena_alloc(arena, root->n_children * sizeof(*script->lines));
	if (!script->lines)
		return duet_error_set(error, -ENOMEM, "out of memory");
	for (const struct duet_yaml_node *each = root->first; each; each = each->next) {
		int result = read_line(&script->lines[script->n_lines++], yaml, each, arena, error);

		if (result < 0)
			return result;
	}
	return 0;
}

int script_load(struct script *script, const char *path, struct duet_arena *arena, struct duet_error *error)
{
	struct duet_yaml *yaml;
	int result = duet_yaml_load(&yaml, path, error);

	*script = (struct script){0};
	if (result < 0)
		return result;
	result = read_lines(script, yaml, arena, error);
	duet_yaml_free(yaml);
	if (result < 0)
		script_done(script);
	return result;
}

void script_done(struct script *script)
{
	for (size_t i = 0; i < script->n_lines; i++)
		json_decref(script->lines[i].expect);
	*script = (struct script){0};
}

static bool same(const json_t *wanted, const json_t *got)
{
	if (json_is_number(wanted))
		return json_is_number(got) && fabs(json_number_value(wanted) - json_number_value(got)) < 1e-9;
	return json_equal(wanted, got);
}

/* A slot is {text, value} or the value alone. */
static const json_t *slot_value(const json_t *slot)
{
	const json_t *value = json_object_get(slot, "value");

	return value ? value : slot;
}

const char *script_differs(const struct script_line *line, const json_t *turn)
{
	const json_t *slots = json_object_get(line->expect, "slots"), *wanted;
	json_t *slot_map = json_object_get(line->expect, "slots");
	const char *key;

	json_object_foreach(line->expect, key, wanted)
	{
		if (wanted != slots && !same(wanted, json_object_get(turn, key)))
			return key;
	}
	json_object_foreach(slot_map, key, wanted)
	{
		if (!same(wanted, slot_value(json_object_get(json_object_get(turn, "slots"), key))))
			return key;
	}
	return NULL;
}
