/* SPDX-License-Identifier: Apache-2.0 */
#include "base/script.h"

#include <errno.h>

/* Paths in a script stand on the script's own folder. */
static const char *folder_of(const char *path, struct duet_arena *arena)
{
	const char *slash = strrchr(path, '/');

	return slash ? duet_arena_printf(arena, "%.*s", slash == path ? 1 : (int)(slash - path), path) : ".";
}

static int read_item(const struct duet_option *options, void *item, const struct duet_yaml *yaml,
		     const struct duet_yaml_node *node, struct duet_arena *arena, struct duet_error *error)
{
	const char *dir = folder_of(duet_yaml_name(yaml), arena);
	int code = dir ? duet_options_default(options, item, dir, arena, error)
		       : duet_error_set(error, -ENOMEM, "out of memory");

	if (code < 0 || node->kind != DUET_YAML_SCALAR)
		return code < 0 ? code
				: duet_options_read(options, item, NULL, yaml, node, dir, arena, error);
	code = duet_option_set(&options[0], item, node->text, dir, arena, error);
	if (code < 0)
		duet_error_at(error, duet_yaml_name(yaml), node->line, node->column);
	return code;
}

int duet_script_items(const struct duet_option *options, size_t item_size, const struct duet_yaml *yaml,
		      const struct duet_yaml_node *list, struct duet_arena *arena, void *items,
		      size_t *n_items, struct duet_error *error)
{
	char *made, *item;

	*(void **)items = NULL;
	*n_items = 0;
	if (!list)
		return 0;
	if (list->kind != DUET_YAML_LIST) {
		duet_error_set(error, -EINVAL, "a list is expected here");
		duet_error_at(error, duet_yaml_name(yaml), list->line, list->column);
		return -EINVAL;
	}
	made = duet_arena_alloc(arena, list->n_children * item_size + 1);
	if (!made)
		return duet_error_set(error, -ENOMEM, "out of memory");
	item = made;
	for (const struct duet_yaml_node *node = list->first; node; node = node->next, item += item_size) {
		int code = read_item(options, item, yaml, node, arena, error);

		if (code < 0)
			return code;
	}
	*(void **)items = made;
	*n_items = list->n_children;
	return 0;
}

int duet_script_load(const struct duet_option *options, size_t item_size, const char *path,
		     struct duet_arena *arena, void *items, size_t *n_items, struct duet_error *error)
{
	struct duet_yaml *yaml;
	int code;

	*(void **)items = NULL;
	*n_items = 0;
	if (!path)
		return 0;
	code = duet_yaml_load(&yaml, path, error);
	if (code < 0)
		return code;
	code = duet_script_items(options, item_size, yaml, duet_yaml_root(yaml), arena, items, n_items,
				 error);
	duet_yaml_free(yaml);
	return code;
}
