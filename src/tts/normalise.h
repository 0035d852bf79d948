/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_TTS_NORMALISE_H
#define DUET_TTS_NORMALISE_H

#include <stddef.h>

#include "duet/slice.h"

/*
 * Written text to words that a voice reads properly: numbers, times (7:15,
 * 19:30), dates (2026-11-22, Nov 22), units (21.5 °C, 50 %, 3 km), ordinals,
 * abbreviations; by language. Pure.
 */

/* The words, or -ENOSPC, -ENOTSUP for a language without rules (then text is spoken as it is). */
long duet_tts_normalise(const char *language, struct duet_slice text, char *out, size_t size);

/* Cuts the next sentence off `text`; false at the end. Knows abbreviations, decimals and 。！？. */
bool duet_tts_next_sentence(struct duet_slice *text, struct duet_slice *sentence);

#endif
