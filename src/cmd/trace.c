/* SPDX-License-Identifier: Apache-2.0 */
#include "dialog/trace.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "assistant/config.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "cmd/duet.h"
#include "cmd/turn_print.h"
#include "loop/loop.h"
#include "store/store.h"

/* The turns so far, and how long their stages took. */

struct trace_flags {
	const char *config, *state;
	bool json;
	int last;
};

static const struct duet_flag flags_table[] = {
	DUET_FLAG_CONFIG(struct trace_flags),
	DUET_FLAG_STATE(struct trace_flags),
	{'j',
	 NULL,
	 {"json", DUET_OPTION_BOOL, offsetof(struct trace_flags, json), NULL,
	  "Each turn as a line of JSON, then one object with the stages", NULL, 0, 0}},
	{'n',
	 "N",
	 {"last", DUET_OPTION_INT, offsetof(struct trace_flags, last), "10", "How many turns are printed",
	  NULL, 0, 100000}},
	{0},
};

struct times {
	double *values;
	size_t n, room;
};

struct tracing {
	const struct trace_flags *flags;
	size_t n_turns, n_skipped, n_refused;
	struct times stages[DUET_N_STAGES];
};

static void add(struct times *times, double value)
{
	if (times->n == times->room) {
		size_t room = times->room ? times->room * 2 : 256;
		double *more = duet_realloc(times->values, room, sizeof(*more));

		if (!more)
			return;
		times->values = more;
		times->room = room;
	}
	times->values[times->n++] = value;
}

static bool count(void *user, const json_t *turn)
{
	struct tracing *tracing = user;
	const json_t *ms = json_object_get(turn, "ms");

	tracing->n_turns++;
	tracing->n_refused += json_is_true(json_object_get(turn, "refused"));
	for (int i = 0; i < DUET_N_STAGES; i++) {
		const json_t *one = json_object_get(ms, duet_stage_name((enum duet_stage)i));

		if (one)
			add(&tracing->stages[i], json_number_value(one));
	}
	return true;
}

static bool print(void *user, const json_t *turn)
{
	struct tracing *tracing = user;

	if (tracing->n_skipped + (size_t)tracing->flags->last < tracing->n_turns)
		tracing->n_skipped++;
	else
		duet_turn_print(stdout, turn, tracing->flags->json);
	return true;
}

static void print_json(struct tracing *tracing)
{
	json_t *stages = json_object();
	json_t *all = json_pack("{s:I, s:I, s:o}", "turns", (json_int_t)tracing->n_turns, "refused",
				(json_int_t)tracing->n_refused, "stages", stages);

	for (int i = 0; i < DUET_N_STAGES; i++) {
		struct times *one = &tracing->stages[i];

		if (one->n == 0)
			continue;
		json_object_set_new(stages, duet_stage_name((enum duet_stage)i),
				    json_pack("{s:I, s:f, s:f}", "n", (json_int_t)one->n, "p50",
					      duet_trace_percentile(one->values, one->n, 50), "p95",
					      duet_trace_percentile(one->values, one->n, 95)));
	}
	json_dumpf(all, stdout, JSON_COMPACT | JSON_REAL_PRECISION(6));
	fputc('\n', stdout);
	json_decref(all);
}

static void print_table(struct tracing *tracing)
{
	printf("%zu turns, %zu refused\n%-14s %8s %10s %10s\n", tracing->n_turns, tracing->n_refused, "stage",
	       "turns", "p50 ms", "p95 ms");
	for (int i = 0; i < DUET_N_STAGES; i++) {
		struct times *one = &tracing->stages[i];

		if (one->n)
			printf("%-14s %8zu %10.1f %10.1f\n", duet_stage_name((enum duet_stage)i), one->n,
			       duet_trace_percentile(one->values, one->n, 50),
			       duet_trace_percentile(one->values, one->n, 95));
	}
}

static int open_store(const struct trace_flags *flags, struct duet_loop *loop, struct duet_store **store,
		      struct duet_error *error)
{
	char dir[512], path[640];
	struct duet_config *config;
	int result = duet_config_load(&config, flags->config, NULL, error);

	if (result < 0)
		return result;
	result = duet_config_state_dir(config, flags->state, dir, sizeof(dir), error);
	duet_config_free(config);
	if (result < 0)
		return result;
	snprintf(path, sizeof(path), "%s/duet.db", dir);
	return duet_store_new(
		store,
		&(struct duet_store_setup){.loop = loop,
					   .path = dir[0] && access(path, F_OK) == 0 ? path : NULL,
					   .inline_worker = true},
		error);
}

static int trace(const struct duet_invocation *invocation)
{
	struct tracing tracing = {.flags = invocation->flags};
	struct duet_loop *loop = duet_loop_new(&duet_clock_system);
	struct duet_store *store = NULL;
	struct duet_error error = {0};

	if (!loop || open_store(invocation->flags, loop, &store, &error) < 0) {
		duet_loop_free(loop);
		return duet_command_error(invocation, DUET_EXIT_CONFIG, &error);
	}
	duet_trace_each(store, count, &tracing);
	duet_trace_each(store, print, &tracing);
	if (tracing.flags->json)
		print_json(&tracing);
	else
		print_table(&tracing);
	for (int i = 0; i < DUET_N_STAGES; i++)
		duet_free(tracing.stages[i].values);
	duet_store_free(store);
	duet_loop_free(loop);
	return DUET_EXIT_DONE;
}

const struct duet_command duet_trace = {
	.name = "trace",
	.summary = "Print the turns so far and how long their stages took",
	.description =
		"The stages: wake (end of the wake word to its detection), listen (the person speaks), "
		"endpoint "
		"(silence until the sentence counts as over), final (its words), meaning, act, speech (the "
		"first sound of the answer); first_sample is the time from the decided endpoint to the "
		"first sound. p50 and p95 are over all kept turns.",
	.flags = flags_table,
	.flags_size = sizeof(struct trace_flags),
	.run = trace,
};
