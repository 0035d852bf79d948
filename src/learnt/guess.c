/* SPDX-License-Identifier: Apache-2.0 */
#include "learnt/guess.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "base/arena.h"
#include "learnt/frame.h"

/* Less likely than this by its words alone, a meaning is not looked at more closely. */
static const double faint = 0.003;

/* A feature's weights are added to the scores that they make. */
struct adder {
	const struct duet_model *model;
	float scale;
};

static void add(void *user, uint64_t feature, const struct duet_columns *columns, float *scores)
{
	const struct adder *adder = user;
	size_t n;
	const struct duet_model_weight *weights = duet_model_find(adder->model, feature, &n);

	for (size_t i = 0; weights && i < n; i++) {
		uint8_t place = columns->place[weights[i].column];

		if (place != DUET_NO_PLACE)
			scores[place] += adder->scale * (float)weights[i].weight;
	}
}

struct guesser {
	const struct duet_model *model;
	const struct duet_lists *home;
	struct duet_arena *arena;
	struct duet_words words;
	struct duet_spans spans;
};

static int look_up_spans(struct guesser *guesser)
{
	const struct duet_words *words = &guesser->words;
	uint64_t *lists = duet_arena_alloc(guesser->arena, words->n * DUET_SPAN_MAX * sizeof(*lists)),
		 any = 0;

	if (!lists)
		return -ENOMEM;
	for (size_t at = 0; at < words->n; at++) {
		uint64_t text = DUET_WORDS_HASH_EMPTY;

		for (size_t length = 1; length <= DUET_SPAN_MAX && at + length <= words->n; length++) {
			const struct duet_lists_entry *known;
			uint64_t *bits = &lists[at * DUET_SPAN_MAX + length - 1];

			text = duet_hash_mix(text, words->items[at + length - 1].text);
			known = guesser->home ? duet_lists_find(guesser->home, text) : NULL;
			*bits = duet_model_lists(guesser->model, text) | (known ? known->slots : 0);
			any |= *bits;
		}
	}
	guesser->spans = (struct duet_spans){lists, any};
	return 0;
}

static bool known(const void *user, uint64_t feature)
{
	size_t n;

	return duet_model_find(user, feature, &n) != NULL;
}

/* How probable each meaning is by the sentence's words. */
static int weigh_text(const struct guesser *guesser, float *scores)
{
	const struct duet_model *model = guesser->model;
	struct adder adder = {model, model->header->text_scale};
	uint64_t *features = duet_arena_alloc(guesser->arena, DUET_FEATURES_TEXT * sizeof(*features));
	struct duet_columns columns;
	float most = -INFINITY, sum = 0;
	size_t n;

	if (!features)
		return -ENOMEM;
	n = duet_features_text(&guesser->words, guesser->spans.any, known, model, features);
	duet_columns_clear(&columns);
	for (size_t m = 0; m < model->n_meanings; m++) {
		duet_columns_add(&columns, m);
		scores[m] = 0;
	}
	for (size_t i = 0; i < n; i++)
		add(&adder, features[i], &columns, scores);
	for (size_t m = 0; m < model->n_meanings; m++)
		most = scores[m] > most ? scores[m] : most;
	for (size_t m = 0; m < model->n_meanings; m++)
		sum += scores[m] = expf(scores[m] - most);
	for (size_t m = 0; m < model->n_meanings; m++)
		scores[m] /= sum;
	return 0;
}

static int name_slots(const struct guesser *guesser, struct duet_guess *guess, const struct duet_frame *frame,
		      const struct duet_lattice_slot *cut, size_t n)
{
	struct duet_guess_slot *slots = duet_arena_alloc(guesser->arena, (n + 1) * sizeof(*slots));

	if (!slots)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		slots[i] = (struct duet_guess_slot){
			.name = duet_model_slot(guesser->model, frame->slot[cut[i].slot]),
			.begin = guesser->words.items[cut[i].begin].begin,
			.end = guesser->words.items[cut[i].end - 1].end,
		};
	guess->slots = slots;
	guess->n_slots = n;
	return 0;
}

/* The best slots of a meaning; its probability, still a logarithm and not in proportion, grows by how well
 * they fit. */
static int cut(const struct guesser *guesser, struct duet_guess *guess)
{
	const struct duet_model *model = guesser->model;
	const struct duet_model_meaning *meaning = &model->meanings[guess->meaning];
	struct adder adder = {model, model->header->cut_scale};
	struct duet_lattice_slot slots[DUET_WORDS_MAX];
	struct duet_lattice lattice;
	struct duet_frame frame;
	double total = 0;
	int n;

	duet_frame_init(&frame, meaning->slots, model->n_slots);
	if (frame.n_slots == 0)
		return 0;
	if (duet_lattice_init(&lattice, guesser->words.n, frame.n_slots, meaning->longest, guesser->arena) <
	    0)
		return -ENOMEM;
	duet_visit_lattice(&guesser->words, &guesser->spans, &frame, &lattice, add, &adder);
	duet_lattice_close(&lattice);
	n = duet_lattice_best(&lattice, guesser->arena, slots);
	if (n < 0 || (model->header->cuts_speak && duet_lattice_total(&lattice, guesser->arena, &total) < 0))
		return -ENOMEM;
	guess->probability += total;
	return name_slots(guesser, guess, &frame, slots, (size_t)n);
}

/* Puts a guess where it belongs; the least likely one falls out. */
static void insert(struct duet_guesses *guesses, struct duet_guess guess)
{
	size_t at = guesses->n;

	while (at > 0 && guesses->items[at - 1].probability < guess.probability) {
		if (at < DUET_GUESSES)
			guesses->items[at] = guesses->items[at - 1];
		at--;
	}
	if (at < DUET_GUESSES)
		guesses->items[at] = guess;
	guesses->n += guesses->n < DUET_GUESSES;
}

/* From logarithms to probabilities. A model of nonsense may have brought them out of range. */
static void share_out(struct duet_guesses *guesses)
{
	double most = guesses->n ? guesses->items[0].probability : 0, sum = 0;

	for (size_t i = 0; i < guesses->n; i++)
		sum += exp(guesses->items[i].probability - most);
	for (size_t i = 0; i < guesses->n; i++) {
		double share = exp(guesses->items[i].probability - most) / sum;

		guesses->items[i].probability = isfinite(share) ? share : 0;
	}
}

int duet_guess(const struct duet_model *model, const struct duet_lists *home, struct duet_slice text,
	       struct duet_arena *arena, struct duet_guesses *guesses)
{
	struct guesser guesser = {.model = model, .home = home, .arena = arena};
	struct duet_guesses by_words = {.n = 0};
	float scores[DUET_MEANINGS_MAX] = {0};
	int result = duet_words_split(&guesser.words, text, arena);

	guesses->n = 0;
	if (result < 0 || guesser.words.n == 0 || model->n_meanings == 0)
		return result;
	if (look_up_spans(&guesser) < 0 || weigh_text(&guesser, scores) < 0)
		return -ENOMEM;
	for (uint32_t m = 0; m < model->n_meanings; m++) {
		if (scores[m] > faint)
			insert(&by_words,
			       (struct duet_guess){.meaning = m, .probability = log((double)scores[m])});
	}
	for (size_t i = 0; i < by_words.n; i++) {
		if (cut(&guesser, &by_words.items[i]) < 0)
			return -ENOMEM;
		insert(guesses, by_words.items[i]);
	}
	share_out(guesses);
	return 0;
}
