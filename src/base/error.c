/* SPDX-License-Identifier: Apache-2.0 */
#include "duet/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int duet_error_set(struct duet_error *error, int code, const char *format, ...)
{
	va_list args;

	if (!error)
		return code;
	memset(error, 0, sizeof(*error));
	error->code = code;
	va_start(args, format);
	vsnprintf(error->what, sizeof(error->what), format, args);
	va_end(args);
	return code;
}

void duet_error_at(struct duet_error *error, const char *file, int line, int column)
{
	if (!error)
		return;
	snprintf(error->file, sizeof(error->file), "%s", file ? file : "");
	error->line = line;
	error->column = column;
}

void duet_error_hint(struct duet_error *error, const char *format, ...)
{
	va_list args;

	if (!error)
		return;
	va_start(args, format);
	vsnprintf(error->hint, sizeof(error->hint), format, args);
	va_end(args);
}

int duet_error_format(const struct duet_error *error, char *text, unsigned long size)
{
	char place[320] = "";
	const char *open = error->hint[0] ? " (" : "", *close = error->hint[0] ? ")" : "";

	if (error->file[0] && error->line)
		snprintf(place, sizeof(place), "%s:%d:%d: ", error->file, error->line, error->column);
	else if (error->file[0])
		snprintf(place, sizeof(place), "%s: ", error->file);
	return snprintf(text, size, "%s%s%s%s%s", place, error->what, open, error->hint, close);
}
