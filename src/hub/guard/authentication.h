/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_HUB_AUTHENTICATION_H
#define DUET_HUB_AUTHENTICATION_H

#include <openssl/x509.h>
#include <stdbool.h>
#include <stdint.h>

#include "duet/error.h"
#include "duet/slice.h"
#include "hub/value/event.h"

struct duet_arena;
struct duet_hub_view;

/* Who may connect over MQTT: the user name, tokens, certificates. Reads only. */

/* The authorities whose certificates let devices of the type certificateAuthority in. Any thread. */
struct duet_hub_authority;

int duet_hub_authority_new(struct duet_hub_authority **authority, const char *file, struct duet_error *error);
void duet_hub_authority_free(struct duet_hub_authority *authority);

/* What a device said and showed. */
struct duet_hub_login {
	const char *host_name; /* the hub's */
	const char *id_scope;  /* of provisioning */
	const struct duet_hub_authority *authority;
	struct duet_slice client_id, user_name, password; /* ptr NULL: not given */
	X509 *certificate;                                /* NULL: none */
	STACK_OF(X509) * chain;                           /* what came with it, or NULL */
	int64_t now_s;
};

enum { DUET_HUB_MODEL_MAX = 256 };

/* Who it is. */
struct duet_hub_admission {
	const char *target;     /* in the arena: "device" or "device/module", or a registration id */
	const char *generation; /* of registrations the group that lets it in, or "" */
	const char *model_id;   /* "" when it named none */
	int64_t expires_s;      /* of the token or certificate */
	enum duet_hub_event_auth auth;
	bool is_registration; /* it asks to be provisioned */
};

/* 0; -EACCES: it must not connect, and *why says why in words for the log, without secrets; -ENOMEM. */
int duet_hub_authenticate(struct duet_hub_view *view, const struct duet_hub_login *login,
			  struct duet_arena *arena, struct duet_hub_admission *admission, const char **why);

/* The user name's parts; pure, and everything points into the text. */
struct duet_hub_user_name {
	struct duet_slice host, client_id; /* of provisioning: the scope and the registration's id */
	struct duet_slice query;
	bool is_registration;
};

/* -EINVAL. `client_id` is the packet's, and must be the same. */
int duet_hub_user_name_parse(struct duet_slice text, struct duet_slice client_id,
			     struct duet_hub_user_name *name);

#endif
