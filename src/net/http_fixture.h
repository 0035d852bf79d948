/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_NET_HTTP_FIXTURE_H
#define DUET_NET_HTTP_FIXTURE_H

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "loop/loop.h"
#include "loop/wheel.h"
#include "net/http.h"
#include "net/stream.h"

/* A server on one end of a socket pair, for tests and the fuzzer: it answers with what it was asked. */
struct http_fixture {
	struct duet_clock_manual clock;
	struct duet_loop *loop;
	struct duet_wheel *wheel;
	struct duet_streams *streams;
	struct duet_http_connection *connection;
	struct duet_http_exchange *held; /* answered by hand, when `holds` */
	bool holds, closed, streams_body, replies_at_head;
	int n_requests;
	size_t streamed;
	int fd;
	char answer[64 * 1024];
	size_t answer_len;
};

static void fixture_requested(void *user, struct duet_http_exchange *exchange)
{
	struct http_fixture *fixture = user;
	const struct duet_http_request *request = duet_http_request(exchange);
	char body[512];
	int len = snprintf(body, sizeof(body), "%s %.*s?%.*s %zu", request->method,
			   (int)request->path.len % 200, request->path.ptr, (int)request->query.len % 200,
			   request->query.ptr, request->body.len);

	fixture->n_requests++;
	if (fixture->holds) {
		fixture->held = exchange;
		return;
	}
	duet_http_reply_header(exchange, "X-Test", "yes");
	duet_http_reply(exchange, 200, "text/plain", (struct duet_slice){body, (size_t)len});
}

static int fixture_write(void *user, struct duet_slice piece)
{
	((struct http_fixture *)user)->streamed += piece.len;
	return 0;
}

static void fixture_head(void *user, struct duet_http_exchange *exchange)
{
	struct http_fixture *fixture = user;

	if (fixture->streams_body)
		duet_http_stream(exchange, 1000, fixture_write, fixture);
	if (fixture->replies_at_head)
		duet_http_reply(exchange, 403, NULL, duet_slice(""));
}

static void fixture_closed(void *user)
{
	struct http_fixture *fixture = user;

	fixture->closed = true;
	fixture->connection = NULL;
}

static inline bool fixture_begin(struct http_fixture *fixture)
{
	struct duet_http_setup setup = {.max_head_bytes = 2048, .max_body_bytes = 4096, .idle_ms = 1000};
	static const struct duet_stream_calls no_calls;
	struct duet_stream *stream;
	int fds[2];

	*fixture = (struct http_fixture){0};
	duet_clock_manual_init(&fixture->clock, 0);
	fixture->loop = duet_loop_new(&fixture->clock.clock);
	fixture->wheel = duet_wheel_new(fixture->loop);
	fixture->streams = duet_streams_new(fixture->loop);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds) < 0)
		return false;
	fixture->fd = fds[1];
	if (duet_stream_new(&stream, fixture->streams, fds[0], NULL, &no_calls, NULL) < 0)
		return false;
	setup.wheel = fixture->wheel;
	setup.user = fixture;
	setup.head = fixture_head;
	setup.request = fixture_requested;
	setup.closed = fixture_closed;
	fixture->connection = duet_http_new(&setup, stream);
	return fixture->connection != NULL;
}

static inline void fixture_turn(struct http_fixture *fixture)
{
	ssize_t n;

	duet_loop_turn(fixture->loop);
	while ((n = read(fixture->fd, fixture->answer + fixture->answer_len,
			 sizeof(fixture->answer) - 1 - fixture->answer_len)) > 0)
		fixture->answer_len += (size_t)n;
	fixture->answer[fixture->answer_len] = '\0';
}

static inline void fixture_send(struct http_fixture *fixture, struct duet_slice bytes)
{
	if (write(fixture->fd, bytes.ptr, bytes.len) < 0)
		return;
	fixture_turn(fixture);
	fixture_turn(fixture);
}

static inline void fixture_end(struct http_fixture *fixture)
{
	close(fixture->fd);
	if (fixture->connection)
		duet_http_free(fixture->connection);
	duet_loop_turn(fixture->loop);
	duet_streams_free(fixture->streams);
	duet_wheel_free(fixture->wheel);
	duet_loop_free(fixture->loop);
}

#endif
