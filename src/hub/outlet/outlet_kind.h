/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_HUB_OUTLET_KIND_H
#define DUET_HUB_OUTLET_KIND_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "duet/error.h"
#include "duet/option.h"
#include "hub/value/event.h"

/* A kind of outlet, for those who write one. A row in outlet_kind.c makes it known. */

/* An event on its way out, as JSON on one line. */
struct duet_hub_parcel {
	uint64_t number;
	enum duet_hub_event_source source;
	int64_t enqueued_ms;
	struct duet_slice device, module;
	const char *json; /* duet_hub_event_json, on one line */
	size_t json_len;
	const char *topic; /* "devices/d[/modules/m]/messages/events" */
};

struct duet_hub_outlet_place {
	const char *dir;  /* files stand on it */
	const char *name; /* the route's */
};

struct duet_hub_outlet_kind {
	const char *name;
	const struct duet_option *options;
	size_t options_size, state_size;
	int max_batch;              /* parcels in a call of send */
	const char *const *secrets; /* options that are never shown; NULL-terminated */
	/* Checks the options without doing anything. May be NULL. */
	int (*check)(const void *options, struct duet_error *error);
	/* On the route's thread, as all that follows. 0, or a negative errno: tried again later. */
	int (*open)(void *state, const void *options, const struct duet_hub_outlet_place *place,
		    struct duet_error *error);
	/* All of the batch or nothing that counts: 0; -EBADMSG: refused for good; any other: later again. */
	int (*send)(void *state, const struct duet_hub_parcel *parcels, size_t n_parcels,
		    struct duet_error *error);
	void (*close)(void *state); /* also after open has failed */
};

extern const struct duet_hub_outlet_kind duet_hub_outlet_file, duet_hub_outlet_http, duet_hub_outlet_mqtt,
	duet_hub_outlet_sqlite;

/* NULL: there is none of that name. */
const struct duet_hub_outlet_kind *duet_hub_outlet_kind_find(const char *name);

/* The path of a SQLite outlet, for those who read it. */
int duet_hub_outlet_sqlite_query(const void *options, const struct duet_hub_outlet_place *place,
				 const char *where, int max, json_t **rows, struct duet_error *error);

/* "name" or "name.ext" within `dir`, whatever dots and slashes it has; for paths that others give. 0 or
 * -EINVAL. */
int duet_hub_outlet_path(const struct duet_hub_outlet_place *place, const char *name, char *path,
			 size_t size);

#endif
