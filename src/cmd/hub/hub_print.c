/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/hub/hub_print.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"

enum { MAX_COLUMNS = 12, CELL_SIZE = 160, DUMP = JSON_ENCODE_ANY | JSON_REAL_PRECISION(15) };

const char *duet_hub_colour(FILE *out, const char *code)
{
	return isatty(fileno(out)) ? code : "";
}

static void print_scalar(FILE *out, const json_t *json)
{
	char *text = json_dumps(json, JSON_COMPACT | DUMP);
	const char *colour = json_is_string(json)   ? "\033[32m"
			     : json_is_number(json) ? "\033[36m"
						    : "\033[35m";

	fprintf(out, "%s%s%s", duet_hub_colour(out, colour), text ? text : "",
		duet_hub_colour(out, "\033[0m"));
	free(text);
}

static void print_value(FILE *out, const json_t *json, int depth);

static void print_object(FILE *out, const json_t *json, int depth)
{
	const char *key, *comma = "";
	json_t *value;

	fputc('{', out);
	json_object_foreach((json_t *)(uintptr_t)json, key, value)
	{
		json_t *name = json_string(key);
		char *text = name ? json_dumps(name, JSON_ENCODE_ANY) : NULL;

		fprintf(out, "%s\n%*s%s%s%s: ", comma, depth * 2 + 2, "", duet_hub_colour(out, "\033[1m"),
			text ? text : "", duet_hub_colour(out, "\033[0m"));
		print_value(out, value, depth + 1);
		comma = ",";
		free(text);
		json_decref(name);
	}
	fprintf(out, "\n%*s}", depth * 2, "");
}

static void print_array(FILE *out, const json_t *json, int depth)
{
	fputc('[', out);
	for (size_t i = 0; i < json_array_size(json); i++) {
		fprintf(out, "%s\n%*s", i ? "," : "", depth * 2 + 2, "");
		print_value(out, json_array_get(json, i), depth + 1);
	}
	fprintf(out, "\n%*s]", depth * 2, "");
}

static void print_value(FILE *out, const json_t *json, int depth)
{
	if (json_is_object(json) && json_object_size(json) > 0)
		print_object(out, json, depth);
	else if (json_is_array(json) && json_array_size(json) > 0)
		print_array(out, json, depth);
	else
		print_scalar(out, json);
}

void duet_hub_print_json(FILE *out, const json_t *json)
{
	print_value(out, json, 0);
	fputc('\n', out);
}

void duet_hub_print_line(FILE *out, const json_t *json)
{
	json_dumpf(json, out, JSON_COMPACT | DUMP);
	fputc('\n', out);
}

static const json_t *member(const json_t *object, const char *path)
{
	char name[64];

	while (object && *path) {
		size_t len = strcspn(path, ".");

		snprintf(name, sizeof(name), "%.*s", (int)len, path);
		object = json_object_get(object, name);
		path += len + (path[len] == '.');
	}
	return object;
}

const char *duet_hub_member_text(const json_t *object, const char *path, char *text, size_t size)
{
	const json_t *value = member(object, path);
	char *dump;

	text[0] = '\0';
	if (!value || json_is_null(value))
		return text;
	if (json_is_string(value)) {
		snprintf(text, size, "%s", json_string_value(value));
		return text;
	}
	dump = json_dumps(value, JSON_COMPACT | DUMP);
	snprintf(text, size, "%s", dump ? dump : "");
	free(dump);
	return text;
}

static int width(const char *text)
{
	return duet_text_width(duet_slice(text));
}

static void print_cell(FILE *out, const char *text, int columns, bool last)
{
	fprintf(out, "%s%*s", text, last ? 0 : columns - width(text) + 2, "");
}

void duet_hub_print_table(FILE *out, const json_t *rows, const struct duet_hub_column *columns,
			  size_t n_columns)
{
	int widths[MAX_COLUMNS] = {0};
	char text[CELL_SIZE];

	for (size_t c = 0; c < n_columns; c++) {
		widths[c] = width(columns[c].title);
		for (size_t r = 0; r < json_array_size(rows); r++) {
			int n = width(duet_hub_member_text(json_array_get(rows, r), columns[c].path, text,
							   sizeof(text)));

			widths[c] = n > widths[c] ? n : widths[c];
		}
	}
	fputs(duet_hub_colour(out, "\033[1m"), out);
	for (size_t c = 0; c < n_columns; c++)
		print_cell(out, columns[c].title, widths[c], c + 1 == n_columns);
	fprintf(out, "%s\n", duet_hub_colour(out, "\033[0m"));
	for (size_t r = 0; r < json_array_size(rows); r++) {
		for (size_t c = 0; c < n_columns; c++)
			print_cell(out,
				   duet_hub_member_text(json_array_get(rows, r), columns[c].path, text,
							sizeof(text)),
				   widths[c], c + 1 == n_columns);
		fputc('\n', out);
	}
}
