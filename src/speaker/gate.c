/* SPDX-License-Identifier: Apache-2.0 */
#include "speaker/gate.h"

#include <errno.h>

#include "audio/echo.h"
#include "base/alloc.h"

enum { LEAD_FRAMES = 120, TRAIL_FRAMES = 20, MOST_FRAMES = 290, PHRASES_MAX = 32 };

/* How much more clearly a person is heard than a word that happens to be much like what is played. */
#define CLEARER 0.3F

struct duet_gate {
	struct duet_wake *wake;
	struct duet_wake_phrase *phrases;
	double clear_score;
};

int duet_gate_new(struct duet_gate **gate, const struct duet_wake_setup *setup,
		  const struct duet_wake_choice *choices, double easier, double clear_score,
		  struct duet_error *error)
{
	struct duet_gate *made = duet_calloc(1, sizeof(*made));
	struct duet_wake_setup own = *setup;
	int result;

	if (made)
		made->phrases = duet_calloc(setup->n_phrases + 1, sizeof(*made->phrases));
	if (!made || !made->phrases) {
		duet_free(made);
		return duet_error_set(error, -ENOMEM, "out of memory");
	}
	for (size_t i = 0; i < setup->n_phrases; i++) {
		double sensitivity = setup->phrases[i].sensitivity + easier;

		made->phrases[i] = setup->phrases[i];
		made->phrases[i].sensitivity = sensitivity > 1 ? 1 : sensitivity;
	}
	made->clear_score = clear_score;
	own.phrases = made->phrases;
	result = duet_wake_new(&made->wake, &own, choices, error);
	if (result < 0)
		duet_gate_free(made);
	else
		*gate = made;
	return result;
}

void duet_gate_free(struct duet_gate *gate)
{
	if (!gate)
		return;
	duet_wake_free(gate->wake);
	duet_free(gate->phrases);
	duet_free(gate);
}

/* Some more on either side: the engines warm up before, and wait for a better end behind. What ended before
 * the word was heard is another one, and an echo is not much clearer than what it is the echo of. */
bool duet_gate_own(struct duet_gate *gate, const struct duet_echo *echo, size_t phrase, float score,
		   int n_frames)
{
	int first = n_frames + LEAD_FRAMES < MOST_FRAMES ? n_frames + LEAD_FRAMES : MOST_FRAMES;
	struct duet_wake_detection detection;
	int16_t played[DUET_FRAME_SAMPLES];

	if (!duet_echo_sounded(echo, n_frames))
		return false;
	if (duet_echo_explains(echo, n_frames) ||
	    ((double)score < gate->clear_score && duet_echo_begins(echo)))
		return true;
	duet_wake_reset(gate->wake);
	for (int ago = first; ago > -TRAIL_FRAMES; ago--) {
		duet_echo_reference(echo, ago, played);
		if (duet_wake_feed(gate->wake, played, DUET_FRAME_SAMPLES, &detection) > 0 &&
		    detection.phrase == phrase && detection.score > score - CLEARER &&
		    detection.end > (int64_t)(first - n_frames) * DUET_FRAME_SAMPLES)
			return true;
	}
	return false;
}
