/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_TEST_COMPILED_H
#define DUET_TEST_COMPILED_H

#include "grammar/grammar.h"
#include "response/response.h"
#include "test/temporary_file.h"

/* Mistakes as "line:column what", one a line; warnings begin with "warning: " and are not counted. */
struct mistakes {
	char text[4096];
	int n;
};

static inline void mistakes_add(void *user, const struct duet_error *mistake)
{
	struct mistakes *mistakes = user;
	size_t len = strlen(mistakes->text);

	mistakes->n += mistake->code < 0;
	snprintf(mistakes->text + len, sizeof(mistakes->text) - len, "%s%d:%d %s\n",
		 mistake->code < 0 ? "" : "warning: ", mistake->line, mistake->column, mistake->what);
}

/* Compiles folders or files and opens the result; NULL when there were mistakes. */
static inline struct duet_grammar *compile_paths(const char *language, const char *const *paths,
						 size_t n_paths, struct mistakes *mistakes)
{
	struct temporary_file out = temporary_file("");
	struct duet_grammar *grammar = NULL;
	struct duet_error error = {0};
	struct mistakes none = {0};
	int rc;

	rc = duet_grammar_compile(paths, n_paths, language, out.path, mistakes_add,
				  mistakes ? mistakes : &none);
	assert_int_equal(rc, mistakes ? mistakes->n : none.n);
	if (none.n)
		fail_msg("%s", none.text);
	if (rc == 0 && duet_grammar_open(&grammar, out.path, &error) < 0)
		fail_msg("%s", error.what);
	unlink(out.path);
	return grammar;
}

/* The same for one file's text. */
static inline struct duet_grammar *compile_text(const char *language, const char *yaml,
						struct mistakes *mistakes)
{
	struct temporary_file source = temporary_file("");
	char path[64];
	const char *paths[] = {path};
	struct duet_grammar *grammar;
	FILE *file;

	snprintf(path, sizeof(path), "%s.yaml", source.path);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_int_equal(fwrite(yaml, 1, strlen(yaml), file), strlen(yaml));
	fclose(file);
	grammar = compile_paths(language, paths, 1, mistakes);
	unlink(path);
	unlink(source.path);
	return grammar;
}

static inline void compile_mistakes(const char *yaml, const char *expected)
{
	struct mistakes mistakes = {0};

	assert_null(compile_text("en", yaml, &mistakes));
	assert_string_equal(mistakes.text, expected);
}

/* What the response says without any variables. */
static inline void expect_response(const struct duet_grammar *grammar, const char *intent, const char *key,
				   unsigned variant, const char *text)
{
	struct duet_arena *arena = duet_arena_new(1 << 16);
	struct duet_slice program = duet_grammar_response(grammar, intent, key, variant);

	assert_true(program.len > 0);
	assert_string_equal(duet_response_render(program, NULL, arena, NULL), text);
	duet_arena_free(arena);
}

#endif
