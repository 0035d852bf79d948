/* SPDX-License-Identifier: Apache-2.0 */
#include "assistant/config.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define ONE "assistants: [{id: a, wake: [hey], asr: {engine: \"null\"}, tts: {engine: \"null\"}}]\n"
#define STAGES                                                                                               \
	"audio: {engine: \"null\"}\nvad: {engine: \"null\"}\nwake: {engine: \"null\"}\nhome: {engine: "      \
	"\"null\"}\n"

static char path[64];

static int load(const char *text, struct duet_config **config, struct duet_error *error)
{
	FILE *file;

	snprintf(path, sizeof(path), "/tmp/duet-config-%d.yaml", (int)getpid());
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
	memset(error, 0, sizeof(*error));
	*config = NULL;
	return duet_config_load(config, path, "/tmp", error);
}

static void refused(const char *text, const char *what, const char *hint, int line, int column)
{
	struct duet_config *config;
	struct duet_error error;

	assert_true(load(text, &config, &error) < 0);
	assert_null(config);
	if (!strstr(error.what, what) || !strstr(error.hint, hint))
		fail_msg("\"%s\" (\"%s\")", error.what, error.hint);
	assert_string_equal(error.file, path);
	assert_int_equal(error.line, line);
	assert_int_equal(error.column, column);
	unlink(path);
}

static void what_is_left_out_has_its_default(void **state)
{
	struct duet_config *config;
	struct duet_error error;

	assert_int_equal(load(STAGES ONE, &config, &error), 0);
	assert_string_equal(config->speaker.name, "Duet");
	assert_int_equal(config->listen.complete_ms, 300);
	assert_int_equal(config->speaker.night_begin_min, 22 * 60);
	assert_int_equal(config->n_assistants, 1);
	assert_string_equal(config->assistants[0].name, "a");
	assert_string_equal(config->assistants[0].language, "en-US");
	assert_ptr_equal(config->assistants[0].asr.engine, duet_engine_find("asr", "null"));
	assert_null(config->speaker.zone);
	duet_config_free(config);
	unlink(path);
}

static void fields_are_read(void **state)
{
	struct duet_config *config;
	struct duet_error error;

	assert_int_equal(load(STAGES "speaker: {name: Küche, ring_limit: 90s, night_end: '06:30'}\n"
				     "listen: {open: 1s}\n" ONE,
			      &config, &error),
			 0);
	assert_string_equal(config->speaker.name, "Küche");
	assert_int_equal(config->speaker.ring_limit_ms, 90000);
	assert_int_equal(config->speaker.night_end_min, 390);
	assert_int_equal(config->listen.open_ms, 1000);
	assert_non_null(duet_config_assistant(config, NULL));
	assert_null(duet_config_assistant(config, "b"));
	duet_config_free(config);
	unlink(path);
}

static void mistakes_say_where_and_what_is_near(void **state)
{
	refused("speaker:\n  nmae: x\n" STAGES ONE, "nmae", "name", 2, 3);
	refused("lisen: {open: 1s}\n" STAGES ONE, "lisen", "listen", 1, 1);
	refused("audio:\n  engine: nul\n" ONE, "nul", "null", 2, 11);
	refused("audio: {engine: \"null\"}\nvad: {engine: \"null\"}\nwake:\n  engine: scriptd\n" ONE,
		"scriptd", "scripted", 4, 11);
	refused("speaker: {night_begin: 25:00}\n" STAGES ONE, "25:00", "22:00", 1, 24);
	refused("speaker: {volume: 101}\n" STAGES ONE, "101", "", 1, 19);
}

static void assistants_are_checked(void **state)
{
	refused(STAGES "assistants: []\n", "no assistants", "", 5, 13);
	refused(STAGES "assistants:\n  - {wake: [hey]}\n", "without an id", "", 6, 5);
	refused(STAGES "assistants:\n  - {id: a}\n", "no wake word", "", 6, 5);
	refused(STAGES "assistants:\n"
		       "  - {id: a, wake: [x], asr: {engine: \"null\"}, tts: {engine: \"null\"}}\n"
		       "  - {id: a, wake: [y], asr: {engine: \"null\"}, tts: {engine: \"null\"}}\n",
		"two assistants", "", 7, 5);
	refused(STAGES "assistants:\n  - {id: a, wake: [x], asr: {engine: sphnx}}\n", "sphnx", "", 6, 38);
}

