/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_HUB_IDENTITY_H
#define DUET_HUB_IDENTITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "duet/slice.h"

struct duet_arena;
struct duet_hub_view;

/*
 * Devices and modules in the registry. What is read lies in the caller's arena.
 * They are named "device" or "device/module" throughout ("target"). Names are
 * case-sensitive, at most 128 letters and digits of ASCII and - . % _ # * ? ! ( ) , : = @ $ '
 */
enum { DUET_HUB_NAME_MAX = 128, DUET_HUB_TARGET_MAX = 2 * DUET_HUB_NAME_MAX + 1 };

/* May a device or module be called so? */
bool duet_hub_name_valid(struct duet_slice text);

enum duet_hub_authentication {
	DUET_HUB_SAS,         /* symmetric keys */
	DUET_HUB_SELF_SIGNED, /* a certificate with one of two thumbprints */
	DUET_HUB_CA_SIGNED,   /* a certificate signed by a CA of the hub, its CN the device's name */
	DUET_HUB_NONE,        /* modules without credentials of their own */
};

struct duet_hub_identity {
	const char *target;          /* "device" or "device/module" */
	const char *device, *module; /* module "": the device itself */
	int64_t number;              /* of the row; never used again */
	const char *generation;      /* another one when it was removed and added again */
	const char *etag;            /* changes with every put */
	bool enabled;
	const char *status_reason; /* NULL: none */
	int64_t status_changed_ms; /* wall clock, ms since 1970; 0: never, as all of these */
	bool connected;
	int64_t connection_changed_ms, last_active_ms;
	enum duet_hub_authentication authentication;
	const char *keys[2];        /* base64; "" when there is none */
	const char *thumbprints[2]; /* SHA-1 or SHA-256 in hex, as they were given; NULL: none */
	bool is_edge;
	const char *scope;         /* NULL: none */
	const char *parent_scopes; /* a JSON array, NULL: none */
	const char *managed_by;    /* of a module, NULL: none */
	const char *model_id;      /* what it said when it last connected, "" : nothing */
	int n_queued;              /* messages that wait for it */
};

/* 0 or -ENOENT. */
int duet_hub_identity_get(struct duet_hub_view *view, const char *target, struct duet_arena *arena,
			  struct duet_hub_identity *identity);

typedef int duet_hub_identity_call(void *user, const struct duet_hub_identity *identity);

/* Devices in the order in which they were added, or the modules of `device` when it is not NULL; from after
 * `after_number`, at most `max`. A negative answer of `call` stops and is returned. Each identity is valid
 * during its call; `arena` is reset after each. */
int duet_hub_identity_each(struct duet_hub_view *view, const char *device, int64_t after_number, int max,
			   struct duet_arena *arena, duet_hub_identity_call *call, void *user);

struct duet_hub_identity_count {
	int64_t n_devices, n_enabled, n_connected, n_modules; /* the middle two of devices */
};
int duet_hub_identity_count(struct duet_hub_view *view, struct duet_hub_identity_count *count);

/* Inside a change. */

/* Makes it with an empty twin and sets number, generation and etag. -EEXIST; -ENOENT: a module of no device;
 * -EDQUOT: the device has 50 modules. */
int duet_hub_identity_add(struct duet_hub_view *view, struct duet_arena *arena,
			  struct duet_hub_identity *identity);
/* Writes what a service may change (status, authentication, edge, scopes, managed_by); a new etag. */
int duet_hub_identity_put(struct duet_hub_view *view, struct duet_arena *arena,
			  struct duet_hub_identity *identity);
/* With twin, queue, session and uploads; a device with its modules. -ENOENT. */
int duet_hub_identity_remove(struct duet_hub_view *view, const char *target);

/* Connected or not since `at_ms`; `model_id` NULL leaves the old one. Not part of the etag. How often it has
 * come or gone with this, or -ENOENT. */
int64_t duet_hub_identity_connected(struct duet_hub_view *view, const char *target, bool connected,
				    int64_t at_ms, const char *model_id);
/* At the start: nobody is connected. */
int duet_hub_identity_all_disconnected(struct duet_hub_view *view, int64_t at_ms);
/* Flushed now and then from memory. */
int duet_hub_identity_active(struct duet_hub_view *view, const char *target, int64_t at_ms);

#endif
