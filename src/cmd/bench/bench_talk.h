/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_CMD_BENCH_TALK_H
#define DUET_CMD_BENCH_TALK_H

#include "cmd/bench/bench_sound.h"
#include "cmd/voice.h"

/* What assistants say, for hours: sentences with other numbers in them each time, by the voices of the
 * configuration in turn; with `phrases`, every third one has a wake word in it. */
struct bench_talk {
	struct duet_config *config;
	struct voice *voices;       /* one for each assistant */
	const char *const *phrases; /* or NULL */
	size_t n_phrases;
	uint64_t seed, n_said;
};

int bench_talk_open(struct bench_talk *talk, struct duet_config *config, uint64_t seed,
		    struct duet_error *error);
void bench_talk_done(struct bench_talk *talk);

/* The next sentence, 16 kHz; `text` gets its words. */
int bench_talk_say(struct bench_talk *talk, struct bench_sound *sound, char *text, size_t size,
		   struct duet_error *error);

/* Any text by a voice that is open, 16 kHz. */
int bench_talk_speak(struct duet_tts *tts, const char *text, struct bench_sound *sound,
		     struct duet_error *error);

#endif
