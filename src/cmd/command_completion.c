/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "cmd/command.h"

/* Completion scripts: a case for each path of commands with the words that may follow. */

static void print_words(FILE *out, const struct duet_command *command)
{
	for (const struct duet_command *const *each = command->commands; each && *each; each++)
		fprintf(out, "%s ", (*each)->name);
	for (const struct duet_flag *flag = command->flags; flag && flag->option.name; flag++)
		fprintf(out, "--%s ", flag->option.name);
	fputs("--help", out);
}

static void print_cases(FILE *out, const struct duet_command *command, const char *path)
{
	char name[128];

	fprintf(out, "    '%s') words='", path);
	print_words(out, command);
	fputs("' ;;\n", out);
	for (const struct duet_command *const *each = command->commands; each && *each; each++) {
		snprintf(name, sizeof(name), "%s %s", path, (*each)->name);
		print_cases(out, *each, name);
	}
}

/* The choices of a flag follow it: "--shell bash". */
static void print_choices(FILE *out, const struct duet_command *command)
{
	for (const struct duet_flag *flag = command->flags; flag && flag->option.name; flag++) {
		if (!flag->option.choices)
			continue;
		fprintf(out, "    --%s) words='", flag->option.name);
		for (size_t i = 0; flag->option.choices[i]; i++)
			fprintf(out, "%s%s", i ? " " : "", flag->option.choices[i]);
		fputs("'; path=- ;;\n", out);
	}
	for (const struct duet_command *const *each = command->commands; each && *each; each++)
		print_choices(out, *each);
}

static void print_bash(FILE *out, const struct duet_command *root)
{
	fprintf(out,
		"_%s() {\n"
		"  local word=${COMP_WORDS[COMP_CWORD]} words='' path=%s i\n"
		"  for ((i = 1; i < COMP_CWORD; i++)); do\n"
		"    [[ ${COMP_WORDS[i]} == -* ]] || path+=\" ${COMP_WORDS[i]}\"\n"
		"  done\n"
		"  while :; do\n"
		"    case $path in\n",
		root->name, root->name);
	print_cases(out, root, root->name);
	fputs("    esac\n"
	      "    [[ -n $words || $path != *' '* ]] && break\n"
	      "    path=${path% *}\n" /* an argument: what its command knows */
	      "  done\n"
	      "  case ${COMP_WORDS[COMP_CWORD - 1]} in\n",
	      out);
	print_choices(out, root);
	fprintf(out,
		"  esac\n"
		"  mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$word\")\n"
		"  [[ ${#COMPREPLY[@]} -eq 0 ]] && compopt -o default\n"
		"}\n"
		"complete -F _%s %s\n",
		root->name, root->name);
}

static void print_zsh(FILE *out, const struct duet_command *root)
{
	fprintf(out, "#compdef %s\nautoload -U +X bashcompinit && bashcompinit\n", root->name);
	print_bash(out, root);
}

int duet_command_completion(FILE *out, const struct duet_command *root, const char *shell)
{
	static const struct {
		const char *shell;
		void (*print)(FILE *out, const struct duet_command *root);
	} shells[] = {{"bash", print_bash}, {"zsh", print_zsh}};

	for (size_t i = 0; i < sizeof(shells) / sizeof(*shells); i++) {
		if (strcmp(shells[i].shell, shell) != 0)
			continue;
		shells[i].print(out, root);
		return 0;
	}
	return -ENOENT;
}
