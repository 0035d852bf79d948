/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_OPTION_H
#define DUET_OPTION_H

#include <stddef.h>

/*
 * Every configuration field, of the speaker and of every engine, is one row of
 * a table. The reader, the defaults, the error messages, the reference page and
 * the completion all come from these rows.
 */
enum duet_option_type {
	DUET_OPTION_BOOL,     /* bool */
	DUET_OPTION_INT,      /* int */
	DUET_OPTION_NUMBER,   /* double */
	DUET_OPTION_TEXT,     /* const char *, owned by the reader's arena */
	DUET_OPTION_PATH,     /* const char *, relative to the configuration's folder, made absolute */
	DUET_OPTION_TEXTS,    /* struct duet_texts */
	DUET_OPTION_PATHS,    /* struct duet_texts, each as a PATH */
	DUET_OPTION_CHOICE,   /* int, index into choices */
	DUET_OPTION_DURATION, /* int, milliseconds; written as 300ms, 5s, 10min, 2h */
};

struct duet_texts {
	const char *const *items;
	size_t n_items;
};

struct duet_option {
	const char *name; /* NULL ends a table */
	enum duet_option_type type;
	size_t offset;              /* of the field in the options structure */
	const char *fallback;       /* the default as a person would write it; NULL: unset / zero */
	const char *help;           /* one sentence, without a stop */
	const char *const *choices; /* NULL-terminated, for CHOICE */
	double min, max;            /* for INT, NUMBER, DURATION; both 0: any */
};

#endif
