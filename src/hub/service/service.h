/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_HUB_SERVICE_H
#define DUET_HUB_SERVICE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "duet/slice.h"
#include "hub/pool.h"
#include "hub/record/policy.h"
#include "hub/record/storage.h"
#include "hub/value/fault.h"

struct duet_arena;
struct duet_http_exchange;
struct duet_hub_loop;
struct duet_stream;

/*
 * What the hub does over HTTPS: tables of routes, each with the rights that it
 * needs. A route answers at once, or hands its request to a change or a method
 * and answers when that is done. Each request stays on its connection's loop.
 */

/* Takes a connection that was accepted on the HTTPS port (also when it fails: -ENOMEM). MQTT over WebSocket
 * goes on to duet_session_new. */
int duet_hub_service_accept(struct duet_hub_loop *loop, struct duet_stream *take_stream);
/* The loop's connections end when what they are asked is answered … */
void duet_hub_service_drain(struct duet_hub_loop *loop);
/* … and at once. */
void duet_hub_service_close(struct duet_hub_loop *loop);

enum { DUET_HUB_MAX_PARAMETERS = 4 };

struct duet_hub_request {
	struct duet_http_exchange *exchange;
	struct duet_hub_loop *loop;
	struct duet_hub_view *view; /* reads; a change has its own */
	struct duet_arena *arena;   /* for as long as the request lives */
	const struct duet_hub_route *route;
	const char *parameters[DUET_HUB_MAX_PARAMETERS]; /* {…} of the path, decoded */
	const char *principal; /* for the audit log: "iothubowner", "device lamp"; "" before it is known */
	json_t *body;          /* NULL: none */
	const char *if_match;  /* without quotes; NULL: no header; "*" */
	int64_t now_ms;        /* wall clock, when it was read */
	struct duet_hub_fault fault; /* what a negative result of the route or its change is answered with */
	void *own;                   /* the route's own, in the arena */
	int status;                  /* of the answer, once there is one */
	int (*change)(struct duet_hub_view *view, struct duet_hub_request *request);
	void (*finish)(struct duet_hub_request *request, int code);
	int (*work)(struct duet_hub_request *request);
	json_t *result;            /* for the route; released with the request */
	struct duet_hub_task task; /* of a pool */
	char *text;                /* the result, once a pool has written it down */
};

enum duet_hub_route_auth {
	DUET_HUB_AUTH_POLICY, /* a token of a policy with `rights` */
	DUET_HUB_AUTH_DEVICE, /* the device of parameters[0]: its token or its certificate */
	DUET_HUB_AUTH_NONE,   /* open, or it looks itself */
};

struct duet_hub_route {
	const char *method;
	const char *path; /* "/devices/{id}/modules/{module}"; other segments match whatever their case */
	const char *name; /* of the operation: audit log, OpenAPI's operationId */
	enum duet_hub_route_auth auth;
	int rights;                                    /* of enum duet_hub_right: all are needed */
	bool wants_body;                               /* JSON must come with it */
	bool changes;                                  /* stands in the audit log */
	int (*call)(struct duet_hub_request *request); /* 0: answered, or will be; negative: a fault */
};

/* A table of routes ends with one without a method; the list of tables with NULL. */
extern const struct duet_hub_route *const duet_hub_route_tables[];
/* The route of a method and path, with its parameters in the request; NULL with the fault: 404 or 405. */
const struct duet_hub_route *duet_hub_route_find(struct duet_hub_request *request, const char *method,
						 struct duet_slice path);
/* May it be called? 0 or negative with the fault. */
int duet_hub_service_authorize(struct duet_hub_request *request);

/* Runs `change` on the writer's thread; then `finish` on the loop's with its result, which answers (NULL:
 * 204). A negative result is answered with its fault. 0, or -EAGAIN. */
int duet_hub_request_write(struct duet_hub_request *request,
			   int (*change)(struct duet_hub_view *view, struct duet_hub_request *request),
			   void (*finish)(struct duet_hub_request *request, int code));

/* Runs `work` on a thread of the pool, with request->view that thread's (NULL in the pool of files); then
 * `finish` on the loop's with its result. NULL: request->result is answered, 200. 0, or -EAGAIN. */
int duet_hub_request_work(struct duet_hub_request *request, struct duet_hub_pool *pool,
			  int (*work)(struct duet_hub_request *request),
			  void (*finish)(struct duet_hub_request *request, int code));
/* The answer to what a pool has found: request->result. */
void duet_hub_reply_result(struct duet_hub_request *request);

/* Query parameters and headers, copied into the arena; NULL: not there. */
const char *duet_hub_request_query(struct duet_hub_request *request, const char *name);
const char *duet_hub_request_header(struct duet_hub_request *request, const char *name);

/* Answers; the request is gone afterwards. */
void duet_hub_reply_json(struct duet_hub_request *request, int status,
			 json_t *take_body); /* NULL: no memory */
void duet_hub_reply_text(struct duet_hub_request *request, int status, struct duet_slice json);
void duet_hub_reply_empty(struct duet_hub_request *request, int status);
void duet_hub_reply_code(struct duet_hub_request *request,
			 int code); /* the fault, or what `code` stands for */
/* A header before the answer: ETag, in quotes. */
void duet_hub_reply_etag(struct duet_hub_request *request, const char *etag);

#endif
