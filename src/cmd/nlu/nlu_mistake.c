/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/nlu/nlu_mistake.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/text.h"

enum { MAX_FILE_BYTES = 64 << 20, MAX_COLUMNS = 100 };

static struct duet_slice line_of(const char *bytes, int number)
{
	for (; number > 1 && bytes; number--) {
		bytes = strchr(bytes, '\n');
		bytes = bytes ? bytes + 1 : NULL;
	}
	return (struct duet_slice){bytes, bytes ? strcspn(bytes, "\r\n") : 0};
}

/* The whole line, or what stands around the place in one that is very long. */
static void print_line(struct duet_slice line, int column)
{
	struct duet_slice rest = line, begin = line;

	for (int n = 1; n < column && rest.len; n++) {
		if (n == column - MAX_COLUMNS)
			begin = rest;
		duet_text_next(&rest);
	}
	line = (struct duet_slice){begin.ptr, line.len - (size_t)(begin.ptr - line.ptr)};
	begin.len = (size_t)(rest.ptr - begin.ptr);
	for (int n = 0; n < MAX_COLUMNS && rest.len; n++)
		duet_text_next(&rest);
	line.len -= rest.len;
	fprintf(stderr, "  %.*s\n  %*s^\n", (int)line.len, line.ptr, duet_text_width(begin), "");
}

void nlu_mistake_print(const struct duet_error *mistake)
{
	bool colour = isatty(STDERR_FILENO);
	char text[900], *bytes = NULL;
	struct duet_slice line;
	size_t n_bytes;

	duet_error_format(mistake, text, sizeof(text));
	fprintf(stderr, "%s%s%s%s\n",
		!colour         ? ""
		: mistake->code ? "\x1b[31m"
				: "\x1b[33m",
		mistake->code ? "" : "warning: ", text, colour ? "\x1b[0m" : "");
	if (mistake->line <= 0 || mistake->column <= 0 ||
	    duet_file_read(mistake->file, MAX_FILE_BYTES, &bytes, &n_bytes, NULL) < 0)
		return;
	line = line_of(bytes, mistake->line);
	if (line.ptr)
		print_line(line, mistake->column);
	duet_free(bytes);
}
