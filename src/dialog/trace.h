/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_DIALOG_TRACE_H
#define DUET_DIALOG_TRACE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct duet_store;
struct duet_value;

/*
 * The trace: each turn is one JSON object,
 *
 *	{turn, assistant, language, heard, intent, slots, source, template, act, reply, refused, ms:{…}}
 *
 * `source` is "exact" (a sentence template says it, and `template` is its place) or "learnt". When the person
 *was asked whether it was meant, there is `maybe` with the intent, and `intent` is null. What did not happen
 *is null; a stage that was not reached is absent from `ms`. Words that went from one assistant to another
 *have `to` in the one turn and `from` in the other; where several share a wake word, `choice` says why this
 *one answered: {why, candidates: [{assistant, heard, confidence, refused, understood}]}.
 */
enum duet_stage {
	DUET_STAGE_WAKE,     /* end of the wake word → detected */
	DUET_STAGE_LISTEN,   /* began to listen → last voiced frame */
	DUET_STAGE_ENDPOINT, /* last voiced frame → endpoint decided */
	DUET_STAGE_FINAL,    /* → final words */
	DUET_STAGE_MEANING,  /* → meaning */
	DUET_STAGE_ACT,      /* → done, and durable where it must be */
	DUET_STAGE_SPEECH,   /* → first sample of the answer is played */
	/* Endpoint decided → first sample of the answer: the sum of the four before, what a person waits for.
	 */
	DUET_STAGE_FIRST_SAMPLE,
	DUET_N_STAGES
};

const char *duet_stage_name(enum duet_stage stage);

/* What a slot means: a text, a number (whole ones without a point) or null. A new reference. */
json_t *duet_trace_value(const struct duet_value *value);

/* Keeps a finished turn among the newest `keep`; 0 or negative errno. */
int duet_trace_keep(struct duet_store *store, const json_t *turn, int keep);

/* Kept turns, oldest first; `each` gets a borrowed object and returns false to stop. 0 or negative errno. */
int duet_trace_each(struct duet_store *store, bool (*each)(void *user, const json_t *turn), void *user);

/* The number of the newest kept turn, 0 when there is none. */
json_int_t duet_trace_last(struct duet_store *store);

/* Sorts `values` and returns the one that `percent` of them do not exceed (nearest rank); 0 of none. */
double duet_trace_percentile(double *values, size_t n, double percent);

#endif
