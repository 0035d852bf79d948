/* SPDX-License-Identifier: Apache-2.0 */
#include "assistant/cache.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/log.h"
#include "grammar/grammar.h"
#include "grammar/layout.h"

enum { MAX_FILE = 16 << 20 };

/* FNV-1a: nobody attacks this, files only have to be told apart. */
static uint64_t digest_bytes(uint64_t digest, const void *bytes, size_t n)
{
	const uint8_t *at = bytes;

	for (size_t i = 0; i < n; i++)
		digest = (digest ^ at[i]) * 0x100000001B3U;
	return digest;
}

static uint64_t digest_text(uint64_t digest, const char *text)
{
	return digest_bytes(digest, text, strlen(text) + 1);
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

struct digesting {
	uint64_t digest;
	struct duet_error *error;
};

static int digest_file(void *user, const struct duet_layout_file *file)
{
	struct digesting *digesting = user;
	char *bytes;
	size_t n;
	int result = duet_file_read(file->path, MAX_FILE, &bytes, &n, digesting->error);

	if (result < 0)
		return result;
	digesting->digest = digest_bytes(digest_text(digesting->digest, file->path), bytes, n);
	duet_free(bytes);
	return 0;
}

/* Another build of the program may compile to another network. */
static uint64_t digest_program(uint64_t digest)
{
	struct stat program;

	if (stat("/proc/self/exe", &program) != 0)
		return digest;
	digest = digest_bytes(digest, &program.st_size, sizeof(program.st_size));
	return digest_bytes(digest, &program.st_mtim, sizeof(program.st_mtim));
}

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

/* How a compilation in a process of its own ended. */
struct outcome {
	int result;
	struct duet_error error;
};

static void compile_and_tell(const char *const *sources, size_t n_sources, const char *language,
			     const char *path, int to)
{
	struct outcome outcome = {0};

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

/* In a process of its own: compiling takes more memory than all that the speaker does afterwards. */
static int compile_apart(const char *const *sources, size_t n_sources, const char *language, const char *path,
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

/* Only the newest network of a language is of use. */
static void drop_others(const char *dir, const char *language, const char *keep)
{
	char *copy = duet_strdup(dir), *roots[2] = {copy, NULL};
	FTS *tree = copy ? fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, by_name) : NULL;
	size_t length = strlen(language);

	for (FTSENT *entry; tree && (entry = fts_read(tree));) {
		const char *name = entry->fts_name;

		if (entry->fts_info == FTS_F && strncmp(name, language, length) == 0 && name[length] == '.' &&
		    strcmp(name, keep) != 0)
			unlink(entry->fts_accpath);
	}
	if (tree)
		fts_close(tree);
	duet_free(copy);
}

int duet_cache_open(struct duet_grammar **grammar, const char *const *sources, size_t n_sources,
		    const char *language, const char *dir, struct duet_error *error)
{
	struct digesting digesting = {digest_program(digest_text(0xCBF29CE484222325U, language)), error};
	char name[96], path[640];
	int result = 0;

	if (!dir)
		return open_temporary(grammar, sources, n_sources, language, error);
	for (size_t i = 0; i < n_sources && result == 0; i++)
		result = duet_layout_files(sources[i], language, digest_file, &digesting, error);
	if (result < 0)
		return result;
	snprintf(name, sizeof(name), "%.40s.%016llx", language, (unsigned long long)digesting.digest);
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	if (access(path, R_OK) == 0 && duet_grammar_open(grammar, path, NULL) == 0)
		return 0;
	result = compile_apart(sources, n_sources, language, path, error);
	if (result < 0)
		return result;
	drop_others(dir, language, name);
	return duet_grammar_open(grammar, path, error);
}
