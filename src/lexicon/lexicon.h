/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_LEXICON_LEXICON_H
#define DUET_LEXICON_LEXICON_H

#include <stddef.h>

#include "duet/error.h"
#include "duet/slice.h"

/*
 * How words sound. One lexicon for each language serves wake words,
 * recognition and speech.
 *
 * Order: the user's own pronunciations, then the dictionary, then letters to
 * sounds (English) or pinyin (Mandarin). Phones are ARPAbet without stress, as
 * the acoustic model knows them ("HH EY K AO R T AE N AH").
 * Read-only after opening: any thread.
 */
struct duet_lexicon;

struct duet_lexicon_setup {
	const char *language;          /* "en-US", "zh-CN" */
	const char *data_dir;          /* this project's data/ */
	const char *dictionary;        /* cmudict file, NULL: the packaged one */
	const char *const *user_files; /* NULL-terminated: "word<TAB>phones" or "词<TAB>pin1 yin1"; or NULL */
};

#define DUET_PHONES_MAX         160
#define DUET_PRONUNCIATIONS_MAX 8

struct duet_pronunciation {
	char phones[DUET_PHONES_MAX]; /* separated by single spaces */
	float weight;                 /* 0 … 1, 1: the usual one */
};

int duet_lexicon_new(struct duet_lexicon **lexicon, const struct duet_lexicon_setup *setup,
		     struct duet_error *error);
void duet_lexicon_free(struct duet_lexicon *lexicon);

/* Pronunciations of one word (or a run of Chinese characters), best first; how many (at most `max`, which is
 * at most DUET_PRONUNCIATIONS_MAX), 0 when it has no sound, -EINVAL for bytes that are not text. */
int duet_lexicon_pronounce(const struct duet_lexicon *lexicon, struct duet_slice word,
			   struct duet_pronunciation *out, int max);

/* Mandarin: the text's reading in pinyin with tone digits, a space between syllables, other text left as it
 * is; for speech, so with tone changes of 一 and 不. Length, or -ENOSPC, -ENOTSUP for another language. */
long duet_lexicon_pinyin(const struct duet_lexicon *lexicon, struct duet_slice text, char *out, size_t size);

#endif
