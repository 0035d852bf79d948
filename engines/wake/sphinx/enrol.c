/* SPDX-License-Identifier: Apache-2.0 */
#include "enrol.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "decode.h"
#include "listener.h"
#include "ways.h"

enum {
	RECORDINGS_MAX = 16,
	TRIED_MAX = DUET_WAYS_MAX + RECORDINGS_MAX,
	OWN_MAX = 3, /* ways that one person adds */
	PAD_SAMPLES = 8000,
	LONGEST_SAMPLES = (DUET_HISTORY_FRAMES - 40) * DUET_LISTENER_FRAME - PAD_SAMPLES,
	FEWEST_PHONES = 3,
};

static const float worth = 0.5F;     /* nepers a recording that a way must add */
static const float least_clear = -3; /* odds below which a way is no help */
static const float unheard = -10;    /* odds of what the first pass does not find */

struct enrolment {
	const struct duet_wake_setup *setup;
	struct duet_listener listener;
	struct duet_wake_recording *recordings;
	size_t n_recordings, now; /* the one that is heard */
	struct duet_ways known;
	char tried[TRIED_MAX][DUET_WAY_BYTES]; /* the known ones, then what was decoded */
	int n_tried;
	float odds[TRIED_MAX][RECORDINGS_MAX];
	bool chosen[TRIED_MAX];
};

static void ignore(void *user, const struct duet_verdict *verdict)
{
}

/* A recording in a quiet room, as far as the history reaches. */
static int hear(struct enrolment *self, size_t number, duet_listener_tell *tell)
{
	static const int16_t quiet[PAD_SAMPLES];
	const struct duet_wake_recording *one = &self->recordings[number];
	size_t n = one->n_samples < LONGEST_SAMPLES ? one->n_samples : LONGEST_SAMPLES;
	int result;

	self->now = number;
	duet_listener_reset(&self->listener);
	result = duet_listener_feed(&self->listener, quiet, PAD_SAMPLES, tell, self);
	if (result >= 0)
		result = duet_listener_feed(&self->listener, one->samples, n, tell, self);
	if (result >= 0 && tell != ignore)
		result = duet_listener_feed(&self->listener, quiet, PAD_SAMPLES, tell, self);
	return result;
}

/* From the first voiced frame to the last; false: nobody speaks. */
static bool find_voice(const struct duet_history *history, int64_t *first, int64_t *last)
{
	*first = duet_history_first(history);
	*last = history->n_frames - 1;
	while (*first < *last && !duet_history_voiced(history, *first, 1))
		++*first;
	while (*last > *first && !duet_history_voiced(history, *last, 1))
		--*last;
	return *last - *first > 20;
}

static int count_phones(const char *way)
{
	int n = way[0] != '\0';

	for (; *way; way++)
		n += *way == ' ';
	return n;
}

/* What was decoded is tried when it is about as long as the phrase. */
static bool plausible(const struct enrolment *self, const char *way)
{
	int n = count_phones(way), usual = count_phones(self->known.phones[self->known.n - 1]);

	if (n < FEWEST_PHONES || 3 * n < 2 * usual || 2 * n > 3 * usual)
		return false;
	for (int i = 0; i < self->n_tried; i++)
		if (strcmp(self->tried[i], way) == 0)
			return false;
	return true;
}

static int decode(struct enrolment *self, struct duet_error *error)
{
	for (size_t i = 0; i < self->n_recordings; i++) {
		char *way = self->tried[self->n_tried];
		int64_t first, last;
		int result = hear(self, i, ignore);

		if (result >= 0 && find_voice(self->listener.history, &first, &last))
			result = duet_decode_phones(&self->listener.sounds, self->listener.history, first,
						    last, way, 300);
		else
			way[0] = '\0';
		if (result < 0)
			return duet_error_set(error, result, "a recording cannot be heard: %s",
					      strerrordesc_np(-result));
		self->n_tried += plausible(self, way);
	}
	return 0;
}

static void note(void *user, const struct duet_verdict *verdict)
{
	struct enrolment *self = user;
	float *odds = &self->odds[verdict->phrase][self->now];

	*odds = fmaxf(*odds, verdict->odds);
}

/* Every way against every recording. */
static int compare(struct enrolment *self, struct duet_error *error)
{
	int result = 0;

	for (int i = 0; result == 0 && i < self->n_tried; i++) {
		result = duet_spotter_add(self->listener.spotter, (size_t)i, self->tried[i], error);
		for (size_t k = 0; k < self->n_recordings; k++)
			self->odds[i][k] = unheard;
	}
	for (size_t k = 0; result == 0 && k < self->n_recordings; k++)
		result = hear(self, k, note);
	return result;
}

