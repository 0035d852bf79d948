/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_SPEAKER_MOUTH_H
#define DUET_SPEAKER_MOUTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct duet_mixer;
struct duet_tts;

/*
 * What speaks: a worker that synthesises texts, one after the other, into lanes
 * of the mixer. A lane that it speaks into is its own. Everything else on the
 * main thread.
 */
struct duet_mouth;

int duet_mouth_new(struct duet_mouth **mouth, struct duet_mixer *mixer, bool is_inline);
void duet_mouth_free(struct duet_mouth *mouth);

/* Says `text` (copied) with the voice, which outlives the mouth. The number of this speech (> 0), or negative
 * errno. */
int64_t duet_mouth_say(struct duet_mouth *mouth, size_t lane, struct duet_tts *tts, const char *text);

/* Everything that was to be said is dropped, also what is sounding. */
void duet_mouth_hush(struct duet_mouth *mouth);

/* Has it put its first samples into the lane? */
bool duet_mouth_begun(const struct duet_mouth *mouth, int64_t speech);

/* Is it synthesised, or dropped? What is in the lane may still sound. */
bool duet_mouth_done(const struct duet_mouth *mouth, int64_t speech);

#endif
