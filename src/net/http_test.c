/* SPDX-License-Identifier: Apache-2.0 */
#include "net/http.h"

#include "http_fixture.h"
#include "torture.h"

static void expect(struct http_fixture *fixture, const char *text)
{
	if (!strstr(fixture->answer, text))
		fail_msg("'%s' is not in '%s'", text, fixture->answer);
}

static void send_text(struct http_fixture *fixture, const char *text)
{
	fixture->answer_len = 0;
	fixture_send(fixture, duet_slice(text));
}

static void requests_are_answered_one_after_the_other(void **state)
{
	struct http_fixture fixture;

	assert_true(fixture_begin(&fixture));
	send_text(&fixture,
		  "GET /a?b=c HTTP/1.1\r\nHost: x\r\n\r\nPOST /d HTTP/1.1\r\nContent-Length: 3\r\n\r\nxyz");
	assert_int_equal(fixture.n_requests, 2);
	expect(&fixture, "HTTP/1.1 200 OK\r\n");
	expect(&fixture, "GET /a?b=c 0");
	expect(&fixture, "POST /d? 3");
	expect(&fixture, "X-Test: yes\r\n");
	send_text(&fixture,
		  "PUT /e HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
	expect(&fixture, "PUT /e? 5");
	send_text(&fixture, "GET /f HTTP/1.1\r\nConnection: close\r\n\r\n");
	expect(&fixture, "Connection: close");
	fixture_turn(&fixture);
	assert_true(fixture.closed || read(fixture.fd, fixture.answer, 1) == 0);
	fixture_end(&fixture);
}

static void a_request_may_come_byte_by_byte(void **state)
{
	static const char text[] = "POST /abc HTTP/1.1\r\nA: b\r\nContent-Length: 4\r\n\r\nbody";
	struct http_fixture fixture;

	assert_true(fixture_begin(&fixture));
	for (size_t i = 0; i < sizeof(text) - 1; i++)
		fixture_send(&fixture, (struct duet_slice){text + i, 1});
	expect(&fixture, "POST /abc? 4");
	fixture_end(&fixture);
}

static void what_cannot_be_read_is_refused(void **state)
{
	static const struct {
		const char *text, *status;
	} cases[] = {
		{"nonsense\r\n\r\n", "400"},
		{"POST / HTTP/1.1\r\nContent-Length: 5000\r\n\r\n", "413"},
		{"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nffff\r\n", ""},
		{"GET / HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n", "400"},
		{"GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", "400"},
	};
	struct http_fixture fixture;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_true(fixture_begin(&fixture));
		send_text(&fixture, cases[i].text);
		expect(&fixture, cases[i].status);
		assert_int_equal(fixture.n_requests, 0);
		fixture_end(&fixture);
	}
}

static void a_head_that_is_too_long_is_refused(void **state)
{
	struct http_fixture fixture;
	char text[4096] = "GET / HTTP/1.1\r\nX: ";

	memset(text + strlen(text), 'a', 3000);
	assert_true(fixture_begin(&fixture));
	send_text(&fixture, text);
	expect(&fixture, "431");
	fixture_end(&fixture);
}

static void a_body_may_be_streamed(void **state)
{
	struct http_fixture fixture;

	assert_true(fixture_begin(&fixture));
	fixture.streams_body = true;
	send_text(&fixture, "PUT /s HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 10\r\n\r\n");
	expect(&fixture, "100 Continue");
	send_text(&fixture, "0123456789");
	assert_int_equal(fixture.streamed, 10);
	expect(&fixture, "PUT /s? 0");
	send_text(&fixture, "PUT /s HTTP/1.1\r\nContent-Length: 1001\r\n\r\n");
	expect(&fixture, "413");
	fixture_end(&fixture);
}

static void an_answer_may_come_before_the_body(void **state)
{
	struct http_fixture fixture;

	assert_true(fixture_begin(&fixture));
	fixture.replies_at_head = true;
	send_text(&fixture, "PUT /s HTTP/1.1\r\nContent-Length: 10\r\n\r\n");
	expect(&fixture, "403");
	expect(&fixture, "Connection: close");
	assert_int_equal(fixture.n_requests, 0);
	fixture_end(&fixture);
}

static void a_client_may_go_before_its_answer(void **state)
{
	struct http_fixture fixture;

	assert_true(fixture_begin(&fixture));
	fixture.holds = true;
	send_text(&fixture, "GET /later HTTP/1.1\r\n\r\n");
	assert_non_null(fixture.held);
	duet_http_free(fixture.connection);
	assert_null(duet_http_connection(fixture.held));
	duet_http_reply(fixture.held, 200, NULL, duet_slice("nobody"));
	fixture_end(&fixture);
}

static void a_long_answer_comes_in_chunks(void **state)
{
	struct http_fixture fixture;

	assert_true(fixture_begin(&fixture));
	fixture.holds = true;
	send_text(&fixture, "GET /long HTTP/1.1\r\n\r\n");
	duet_http_reply_begin(fixture.held, 200, "text/plain", NULL, NULL);
	assert_true(duet_http_reply_chunk(fixture.held, duet_slice("hello")) >= 0);
	duet_http_reply_end(fixture.held);
	fixture_turn(&fixture);
	expect(&fixture, "Transfer-Encoding: chunked");
	expect(&fixture, "5\r\nhello\r\n0\r\n\r\n");
	fixture_end(&fixture);
}

static void who_says_nothing_is_closed(void **state)
{
	struct http_fixture fixture;

	assert_true(fixture_begin(&fixture));
	send_text(&fixture, "GET /slow HTTP/1.1\r\n");
	duet_clock_manual_advance(&fixture.clock, INT64_C(3000) * 1000000);
	fixture_turn(&fixture);
	fixture_turn(&fixture);
	assert_int_equal(read(fixture.fd, fixture.answer, 1), 0);
	fixture_end(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests_are_answered_one_after_the_other),
		cmocka_unit_test(a_request_may_come_byte_by_byte),
		cmocka_unit_test(what_cannot_be_read_is_refused),
		cmocka_unit_test(a_head_that_is_too_long_is_refused),
		cmocka_unit_test(a_body_may_be_streamed),
		cmocka_unit_test(an_answer_may_come_before_the_body),
		cmocka_unit_test(a_client_may_go_before_its_answer),
		cmocka_unit_test(a_long_answer_comes_in_chunks),
		cmocka_unit_test(who_says_nothing_is_closed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