/* The clearest of the chosen ways. */
static float clearest(const struct enrolment *self, size_t recording)
{
	float best = unheard;

	for (int i = 0; i < self->n_tried; i++)
		if (self->chosen[i])
			best = fmaxf(best, self->odds[i][recording]);
	return best;
}

/* The way that adds most to those chosen, or -1 when none is worth it. */
static int most_helpful(const struct enrolment *self)
{
	float most = worth * (float)self->n_recordings;
	int best = -1;

	for (int i = self->known.n; i < self->n_tried; i++) {
		float gain = 0;

		for (size_t k = 0; k < self->n_recordings; k++)
			if (self->odds[i][k] > least_clear)
				gain += fmaxf(self->odds[i][k] - clearest(self, k), 0);
		if (gain > most) {
			most = gain;
			best = i;
		}
	}
	return best;
}

static void choose(struct enrolment *self)
{
	for (int i = 0; i < self->known.n; i++)
		self->chosen[i] = true;
	for (size_t k = 0; k < self->n_recordings; k++)
		self->recordings[k].before = (double)duet_listener_score(clearest(self, k));
	for (int n = 0, best; n < OWN_MAX && (best = most_helpful(self)) >= 0; n++)
		self->chosen[best] = true;
	for (size_t k = 0; k < self->n_recordings; k++)
		self->recordings[k].after = (double)duet_listener_score(clearest(self, k));
}

/* Of the known ways that which the person uses most. */
static int usual_way(const struct enrolment *self)
{
	float most = -INFINITY;
	int best = 0;

	for (int i = 0; i < self->known.n; i++) {
		float sum = 0;

		for (size_t k = 0; k < self->n_recordings; k++)
			sum += self->odds[i][k];
		if (sum > most) {
			most = sum;
			best = i;
		}
	}
	return best;
}

/* What the person's model holds from now on: new ways, then those of earlier times, as many as may be. */
static int write_lines(const struct enrolment *self, const struct duet_ways *earlier, char **lines)
{
	const char *phrase = self->setup->phrases[0].text;
	struct duet_text text;
	int n = 0;

	duet_text_init(&text, DUET_WAYS_FILE_MAX);
	for (int i = self->known.n; i < self->n_tried; i++)
		if (self->chosen[i] && n++ < OWN_MAX)
			duet_text_printf(&text, "%s\t%s\n", phrase, self->tried[i]);
	for (int i = 0; i < earlier->n && n++ < OWN_MAX; i++)
		duet_text_printf(&text, "%s\t%s\n", phrase, earlier->phones[i]);
	if (n == 0)
		duet_text_printf(&text, "%s\t%s\n", phrase, self->tried[usual_way(self)]);
	*lines = text.failed ? NULL : duet_strdup(text.ptr);
	duet_text_done(&text);
	return *lines ? 0 : -ENOMEM;
}

static int learn(struct enrolment *self, char **lines, struct duet_error *error)
{
	struct duet_ways earlier = {0};
	int result;

	for (int i = 0; i < self->known.n; i++)
		memcpy(self->tried[self->n_tried++], self->known.phones[i], DUET_WAY_BYTES);
	result = decode(self, error);
	if (result == 0)
		result = compare(self, error);
	if (result < 0)
		return result;
	choose(self);
	result = duet_ways_own(&earlier, &self->setup->phrases[0], error);
	if (result == 0 && write_lines(self, &earlier, lines) < 0)
		result = duet_error_set(error, -ENOMEM, "out of memory");
	return result;
}

int duet_enrol(const struct duet_wake_setup *setup, const char *folder,
	       struct duet_wake_recording *recordings, size_t n_recordings, char **lines,
	       struct duet_error *error)
{
	struct enrolment *self;
	int result;

	*lines = NULL;
	if (setup->n_phrases != 1 || n_recordings == 0 || n_recordings > RECORDINGS_MAX)
		return duet_error_set(error, -EINVAL, "one wake word is learnt from 1 to %d recordings",
				      RECORDINGS_MAX);
	self = duet_calloc(1, sizeof(*self));
	if (!self)
		return duet_error_set(error, -ENOMEM, "out of memory");
	self->setup = setup;
	self->recordings = recordings;
	self->n_recordings = n_recordings;
	result = duet_ways_of(&self->known, setup->data_dir, &setup->phrases[0], error);
	if (result == 0)
		result = duet_listener_open(&self->listener, folder, setup->data_dir, TRIED_MAX, error);
	if (result == 0)
		result = learn(self, lines, error);
	duet_listener_close(&self->listener);
	duet_free(self);
	return result;
}
