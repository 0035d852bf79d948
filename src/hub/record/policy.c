/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/record/policy.h"

#include <errno.h>

#include "base/arena.h"
#include "hub/key/secret.h"
#include "hub/record/statement.h"

enum { NEW_KEY_BYTES = 32, KEY_SIZE = 64, ARENA_BYTES = 4096 };

static const struct {
	const char *name;
	int rights;
} policies[DUET_HUB_N_POLICIES] = {
	{"iothubowner", DUET_HUB_REGISTRY_READ | DUET_HUB_REGISTRY_WRITE | DUET_HUB_SERVICE_CONNECT |
				DUET_HUB_DEVICE_CONNECT},
	{"service", DUET_HUB_SERVICE_CONNECT},
	{"device", DUET_HUB_DEVICE_CONNECT},
	{"registryRead", DUET_HUB_REGISTRY_READ},
	{"registryReadWrite", DUET_HUB_REGISTRY_READ | DUET_HUB_REGISTRY_WRITE},
};

const char *duet_hub_policy_name(int index)
{
	return index >= 0 && index < DUET_HUB_N_POLICIES ? policies[index].name : NULL;
}

static int index_of(const char *name)
{
	for (int i = 0; i < DUET_HUB_N_POLICIES; i++)
		if (strcmp(policies[i].name, name) == 0)
			return i;
	return -ENOENT;
}

static int unseal(struct duet_hub_view *view, const char *name, struct duet_slice sealed,
		  struct duet_arena *arena, struct duet_hub_policy *policy)
{
	const char *context = duet_arena_printf(arena, "policy/%s", name);
	struct duet_slice plain;
	char *end;
	int code = context ? duet_hub_view_unseal(view, arena, context, sealed, &plain) : -ENOMEM;

	if (code < 0)
		return code;
	end = memchr(plain.ptr, '\n', plain.len);
	if (!end)
		return -EBADMSG;
	*end = '\0';
	policy->keys[0] = plain.ptr;
	policy->keys[1] = end + 1;
	return 0;
}

int duet_hub_policy_get(struct duet_hub_view *view, const char *name, struct duet_arena *arena,
			struct duet_hub_policy *policy)
{
	int index = index_of(name), code = 0;
	struct duet_slice sealed;
	bool failed = false;
	sqlite3_stmt *row;

	if (index < 0)
		return index;
	row = duet_hub_sql(view, &code, "SELECT keys FROM policy WHERE name = ?1", "t", name);
	if (!row)
		return code;
	code = duet_hub_sql_step(view, row);
	if (code <= 0)
		return code == 0 ? -ENOENT : code;
	sealed = duet_hub_sql_slice(row, 0, arena, &failed);
	duet_hub_sql_end(row);
	*policy = (struct duet_hub_policy){.name = policies[index].name, .rights = policies[index].rights};
	return failed ? -ENOMEM : unseal(view, name, sealed, arena, policy);
}

static int store(struct duet_hub_view *view, struct duet_arena *arena, const char *name,
		 const char *const keys[2])
{
	const char *context = duet_arena_printf(arena, "policy/%s", name);
	char *plain = duet_arena_printf(arena, "%s\n%s", keys[0], keys[1]);
	struct duet_slice sealed;
	int64_t n;

	if (!context || !plain)
		return -ENOMEM;
	n = duet_hub_view_seal(view, arena, context, duet_slice(plain), &sealed);
	if (n == 0)
		n = duet_hub_sql_run(view, "INSERT OR REPLACE INTO policy VALUES(?1, ?2)", "tb", name,
				     sealed);
	return n < 0 ? (int)n : 0;
}

static int renew(struct duet_hub_view *view, struct duet_arena *arena, const char *name, int which)
{
	struct duet_hub_policy policy = {0};
	char made[2][KEY_SIZE];
	int code = duet_hub_policy_get(view, name, arena, &policy);

	/* The first time both are made. */
	if (code == -ENOENT && index_of(name) >= 0)
		which = 3;
	else if (code < 0)
		return code;
	for (int i = 0; i < 2; i++) {
		if (!(which & (1 << i)))
			continue;
		code = duet_hub_secret_random(NEW_KEY_BYTES, made[i], sizeof(made[i]));
		if (code < 0)
			return code;
		policy.keys[i] = made[i];
	}
	return store(view, arena, name, policy.keys);
}

int duet_hub_policy_renew(struct duet_hub_view *view, const char *name, int which)
{
	struct duet_arena *arena = duet_arena_new(ARENA_BYTES);
	int code = arena ? renew(view, arena, name, which) : -ENOMEM;

	duet_arena_free(arena);
	return code;
}

int duet_hub_policy_swap(struct duet_hub_view *view, const char *name)
{
	struct duet_arena *arena = duet_arena_new(ARENA_BYTES);
	struct duet_hub_policy policy = {0};
	int code = arena ? duet_hub_policy_get(view, name, arena, &policy) : -ENOMEM;
	const char *swapped[2];

	if (code == 0) {
		swapped[0] = policy.keys[1];
		swapped[1] = policy.keys[0];
		code = store(view, arena, name, swapped);
	}
	duet_arena_free(arena);
	return code;
}
