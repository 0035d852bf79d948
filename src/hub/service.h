/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_HUB_SERVICE_H
#define DUET_HUB_SERVICE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "duet/slice.h"
#include "hub/fault.h"
#include "hub/policy.h"

struct duet_arena;
struct duet_http_exchange;
struct duet_hub_loop;
struct duet_stream;

/*
 * What the hub does over HTTPS: a table of routes, each with the rights that it
 * needs. A route answers at once, or hands its request to a change or a method
 * and answers when that is done. One loop's thread each request.
 */

/* Takes a connection that was accepted on the HTTPS port (also when it fails: -ENOMEM). MQTT over WebSocket
 * goes on to duet_session_new. */
int duet_hub_service_accept(struct duet_hub_loop *loop, struct duet_stream *take_stream);

enum { DUET_HUB_MAX_PARAMETERS = 3 };

struct duet_hub_request {
	struct duet_http_exchange *exchange;
	struct duet_hub_loop *loop;
	struct duet_arena *arena; /* for as long as the request lives */
	const struct duet_hub_route *route;
	const char *parameters[DUET_HUB_MAX_PARAMETERS]; /* {…} of the path, decoded */
	const char
		*principal;   /* for the audit log: "policy iothubowner", "device d"; "" before it is known */
	json_t *body;         /* NULL: none */
	const char *if_match; /* without quotes; NULL: no header; "*" */
	int64_t now_ms;       /* wall clock, when it was read */
};

enum duet_hub_route_auth {
	DUET_HUB_AUTH_POLICY,       /* a token of a policy with `rights` */
	DUET_HUB_AUTH_DEVICE,       /* the device of parameters[0]: its token or its certificate */
	DUET_HUB_AUTH_PROVISIONING, /* a policy with `rights`, as of the provisioning service */
	DUET_HUB_AUTH_NONE,         /* open, or it looks itself */
};

struct duet_hub_route {
	const char *method;
	const char *path; /* "/devices/{id}/modules/{module}"; other segments match whatever their case */
	const char *name; /* of the operation: metrics, audit log, OpenAPI's operationId */
	enum duet_hub_route_auth auth;
	int rights;      /* of enum duet_hub_right: all are needed */
	bool wants_body; /* a JSON object or array must come with it */
	bool changes;    /* stands in the audit log */
	int (*call)(
		struct duet_hub_request *request); /* negative: answered with the fault that it stands for */
};

/* A table of routes ends with one without a method. */
extern const struct duet_hub_route *const duet_hub_route_tables[];

/* Answers; the request is gone afterwards. */
void duet_hub_reply_json(struct duet_hub_request *request, int status,
			 json_t *take_body); /* NULL: no memory */
void duet_hub_reply_text(struct duet_hub_request *request, int status, struct duet_slice json);
void duet_hub_reply_empty(struct duet_hub_request *request, int status);
void duet_hub_reply_fault(struct duet_hub_request *request, const struct duet_hub_fault *fault);
void duet_hub_reply_etag(struct duet_hub_request *request, const char *etag); /* a header: quoted */

#endif
