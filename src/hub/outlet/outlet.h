/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_HUB_OUTLET_H
#define DUET_HUB_OUTLET_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "duet/error.h"
#include "hub/value/event.h"
#include "loop/loop.h"

struct duet_hub_log;
struct duet_hub_secret;

/*
 * Routes of telemetry: each takes the events for which its condition holds to
 * one outlet (a file, an HTTP endpoint, another MQTT broker, SQLite), in order
 * and at least once. A route is a thread with a durable cursor in the telemetry
 * log, so that one that is slow or down holds nobody up and loses nothing until
 * the log's retention is reached; what an outlet refuses for good goes to
 * state/dead/ROUTE.jsonl.
 *
 * Routes are kept in state/routes/NAME.json, sealed under the hub's key, because
 * their options hold passwords.
 */
struct duet_hub_outlets;

struct duet_hub_outlets_setup {
	const char *dir; /* of the hub's state: routes/ and dead/ are made in it */
	struct duet_hub_log *log;
	const struct duet_hub_secret *secret;
};

enum { DUET_HUB_MAX_OUTLETS = 32 };

/* Starts the routes that are kept. One that cannot be read is logged and left alone. */
int duet_hub_outlets_new(struct duet_hub_outlets **outlets, const struct duet_hub_outlets_setup *setup,
			 struct duet_error *error);
/* Ends all; what was not yet given on stays in the log. NULL is fine. Blocks for at most the time-out of an
 * outlet that is in the middle of something (seconds). */
void duet_hub_outlets_free(struct duet_hub_outlets *outlets);

/* Any thread: `call(user)` on the routes' worker, where the calls below may block. -EAGAIN: it has enough to
 * do. */
int duet_hub_outlets_post(struct duet_hub_outlets *outlets, duet_loop_call *call, void *user);

/*
 * Adding, changing, removing: any thread; these block for the disk and for the
 * thread of a route that ends, so that they are called on a worker.
 */

/* {"name", "source", "condition", "from", "enabled", "endpoint": {"type", "options": {…}}}. -EINVAL with what
 * is wrong; -EDQUOT: too many. */
int duet_hub_outlets_put(struct duet_hub_outlets *outlets, const char *name, const json_t *route,
			 struct duet_error *error);
int duet_hub_outlets_remove(struct duet_hub_outlets *outlets, const char *name); /* -ENOENT */

/* The route with "status": {"state", "sent", "deadLettered", "missed", "waiting", "lastError"}; secrets are
 * left out. NULL: there is none, or no memory. */
json_t *duet_hub_outlets_get(struct duet_hub_outlets *outlets, const char *name);
json_t *duet_hub_outlets_list(struct duet_hub_outlets *outlets);

/* What a SQLite route has kept: rows for which `where` holds, the newest `max`. -ENOENT, -ENOTSUP: no such
 * outlet; -EINVAL: a mistake in `where`. */
int duet_hub_outlets_query(struct duet_hub_outlets *outlets, const char *name, const char *where, int max,
			   json_t **rows, struct duet_error *error);

#endif
