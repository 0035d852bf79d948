/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "cmd/command.h"

#define LINE 96 /* columns of a help text */

/* Words wrapped at the line's end; `indent` columns stand before every further line, `at` columns are used
 * already. */
static void print_wrapped(FILE *out, const char *text, int indent, int at)
{
	while (*text) {
		size_t length = strcspn(text, " \n");
		int width = duet_text_width((struct duet_slice){text, length});

		if (at > indent && at + 1 + width > LINE) {
			fprintf(out, "\n%*s", indent, "");
			at = indent;
		}
		at += fprintf(out, "%s", at > indent ? " " : "") + width;
		fwrite(text, 1, length, out);
		text += length;
		if (*text == '\n') {
			fprintf(out, "\n%*s", indent, "");
			at = indent;
		}
		text += *text ? 1 : 0;
	}
	putc('\n', out);
}

/* "  name        what it is" */
static void print_row(FILE *out, const char *name, const char *text)
{
	int column = 26, width = duet_text_width(duet_slice(name));

	fprintf(out, "  %s", name);
	if (width > column - 4)
		fprintf(out, "\n%*s", column, "");
	else
		fprintf(out, "%*s", column - 2 - width, "");
	print_wrapped(out, text, column, column);
}

static void heading(FILE *out, const char *text)
{
	bool colour = isatty(fileno(out));

	fprintf(out, "\n%s%s%s\n", colour ? "\033[1m" : "", text, colour ? "\033[0m" : "");
}

static void print_choices(char *text, size_t size, const char *const *choices)
{
	for (size_t i = 0; choices && choices[i]; i++) {
		size_t used = strlen(text);

		snprintf(text + used, size - used, "%s%s", i ? ", " : ": ", choices[i]);
	}
}

static void print_flag(FILE *out, const struct duet_flag *flag)
{
	char name[96], text[512];

	snprintf(name, sizeof(name), "%c%c%s --%s%s%s", flag->letter ? '-' : ' ',
		 flag->letter ? flag->letter : ' ', flag->letter ? "," : " ", flag->option.name,
		 flag->value ? " " : "", flag->value ? flag->value : "");
	snprintf(text, sizeof(text), "%s", flag->option.help);
	print_choices(text, sizeof(text), flag->option.choices);
	if (flag->value && flag->option.fallback) {
		size_t used = strlen(text);

		snprintf(text + used, sizeof(text) - used, " (default %s)", flag->option.fallback);
	}
	print_row(out, name, text);
}

void duet_command_help(FILE *out, const struct duet_command *command, const char *program)
{
	fprintf(out, "usage: %s%s%s%s%s\n\n", program, command->flags ? " [option …]" : "",
		command->commands ? " COMMAND …" : "", command->arguments ? " " : "",
		command->arguments ? command->arguments : "");
	print_wrapped(out, command->description ? command->description : command->summary, 0, 0);
	if (command->commands)
		heading(out, "Commands");
	for (const struct duet_command *const *each = command->commands; each && *each; each++)
		print_row(out, (*each)->name, (*each)->summary);
	heading(out, "Options");
	for (const struct duet_flag *flag = command->flags; flag && flag->option.name; flag++)
		print_flag(out, flag);
	print_row(out, "-h, --help", "This text");
	heading(out, "Exit codes");
	fputs("  0 done   1 the thing asked for failed   2 usage   3 configuration\n", out);
}
