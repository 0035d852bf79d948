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
#include "noisy.h"
#include "takes.h"
#include "ways.h"

enum {
	RECORDINGS_MAX = 16,
	TRIED_MAX = DUET_WAYS_MAX + RECORDINGS_MAX,
	OWN_MAX = 3, /* ways that one person adds */
	PHONES_MAX = 64,
	SEVERAL = -1, /* a way is known, or was decoded in more than one recording */
};

/* Phrases of the listener behind one for each way that is tried: all that may have been known before, that
 * with the person's takes, and with the ways that were chosen as well. */
enum { KNOWN = TRIED_MAX, WITH_TAKES, WITH_WAYS, N_PHRASES };

static const float worth = 0.5F;                    /* nepers a recording that ways must add */
static const float clear = 2;                       /* odds of what needs no better way to say it */
static const float least_clear = -4;                /* odds below which it may be anything */
static const float unheard = -10;                   /* odds of what the first pass does not find */
static const float quiet_room = 20, loud_room = 15; /* dB */
static const float alike = 0.4F, unlike = 0.5F;     /* distance to the nearest other take */

/* What was heard in a recording. */
struct hearing {
	float odds[N_PHRASES];
	float best; /* of the ways that were not decoded in this very recording, and that stretch: */
	struct duet_take take, around;
};

struct enrolment {
	const struct duet_wake_setup *setup;
	struct duet_listener listener;
	struct duet_wake_recording *recordings;
	size_t n_recordings;
	struct duet_ways known;
	struct duet_takes *earlier;            /* NULL: none */
	char tried[TRIED_MAX][DUET_WAY_BYTES]; /* the known ones, then what was decoded */
	int sources[TRIED_MAX];                /* the one recording in which a way was decoded; SEVERAL */
	int n_tried;
	bool chosen[TRIED_MAX];
	struct hearing hearings[RECORDINGS_MAX], *now; /* the one that is heard */
};

static bool usable(const struct enrolment *self, size_t number)
{
	return self->recordings[number].flaw == DUET_WAKE_FINE;
}

static size_t count_usable(const struct enrolment *self)
{
	size_t n = 0;

	for (size_t k = 0; k < self->n_recordings; k++)
		n += usable(self, k);
	return n;
}

static void ignore(void *user, const struct duet_verdict *verdict)
{
}

static void note(void *user, const struct duet_verdict *verdict)
{
	struct enrolment *self = user;
	const struct duet_candidate *candidate = &verdict->candidate;
	struct hearing *now = self->now;

	now->odds[verdict->phrase] = fmaxf(now->odds[verdict->phrase], verdict->odds);
	if (verdict->phrase >= TRIED_MAX || verdict->odds <= now->best ||
	    self->sources[verdict->phrase] == (int)(now - self->hearings))
		return;
	now->best = verdict->odds;
	duet_take_cut(&now->take, self->listener.history, candidate->first, candidate->last, 0);
	duet_take_cut(&now->around, self->listener.history, candidate->first, candidate->last,
		      DUET_TAKE_SLACK);
}

/* A recording in a room with so much noise. */
static int hear(struct enrolment *self, size_t number, float snr_db, duet_listener_tell *tell,
		struct duet_error *error)
{
	const struct duet_wake_recording *one = &self->recordings[number];
	size_t n;
	int16_t *noisy = duet_noisy(one->samples, one->n_samples, snr_db, (uint32_t)number + 1, &n);
	int result;

	if (!noisy)
		return duet_error_set(error, -ENOMEM, "out of memory");
	self->now = &self->hearings[number];
	result = duet_listener_feed(&self->listener, noisy, n, tell, self);
	duet_free(noisy);
	return result < 0 ? duet_error_set(error, result, "a recording cannot be heard: %s",
					   strerrordesc_np(-result))
			  : 0;
}

