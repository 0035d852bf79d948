/* SPDX-License-Identifier: Apache-2.0 */
#include "learnt/train.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "learnt/trainer.h"

enum {
	MAX_CANDIDATES = 8,
	DROP = 19661 /* of 65536: 30 % */,
	MIN_ROUNDS = 5,
	MAX_ROUNDS = 12,
	ROUND_QUERIES = 60000
};

/* As when guessing: less likely by its words alone, a meaning is not looked at more closely. */
static const float faint = 0.003f;

static uint64_t draw(struct duet_trainer *trainer)
{
	uint64_t x = trainer->random;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return trainer->random = x;
}

static void shuffle(struct duet_trainer *trainer)
{
	for (size_t i = trainer->n; i > 1; i--) {
		size_t j = draw(trainer) % i;
		struct duet_example swap = trainer->examples[i - 1];

		trainer->examples[i - 1] = trainer->examples[j];
		trainer->examples[j] = swap;
	}
}

/* What an example might mean, and how its slots would lie. */
struct candidate {
	uint32_t meaning;
	double weight; /* a logarithm; then its share of all */
	struct duet_lattice lattice;
};

struct lesson {
	struct duet_trainer *trainer;
	const struct duet_example *example;
	struct duet_spans spans;
	struct candidate candidates[MAX_CANDIDATES];
	size_t n;
};

static void to_probabilities(float *scores, size_t n)
{
	float most = scores[0], sum = 0;

	for (size_t i = 1; i < n; i++)
		most = scores[i] > most ? scores[i] : most;
	for (size_t i = 0; i < n; i++)
		sum += scores[i] = expf(scores[i] - most);
	for (size_t i = 0; i < n; i++)
		scores[i] /= sum;
}

static void note_candidates(struct lesson *lesson, const float *scores)
{
	uint32_t right = lesson->example->meaning;

	lesson->candidates[0] =
		(struct candidate){.meaning = right, .weight = log((double)scores[right] + 1e-9)};
	lesson->n = 1;
	if (!lesson->trainer->cuts_speak)
		return;
	for (uint32_t m = 0; m < lesson->trainer->queries->n_meanings && lesson->n < MAX_CANDIDATES; m++) {
		if (m != right && scores[m] > faint)
			lesson->candidates[lesson->n++] =
				(struct candidate){.meaning = m, .weight = log((double)scores[m])};
	}
}

/* The classifier learns from the words of the sentence alone. */
static int learn_text(struct lesson *lesson)
{
	struct duet_trainer *trainer = lesson->trainer;
	uint64_t *features = duet_arena_alloc(trainer->scratch, DUET_FEATURES_TEXT * sizeof(*features));
	float scores[DUET_MEANINGS_MAX] = {0};
	size_t n;

	if (!features)
		return -ENOMEM;
	n = duet_features_text(&lesson->example->words, lesson->spans.any, duet_trainer_known, trainer,
			       features);
	for (size_t i = 0; i < n; i++)
		duet_weights_add(&trainer->texts, features[i], &trainer->meanings, scores);
	to_probabilities(scores, trainer->queries->n_meanings);
	note_candidates(lesson, scores);
	scores[lesson->example->meaning] -= 1;
	for (size_t i = 0; i < n; i++)
		duet_weights_learn(&trainer->texts, features[i], &trainer->meanings, scores);
	return 0;
}

/* Scores, then expectations in their place; how well any slots fit speaks for the meaning. */
static int expect(struct lesson *lesson, struct candidate *candidate)
{
	struct duet_trainer *trainer = lesson->trainer;
	const struct duet_frame *frame = &trainer->frames[candidate->meaning];
	const struct duet_words *words = &lesson->example->words;
	double total;

	if (duet_lattice_init(&candidate->lattice, words->n, frame->n_slots,
			      trainer->longest[candidate->meaning], trainer->scratch) < 0)
		return -ENOMEM;
	if (frame->n_slots == 0)
		return 0;
	duet_visit_lattice(words, &lesson->spans, frame, &candidate->lattice, duet_weights_add,
			   &trainer->cuts);
	duet_lattice_close(&candidate->lattice);
	if (duet_lattice_expect(&candidate->lattice, trainer->scratch, &total) < 0)
		return -ENOMEM;
	candidate->weight += total;
	return 0;
}

/* Takes the right slots off the expectations. */
static void take_right(const struct duet_example *example, const struct duet_frame *frame,
		       struct duet_lattice *lattice)
{
	size_t k = frame->n_slots, last = k;
	uint32_t at = 0;
	bool apart = false;

	for (uint32_t i = 0; i <= example->n_slots; i++) {
		const struct duet_lattice_slot *slot = &example->slots[i];
		uint32_t begin = i < example->n_slots ? slot->begin : (uint32_t)example->words.n;
		size_t s = 0;

		for (; at < begin; at++, apart = true) {
			duet_lattice_word(lattice, at)[0] -= 1;
			duet_lattice_follow(lattice, duet_lattice_state(lattice, last, apart))[0] -= 1;
		}
		if (i == example->n_slots)
			return;
		while (frame->slot[s] != slot->slot)
			s++;
		duet_lattice_follow(lattice, duet_lattice_state(lattice, last, apart))[1 + s] -= 1;
		duet_lattice_word(lattice, begin)[1 + s] -= 1;
		for (at = begin + 1; at < slot->end; at++)
			duet_lattice_word(lattice, at)[1 + k + s] -= 1;
		duet_lattice_word(lattice, slot->end - 1)[1 + 2 * k + s] -= 1;
		duet_lattice_span(lattice, begin, slot->end - begin)[s] -= 1;
		last = s;
		apart = false;
	}
}

