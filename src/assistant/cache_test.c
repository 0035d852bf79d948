/* SPDX-License-Identifier: Apache-2.0 */
#include "assistant/cache.h"

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>

#include "grammar/grammar.h"
#include "temporary_file.h"

/* What compiles dies at the first byte that it writes until so many of it have died. */
static volatile sig_atomic_t n_to_die;

static void limit_files(rlim_t n_bytes)
{
	struct rlimit limit;

	getrlimit(RLIMIT_FSIZE, &limit);
	limit.rlim_cur = n_bytes;
	setrlimit(RLIMIT_FSIZE, &limit);
}

static void one_died(int signal)
{
	if (n_to_die > 0 && --n_to_die == 0)
		limit_files(RLIM_INFINITY);
}

static int open_while_dying(int n)
{
	static const char sentences[] = "language: en\n"
					"intents:\n"
					"  Nod:\n"
					"    data:\n"
					"      - sentences: [\"nod twice\"]\n";
	struct temporary_file file = temporary_file(sentences);
	const char *const sources[] = {file.path};
	struct duet_grammar *grammar = NULL;
	int result;

	n_to_die = n;
	if (n > 0)
		limit_files(0);
	result = duet_cache_open(&grammar, sources, 1, "en-US", &(struct duet_cache_places){0}, NULL);
	assert_int_equal(n_to_die, 0);
	duet_grammar_free(grammar);
	unlink(file.path);
	return result;
}

static void compiling_begins_again_when_it_was_ended(void **state)
{
	assert_int_equal(open_while_dying(0), 0);
	assert_int_equal(open_while_dying(1), 0);
	assert_int_equal(open_while_dying(2), 0);
}

static void but_not_forever(void **state)
{
	assert_int_equal(open_while_dying(3), -ECHILD);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(compiling_begins_again_when_it_was_ended),
		cmocka_unit_test(but_not_forever),
	};

	sigaction(SIGCHLD, &(struct sigaction){.sa_handler = one_died, .sa_flags = SA_RESTART}, NULL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
