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
	LEVELS = 256,      /* frames whose loudness is remembered */
	BEFORE = 80,       /* frames before the word … */
	GAP = 6,           /* … but for these, as the spotter is not exact … */
	DECAY = 12,        /* … and after it, when its room has decayed … */
	AFTER = 56,        /* … until then */
	LONGEST = 100,     /* frames of a word */
	REST_FRAMES = 500, /* after the last sound */
	WORDS_MAX = 8,
};

/* How much louder than what is around it a word that stands alone is: as powers, 8 and 6 dB. */
#define OVER_BEFORE 6.3
#define OVER_AFTER  4.0

struct duet_halt {
	struct duet_halt_setup setup;
	struct duet_wake_phrase phrases[WORDS_MAX];
	struct duet_wake_choice choices[WORDS_MAX];
	struct duet_wake *wake; /* NULL while nothing plays */
	struct duet_gate *gate;
	bool failed; /* it does not open: that was said */
	double powers[LEVELS];
	int64_t n_fed;      /* frames */
	int word;           /* that was spotted and is not judged yet, or -1 */
	float score;        /* … with this score */
	int64_t begin, end; /* its frames */
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
		       duet_gate_new(&halt->gate, &setup, halt->choices, 0, 0, &error) < 0;
	if (halt->failed) {
		close_spotter(halt);
		if (halt->setup.n_words > 0)
			duet_warn("ear", "a bare \"stop\" is not heard: %s", error.what);
		return;
	}
	duet_wake_reset(halt->wake);
	halt->n_fed = 0;
	halt->word = -1;
}

/* Of the frames from `from` to before `to`. */
static double mean_power(const struct duet_halt *halt, int64_t from, int64_t to)
{
	double sum = 0;
	int64_t first = from < 0 ? 0 : from;

	for (int64_t i = first; i < to; i++)
		sum += halt->powers[i % LEVELS];
	return to > first ? sum / (double)(to - first) : 0;
}

/* Does the word stand alone, and did somebody else say it? */
static bool counts(const struct duet_halt *halt, const struct duet_echo *echo)
{
	double said = mean_power(halt, halt->begin, halt->end);
	double before = mean_power(halt, halt->begin - BEFORE, halt->begin - GAP);
	double after = mean_power(halt, halt->end + DECAY, halt->end + AFTER);

	if (halt->end - halt->begin > LONGEST || said < OVER_BEFORE * before || said < OVER_AFTER * after)
		return false;
	return !echo || !duet_gate_own(halt->gate, echo, (size_t)halt->word, halt->score,
				       (int)(halt->n_fed - halt->begin));
}

static void spot(struct duet_halt *halt, const int16_t *pcm)
{
	struct duet_wake_detection detection;

	if (duet_wake_feed(halt->wake, pcm, FRAME, &detection) <= 0)
		return;
	if (halt->word >= 0 && detection.score <= halt->score)
		return;
	halt->word = (int)detection.phrase;
	halt->score = detection.score;
	halt->begin = detection.begin / FRAME;
	halt->end = detection.end / FRAME;
}

int duet_halt_feed(struct duet_halt *halt, const int16_t *pcm, const struct duet_echo *echo)
{
	double sum = 0;
	int word = -1;

	if (!halt->wake && !halt->failed)
		open_spotter(halt);
	if (!halt->wake)
		return -1;
	halt->n_rest = 0;
	for (int i = 0; i < FRAME; i++)
		sum += (double)pcm[i] * pcm[i];
	halt->powers[halt->n_fed++ % LEVELS] = sum + 1;
	spot(halt, pcm);
	if (halt->word >= 0 && halt->n_fed >= halt->end + AFTER) {
		word = counts(halt, echo) ? halt->word : -1;
		halt->word = -1;
	}
	return word;
}

void duet_halt_close(struct duet_halt *halt)
{
	if (halt->wake)
		close_spotter(halt);
}

void duet_halt_rest(struct duet_halt *halt)
{
	halt->failed = false;
	if (halt->wake && ++halt->n_rest >= REST_FRAMES)
		close_spotter(halt);
}
