/* SPDX-License-Identifier: Apache-2.0 */
#include "net/http.h"

#include <errno.h>
#include <http_parser.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/text.h"
#include "loop/wheel.h"
#include "net/http_exchange.h"
#include "net/stream.h"

enum { DEFAULT_HEAD_BYTES = 16 * 1024, DEFAULT_BODY_BYTES = 1024 * 1024, DEFAULT_IDLE_MS = 60 * 1000 };

static long received(void *user, struct duet_slice bytes);
static void drained(void *user);
static void closed(void *user, int code, const char *why);

static const struct duet_stream_calls stream_calls = {
	.received = received, .drained = drained, .closed = closed};

static struct duet_http_exchange *exchange_of(http_parser *parser)
{
	return ((struct duet_http_connection *)parser->data)->exchange;
}

/* Answers what cannot be read, and reads no more. */
static int refuse(struct duet_http_exchange *exchange, int status)
{
	exchange->refused = status;
	return -1;
}

static int message_begun(http_parser *parser)
{
	struct duet_http_connection *connection = parser->data;
	struct duet_http_exchange *exchange = duet_calloc(1, sizeof(*exchange));

	if (!exchange)
		return -1;
	exchange->connection = connection;
	exchange->max_body = connection->setup.max_body_bytes;
	duet_text_init(&exchange->head, connection->setup.max_head_bytes);
	duet_text_init(&exchange->body, connection->setup.max_body_bytes + 1);
	duet_text_init(&exchange->reply_headers, connection->setup.max_head_bytes);
	connection->exchange = exchange;
	duet_wheel_set(connection->setup.wheel, &connection->idle, connection->setup.idle_ms);
	return 0;
}

/* Adds a piece to what the head holds; pieces of one thing follow each other. */
static int add_head(struct duet_http_exchange *exchange, const char *at, size_t len)
{
	if (duet_text_add(&exchange->head, (struct duet_slice){at, len}) < 0)
		return refuse(exchange, 431);
	return 0;
}

static int target_read(http_parser *parser, const char *at, size_t len)
{
	struct duet_http_exchange *exchange = exchange_of(parser);

	exchange->target_len += len;
	return add_head(exchange, at, len);
}

static int name_read(http_parser *parser, const char *at, size_t len)
{
	struct duet_http_exchange *exchange = exchange_of(parser);
	size_t *n = &exchange->request.n_headers;

	if (exchange->reads_value || *n == 0) {
		if (*n == DUET_HTTP_MAX_HEADERS)
			return refuse(exchange, 431);
		exchange->reads_value = false;
		exchange->places[(*n)++] = (struct header_place){.name_at = exchange->head.len};
	}
	exchange->places[*n - 1].name_len += len;
	return add_head(exchange, at, len);
}

static int value_read(http_parser *parser, const char *at, size_t len)
{
	struct duet_http_exchange *exchange = exchange_of(parser);
	struct header_place *place = &exchange->places[exchange->request.n_headers - 1];

	if (!exchange->reads_value) {
		exchange->reads_value = true;
		place->value_at = exchange->head.len;
	}
	place->value_len += len;
	return add_head(exchange, at, len);
}

/* The head stays where it is from now on: slices may point into it. */
static void place_slices(struct duet_http_exchange *exchange)
{
	struct duet_http_request *request = &exchange->request;
	const char *head = exchange->head.ptr, *mark;

	request->target = (struct duet_slice){head, exchange->target_len};
	request->path = request->target;
	mark = memchr(head, '?', exchange->target_len);
	request->query = duet_slice("");
	if (mark) {
		request->path.len = (size_t)(mark - head);
		request->query = (struct duet_slice){mark + 1, exchange->target_len - request->path.len - 1};
	}
	for (size_t i = 0; i < request->n_headers; i++) {
		struct header_place *place = &exchange->places[i];

		request->headers[i].name = (struct duet_slice){head + place->name_at, place->name_len};
		request->headers[i].value =
			(struct duet_slice){place->value_len ? head + place->value_at : "", place->value_len};
	}
}

static bool is_websocket(const struct duet_http_request *request)
{
	struct duet_slice upgrade = duet_http_header(request, "Upgrade");

	return upgrade.len == 9 && strncasecmp(upgrade.ptr, "websocket", 9) == 0;
}

