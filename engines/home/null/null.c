/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "duet/home_engine.h"

/* A home without anything in it. */

static int null_open(void *state, const struct duet_home_setup *setup, struct duet_error *error)
{
	return 0;
}

static size_t null_areas(void *state, const struct duet_home_area **areas)
{
	*areas = NULL;
	return 0;
}

static size_t null_entities(void *state, const struct duet_home_entity **entities)
{
	*entities = NULL;
	return 0;
}

static const json_t *null_state(void *state, const char *entity_id)
{
	return NULL;
}

static int null_call(void *state, const char *entity_id, const char *service, const json_t *data,
		     duet_home_done *done, void *user)
{
	return -ENOENT;
}

static void null_close(void *state)
{
}

extern const struct duet_home_engine duet_home_engine_null;
const struct duet_home_engine duet_home_engine_null = {
	.engine = {.stage = "home", .name = "null", .summary = "a home without anything in it"},
	.open = null_open,
	.areas = null_areas,
	.entities = null_entities,
	.state = null_state,
	.call = null_call,
	.close = null_close,
};
