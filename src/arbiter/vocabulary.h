/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_ARBITER_VOCABULARY_H
#define DUET_ARBITER_VOCABULARY_H

#include "arbiter/arbiter.h"
#include "duet/slice.h"

/*
 * What events, actions and all that they carry are called: for scenarios, for
 * `duet arbiter` and for the log. Assistants and activities have names of their
 * own, given by whoever reads or prints.
 */

enum duet_field_type {
	DUET_FIELD_ASSISTANT, /* int */
	DUET_FIELD_ACTIVITY,  /* int */
	DUET_FIELD_NUMBER,    /* uint64_t */
	DUET_FIELD_SCORE,     /* float */
	DUET_FIELD_FLAG,      /* bool */
	DUET_FIELD_CHOICE,    /* an enumeration: `choices` has its names, "" where there is none */
	DUET_FIELD_CONTROLS,  /* unsigned, bits 1 << duet_control; written as names with + */
	DUET_FIELD_TIME,      /* int64_t, milliseconds */
};

struct duet_field {
	const char *name; /* NULL ends a table */
	enum duet_field_type type;
	size_t offset;
	const char *const *choices; /* NULL-terminated */
};

extern const struct duet_field duet_event_fields[];
extern const struct duet_field duet_action_fields[];

/* An event or action: what it is called and which of the fields it has (1 << place in the table). The first
 * of its fields is what it is about. */
struct duet_verb {
	const char *name;
	unsigned fields;
};

extern const struct duet_verb duet_event_verbs[DUET_N_EVENTS];
extern const struct duet_verb duet_action_verbs[DUET_N_ACTIONS];

/* Names of what the caller numbers. */
struct duet_labels {
	const char *assistants[DUET_ASSISTANTS_MAX];
	size_t n_assistants;
	const char *activities[DUET_ACTIVITIES_MAX]; /* of ids 1 … */
	size_t n_activities;
};

/* Reads a value into the field of `into`; 0, or -EINVAL: it is none of that type. */
int duet_field_read(const struct duet_field *field, const struct duet_labels *labels, const char *text,
		    void *into);
/* Writes it as it would be read; its length. */
int duet_field_write(const struct duet_field *field, const struct duet_labels *labels, const void *from,
		     char *text, size_t size);
bool duet_field_equal(const struct duet_field *field, const void *a, const void *b);

/* "listen cortana, turn 1, follow_up": the fields that are set, flags by their names. Its length. */
int duet_event_text(const struct duet_event *event, const struct duet_labels *labels, char *text,
		    size_t size);
int duet_action_text(const struct duet_action *action, const struct duet_labels *labels, char *text,
		     size_t size);

#endif
