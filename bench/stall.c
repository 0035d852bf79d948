/* SPDX-License-Identifier: Apache-2.0 */
#include "stall.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"

enum { SLEEP_NS = 2000000, LATE_NS = 2000000, MOST = 4096, MAX_PROCESSORS = 64, PRIORITY = 80 };

struct stall {
	int64_t from_ns, to_ns;
};

struct processor {
	struct stall_watch *watch;
	pthread_t thread;
	int number, n_stalls;
	bool runs;
	struct stall stalls[MOST];
};

struct stall_watch {
	atomic_bool ends;
	int n_processors;
	int64_t began_ns, ended_ns;
	struct processor *processors;
};

static int64_t now_ns(void)
{
	return duet_clock_system.mono_ns(&duet_clock_system);
}

static void *watch_one(void *user)
{
	struct processor *processor = user;
	const struct timespec little = {.tv_nsec = SLEEP_NS};

	while (!atomic_load(&processor->watch->ends)) {
		int64_t due_ns = now_ns() + SLEEP_NS, woken_ns;

		clock_nanosleep(CLOCK_MONOTONIC, 0, &little, NULL);
		woken_ns = now_ns();
		if (woken_ns - due_ns >= LATE_NS && processor->n_stalls < MOST)
			processor->stalls[processor->n_stalls++] = (struct stall){due_ns, woken_ns};
	}
	return NULL;
}

static bool start(struct processor *processor)
{
	struct sched_param first = {.sched_priority = PRIORITY};
	pthread_attr_t attributes;
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(processor->number, &set);
	pthread_attr_init(&attributes);
	pthread_attr_setinheritsched(&attributes, PTHREAD_EXPLICIT_SCHED);
	pthread_attr_setschedpolicy(&attributes, SCHED_FIFO);
	pthread_attr_setschedparam(&attributes, &first);
	pthread_attr_setaffinity_np(&attributes, sizeof(set), &set);
	processor->runs = pthread_create(&processor->thread, &attributes, watch_one, processor) == 0;
	pthread_attr_destroy(&attributes);
	return processor->runs;
}

struct stall_watch *stall_begin(void)
{
	struct stall_watch *watch = duet_calloc(1, sizeof(*watch));
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	if (!watch)
		return NULL;
	watch->began_ns = now_ns();
	n = n < MAX_PROCESSORS ? n : MAX_PROCESSORS;
	watch->processors = duet_calloc((size_t)n, sizeof(*watch->processors));
	for (int i = 0; watch->processors && i < n; i++) {
		watch->processors[i].watch = watch;
		watch->processors[i].number = i;
		watch->n_processors += start(&watch->processors[i]);
	}
	if (watch->n_processors == n)
		return watch;
	stall_free(watch);
	return NULL;
}

void stall_end(struct stall_watch *watch)
{
	if (!watch || watch->ended_ns)
		return;
	atomic_store(&watch->ends, true);
	for (int i = 0; i < watch->n_processors; i++)
		pthread_join(watch->processors[i].thread, NULL);
	watch->ended_ns = now_ns();
}

void stall_free(struct stall_watch *watch)
{
	if (!watch)
		return;
	stall_end(watch);
	duet_free(watch->processors);
	duet_free(watch);
}

bool stall_touches(const struct stall_watch *watch, int64_t from_ns, int64_t to_ns)
{
	for (int i = 0; i < watch->n_processors; i++)
		for (int j = 0; j < watch->processors[i].n_stalls; j++)
			if (watch->processors[i].stalls[j].from_ns < to_ns &&
			    watch->processors[i].stalls[j].to_ns > from_ns)
				return true;
	return false;
}

static double length_ms(const struct stall *stall)
{
	return (double)(stall->to_ns - stall->from_ns) / 1e6;
}

double stall_share(const struct stall_watch *watch)
{
	double ms = 0;

	for (int i = 0; i < watch->n_processors; i++)
		for (int j = 0; j < watch->processors[i].n_stalls; j++)
			ms += length_ms(&watch->processors[i].stalls[j]);
	return ms / ((double)(watch->ended_ns - watch->began_ns) / 1e6 * watch->n_processors);
}

double stall_longest_ms(const struct stall_watch *watch)
{
	double longest = 0;

	for (int i = 0; i < watch->n_processors; i++)
		for (int j = 0; j < watch->processors[i].n_stalls; j++)
			if (length_ms(&watch->processors[i].stalls[j]) > longest)
				longest = length_ms(&watch->processors[i].stalls[j]);
	return longest;
}

int stall_count(const struct stall_watch *watch)
{
	int n = 0;

	for (int i = 0; i < watch->n_processors; i++)
		n += watch->processors[i].n_stalls;
	return n;
}