static void invite_body(struct duet_http_exchange *exchange)
{
	struct duet_slice expect = duet_http_header(&exchange->request, "Expect");

	if (expect.len == 12 && strncasecmp(expect.ptr, "100-continue", 12) == 0 && !exchange->replied)
		duet_stream_write(exchange->connection->stream, duet_slice("HTTP/1.1 100 Continue\r\n\r\n"));
}

static int head_read(http_parser *parser)
{
	struct duet_http_exchange *exchange = exchange_of(parser);
	struct duet_http_connection *connection = exchange->connection;

	if (exchange->target_len == 0)
		return refuse(exchange, 400);
	exchange->request.method = http_method_str((enum http_method)parser->method);
	exchange->keep_alive = http_should_keep_alive(parser) != 0;
	exchange->is_old = parser->http_major < 1 || (parser->http_major == 1 && parser->http_minor == 0);
	place_slices(exchange);
	if (parser->upgrade && !is_websocket(&exchange->request))
		parser->upgrade = 0;
	if (parser->upgrade)
		return 0;
	if (connection->setup.head)
		connection->setup.head(connection->setup.user, exchange);
	if (connection->exchange != exchange)
		return -1;
	if ((parser->flags & F_CONTENTLENGTH) && parser->content_length != UINT64_MAX &&
	    parser->content_length > exchange->max_body)
		return refuse(exchange, 413);
	invite_body(exchange);
	return 0;
}

static int body_read(http_parser *parser, const char *at, size_t len)
{
	struct duet_http_exchange *exchange = exchange_of(parser);
	struct duet_slice piece = {at, len};

	duet_wheel_set(exchange->connection->setup.wheel, &exchange->connection->idle,
		       exchange->connection->setup.idle_ms);
	exchange->body_len += len;
	if (exchange->body_len > exchange->max_body)
		return refuse(exchange, 413);
	if (exchange->write)
		return exchange->write(exchange->write_user, piece) < 0 ? refuse(exchange, 500) : 0;
	return duet_text_add(&exchange->body, piece) < 0 ? refuse(exchange, 413) : 0;
}

/* A message is handled one at a time: what comes behind it waits in the stream. */
static int message_read(http_parser *parser)
{
	struct duet_http_exchange *exchange = exchange_of(parser);

	exchange->complete = true;
	exchange->request.body = exchange->body.ptr
					 ? (struct duet_slice){exchange->body.ptr, exchange->body.len}
					 : duet_slice("");
	if (!parser->upgrade)
		http_parser_pause(parser, 1);
	return 0;
}

static const http_parser_settings parser_settings = {
	.on_message_begin = message_begun,
	.on_url = target_read,
	.on_header_field = name_read,
	.on_header_value = value_read,
	.on_headers_complete = head_read,
	.on_body = body_read,
	.on_message_complete = message_read,
};

/* It took too long to send a request, or between two. */
static void idled(void *user)
{
	struct duet_http_connection *connection = user;

	duet_stream_finish(connection->stream);
	connection->finished = true;
}

struct duet_http_connection *duet_http_new(const struct duet_http_setup *setup,
					   struct duet_stream *take_stream)
{
	struct duet_http_connection *connection = duet_calloc(1, sizeof(*connection));

	if (!connection) {
		duet_stream_free(take_stream);
		return NULL;
	}
	connection->setup = *setup;
	if (!setup->max_head_bytes)
		connection->setup.max_head_bytes = DEFAULT_HEAD_BYTES;
	if (!setup->max_body_bytes)
		connection->setup.max_body_bytes = DEFAULT_BODY_BYTES;
	if (!setup->idle_ms)
		connection->setup.idle_ms = DEFAULT_IDLE_MS;
	connection->stream = take_stream;
	http_parser_init(&connection->parser, HTTP_REQUEST);
	connection->parser.data = connection;
	connection->idle = (struct duet_spoke){.call = idled, .user = connection};
	duet_wheel_set(setup->wheel, &connection->idle, connection->setup.idle_ms);
	duet_stream_give(take_stream, &stream_calls, connection);
	return connection;
}

/* The exchange goes on alone when somebody is about to answer it. */
static void let_go(struct duet_http_connection *connection)
{
	struct duet_http_exchange *exchange = connection->exchange;

	duet_wheel_stop(connection->setup.wheel, &connection->idle);
	connection->exchange = NULL;
	if (!exchange)
		return;
	exchange->connection = NULL;
	if (!exchange->complete)
		duet_http_exchange_free(exchange);
}

