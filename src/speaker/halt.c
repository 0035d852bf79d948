/* SPDX-License-Identifier: Apache-2.0 */
#include "speaker/halt.h"

#include <errno.h>
#include <string.h>

#include "audio/echo.h"
#include "base/alloc.h"
#include "base/log.h"
#include "speaker/gate.h"
#include "wake/wake.h"

enum {
	FRAME = DUET_FRAME_SAMPLES,
	BEFORE = 25,  /* frames of quiet before the word … */
	AFTER = 30,   /* … and after it */
	LONGEST = 90, /* the word, with what its room adds */
	SHORTEST = 12,
	REST_FRAMES = 500, /* after the last sound */
	WORDS_MAX = 8,
};

/* A run of voice, and what was spotted in it. */
struct duet_halt {
	struct duet_halt_setup setup;
	struct duet_wake_phrase phrases[WORDS_MAX];
	struct duet_wake_choice choices[WORDS_MAX];
	struct duet_wake *wake; /* NULL while nothing plays */
	struct duet_gate *gate;
	bool failed;        /* it does not open: that was said */
	int n_quiet, n_run; /* frames: of quiet now; of the run, quiet within it included */
	int n_before;       /* quiet before the run */
	int word, n_since;  /* what was spotted in it, and how many frames ago; word -1: nothing */
	int n_rest;
};

const char *duet_halt_word(const char *language)
{
	static const struct {
		const char *language, *word;
	} words[] = {{"en", "stop"}, {"zh", "停"}};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strncmp(language, words[i].language, 2) == 0)
			return words[i].word;
	}
	return NULL;
}

int duet_halt_new(struct duet_halt **halt, const struct duet_halt_setup *setup)
{
	struct duet_halt *made = duet_calloc(1, sizeof(*made));

	if (!made)
		return -ENOMEM;
	made->setup = *setup;
	if (made->setup.n_words > WORDS_MAX)
		made->setup.n_words = WORDS_MAX;
	for (size_t i = 0; i < made->setup.n_words; i++) {
		made->phrases[i] = (struct duet_wake_phrase){.text = setup->words[i].text,
							     .language = setup->words[i].language,
							     .lexicon = setup->words[i].lexicon,
							     .sensitivity = setup->sensitivity};
		made->choices[i] = (struct duet_wake_choice){setup->engine, setup->options};
	}
	made->word = -1;
	*halt = made;
	return 0;
}

static void close_spotter(struct duet_halt *halt)
{
	duet_wake_free(halt->wake);
	duet_gate_free(halt->gate);
	halt->wake = NULL;
	halt->gate = NULL;
}

void duet_halt_free(struct duet_halt *halt)
{
	if (!halt)
		return;
	close_spotter(halt);
	duet_free(halt);
}

static void open_spotter(struct duet_halt *halt)
{
	const struct duet_wake_setup setup = {
		.data_dir = halt->setup.data_dir, .phrases = halt->phrases, .n_phrases = halt->setup.n_words};
	struct duet_error error = {0};

	halt->failed = halt->setup.n_words == 0 ||
		       duet_wake_new(&halt->wake, &setup, halt->choices, &error) < 0 ||
		       duet_gate_new(&halt->gate, &setup, halt->choices, &error) < 0;
	if (halt->failed) {
		close_spotter(halt);
		if (halt->setup.n_words > 0)
			duet_warn("ear", "a bare \"stop\" is not heard: %s", error.what);
		return;
	}
	duet_wake_reset(halt->wake);
	halt->n_quiet = halt->n_run = halt->n_before = 0;
	halt->word = -1;
}

/* Does the run that has ended hold just the word? */
static int judge(const struct duet_halt *halt, const struct duet_echo *echo)
{
	int length = halt->n_run;

	if (halt->word < 0 || halt->n_before < BEFORE || length < SHORTEST || length > LONGEST)
		return -1;
	if (echo && duet_gate_own(halt->gate, echo, (size_t)halt->word, length + AFTER))
		return -1;
	return halt->word;
}

/* Voice makes a run longer, enough quiet ends it. */
static bool run_ended(struct duet_halt *halt, bool voiced)
{
	if (voiced) {
		if (halt->n_run == 0)
			halt->n_before = halt->n_quiet;
		else
			halt->n_run += halt->n_quiet;
		halt->n_run++;
		halt->n_quiet = 0;
		return false;
	}
	halt->n_quiet++;
	return halt->n_run > 0 && halt->n_quiet >= AFTER;
}

int duet_halt_feed(struct duet_halt *halt, const int16_t *pcm, const struct duet_vad_report *vad,
		   const struct duet_echo *echo)
{
	struct duet_wake_detection detection;
	int word = -1;

	if (!halt->wake && !halt->failed)
		open_spotter(halt);
	if (!halt->wake)
		return -1;
	halt->n_rest = 0;
	if (duet_wake_feed(halt->wake, pcm, FRAME, &detection) > 0)
		halt->word = (int)detection.phrase;
	if (run_ended(halt, vad->voiced)) {
		word = judge(halt, echo);
		halt->n_run = 0;
		halt->word = -1;
	}
	return word;
}

void duet_halt_rest(struct duet_halt *halt)
{
	halt->failed = false;
	if (halt->wake && ++halt->n_rest >= REST_FRAMES)
		close_spotter(halt);
}
