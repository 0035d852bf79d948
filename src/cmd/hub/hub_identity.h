/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_CMD_HUB_IDENTITY_H
#define DUET_CMD_HUB_IDENTITY_H

#include "cmd/hub/hub.h"

/* What `device` and `module` share. */

struct duet_hub_new_identity {
	const char *auth; /* "shared_key", "x509_thumbprint", "x509_ca" */
	const char *primary, *secondary;
	bool disabled;
};

#define HUB_IDENTITY_FLAGS(type, field)                                                                      \
	HUB_FLAG_(0, "KIND", "auth", DUET_OPTION_TEXT, type, field.auth, "shared_key",                       \
		  "How it proves who it is: shared_key, x509_thumbprint or x509_ca"),                        \
		HUB_TEXT(0, "KEY", "primary", type, field.primary,                                           \
			 "Its primary key or thumbprint; a key is made up when none is given"),              \
		HUB_TEXT(0, "KEY", "secondary", type, field.secondary, "Its secondary key or thumbprint"),   \
		HUB_SWITCH(0, "disabled", type, field.disabled, "Make it, but let it not connect yet")

/* {"authentication": …, "status": …}; NULL: it said what is wrong. */
json_t *duet_hub_identity_body(const struct duet_invocation *invocation,
			       const struct duet_hub_new_identity *made);

/* "HostName=h;DeviceId=d;SharedAccessKey=k", with "x509=true" for those with certificates. In the arena. */
const char *duet_hub_identity_string(const struct duet_invocation *invocation, const char *hostname,
				     const json_t *identity, bool secondary);

/* Prints that string for the identity at `path` (NULL: it was said what is wrong); with --json
 * {"connectionString": …}. An exit code. */
int duet_hub_identity_show_string(const struct duet_invocation *invocation,
				  const struct duet_hub_where *where, const char *path, bool secondary);

/* GET, change, PUT with its ETag. */
int duet_hub_identity_change(const struct duet_invocation *invocation, const struct duet_hub_where *where,
			     const char *path, int (*change)(void *user, json_t *identity), void *user,
			     duet_hub_show *show);

/* Pages of a query, all rows or the first `top` (0: all) in *rows. */
int duet_hub_query_all(struct duet_hub_client *client, const char *query, int top, json_t **rows);

#endif
