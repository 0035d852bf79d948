/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_SPEAKER_HALT_H
#define DUET_SPEAKER_HALT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "duet/error.h"
#include "duet/wake_engine.h"

struct duet_echo;
struct duet_gate;
struct duet_wake;

/*
 * "Stop" and "停" without a wake word, while something plays (rule 10). One
 * short word is easily heard in speech, so it counts only when it stands alone,
 * louder than what was before it and what comes after it, and not in what the
 * speaker itself just said. Frames must come without echo.
 *
 * The spotter is opened with the first sound and closed a while after the last:
 * while nothing plays it holds no memory. The ear's thread, but for new and free.
 */
struct duet_halt;

/* About one false stop an hour of speech over music: `duet bench echo`. */
#define DUET_HALT_SENSITIVITY 0.458

struct duet_halt_word {
	const char *text, *language;
	const struct duet_lexicon *lexicon; /* outlives the halt */
};

struct duet_halt_setup {
	const struct duet_wake_engine *engine; /* hears any phrase by its pronunciation */
	const void *options;
	const char *data_dir;
	const struct duet_halt_word *words;
	size_t n_words;
	double sensitivity; /* 0 … 1 */
};

/* 0 or -ENOMEM. What the setup points to outlives it. */
int duet_halt_new(struct duet_halt **halt, const struct duet_halt_setup *setup);
void duet_halt_free(struct duet_halt *halt);

/* The word for a language ("en-US"), or NULL where none is known. */
const char *duet_halt_word(const char *language);

/* The next frame while something sounds: the index of the word that was said, or -1. */
int duet_halt_feed(struct duet_halt *halt, const int16_t *pcm, const struct duet_echo *echo);
/* Nothing sounds any more. */
void duet_halt_rest(struct duet_halt *halt);
/* Gives back at once what listening holds; the next frame takes it again. */
void duet_halt_close(struct duet_halt *halt);

#endif
