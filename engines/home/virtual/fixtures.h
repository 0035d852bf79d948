/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_HOME_VIRTUAL_FIXTURES_H
#define DUET_HOME_VIRTUAL_FIXTURES_H

#include "duet/home_engine.h"

struct duet_arena;

/*
 * A home in a YAML file: `areas:` and `entities:`, at the top or below `fixtures:`. An id that is left out is
 * made from domain and name, a domain from the id. What else an entity says (state, attributes) becomes its
 * first state.
 */
struct fixtures {
	struct duet_home_area *areas;
	size_t n_areas;
	struct fixture {
		json_t *state; /* {"state": …, "attributes": {…}}; owned by whoever read the file */
		json_t *sets;  /* of a scene: {"light.x": {"state": "on", "brightness_pct": 20}}, or NULL */
	} * first;             /* one an entity */
	struct duet_home_entity *entities;
	size_t n_entities;
};

/* All in the arena but the JSON values, which fixtures_done gives back. A mistake says file, line and column.
 */
int fixtures_read(struct fixtures *fixtures, const char *path, struct duet_arena *arena,
		  struct duet_error *error);
void fixtures_done(struct fixtures *fixtures);

#endif
