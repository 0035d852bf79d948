/* SPDX-License-Identifier: Apache-2.0 */
#include "base/option.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/text.h"

enum { MAX_NAMES = 128, MAX_PATH_BYTES = 4096 };

/* One value on its way from text into a field. */
struct setting {
	const struct duet_option *option;
	void *field;
	const char *dir;
	struct duet_arena *arena;
	struct duet_error *error;
};

static int refuse(const struct setting *setting, const char *text, const char *expected)
{
	return duet_error_set(setting->error, -EINVAL, "%s: \"%.80s\" is not %s", setting->option->name, text,
			      expected);
}

static int fail_memory(const struct setting *setting)
{
	return duet_error_set(setting->error, -ENOMEM, "out of memory");
}

/* Both bounds 0 means: any. */
static int check_range(const struct setting *setting, double value, double unit)
{
	const struct duet_option *option = setting->option;

	if ((option->min == 0 && option->max == 0) || (value >= option->min && value <= option->max))
		return 0;
	return duet_error_set(setting->error, -ERANGE, "%s: %g is out of range (%g to %g)", option->name,
			      value / unit, option->min / unit, option->max / unit);
}

static int set_bool(const struct setting *setting, const char *text)
{
	static const struct {
		const char *word;
		bool value;
	} words[] = {{"true", true},   {"yes", true}, {"on", true},
		     {"false", false}, {"no", false}, {"off", false}};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcasecmp(text, words[i].word) == 0) {
			*(bool *)setting->field = words[i].value;
			return 0;
		}
	return refuse(setting, text, "true or false");
}

static int set_int(const struct setting *setting, const char *text)
{
	char *end;
	long value;
	int code;

	errno = 0;
	value = strtol(text, &end, 10);
	if (end == text || *end || errno || value < INT_MIN || value > INT_MAX)
		return refuse(setting, text, "a whole number");
	code = check_range(setting, (double)value, 1);
	if (code == 0)
		*(int *)setting->field = (int)value;
	return code;
}

/* A decimal number at the start of `text`, without strtod's inf, nan, hexadecimal and locale. */
static bool read_decimal(const char *text, double *value, const char **end)
{
	double sign = *text == '-' ? -1 : 1, scale = 1, number = 0;
	const char *at = text + (*text == '-' || *text == '+'), *digits = at;
	int n_points = 0;

	for (; (*at >= '0' && *at <= '9') || (*at == '.' && n_points == 0); at++) {
		if (*at == '.') {
			n_points++;
			continue;
		}
		number = number * 10 + (*at - '0');
		scale *= n_points ? 10 : 1;
	}
	*value = sign * number / scale;
	*end = at;
	return at - digits > n_points && at - digits < 64;
}

static int set_number(const struct setting *setting, const char *text)
{
	const char *end;
	double value;
	int code;

	if (!read_decimal(text, &value, &end) || *end)
		return refuse(setting, text, "a number");
	code = check_range(setting, value, 1);
	if (code == 0)
		*(double *)setting->field = value;
	return code;
}

static const struct {
	const char *unit;
	int ms;
} units[] = {{"d", 86400000}, {"h", 3600000}, {"min", 60000}, {"s", 1000}, {"ms", 1}};

static int set_duration(const struct setting *setting, const char *text)
{
	const char *unit;
	double value;
	int scale = 0, code;

	if (!read_decimal(text, &value, &unit))
		return refuse(setting, text, "a duration such as 300ms, 5s, 10min or 2h");
	unit += strspn(unit, " ");
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (strcmp(unit, units[i].unit) == 0)
			scale = units[i].ms;
	if (*unit == '\0' && value == 0)
		scale = 1;
	value *= scale;
	if (scale == 0 || value < 0 || value > INT_MAX)
		return refuse(setting, text, "a duration such as 300ms, 5s, 10min or 2h");
	code = check_range(setting, value, scale);
	if (code == 0)
		*(int *)setting->field = (int)(value + 0.5);
	return code;
}

static int set_choice(const struct setting *setting, const char *text)
{
	const char *const *choices = setting->option->choices;
	const char *nearest = duet_text_nearest(text, choices);
	char all[160] = "";
	size_t len = 0;

	for (int i = 0; choices[i]; i++) {
		if (strcmp(text, choices[i]) == 0) {
			*(int *)setting->field = i;
			return 0;
		}
		if (len < sizeof(all))
			len += (size_t)snprintf(all + len, sizeof(all) - len, "%s%s", i ? ", " : "",
						choices[i]);
	}
	refuse(setting, text, "one of the choices");
	if (nearest)
		duet_error_hint(setting->error, "did you mean \"%s\"? The choices: %s", nearest, all);
	else
		duet_error_hint(setting->error, "the choices: %s", all);
	return -EINVAL;
}

static int set_text(const struct setting *setting, const char *text)
{
	const char *copy = duet_arena_copy(setting->arena, duet_slice(text));

	if (!copy)
		return fail_memory(setting);
	*(const char **)setting->field = copy;
	return 0;
}

