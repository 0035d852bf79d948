/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_NET_HTTP_H
#define DUET_NET_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "duet/slice.h"

struct duet_stream;
struct duet_wheel;

/*
 * The server's side of HTTP/1.1 (RFC 9112; http-parser reads the messages) over
 * a stream, TLS or not. One request at a time: while it is being answered
 * the connection is not read. Everything is called and must be called on the
 * loop's thread.
 *
 * An exchange lives until its reply is complete, even when the client has gone
 * in the meantime: what is replied then goes nowhere.
 */
struct duet_http_connection;
struct duet_http_exchange;

enum { DUET_HTTP_MAX_HEADERS = 64 };

struct duet_http_header {
	struct duet_slice name, value;
};

struct duet_http_request {
	const char *method;            /* "GET" */
	struct duet_slice target;      /* as received */
	struct duet_slice path, query; /* of it, not decoded; `query` without the question mark */
	struct duet_http_header headers[DUET_HTTP_MAX_HEADERS];
	size_t n_headers;
	struct duet_slice body; /* once it is complete; empty when it was streamed; NUL behind its end */
};

struct duet_http_setup {
	struct duet_wheel *wheel; /* for its time-outs */
	size_t max_head_bytes;    /* 0: 16 KiB; 431 */
	size_t max_body_bytes;    /* 0: 1 MiB; 413 */
	int idle_ms;              /* a request must arrive whole within; 0: 60 s */
	void *user;
	/* The head has been read: may choose where the body goes (duet_http_stream), or reply at once. May be
	 * NULL. */
	void (*head)(void *user, struct duet_http_exchange *exchange);
	/* Everything has been read: must reply, now or later. */
	void (*request)(void *user, struct duet_http_exchange *exchange);
	/* Upgrade: websocket. 0: the stream belongs to the callee, who gives it to somebody else
	 * (duet_stream_give); what came behind the head is shown to them, and this connection is no more
	 * (`closed` is not called). Otherwise the status of a refusal. NULL: 400. */
	int (*upgrade)(void *user, const struct duet_http_request *request, struct duet_stream *stream);
	/* The connection is over, `stream` freed. May be NULL. */
	void (*closed)(void *user);
};

/* Takes `stream` over, also when it fails (NULL: out of memory). */
struct duet_http_connection *duet_http_new(const struct duet_http_setup *setup,
					   struct duet_stream *take_stream);
void duet_http_free(struct duet_http_connection *connection); /* calls `closed` */
/* Answers what is being asked and closes then; at once when nothing is. */
void duet_http_drain(struct duet_http_connection *connection);

const struct duet_http_request *duet_http_request(const struct duet_http_exchange *exchange);
/* The value of the first header of that name (its case does not matter); ptr NULL: none. */
struct duet_slice duet_http_header(const struct duet_http_request *request, const char *name);
struct duet_http_connection *duet_http_connection(const struct duet_http_exchange *exchange); /* NULL: gone */
/* What it came over; NULL: the client has gone. */
struct duet_stream *duet_http_stream_of(const struct duet_http_exchange *exchange);
/* What belongs to the exchange (at most four things), freed with it by `done`. */
void duet_http_keep(struct duet_http_exchange *exchange, void *memory, void (*done)(void *memory));

/* The memory that was kept with that `done`; NULL: none. */
void *duet_http_kept(const struct duet_http_exchange *exchange, void (*done)(void *memory));

/* From `head`: the body goes to `write` piece by piece, at most `max_bytes` of it; a negative answer ends the
 * connection with 500. */
void duet_http_stream(struct duet_http_exchange *exchange, size_t max_bytes,
		      int (*write)(void *user, struct duet_slice piece), void *user);

/* Whether the body is read on: while it is paused, what had been read already is still handed over. */
void duet_http_pause(struct duet_http_exchange *exchange, bool paused);

/* The reply. Headers first; Content-Length, Date and Connection are made here. */
void duet_http_reply_header(struct duet_http_exchange *exchange, const char *name, const char *value);
/* A whole one; `type` NULL: no Content-Type. The exchange is gone. */
void duet_http_reply(struct duet_http_exchange *exchange, int status, const char *type,
		     struct duet_slice body);

/* A long one in chunks; `drained` (may be NULL) is called when all of it has left. The exchange lives until
 * `end`. */
void duet_http_reply_begin(struct duet_http_exchange *exchange, int status, const char *type,
			   void (*drained)(void *user, struct duet_http_exchange *exchange), void *user);
/* Bytes that wait to be sent; -EPIPE: the client has gone. */
long duet_http_reply_chunk(struct duet_http_exchange *exchange, struct duet_slice piece);
void duet_http_reply_end(struct duet_http_exchange *exchange);

#endif
