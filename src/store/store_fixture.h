/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_STORE_FIXTURE_H
#define DUET_STORE_FIXTURE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "loop/loop.h"
#include "store/store.h"
#include "torture.h"

/* A store in a folder of its own, for the tests of this folder. */
struct fixture {
	char folder[32], path[64];
	struct duet_loop *loop;
	struct duet_store *store;
	uint64_t settled;
	int code;
};

static inline void note_settled(void *user, uint64_t ticket, int code)
{
	struct fixture *fixture = user;

	fixture->settled = ticket;
	fixture->code = code;
}

static inline int open_store(struct fixture *fixture, bool is_inline, struct duet_error *error)
{
	struct duet_store_setup setup = {fixture->loop, fixture->path, is_inline, fixture, note_settled};

	return duet_store_new(&fixture->store, &setup, error);
}

static inline void begin(struct fixture *fixture)
{
	/* In memory where that can be had: some of these tests commit a thousand times. */
	const char *parent = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";

	*fixture = (struct fixture){0};
	snprintf(fixture->folder, sizeof(fixture->folder), "%s/duet-store-XXXXXX", parent);
	assert_non_null(mkdtemp(fixture->folder));
	snprintf(fixture->path, sizeof(fixture->path), "%s/state.db", fixture->folder);
	fixture->loop = duet_loop_new(&duet_clock_system);
	assert_non_null(fixture->loop);
}

static inline void end(struct fixture *fixture)
{
	char command[64];

	duet_store_free(fixture->store);
	duet_loop_free(fixture->loop);
	snprintf(command, sizeof(command), "rm -rf %s", fixture->folder);
	assert_int_equal(system(command), 0);
}

static inline void reopen(struct fixture *fixture, bool is_inline)
{
	duet_store_free(fixture->store);
	assert_int_equal(open_store(fixture, is_inline, NULL), 0);
}

static inline int64_t put(struct fixture *fixture, const char *key, const char *value)
{
	return duet_store_put(fixture->store, "things", key, duet_slice(value));
}

static inline void wait_for(struct fixture *fixture, int64_t ticket)
{
	for (int i = 0; i < 10000 && (int64_t)fixture->settled < ticket; i++) {
		duet_loop_turn(fixture->loop);
		usleep(1000);
	}
	assert_true((int64_t)fixture->settled >= ticket);
}

static inline void copy_value(void *user, struct duet_slice value)
{
	snprintf(user, 64, "%.*s", (int)value.len, value.ptr);
}

static inline void assert_has(struct fixture *fixture, const char *key, const char *expected)
{
	char value[64];

	assert_int_equal(duet_store_get(fixture->store, "things", key, copy_value, value), expected ? 1 : 0);
	if (expected)
		assert_string_equal(value, expected);
}

static inline bool add_key(void *user, const char *key, struct duet_slice value)
{
	char *list = user;
	size_t len = strlen(list);

	snprintf(list + len, 256 - len, "%s=%.*s ", key, (int)value.len, value.ptr);
	return true;
}

static inline void assert_lists(struct fixture *fixture, const char *expected)
{
	char list[256] = "";

	assert_int_equal(duet_store_each(fixture->store, "things", add_key, list), 0);
	assert_string_equal(list, expected);
}

static inline bool add_entry(void *user, int64_t number, struct duet_slice entry)
{
	char key[24];

	snprintf(key, sizeof(key), "%lld", (long long)number);
	return add_key(user, key, entry);
}

static inline void assert_journal(struct fixture *fixture, const char *expected)
{
	char list[256] = "";

	assert_int_equal(duet_store_journal(fixture->store, "turns", add_entry, list), 0);
	assert_string_equal(list, expected);
}

#endif
