/* SPDX-License-Identifier: Apache-2.0 */
/* duet nlu compile: sentences to the file that is mapped; every mistake with its line and a caret. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "assistant/assistant.h"
#include "assistant/config.h"
#include "cmd/nlu/nlu.h"
#include "cmd/nlu/nlu_mistake.h"
#include "grammar/grammar.h"
#include "grammar/network.h"

struct flags {
	const char *config, *assistant, *language, *out;
};

struct compiling {
	int n_mistakes, n_warnings;
};

static void report(void *user, const struct duet_error *mistake)
{
	struct compiling *compiling = user;

	compiling->n_mistakes += mistake->code < 0;
	compiling->n_warnings += mistake->code == 0;
	nlu_mistake_print(mistake);
}

static double now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Templates that are there for hyphens are not counted. */
static uint32_t count_templates(const struct duet_network *w)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < w->n[DUET_SECTION_TEMPLATES]; i++)
		n += w->templates[i].exact == i;
	return n;
}

static int describe(const struct duet_invocation *invocation, const char *path, const char *language,
		    double seconds)
{
	struct duet_grammar *grammar;
	struct duet_error error = {0};
	const struct duet_network *w;

	if (duet_grammar_open(&grammar, path, &error) < 0)
		return duet_command_error(invocation, DUET_EXIT_FAILED, &error);
	w = duet_grammar_network(grammar);
	printf("%s: %u templates, %u answers, %u bytes (network %u states, %u arcs, %u calls; answers %zu "
	       "bytes), "
	       "%.2f s\n",
	       language, count_templates(w), w->n[DUET_SECTION_VARIANTS], w->header->size,
	       w->n[DUET_SECTION_STATES], w->n[DUET_SECTION_ARCS], w->n[DUET_SECTION_CALLS],
	       (size_t)w->n[DUET_SECTION_PROGRAMS] * sizeof(uint32_t), seconds);
	duet_grammar_free(grammar);
	return DUET_EXIT_DONE;
}

static int compile(const struct duet_invocation *invocation, const char *const *paths, size_t n_paths,
		   const char *language, const char *out)
{
	struct compiling compiling = {0};
	double begin = now_s();
	int rc = duet_grammar_compile(paths, n_paths, language, out, report, &compiling);

	if (rc < 0)
		return duet_command_fail(invocation, DUET_EXIT_FAILED, "%s", strerror(-rc));
	if (compiling.n_warnings)
		fprintf(stderr, "%d warning%s\n", compiling.n_warnings, compiling.n_warnings == 1 ? "" : "s");
	if (rc > 0)
		return duet_command_fail(invocation, DUET_EXIT_CONFIG, "%d mistake%s, nothing was written",
					 rc, rc == 1 ? "" : "s");
	return describe(invocation, out, language, now_s() - begin);
}

/* Without -o it is only looked at. */
static int compile_somewhere(const struct duet_invocation *invocation, const char *const *paths,
			     size_t n_paths, const char *language)
{
	const struct flags *flags = invocation->flags;
	char temporary[] = "/tmp/duet-nlu-XXXXXX";
	int fd, code;

	if (flags->out)
		return compile(invocation, paths, n_paths, language, flags->out);
	fd = mkstemp(temporary);
	if (fd < 0)
		return duet_command_fail(invocation, DUET_EXIT_FAILED, "cannot make a temporary file: %s",
					 strerror(errno));
	close(fd);
	code = compile(invocation, paths, n_paths, language, temporary);
	unlink(temporary);
	return code;
}

static int compile_assistant(const struct duet_invocation *invocation)
{
	const struct flags *flags = invocation->flags;
	const struct duet_assistant_config *own;
	struct duet_sources sources;
	struct duet_config *config;
	struct duet_error error = {0};
	int code;

	if (duet_config_load(&config, flags->config, NULL, &error) < 0)
		return duet_command_error(invocation, DUET_EXIT_CONFIG, &error);
	own = duet_config_assistant(config, flags->assistant);
	if (!own)
		code = duet_command_fail(invocation, DUET_EXIT_CONFIG, "there is no assistant %s",
					 flags->assistant);
	else if (duet_assistant_sources(&sources, config, own, &error) < 0)
		code = duet_command_error(invocation, DUET_EXIT_CONFIG, &error);
	else
		code = compile_somewhere(invocation, sources.paths, sources.n, own->language);
	duet_config_free(config);
	return code;
}

static int run(const struct duet_invocation *invocation)
{
	const struct flags *flags = invocation->flags;

	if (invocation->n_arguments == 0)
		return compile_assistant(invocation);
	return compile_somewhere(invocation, (const char *const *)invocation->arguments,
				 (size_t)invocation->n_arguments, flags->language);
}

static const struct duet_flag flags_table[] = {
	{'c',
	 "FILE",
	 {"config", DUET_OPTION_TEXT, offsetof(struct flags, config), NULL, "The configuration", NULL, 0, 0}},
	{'a',
	 "ID",
	 {"assistant", DUET_OPTION_TEXT, offsetof(struct flags, assistant), NULL,
	  "Whose sentences, without PATH; else the default assistant's", NULL, 0, 0}},
	{'l',
	 "LANGUAGE",
	 {"language", DUET_OPTION_TEXT, offsetof(struct flags, language), "en", "The language of PATH", NULL,
	  0, 0}},
	{'o',
	 "FILE",
	 {"output", DUET_OPTION_TEXT, offsetof(struct flags, out), NULL,
	  "Where the compiled sentences go; without it nothing is kept", NULL, 0, 0}},
	{0},
};

const struct duet_command duet_nlu_compile = {
	.name = "compile",
	.arguments = "[PATH…]",
	.summary = "Compile sentences and answers, and print every mistake in them",
	.description =
		"PATH is a folder or a file of sentences, or a checkout of Home Assistant's intents; later "
		"ones add to earlier ones. Without PATH the sentences of an assistant are compiled. Every "
		"mistake is printed with its line, a caret and what was expected there; warnings are what "
		"can "
		"do no harm. Exit code 3 means that there were mistakes, and nothing is written.",
	.flags = flags_table,
	.flags_size = sizeof(struct flags),
	.run = run,
};
