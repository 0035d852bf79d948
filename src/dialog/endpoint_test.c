/* SPDX-License-Identifier: Apache-2.0 */
#include "dialog/endpoint.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const struct duet_endpoint_times times = {
	.complete_ms = 300, .open_ms = 800, .silence_ms = 5000, .longest_ms = 15000};

/* Frames of one kind; the milliseconds until a verdict, or -1. */
static int run(struct duet_endpoint *endpoint, int ms, bool voiced, bool complete, enum duet_verdict *verdict)
{
	for (int at = 10; at <= ms; at += 10) {
		*verdict = duet_endpoint_frame(endpoint, voiced, complete);
		if (*verdict != DUET_VERDICT_GO_ON)
			return at;
	}
	return -1;
}

static void a_whole_sentence_ends_soon(void **state)
{
	struct duet_endpoint endpoint;
	enum duet_verdict verdict;

	duet_endpoint_init(&endpoint, &times);
	assert_int_equal(run(&endpoint, 1000, true, true, &verdict), -1);
	assert_int_equal(run(&endpoint, 2000, false, true, &verdict), 300);
	assert_int_equal(verdict, DUET_VERDICT_ENDED);
	assert_int_equal(duet_endpoint_quiet_ms(&endpoint), 300);
}

static void an_unfinished_one_is_waited_for(void **state)
{
	struct duet_endpoint endpoint;
	enum duet_verdict verdict;

	duet_endpoint_init(&endpoint, &times);
	run(&endpoint, 1000, true, false, &verdict);
	assert_int_equal(run(&endpoint, 700, false, false, &verdict), -1);
	run(&endpoint, 100, true, false, &verdict);
	assert_int_equal(run(&endpoint, 2000, false, false, &verdict), 800);
	assert_int_equal(verdict, DUET_VERDICT_ENDED);
}

static void it_may_become_whole_in_the_silence(void **state)
{
	struct duet_endpoint endpoint;
	enum duet_verdict verdict;

	duet_endpoint_init(&endpoint, &times);
	run(&endpoint, 500, true, false, &verdict);
	run(&endpoint, 450, false, false, &verdict);
	assert_int_equal(run(&endpoint, 100, false, true, &verdict), 10);
}

static void completeness_is_asked_for_only_when_it_matters(void **state)
{
	struct duet_endpoint endpoint;
	enum duet_verdict verdict;

	duet_endpoint_init(&endpoint, &times);
	assert_false(duet_endpoint_asks(&endpoint));
	run(&endpoint, 500, true, false, &verdict);
	assert_false(duet_endpoint_asks(&endpoint));
	run(&endpoint, 290, false, false, &verdict);
	assert_true(duet_endpoint_asks(&endpoint));
	run(&endpoint, 500, false, false, &verdict);
	assert_false(duet_endpoint_asks(&endpoint));
}

static void nothing_said_runs_out(void **state)
{
	struct duet_endpoint endpoint;
	enum duet_verdict verdict;

	duet_endpoint_init(&endpoint, &times);
	run(&endpoint, 60, true, true, &verdict); /* the end of the wake word */
	assert_int_equal(run(&endpoint, 20000, false, true, &verdict), 4940);
	assert_int_equal(verdict, DUET_VERDICT_SILENCE);
}

static void endless_speech_runs_out(void **state)
{
	struct duet_endpoint endpoint;
	enum duet_verdict verdict;

	duet_endpoint_init(&endpoint, &times);
	assert_int_equal(run(&endpoint, 60000, true, false, &verdict), 15000);
	assert_int_equal(verdict, DUET_VERDICT_ENDLESS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_whole_sentence_ends_soon),
		cmocka_unit_test(an_unfinished_one_is_waited_for),
		cmocka_unit_test(it_may_become_whole_in_the_silence),
		cmocka_unit_test(completeness_is_asked_for_only_when_it_matters),
		cmocka_unit_test(nothing_said_runs_out),
		cmocka_unit_test(endless_speech_runs_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
