/* SPDX-License-Identifier: Apache-2.0 */
#include "assistant/enrolled.h"

#include <stdio.h>

#include "engine_options.h"
#include "sound_files.h"
#include "torture.h"

static const char config_text[] =
	"audio: {engine: \"null\"}\nvad: {engine: \"null\"}\nwake: {engine: sphinx}\nhome: {engine: "
	"\"null\"}\n"
	"assistants:\n"
	"  - {id: a, wake: [hey you, {word: tin, engine: micro, model: tin.json}], asr: {engine: \"null\"}, "
	"tts: {engine: \"null\"}}\n"
	"  - {id: b, wake: [hello], asr: {engine: \"null\"}, tts: {engine: \"null\"}}\n";

static char state_dir[256], config_path[256];

static struct duet_config *load(void)
{
	struct duet_config *config = NULL;
	struct duet_error error = {0};

	if (duet_config_load(&config, config_path, "/tmp", &error) < 0)
		fail_msg("%s", error.what);
	return config;
}

static void enrol(const char *assistant, const char *phrase, const char *lines)
{
	char path[DUET_ENROLLED_PATH];
	struct duet_error error = {0};

	duet_enrolled_path(state_dir, assistant, path);
	if (duet_enrolled_replace(path, phrase, lines, &error) < 0)
		fail_msg("%s", error.what);
}

static void lines_are_replaced_and_forgotten(void **state)
{
	char path[DUET_ENROLLED_PATH], phrase[DUET_PHRASE_BYTES], *text;
	const char *at;

	enrol("b", "hello", "hello\tHH AH L OW\nhello\tHH EH L OW\n");
	enrol("b", "hell", "hell\tHH EH L\n");
	enrol("b", "hello", "hello\tAH L OW\n");
	duet_enrolled_path(state_dir, "b", path);
	assert_int_equal(duet_enrolled_load(path, &text, NULL), 0);
	assert_string_equal(text, "hell\tHH EH L\nhello\tAH L OW\n");
	assert_int_equal(duet_enrolled_count(text, "hello"), 1);
	assert_int_equal(duet_enrolled_count(text, "he"), 0);
	at = text;
	assert_true(duet_enrolled_next(text, &at, phrase));
	assert_string_equal(phrase, "hell");
	assert_true(duet_enrolled_next(text, &at, phrase));
	assert_string_equal(phrase, "hello");
	assert_false(duet_enrolled_next(text, &at, phrase));
	duet_free(text);
	enrol("b", "hello", "");
	enrol("b", "hell", "");
	assert_int_equal(duet_enrolled_load(path, &text, NULL), 0);
	assert_int_equal(duet_enrolled_count(text, "hello"), 0);
	duet_free(text);
}

static void a_configuration_gets_what_was_enrolled(void **state)
{
	struct duet_config *config = load();
	const struct duet_assistant_config *one = &config->assistants[0];

	enrol("a", "hey you", "hey you\tHH EY Y UW\n");
	enrol("a", "my own", "my own\tM AY OW N\nmy own\tM AY OW\n");
	enrol("a", "tin", "tin\tT IH N\n");
	assert_int_equal(duet_enrolled_apply(config, state_dir), 0);
	assert_int_equal(one->wake.n_items, 3);
	assert_non_null(strstr(one->wake.items[0].model, "/wake/a.txt"));
	assert_non_null(strstr(one->wake.items[1].model, "tin.json"));
	assert_string_equal(one->wake.items[2].word, "my own");
	assert_string_equal(one->wake.items[2].model, one->wake.items[0].model);
	assert_string_equal(one->wake.items[2].choice->name, "sphinx");
	assert_int_equal(config->assistants[1].wake.n_items, 1);
	assert_null(config->assistants[1].wake.items[0].model);
	duet_config_free(config);
}

static void nothing_enrolled_changes_nothing(void **state)
{
	struct duet_config *config = load();

	assert_int_equal(duet_enrolled_apply(config, ""), 0);
	assert_int_equal(duet_enrolled_apply(config, "/nowhere/at/all"), 0);
	assert_int_equal(config->assistants[0].wake.n_items, 2);
	assert_null(config->assistants[0].wake.items[0].model);
	duet_config_free(config);
}

static int replace_once(void *user)
{
	char path[DUET_ENROLLED_PATH];

	duet_enrolled_path(state_dir, "c", path);
	return duet_enrolled_replace(path, "hello", "hello\tHH AH L OW\n", NULL);
}

static void survives_failing_memory(void **state)
{
	duet_torture(replace_once, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_replaced_and_forgotten),
		cmocka_unit_test(a_configuration_gets_what_was_enrolled),
		cmocka_unit_test(nothing_enrolled_changes_nothing),
		cmocka_unit_test(survives_failing_memory),
	};
	FILE *file;
	int n_failed;

	snprintf(state_dir, sizeof(state_dir), "%s", sound_path("state"));
	snprintf(config_path, sizeof(config_path), "%s", sound_path("duet.yaml"));
	file = fopen(config_path, "w");
	fputs(config_text, file);
	fclose(file);
	n_failed = cmocka_run_group_tests(tests, NULL, NULL);
	sound_folder_remove();
	return n_failed;
}
