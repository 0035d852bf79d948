/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_HUB_OUTLET_THREAD_H
#define DUET_HUB_OUTLET_THREAD_H

#include "hub/outlet/outlet.h"

/* One route: its thread, from the log to its outlet. */
struct duet_hub_outlet;

struct duet_hub_outlet_setup {
	const char *name;
	const json_t *route; /* as duet_hub_outlets_put takes it */
	const char *dir, *dead_dir;
	struct duet_hub_log *log;
};

/* Is the route right? Does nothing else. */
int duet_hub_outlet_check(const json_t *route, struct duet_error *error);

int duet_hub_outlet_new(struct duet_hub_outlet **outlet, const struct duet_hub_outlet_setup *setup,
			struct duet_error *error);
void duet_hub_outlet_end(struct duet_hub_outlet *outlet);  /* asks its thread to end */
void duet_hub_outlet_free(struct duet_hub_outlet *outlet); /* … and waits; NULL is fine */

/* Any thread. */
const char *duet_hub_outlet_name(const struct duet_hub_outlet *outlet);
json_t *duet_hub_outlet_json(struct duet_hub_outlet *outlet);
int duet_hub_outlet_query(struct duet_hub_outlet *outlet, const char *where, int max, json_t **rows,
			  struct duet_error *error);

#endif
