/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/service/service.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "hub/hub.h"
#include "hub/service/blob_service.h"
#include "hub/service/service_client.h"
#include "hub/session/session.h"
#include "net/http.h"
#include "net/stream.h"
#include "net/websocket.h"

enum { MAX_REQUEST_BYTES = 16 * 1024 * 1024, MAX_BODY_BYTES = 2 * 1024 * 1024, IDLE_MS = 120 * 1000 };

static void release_text(char *text)
{
	json_free_t release = NULL;

	json_get_alloc_funcs(NULL, &release);
	release(text);
}

static void request_done(void *memory)
{
	struct duet_hub_request *request = memory;

	json_decref(request->body);
	json_decref(request->result);
	release_text(request->text);
	duet_arena_free(request->arena);
}

struct duet_hub_request *duet_hub_request_new(struct duet_hub_loop *loop, struct duet_http_exchange *exchange)
{
	struct duet_arena *arena = duet_arena_new(MAX_REQUEST_BYTES);
	struct duet_hub_request *request = arena ? duet_arena_alloc(arena, sizeof(*request)) : NULL;
	const struct duet_clock *clock = duet_hub_clock(loop->hub);

	if (!request) {
		duet_arena_free(arena);
		return NULL;
	}
	request->exchange = exchange;
	request->loop = loop;
	request->view = loop->view;
	request->arena = arena;
	request->principal = "";
	request->now_ms = clock->wall_ns(clock) / 1000000;
	duet_http_keep(exchange, request, request_done);
	return request;
}

const char *duet_hub_request_query(struct duet_hub_request *request, const char *name)
{
	return duet_hub_query_value(request->arena, duet_http_request(request->exchange)->query, name);
}

const char *duet_hub_request_header(struct duet_hub_request *request, const char *name)
{
	struct duet_slice value = duet_http_header(duet_http_request(request->exchange), name);

	return value.ptr ? duet_arena_copy(request->arena, value) : NULL;
}

/* W/"abc", "abc" and abc are all abc. */
static int read_if_match(struct duet_hub_request *request)
{
	struct duet_slice value = duet_http_header(duet_http_request(request->exchange), "If-Match");

	if (!value.ptr)
		return 0;
	if (value.len > 2 && memcmp(value.ptr, "W/", 2) == 0) {
		value.ptr += 2;
		value.len -= 2;
	}
	if (value.len >= 2 && value.ptr[0] == '"' && value.ptr[value.len - 1] == '"') {
		value.ptr++;
		value.len -= 2;
	}
	request->if_match = duet_arena_copy(request->arena, value);
	return request->if_match ? 0 : -ENOMEM;
}

static int read_body(struct duet_hub_request *request)
{
	struct duet_slice body = duet_http_request(request->exchange)->body;
	json_error_t error;

	if (body.len == 0)
		return request->route->wants_body
			       ? duet_hub_fault_set(&request->fault, DUET_HUB_FAULT_ARGUMENT_NULL,
						    "A body is missing")
			       : 0;
	if (!request->route->wants_body)
		return 0;
	request->body = json_loadb(body.ptr, body.len, JSON_REJECT_DUPLICATES, &error);
	if (request->body)
		return 0;
	return duet_hub_fault_set(&request->fault, DUET_HUB_FAULT_FORMAT, "The body is no JSON: %s",
				  error.text);
}

static int route_request(struct duet_hub_request *request)
{
	const struct duet_http_request *http = duet_http_request(request->exchange);
	int code;

	request->route = duet_hub_route_find(request, http->method, http->path);
	if (!request->route)
		return -ENOSYS;
	code = duet_hub_service_admit(request);
	if (code == 0)
		code = duet_hub_service_authorize(request);
	if (code == 0)
		code = read_if_match(request);
	if (code == 0)
		code = read_body(request);
	return code < 0 ? code : request->route->call(request);
}

