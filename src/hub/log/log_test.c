/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/log/log.h"

#include <dirent.h>
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "loop/loop.h"

/* A log in a folder of its own with one lane, and what was told about its events. */
struct fixture {
	char dir[64], folder[32];
	struct duet_loop *loop;
	struct duet_hub_log *log;
	struct duet_hub_lane *lane;
	struct duet_hub_log_setup setup;
	int n_told, n_ready, code;
	intptr_t last;
};

static void set_ready(void *user)
{
	((struct fixture *)user)->n_ready++;
}

static void open_log(struct fixture *fixture)
{
	assert_int_equal(duet_hub_log_new(&fixture->log, &fixture->setup, NULL), 0);
	assert_int_equal(duet_hub_lane_new(&fixture->lane, fixture->log, fixture->loop, set_ready, fixture),
			 0);
}

static void close_log(struct fixture *fixture)
{
	duet_hub_lane_free(fixture->lane);
	duet_hub_log_free(fixture->log);
}

static void begin(struct fixture *fixture)
{
	*fixture = (struct fixture){.folder = "/tmp/duet-log-XXXXXX"};
	assert_non_null(mkdtemp(fixture->folder));
	snprintf(fixture->dir, sizeof(fixture->dir), "%s/log", fixture->folder);
	fixture->setup = (struct duet_hub_log_setup){.dir = fixture->dir,
						     .segment_bytes = 4096,
						     .retention_bytes = 1 << 20,
						     .retention_ms = 3600000,
						     .lane_bytes = 64 << 10};
	fixture->loop = duet_loop_new(&duet_clock_system);
	open_log(fixture);
}

static void end(struct fixture *fixture)
{
	char command[64];

	close_log(fixture);
	duet_loop_free(fixture->loop);
	snprintf(command, sizeof(command), "rm -rf %s", fixture->folder);
	assert_int_equal(system(command), 0);
}

static struct fixture *current;

static void told(void *user, int code)
{
	assert_true((intptr_t)user > current->last);
	current->last = (intptr_t)user;
	current->code = code;
	current->n_told++;
}

static int append(struct fixture *fixture, int number)
{
	char body[300];
	struct duet_hub_event event = {.device = duet_slice("d")};

	snprintf(body, sizeof(body), "%-200d", number);
	event.body = duet_slice(body);
	current = fixture;
	return duet_hub_log_append(fixture->lane, &event, told, (void *)(intptr_t)number);
}

static void wait_told(struct fixture *fixture, int n)
{
	for (int i = 0; i < 5000 && fixture->n_told < n; i++) {
		duet_loop_turn(fixture->loop);
		usleep(1000);
	}
	assert_int_equal(fixture->n_told, n);
}

static void append_all(struct fixture *fixture, int from, int to)
{
	for (int i = from; i <= to; i++) {
		assert_int_equal(append(fixture, i), 0);
		if (i % 40 == 0) /* several batches, so that segments roll */
			wait_told(fixture, fixture->n_told + 40);
	}
}

static void assert_reads(struct duet_hub_reader *reader, int from, int to)
{
	struct duet_hub_event event;
	uint64_t number;

	for (int i = from; i <= to; i++) {
		assert_int_equal(duet_hub_reader_next(reader, &event, &number), 1);
		assert_int_equal(number, i);
		assert_int_equal(strtol(event.body.ptr, NULL, 10), i);
	}
	assert_int_equal(duet_hub_reader_next(reader, &event, &number), 0);
}

static void is_durable_in_order_and_read_back(void **state)
{
	struct fixture fixture;
	struct duet_hub_reader *reader;
	struct duet_hub_log_load load;

	begin(&fixture);
	append_all(&fixture, 1, 400);
	assert_int_equal(fixture.code, 0);
	assert_int_equal(duet_hub_reader_new(&reader, fixture.log, NULL, DUET_HUB_FROM_FIRST, NULL), 0);
	assert_reads(reader, 1, 400);
	assert_int_equal(duet_hub_reader_wait(reader, 10), 0);
	assert_int_equal(append(&fixture, 401), 0);
	assert_int_equal(duet_hub_reader_wait(reader, 5000), 1);
	assert_reads(reader, 401, 401);
	duet_hub_reader_seek(reader, 399);
	assert_reads(reader, 399, 401);
	duet_hub_log_measure(fixture.log, &load);
	assert_int_equal(load.n_events, 401);
	assert_true(load.kept_bytes == load.n_bytes && load.n_commits > 0);
	duet_hub_reader_free(reader);
	end(&fixture);
}

