/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_TEST_SCENE_H
#define DUET_TEST_SCENE_H

#include <jansson.h>
#include <stdbool.h>

#include "duet/speaker.h"

/*
 * A whole speaker in a test: real sentences, skills, dialog and arbiter, with
 * engines that do what their scripts say, on one thread and on the sound's own
 * time. Two assistants: cortana (wake phrase 0) and xiaoai (1).
 */
struct scene_script {
	const char *length;           /* of the sound, "20s"; NULL: ten seconds */
	const char *voice;            /* YAML list for vad/scripted */
	const char *wake;             /* for wake/scripted; `at` counts while wake words are live */
	const char *cortana, *xiaoai; /* for asr/scripted: what each hears, in order */
	const char *config;           /* more sections, or NULL */
	const char *shared_wake;      /* one wake word for both, as phrase 0 and 1; NULL: each has its own */
	const char *cortana_has;      /* more fields, as lines that are indented by four; or NULL */
	const char *in_setup;         /* who is being set up, or NULL */
	const char *hand;             /* hand.yaml: for button/scripted */
	const char *assistant;        /* listens without a wake word, or NULL */
	const char *model;            /* a learnt model for cortana, or NULL: there is none */
	const char *model_language;   /* NULL: "en"; "zh-CN": it is xiaoai's */
	bool threads;                 /* live mode, at the pace of sound */
	bool takes_orders;            /* by its socket */
	bool words_only;              /* for duet_speaker_ask */
	bool xiaoai_is_broken;        /* its recogniser does not open */
};

struct scene {
	char dir[64];
	struct duet_speaker *speaker;
	json_t *turns;     /* as reported */
	char states[4096]; /* "cortana:listening cortana:thinking …" */
	void *user;
	void (*on_turn)(struct scene *scene, const json_t *turn); /* or NULL */
	void (*on_state)(struct scene *scene, const char *state);
};

/* A folder of its own, which outlives restarts of the speaker. */
void scene_begin(struct scene *scene);
void scene_end(struct scene *scene);

/* Writes the scripts, starts the speaker, lets it hear all and frees it. */
void scene_play(struct scene *scene, const struct scene_script *script);
/* The same in steps. */
int scene_open(struct scene *scene, const struct scene_script *script, struct duet_error *error);
void scene_close(struct scene *scene);

/* The n-th turn's text member, "" when it is null. */
const char *scene_text(const struct scene *scene, size_t turn, const char *key);
double scene_ms(const struct scene *scene, size_t turn, const char *stage);

#endif
