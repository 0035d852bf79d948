/* SPDX-License-Identifier: Apache-2.0 */
#include "loop/worker.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#include "base/clock.h"
#include "torture.h"

struct answers {
	struct duet_loop *loop;
	struct duet_worker *worker;
	int asked, answered;
	pthread_t answered_on;
};

static void answer(void *user)
{
	struct answers *answers = user;

	answers->answered_on = pthread_self();
	if (++answers->answered == 1000)
		duet_loop_quit(answers->loop);
}

static void ask(void *user)
{
	struct answers *answers = user;

	answers->asked++;
	while (duet_loop_post(answers->loop, answer, answers) == -EAGAIN)
		sched_yield();
}

static void jobs_go_there_and_answers_come_back(void **state)
{
	struct answers answers = {.loop = duet_loop_new(&duet_clock_system)};

	answers.worker = duet_worker_new("test", false);
	for (int i = 0; i < 1000; i++)
		while (duet_worker_post(answers.worker, ask, &answers) == -EAGAIN)
			sched_yield();
	assert_int_equal(duet_loop_run(answers.loop), 0);
	duet_worker_free(answers.worker);
	assert_int_equal(answers.asked, 1000);
	assert_int_equal(answers.answered, 1000);
	assert_true(pthread_equal(answers.answered_on, pthread_self()));
	duet_loop_free(answers.loop);
}

static void count(void *user)
{
	atomic_fetch_add((atomic_int *)user, 1);
}

static void freeing_finishes_what_was_posted(void **state)
{
	struct duet_worker *worker = duet_worker_new("test", false);
	atomic_int n = 0;

	for (int i = 0; i < 500; i++)
		assert_int_equal(duet_worker_post(worker, count, &n), 0);
	duet_worker_free(worker);
	assert_int_equal(n, 500);
	duet_worker_free(NULL);
}

static void give_way(void *user)
{
	struct duet_worker *worker = user;

	while (!duet_worker_waiting(worker))
		sched_yield();
}

static void a_long_job_sees_that_others_wait(void **state)
{
	struct duet_worker *worker = duet_worker_new("test", false);
	atomic_int n = 0;

	assert_int_equal(duet_worker_post(worker, give_way, worker), 0);
	assert_int_equal(duet_worker_post(worker, count, &n), 0);
	assert_int_equal(duet_worker_post(worker, give_way, worker), 0);
	duet_worker_free(worker);
	assert_int_equal(n, 1);
}

/* Waits until the other one is there, too: with one thread it would wait for ever. */
static void meet(void *user)
{
	pthread_barrier_wait(user);
}

static void a_group_works_side_by_side(void **state)
{
	struct duet_worker *worker = duet_worker_new_group("test", 2, 5);
	pthread_barrier_t barrier;

	pthread_barrier_init(&barrier, NULL, 2);
	for (int i = 0; i < 10; i++)
		assert_int_equal(duet_worker_post(worker, meet, &barrier), 0);
	duet_worker_free(worker);
	pthread_barrier_destroy(&barrier);
}

struct nested {
	struct duet_worker *worker;
	char order[8];
	size_t n;
};

static void inner(void *user)
{
	struct nested *nested = user;

	nested->order[nested->n++] = 'i';
}

static void outer(void *user)
{
	struct nested *nested = user;

	duet_worker_post(nested->worker, inner, nested);
	nested->order[nested->n++] = 'o';
}

static void inline_jobs_run_at_once_in_order(void **state)
{
	struct nested nested = {.worker = duet_worker_new("test", true)};

	assert_int_equal(duet_worker_post(nested.worker, outer, &nested), 0);
	assert_string_equal(nested.order, "oi");
	assert_false(duet_worker_waiting(nested.worker));
	duet_worker_free(nested.worker);
}

static int make(void *user)
{
	struct duet_worker *worker = duet_worker_new("test", true);
	int code = worker ? 0 : -ENOMEM;

	duet_worker_free(worker);
	return code;
}

static void survives_failing_memory(void **state)
{
	duet_torture(make, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(jobs_go_there_and_answers_come_back),
		cmocka_unit_test(freeing_finishes_what_was_posted),
		cmocka_unit_test(a_long_job_sees_that_others_wait),
		cmocka_unit_test(a_group_works_side_by_side),
		cmocka_unit_test(inline_jobs_run_at_once_in_order),
		cmocka_unit_test(survives_failing_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
