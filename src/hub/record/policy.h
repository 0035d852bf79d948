/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_HUB_POLICY_H
#define DUET_HUB_POLICY_H

#include <stdbool.h>

struct duet_arena;
struct duet_hub_view;

/* The shared access policies: five with fixed names and rights, and two keys each. */

enum duet_hub_right {
	DUET_HUB_REGISTRY_READ = 1,
	DUET_HUB_REGISTRY_WRITE = 2,
	DUET_HUB_SERVICE_CONNECT = 4,
	DUET_HUB_DEVICE_CONNECT = 8,
};

struct duet_hub_policy {
	const char *name;
	int rights;
	const char *keys[2]; /* base64 */
};

enum { DUET_HUB_N_POLICIES = 5 };

/* Name and rights of policy 0 … 4 (iothubowner, service, device, registryRead, registryReadWrite). */
const char *duet_hub_policy_name(int index);

/* 0 or -ENOENT; the keys lie in the arena. */
int duet_hub_policy_get(struct duet_hub_view *view, const char *name, struct duet_arena *arena,
			struct duet_hub_policy *policy);

/* Inside a change: new random keys (bit 0: the primary one, bit 1: the secondary one). */
int duet_hub_policy_renew(struct duet_hub_view *view, const char *name, int which);
/* Inside a change: the secondary key becomes the primary one, and the other way round. */
int duet_hub_policy_swap(struct duet_hub_view *view, const char *name);

#endif