static void scale(struct duet_lattice *lattice, float by)
{
	size_t n_words = lattice->n_words * duet_lattice_columns(lattice);
	size_t n_spans = lattice->n_words * lattice->longest * lattice->n_slots;
	size_t n_follow = (2 * lattice->n_slots + 1) * (1 + lattice->n_slots);

	for (size_t i = 0; i < n_words; i++)
		lattice->words[i] *= by;
	for (size_t i = 0; i < n_spans; i++)
		lattice->spans[i] *= by;
	for (size_t i = 0; i < n_follow; i++)
		lattice->follow[i] *= by;
}

static void learn_slots(struct lesson *lesson, struct candidate *candidate)
{
	struct duet_trainer *trainer = lesson->trainer;
	const struct duet_frame *frame = &trainer->frames[candidate->meaning];

	if (frame->n_slots == 0 || candidate->weight < 0.001)
		return;
	scale(&candidate->lattice, (float)candidate->weight);
	if (candidate->meaning == lesson->example->meaning)
		take_right(lesson->example, frame, &candidate->lattice);
	duet_visit_lattice(&lesson->example->words, &lesson->spans, frame, &candidate->lattice,
			   duet_weights_learn, &trainer->cuts);
}

/* Shares of all; the loss is the right one's. */
static double share_out(struct lesson *lesson)
{
	double most = lesson->candidates[0].weight, sum = 0;

	for (size_t i = 1; i < lesson->n; i++)
		most = fmax(most, lesson->candidates[i].weight);
	for (size_t i = 0; i < lesson->n; i++) {
		lesson->candidates[i].weight = exp(lesson->candidates[i].weight - most);
		sum += lesson->candidates[i].weight;
	}
	for (size_t i = 0; i < lesson->n; i++)
		lesson->candidates[i].weight /= sum;
	return -log(lesson->candidates[0].weight + 1e-9);
}

static int learn(struct duet_trainer *trainer, const struct duet_example *example, double *loss)
{
	struct lesson lesson = {.trainer = trainer, .example = example};

	duet_arena_reset(trainer->scratch);
	trainer->cuts.drop_seed = trainer->texts.drop_seed = draw(trainer);
	if (duet_trainer_spans(trainer, example, &lesson.spans) < 0 || learn_text(&lesson) < 0)
		return -ENOMEM;
	for (size_t i = 0; i < lesson.n; i++) {
		if (expect(&lesson, &lesson.candidates[i]) < 0)
			return -ENOMEM;
	}
	*loss += share_out(&lesson);
	for (size_t i = 0; i < lesson.n; i++)
		learn_slots(&lesson, &lesson.candidates[i]);
	trainer->cuts.steps += 1;
	trainer->texts.steps += 1;
	return 0;
}

int duet_trainer_round(struct duet_trainer *trainer, double *loss)
{
	*loss = 0;
	shuffle(trainer);
	for (size_t i = 0; i < trainer->n; i++) {
		if (learn(trainer, &trainer->examples[i], loss) < 0)
			return -ENOMEM;
	}
	*loss /= (double)trainer->n;
	return 0;
}

static int rounds_for(size_t n_queries)
{
	size_t rounds = n_queries ? ROUND_QUERIES / n_queries : 0;

	return rounds < MIN_ROUNDS ? MIN_ROUNDS : rounds > MAX_ROUNDS ? MAX_ROUNDS : (int)rounds;
}

static int train(struct duet_trainer *trainer, const struct duet_train_setting *setting, const char *path,
		 struct duet_error *error)
{
	int rounds = setting->rounds ? setting->rounds : rounds_for(trainer->n);
	double loss;

	trainer->cuts.drop = trainer->texts.drop = DROP;
	for (int round = 1; round <= rounds; round++) {
		if (duet_trainer_round(trainer, &loss) < 0)
			return duet_error_set(error, -ENOMEM, "out of memory");
		if (setting->progress)
			setting->progress(setting->user, round, rounds, loss);
	}
	return duet_trainer_export(trainer, setting->max_bytes ? setting->max_bytes : DUET_TRAIN_BYTES, path,
				   error);
}

int duet_train(const struct duet_queries *queries, const struct duet_train_setting *setting, const char *path,
	       struct duet_error *error)
{
	struct duet_trainer trainer;
	int result = duet_trainer_init(&trainer, queries);

	if (result < 0)
		duet_error_set(error, result, "out of memory");
	else if (trainer.n == 0)
		result = duet_error_set(error, -EINVAL, "there are no queries to learn from");
	else
		result = train(&trainer, setting, path, error);
	duet_trainer_done(&trainer);
	return result;
}
