/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_CMD_BENCH_ECHO_H
#define DUET_CMD_BENCH_ECHO_H

#include "cmd/bench/bench_ear.h"
#include "cmd/bench/bench_pool.h"
#include "cmd/bench/bench_sound.h"
#include "cmd/command.h"
#include "speaker/halt.h"

/* What the files of `duet bench echo` share: bench_echo.c reads flags and reports, bench_echo_scene.c plays.
 */

enum bench_echo_kind {
	BENCH_ECHO_MUSIC,  /* a wake word over music … */
	BENCH_ECHO_SPEECH, /* … over the speaker's own speech */
	BENCH_ECHO_QUIET,  /* … over nothing */
	BENCH_ECHO_SELF,   /* own speech that contains the wake words, and nobody */
	BENCH_ECHO_STOP,   /* a bare "stop" over music */
	BENCH_ECHO_TALK,   /* people who talk over music, to each other */
	BENCH_ECHO_KINDS
};

enum { BENCH_ECHO_LEVELS = 3, BENCH_ECHO_PHRASES = 16 };

extern const char *const bench_echo_kinds[BENCH_ECHO_KINDS];
/* Voice to echo, in dB. */
extern const double bench_echo_levels[BENCH_ECHO_LEVELS];

struct bench_echo_flags {
	const char *config, *model, *phrase, *language;
	struct duet_texts audio, background, scenes;
	double hours, sensitivity;
	int seed, jobs, every;
	bool json, each, plain, no_gate;
};

/* A sound to be spoken into the room: a file, or a voice's words. */
struct bench_echo_word {
	const char *path; /* NULL: a voice says it */
	const char *voice, *text;
	size_t assistant; /* whose language it is */
};

struct bench_echo_task {
	enum bench_echo_kind kind;
	size_t level, first, n; /* words; of SELF and TALK n is seconds */
};

struct bench_echo {
	const struct duet_invocation *invocation;
	const struct bench_echo_flags *flags;
	struct duet_config *config;
	struct duet_wake_phrase phrases[BENCH_ECHO_PHRASES]; /* the first one is what is counted */
	struct duet_wake_choice choices[BENCH_ECHO_PHRASES];
	struct duet_lexicon *lexicons[BENCH_ECHO_PHRASES];
	size_t n_phrases;
	const char *names[BENCH_ECHO_PHRASES]; /* as they are said */
	struct duet_halt_setup halt;
	struct duet_halt_word halt_words[BENCH_ECHO_PHRASES];
	const struct duet_vad_engine *vad;
	const void *vad_options;
	struct bench_echo_word *words, *stops;
	size_t n_words, n_stops;
	const char **background; /* files */
	size_t n_background;
	struct bench_echo_task *tasks;
	size_t n_tasks;
};

/* bench_echo_scene.c: one task; `started` is what bench_echo_start gave. */
void *bench_echo_start(void *user, struct duet_error *error);
int bench_echo_run(void *started, size_t task, struct bench_result *result, struct duet_error *error);
void bench_echo_stop(void *started);

/* bench_echo_words.c: phrases, engines, words and tasks from the flags. */
int bench_echo_prepare(struct bench_echo *bench, struct duet_error *error);
void bench_echo_done(struct bench_echo *bench);

#endif
