/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_LEXICON_LANGUAGE_H
#define DUET_LEXICON_LANGUAGE_H

#include "lexicon/lexicon.h"
#include "lexicon/readings.h"

/*
 * What a language brings to the lexicon: one row of the table in lexicon.c.
 * The state is read-only after opening. A word reaches `pronounce` folded and
 * NFC; the user's own readings are the language's to look up, because only it
 * knows how a word is divided.
 */
struct duet_language {
	const char *subtag; /* "en", "zh" */
	/* `own` outlives the state. */
	int (*open)(void **state, const struct duet_lexicon_setup *setup, const struct duet_readings *own,
		    struct duet_error *error);
	void (*close)(void *state);
	/* Is this a reading that a user may write? -EINVAL and what is wrong with it. */
	int (*check)(const void *state, struct duet_slice reading, struct duet_error *error);
	int (*pronounce)(const void *state, struct duet_slice word, struct duet_pronunciation *out, int max);
	long (*pinyin)(const void *state, struct duet_slice text, char *out,
		       size_t size); /* NULL: it has none */
};

extern const struct duet_language duet_language_english;
extern const struct duet_language duet_language_mandarin;

/* Adds a pronunciation unless it is there already or there is no room; the new count. */
int duet_pronunciation_add(struct duet_pronunciation *out, int n, int max, struct duet_slice phones,
			   float weight);

#endif
