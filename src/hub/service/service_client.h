/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_HUB_SERVICE_CLIENT_H
#define DUET_HUB_SERVICE_CLIENT_H

#include "hub/service/service.h"

/* What the parts of the service share. */

struct duet_http_connection;

/* A connection on the HTTPS port. */
struct duet_hub_client {
	struct duet_hub_client *next, **link; /* of its loop */
	struct duet_hub_loop *loop;
	struct duet_http_connection *http;
};

/* NULL: no memory. It is freed with the exchange. */
struct duet_hub_request *duet_hub_request_new(struct duet_hub_loop *loop,
					      struct duet_http_exchange *exchange);

/* Is there room for one more request? 0, or negative with the fault. */
int duet_hub_service_admit(struct duet_hub_request *request);

/* The decoded value of a member of a query; NULL: not there. */
const char *duet_hub_query_value(struct duet_arena *arena, struct duet_slice query, const char *name);

#endif
