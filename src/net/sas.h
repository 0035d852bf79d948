/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_NET_SAS_H
#define DUET_NET_SAS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "duet/slice.h"

/*
 * Shared access signatures as Azure IoT Hub and its provisioning service take
 * them: SharedAccessSignature sr=…&sig=…&se=…[&skn=…], members in any order;
 * sig = url(base64(HMAC-SHA256(base64⁻¹(key), sr + "\n" + se))), over `sr` as it
 * was received, because clients differ in how they encode it. Pure functions.
 */
enum { DUET_SAS_MAX = 4096, DUET_SAS_RESOURCE_MAX = 1024 };

struct duet_sas {
	struct duet_slice resource;  /* `sr` as received */
	struct duet_slice signature; /* `sig` as received */
	struct duet_slice policy;    /* `skn` as received, empty when there is none */
	struct duet_slice expiry;    /* `se` as received */
	int64_t expires_s;           /* since 1970 UTC */
};

/* Slices point into `text`. -EINVAL: not a token; a member twice, missing, or unknown. */
int duet_sas_parse(struct duet_slice text, struct duet_sas *sas);

/* Was it signed with this key (base64)? Takes the same time whatever the signature is. An empty or broken key
 * has signed nothing. */
bool duet_sas_signed_with(const struct duet_sas *sas, const char *key);

/* Does it hold for `endpoint` ("host/devices/d")? The decoded resource must be a prefix of whole path
 * segments; the host's letters' case does not matter. */
bool duet_sas_covers(const struct duet_sas *sas, const char *endpoint);

/* Writes a token with its NUL; `policy` NULL: none. The length, -EINVAL: a broken key, -ENOSPC. */
int duet_sas_make(const char *resource, const char *key, const char *policy, int64_t expires_s, char *text,
		  size_t size);

/* The key of a device of an enrolment group: base64(HMAC-SHA256(group key, registration id)); the length,
 * -EINVAL or -ENOSPC. */
int duet_sas_derive(const char *group_key, const char *registration_id, char *key, size_t size);

/* Is it base64 of 16 to 64 bytes, as keys are? */
bool duet_sas_key_valid(const char *key);

#endif
