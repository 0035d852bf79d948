/* SPDX-License-Identifier: Apache-2.0 */
#include "store/store_fixture.h"

#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

/* Runs `body` in a child process; what it returns is its exit status. */
static int in_child(int (*body)(struct fixture *fixture), struct fixture *fixture)
{
	int status;
	pid_t child = fork();

	if (child == 0)
		_exit(body(fixture));
	assert_int_equal(waitpid(child, &status, 0), child);
	return status;
}

static void set_file_limit(rlim_t bytes)
{
	struct rlimit limit;

	getrlimit(RLIMIT_FSIZE, &limit);
	limit.rlim_cur = bytes;
	setrlimit(RLIMIT_FSIZE, &limit);
}

/* Fills the "disk", then makes room. 0 when everything went as promised. */
static int fill_disk(struct fixture *f)
{
	char big[4096];
	int64_t good = 0, bad = 0;

	memset(big, 'x', sizeof(big));
	signal(SIGXFSZ, SIG_IGN);
	if (open_store(f, true, NULL) < 0)
		return 1;
	if (put(f, "state", "old") < 0)
		return 2;
	set_file_limit(100000);
	for (int i = 0; i < 100 && !bad; i++) {
		char key[16];
		int64_t ticket;

		snprintf(key, sizeof(key), "fill%02d", i);
		ticket = duet_store_put(f->store, "fill", key, (struct duet_slice){big, sizeof(big)});
		if (duet_store_durable(f->store, (uint64_t)ticket))
			good = ticket;
		else
			bad = ticket;
	}
	if (good < 3 || !bad)
		return 3;
	duet_loop_turn(f->loop);
	if (f->code >= 0 || (int64_t)f->settled != bad)
		return 4;
	bad = duet_store_put(f->store, "things", "state", (struct duet_slice){big, sizeof(big)});
	if (duet_store_durable(f->store, (uint64_t)bad))
		return 5;
	set_file_limit(RLIM_INFINITY);
	if (!duet_store_durable(f->store, (uint64_t)put(f, "after", "room")))
		return 6;
	return duet_store_durable(f->store, (uint64_t)bad) ? 7 : 0;
}

static void a_full_disk_loses_nothing(void **state)
{
	struct fixture f;

	begin(&f);
	assert_int_equal(in_child(fill_disk, &f), 0);
	reopen(&f, true);
	assert_lists(&f, "after=room state=old ");
	end(&f);
}

static int open_on_full_disk(struct fixture *f)
{
	struct duet_error error = {0};

	signal(SIGXFSZ, SIG_IGN);
	set_file_limit(0);
	if (open_store(f, true, &error) >= 0)
		return 1;
	return error.what[0] && error.hint[0] && strcmp(error.file, f->path) == 0 ? 0 : 2;
}

static void a_disk_that_is_full_at_first_is_told(void **state)
{
	struct fixture f;

	begin(&f);
	assert_int_equal(in_child(open_on_full_disk, &f), 0);
	end(&f);
}

/* As somebody who may not write there. */
static int read_unwritable(struct fixture *f)
{
	struct duet_error error = {0};
	char value[64];

	if (geteuid() == 0 && setuid(65534) < 0)
		return 1;
	if (open_store(f, true, &error) < 0)
		return 2;
	if (duet_store_get(f->store, "things", "timer", copy_value, value) != 1 || strcmp(value, "7:00") != 0)
		return 3;
	if (duet_store_durable(f->store, (uint64_t)put(f, "timer", "8:00")))
		return 4;
	duet_loop_turn(f->loop);
	if (f->code >= 0)
		return 5;
	if (duet_store_get(f->store, "things", "timer", copy_value, value) != 1 || strcmp(value, "7:00") != 0)
		return 6;
	snprintf(f->path, sizeof(f->path), "%s/none.db", f->folder);
	return open_store(f, true, &error) < 0 && error.hint[0] ? 0 : 7;
}

static void an_unwritable_folder_can_still_be_read(void **state)
{
	struct fixture f;

	begin(&f);
	reopen(&f, true);
	put(&f, "timer", "7:00");
	duet_store_free(f.store);
	f.store = NULL;
	chmod(f.path, 0444);
	chmod(f.folder, 0555);
	assert_int_equal(in_child(read_unwritable, &f), 0);
	chmod(f.folder, 0755);
	reopen(&f, true);
	assert_has(&f, "timer", "7:00");
	end(&f);
}

/* Writes `bytes` at `offset` of the file, or cuts it there when there are none. */
static void damage(struct fixture *f, off_t offset, const char *bytes, size_t n)
{
	int fd = open(f->path, O_RDWR);

	assert_true(fd >= 0);
	if (n)
		assert_int_equal(pwrite(fd, bytes, n, offset), n);
	else
		assert_int_equal(ftruncate(fd, offset), 0);
	close(fd);
}

