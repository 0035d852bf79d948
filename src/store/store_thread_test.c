/* SPDX-License-Identifier: Apache-2.0 */
#include "store/store_fixture.h"

static void reads_see_what_was_put(void **state)
{
	struct fixture f;
	int64_t ticket = 0;
	char key[16];

	begin(&f);
	reopen(&f, false);
	for (int i = 0; i < 200; i++) {
		snprintf(key, sizeof(key), "k%03d", i % 7);
		ticket = put(&f, key, key);
		assert_int_equal(ticket, i + 1);
		assert_has(&f, key, key);
		if (i % 50 == 0)
			duet_loop_turn(f.loop);
	}
	assert_lists(&f, "k000=k000 k001=k001 k002=k002 k003=k003 k004=k004 k005=k005 k006=k006 ");
	wait_for(&f, ticket);
	assert_true(duet_store_durable(f.store, (uint64_t)ticket));
	assert_lists(&f, "k000=k000 k001=k001 k002=k002 k003=k003 k004=k004 k005=k005 k006=k006 ");
	end(&f);
}

/* At any moment an entry is in the file, on its way there, or both: it must be seen once. */
static void a_journal_shows_each_entry_once(void **state)
{
	struct fixture f;
	int64_t ticket = 0;

	begin(&f);
	reopen(&f, false);
	for (int round = 0; round < 50; round++) {
		char text[8], list[256];

		snprintf(text, sizeof(text), "%d", round);
		ticket = duet_store_append(f.store, "turns", duet_slice(text), 2);
		if (round)
			snprintf(list, sizeof(list), "%d=%d %d=%d ", round, round - 1, round + 1, round);
		else
			snprintf(list, sizeof(list), "1=0 ");
		for (int i = 0; i < 20; i++)
			assert_journal(&f, list);
		if (round % 2)
			duet_loop_turn(f.loop);
	}
	wait_for(&f, ticket);
	assert_journal(&f, "49=48 50=49 ");
	end(&f);
}

static void freeing_keeps_what_was_put(void **state)
{
	struct fixture f;
	char key[16];

	begin(&f);
	reopen(&f, false);
	for (int i = 0; i < 100; i++) {
		snprintf(key, sizeof(key), "k%d", i);
		put(&f, key, "v");
	}
	reopen(&f, false);
	for (int i = 0; i < 100; i++) {
		snprintf(key, sizeof(key), "k%d", i);
		assert_has(&f, key, "v");
	}
	end(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_see_what_was_put),
		cmocka_unit_test(a_journal_shows_each_entry_once),
		cmocka_unit_test(freeing_keeps_what_was_put),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
