/* SPDX-License-Identifier: Apache-2.0 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "arbiter/arbiter.h"
#include "cmd/bench/bench.h"
#include "cmd/duet.h"

/* What an event costs the arbiter. */

enum { EVENTS = 4096, ROUNDS = 200, FULL = DUET_ACTIVITIES_MAX - 2 };

struct run {
	struct duet_event events[EVENTS];
	double round_ns[ROUNDS]; /* of an event, in each round */
};

static double cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static unsigned pick(uint32_t *random, unsigned below)
{
	*random = *random * 1664525U + 1013904223U;
	return (*random >> 8) % below;
}

static void fill(struct run *run, int first_activity)
{
	uint32_t random = 1;

	for (size_t i = 0; i < EVENTS; i++)
		run->events[i] = (struct duet_event){
			.kind = (enum duet_event_kind)pick(&random, DUET_N_EVENTS),
			.assistant = (int)pick(&random, 2),
			.other = (int)pick(&random, 2),
			.score = (float)pick(&random, 11) / 10,
			.expects_answer = pick(&random, 4) == 0,
			.control = (enum duet_control)pick(&random, DUET_N_CONTROLS),
			.activity = first_activity + (int)pick(&random, 4),
			.activity_kind = (enum duet_activity_kind)pick(&random, 4),
			.on = true,
		};
}

/* `n_alerts` ring all the while: controls and the hand do not take them away, since they understand none. */
static void begin(struct duet_arbiter *arbiter, int n_alerts, struct duet_actions *actions)
{
	duet_arbiter_init(arbiter, 0, 0);
	for (int id = 1; id <= n_alerts; id++)
		duet_arbiter_step(arbiter,
				  &(struct duet_event){.kind = DUET_EVENT_BEGIN,
						       .activity = id,
						       .activity_kind = DUET_ACTIVITY_ALERT,
						       .controls = 1u << DUET_CONTROL_REPEAT},
				  0, actions);
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static json_t *measure(struct run *run, int n_alerts)
{
	static struct duet_arbiter arbiter;
	static struct duet_actions actions;
	int64_t now_ms = 0;

	fill(run, n_alerts + 1);
	for (int round = 0; round < ROUNDS; round++) {
		double from;

		begin(&arbiter, n_alerts, &actions);
		from = cpu_ns();
		for (size_t i = 0; i < EVENTS; i++) {
			run->events[i].turn = arbiter.turn;
			duet_arbiter_step(&arbiter, &run->events[i], now_ms += 50, &actions);
		}
		run->round_ns[round] = (cpu_ns() - from) / EVENTS;
	}
	qsort(run->round_ns, ROUNDS, sizeof(*run->round_ns), compare);
	return json_pack("{s:i, s:f, s:f}", "sounding", n_alerts, "ns_p50", run->round_ns[ROUNDS / 2],
			 "ns_p99", run->round_ns[ROUNDS * 99 / 100]);
}

static int bench(const struct duet_invocation *invocation)
{
	static struct run run;
	json_t *out = json_pack("{s:i, s:o, s:o}", "events", EVENTS * ROUNDS, "usual", measure(&run, 2),
				"full", measure(&run, FULL));

	json_dumpf(out, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(4));
	fputc('\n', stdout);
	json_decref(out);
	return DUET_EXIT_DONE;
}

const struct duet_command duet_bench_arbiter = {
	.name = "arbiter",
	.summary = "Measure what an event costs the arbiter",
	.description = "Random events of every kind, rounds of 4096: nanoseconds of processor time an event "
		       "takes, median "
		       "and 99th percentile of the rounds, with two activities sounding and with its table "
		       "full.",
	.run = bench,
};
