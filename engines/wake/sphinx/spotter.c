/* SPDX-License-Identifier: Apache-2.0 */
#include "spotter.h"

#include <errno.h>

#include "base/alloc.h"

enum { CONFIRM_FRAMES = 10 }; /* without a better end */

static const float least_score = -2.8F; /* nepers a frame beside the phone loop */
static const float hopeless = -300;     /* nepers beside it: such a path is given up */

/* A path through one way: what it is worth beside the loop, and where it began. */
struct walk {
	struct duet_way way;
	size_t phrase;
	float scores[DUET_WAY_STATES];
	int64_t firsts[DUET_WAY_STATES];
	struct walk *next;
};

struct waiting {
	struct duet_candidate best;
	int n_frames; /* since then; negative: none */
	bool ready;
};

struct duet_spotter {
	const struct duet_sounds *sounds;
	struct walk *walks;
	struct duet_loop loop;
	struct duet_nearest nearest;
	size_t n_phrases;
	struct waiting waiting[]; /* by phrase */
};

int duet_spotter_new(struct duet_spotter **spotter, const struct duet_sounds *sounds, size_t n_phrases,
		     struct duet_error *error)
{
	struct duet_spotter *self = duet_calloc(1, sizeof(*self) + n_phrases * sizeof(self->waiting[0]));

	*spotter = self;
	if (!self)
		return duet_error_set(error, -ENOMEM, "out of memory");
	self->sounds = sounds;
	self->n_phrases = n_phrases;
	duet_spotter_reset(self);
	return 0;
}

void duet_spotter_free(struct duet_spotter *spotter)
{
	while (spotter && spotter->walks) {
		struct walk *walk = spotter->walks;

		spotter->walks = walk->next;
		duet_free(walk);
	}
	duet_free(spotter);
}

static void forget_walk(struct walk *walk)
{
	for (int i = 0; i < walk->way.n_states; i++)
		walk->scores[i] = DUET_NEVER;
}

int duet_spotter_add(struct duet_spotter *spotter, size_t phrase, const char *phones,
		     struct duet_error *error)
{
	struct walk *walk = duet_calloc(1, sizeof(*walk));
	int result;

	if (!walk)
		return duet_error_set(error, -ENOMEM, "out of memory for the wake words");
	result = duet_way_read(&walk->way, spotter->sounds, phones);
	if (result < 0) {
		duet_free(walk);
		return duet_error_set(error, result, "\"%.200s\" is not 1 to %d phones of the acoustic model",
				      phones, DUET_WAY_PHONES);
	}
	forget_walk(walk);
	walk->phrase = phrase;
	walk->next = spotter->walks;
	spotter->walks = walk;
	return 0;
}

static void forget_walks(struct duet_spotter *spotter)
{
	duet_loop_reset(&spotter->loop);
	for (struct walk *walk = spotter->walks; walk; walk = walk->next)
		forget_walk(walk);
}

void duet_spotter_reset(struct duet_spotter *spotter)
{
	forget_walks(spotter);
	for (size_t i = 0; i < spotter->n_phrases; i++)
		spotter->waiting[i] = (struct waiting){.n_frames = -1};
}

/* Another frame of one way; paths begin where the loop ends a phone. */
static void walk_on(struct duet_spotter *spotter, struct walk *walk, int64_t frame)
{
	const struct duet_way *way = &walk->way;

	for (int i = way->n_states - 1; i >= 0; i--) {
		float stays = walk->scores[i] + way->stay[i];
		float comes = i > 0 ? walk->scores[i - 1] + way->leave[i - 1] : spotter->loop.enter;

		if (comes > stays) {
			stays = comes;
			walk->firsts[i] = i > 0 ? walk->firsts[i - 1] : frame;
		}
		if (stays < hopeless)
			walk->scores[i] = DUET_NEVER;
		else
			walk->scores[i] = stays - spotter->loop.step +
					  duet_mixtures_state(spotter->sounds->models[0], &spotter->nearest,
							      way->states[i]);
	}
}

/* Does this way end here, and better than anything a moment ago? */
static void note_end(struct duet_spotter *spotter, const struct walk *walk, int64_t frame)
{
	struct waiting *waiting = &spotter->waiting[walk->phrase];
	int end = walk->way.n_states - 1;
	int64_t first = walk->firsts[end];
	float score;

	if (walk->scores[end] < DUET_NEVER / 2)
		return;
	score = (walk->scores[end] + walk->way.leave[end] - spotter->loop.leave) / (float)(frame - first + 1);
	if (score < least_score || (waiting->n_frames >= 0 && score <= waiting->best.score))
		return;
	*waiting = (struct waiting){.best = {&walk->way, first, frame, score}};
}

static void confirm(struct duet_spotter *spotter, bool silent, int64_t frame)
{
	for (size_t i = 0; i < spotter->n_phrases; i++) {
		struct waiting *waiting = &spotter->waiting[i];

		if (waiting->n_frames < 0)
			continue;
		waiting->n_frames = (int)(frame - waiting->best.last);
		waiting->ready = silent || waiting->n_frames >= CONFIRM_FRAMES;
		for (struct walk *walk = spotter->walks; waiting->ready && walk; walk = walk->next)
			if (walk->phrase == i)
				forget_walk(walk);
	}
}

void duet_spotter_step(struct duet_spotter *spotter, const struct duet_history *history)
{
	int64_t frame = history->n_frames - 1 - DUET_SPOTTER_AHEAD;
	bool voiced = frame >= 0 && duet_history_voiced(history, frame, DUET_SPOTTER_AHEAD + 1);
	float features[DUET_FEATURES];

	if (!voiced && spotter->loop.began)
		forget_walks(spotter);
	if (voiced) {
		duet_history_features(history, frame,
				      duet_history_running_mean(history, frame + DUET_SPOTTER_AHEAD),
				      features);
		duet_mixtures_look(spotter->sounds->models[0], features, &spotter->nearest);
		duet_loop_step(&spotter->loop, spotter->sounds, spotter->sounds->models[0],
			       &spotter->nearest);
		for (struct walk *walk = spotter->walks; walk; walk = walk->next) {
			walk_on(spotter, walk, frame);
			note_end(spotter, walk, frame);
		}
	}
	confirm(spotter, !voiced, frame);
}

bool duet_spotter_next(struct duet_spotter *spotter, struct duet_spotted *spotted)
{
	for (size_t i = 0; i < spotter->n_phrases; i++) {
		struct waiting *waiting = &spotter->waiting[i];

		if (!waiting->ready)
			continue;
		*spotted = (struct duet_spotted){waiting->best, i};
		*waiting = (struct waiting){.n_frames = -1};
		return true;
	}
	return false;
}
