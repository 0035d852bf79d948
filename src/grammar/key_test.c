/* SPDX-License-Identifier: Apache-2.0 */
#include "grammar/key.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "grammar/grammar.h"

static const char lights[] = "language: en\nintents:\n  On:\n    data:\n      - sentences: [lights on]\n";
static const char doors[] = "language: en\nintents:\n  On:\n    data:\n      - sentences: [doors open]\n";

/* Folders with one file. */
static char left[] = "/tmp/duet-key-left-XXXXXX", right[] = "/tmp/duet-key-right-XXXXXX";

static void write_file(const char *folder, const char *name, const char *text)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static void remove_file(const char *folder, const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	unlink(path);
}

static uint32_t key_of(const char *folder, const char *language)
{
	const char *const sources[] = {folder};
	uint32_t key;

	assert_int_equal(duet_grammar_source_key(sources, 1, language, &key, NULL), 0);
	return key;
}

static void what_stands_in_files_counts_not_where_they_lie(void **state)
{
	write_file(left, "a.yaml", lights);
	write_file(right, "a.yaml", lights);
	assert_int_equal(key_of(left, "en"), key_of(right, "en"));
	write_file(right, "a.yaml", doors);
	assert_int_not_equal(key_of(left, "en"), key_of(right, "en"));
}

static void names_language_and_further_files_count(void **state)
{
	uint32_t key;

	write_file(left, "a.yaml", lights);
	key = key_of(left, "en");
	assert_int_not_equal(key, key_of(left, "en-GB"));
	write_file(left, "b.yaml", "");
	assert_int_not_equal(key, key_of(left, "en"));
	remove_file(left, "b.yaml");
	assert_int_equal(key, key_of(left, "en"));
}

static void a_network_knows_what_it_came_from(void **state)
{
	const char *const sources[] = {left};
	struct duet_grammar *grammar;
	char path[128];

	write_file(left, "a.yaml", lights);
	snprintf(path, sizeof(path), "%s/out.network", right);
	assert_int_equal(duet_grammar_compile(sources, 1, "en", path, NULL, NULL), 0);
	assert_int_equal(duet_grammar_open(&grammar, path, NULL), 0);
	assert_int_equal(duet_grammar_key(grammar), key_of(left, "en"));
	duet_grammar_free(grammar);
	unlink(path);
}

static void a_folder_that_is_not_there_is_an_error(void **state)
{
	const char *const sources[] = {"/nowhere/sentences"};
	struct duet_error error = {0};
	uint32_t key;

	assert_true(duet_grammar_source_key(sources, 1, "en", &key, &error) < 0);
	assert_true(error.what[0]);
}

static int make_folders(void **state)
{
	return mkdtemp(left) && mkdtemp(right) ? 0 : -1;
}

static int remove_folders(void **state)
{
	remove_file(left, "a.yaml");
	remove_file(right, "a.yaml");
	return rmdir(left) | rmdir(right);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_stands_in_files_counts_not_where_they_lie),
		cmocka_unit_test(names_language_and_further_files_count),
		cmocka_unit_test(a_network_knows_what_it_came_from),
		cmocka_unit_test(a_folder_that_is_not_there_is_an_error),
	};

	return cmocka_run_group_tests(tests, make_folders, remove_folders);
}
