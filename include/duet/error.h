/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_ERROR_H
#define DUET_ERROR_H

/*
 * What went wrong, where, and what a person can do about it.
 *
 * Functions return 0 or more when they succeed and a negative errno when they
 * fail. Where a person must act (configuration, sentences, a model that does
 * not load) the last argument is a `struct duet_error *`, which may be NULL.
 */
struct duet_error {
	int code;       /* negative errno, 0 while nothing went wrong */
	int line;       /* 1-based, 0 when unknown */
	int column;     /* 1-based, in characters, 0 when unknown */
	char file[256]; /* "" when no file is meant */
	char what[256]; /* one sentence without a full stop */
	char hint[192]; /* what to do, "" when there is nothing to say */
};

/* Fills `error` (when not NULL) and returns `code`, so that callers can write
 * `return duet_error_set(error, -EINVAL, "…")`. Keeps file, line and hint empty. */
int duet_error_set(struct duet_error *error, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Adds where it happened. */
void duet_error_at(struct duet_error *error, const char *file, int line, int column);

/* Adds what to do. */
void duet_error_hint(struct duet_error *error, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Writes "file:line:column: what (hint)" into `text`; returns its length. Never writes more than `size`. */
int duet_error_format(const struct duet_error *error, char *text, unsigned long size);

#endif