/* "a/b" on "/etc/duet" gives "/etc/duet/a/b"; "~/x" stands in the person's own folder; "" stays "". */
static const char *absolute(const struct setting *setting, const char *path)
{
	char here[MAX_PATH_BYTES] = "";
	const char *home = getenv("HOME");
	const char *dir = setting->dir ? setting->dir : ".";

	if (path[0] == '~' && path[1] == '/' && home)
		return duet_arena_printf(setting->arena, "%s%s", home, path + 1);
	if (path[0] == '/' || path[0] == '\0' || strcmp(path, "-") == 0) /* - : standard input */
		return duet_arena_copy(setting->arena, duet_slice(path));
	if (dir[0] == '/')
		return duet_arena_printf(setting->arena, "%s/%s", dir, path);
	if (!getcwd(here, sizeof(here)))
		return NULL;
	return duet_arena_printf(setting->arena, "%s/%s/%s", here, dir, path);
}

static int set_path(const struct setting *setting, const char *text)
{
	const char *path = absolute(setting, text);

	if (!path)
		return fail_memory(setting);
	*(const char **)setting->field = path;
	return 0;
}

/* Texts and paths are first collected as plain texts and then made what they are. */
static int set_items(const struct setting *setting, const char **items, size_t n_items)
{
	struct duet_texts *texts = setting->field;

	if (setting->option->type == DUET_OPTION_PATHS)
		for (size_t i = 0; i < n_items; i++) {
			items[i] = absolute(setting, items[i]);
			if (!items[i])
				return fail_memory(setting);
		}
	*texts = (struct duet_texts){items, n_items};
	return 0;
}

/* "a, b" as on a command line. */
static int set_texts(const struct setting *setting, const char *text)
{
	size_t n_items = 0, max = 1;
	const char **items;

	for (const char *comma = strchr(text, ','); comma; comma = strchr(comma + 1, ','))
		max++;
	items = duet_arena_alloc(setting->arena, max * sizeof(*items));
	if (!items)
		return fail_memory(setting);
	while (*text) {
		struct duet_slice item = {text, strcspn(text, ",")};

		text += item.len + (text[item.len] == ',');
		for (; item.len && *item.ptr == ' '; item.len--)
			item.ptr++;
		while (item.len && item.ptr[item.len - 1] == ' ')
			item.len--;
		items[n_items] = duet_arena_copy(setting->arena, item);
		if (!items[n_items++])
			return fail_memory(setting);
	}
	return set_items(setting, items, n_items);
}

static size_t format_bool(const struct duet_option *option, const void *field, char *text, size_t size)
{
	return (size_t)snprintf(text, size, "%s", *(const bool *)field ? "true" : "false");
}

static size_t format_int(const struct duet_option *option, const void *field, char *text, size_t size)
{
	return (size_t)snprintf(text, size, "%d", *(const int *)field);
}

static size_t format_number(const struct duet_option *option, const void *field, char *text, size_t size)
{
	return (size_t)snprintf(text, size, "%.10g", *(const double *)field);
}

static size_t format_text(const struct duet_option *option, const void *field, char *text, size_t size)
{
	const char *value = *(const char *const *)field;

	return (size_t)snprintf(text, size, "%s", value ? value : "");
}

static size_t format_texts(const struct duet_option *option, const void *field, char *text, size_t size)
{
	const struct duet_texts *texts = field;
	size_t len = 0;

	text[0] = '\0';
	for (size_t i = 0; i < texts->n_items && len < size; i++)
		len += (size_t)snprintf(text + len, size - len, "%s%s", i ? ", " : "", texts->items[i]);
	return len;
}

static size_t format_choice(const struct duet_option *option, const void *field, char *text, size_t size)
{
	return (size_t)snprintf(text, size, "%s", option->choices[*(const int *)field]);
}

static size_t format_duration(const struct duet_option *option, const void *field, char *text, size_t size)
{
	int ms = *(const int *)field;
	size_t i = 0;

	while (units[i].ms > 1 && (ms == 0 || ms % units[i].ms))
		i++;
	return (size_t)snprintf(text, size, "%d%s", ms / units[i].ms, units[i].unit);
}

static const struct {
	int (*set)(const struct setting *setting, const char *text);
	size_t (*format)(const struct duet_option *option, const void *field, char *text, size_t size);
	bool is_list;
} types[] = {
	[DUET_OPTION_BOOL] = {set_bool, format_bool, false},
	[DUET_OPTION_INT] = {set_int, format_int, false},
	[DUET_OPTION_NUMBER] = {set_number, format_number, false},
	[DUET_OPTION_TEXT] = {set_text, format_text, false},
	[DUET_OPTION_PATH] = {set_path, format_text, false},
	[DUET_OPTION_TEXTS] = {set_texts, format_texts, true},
	[DUET_OPTION_PATHS] = {set_texts, format_texts, true},
	[DUET_OPTION_CHOICE] = {set_choice, format_choice, false},
	[DUET_OPTION_DURATION] = {set_duration, format_duration, false},
};

