/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_CMD_HUB_CONNECTION_H
#define DUET_CMD_HUB_CONNECTION_H

#include "base/arena.h"
#include "cmd/hub/hub_client.h"
#include "duet/error.h"

/* Where a hub is, and as whom to speak to it. Texts lie in the arena. */
struct duet_hub_connection {
	const char *hostname; /* as tokens name it */
	const char *host;
	int port;
	const char *
		local; /* the address of a hub on this machine, whatever its name stands for; NULL: by name */
	const char *policy, *key;
	const char *ca; /* NULL: what the system trusts */
};

/* By --dir, --login, $DUET_HUB_DIR, $DUET_HUB_CONNECTION, in this order. */
int duet_hub_connection_find(struct duet_hub_connection *connection, const struct duet_hub_where *where,
			     struct duet_arena *arena, struct duet_error *error);

/* "HostName=h;SharedAccessKeyName=p;SharedAccessKey=k" */
int duet_hub_connection_parse(struct duet_hub_connection *connection, const char *text,
			      struct duet_arena *arena, struct duet_error *error);

/* Of the hub in `dir` with a policy's key. */
int duet_hub_connection_of_dir(struct duet_hub_connection *connection, const char *dir, const char *policy,
			       struct duet_arena *arena, struct duet_error *error);

/* The connection string; NULL: out of memory. */
const char *duet_hub_connection_string(const struct duet_hub_connection *connection,
				       struct duet_arena *arena);

/* The folder by --dir or $DUET_HUB_DIR; NULL: neither, and it says so. */
const char *duet_hub_dir(const struct duet_hub_where *where, struct duet_error *error);

#endif