/* The same by a listener that knows nothing yet. */
static int hear_anew(struct enrolment *self, size_t number, float snr_db, duet_listener_tell *tell,
		     struct duet_error *error)
{
	duet_listener_reset(&self->listener);
	return hear(self, number, snr_db, tell, error);
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

/* Phones of a way, cut from `room`; how many. */
static int split(char *room, char *phones[PHONES_MAX])
{
	char *rest = NULL;
	int n = 0;

	for (char *at = strtok_r(room, " ", &rest); at && n < PHONES_MAX; at = strtok_r(NULL, " ", &rest))
		phones[n++] = at;
	return n;
}

/* True: half of the phones of either are the other's, in the same order. */
static bool resembles(const char *one, const char *other)
{
	char rooms[2][DUET_WAY_BYTES], *phones[2][PHONES_MAX];
	int shared[PHONES_MAX + 1] = {0}, n, m;

	snprintf(rooms[0], sizeof(rooms[0]), "%s", one);
	snprintf(rooms[1], sizeof(rooms[1]), "%s", other);
	n = split(rooms[0], phones[0]);
	m = split(rooms[1], phones[1]);
	for (int i = 0; i < n; i++)
		for (int k = 1, before = 0; k <= m; k++) {
			int here = shared[k];

			if (strcmp(phones[0][i], phones[1][k - 1]) == 0)
				shared[k] = before + 1;
			else if (shared[k - 1] > here)
				shared[k] = shared[k - 1];
			before = here;
		}
	return n > 0 && 2 * shared[m] >= (n > m ? n : m);
}

/* What was decoded is tried when it is new and not far from what is known: what is heard into noise may be
 * anything, and then anything is taken for it. */
static bool plausible(struct enrolment *self, const char *way)
{
	bool resembling = false;

	for (int i = 0; i < self->n_tried; i++) {
		if (strcmp(self->tried[i], way) == 0) {
			self->sources[i] = SEVERAL;
			return false;
		}
		resembling = resembling || (i < self->known.n && resembles(way, self->tried[i]));
	}
	return resembling;
}

static int decode(struct enrolment *self, struct duet_error *error)
{
	for (size_t i = 0; i < self->n_recordings; i++) {
		char *way = self->tried[self->n_tried];
		int64_t first, last;
		int result;

		if (!usable(self, i))
			continue;
		result = hear_anew(self, i, quiet_room, ignore, error);
		way[0] = '\0';
		if (result == 0 && find_voice(self->listener.history, &first, &last))
			result = duet_decode_phones(&self->listener.sounds, self->listener.history, first,
						    last, way, 300);
		if (result < 0)
			return result;
		self->sources[self->n_tried] = (int)i;
		self->n_tried += plausible(self, way);
	}
	return 0;
}

static int add_way(struct enrolment *self, int phrase, int way, struct duet_error *error)
{
	return duet_spotter_add(self->listener.spotter, (size_t)phrase, self->tried[way], error);
}

/* Every way against every recording, and what is left of those that are nothing like the phrase. */
static int compare(struct enrolment *self, struct duet_error *error)
{
	int result = 0;

	for (int i = 0; result == 0 && i < self->n_tried; i++)
		result = add_way(self, i, i, error);
	for (size_t k = 0; result == 0 && k < self->n_recordings; k++) {
		self->hearings[k].best = unheard;
		for (int i = 0; i < N_PHRASES; i++)
			self->hearings[k].odds[i] = unheard;
		if (usable(self, k))
			result = hear_anew(self, k, quiet_room, note, error);
		if (usable(self, k) && self->hearings[k].best < least_clear)
			self->recordings[k].flaw = DUET_WAKE_UNHEARD;
	}
	return result;
}

/* To the nearest of the other takes; 2: there is none. */
static float distance_to_others(const struct enrolment *self, size_t number)
{
	float nearest = 2;

	for (size_t k = 0; k < self->n_recordings; k++)
		if (k != number && usable(self, k))
			nearest = fminf(nearest, duet_take_distance(&self->hearings[k].take,
								    &self->hearings[number].around));
	return nearest;
}

/* Where most are alike, one that is not may be something else. */
static void find_different(struct enrolment *self)
{
	float distances[RECORDINGS_MAX];
	size_t n_alike = 0;

	for (size_t k = 0; k < self->n_recordings; k++) {
		distances[k] = usable(self, k) ? distance_to_others(self, k) : 2;
		n_alike += distances[k] < alike;
	}
	for (size_t k = 0; 2 * n_alike > count_usable(self) && k < self->n_recordings; k++)
		if (usable(self, k) && distances[k] > unlike)
			self->recordings[k].flaw = DUET_WAKE_DIFFERENT;
}

/* The clearest of the chosen ways, as far as it matters. */
static float clearest(const struct enrolment *self, size_t recording)
{
	float best = unheard;

	for (int i = 0; i < self->n_tried; i++)
		if (self->chosen[i])
			best = fmaxf(best, self->hearings[recording].odds[i]);
	return fminf(best, clear);
}

/* The way that adds most to those chosen, or -1 when none is worth it. */
static int most_helpful(const struct enrolment *self)
{
	float most = worth * (float)count_usable(self);
	int best = -1;

	for (int i = self->known.n; i < self->n_tried; i++) {
		float gain = 0;

		for (size_t k = 0; k < self->n_recordings; k++)
			if (usable(self, k))
				gain += fmaxf(fminf(self->hearings[k].odds[i], clear) - clearest(self, k), 0);
		if (gain > most) {
			most = gain;
			best = i;
		}
	}
	return best;
}

static int choose(struct enrolment *self, struct duet_error *error)
{
	int result = 0;

	for (int i = 0; i < self->known.n; i++)
		self->chosen[i] = true;
	for (int n = 0, best; n < OWN_MAX && (best = most_helpful(self)) >= 0; n++)
		self->chosen[best] = true;
	for (int i = 0; result == 0 && i < self->n_tried; i++) {
		if (i < self->known.n)
			result = add_way(self, KNOWN, i, error);
		if (i < self->known.n && result == 0)
			result = add_way(self, WITH_TAKES, i, error);
		if (self->chosen[i] && result == 0)
			result = add_way(self, WITH_WAYS, i, error);
	}
	return result;
}

static void add_take(struct duet_takes *takes, const struct duet_take *take)
{
	if (takes->n < DUET_TAKES_MAX)
		takes->takes[takes->n++] = *take;
}

/* The takes of all recordings but one (none: -1), then those of earlier times. */
static void gather_takes(const struct enrolment *self, int without, struct duet_takes *takes)
{
	takes->n = 0;
	for (size_t k = 0; k < self->n_recordings; k++)
		if (usable(self, k) && (int)k != without)
			add_take(takes, &self->hearings[k].take);
	for (int i = 0; self->earlier && i < self->earlier->n; i++)
		add_take(takes, &self->earlier->takes[i]);
}

/* How well each is heard in a loud room in which that person has spoken before, by what the others taught. */
static int try_out(struct enrolment *self, struct duet_error *error)
{
	struct duet_takes **takes = self->listener.takes;
	int result = 0;

	for (int i = KNOWN; i < N_PHRASES; i++)
		if (i != KNOWN || self->earlier)
			takes[i] = duet_calloc(1, sizeof(*takes[i]));
	if (!takes[WITH_TAKES] || !takes[WITH_WAYS] || (self->earlier && !takes[KNOWN]))
		return duet_error_set(error, -ENOMEM, "out of memory");
	if (self->earlier)
		*takes[KNOWN] = *self->earlier;
	for (size_t k = 0; result == 0 && k < self->n_recordings; k++) {
		if (!usable(self, k))
			continue;
		gather_takes(self, (int)k, takes[WITH_TAKES]);
		*takes[WITH_WAYS] = *takes[WITH_TAKES];
		result = hear_anew(self, k, loud_room, ignore, error);
		if (result == 0)
			result = hear(self, k, loud_room, note, error);
	}
	return result;
}

/* The chosen ways stay when they still help beside the takes. */
static void settle(struct enrolment *self)
{
	float gain = 0;
	int better = WITH_WAYS;

	for (size_t k = 0; k < self->n_recordings; k++) {
		const float *odds = self->hearings[k].odds;

		gain += fminf(odds[WITH_WAYS], clear) - fminf(odds[WITH_TAKES], clear);
	}
	if (gain < worth * (float)count_usable(self))
		better = WITH_TAKES;
	for (int i = self->known.n; i < self->n_tried; i++)
		self->chosen[i] = self->chosen[i] && better == WITH_WAYS;
	for (size_t k = 0; k < self->n_recordings; k++) {
		const float *odds = self->hearings[k].odds;

		self->recordings[k].before = (double)duet_listener_score(odds[KNOWN]);
		self->recordings[k].after = (double)duet_listener_score(odds[better]);
	}
}

/* What the person's model holds from now on: new ways and takes, then those of earlier times, as many as may
 * be. */
static int write_lines(const struct enrolment *self, const struct duet_ways *earlier, char **lines)
{
	const char *phrase = self->setup->phrases[0].text;
	char line[DUET_TAKE_BYTES];
	struct duet_takes takes;
	struct duet_text text;
	int n = 0;

	duet_text_init(&text, DUET_WAYS_FILE_MAX);
	for (int i = self->known.n; i < self->n_tried; i++)
		if (self->chosen[i] && n++ < OWN_MAX)
			duet_text_printf(&text, "%s\t%s\n", phrase, self->tried[i]);
	for (int i = 0; i < earlier->n && n++ < OWN_MAX; i++)
		duet_text_printf(&text, "%s\t%s\n", phrase, earlier->phones[i]);
	gather_takes(self, -1, &takes);
	for (int i = 0; i < takes.n; i++) {
		duet_take_print(&takes.takes[i], line);
		duet_text_printf(&text, "%s\t%s\n", phrase, line);
	}
	*lines = text.failed ? NULL : duet_strdup(text.ptr);
	duet_text_done(&text);
	return *lines ? 0 : -ENOMEM;
}

static int hear_all(struct enrolment *self, struct duet_error *error)
{
	int result;

	for (int i = 0; i < self->known.n; i++) {
		self->sources[self->n_tried] = SEVERAL;
		memcpy(self->tried[self->n_tried++], self->known.phones[i], DUET_WAY_BYTES);
	}
	result = decode(self, error);
	if (result == 0)
		result = compare(self, error);
	if (result < 0)
		return result;
	find_different(self);
	if (count_usable(self) == 0)
		return duet_error_set(error, -ENODATA, "nothing can be learnt from any of the recordings");
	return 0;
}

static int learn(struct enrolment *self, char **lines, struct duet_error *error)
{
	struct duet_ways earlier = {0};
	int result = hear_all(self, error);

	if (result == 0)
		result = choose(self, error);
	if (result == 0)
		result = try_out(self, error);
	if (result < 0)
		return result;
	settle(self);
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
		result = duet_takes_own(&self->earlier, &setup->phrases[0], error);
	if (result == 0)
		result = duet_listener_open(&self->listener, folder, setup->data_dir, N_PHRASES, error);
	if (result == 0)
		result = learn(self, lines, error);
	duet_listener_close(&self->listener);
	duet_free(self->earlier);
	duet_free(self);
	return result;
}