int duet_option_set(const struct duet_option *option, void *into, const char *text, const char *dir,
		    struct duet_arena *arena, struct duet_error *error)
{
	struct setting setting = {option, (char *)into + option->offset, dir, arena, error};

	return types[option->type].set(&setting, text);
}

int duet_option_format(const struct duet_option *option, const void *from, char *text, size_t size)
{
	const void *field = (const char *)from + option->offset;

	if (size == 0)
		return -ENOSPC;
	return types[option->type].format(option, field, text, size) < size ? 0 : -ENOSPC;
}

int duet_options_default(const struct duet_option *options, void *into, const char *dir,
			 struct duet_arena *arena, struct duet_error *error)
{
	for (const struct duet_option *option = options; option && option->name; option++) {
		int code = 0;

		if (option->fallback)
			code = duet_option_set(option, into, option->fallback, dir, arena, error);
		if (code < 0)
			return code == -ENOMEM ? code : -EINVAL;
	}
	return 0;
}

static bool is_null(const struct duet_yaml_node *node)
{
	return node->kind == DUET_YAML_SCALAR && !node->quoted &&
	       (node->text[0] == '\0' || strcmp(node->text, "~") == 0 || strcmp(node->text, "null") == 0);
}

static int fail_kind(const struct setting *setting, const struct duet_yaml_node *node)
{
	static const char *const kinds[] = {
		[DUET_YAML_SCALAR] = "one value", [DUET_YAML_LIST] = "a list", [DUET_YAML_MAP] = "a map"};

	return duet_error_set(setting->error, -EINVAL, "%s: %s stands here where %s is expected",
			      setting->option->name, kinds[node->kind],
			      types[setting->option->type].is_list ? "a list of values" : "one value");
}

static int set_list(const struct setting *setting, const struct duet_yaml_node *list,
		    const struct duet_yaml_node **blame)
{
	const char **items = duet_arena_alloc(setting->arena, list->n_children * sizeof(*items) + 1);
	size_t n_items = 0;

	if (!items)
		return fail_memory(setting);
	for (const struct duet_yaml_node *item = list->first; item; item = item->next) {
		*blame = item;
		if (item->kind != DUET_YAML_SCALAR)
			return fail_kind(setting, item);
		items[n_items] =
			duet_arena_copy(setting->arena, (struct duet_slice){item->text, item->text_len});
		if (!items[n_items++])
			return fail_memory(setting);
	}
	return set_items(setting, items, n_items);
}

/* A member without a value ("microphone:") leaves the default. */
static int set_node(const struct setting *setting, const struct duet_yaml_node *node,
		    const struct duet_yaml_node **blame)
{
	*blame = node;
	if (is_null(node))
		return 0;
	if (node->kind == DUET_YAML_LIST && types[setting->option->type].is_list)
		return set_list(setting, node, blame);
	if (node->kind != DUET_YAML_SCALAR)
		return fail_kind(setting, node);
	return types[setting->option->type].set(setting, node->text);
}

static const struct duet_option *find(const struct duet_option *options, const char *name)
{
	for (; options && options->name; options++)
		if (strcmp(options->name, name) == 0)
			return options;
	return NULL;
}

static bool is_among(const char *const *names, const char *name)
{
	for (; names && *names; names++)
		if (strcmp(*names, name) == 0)
			return true;
	return false;
}

static int fail_unknown(const struct duet_option *options, const char *const *also, const char *name,
			struct duet_error *error)
{
	const char *names[MAX_NAMES + 1] = {NULL};
	const char *nearest;
	size_t n = 0;

	for (; options && options->name && n < MAX_NAMES; options++)
		names[n++] = options->name;
	for (; also && *also && n < MAX_NAMES; also++)
		names[n++] = *also;
	nearest = duet_text_nearest(name, names);
	duet_error_set(error, -EINVAL, "\"%.80s\" is not known here", name);
	if (nearest)
		duet_error_hint(error, "did you mean \"%s\"?", nearest);
	return -EINVAL;
}

int duet_options_read(const struct duet_option *options, void *into, const char *const *also,
		      const struct duet_yaml *yaml, const struct duet_yaml_node *map, const char *dir,
		      struct duet_arena *arena, struct duet_error *error)
{
	const struct duet_yaml_node *blame = map;
	int code = 0;

	if (!map || is_null(map))
		return 0;
	if (map->kind != DUET_YAML_MAP)
		code = duet_error_set(error, -EINVAL, "a map of names and values is expected here");
	for (const struct duet_yaml_node *member = map->first; member && code == 0; member = member->next) {
		const struct duet_option *option = find(options, member->key->text);
		struct setting setting = {option, NULL, dir, arena, error};

		blame = member->key;
		if (option) {
			setting.field = (char *)into + option->offset;
			code = set_node(&setting, member, &blame);
		} else if (!is_among(also, member->key->text)) {
			code = fail_unknown(options, also, member->key->text, error);
		}
	}
	if (code < 0)
		duet_error_at(error, duet_yaml_name(yaml), blame->line, blame->column);
	return code;
}
