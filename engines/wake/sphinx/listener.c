/* SPDX-License-Identifier: Apache-2.0 */
#include "listener.h"

#include <errno.h>
#include <math.h>

#include "base/alloc.h"

static const float odds_range = 20; /* nepers between scores 0 and 1 */

static int open_rest(struct duet_listener *listener, size_t n_phrases, struct duet_error *error)
{
	int result = duet_cepstra_new(&listener->cepstra, error);

	if (result == 0)
		result = duet_spotter_new(&listener->spotter, &listener->sounds, n_phrases, error);
	if (result == 0)
		result = duet_examiner_new(&listener->examiner, &listener->sounds, error);
	if (result < 0)
		return result;
	listener->n_phrases = n_phrases;
	listener->takes = duet_calloc(n_phrases, sizeof(*listener->takes));
	listener->history = duet_calloc(1, sizeof(*listener->history));
	return listener->takes && listener->history ? 0 : duet_error_set(error, -ENOMEM, "out of memory");
}

int duet_listener_open(struct duet_listener *listener, const char *folder, const char *data_dir,
		       size_t n_phrases, struct duet_error *error)
{
	int result = duet_sounds_open(&listener->sounds, folder, data_dir, error);

	if (result == 0)
		result = open_rest(listener, n_phrases, error);
	if (result == 0)
		duet_listener_reset(listener);
	else
		duet_listener_close(listener);
	return result;
}

void duet_listener_close(struct duet_listener *listener)
{
	duet_examiner_free(listener->examiner);
	duet_spotter_free(listener->spotter);
	for (size_t i = 0; listener->takes && i < listener->n_phrases; i++)
		duet_free(listener->takes[i]);
	duet_free(listener->takes);
	duet_free(listener->history);
	duet_cepstra_free(listener->cepstra);
	duet_sounds_close(&listener->sounds);
	*listener = (struct duet_listener){0};
}

void duet_listener_reset(struct duet_listener *listener)
{
	duet_cepstra_reset(listener->cepstra);
	duet_history_reset(listener->history);
	duet_spotter_reset(listener->spotter);
	listener->energy = 0;
	listener->n_samples = 0;
}

/* Natural logarithm. */
static float odds(const struct duet_listener *listener, const struct duet_spotted *spotted,
		  const float evidence[DUET_EVIDENCE])
{
	const struct duet_takes *takes = listener->takes[spotted->phrase];
	const struct duet_candidate *candidate = &spotted->candidate;
	float odds = duet_evidence_weigh(evidence);
	struct duet_take heard;

	if (!takes)
		return odds;
	duet_take_cut(&heard, listener->history, candidate->first, candidate->last, DUET_TAKE_SLACK);
	return odds + duet_takes_gain(duet_takes_distance(takes, &heard));
}

static void hear(struct duet_listener *listener, const float frame[DUET_CEPSTRA], duet_listener_tell *tell,
		 void *user)
{
	struct duet_spotted spotted;

	duet_history_push(listener->history, frame, listener->energy / (float)listener->n_samples);
	listener->energy = 0;
	listener->n_samples = 0;
	duet_spotter_step(listener->spotter, listener->history);
	while (duet_spotter_next(listener->spotter, &spotted)) {
		float evidence[DUET_EVIDENCE];

		if (!duet_examiner_hear(listener->examiner, listener->history, &spotted.candidate, evidence))
			continue;
		tell(user, &(struct duet_verdict){spotted.phrase, odds(listener, &spotted, evidence),
						  spotted.candidate, evidence});
	}
}

static void add_energy(struct duet_listener *listener, const int16_t *samples, const int16_t *end)
{
	listener->n_samples += (int)(end - samples);
	for (; samples < end; samples++)
		listener->energy += (float)*samples * *samples;
}

int duet_listener_feed(struct duet_listener *listener, const int16_t *samples, size_t n_samples,
		       duet_listener_tell *tell, void *user)
{
	float frame[DUET_CEPSTRA];
	int result;

	do {
		const int16_t *begin = samples;

		result = duet_cepstra_feed(listener->cepstra, &samples, &n_samples, frame);
		add_energy(listener, begin, samples);
		if (result > 0)
			hear(listener, frame, tell, user);
	} while (result > 0);
	return result;
}

float duet_listener_score(float odds)
{
	return fminf(fmaxf(0.5F + odds / odds_range, 0), 1);
}
