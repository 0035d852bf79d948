/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_CMD_BENCH_POOL_H
#define DUET_CMD_BENCH_POOL_H

#include <stdbool.h>
#include <stddef.h>

#include "duet/error.h"

/*
 * Work shared out among processes, so that each measures its own memory and a
 * crash takes nothing else with it. Worker k of n does the tasks k, k + n, …
 */
enum { BENCH_HEARD_MAX = 48 };

struct bench_result {
	size_t task;
	bool right, refused;
	float confidence;
	int n_heard; /* wake words: the clearest of them, in their order */
	struct bench_wake_heard {
		float score, delay_ms;
	} heard[BENCH_HEARD_MAX];
	int n_words; /* that were said */
	int n_gated; /* heard, and known to be the speaker's own */
	int n_woken; /* by other speech */
	double background_s;
	double cpu_s, audio_s;
	long rss_kb; /* the worker's peak so far */
	char words[512];
};

struct bench_work {
	size_t n_tasks;
	int n_workers; /* 0: one a processor */
	/* In the worker, once; what it returns is handed to `run`. NULL and `error`: the worker gives up. */
	void *(*start)(void *user, struct duet_error *error);
	int (*run)(void *started, size_t task, struct bench_result *result, struct duet_error *error);
	void (*stop)(void *started);
	/* In the caller, in the order in which results come. */
	void (*collect)(void *user, const struct bench_result *result);
	void *user;
	void *collect_user; /* for `collect`; NULL: `user` */
};

int bench_pool_run(const struct bench_work *work, struct duet_error *error);

#endif
