/* SPDX-License-Identifier: Apache-2.0 */
#include <pthread.h>

#include "base/clock.h"
#include "loop/loop.h"
#include "torture.h"

enum { N_THREADS = 4, N_LETTERS = 20000 };

struct sender {
	struct duet_loop *loop;
	pthread_t thread;
	int n_seen;
	struct sent {
		struct duet_letter letter;
		struct sender *sender;
		int number;
	} sent[N_LETTERS];
};

static void arrived(void *user)
{
	struct sent *sent = user;

	assert_int_equal(sent->number, sent->sender->n_seen);
	sent->sender->n_seen++;
}

static void *send_all(void *user)
{
	struct sender *sender = user;

	for (int i = 0; i < N_LETTERS; i++) {
		struct sent *sent = &sender->sent[i];

		*sent = (struct sent){{NULL, arrived, sent}, sender, i};
		duet_loop_send(sender->loop, &sent->letter);
	}
	return NULL;
}

/* None is lost and those of one thread keep their order, whoever else sends at the same time. */
static void letters_of_many_threads(void **state)
{
	static struct sender senders[N_THREADS];
	struct duet_loop *loop = duet_loop_new(&duet_clock_system);
	int n_calls = 0;

	for (int i = 0; i < N_THREADS; i++) {
		senders[i].loop = loop;
		assert_int_equal(pthread_create(&senders[i].thread, NULL, send_all, &senders[i]), 0);
	}
	while (n_calls < N_THREADS * N_LETTERS)
		n_calls += duet_loop_turn(loop);
	for (int i = 0; i < N_THREADS; i++) {
		pthread_join(senders[i].thread, NULL);
		assert_int_equal(senders[i].n_seen, N_LETTERS);
	}
	assert_int_equal(duet_loop_turn(loop), 0);
	duet_loop_free(loop);
}

struct chain {
	struct duet_letter letter;
	struct duet_loop *loop;
	int n_left;
};

static void again(void *user)
{
	struct chain *chain = user;

	if (--chain->n_left > 0)
		duet_loop_send(chain->loop, &chain->letter);
	else
		duet_loop_quit(chain->loop);
}

/* A letter may be sent again from its own call. */
static void a_letter_is_used_again(void **state)
{
	struct chain chain = {.loop = duet_loop_new(&duet_clock_system), .n_left = 5000};

	chain.letter = (struct duet_letter){NULL, again, &chain};
	duet_loop_send(chain.loop, &chain.letter);
	assert_int_equal(duet_loop_run(chain.loop), 0);
	assert_int_equal(chain.n_left, 0);
	duet_loop_free(chain.loop);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(letters_of_many_threads),
		cmocka_unit_test(a_letter_is_used_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
