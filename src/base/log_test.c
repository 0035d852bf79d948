/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "torture.h"

static void topics_have_levels_of_their_own(void **state)
{
	assert_int_equal(duet_log_set("error,asr=debug,net=info"), 0);
	assert_true(duet_log_enabled(DUET_LOG_DEBUG, "asr"));
	assert_false(duet_log_enabled(DUET_LOG_DEBUG, "net"));
	assert_true(duet_log_enabled(DUET_LOG_INFO, "net"));
	assert_false(duet_log_enabled(DUET_LOG_WARN, "wake"));
	assert_true(duet_log_enabled(DUET_LOG_ERROR, "wake"));
}

static void nonsense_changes_nothing(void **state)
{
	assert_int_equal(duet_log_set("info"), 0);
	assert_int_equal(duet_log_set("loud"), -EINVAL);
	assert_int_equal(duet_log_set("warn,asr=loud"), -EINVAL);
	assert_int_equal(duet_log_set("=debug"), -EINVAL);
	assert_int_equal(duet_log_set("averyveryverylongtopic=debug"), -EINVAL);
	assert_true(duet_log_enabled(DUET_LOG_INFO, "asr"));
}

/* What one call writes to stderr. */
static void capture(char *line, size_t size, const char *text)
{
	int saved = dup(STDERR_FILENO), ends[2];
	ssize_t n;

	assert_int_equal(pipe(ends), 0);
	dup2(ends[1], STDERR_FILENO);
	duet_warn("asr", "%s", text);
	duet_debug("asr", "%s", text);
	dup2(saved, STDERR_FILENO);
	close(saved);
	close(ends[1]);
	n = read(ends[0], line, size - 1);
	close(ends[0]);
	assert_true(n > 0);
	line[n] = '\0';
}

static void a_line_has_level_topic_and_text(void **state)
{
	char line[4096], endless[3000];

	duet_log_set("info");
	capture(line, sizeof(line), "hello");
	assert_string_equal(line + strlen("2026-11-22 17:19:01.123"), " warn  asr: hello\n");
	memset(endless, 'x', sizeof(endless) - 1);
	endless[sizeof(endless) - 1] = '\0';
	capture(line, sizeof(line), endless);
	assert_int_equal(line[strlen(line) - 1], '\n');
	assert_true(strlen(line) <= 1024);
}

static void as_json_it_is_one_object(void **state)
{
	char line[16384];

	duet_log_json(true);
	capture(line, sizeof(line), "a \"quote\", a \\ and\na line");
	duet_log_json(false);
	assert_non_null(strstr(line, "\",\"level\":\"warn\",\"topic\":\"asr\",\"text\":"
				     "\"a \\\"quote\\\", a \\\\ and\\u000aa line\"}\n"));
	assert_memory_equal(line, "{\"time\":\"2", 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(topics_have_levels_of_their_own),
		cmocka_unit_test(nonsense_changes_nothing),
		cmocka_unit_test(a_line_has_level_topic_and_text),
		cmocka_unit_test(as_json_it_is_one_object),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
