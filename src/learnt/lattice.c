/* SPDX-License-Identifier: Apache-2.0 */
#include "learnt/lattice.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "base/arena.h"

static size_t n_states(const struct duet_lattice *lattice)
{
	return 2 * lattice->n_slots + 1;
}

/* Where a word that is in no slot leads. */
static size_t after_gap(const struct duet_lattice *lattice, size_t state)
{
	return state == 2 * lattice->n_slots ? state : state | 1;
}

int duet_lattice_init(struct duet_lattice *lattice, size_t n_words, size_t n_slots, size_t longest,
		      struct duet_arena *arena)
{
	if (longest > n_words)
		longest = n_words;
	*lattice = (struct duet_lattice){.n_words = n_words, .n_slots = n_slots, .longest = longest};
	lattice->words = duet_arena_alloc(arena, (n_words * (1 + 3 * n_slots) + 1) * sizeof(float));
	lattice->spans = duet_arena_alloc(arena, (n_words * longest * n_slots + 1) * sizeof(float));
	lattice->follow = duet_arena_alloc(arena, (2 * n_slots + 1) * (1 + n_slots) * sizeof(float));
	return lattice->words && lattice->spans && lattice->follow ? 0 : -ENOMEM;
}

/* How many words a span that begins at `at` may have. */
static size_t reach(const struct duet_lattice *lattice, size_t at)
{
	size_t rest = lattice->n_words - at;

	return rest < lattice->longest ? rest : lattice->longest;
}

/* Relative to the same words in no slot, so that the sum over all ways stays small. */
void duet_lattice_close(struct duet_lattice *lattice)
{
	size_t k = lattice->n_slots;

	for (size_t at = 0; at < lattice->n_words; at++) {
		const float *first = duet_lattice_word(lattice, at);
		float inside[64];

		for (size_t s = 0; s < k; s++)
			inside[s] = first[1 + s] - first[0];
		for (size_t length = 1; length <= reach(lattice, at); length++) {
			const float *last = duet_lattice_word(lattice, at + length - 1);
			float *span = duet_lattice_span(lattice, at, length);

			for (size_t s = 0; s < k; s++) {
				inside[s] += length > 1 ? last[1 + k + s] - last[0] : 0;
				span[s] += inside[s] + last[1 + 2 * k + s];
			}
		}
	}
}

/* Sums over ways, as they are (no logarithms): every score is relative to that of no slots at all. */
struct sums {
	double *forward, *backward; /* [n_words + 1][states] */
	double *enter, *leave;      /* [n_words][n_slots]: all ways to and from a slot that begins here */
	double *follow;             /* [states][1 + n_slots] */
	double *spans;              /* as in the lattice */
};

static int sums_init(struct sums *sums, const struct duet_lattice *lattice, struct duet_arena *arena)
{
	size_t k = lattice->n_slots, states = n_states(lattice), n = lattice->n_words;
	size_t n_follow = states * (1 + k), n_spans = n * lattice->longest * k;

	sums->forward = duet_arena_alloc(arena, (n + 1) * states * sizeof(double));
	sums->backward = duet_arena_alloc(arena, (n + 1) * states * sizeof(double));
	sums->enter = duet_arena_alloc(arena, (n * k + 1) * sizeof(double));
	sums->leave = duet_arena_alloc(arena, (n * k + 1) * sizeof(double));
	sums->follow = duet_arena_alloc(arena, n_follow * sizeof(double));
	sums->spans = duet_arena_alloc(arena, (n_spans + 1) * sizeof(double));
	if (!sums->forward || !sums->backward || !sums->enter || !sums->leave || !sums->follow ||
	    !sums->spans)
		return -ENOMEM;
	for (size_t i = 0; i < n_follow; i++)
		sums->follow[i] = exp((double)lattice->follow[i]);
	for (size_t i = 0; i < n_spans; i++)
		sums->spans[i] = exp((double)lattice->spans[i]);
	return 0;
}