static void a_damaged_file_is_set_aside(void **state)
{
	static const struct {
		off_t offset;
		const char *bytes;
	} damages[] = {
		{0, "not a database at all"}, {5000, NULL}, {4096, "\xff\xff\xff\xff\xff\xff\xff\xff"}};

	for (size_t i = 0; i < sizeof(damages) / sizeof(damages[0]); i++) {
		struct fixture f;
		char aside[96];

		begin(&f);
		reopen(&f, true);
		put(&f, "a", "1");
		duet_store_free(f.store);
		f.store = NULL;
		damage(&f, damages[i].offset, damages[i].bytes,
		       damages[i].bytes ? strlen(damages[i].bytes) : 0);
		assert_int_equal(open_store(&f, true, NULL), 0);
		snprintf(aside, sizeof(aside), "%s.damaged-1", f.path);
		assert_int_equal(access(aside, F_OK), 0);
		assert_lists(&f, "");
		put(&f, "b", "2");
		reopen(&f, true);
		assert_lists(&f, "b=2 ");
		end(&f);
	}
}

static void a_newer_file_is_left_alone(void **state)
{
	struct fixture f;
	struct duet_error error;
	sqlite3 *sqlite;

	begin(&f);
	assert_int_equal(sqlite3_open(f.path, &sqlite), SQLITE_OK);
	assert_int_equal(sqlite3_exec(sqlite, "PRAGMA user_version = 99", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(sqlite);
	assert_int_equal(open_store(&f, true, &error), -ENOTSUP);
	assert_string_equal(error.what, "cannot keep state here: a newer version of Duet wrote this file");
	f.store = NULL;
	end(&f);
}

/* Reports every ticket that settled through the pipe, until it is killed. */
static int report_fd;

static void report(void *user, uint64_t ticket, int code)
{
	if (code < 0 || write(report_fd, &ticket, sizeof(ticket)) < 0)
		_exit(1);
}

static void write_until_killed(struct fixture *f)
{
	struct duet_store_setup setup = {f->loop, f->path, false, f, report};
	int64_t ticket;
	char key[16];

	if (duet_store_new(&f->store, &setup, NULL) < 0)
		_exit(1);
	for (int i = 1; i < 1000000; i++) {
		snprintf(key, sizeof(key), "%d", i);
		ticket = put(f, key, key);
		if (ticket == -EAGAIN)
			i--;
		if (ticket < 0 || i % 10 == 0)
			duet_loop_turn(f->loop);
	}
	_exit(2);
}

static void kill_loses_no_settled_ticket(void **state)
{
	for (int round = 0; round < 3; round++) {
		uint64_t ticket, last = 0;
		struct fixture f;
		int fds[2], status;
		pid_t child;
		char key[16];

		begin(&f);
		assert_int_equal(pipe(fds), 0);
		child = fork();
		if (child == 0) {
			report_fd = fds[1];
			write_until_killed(&f);
		}
		close(fds[1]);
		while (last < 300 && read(fds[0], &ticket, sizeof(ticket)) == sizeof(ticket))
			last = ticket;
		kill(child, SIGKILL);
		while (read(fds[0], &ticket, sizeof(ticket)) == sizeof(ticket))
			last = ticket;
		close(fds[0]);
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_true(WIFSIGNALED(status));
		assert_true(last >= 300);
		reopen(&f, true);
		for (uint64_t i = 1; i <= last; i++) {
			snprintf(key, sizeof(key), "%d", (int)i);
			assert_has(&f, key, key);
		}
		end(&f);
	}
}

static void two_processes_share_a_file(void **state)
{
	struct fixture one, two;

	begin(&one);
	two = one;
	reopen(&one, true);
	assert_int_equal(open_store(&two, true, NULL), 0);
	put(&one, "a", "1");
	assert_has(&two, "a", "1");
	duet_store_append(one.store, "turns", duet_slice("x"), 5);
	duet_store_append(two.store, "turns", duet_slice("y"), 5);
	duet_store_append(one.store, "turns", duet_slice("z"), 5);
	assert_journal(&two, "1=x 2=y 3=z ");
	duet_store_free(two.store);
	end(&one);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_full_disk_loses_nothing),
		cmocka_unit_test(a_disk_that_is_full_at_first_is_told),
		cmocka_unit_test(an_unwritable_folder_can_still_be_read),
		cmocka_unit_test(a_damaged_file_is_set_aside),
		cmocka_unit_test(a_newer_file_is_left_alone),
		cmocka_unit_test(kill_loses_no_settled_ticket),
		cmocka_unit_test(two_processes_share_a_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
