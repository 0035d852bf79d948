/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/command.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/option.h"
#include "base/text.h"

#define ARENA_MAX (64u << 20)
#define NAMES_MAX 64

/* A command line on its way into a command's flags. */
struct reading {
	struct duet_invocation invocation;
	unsigned char *flags; /* invocation.flags, while it is filled */
	char **left;          /* what is not read yet, NULL-terminated */
	char **arguments;     /* what is no flag */
	const char *dir;      /* relative paths stand on it */
	bool help;
};

static void print_failure(const struct duet_invocation *invocation, const char *text)
{
	bool colour = isatty(STDERR_FILENO);

	fprintf(stderr, "%s%s:%s %s\n", colour ? "\033[31m" : "", invocation->program,
		colour ? "\033[0m" : "", text);
}

int duet_command_fail(const struct duet_invocation *invocation, int code, const char *format, ...)
{
	char text[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	print_failure(invocation, text);
	return code;
}

int duet_command_error(const struct duet_invocation *invocation, int code, const struct duet_error *error)
{
	char text[1024];

	duet_error_format(error, text, sizeof(text));
	print_failure(invocation, text);
	return code;
}

int duet_command_usage(const struct duet_invocation *invocation, const char *format, ...)
{
	char text[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	print_failure(invocation, text);
	fprintf(stderr, "`%s --help` says how to use it.\n", invocation->program);
	return DUET_EXIT_USAGE;
}

static const struct duet_flag *long_flag(const struct duet_command *command, struct duet_slice name)
{
	for (const struct duet_flag *flag = command->flags; flag && flag->option.name; flag++)
		if (duet_slice_equal(duet_slice(flag->option.name), name))
			return flag;
	return NULL;
}

static const struct duet_flag *short_flag(const struct duet_command *command, char letter)
{
	for (const struct duet_flag *flag = command->flags; flag && flag->option.name; flag++)
		if (flag->letter && flag->letter == letter)
			return flag;
	return NULL;
}

static int unknown_flag(struct reading *reading, const char *given)
{
	const struct duet_command *command = reading->invocation.command;
	const char *names[NAMES_MAX] = {"help"};
	size_t n = 1;
	const char *nearest;

	for (const struct duet_flag *flag = command->flags; flag && flag->option.name && n + 1 < NAMES_MAX;
	     flag++)
		names[n++] = flag->option.name;
	names[n] = NULL;
	nearest = duet_text_nearest(given + strspn(given, "-"), names);
	if (nearest)
		return duet_command_usage(&reading->invocation, "unknown option %s, did you mean --%s?",
					  given, nearest);
	return duet_command_usage(&reading->invocation, "unknown option %s", given);
}

/* Several values of one flag gather in a list. */
static int gather(struct reading *reading, const struct duet_flag *flag, const char *text)
{
	struct duet_texts *texts = (struct duet_texts *)(void *)(reading->flags + flag->option.offset);
	const char **items =
		duet_arena_alloc(reading->invocation.arena, (texts->n_items + 2) * sizeof(*items));

	if (!items)
		return duet_command_fail(&reading->invocation, DUET_EXIT_FAILED, "out of memory");
	if (texts->n_items > 0)
		memcpy(items, texts->items, texts->n_items * sizeof(*items));
	items[texts->n_items] = text;
	*texts = (struct duet_texts){items, texts->n_items + 1};
	return DUET_EXIT_DONE;
}

/* "--data FILE…" takes all that follows up to the next option. */
static bool takes_many(const struct duet_flag *flag)
{
	size_t n = strlen(flag->value);

	return flag->option.type == DUET_OPTION_TEXTS && n > strlen("…") &&
	       strcmp(flag->value + n - strlen("…"), "…") == 0;
}

static int gather_all(struct reading *reading, const struct duet_flag *flag, const char *text)
{
	int result = gather(reading, flag, text);

	while (result == DUET_EXIT_DONE && *reading->left && (*reading->left)[0] != '-')
		result = gather(reading, flag, *reading->left++);
	return result;
}

static int set_flag(struct reading *reading, const struct duet_flag *flag, const char *text)
{
	struct duet_error error = {0};

	if (flag->option.type == DUET_OPTION_TEXTS)
		return gather(reading, flag, text);
	if (duet_option_set(&flag->option, reading->flags, text, reading->dir, reading->invocation.arena,
			    &error) < 0)
		return duet_command_error(&reading->invocation, DUET_EXIT_USAGE, &error);
	return DUET_EXIT_DONE;
}

static int read_flag(struct reading *reading, const struct duet_flag *flag, const char *given,
		     const char *attached)
{
	if (!flag)
		return unknown_flag(reading, given);
	if (!flag->value) {
		if (attached)
			return duet_command_usage(&reading->invocation, "%s takes no value", given);
		return set_flag(reading, flag, "true");
	}
	if (!attached)
		attached = *reading->left ? *reading->left++ : NULL;
	if (!attached)
		return duet_command_usage(&reading->invocation, "%s needs %s behind it", given, flag->value);
	return takes_many(flag) ? gather_all(reading, flag, attached) : set_flag(reading, flag, attached);
}

static int read_long(struct reading *reading, const char *given)
{
	const char *equals = strchr(given, '=');
	struct duet_slice name = {given + 2, equals ? (size_t)(equals - given - 2) : strlen(given + 2)};

	if (duet_slice_equal(name, duet_slice("help"))) {
		reading->help = true;
		return DUET_EXIT_DONE;
	}
	return read_flag(reading, long_flag(reading->invocation.command, name), given,
			 equals ? equals + 1 : NULL);
}

/* "-jv", "-oFILE", "-o FILE" */
static int read_short(struct reading *reading, const char *given)
{
	for (const char *at = given + 1; *at; at++) {
		const struct duet_flag *flag = short_flag(reading->invocation.command, *at);
		bool rest = flag && flag->value && at[1];
		int result;

		if (*at == 'h' && !flag) {
			reading->help = true;
			continue;
		}
		result = read_flag(reading, flag, given, rest ? at + 1 : NULL);
		if (result != DUET_EXIT_DONE || rest)
			return result;
	}
	return DUET_EXIT_DONE;
}

static int read_all(struct reading *reading)
{
	bool flags = true; /* until "--" */
	int result = DUET_EXIT_DONE;

	while (*reading->left && result == DUET_EXIT_DONE) {
		char *given = *reading->left++;

		if (flags && strcmp(given, "--") == 0)
			flags = false;
		else if (flags && strncmp(given, "--", 2) == 0)
			result = read_long(reading, given);
		else if (flags && given[0] == '-' && given[1])
			result = read_short(reading, given);
		else
			reading->arguments[reading->invocation.n_arguments++] = given;
	}
	return result;
}

static int unknown_command(const struct duet_invocation *invocation, const char *given)
{
	const char *names[NAMES_MAX], *nearest;
	size_t n = 0;

	for (const struct duet_command *const *each = invocation->command->commands;
	     *each && n + 1 < NAMES_MAX; each++)
		names[n++] = (*each)->name;
	names[n] = NULL;
	nearest = duet_text_nearest(given, names);
	if (nearest)
		return duet_command_usage(invocation, "unknown command %s, did you mean %s?", given, nearest);
	return duet_command_usage(invocation, "unknown command %s", given);
}

/* Goes down the levels of commands as far as the words lead. */
static int choose(struct reading *reading, char *program, size_t size)
{
	struct duet_invocation *invocation = &reading->invocation;

	while (invocation->command->commands && *reading->left && (*reading->left)[0] != '-') {
		const struct duet_command *const *each = invocation->command->commands;

		while (*each && strcmp((*each)->name, *reading->left) != 0)
			each++;
		if (!*each)
			return unknown_command(invocation, *reading->left);
		invocation->command = *each;
		snprintf(program + strlen(program), size - strlen(program), " %s", (*each)->name);
		reading->left++;
	}
	return DUET_EXIT_DONE;
}

static int set_defaults(struct reading *reading)
{
	struct duet_invocation *invocation = &reading->invocation;
	struct duet_error error = {0};

	reading->flags = duet_arena_alloc(invocation->arena, invocation->command->flags_size + 1);
	if (!reading->flags)
		return duet_command_fail(invocation, DUET_EXIT_FAILED, "out of memory");
	for (const struct duet_flag *flag = invocation->command->flags; flag && flag->option.name; flag++) {
		const struct duet_option *option = &flag->option;

		if (option->fallback && duet_option_set(option, reading->flags, option->fallback,
							reading->dir, invocation->arena, &error) < 0)
			return duet_command_error(invocation, DUET_EXIT_FAILED, &error);
	}
	invocation->flags = reading->flags;
	return DUET_EXIT_DONE;
}

static int run(struct reading *reading)
{
	struct duet_invocation *invocation = &reading->invocation;
	const struct duet_command *command = invocation->command;

	if (reading->help) {
		duet_command_help(stdout, command, invocation->program);
		return fflush(stdout) == 0 ? DUET_EXIT_DONE : DUET_EXIT_FAILED;
	}
	if (!command->run) {
		duet_command_help(stderr, command, invocation->program);
		return DUET_EXIT_USAGE;
	}
	if (!command->arguments && invocation->n_arguments > 0)
		return duet_command_usage(invocation, "%s is one word too many", invocation->arguments[0]);
	return command->run(invocation);
}

static int read_and_run(struct reading *reading, char *program, size_t size)
{
	int result = choose(reading, program, size);

	if (result == DUET_EXIT_DONE)
		result = set_defaults(reading);
	if (result == DUET_EXIT_DONE)
		result = read_all(reading);
	return result == DUET_EXIT_DONE ? run(reading) : result;
}

int duet_command_main(const struct duet_command *root, int argc, char **argv)
{
	char program[128], *dir = getcwd(NULL, 0);
	struct reading reading = {.left = argv + (argc > 0 ? 1 : 0), .dir = dir};
	int result = DUET_EXIT_FAILED;

	snprintf(program, sizeof(program), "%s", root->name);
	reading.arguments = duet_calloc((size_t)argc + 1, sizeof(*reading.arguments));
	reading.invocation = (struct duet_invocation){.command = root,
						      .program = program,
						      .arguments = reading.arguments,
						      .arena = duet_arena_new(ARENA_MAX)};
	if (reading.arguments && reading.invocation.arena)
		result = read_and_run(&reading, program, sizeof(program));
	else
		duet_command_fail(&reading.invocation, result, "out of memory");
	duet_arena_free(reading.invocation.arena);
	duet_free(reading.arguments);
	free(dir);
	return result;
}