static void goes_on_after_a_restart(void **state)
{
	struct fixture fixture;
	struct duet_hub_reader *reader;

	begin(&fixture);
	append_all(&fixture, 1, 90);
	wait_told(&fixture, 90);
	assert_int_equal(duet_hub_reader_new(&reader, fixture.log, "route-a", DUET_HUB_FROM_FIRST, NULL), 0);
	assert_int_equal(duet_hub_reader_commit(reader, 50), 0);
	duet_hub_reader_free(reader);
	close_log(&fixture);
	fixture.last = 0;
	open_log(&fixture);
	append_all(&fixture, 91, 100);
	wait_told(&fixture, 100);
	assert_int_equal(duet_hub_reader_new(&reader, fixture.log, "route-a", DUET_HUB_FROM_NEXT, NULL), 0);
	assert_reads(reader, 50, 100);
	duet_hub_reader_free(reader);
	assert_int_equal(duet_hub_reader_forget(fixture.log, "route-a"), 0);
	assert_int_equal(duet_hub_reader_new(&reader, fixture.log, "route-a", DUET_HUB_FROM_NEXT, NULL), 0);
	assert_int_equal(duet_hub_reader_place(reader), 101);
	duet_hub_reader_free(reader);
	end(&fixture);
}

static void last_segment(const struct fixture *fixture, char *path, size_t size)
{
	struct dirent **names;
	int n = scandir(fixture->dir, &names, NULL, alphasort), at = n;

	while (at > 0 && !strstr(names[at - 1]->d_name, ".log"))
		at--;
	assert_true(at > 0);
	snprintf(path, size, "%s/%s", fixture->dir, names[at - 1]->d_name);
	while (n-- > 0)
		free(names[n]);
	free(names);
}

static void what_was_half_written_is_cut(void **state)
{
	struct fixture fixture;
	struct duet_hub_reader *reader;
	char path[320];
	FILE *file;

	begin(&fixture);
	append_all(&fixture, 1, 5);
	wait_told(&fixture, 5);
	close_log(&fixture);
	last_segment(&fixture, path, sizeof(path));
	file = fopen(path, "ae");
	fputs("half of somethi", file);
	fclose(file);
	fixture.last = 0;
	open_log(&fixture);
	append_all(&fixture, 6, 7);
	wait_told(&fixture, 7);
	duet_hub_reader_new(&reader, fixture.log, NULL, DUET_HUB_FROM_FIRST, NULL);
	assert_reads(reader, 1, 7);
	duet_hub_reader_free(reader);
	end(&fixture);
}

static void damage_costs_the_rest_of_a_segment_only(void **state)
{
	struct fixture fixture;
	struct duet_hub_reader *reader;
	struct duet_hub_event event;
	char path[320];
	uint64_t number;
	int n_read = 0, n_damaged = 0, code;
	FILE *file;

	begin(&fixture);
	append_all(&fixture, 1, 200);
	snprintf(path, sizeof(path), "%s/%020d.log", fixture.dir, 1);
	file = fopen(path, "r+e");
	fseek(file, 600, SEEK_SET);
	fputs("damage", file);
	fclose(file);
	duet_hub_reader_new(&reader, fixture.log, NULL, DUET_HUB_FROM_FIRST, NULL);
	while ((code = duet_hub_reader_next(reader, &event, &number)) != 0) {
		n_read += code == 1;
		n_damaged += code == -EBADMSG;
	}
	assert_int_equal(n_damaged, 1);
	assert_true(n_read > 100 && n_read + (int)duet_hub_reader_missed(reader) == 200);
	duet_hub_reader_free(reader);
	end(&fixture);
}

static void is_bounded_and_says_what_was_missed(void **state)
{
	struct fixture fixture;
	struct duet_hub_reader *slow;
	struct duet_hub_event event;
	struct duet_hub_log_load load;
	uint64_t number;

	begin(&fixture);
	close_log(&fixture);
	fixture.setup.retention_bytes = 20000;
	open_log(&fixture);
	duet_hub_reader_new(&slow, fixture.log, NULL, DUET_HUB_FROM_FIRST, NULL);
	append_all(&fixture, 1, 400);
	duet_hub_log_measure(fixture.log, &load);
	assert_true(load.kept_bytes <= 20000 + 2 * 4096 + 40 * 240);
	assert_int_equal(duet_hub_reader_next(slow, &event, &number), 1);
	assert_true(number > 200);
	assert_int_equal(duet_hub_reader_missed(slow), number - 1);
	assert_int_equal(strtol(event.body.ptr, NULL, 10), number);
	duet_hub_reader_free(slow);
	end(&fixture);
}