static void connection_over(struct duet_http_connection *connection)
{
	struct duet_http_setup setup = connection->setup;

	let_go(connection);
	duet_free(connection);
	if (setup.closed)
		setup.closed(setup.user);
}

void duet_http_free(struct duet_http_connection *connection)
{
	if (!connection)
		return;
	duet_stream_free(connection->stream);
	connection_over(connection);
}

static void closed(void *user, int code, const char *why)
{
	connection_over(user);
}

static void drained(void *user)
{
	struct duet_http_connection *connection = user;
	struct duet_http_exchange *exchange = connection->exchange;

	if (exchange && exchange->chunked_begun && exchange->drained)
		exchange->drained(exchange->drained_user, exchange);
}

void duet_http_drain(struct duet_http_connection *connection)
{
	connection->draining = true;
	if (!connection->exchange) {
		duet_stream_finish(connection->stream);
		connection->finished = true;
	}
}

/* Hands the stream to those who speak what it was upgraded to, or answers why not. */
static void upgrade(struct duet_http_connection *connection)
{
	struct duet_http_exchange *exchange = connection->exchange;
	int status = 400;

	duet_wheel_stop(connection->setup.wheel, &connection->idle);
	if (connection->setup.upgrade)
		status = connection->setup.upgrade(connection->setup.user, &exchange->request,
						   connection->stream);
	if (status != 0) {
		exchange->keep_alive = false;
		duet_http_reply(exchange, status, NULL, duet_slice(""));
		return;
	}
	exchange->connection = NULL;
	duet_http_exchange_free(exchange);
	duet_free(connection);
}

/* What cannot be read is answered, as far as there is something to answer, and the connection ends. */
static void give_up(struct duet_http_connection *connection)
{
	struct duet_http_exchange *exchange = connection->exchange;
	int status = exchange && exchange->refused ? exchange->refused : 400;

	if (exchange && !exchange->replied) {
		exchange->complete = true;
		exchange->keep_alive = false;
		duet_http_reply(exchange, status, NULL, duet_slice(""));
		return;
	}
	duet_stream_write(
		connection->stream,
		duet_slice("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"));
	duet_stream_finish(connection->stream);
	connection->finished = true;
}

/* A whole request: its handler answers now or later. */
static void handle(struct duet_http_connection *connection)
{
	struct duet_http_exchange *exchange = connection->exchange;

	duet_wheel_stop(connection->setup.wheel, &connection->idle);
	http_parser_pause(&connection->parser, 0);
	connection->setup.request(connection->setup.user, exchange);
}

/* Reads at most one request; how many bytes it took. */
static size_t read_some(struct duet_http_connection *connection, struct duet_slice bytes)
{
	size_t n_used = http_parser_execute(&connection->parser, &parser_settings, bytes.ptr, bytes.len);
	enum http_errno error = HTTP_PARSER_ERRNO(&connection->parser);

	/* It was answered before its body came, and is the last one. */
	if (connection->finished)
		return bytes.len;
	if (error == HPE_PAUSED) {
		handle(connection);
		return n_used;
	}
	if (error == HPE_OK)
		return n_used;
	give_up(connection);
	return bytes.len;
}

static bool is_upgrade(const struct duet_http_connection *connection)
{
	return connection->exchange && connection->exchange->complete && connection->parser.upgrade &&
	       HTTP_PARSER_ERRNO(&connection->parser) == HPE_OK;
}

static long received(void *user, struct duet_slice bytes)
{
	struct duet_http_connection *connection = user;
	size_t n_used = 0;

	while (n_used < bytes.len && !connection->finished) {
		n_used += read_some(connection, (struct duet_slice){bytes.ptr + n_used, bytes.len - n_used});
		if (is_upgrade(connection)) {
			upgrade(connection);
			return (long)n_used;
		}
		if (connection->exchange && connection->exchange->complete) {
			/* It is answered later; what comes behind it waits. */
			duet_stream_pause(connection->stream, true);
			return (long)n_used;
		}
	}
	return connection->finished ? (long)bytes.len : (long)n_used;
}

struct duet_slice duet_http_header(const struct duet_http_request *request, const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < request->n_headers; i++)
		if (request->headers[i].name.len == len &&
		    strncasecmp(request->headers[i].name.ptr, name, len) == 0)
			return request->headers[i].value;
	return (struct duet_slice){NULL, 0};
}