static void sum_forward(const struct sums *sums, const struct duet_lattice *lattice)
{
	size_t k = lattice->n_slots, states = n_states(lattice);

	sums->forward[states - 1] = 1;
	for (size_t at = 0; at < lattice->n_words; at++) {
		const double *now = sums->forward + at * states;
		double *enter = sums->enter + at * k;

		for (size_t state = 0; state < states; state++) {
			const double *follow = sums->follow + state * (1 + k);

			if (now[state] == 0)
				continue;
			sums->forward[(at + 1) * states + after_gap(lattice, state)] +=
				now[state] * follow[0];
			for (size_t s = 0; s < k; s++)
				enter[s] += now[state] * follow[1 + s];
		}
		for (size_t length = 1; length <= reach(lattice, at); length++) {
			const double *span = sums->spans + (at * lattice->longest + length - 1) * k;
			double *then = sums->forward + (at + length) * states;

			for (size_t s = 0; s < k; s++)
				then[2 * s] += enter[s] * span[s];
		}
	}
}

static void sum_backward(const struct sums *sums, const struct duet_lattice *lattice)
{
	size_t k = lattice->n_slots, states = n_states(lattice);

	for (size_t state = 0; state < states; state++)
		sums->backward[lattice->n_words * states + state] = 1;
	for (size_t at = lattice->n_words; at-- > 0;) {
		double *now = sums->backward + at * states, *leave = sums->leave + at * k;

		for (size_t length = 1; length <= reach(lattice, at); length++) {
			const double *span = sums->spans + (at * lattice->longest + length - 1) * k;
			const double *then = sums->backward + (at + length) * states;

			for (size_t s = 0; s < k; s++)
				leave[s] += span[s] * then[2 * s];
		}
		for (size_t state = 0; state < states; state++) {
			const double *follow = sums->follow + state * (1 + k);

			now[state] = follow[0] * now[states + after_gap(lattice, state)];
			for (size_t s = 0; s < k; s++)
				now[state] += follow[1 + s] * leave[s];
		}
	}
}

static void expect_follow(struct duet_lattice *lattice, const struct sums *sums, double total)
{
	size_t k = lattice->n_slots, states = n_states(lattice);

	memset(lattice->follow, 0, states * (1 + k) * sizeof(float));
	for (size_t at = 0; at < lattice->n_words; at++) {
		const double *now = sums->forward + at * states, *then = sums->backward + (at + 1) * states;
		float *none = duet_lattice_word(lattice, at);

		none[0] = 0;
		for (size_t state = 0; state < states; state++) {
			const double *weight = sums->follow + state * (1 + k);
			float *follow = duet_lattice_follow(lattice, state);
			double share = now[state] / total;
			float gap = (float)(share * weight[0] * then[after_gap(lattice, state)]);

			if (share == 0)
				continue;
			follow[0] += gap;
			none[0] += gap;
			for (size_t s = 0; s < k; s++)
				follow[1 + s] += (float)(share * weight[1 + s] * sums->leave[at * k + s]);
		}
	}
}

static void expect_spans(struct duet_lattice *lattice, const struct sums *sums, double total)
{
	size_t k = lattice->n_slots, states = n_states(lattice), columns = duet_lattice_columns(lattice);

	for (size_t at = 0; at < lattice->n_words; at++)
		memset(duet_lattice_word(lattice, at) + 1, 0, (columns - 1) * sizeof(float));
	for (size_t at = 0; at < lattice->n_words; at++) {
		for (size_t length = 1; length <= reach(lattice, at); length++) {
			const double *weight = sums->spans + (at * lattice->longest + length - 1) * k;
			const double *then = sums->backward + (at + length) * states;
			float *span = duet_lattice_span(lattice, at, length);

			for (size_t s = 0; s < k; s++) {
				span[s] = (float)(sums->enter[at * k + s] * weight[s] * then[2 * s] / total);
				if (span[s] < 1e-5f)
					continue;
				duet_lattice_word(lattice, at)[1 + s] += span[s];
				for (size_t i = 1; i < length; i++)
					duet_lattice_word(lattice, at + i)[1 + k + s] += span[s];
				duet_lattice_word(lattice, at + length - 1)[1 + 2 * k + s] += span[s];
			}
		}
	}
}