#define WITH_WAKE(words)                                                                                     \
	STAGES "assistants:\n  - {id: a, wake: " words ", asr: {engine: \"null\"}, tts: {engine: "           \
	       "\"null\"}}\n"

static void wake_words_may_have_an_engine_of_their_own(void **state)
{
	const struct duet_wake_word_config *words;
	struct duet_config *config;
	struct duet_error error;

	assert_int_equal(
		load(WITH_WAKE("[hey, {word: ho, engine: scripted}, {word: alexa, engine: micro, model: "
			       "m/alexa.json}, {word: x, engine: scripted}]"),
		     &config, &error),
		0);
	assert_int_equal(config->assistants[0].wake.n_items, 4);
	words = config->assistants[0].wake.items;
	assert_string_equal(words[0].word, "hey");
	assert_ptr_equal(words[0].choice, &config->wake.choice);
	assert_ptr_equal(words[1].choice->engine, duet_engine_find("wake", "scripted"));
	assert_ptr_equal(words[2].choice->engine, duet_engine_find("wake", "micro"));
	assert_string_equal(words[2].model, "/tmp/m/alexa.json");
	assert_null(words[0].model);
	assert_ptr_equal(words[3].choice, words[1].choice);
	assert_int_equal(config->wake.n_others, 2);
	duet_config_free(config);
	unlink(path);
	refused(WITH_WAKE("[{word: x, engine: micr}]"), "micr", "micro", 6, 20);
	refused(WITH_WAKE("[{engine: micro}]"), "without a word", "", 6, 20);
	refused(WITH_WAKE("[{word: x, mdoel: y}]"), "mdoel", "model", 6, 30);
	refused(WITH_WAKE("x"), "a list", "", 6, 19);
}

static void a_missing_file_is_an_error(void **state)
{
	struct duet_config *config;
	struct duet_error error = {0};

	assert_true(duet_config_load(&config, "/nowhere/duet.yaml", "/tmp", &error) < 0);
	assert_non_null(strstr(error.file, "/nowhere/duet.yaml"));
}

static void the_own_file_goes_before_the_shipped_one(void **state)
{
	char dir[] = "/tmp/duet-xdg-XXXXXX", file[64], found[512];
	FILE *made;

	assert_non_null(mkdtemp(dir));
	setenv("XDG_CONFIG_HOME", dir, 1);
	snprintf(file, sizeof(file), "%s/duet", dir);
	assert_int_equal(duet_config_find(NULL, dir, found, sizeof(found), NULL), -ENOENT);
	assert_int_equal(duet_config_find("x.yaml", dir, found, sizeof(found), NULL), 0);
	assert_string_equal(found, "x.yaml");
	snprintf(file, sizeof(file), "%s/duet.yaml", dir);
	made = fopen(file, "w");
	assert_non_null(made);
	fclose(made);
	assert_int_equal(duet_config_find(NULL, dir, found, sizeof(found), NULL), 0);
	assert_string_equal(found, file);
	unlink(file);
	rmdir(dir);
	unsetenv("XDG_CONFIG_HOME");
}

static void state_may_be_kept_nowhere(void **state)
{
	struct duet_config config = {0};
	char dir[512];

	assert_int_equal(duet_config_state_dir(&config, "", dir, sizeof(dir), NULL), 1);
	assert_string_equal(dir, "");
	setenv("STATE_DIRECTORY", "/tmp", 1);
	assert_int_equal(duet_config_state_dir(&config, NULL, dir, sizeof(dir), NULL), 0);
	assert_string_equal(dir, "/tmp");
	unsetenv("STATE_DIRECTORY");
}

static void count(void *user, const char *section, const struct duet_option *option)
{
	int *n = user;

	assert_non_null(option->help);
	assert_true(strlen(option->help) > 8);
	(*n)++;
}

static void every_field_can_be_listed(void **state)
{
	int n = 0;

	duet_config_each(count, &n);
	assert_true(n > 30);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_left_out_has_its_default),
		cmocka_unit_test(fields_are_read),
		cmocka_unit_test(mistakes_say_where_and_what_is_near),
		cmocka_unit_test(assistants_are_checked),
		cmocka_unit_test(wake_words_may_have_an_engine_of_their_own),
		cmocka_unit_test(a_missing_file_is_an_error),
		cmocka_unit_test(the_own_file_goes_before_the_shipped_one),
		cmocka_unit_test(state_may_be_kept_nowhere),
		cmocka_unit_test(every_field_can_be_listed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
