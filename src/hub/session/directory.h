/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_HUB_DIRECTORY_H
#define DUET_HUB_DIRECTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Which session a device or module is connected by: a table in shards, each with its own lock. Used when they
 * connect and go, for methods, desired changes and the queue; never for telemetry. A later claim fences the
 * earlier one: whoever held the name before gives up, and its release does nothing. Any thread.
 */
struct duet_hub_directory;
struct duet_session;

struct duet_hub_directory *duet_hub_directory_new(void);
void duet_hub_directory_free(struct duet_hub_directory *directory); /* after all have released */

/* The name is the session's from now on; *before is who had it (with a reference that is the caller's), or
 * NULL. 0 or -ENOMEM. */
int duet_hub_directory_claim(struct duet_hub_directory *directory, struct duet_session *session,
			     struct duet_session **before);
/* False: somebody else had claimed the name meanwhile. On the session's loop. */
bool duet_hub_directory_release(struct duet_hub_directory *directory, struct duet_session *session);
/* With a reference that is the caller's, to be given to duet_session_unref on the session's loop; or NULL. */
struct duet_session *duet_hub_directory_find(struct duet_hub_directory *directory, const char *target);
bool duet_hub_directory_has(struct duet_hub_directory *directory, const char *target);
/* All modules of a device and the device itself; the number of them, with references. */
size_t duet_hub_directory_find_all(struct duet_hub_directory *directory, const char *device_id,
				   struct duet_session **sessions, size_t max);
size_t duet_hub_directory_count(struct duet_hub_directory *directory);

#endif
