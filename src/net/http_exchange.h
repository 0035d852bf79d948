/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_NET_HTTP_EXCHANGE_H
#define DUET_NET_HTTP_EXCHANGE_H

#include <http_parser.h>
#include <stdbool.h>

#include "base/text.h"
#include "loop/wheel.h"
#include "net/http.h"

/* What reading (http.c) and answering (http_reply.c) share. */

struct duet_http_connection {
	struct duet_http_setup setup;
	struct duet_stream *stream;
	http_parser parser;
	struct duet_http_exchange *exchange; /* what is being read or answered; NULL: nothing */
	struct duet_spoke idle;
	bool draining; /* the reply is the last one */
	bool finished; /* the stream ends when all is sent */
};

/* Where a header lies in the head, before that stays where it is. */
struct header_place {
	size_t name_at, name_len, value_at, value_len;
};

enum { DUET_HTTP_MAX_KEPT = 4 };

struct duet_http_exchange {
	struct duet_http_connection *connection; /* NULL: the client has gone */
	struct duet_http_request request;
	struct duet_text head, body, reply_headers;
	size_t target_len, body_len, max_body;
	struct header_place places[DUET_HTTP_MAX_HEADERS];
	bool reads_value, complete, keep_alive, is_old, replied, chunked_begun;
	int refused; /* the status with which reading ended */
	int (*write)(void *user, struct duet_slice piece);
	void *write_user;
	void (*drained)(void *user, struct duet_http_exchange *exchange);
	void *drained_user;
	struct {
		void *memory;
		void (*done)(void *memory);
	} kept[DUET_HTTP_MAX_KEPT];
	size_t n_kept;
};

void duet_http_exchange_free(struct duet_http_exchange *exchange);
/* The reply is complete: goes on with the next request, or ends the connection. */
void duet_http_exchange_over(struct duet_http_exchange *exchange);

#endif
