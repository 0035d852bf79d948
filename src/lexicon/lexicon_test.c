/* SPDX-License-Identifier: Apache-2.0 */
#include "lexicon/lexicon.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "lexicon/readings.h"

static const char dictionary_text[] = "a AH\n"
				      "a(2) EY\n"
				      "b B IY\n"
				      "bell B EH L\n"
				      "box B AA K S\n"
				      "d D IY\n"
				      "door D AO R\n"
				      "five F AY V\n"
				      "fi F AY\n"
				      "forty F AO R T IY\n"
				      "h EY CH\n"
				      "hundred HH AH N D R AH D\n"
				      "i AY\n"
				      "m EH M\n"
				      "off AO F\n"
				      "one W AH N\n"
				      "shop SH AA P\n"
				      "the DH AH\n"
				      "the(2) DH IY\n"
				      "two T UW\n"
				      "wi W AY\n";

static char folder[] = "/tmp/duet-lexicon-XXXXXX";

static char *path_of(const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

static void write_file(const char *name, const char *text)
{
	FILE *file = fopen(path_of(name), "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static int make_folder(void **state)
{
	if (!mkdtemp(folder))
		return -1;
	write_file("dictionary", dictionary_text);
	return 0;
}

static int remove_folder(void **state)
{
	static const char *const names[] = {"dictionary", "own", "empty"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		unlink(path_of(names[i]));
	return rmdir(folder);
}

static struct duet_lexicon *open_english(const char *own)
{
	char dictionary[128];
	const char *files[2] = {NULL, NULL};
	struct duet_lexicon_setup setup = {.language = "en-US", .dictionary = dictionary};
	struct duet_lexicon *lexicon;

	snprintf(dictionary, sizeof(dictionary), "%s", path_of("dictionary"));
	if (own) {
		write_file("own", own);
		files[0] = path_of("own");
		setup.user_files = files;
	}
	assert_int_equal(duet_lexicon_new(&lexicon, &setup, NULL), 0);
	return lexicon;
}

static void reads_words(void **state)
{
	static const struct {
		const char *word, *first, *second;
	} rows[] = {
		{"a", "AH", "EY"},
		{"The", "DH AH", "DH IY"},
		{"2", "T UW", NULL},
		{"145", "W AH N HH AH N D R AH D F AO R T IY F AY V", NULL},
		{"shop's", "SH AA P S", NULL},
		{"off", "AO F", "AA F"},
		{"door's", "D AO R Z", NULL},
		{"box's", "B AA K S IH Z", NULL},
		{"wi-fi", "W AY F AY", NULL},
		{"box2", "B AA K S T UW", NULL},
		{"hdm", "EY CH D IY EH M", NULL},
		{"door bell", "D AO R B EH L", NULL},
		{"b\xc3\xb4x", "B AA K S", NULL},
		{"boxthe", "B AA K S DH AH", "B AA K S DH IY"},
	};
	struct duet_lexicon *lexicon = open_english(NULL);
	struct duet_pronunciation out[DUET_PRONUNCIATIONS_MAX];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int n = duet_lexicon_pronounce(lexicon, duet_slice(rows[i].word), out, 8);

		assert_in_range(n, rows[i].second ? 2 : 1, 8);
		assert_string_equal(out[0].phones, rows[i].first);
		assert_true(out[0].weight > 0.9f);
		if (rows[i].second)
			assert_string_equal(out[1].phones, rows[i].second);
	}
	duet_lexicon_free(lexicon);
}

static void goes_by_the_letters(void **state)
{
	struct duet_lexicon *lexicon = open_english(NULL);
	struct duet_pronunciation out[DUET_PRONUNCIATIONS_MAX];

	assert_int_equal(duet_lexicon_pronounce(lexicon, duet_slice("duet"), out, 8), 1);
	assert_string_equal(out[0].phones, "D UW T");
	assert_int_equal(duet_lexicon_pronounce(lexicon, duet_slice("doorbell"), out, 8), 1);
	assert_string_equal(out[0].phones, "D AO R B EH L");
	duet_lexicon_free(lexicon);
}

static void has_no_sound_for_what_is_no_word(void **state)
{
	struct duet_lexicon *lexicon = open_english(NULL);
	struct duet_pronunciation out[DUET_PRONUNCIATIONS_MAX];
	char text[64];

	assert_int_equal(duet_lexicon_pronounce(lexicon, duet_slice(""), out, 8), 0);
	assert_int_equal(duet_lexicon_pronounce(lexicon, duet_slice("'-!"), out, 8), 0);
	assert_int_equal(duet_lexicon_pronounce(lexicon, duet_slice("a"), out, 0), 0);
	assert_int_equal(duet_lexicon_pronounce(lexicon, duet_slice("a\xff"), out, 8), -EINVAL);
	assert_int_equal(duet_lexicon_pinyin(lexicon, duet_slice("a"), text, sizeof(text)), -ENOTSUP);
	duet_lexicon_free(lexicon);
}

static void the_users_own_come_first(void **state)
{
	struct duet_lexicon *lexicon = open_english("# mine\n"
						    "Box\tB AO K S\n"
						    "box\tB AA K S # the usual one\n"
						    "EcoBee\tIY K OW B IY\r\n");
	struct duet_pronunciation out[DUET_PRONUNCIATIONS_MAX];

	assert_int_equal(duet_lexicon_pronounce(lexicon, duet_slice("box"), out, 8), 2);
	assert_string_equal(out[0].phones, "B AO K S");
	assert_string_equal(out[1].phones, "B AA K S");
	assert_int_equal(duet_lexicon_pronounce(lexicon, duet_slice("ecobee's"), out, 8), 1);
	assert_string_equal(out[0].phones, "IY K OW B IY Z");
	duet_lexicon_free(lexicon);
}

static void says_where_the_users_own_are_wrong(void **state)
{
	static const struct {
		const char *text, *what;
		int line;
	} rows[] = {
		{"box\tB AA K S\nbad B\n", "tab", 2},
		{"box\tB OK S\n", "'OK' is not a phone", 1},
		{"\n\nbox\t\n", "empty", 3},
		{"b\xffx\tB\n", "UTF-8", 1},
	};
	char dictionary[128];

	snprintf(dictionary, sizeof(dictionary), "%s", path_of("dictionary"));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *files[2] = {NULL, NULL};
		struct duet_lexicon_setup setup = {"en", NULL, dictionary, files};
		struct duet_lexicon *lexicon;
		struct duet_error error = {0};

		write_file("own", rows[i].text);
		files[0] = path_of("own");
		assert_int_equal(duet_lexicon_new(&lexicon, &setup, &error), -EINVAL);
		assert_null(lexicon);
		assert_non_null(strstr(error.what, rows[i].what));
		assert_int_equal(error.line, rows[i].line);
	}
}

static void says_what_to_install(void **state)
{
	struct duet_lexicon_setup setup = {.language = "en-US", .dictionary = "/nowhere/cmudict"};
	struct duet_lexicon *lexicon;
	struct duet_error error = {0};

	assert_int_equal(duet_lexicon_new(&lexicon, &setup, &error), -ENOENT);
	assert_non_null(strstr(error.hint, "pocketsphinx-en-us"));
	write_file("empty", "");
	setup.dictionary = path_of("empty");
	assert_int_equal(duet_lexicon_new(&lexicon, &setup, &error), -EINVAL);
	setup.language = "xx";
	assert_int_equal(duet_lexicon_new(&lexicon, &setup, &error), -ENOTSUP);
}

static void survives_every_failed_allocation(void **state)
{
	static const char *const files[] = {"own", NULL};
	char dictionary[128];
	struct duet_lexicon_setup setup = {.language = "en", .dictionary = dictionary, .user_files = files};
	struct duet_lexicon *lexicon = NULL;
	const char *paths[2] = {NULL, NULL};
	int status = -ENOMEM;

	snprintf(dictionary, sizeof(dictionary), "%s", path_of("dictionary"));
	write_file("own", "box\tB AA K S\n");
	paths[0] = path_of("own");
	setup.user_files = paths;
	for (long n = 1; status == -ENOMEM; n++) {
		assert_in_range(n, 1, 50);
		duet_alloc_fail_at(n);
		status = duet_lexicon_new(&lexicon, &setup, NULL);
		duet_alloc_fail_at(0);
		assert_true((status == 0) == (lexicon != NULL));
	}
	assert_int_equal(status, 0);
	duet_lexicon_free(lexicon);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_words),
		cmocka_unit_test(goes_by_the_letters),
		cmocka_unit_test(has_no_sound_for_what_is_no_word),
		cmocka_unit_test(the_users_own_come_first),
		cmocka_unit_test(says_where_the_users_own_are_wrong),
		cmocka_unit_test(says_what_to_install),
		cmocka_unit_test(survives_every_failed_allocation),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
