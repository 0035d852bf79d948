/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_TEST_SHIPPED_H
#define DUET_TEST_SHIPPED_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "grammar/grammar.h"
#include "skill/home.h"

/* What is shipped in data/: its sentences, compiled, with the names of its home. */

static inline const char *shipped_path(const char *relative, char *out, size_t size)
{
	const char *source = getenv("DUET_SOURCE");

	snprintf(out, size, "%s/%s", source ? source : ".", relative);
	return out;
}

static inline void shipped_mistake(void *user, const struct duet_error *mistake)
{
	char text[768];

	duet_error_format(mistake, text, sizeof(text));
	print_error("%s\n", text);
}

/* The grammar of "en" or "zh-CN"; the test fails when there is a mistake in it. */
static inline struct duet_grammar *shipped_grammar(const char *language, const struct duet_home *home)
{
	char folder[512], network[] = "/tmp/duet-shipped-XXXXXX", relative[64];
	struct duet_grammar *grammar = NULL;
	struct duet_error error = {0};
	const char *dirs[] = {folder};
	int fd = mkstemp(network);

	assert_true(fd >= 0);
	close(fd);
	snprintf(relative, sizeof(relative), "data/sentences/%s", language);
	shipped_path(relative, folder, sizeof(folder));
	assert_int_equal(duet_grammar_compile(dirs, 1, language, network, shipped_mistake, NULL), 0);
	if (duet_grammar_open(&grammar, network, &error) < 0 ||
	    duet_home_fill(home, grammar, NULL, &error) < 0)
		fail_msg("%s", error.what);
	unlink(network);
	return grammar;
}

static inline struct duet_home *shipped_home(void)
{
	struct duet_home *home = NULL;
	struct duet_error error = {0};
	char path[512];

	if (duet_home_new_file(&home, shipped_path("data/home.yaml", path, sizeof(path)), &error) < 0)
		fail_msg("%s:%d: %s", error.file, error.line, error.what);
	return home;
}

#endif
