/* SPDX-License-Identifier: Apache-2.0 */
#include "learnt/query.h"

#include <errno.h>

#include "test/torture.h"

static const char snips[] = "{\"PlayMusic\": [\n"
			    "  {\"data\": [{\"text\": \"play \"}, {\"text\": \" jazz \", \"entity\": "
			    "\"genre\"}, {\"text\": \"now\"}]},\n"
			    "  {\"data\": [{\"text\": \"music \\\"{[\"}]}\n"
			    "]}\n";

static const char own[] = "queries:\n"
			  "  - intent: Timer\n"
			  "    means: [\"timer for {duration}\"]\n"
			  "    say: [\"count [ten minutes](duration) down\", stop]\n"
			  "  - say: [how old are you]\n";

static int parse(struct duet_queries *queries, const char *text, struct duet_error *error)
{
	assert_int_equal(duet_queries_init(queries), 0);
	return duet_queries_parse(queries, "file", duet_slice(text), error);
}

static void expect_slot(const struct duet_queries *queries, size_t i, const char *slot, const char *text)
{
	const struct duet_query *query = &queries->items[i];
	const struct duet_query_span *span = &queries->spans[query->span];

	assert_int_equal(query->n_spans, 1);
	assert_string_equal(queries->slots[span->slot], slot);
	assert_int_equal(span->end - span->begin, strlen(text));
	assert_memory_equal(query->text.ptr + span->begin, text, strlen(text));
}

static void reads_snips(void **state)
{
	struct duet_queries queries;

	assert_int_equal(parse(&queries, snips, NULL), 0);
	assert_int_equal(queries.n, 2);
	assert_string_equal(queries.meanings[0].intent, "PlayMusic");
	assert_string_equal(queries.items[0].text.ptr, "play  jazz now");
	expect_slot(&queries, 0, "genre", "jazz");
	duet_queries_done(&queries);
}

static void reads_latin_1(void **state)
{
	struct duet_queries queries;

	assert_int_equal(parse(&queries, "{\"A\": [{\"data\": [{\"text\": \"caf\xe9\"}]}]}", NULL), 0);
	assert_string_equal(queries.items[0].text.ptr, "café");
	duet_queries_done(&queries);
}

static void reads_its_own(void **state)
{
	struct duet_queries queries;

	assert_int_equal(parse(&queries, own, NULL), 0);
	assert_int_equal(queries.n, 3);
	assert_int_equal(queries.n_meanings, 2);
	assert_string_equal(queries.items[0].text.ptr, "count ten minutes down");
	expect_slot(&queries, 0, "duration", "ten minutes");
	assert_string_equal(queries.meanings[queries.items[1].meaning].forms[0], "timer for {duration}");
	assert_string_equal(queries.meanings[queries.items[2].meaning].intent, "");
	duet_queries_done(&queries);
}

/* A mistake, with the line where it is. */
static void expect_mistake(const char *text, int line, const char *what)
{
	struct duet_error error = {0};
	struct duet_queries queries;

	assert_int_equal(parse(&queries, text, &error), -EINVAL);
	assert_string_equal(error.file, "file");
	assert_int_equal(error.line, line);
	assert_non_null(strstr(error.what, what));
	duet_queries_done(&queries);
}

static void mistakes_have_a_line(void **state)
{
	expect_mistake("{\"A\": [{\"data\": [{\"text\": \"}]}\"}]},\n{\"data\": 3}]}", 2, "called data");
	expect_mistake("{\"A\": [\n{\"data\": [\n{\"entity\": \"x\"}]}]}", 2, "needs a text");
	expect_mistake("{\"A\":\n 3}", 2, "list of queries");
	expect_mistake("{\"A\":\n,}", 2, "");
	expect_mistake("queries:\n  - intent: A\n    says: [x]\n", 2, "called say");
	expect_mistake("queries:\n  - say: [x]\n    intend: A\n", 3, "a group has");
	expect_mistake("queries:\n  - say: [x]\n    means: [y]\n", 3, "beside an intent");
	expect_mistake("queries:\n  - say:\n    - a [b](c\n", 3, "is written");
	expect_mistake("sentences: []\n", 1, "called queries");
}

static int parse_both(void *user)
{
	struct duet_queries queries;
	int result = duet_queries_init(&queries);

	if (result == 0)
		result = duet_queries_parse(&queries, "own", duet_slice(own), NULL);
	duet_queries_done(&queries);
	return result;
}

static void survives_failing_memory(void **state)
{
	duet_torture(parse_both, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_snips),
		cmocka_unit_test(reads_latin_1),
		cmocka_unit_test(reads_its_own),
		cmocka_unit_test(mistakes_have_a_line),
		cmocka_unit_test(survives_failing_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
