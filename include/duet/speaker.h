/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_SPEAKER_H
#define DUET_SPEAKER_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "duet/error.h"

/*
 * The embedding API: a whole speaker in a few lines.
 *
 *	struct duet_speaker *speaker;
 *	struct duet_error error;
 *
 *	if (duet_speaker_new(&speaker, &(struct duet_speaker_setup){.on_turn = print_turn}, &error) < 0)
 *		return complain(&error);
 *	duet_speaker_run(speaker);
 *	duet_speaker_free(speaker);
 *
 * A speaker belongs to the thread that made it; only duet_speaker_quit may be
 * called from another thread or a signal handler.
 */
struct duet_speaker;
struct duet_audio_engine;
struct duet_clock;

struct duet_speaker_setup {
	const char *config_path; /* NULL: the defaults */
	const char *data_dir;    /* NULL: where it was installed, or the source's data/ */
	const char *state_dir;   /* NULL: as configured; "" : nothing is kept */
	const char *audio;       /* engine name that overrides the configuration, or NULL */
	const struct duet_audio_engine *audio_engine; /* one of your own instead, or NULL … */
	void *audio_options;                          /* … and what its `open` gets for options */
	const char *const *files; /* NULL-terminated: for the file engine, what the microphone hears */
	const char *record_path;  /* NULL or a WAV that gets what the loudspeaker plays (and the microphone
				     heard) */
	const char *assistant;    /* listens at once, without a wake word, or NULL */
	const char *in_setup;     /* the assistant that is being set up: no other may act; or NULL */
	const struct duet_clock *clock; /* NULL: the system's */
	bool inline_workers; /* all work on the caller's thread: as fast as the sound goes in, and repeatable
			      */
	bool takes_orders;   /* of `duet button` and others, by a socket in the state folder */
	bool words_only;     /* no audio, no wake, no recognition: for duet_speaker_ask */
	void *user;
	/* A turn is over; borrowed JSON object as in `duet hear --json`. */
	void (*on_turn)(void *user, const json_t *turn);
	/* Something happened that lights or a screen may show: "listening", "thinking", "speaking", "idle",
	 * "ringing". */
	void (*on_state)(void *user, const char *state, const char *assistant);
};

int duet_speaker_new(struct duet_speaker **speaker, const struct duet_speaker_setup *setup,
		     struct duet_error *error);

/* Runs until duet_speaker_quit, or until the sound of an offline engine ends and everything is said. */
int duet_speaker_run(struct duet_speaker *speaker);

/* One turn from words, to its end; `*turn` is a new reference to the turn's JSON object. */
int duet_speaker_ask(struct duet_speaker *speaker, const char *assistant, const char *text, json_t **turn,
		     struct duet_error *error);

/* Reads the configuration, the sentences and the home anew; on error everything stays as it was. */
int duet_speaker_reload(struct duet_speaker *speaker, struct duet_error *error);

/* By hand: talks to the assistant (NULL: the default one), or dismisses the alert that rings; dismisses
 * whatever sounds; turns the microphone off, below all engines, and on. 0, or -ENOENT: no such assistant. */
int duet_speaker_button(struct duet_speaker *speaker, const char *assistant);
void duet_speaker_dismiss(struct duet_speaker *speaker);
void duet_speaker_microphone(struct duet_speaker *speaker, bool on);

/* Any thread, any signal handler. */
void duet_speaker_quit(struct duet_speaker *speaker);

/* NULL is fine. */
void duet_speaker_free(struct duet_speaker *speaker);

#endif
