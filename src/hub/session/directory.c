/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/session/directory.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <string.h>

#include "base/alloc.h"
#include "hub/session/session.h"

enum { N_SHARDS = 64, FIRST_SLOTS = 16 };

/* Open addressing with linear probing; a slot is the session, its name the session's. A device and its
 * modules lie in one shard, since only the device's name is hashed. */
struct shard {
	pthread_mutex_t lock;
	struct duet_session **slots;
	size_t n_slots, n_used; /* a power of two; less than three quarters are used */
};

struct duet_hub_directory {
	struct shard shards[N_SHARDS];
};

static uint64_t hash_of(const char *name)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (; *name && *name != '/'; name++)
		hash = (hash ^ (unsigned char)*name) * UINT64_C(0x100000001b3);
	return hash ^ hash >> 29;
}

struct duet_hub_directory *duet_hub_directory_new(void)
{
	struct duet_hub_directory *directory = duet_calloc(1, sizeof(*directory));

	for (int i = 0; directory && i < N_SHARDS; i++)
		pthread_mutex_init(&directory->shards[i].lock, NULL);
	return directory;
}

void duet_hub_directory_free(struct duet_hub_directory *directory)
{
	if (!directory)
		return;
	for (int i = 0; i < N_SHARDS; i++) {
		pthread_mutex_destroy(&directory->shards[i].lock);
		duet_free(directory->shards[i].slots);
	}
	duet_free(directory);
}

static struct shard *shard_of(struct duet_hub_directory *directory, const char *name)
{
	return &directory->shards[hash_of(name) % N_SHARDS];
}

/* Where the name is, or the free slot where it would be. There are slots. */
static size_t slot_of(const struct shard *shard, const char *name)
{
	size_t at = hash_of(name) / N_SHARDS & (shard->n_slots - 1);

	while (shard->slots[at] && strcmp(duet_session_target(shard->slots[at]), name) != 0)
		at = (at + 1) & (shard->n_slots - 1);
	return at;
}

static int make_room(struct shard *shard)
{
	struct shard grown = {.n_slots = shard->n_slots ? shard->n_slots * 2 : FIRST_SLOTS};

	if ((shard->n_used + 1) * 4 <= shard->n_slots * 3)
		return 0;
	grown.slots = duet_calloc(grown.n_slots, sizeof(struct duet_session *));
	if (!grown.slots)
		return -ENOMEM;
	for (size_t i = 0; i < shard->n_slots; i++)
		if (shard->slots[i])
			grown.slots[slot_of(&grown, duet_session_target(shard->slots[i]))] = shard->slots[i];
	duet_free(shard->slots);
	shard->slots = grown.slots;
	shard->n_slots = grown.n_slots;
	return 0;
}

int duet_hub_directory_claim(struct duet_hub_directory *directory, struct duet_session *session,
			     struct duet_session **before)
{
	struct shard *shard = shard_of(directory, duet_session_target(session));
	size_t at;
	int code;

	*before = NULL;
	pthread_mutex_lock(&shard->lock);
	code = make_room(shard);
	if (code == 0) {
		at = slot_of(shard, duet_session_target(session));
		*before = shard->slots[at]; /* with the directory's reference */
		shard->n_used += *before ? 0 : 1;
		duet_session_ref(session);
		shard->slots[at] = session;
	}
	pthread_mutex_unlock(&shard->lock);
	return code;
}

/* Those behind a slot that becomes free move up, so that probing still finds them. */
static void close_gap(struct shard *shard, size_t gap)
{
	size_t mask = shard->n_slots - 1, at = gap, home;

	while (shard->slots[at = (at + 1) & mask]) {
		home = hash_of(duet_session_target(shard->slots[at])) / N_SHARDS & mask;
		if (((at - home) & mask) < ((at - gap) & mask))
			continue;
		shard->slots[gap] = shard->slots[at];
		shard->slots[at] = NULL;
		gap = at;
	}
}

bool duet_hub_directory_release(struct duet_hub_directory *directory, struct duet_session *session)
{
	struct shard *shard = shard_of(directory, duet_session_target(session));
	bool held = false;
	size_t at;

	pthread_mutex_lock(&shard->lock);
	if (shard->n_slots > 0) {
		at = slot_of(shard, duet_session_target(session));
		held = shard->slots[at] == session;
		if (held) {
			shard->slots[at] = NULL;
			shard->n_used--;
			close_gap(shard, at);
		}
	}
	pthread_mutex_unlock(&shard->lock);
	if (held)
		duet_session_unref(session);
	return held;
}

struct duet_session *duet_hub_directory_find(struct duet_hub_directory *directory, const char *target)
{
	struct shard *shard = shard_of(directory, target);
	struct duet_session *session = NULL;

	pthread_mutex_lock(&shard->lock);
	if (shard->n_slots > 0)
		session = shard->slots[slot_of(shard, target)];
	if (session)
		duet_session_ref(session);
	pthread_mutex_unlock(&shard->lock);
	return session;
}

bool duet_hub_directory_has(struct duet_hub_directory *directory, const char *target)
{
	struct shard *shard = shard_of(directory, target);
	bool has;

	pthread_mutex_lock(&shard->lock);
	has = shard->n_slots > 0 && shard->slots[slot_of(shard, target)];
	pthread_mutex_unlock(&shard->lock);
	return has;
}

size_t duet_hub_directory_find_all(struct duet_hub_directory *directory, const char *device_id,
				   struct duet_session **sessions, size_t max)
{
	struct shard *shard = shard_of(directory, device_id);
	size_t len = strlen(device_id), n = 0;

	pthread_mutex_lock(&shard->lock);
	for (size_t i = 0; i < shard->n_slots && n < max; i++) {
		const char *name = shard->slots[i] ? duet_session_target(shard->slots[i]) : "";

		if (strncmp(name, device_id, len) != 0 || (name[len] && name[len] != '/'))
			continue;
		duet_session_ref(shard->slots[i]);
		sessions[n++] = shard->slots[i];
	}
	pthread_mutex_unlock(&shard->lock);
	return n;
}

size_t duet_hub_directory_count(struct duet_hub_directory *directory)
{
	size_t n = 0;

	for (int i = 0; i < N_SHARDS; i++) {
		pthread_mutex_lock(&directory->shards[i].lock);
		n += directory->shards[i].n_used;
		pthread_mutex_unlock(&directory->shards[i].lock);
	}
	return n;
}