int duet_lattice_total(const struct duet_lattice *lattice, struct duet_arena *arena, double *total)
{
	const double *ends;
	struct sums sums;
	double sum = 0;

	if (sums_init(&sums, lattice, arena) < 0)
		return -ENOMEM;
	sum_forward(&sums, lattice);
	ends = sums.forward + lattice->n_words * n_states(lattice);
	for (size_t state = 0; state < n_states(lattice); state++)
		sum += ends[state];
	*total = log(sum);
	return 0;
}

int duet_lattice_expect(struct duet_lattice *lattice, struct duet_arena *arena, double *total)
{
	struct sums sums;
	double sum = 0;

	if (sums_init(&sums, lattice, arena) < 0)
		return -ENOMEM;
	sum_forward(&sums, lattice);
	sum_backward(&sums, lattice);
	sum = sums.backward[n_states(lattice) - 1];
	*total = log(sum);
	expect_follow(lattice, &sums, sum);
	expect_spans(lattice, &sums, sum);
	return 0;
}

/* The best way to a state, and from where: a slot (its begin and the state before it) or a word in none. */
struct best {
	float score;
	uint16_t state;
	uint8_t begin, is_slot;
};

static void offer(struct best *best, float score, size_t state, size_t begin, bool is_slot)
{
	if (score > best->score)
		*best = (struct best){score, (uint16_t)state, (uint8_t)begin, is_slot};
}

static void extend(const struct duet_lattice *lattice, struct best *table, size_t at)
{
	size_t k = lattice->n_slots, states = n_states(lattice);
	float enter[64];
	size_t from[64] = {0};

	for (size_t s = 0; s < k; s++)
		enter[s] = -INFINITY;
	for (size_t state = 0; state < states; state++) {
		const float *follow = duet_lattice_follow(lattice, state);
		float score = table[at * states + state].score;

		if (score == -INFINITY)
			continue;
		offer(&table[(at + 1) * states + after_gap(lattice, state)], score + follow[0], state, at,
		      false);
		for (size_t s = 0; s < k; s++) {
			if (score + follow[1 + s] > enter[s]) {
				enter[s] = score + follow[1 + s];
				from[s] = state;
			}
		}
	}
	for (size_t length = 1; length <= reach(lattice, at); length++) {
		const float *span = duet_lattice_span(lattice, at, length);

		for (size_t s = 0; s < k; s++) {
			if (enter[s] > -INFINITY)
				offer(&table[(at + length) * states + 2 * s], enter[s] + span[s], from[s], at,
				      true);
		}
	}
}

static int trace_back(const struct duet_lattice *lattice, const struct best *table, size_t state,
		      struct duet_lattice_slot *slots)
{
	size_t states = n_states(lattice);
	int n = 0;

	for (size_t at = lattice->n_words; at > 0;) {
		const struct best *best = &table[at * states + state];

		if (best->is_slot)
			slots[n++] =
				(struct duet_lattice_slot){best->begin, (uint32_t)at, (uint32_t)(state / 2)};
		at = best->begin;
		state = best->state;
	}
	for (int i = 0; i < n / 2; i++) {
		struct duet_lattice_slot swap = slots[i];

		slots[i] = slots[n - 1 - i];
		slots[n - 1 - i] = swap;
	}
	return n;
}

int duet_lattice_best(const struct duet_lattice *lattice, struct duet_arena *arena,
		      struct duet_lattice_slot *slots)
{
	size_t states = n_states(lattice), n_cells = (lattice->n_words + 1) * states, last = 0;
	struct best *table = duet_arena_alloc(arena, n_cells * sizeof(*table));
	const struct best *ends;

	if (!table)
		return -ENOMEM;
	for (size_t i = 0; i < n_cells; i++)
		table[i].score = -INFINITY;
	table[states - 1].score = 0;
	for (size_t at = 0; at < lattice->n_words; at++)
		extend(lattice, table, at);
	ends = table + lattice->n_words * states;
	for (size_t state = 1; state < states; state++) {
		if (ends[state].score > ends[last].score)
			last = state;
	}
	return trace_back(lattice, table, last, slots);
}
