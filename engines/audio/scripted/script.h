/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_ENGINES_AUDIO_SCRIPT_H
#define DUET_ENGINES_AUDIO_SCRIPT_H

#include <stddef.h>

#include "duet/audio_engine.h"
#include "duet/error.h"
#include "duet/slice.h"

/*
 * What a scripted microphone hears: one thing a line, `#` begins a comment.
 *
 *	silence SECONDS
 *	tone HZ SECONDS [DBFS]     a sine, -20 dBFS when not said
 *	noise SECONDS [DBFS]       white
 *	file PATH                  relative to the script's folder
 *	format RATE_HZ CHANNELS TYPE   u8, s16, s24, s32 or f32; s16 mono at 16 kHz when not said
 *	lost                       the device goes away: nothing is heard or played …
 *	returned                   … until here
 */
enum duet_script_verb {
	DUET_SCRIPT_SILENCE,
	DUET_SCRIPT_TONE,
	DUET_SCRIPT_NOISE,
	DUET_SCRIPT_FILE,
	DUET_SCRIPT_FORMAT,
	DUET_SCRIPT_LOST,
	DUET_SCRIPT_RETURNED,
	DUET_SCRIPT_N_VERBS
};

struct duet_script_line {
	enum duet_script_verb verb;
	double hz, seconds, level_db;
	char *path; /* absolute, or relative to where the program stands */
	struct duet_audio_format format;
};

struct duet_script {
	struct duet_script_line *lines;
	size_t n_lines;
};

/* `name` is the script's path: for errors, and for the paths that stand in it. */
int duet_script_parse(struct duet_script *script, const char *name, struct duet_slice text,
		      struct duet_error *error);
void duet_script_done(struct duet_script *script);

#endif
