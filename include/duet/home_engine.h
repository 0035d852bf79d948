/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_HOME_ENGINE_H
#define DUET_HOME_ENGINE_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "duet/engine.h"
#include "duet/error.h"

/*
 * Home drivers: smart equipment, however it is reached. Domains, services,
 * attributes and device classes have the names that Home Assistant gives them
 * (light.turn_on brightness_pct, cover.set_cover_position, climate.set_temperature …).
 */
struct duet_home_area {
	const char *id, *name;
	const char *const *aliases;       /* NULL-terminated or NULL */
	const char *floor;                /* its name, or NULL */
	const char *const *floor_aliases; /* NULL-terminated or NULL */
};

struct duet_home_entity {
	const char *id; /* "light.bed_light" */
	const char *name;
	const char *const *aliases; /* NULL-terminated or NULL */
	const char *domain;         /* "light" */
	const char *device_class;   /* or NULL */
	const char *area;           /* area's id, or NULL */
	bool has_brightness, has_color, has_color_temp, has_position;
};

struct duet_home_setup {
	const void *options;
	const char *data_dir;
	void *user;
	/* A driver may keep small records that outlive a power cut. Main thread. `value` is borrowed; kept
	 * returns a new reference or NULL. */
	void (*keep)(void *user, const char *key, const json_t *value);
	json_t *(*kept)(void *user, const char *key);
	/* An entity's state changed, whoever changed it. Main thread. */
	void (*changed)(void *user, const char *entity_id);
	/* Areas or entities came or went: names must be compiled anew. Main thread. */
	void (*renamed)(void *user);
};

/* Called once, on the main thread, when a service call is through: 0 or negative errno. */
typedef void duet_home_done(void *user, int code);

struct duet_home_engine {
	struct duet_engine engine;
	int (*open)(void *state, const struct duet_home_setup *setup, struct duet_error *error);
	/* Main thread; the arrays live until `renamed` or close. */
	size_t (*areas)(void *state, const struct duet_home_area **areas);
	size_t (*entities)(void *state, const struct duet_home_entity **entities);
	/* Main thread: {"state": "on", "attributes": {"brightness_pct": 50, …}} or NULL; borrowed, until the
	 * next call. */
	const json_t *(*state)(void *state, const char *entity_id);
	/* Main thread, never blocks: `service` of the entity's domain ("turn_on"); `data` is borrowed; `done`
	 * may be called before it returns. A negative errno (-ENOENT, -ENOTSUP: the thing cannot do that,
	 * -EINVAL): nothing was begun and `done` is not called. */
	int (*call)(void *state, const char *entity_id, const char *service, const json_t *data,
		    duet_home_done *done, void *user);
	void (*close)(void *state);
};

#endif
