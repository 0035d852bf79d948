/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <http_parser.h>
#include <stdio.h>
#include <time.h>

#include "base/alloc.h"
#include "net/http_exchange.h"
#include "net/stream.h"

const struct duet_http_request *duet_http_request(const struct duet_http_exchange *exchange)
{
	return &exchange->request;
}

struct duet_http_connection *duet_http_connection(const struct duet_http_exchange *exchange)
{
	return exchange->connection;
}

struct duet_stream *duet_http_stream_of(const struct duet_http_exchange *exchange)
{
	return exchange->connection ? exchange->connection->stream : NULL;
}

void duet_http_keep(struct duet_http_exchange *exchange, void *memory, void (*done)(void *memory))
{
	exchange->kept[exchange->n_kept].memory = memory;
	exchange->kept[exchange->n_kept++].done = done;
}

void *duet_http_kept(const struct duet_http_exchange *exchange, void (*done)(void *memory))
{
	for (size_t i = 0; i < exchange->n_kept; i++)
		if (exchange->kept[i].done == done)
			return exchange->kept[i].memory;
	return NULL;
}

void duet_http_stream(struct duet_http_exchange *exchange, size_t max_bytes,
		      int (*write)(void *user, struct duet_slice piece), void *user)
{
	exchange->max_body = max_bytes;
	exchange->write = write;
	exchange->write_user = user;
}

void duet_http_pause(struct duet_http_exchange *exchange, bool paused)
{
	if (exchange->connection && !exchange->complete)
		duet_stream_pause(exchange->connection->stream, paused);
}

void duet_http_exchange_free(struct duet_http_exchange *exchange)
{
	while (exchange->n_kept > 0) {
		exchange->n_kept--;
		exchange->kept[exchange->n_kept].done(exchange->kept[exchange->n_kept].memory);
	}
	duet_text_done(&exchange->head);
	duet_text_done(&exchange->body);
	duet_text_done(&exchange->reply_headers);
	duet_free(exchange);
}

void duet_http_exchange_over(struct duet_http_exchange *exchange)
{
	struct duet_http_connection *connection = exchange->connection;
	bool keep_alive = exchange->keep_alive;

	duet_http_exchange_free(exchange);
	if (!connection)
		return;
	connection->exchange = NULL;
	if (!keep_alive || connection->draining) {
		connection->finished = true;
		duet_stream_finish(connection->stream);
		return;
	}
	duet_wheel_set(connection->setup.wheel, &connection->idle, connection->setup.idle_ms);
	duet_stream_pause(connection->stream, false);
}

/* A value with a line's end would begin another header. */
static bool is_clean(const char *text)
{
	return !strpbrk(text, "\r\n");
}

void duet_http_reply_header(struct duet_http_exchange *exchange, const char *name, const char *value)
{
	if (is_clean(name) && is_clean(value))
		duet_text_printf(&exchange->reply_headers, "%s: %s\r\n", name, value);
}

static const char *phrase_of(int status)
{
	return http_status_str((enum http_status)status);
}

static void write_head(struct duet_http_exchange *exchange, int status, const char *type, long body_len)
{
	char head[640], date[40], length[64];
	time_t now = time(NULL);
	struct tm tm;
	int len;

	strftime(date, sizeof(date), "%a, %d %b %Y %H:%M:%S GMT", gmtime_r(&now, &tm));
	if (body_len < 0)
		snprintf(length, sizeof(length), "%s",
			 exchange->is_old ? "" : "Transfer-Encoding: chunked\r\n");
	else if (status == 204 || status == 304)
		length[0] = '\0';
	else
		snprintf(length, sizeof(length), "Content-Length: %ld\r\n", body_len);
	len = snprintf(
		head, sizeof(head), "HTTP/1.1 %d %s\r\nDate: %s\r\n%s%s%s%s%s", status, phrase_of(status),
		date, length, type ? "Content-Type: " : "", type ? type : "", type ? "\r\n" : "",
		exchange->keep_alive && !exchange->connection->draining ? "" : "Connection: close\r\n");
	duet_stream_write(exchange->connection->stream, (struct duet_slice){head, (size_t)len});
	if (exchange->reply_headers.len > 0 && !exchange->reply_headers.failed)
		duet_stream_write(
			exchange->connection->stream,
			(struct duet_slice){exchange->reply_headers.ptr, exchange->reply_headers.len});
	duet_stream_write(exchange->connection->stream, duet_slice("\r\n"));
}

void duet_http_reply(struct duet_http_exchange *exchange, int status, const char *type,
		     struct duet_slice body)
{
	exchange->replied = true;
	if (exchange->connection) {
		/* What is still to come of the request's body is not read. */
		if (!exchange->complete)
			exchange->keep_alive = false;
		write_head(exchange, status, type, (long)body.len);
		if (body.len > 0 &&
		    strcmp(exchange->request.method ? exchange->request.method : "", "HEAD") != 0)
			duet_stream_write(exchange->connection->stream, body);
	}
	duet_http_exchange_over(exchange);
}

void duet_http_reply_begin(struct duet_http_exchange *exchange, int status, const char *type,
			   void (*drained)(void *user, struct duet_http_exchange *exchange), void *user)
{
	exchange->replied = true;
	exchange->chunked_begun = true;
	exchange->drained = drained;
	exchange->drained_user = user;
	if (exchange->is_old)
		exchange->keep_alive = false;
	if (exchange->connection)
		write_head(exchange, status, type, -1);
}

long duet_http_reply_chunk(struct duet_http_exchange *exchange, struct duet_slice piece)
{
	struct duet_stream *stream = duet_http_stream_of(exchange);
	char size[24];
	int len = snprintf(size, sizeof(size), "%zx\r\n", piece.len), code = 0;

	if (!stream)
		return -EPIPE;
	if (piece.len > 0) {
		if (!exchange->is_old)
			code = duet_stream_write(stream, (struct duet_slice){size, (size_t)len});
		if (code == 0)
			code = duet_stream_write(stream, piece);
		if (code == 0 && !exchange->is_old)
			code = duet_stream_write(stream, duet_slice("\r\n"));
	}
	return code < 0 ? code : (long)duet_stream_unsent(stream);
}

void duet_http_reply_end(struct duet_http_exchange *exchange)
{
	struct duet_stream *stream = duet_http_stream_of(exchange);

	if (stream && !exchange->is_old)
		duet_stream_write(stream, duet_slice("0\r\n\r\n"));
	duet_http_exchange_over(exchange);
}
