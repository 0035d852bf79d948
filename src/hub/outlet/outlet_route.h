/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_HUB_OUTLET_ROUTE_H
#define DUET_HUB_OUTLET_ROUTE_H

#include "hub/outlet/outlet_kind.h"
#include "hub/value/condition.h"

/* A route as it is written: what it takes, and where to. */
struct duet_arena;

struct duet_hub_outlet_route {
	int source; /* enum duet_hub_event_source, or -1: all */
	struct duet_hub_condition *condition;
	bool enabled, from_first;
	const struct duet_hub_outlet_kind *kind;
	void *options;
	struct duet_arena *arena;
	json_t *json;
};

/* -EINVAL with what is wrong and what comes nearest. */
int duet_hub_outlet_route_read(struct duet_hub_outlet_route *route, const json_t *json,
			       struct duet_error *error);
void duet_hub_outlet_route_done(struct duet_hub_outlet_route *route);

bool duet_hub_outlet_route_takes(const struct duet_hub_outlet_route *route,
				 const struct duet_hub_event *event);

/* As it was given, without secrets. */
json_t *duet_hub_outlet_route_json(const struct duet_hub_outlet_route *route);

#endif
