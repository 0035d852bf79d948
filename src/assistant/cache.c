/* SPDX-License-Identifier: Apache-2.0 */
#include "assistant/cache.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/log.h"
#include "grammar/grammar.h"
#include "grammar/key.h"

struct mistakes {
	int n, n_warnings;
	struct duet_error first;
};

static void report(void *user, const struct duet_error *mistake)
{
	struct mistakes *mistakes = user;
	char text[900];

	if (mistake->code == 0) {
		mistakes->n_warnings++;
		return;
	}
	duet_error_format(mistake, text, sizeof(text));
	if (mistakes->n++ == 0)
		mistakes->first = *mistake;
	duet_error_log("grammar", "%s", text);
}

static int compile(const char *const *sources, size_t n_sources, const char *language, const char *path,
		   struct duet_error *error)
{
	struct mistakes mistakes = {0};
	int result = duet_grammar_compile_rest(sources, n_sources, language, path, report, &mistakes);

	if (mistakes.n_warnings)
		duet_info("grammar", "%d warnings about the sentences: duet nlu compile shows them",
			  mistakes.n_warnings);
	if (result == 0)
		return 0;
	if (mistakes.n > 0 && error)
		*error = mistakes.first;
	else
		duet_error_set(error, result, "the sentences do not compile: %s", strerror(-result));
	return result > 0 ? -EINVAL : result;
}

/* A process that was begun while another thread held a lock may wait for it forever. */
enum { COMPILE_S = 30, TRIES = 3 };

/* How a compilation in a process of its own ended. */
struct outcome {
	int result;
	struct duet_error error;
};

static void compile_and_tell(const char *const *sources, size_t n_sources, const char *language,
			     const char *path, int to)
{
	struct outcome outcome = {0};

	alarm(COMPILE_S);
	outcome.result = compile(sources, n_sources, language, path, &outcome.error);
	_exit(write(to, &outcome, sizeof(outcome)) == (ssize_t)sizeof(outcome) ? 0 : 1);
}

/* -ECHILD: it did not come to an end. */
static int wait_for(pid_t compiler, int from, struct duet_error *error)
{
	struct outcome outcome;
	ssize_t n;

	do
		n = read(from, &outcome, sizeof(outcome));
	while (n < 0 && errno == EINTR);
	while (waitpid(compiler, NULL, 0) < 0 && errno == EINTR)
		;
	if (n != (ssize_t)sizeof(outcome))
		return duet_error_set(error, -ECHILD, "compiling the sentences was ended from outside");
	if (outcome.result < 0 && error)
		*error = outcome.error;
	return outcome.result;
}

static int try_apart(const char *const *sources, size_t n_sources, const char *language, const char *path,
		     struct duet_error *error)
{
	int ends[2];
	pid_t compiler;
	int result;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return compile(sources, n_sources, language, path, error);
	compiler = fork();
	if (compiler == 0)
		compile_and_tell(sources, n_sources, language, path, ends[1]);
	close(ends[1]);
	result = compiler < 0 ? compile(sources, n_sources, language, path, error)
			      : wait_for(compiler, ends[0], error);
	close(ends[0]);
	return result;
}

/* In a process of its own: compiling takes more memory than all that the speaker does afterwards. */
static int compile_apart(const char *const *sources, size_t n_sources, const char *language, const char *path,
			 struct duet_error *error)
{
	int result = try_apart(sources, n_sources, language, path, error);

	for (int i = 1; i < TRIES && result == -ECHILD; i++) {
		duet_warn("grammar", "compiling the sentences was ended from outside: it begins again");
		result = try_apart(sources, n_sources, language, path, error);
	}
	return result;
}

static int open_temporary(struct duet_grammar **grammar, const char *const *sources, size_t n_sources,
			  const char *language, struct duet_error *error)
{
	const char *folder = getenv("TMPDIR");
	char path[512];
	int fd, result;

	snprintf(path, sizeof(path), "%s/duet-XXXXXX", folder && folder[0] ? folder : "/tmp");
	fd = mkstemp(path);
	if (fd < 0)
		return duet_error_set(error, -errno, "cannot make a temporary file in %s: %s", path,
				      strerror(errno));
	close(fd);
	result = compile_apart(sources, n_sources, language, path, error);
	if (result == 0)
		result = duet_grammar_open(grammar, path, error);
	unlink(path);
	return result;
}

static bool open_current(struct duet_grammar **grammar, const char *path, uint32_t key)
{
	if (!path || access(path, R_OK) < 0 || duet_grammar_open(grammar, path, NULL) < 0)
		return false;
	if (duet_grammar_key(*grammar) == key)
		return true;
	duet_grammar_free(*grammar);
	*grammar = NULL;
	return false;
}

int duet_cache_open(struct duet_grammar **grammar, const char *const *sources, size_t n_sources,
		    const char *language, const struct duet_cache_places *places, struct duet_error *error)
{
	char path[640];
	uint32_t key;
	int result = duet_grammar_source_key(sources, n_sources, language, &key, error);

	if (result < 0)
		return result;
	if (open_current(grammar, places->ready, key))
		return 0;
	if (!places->dir)
		return open_temporary(grammar, sources, n_sources, language, error);
	snprintf(path, sizeof(path), "%s/%.40s.network", places->dir, language);
	if (open_current(grammar, path, key))
		return 0;
	result = compile_apart(sources, n_sources, language, path, error);
	if (result < 0)
		return result;
	return duet_grammar_open(grammar, path, error);
}
