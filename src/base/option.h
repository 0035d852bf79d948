/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_BASE_OPTION_H
#define DUET_BASE_OPTION_H

#include "base/arena.h"
#include "base/yaml.h"
#include "duet/error.h"
#include "duet/option.h"

/* Reading, describing and checking option tables (duet/option.h). */

/* Sets every field to its default. `dir` is what relative paths stand on. 0, -ENOMEM or -EINVAL (a table's
 * own mistake). */
int duet_options_default(const struct duet_option *options, void *into, const char *dir,
			 struct duet_arena *arena, struct duet_error *error);

/* Reads the members of `map` that the table names. A member that neither the table nor `also`
 * (NULL-terminated names, or NULL) knows is an error with file, line, column and the nearest right name. */
int duet_options_read(const struct duet_option *options, void *into, const char *const *also,
		      const struct duet_yaml *yaml, const struct duet_yaml_node *map, const char *dir,
		      struct duet_arena *arena, struct duet_error *error);

/* One field from a text, as on a command line ("--set audio.engine=file"). */
int duet_option_set(const struct duet_option *option, void *into, const char *text, const char *dir,
		    struct duet_arena *arena, struct duet_error *error);

/* "true", "300ms", "energy": the field's value as a person would write it. */
int duet_option_format(const struct duet_option *option, const void *from, char *text, size_t size);

#endif
