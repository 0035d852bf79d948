/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_CMD_COMMAND_H
#define DUET_CMD_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/arena.h"
#include "duet/error.h"
#include "duet/option.h"

/*
 * Commands of a program as tables: reading the command line, --help, the
 * manual page and the completion of shells all come from the same rows.
 */

/* How a program ends; every manual page says so. */
enum duet_exit {
	DUET_EXIT_DONE = 0,   /* what was asked for is done */
	DUET_EXIT_FAILED = 1, /* it failed */
	DUET_EXIT_USAGE = 2,  /* the command line makes no sense */
	DUET_EXIT_CONFIG = 3, /* the configuration, the sentences or a model do */
};

/* "--json", "-o FILE": a row. A TEXTS flag may be given several times; one whose value is "FILE…" takes all
 * words up to the next option each time. */
struct duet_flag {
	char letter;               /* 0: only the long name */
	const char *value;         /* what follows, for a person: "FILE"; NULL: a switch (a BOOL) */
	struct duet_option option; /* name without dashes; its offset is in the command's flags structure */
};

struct duet_command;

struct duet_invocation {
	const struct duet_command *command;
	const char *program;    /* "duet hear" */
	const void *flags;      /* the command's own structure, filled */
	char *const *arguments; /* NULL-terminated */
	int n_arguments;
	struct duet_arena *arena; /* lives as long as the command */
};

struct duet_command {
	const char *name;              /* NULL ends a table */
	const char *arguments;         /* "FILE…", "[TEXT]", NULL: none are allowed */
	const char *summary;           /* one line, no full stop */
	const char *description;       /* whole sentences for --help and the manual page, or NULL */
	const struct duet_flag *flags; /* NULL: none of its own */
	size_t flags_size;
	const struct duet_command *const
		*commands; /* NULL-terminated: `duet bench speech`; then `run` is NULL */
	int (*run)(const struct duet_invocation *invocation); /* a duet_exit */
	const char *see_also; /* of a program: the manual page of its configuration, in section 5; or NULL */
};

/* Reads the command line against `root`, runs what it names, returns the exit code. --help is known to all.
 */
int duet_command_main(const struct duet_command *root, int argc, char **argv);

/* For commands: "duet hear: what is wrong" on stderr, in red on a terminal; returns `code`. */
int duet_command_fail(const struct duet_invocation *invocation, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
int duet_command_error(const struct duet_invocation *invocation, int code, const struct duet_error *error);
int duet_command_usage(const struct duet_invocation *invocation, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* command_help.c, command_manual.c, command_completion.c: the tables for a person, for man, for shells. */
void duet_command_help(FILE *out, const struct duet_command *command, const char *program);
void duet_command_manual(FILE *out, const struct duet_command *root);
int duet_command_completion(FILE *out, const struct duet_command *root, const char *shell);

#endif
