/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_CMD_SOAK_H
#define DUET_CMD_SOAK_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "assistant/config.h"
#include "cmd/bench/bench_sound.h"
#include "duet/audio_engine.h"

/*
 * What the files of `duet bench soak` share:
 *
 *	bench_soak.c    the command: a speaker in a process of its own, killed and begun again; the table
 *	soak_clips.c    what people say
 *	soak_world.c    an audio engine: a room with a loudspeaker, music, a voice
 *	soak_people.c   who says what when, and what must come of it
 */

/* What people say. */

struct soak_clip {
	struct bench_sound sound;
	size_t assistant;
	const char *text;   /* NULL: a recording */
	const char *intent; /* NULL: nobody is called */
	int timer_s;        /* it sets a timer */
	bool is_long;       /* the answer is, so that it can be interrupted */
};

enum soak_kind { SOAK_ORDER, SOAK_STOP, SOAK_BARE_STOP, SOAK_TALK, SOAK_KINDS };

struct soak_clips {
	struct soak_clip *items[SOAK_KINDS];
	size_t n[SOAK_KINDS];
};

/* Synthetic voices; `talk`: folders of recordings for speech that is not addressed to it, or none. */
int soak_clips_make(struct soak_clips *clips, struct duet_config *config, const struct duet_texts *talk,
		    struct duet_error *error);
size_t soak_clips_bytes(const struct soak_clips *clips);
void soak_clips_done(struct soak_clips *clips);

/* What is counted. */
struct soak_counts {
	int n_calls, n_missed, n_right, n_refused, n_wrong; /* orders, and what became of them */
	int n_false_wakes, n_unasked;                       /* nobody called; and it did something */
	int n_barge_ins, n_barge_ins_missed;
	int n_timers, n_rung, n_lost; /* timers that were confirmed */
	int n_stops, n_stops_missed, n_bare_stops, n_bare_stops_missed;
	int n_losses, n_kills;
	double talk_s, music_s;
};

enum { SOAK_TIMERS = 64 };

/* Outlives the speaker's process: shared between it and the one that watches. */
struct soak_life {
	struct soak_counts counts;
	int64_t now_ms, end_ms; /* of the simulated time */
	int64_t kill_at_ms, loss_at_ms;
	uint64_t random;
	struct {
		int64_t due_ms; /* 0: free */
		int late_s;     /* in which nothing else rang */
		bool unsure;    /* the kill came while it was being confirmed */
	} timers[SOAK_TIMERS];
	long clips_kb;                  /* which lie in every process and are none of the speaker's memory */
	long first_rss_kb, last_rss_kb; /* of this process, without them */
	long peak_rss_kb, most_growth_kb;
	int64_t rss_from_ms;
	bool is_over, tells; /* each mistake, on stderr */
};

/* People. */

struct soak_people;
struct soak_world;

struct soak_people *soak_people_new(struct soak_life *life, const struct soak_clips *clips);
void soak_people_free(struct soak_people *people);
/* 10 ms have passed. */
void soak_people_step(struct soak_people *people, struct soak_world *world);
/* As the embedding API's. */
void soak_people_turn(struct soak_people *people, const json_t *turn);
void soak_people_state(struct soak_people *people, const char *state);
/* Something is being played, or was within the last moment. */
void soak_people_hear(struct soak_people *people, bool sounds);

/* The world. */

struct soak_world {
	struct soak_life *life;
	struct soak_people *people;
	uint64_t seed;
	/* People's orders: */
	const struct soak_clip *voice; /* being said, or NULL */
	size_t at;                     /* samples of it */
	float gain;
	bool plays_music, is_lost;
};

/* An offline engine; its options are a struct soak_world *. */
extern const struct duet_audio_engine soak_audio_engine;

#endif
