/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_WAKE_ENGINE_H
#define DUET_WAKE_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "duet/engine.h"
#include "duet/error.h"

struct duet_lexicon;

/* Wake engines: all phrases of all assistants, listened for at once. 16 kHz mono 16 bit. */

struct duet_wake_phrase {
	const char *text;                   /* "hey cortana" */
	const char *language;               /* BCP 47 */
	const struct duet_lexicon *lexicon; /* of that language; outlives the engine */
	double sensitivity;                 /* 0 … 1: scores from 1 - sensitivity on are told */
	const char *model;                  /* file of the engine's own kind, or NULL */
};

struct duet_wake_setup {
	const void *options;
	const char *data_dir; /* where models of this project lie */
	const struct duet_wake_phrase *phrases;
	size_t n_phrases;
};

struct duet_wake_detection {
	size_t phrase; /* index into the setup's phrases */
	float score;   /* 0 … 1, normalised, whatever the sensitivity; 0.5 is enough for the usual one */
	int64_t begin, end; /* samples since the last reset: where the phrase was said */
};

/* Why nothing can be learnt from a recording; the first ones lie in its sound, whatever was said. */
enum duet_wake_flaw {
	DUET_WAKE_FINE,
	DUET_WAKE_SILENT,
	DUET_WAKE_SHORT,
	DUET_WAKE_LONG,
	DUET_WAKE_QUIET,
	DUET_WAKE_CLIPPED,
	DUET_WAKE_UNHEARD,   /* nothing like the phrase is in it */
	DUET_WAKE_DIFFERENT, /* from the others */
};

/* How a person says a phrase. */
struct duet_wake_recording {
	const int16_t *samples;
	size_t n_samples;
	enum duet_wake_flaw flaw; /* what has one is left out; others are set */
	/* Set: its score in a noisy room (15 dB) as it was, and with what is learnt from the others; 0:
	 * unheard. */
	double before, after;
};

struct duet_wake_engine {
	struct duet_engine engine;
	/* Scores are those of whole phrases, so that what a lower sensitivity tells is what the highest tells
	 * with a high enough score: one run measures all. */
	bool scores_whole;
	/* Main thread at start, may block. */
	int (*open)(void *state, const struct duet_wake_setup *setup, struct duet_error *error);
	/* Ear worker: begin anew, sample 0 comes next. */
	void (*reset)(void *state);
	/* Ear worker: any number of samples; 1 and `*detection` when a phrase ended, 0 when not, negative
	 * errno. */
	int (*feed)(void *state, const int16_t *samples, size_t n_samples,
		    struct duet_wake_detection *detection);
	/* Ear worker, optional: from now on the rest of an echo lies in the samples, and who calls refuses
	 * what is in the echo itself (or no more). An engine may be easier to convince then, or learn
	 * nothing of the voices. */
	void (*own_sound)(void *state, bool sounds);
	void (*close)(void *state);
	/* Optional. Main thread, may block for seconds. Learns how a person says the setup's one phrase.
	 * `*lines` (for duet_free; at least one) are the lines "phrase<TAB>…" that a file given as the
	 * phrase's `model` should hold of it from now on; the file may hold other phrases. Its present model
	 * is taken into account. -ENODATA: nothing can be learnt from any. */
	int (*enrol)(const struct duet_wake_setup *setup, struct duet_wake_recording *recordings,
		     size_t n_recordings, char **lines, struct duet_error *error);
};

#endif