static void requested(void *user, struct duet_http_exchange *exchange)
{
	struct duet_hub_client *client = user;
	struct duet_hub_request *request = duet_hub_request_new(client->loop, exchange);
	int code;

	if (!request) {
		duet_http_reply(exchange, 503, NULL, duet_slice(""));
		return;
	}
	if (duet_hub_blob_requested(request))
		return;
	code = route_request(request);
	if (code < 0)
		duet_hub_reply_code(request, code);
}

/* What devices upload is too large for memory. */
static void head_read(void *user, struct duet_http_exchange *exchange)
{
	struct duet_hub_client *client = user;

	duet_hub_blob_head(client->loop, exchange);
}

static void reply_upgrade(struct duet_stream *stream, struct duet_slice key)
{
	char accept[29], head[256];
	int len;

	duet_websocket_accept(key, accept);
	len = snprintf(head, sizeof(head),
		       "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
		       "Sec-WebSocket-Accept: %s\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n",
		       accept);
	duet_stream_write(stream, (struct duet_slice){head, (size_t)len});
}

/* Is `name` among the members of a list between commas? */
static bool lists(struct duet_slice list, const char *name)
{
	size_t len = strlen(name);

	while (list.len > 0) {
		size_t n = 0;

		while (list.len > 0 && (list.ptr[0] == ' ' || list.ptr[0] == ',')) {
			list.ptr++;
			list.len--;
		}
		while (n < list.len && list.ptr[n] != ',' && list.ptr[n] != ' ')
			n++;
		if (n == len && memcmp(list.ptr, name, len) == 0)
			return true;
		list.ptr += n;
		list.len -= n;
	}
	return false;
}

static void unlink_client(struct duet_hub_client *client)
{
	*client->link = client->next;
	if (client->next)
		client->next->link = client->link;
	duet_free(client);
}

/* MQTT over WebSocket: from here on it is a session's. */
static int upgraded(void *user, const struct duet_http_request *request, struct duet_stream *stream)
{
	struct duet_hub_client *client = user;
	struct duet_hub_loop *loop = client->loop;
	struct duet_slice key = duet_http_header(request, "Sec-WebSocket-Key");

	if (!duet_slice_equal(request->path, duet_slice("/$iothub/websocket")) &&
	    !duet_slice_equal(request->path, duet_slice("/%24iothub/websocket")))
		return 404;
	if (key.len == 0 || !lists(duet_http_header(request, "Sec-WebSocket-Protocol"), "mqtt"))
		return 400;
	reply_upgrade(stream, key);
	unlink_client(client);
	if (duet_session_new(loop, stream, true) < 0)
		duet_warn("hub", "no memory for a session over WebSocket");
	return 0;
}

static void closed(void *user)
{
	unlink_client(user);
}

int duet_hub_service_accept(struct duet_hub_loop *loop, struct duet_stream *take_stream)
{
	struct duet_hub_client *client = duet_calloc(1, sizeof(*client));
	struct duet_http_setup setup = {.wheel = loop->wheel,
					.max_body_bytes = MAX_BODY_BYTES,
					.idle_ms = IDLE_MS,
					.user = client,
					.head = head_read,
					.request = requested,
					.upgrade = upgraded,
					.closed = closed};

	if (!client) {
		duet_stream_free(take_stream);
		return -ENOMEM;
	}
	client->loop = loop;
	client->http = duet_http_new(&setup, take_stream);
	if (!client->http) {
		duet_free(client);
		return -ENOMEM;
	}
	client->next = loop->clients;
	client->link = &loop->clients;
	if (client->next)
		client->next->link = &client->next;
	loop->clients = client;
	return 0;
}

void duet_hub_service_drain(struct duet_hub_loop *loop)
{
	struct duet_hub_client *next;

	for (struct duet_hub_client *client = loop->clients; client; client = next) {
		next = client->next;
		duet_http_drain(client->http);
	}
}

void duet_hub_service_close(struct duet_hub_loop *loop)
{
	while (loop->clients)
		duet_http_free(loop->clients->http);
}
