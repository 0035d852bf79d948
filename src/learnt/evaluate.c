/* SPDX-License-Identifier: Apache-2.0 */
#include "learnt/evaluate.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "learnt/guess.h"

enum { MAX_ARENA = 64 << 20 };

struct counts {
	size_t intents, exact, right_slots, guessed_slots, true_slots;
};

static double now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static size_t count_right(const struct duet_queries *queries, const struct duet_query *query,
			  const struct duet_guess *guess)
{
	size_t n = 0;

	for (uint32_t i = 0; i < query->n_spans; i++) {
		const struct duet_query_span *span = &queries->spans[query->span + i];

		for (size_t s = 0; s < guess->n_slots; s++) {
			const struct duet_guess_slot *slot = &guess->slots[s];

			n += slot->begin == span->begin && slot->end == span->end &&
			     strcmp(slot->name, queries->slots[span->slot]) == 0;
		}
	}
	return n;
}

static void count(struct counts *counts, const struct duet_model *model, const struct duet_queries *queries,
		  const struct duet_query *query, const struct duet_guesses *guesses)
{
	const struct duet_guess none = {.n_slots = 0}, *guess = guesses->n ? &guesses->items[0] : &none;
	const char *intent = guesses->n ? duet_model_intent(model, guess->meaning) : "";
	size_t right = count_right(queries, query, guess);
	bool is_intent = strcmp(intent, queries->meanings[query->meaning].intent) == 0;

	counts->intents += is_intent;
	counts->right_slots += right;
	counts->guessed_slots += guess->n_slots;
	counts->true_slots += query->n_spans;
	counts->exact += is_intent && right == query->n_spans && right == guess->n_slots;
}

static int ask_all(const struct duet_model *model, const struct duet_queries *queries,
		   struct duet_arena *arena, double *times, struct counts *counts)
{
	for (size_t i = 0; i < queries->n; i++) {
		double begin = now_us();
		struct duet_guesses guesses;
		int result;

		duet_arena_reset(arena);
		result = duet_guess(model, NULL, queries->items[i].text, arena, &guesses);
		if (result < 0 && result != -E2BIG)
			return result;
		times[i] = now_us() - begin;
		count(counts, model, queries, &queries->items[i], &guesses);
	}
	return 0;
}

static double share(size_t part, size_t whole)
{
	return whole ? (double)part / (double)whole : 0;
}

int duet_evaluate(const struct duet_model *model, const struct duet_queries *queries,
		  struct duet_evaluation *evaluation)
{
	double *times = duet_calloc(queries->n + 1, sizeof(*times));
	struct duet_arena *arena = duet_arena_new(MAX_ARENA);
	struct counts counts = {0};
	int result = times && arena ? ask_all(model, queries, arena, times, &counts) : -ENOMEM;

	if (result == 0) {
		qsort(times, queries->n, sizeof(*times), ascending);
		*evaluation = (struct duet_evaluation){
			.n = queries->n,
			.intent_accuracy = share(counts.intents, queries->n),
			.slot_f1 = share(2 * counts.right_slots, counts.guessed_slots + counts.true_slots),
			.exact = share(counts.exact, queries->n),
			.median_us = times[queries->n / 2],
		};
	}
	duet_arena_free(arena);
	duet_free(times);
	return result;
}
