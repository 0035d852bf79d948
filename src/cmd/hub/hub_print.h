/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_CMD_HUB_PRINT_H
#define DUET_CMD_HUB_PRINT_H

#include <jansson.h>
#include <stddef.h>
#include <stdio.h>

/* What a person sees of JSON: indented and, on a terminal, in colours; or a table. */
void duet_hub_print_json(FILE *out, const json_t *json);

/* On one line, for scripts and streams. */
void duet_hub_print_line(FILE *out, const json_t *json);

struct duet_hub_column {
	const char *title;
	const char *path; /* "status", "authentication.type": members down */
};

/* An array of objects; the columns are as wide as what stands in them. */
void duet_hub_print_table(FILE *out, const json_t *rows, const struct duet_hub_column *columns,
			  size_t n_columns);

/* "" when not on a terminal. */
const char *duet_hub_colour(FILE *out, const char *code);

/* A member's member … as text for a person, in `text`. */
const char *duet_hub_member_text(const json_t *object, const char *path, char *text, size_t size);

#endif
