/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/pool.h"

#include <pthread.h>
#include <semaphore.h>

#include "base/clock.h"
#include "hub/record/storage_fixture.h"

enum { N_TASKS = 100 };

struct asking {
	struct storage_fixture storage;
	struct duet_loop *loop;
	struct duet_hub_pool *pool;
	struct duet_hub_task tasks[N_TASKS];
	pthread_t loop_thread;
	sem_t begun, goes_on;
	int n_done, n_cancelled;
};

static void asking_begin(struct asking *asking)
{
	struct duet_hub_pool_setup setup = {"test", 2, NULL};

	*asking = (struct asking){.loop_thread = pthread_self()};
	sem_init(&asking->begun, 0, 0);
	sem_init(&asking->goes_on, 0, 0);
	fixture_begin(&asking->storage, true);
	assert_int_equal(fixture_add(&asking->storage, "lamp"), 0);
	asking->loop = duet_loop_new(&duet_clock_system);
	setup.storage = asking->storage.storage;
	assert_int_equal(duet_hub_pool_new(&asking->pool, &setup, NULL), 0);
}

static void asking_end(struct asking *asking)
{
	duet_hub_pool_free(asking->pool);
	duet_loop_free(asking->loop);
	fixture_end(&asking->storage);
	sem_destroy(&asking->begun);
	sem_destroy(&asking->goes_on);
}

static int count_devices(struct duet_hub_view *view, void *user)
{
	struct asking *asking = user;
	struct duet_hub_identity_count count;
	int code = duet_hub_identity_count(view, &count);

	assert_false(pthread_equal(asking->loop_thread, pthread_self()));
	return code < 0 ? code : (int)count.n_devices;
}

static void counted(void *user, int code)
{
	struct asking *asking = user;

	assert_true(pthread_equal(asking->loop_thread, pthread_self()));
	asking->n_done += code == 1;
	asking->n_cancelled += code == -ESHUTDOWN;
	if (asking->n_done + asking->n_cancelled == N_TASKS)
		duet_loop_quit(asking->loop);
}

static void post_all(struct asking *asking, int first, int (*work)(struct duet_hub_view *view, void *user))
{
	for (int i = first; i < N_TASKS; i++) {
		asking->tasks[i] = (struct duet_hub_task){
			.work = work, .done = counted, .user = asking, .loop = asking->loop};
		assert_int_equal(duet_hub_pool_post(asking->pool, &asking->tasks[i]), 0);
	}
}

static void answers_come_back_to_the_loop(void **state)
{
	struct asking asking;

	asking_begin(&asking);
	post_all(&asking, 0, count_devices);
	assert_int_equal(duet_loop_run(asking.loop), 0);
	assert_int_equal(asking.n_done, N_TASKS);
	asking_end(&asking);
}

static int hold(struct duet_hub_view *view, void *user)
{
	struct asking *asking = user;

	sem_post(&asking->begun);
	/* A gate: once it is open it stays so. */
	sem_wait(&asking->goes_on);
	sem_post(&asking->goes_on);
	return 1;
}

static void *let_go(void *user)
{
	struct asking *asking = user;

	sem_post(&asking->goes_on);
	return NULL;
}

/* Two are at work, the others wait; then it ends. */
static void what_waits_at_the_end_is_cancelled(void **state)
{
	struct asking asking;
	pthread_t thread;

	asking_begin(&asking);
	post_all(&asking, 0, hold);
	sem_wait(&asking.begun);
	sem_wait(&asking.begun);
	assert_int_equal(pthread_create(&thread, NULL, let_go, &asking), 0);
	duet_hub_pool_end(asking.pool);
	pthread_join(thread, NULL);
	duet_loop_turn(asking.loop);
	assert_int_equal(asking.n_done + asking.n_cancelled, N_TASKS);
	assert_true(asking.n_done >= 2);
	assert_int_equal(duet_hub_pool_post(asking.pool, &asking.tasks[0]), -EAGAIN);
	asking_end(&asking);
}

static void the_queue_is_bounded(void **state)
{
	enum { MANY = 5000 };
	static struct duet_hub_task tasks[MANY];
	struct asking asking;
	int n = 0, code = 0;

	asking_begin(&asking);
	for (; n < MANY && code == 0; n++) {
		tasks[n] = (struct duet_hub_task){
			.work = hold, .done = counted, .user = &asking, .loop = asking.loop};
		code = duet_hub_pool_post(asking.pool, &tasks[n]);
	}
	assert_int_equal(code, -EAGAIN);
	let_go(&asking);
	asking_end(&asking);
}

struct making {
	struct storage_fixture storage;
};

static int make(void *user)
{
	struct making *making = user;
	struct duet_hub_pool_setup setup = {"test", 1, making->storage.storage};
	struct duet_hub_pool *pool;
	int code = duet_hub_pool_new(&pool, &setup, NULL);

	duet_hub_pool_free(pool);
	return code;
}

static void survives_failing_memory(void **state)
{
	struct making making;

	fixture_begin(&making.storage, true);
	duet_torture(make, &making);
	fixture_end(&making.storage);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_come_back_to_the_loop),
		cmocka_unit_test(what_waits_at_the_end_is_cancelled),
		cmocka_unit_test(the_queue_is_bounded),
		cmocka_unit_test(survives_failing_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
