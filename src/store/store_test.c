/* SPDX-License-Identifier: Apache-2.0 */
#include "store/store_fixture.h"

#include <malloc.h>
#include <sqlite3.h>

#include "base/log.h"

static void keeps_records(void **state)
{
	struct fixture f;

	begin(&f);
	reopen(&f, true);
	assert_int_equal(put(&f, "b", "2"), 1);
	assert_int_equal(put(&f, "a", "1"), 2);
	assert_int_equal(put(&f, "c", ""), 3);
	assert_int_equal(put(&f, "a", "one"), 4);
	assert_int_equal(duet_store_delete(f.store, "things", "b"), 5);
	assert_int_equal(duet_store_put(f.store, "other", "a", duet_slice("x")), 6);
	assert_true(duet_store_durable(f.store, 6));
	assert_false(duet_store_durable(f.store, 7));
	for (int i = 0; i < 2; i++) {
		assert_has(&f, "a", "one");
		assert_has(&f, "b", NULL);
		assert_lists(&f, "a=one c= ");
		reopen(&f, true);
	}
	end(&f);
}

static void tells_what_has_settled(void **state)
{
	struct fixture f;

	begin(&f);
	reopen(&f, true);
	put(&f, "a", "1");
	put(&f, "b", "2");
	assert_int_equal(f.settled, 0); /* never from within a put */
	duet_loop_turn(f.loop);
	assert_int_equal(f.settled, 2);
	assert_int_equal(f.code, 0);
	end(&f);
}

static void journals_keep_the_newest(void **state)
{
	struct fixture f;

	begin(&f);
	reopen(&f, true);
	for (char letter[] = "a"; letter[0] < 'f'; letter[0]++)
		assert_true(duet_store_append(f.store, "turns", duet_slice(letter), 3) > 0);
	assert_journal(&f, "3=c 4=d 5=e ");
	reopen(&f, true);
	duet_store_append(f.store, "turns", duet_slice("f"), 2);
	assert_journal(&f, "5=e 6=f ");
	assert_int_equal(duet_store_append(f.store, "turns", duet_slice("f"), 0), -EINVAL);
	end(&f);
}

static void memory_needs_no_file(void **state)
{
	struct fixture f;

	begin(&f);
	f.path[0] = '\0';
	assert_int_equal(duet_store_new(&f.store, &(struct duet_store_setup){.loop = f.loop}, NULL), 0);
	assert_true(duet_store_durable(f.store, (uint64_t)put(&f, "a", "1")));
	assert_has(&f, "a", "1");
	duet_store_free(f.store);
	assert_int_equal(duet_store_new(&f.store, &(struct duet_store_setup){0}, NULL), 0);
	assert_has(&f, "a", NULL);
	end(&f);
}

static bool delete_it(void *user, const char *key, struct duet_slice value)
{
	struct fixture *fixture = user;

	assert_true(duet_store_delete(fixture->store, "things", key) > 0);
	return key[0] != 'b';
}

static void a_reader_may_write(void **state)
{
	struct fixture f;

	begin(&f);
	reopen(&f, true);
	put(&f, "a", "1");
	put(&f, "b", "2");
	put(&f, "c", "3");
	assert_int_equal(duet_store_each(f.store, "things", delete_it, &f), 0);
	assert_lists(&f, "c=3 ");
	end(&f);
}

static int sqlite_size(void *memory)
{
	return (int)malloc_usable_size(memory);
}

static void *sqlite_alloc(int size)
{
	return duet_alloc((size_t)size);
}

static void *sqlite_realloc(void *old, int size)
{
	return duet_realloc(old, (size_t)size, 1);
}

static int round_up(int size)
{
	return (size + 7) & ~7;
}

static int no_init(void *user)
{
	return SQLITE_OK;
}

static void no_shutdown(void *user)
{
}

static int use_store(void *user)
{
	struct fixture *f = user;
	char value[64];
	int64_t code = open_store(f, true, NULL);

	if (code < 0) {
		f->store = NULL;
		return (int)code;
	}
	code = put(f, "a", "1");
	if (code > 0)
		code = duet_store_append(f->store, "turns", duet_slice("x"), 3);
	if (code > 0 && !duet_store_durable(f->store, (uint64_t)code))
		code = -ENOMEM;
	if (code > 0)
		code = duet_store_get(f->store, "things", "a", copy_value, value);
	if (code >= 0)
		code = duet_store_each(f->store, "things", add_key, (char[256]){""});
	if (code >= 0)
		code = duet_store_journal(f->store, "turns", add_entry, (char[256]){""});
	duet_store_free(f->store);
	f->store = NULL;
	return (int)code;
}

/* SQLite's own allocations fail too. Whatever fails, the file that is there must stay whole. */
static void survives_failing_memory(void **state)
{
	struct fixture f;

	begin(&f);
	reopen(&f, true);
	put(&f, "precious", "yes");
	duet_store_free(f.store);
	f.store = NULL;
	duet_log_set("error");
	duet_torture(use_store, &f);
	reopen(&f, true);
	assert_has(&f, "precious", "yes");
	end(&f);
}

static void entries_can_be_forgotten(void **state)
{
	struct fixture f;

	begin(&f);
	reopen(&f, true);
	for (char letter[] = "a"; letter[0] < 'e'; letter[0]++)
		assert_true(duet_store_append(f.store, "turns", duet_slice(letter), 9) > 0);
	assert_true(duet_store_forget(f.store, "turns", 2) > 0);
	assert_true(duet_store_forget(f.store, "turns", 7) > 0); /* there is none */
	assert_journal(&f, "1=a 3=c 4=d ");
	reopen(&f, true);
	assert_journal(&f, "1=a 3=c 4=d ");
	duet_store_forget(f.store, "turns", 4);
	duet_store_append(f.store, "turns", duet_slice("e"), 9);
	assert_journal(&f, "1=a 3=c 4=e ");
	reopen(&f, false); /* what is read has not been written yet, or has */
	for (int number = 1; number <= 4; number++)
		assert_true(duet_store_forget(f.store, "turns", number) > 0);
	duet_store_append(f.store, "turns", duet_slice("z"), 9);
	assert_journal(&f, "1=z ");
	reopen(&f, true);
	assert_journal(&f, "1=z ");
	end(&f);
}

int main(void)
{
	static const sqlite3_mem_methods memory = {sqlite_alloc, duet_free, sqlite_realloc, sqlite_size,
						   round_up,     no_init,   no_shutdown,    NULL};
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_records),
		cmocka_unit_test(tells_what_has_settled),
		cmocka_unit_test(journals_keep_the_newest),
		cmocka_unit_test(entries_can_be_forgotten),
		cmocka_unit_test(memory_needs_no_file),
		cmocka_unit_test(a_reader_may_write),
		cmocka_unit_test(survives_failing_memory),
	};

	sqlite3_config(SQLITE_CONFIG_MALLOC, &memory);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