static void a_full_lane_says_so_and_then_that_it_is_ready(void **state)
{
	struct fixture fixture;
	int n = 0;

	begin(&fixture);
	while (n < 100000 && append(&fixture, n + 1) == 0)
		n++;
	assert_true(n < 100000);
	wait_told(&fixture, n);
	for (int i = 0; i < 1000 && fixture.n_ready == 0; i++) {
		usleep(1000);
		duet_loop_turn(fixture.loop);
	}
	assert_int_equal(fixture.n_ready, 1);
	assert_int_equal(append(&fixture, n + 1), 0);
	wait_told(&fixture, n + 1);
	end(&fixture);
}

static void a_disk_that_is_full_is_told_and_got_over(void **state)
{
	struct fixture fixture;
	struct rlimit before, small;
	struct duet_hub_reader *reader;
	struct duet_hub_log_load load;
	struct duet_hub_event event;
	uint64_t number;

	begin(&fixture);
	append_all(&fixture, 1, 5);
	wait_told(&fixture, 5);
	getrlimit(RLIMIT_FSIZE, &before);
	small = before;
	small.rlim_cur = 1500;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	for (int i = 6; i <= 20; i++)
		assert_int_equal(append(&fixture, i), 0);
	wait_told(&fixture, 20);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_int_equal(fixture.code, -EFBIG);
	duet_hub_log_measure(fixture.log, &load);
	assert_true(load.failing && load.n_failed > 0 && load.n_events + load.n_failed == 20);
	assert_int_equal(append(&fixture, 21), 0);
	wait_told(&fixture, 21);
	assert_int_equal(fixture.code, 0);
	duet_hub_reader_new(&reader, fixture.log, NULL, DUET_HUB_FROM_FIRST, NULL);
	for (uint64_t i = 1; i <= load.n_events; i++)
		assert_int_equal(duet_hub_reader_next(reader, &event, &number), 1);
	assert_int_equal(duet_hub_reader_next(reader, &event, &number), 1);
	assert_int_equal(strtol(event.body.ptr, NULL, 10), 21);
	assert_int_equal(duet_hub_reader_next(reader, &event, &number), 0);
	duet_hub_reader_free(reader);
	end(&fixture);
}

static void in_memory_is_acknowledged_at_once(void **state)
{
	struct fixture fixture;
	struct duet_hub_reader *reader;

	begin(&fixture);
	close_log(&fixture);
	fixture.setup.in_memory = true;
	open_log(&fixture);
	for (int i = 1; i <= 10; i++)
		assert_int_equal(append(&fixture, i), 1);
	duet_hub_reader_new(&reader, fixture.log, NULL, 10, NULL);
	assert_int_equal(duet_hub_reader_wait(reader, 5000), 1);
	assert_int_equal(fixture.n_told, 0);
	duet_hub_reader_free(reader);
	end(&fixture);
}

static void what_is_too_large_or_badly_named_is_refused(void **state)
{
	struct fixture fixture;
	struct duet_hub_reader *reader;
	struct duet_hub_event event = {.body = {"", DUET_HUB_EVENT_MAX_BODY + 1}};

	begin(&fixture);
	assert_int_equal(duet_hub_log_append(fixture.lane, &event, told, NULL), -EMSGSIZE);
	assert_int_equal(duet_hub_reader_new(&reader, fixture.log, "../x", DUET_HUB_FROM_NEXT, NULL),
			 -EINVAL);
	end(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_durable_in_order_and_read_back),
		cmocka_unit_test(goes_on_after_a_restart),
		cmocka_unit_test(what_was_half_written_is_cut),
		cmocka_unit_test(damage_costs_the_rest_of_a_segment_only),
		cmocka_unit_test(is_bounded_and_says_what_was_missed),
		cmocka_unit_test(a_full_lane_says_so_and_then_that_it_is_ready),
		cmocka_unit_test(a_disk_that_is_full_is_told_and_got_over),
		cmocka_unit_test(in_memory_is_acknowledged_at_once),
		cmocka_unit_test(what_is_too_large_or_badly_named_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
