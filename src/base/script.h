/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_BASE_SCRIPT_H
#define DUET_BASE_SCRIPT_H

#include "base/option.h"

/*
 * What scripted engines replay: a YAML list, each item a map that an option
 * table describes, or one plain value, short for the table's first field.
 * Paths stand on the folder of the file that they are written in.
 */

/* Reads `list` (NULL: no items) into an array of structures of `item_size` bytes in the arena. */
int duet_script_items(const struct duet_option *options, size_t item_size, const struct duet_yaml *yaml,
		      const struct duet_yaml_node *list, struct duet_arena *arena, void *items,
		      size_t *n_items, struct duet_error *error);

/* The same from the list that is the file `path` (NULL: no items). */
int duet_script_load(const struct duet_option *options, size_t item_size, const char *path,
		     struct duet_arena *arena, void *items, size_t *n_items, struct duet_error *error);

#endif
