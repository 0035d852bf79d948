/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/guard/attempt.h"

#include <stdio.h>

#include "base/alloc.h"
#include "hub/guard/limit.h"

enum { MAX_IDENTITY = 300, KEY_SIZE = MAX_IDENTITY + 64 };

struct duet_hub_attempts {
	struct duet_hub_limit *identities, *addresses;
};

struct duet_hub_attempts *duet_hub_attempts_new(int64_t max_identity, int64_t max_address)
{
	struct duet_hub_attempts *attempts = duet_calloc(1, sizeof(*attempts));

	if (!attempts)
		return NULL;
	attempts->identities = duet_hub_limit_new(max_identity, max_identity);
	attempts->addresses = duet_hub_limit_new(max_address, max_address);
	if (!attempts->identities || !attempts->addresses) {
		duet_hub_attempts_free(attempts);
		return NULL;
	}
	return attempts;
}

void duet_hub_attempts_free(struct duet_hub_attempts *attempts)
{
	if (!attempts)
		return;
	duet_hub_limit_free(attempts->identities);
	duet_hub_limit_free(attempts->addresses);
	duet_free(attempts);
}

static const char *key_of(const char *address, struct duet_slice identity, char key[KEY_SIZE])
{
	snprintf(key, KEY_SIZE, "%s %.*s", address,
		 (int)(identity.len < MAX_IDENTITY ? identity.len : MAX_IDENTITY),
		 identity.ptr ? identity.ptr : "");
	return key;
}

bool duet_hub_attempts_allow(struct duet_hub_attempts *attempts, const char *address,
			     struct duet_slice identity, int64_t now_ms)
{
	char key[KEY_SIZE];

	return duet_hub_limit_has(attempts->addresses, address, now_ms) &&
	       duet_hub_limit_has(attempts->identities, key_of(address, identity, key), now_ms);
}

void duet_hub_attempts_failed(struct duet_hub_attempts *attempts, const char *address,
			      struct duet_slice identity, int64_t now_ms)
{
	char key[KEY_SIZE];

	duet_hub_limit_take(attempts->addresses, address, now_ms);
	duet_hub_limit_take(attempts->identities, key_of(address, identity, key), now_ms);
}
