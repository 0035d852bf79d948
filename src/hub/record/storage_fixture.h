/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_HUB_STORAGE_FIXTURE_H
#define DUET_HUB_STORAGE_FIXTURE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "hub/key/secret.h"
#include "hub/record/identity.h"
#include "hub/record/storage.h"
#include "torture.h"

/* A storage in a folder of its own, for the tests of this folder: each write at once unless it has a thread.
 */
struct storage_fixture {
	char folder[40], path[100], key_path[80];
	struct duet_hub_secret *secret;
	struct duet_hub_storage *storage;
	struct duet_hub_view *view;
	struct duet_arena *arena;
};

static inline void fixture_open(struct storage_fixture *fixture, bool inline_writer)
{
	struct duet_hub_storage_setup setup = {fixture->path, fixture->secret, inline_writer, 0};

	assert_int_equal(duet_hub_storage_new(&fixture->storage, &setup, NULL), 0);
	assert_int_equal(duet_hub_view_open(&fixture->view, fixture->storage, NULL), 0);
}

static inline void fixture_close(struct storage_fixture *fixture)
{
	duet_hub_view_close(fixture->view);
	duet_hub_storage_free(fixture->storage);
}

static inline void fixture_begin(struct storage_fixture *fixture, bool inline_writer)
{
	/* In memory where that can be had: these tests commit often. */
	const char *parent = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";

	*fixture = (struct storage_fixture){.arena = duet_arena_new(1 << 22)};
	snprintf(fixture->folder, sizeof(fixture->folder), "%s/duet-hub-XXXXXX", parent);
	assert_non_null(mkdtemp(fixture->folder));
	snprintf(fixture->path, sizeof(fixture->path), "%s/hub.db", fixture->folder);
	snprintf(fixture->key_path, sizeof(fixture->key_path), "%s/key", fixture->folder);
	assert_int_equal(duet_hub_secret_create(fixture->key_path, NULL), 0);
	assert_int_equal(duet_hub_secret_open(&fixture->secret, fixture->key_path, NULL), 0);
	fixture_open(fixture, inline_writer);
}

static inline void fixture_end(struct storage_fixture *fixture)
{
	char command[80];

	fixture_close(fixture);
	duet_hub_secret_free(fixture->secret);
	duet_arena_free(fixture->arena);
	snprintf(command, sizeof(command), "rm -rf %s", fixture->folder);
	assert_int_equal(system(command), 0);
}

static inline int fixture_write(struct storage_fixture *fixture, duet_hub_change *change, void *user)
{
	return duet_hub_storage_write_now(fixture->storage, change, user);
}

/* A device with symmetric keys, or a module "device/module". */
struct fixture_identity {
	struct duet_hub_identity identity;
	struct duet_arena *arena;
};

static inline int fixture_add_change(struct duet_hub_view *view, void *user)
{
	struct fixture_identity *adding = user;

	return duet_hub_identity_add(view, adding->arena, &adding->identity);
}

static inline int fixture_add(struct storage_fixture *fixture, const char *target)
{
	const char *slash = strchr(target, '/');
	struct fixture_identity adding = {.arena = fixture->arena};

	adding.identity = (struct duet_hub_identity){
		.target = target,
		.device = duet_arena_copy(
			fixture->arena,
			(struct duet_slice){target, slash ? (size_t)(slash - target) : strlen(target)}),
		.module = slash ? slash + 1 : "",
		.enabled = true,
		.keys = {"AAECAwQFBgcICQoLDA0ODw==", "EBESExQVFhcYGRobHB0eHw=="},
	};
	return fixture_write(fixture, fixture_add_change, &adding);
}

#endif
