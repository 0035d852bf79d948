/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/command.h"

#include <ctype.h>

/* The manual page in mdoc, from the same rows as --help. */

/* Text of ours within mdoc: a point or apostrophe at a line's beginning and backslashes mean something to it.
 */
static void print_text(FILE *out, const char *text)
{
	bool begins = true, ends = false; /* a line, a sentence: mdoc wants each on a line of its own */

	for (; *text; text++) {
		if (begins && (*text == '.' || *text == '\''))
			fputs("\\&", out);
		if (*text == '\\')
			fputs("\\e", out);
		else
			putc(*text == ' ' && ends ? '\n' : *text, out);
		begins = *text == '\n' || (*text == ' ' && ends);
		ends = *text == '.';
	}
	putc('\n', out);
}

static void print_flag(FILE *out, const struct duet_flag *flag)
{
	fprintf(out, ".It ");
	if (flag->letter)
		fprintf(out, "Fl %c , ", flag->letter);
	fprintf(out, "Fl Fl %s", flag->option.name);
	if (flag->value)
		fprintf(out, " Ar %s", flag->value);
	putc('\n', out);
	print_text(out, flag->option.help);
	if (flag->option.choices)
		fputs("One of", out);
	for (size_t i = 0; flag->option.choices && flag->option.choices[i]; i++)
		fprintf(out, "%s %s", i ? "," : "", flag->option.choices[i]);
	if (flag->option.choices)
		fputs(".\n", out);
	if (flag->value && flag->option.fallback)
		fprintf(out, "The default is\n.Ql %s .\n", flag->option.fallback);
}

static void print_flags(FILE *out, const struct duet_command *command)
{
	if (!command->flags)
		return;
	fputs(".Bl -tag -width Ds -compact\n", out);
	for (const struct duet_flag *flag = command->flags; flag->option.name; flag++)
		print_flag(out, flag);
	fputs(".El\n", out);
}

static void print_command(FILE *out, const struct duet_command *command, const char *prefix)
{
	char name[128];

	snprintf(name, sizeof(name), "%s%s", prefix, command->name);
	if (command->run) {
		fprintf(out, ".Ss %s%s%s\n", name, command->arguments ? " " : "",
			command->arguments ? command->arguments : "");
		print_text(out, command->description ? command->description : command->summary);
		print_flags(out, command);
	}
	snprintf(name, sizeof(name), "%s%s ", prefix, command->name);
	for (const struct duet_command *const *each = command->commands; each && *each; each++)
		print_command(out, *each, name);
}

void duet_command_manual(FILE *out, const struct duet_command *root)
{
	fputs(".Dd $Mdocdate$\n.Dt ", out);
	for (const char *at = root->name; *at; at++)
		putc(toupper((unsigned char)*at), out);
	fprintf(out, " 1\n.Os\n.Sh NAME\n.Nm %s\n.Nd %s\n", root->name, root->summary);
	fprintf(out,
		".Sh SYNOPSIS\n.Nm\n.Ar command\n.Op Ar option ...\n.Op Ar argument ...\n.Sh DESCRIPTION\n");
	print_text(out, root->description ? root->description : root->summary);
	fputs(".Sh COMMANDS\nEvery command knows\n.Fl Fl help .\n", out);
	for (const struct duet_command *const *each = root->commands; each && *each; each++)
		print_command(out, *each, "");
	fputs(".Sh EXIT STATUS\n.Bl -tag -width Ds -compact\n.It 0\nDone.\n.It 1\nThe thing asked for "
	      "failed.\n"
	      ".It 2\nThe command line makes no sense.\n.It 3\nThe configuration, or what it names, does "
	      "not.\n.El\n",
	      out);
	if (root->see_also)
		fprintf(out, ".Sh SEE ALSO\n.Xr %s 5\n", root->see_also);
}
