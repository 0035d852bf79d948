/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_SPEAKER_ORDER_H
#define DUET_SPEAKER_ORDER_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "duet/error.h"

/*
 * Orders to a speaker that runs, from programs on the same machine: a line of
 * JSON through the socket `control` in its state folder, and a line back:
 *
 *	{"do": "button", "assistant": "cortana"}      without one: the default assistant
 *	{"do": "dismiss"}
 *	{"do": "microphone", "on": false}             without "on": only tells
 *	{"do": "forget", "assistant": "cortana"}      its history; without one: of all
 *	{"do": "consent", "assistant": "cortana", "other": "xiaoai", "on": true}
 *	→ {"ok": true, "microphone": false}, {"ok": false, "what": "…"}
 *
 * Only the speaker's own user may open it.
 */
enum duet_order_kind {
	DUET_ORDER_BUTTON,
	DUET_ORDER_DISMISS,
	DUET_ORDER_MICROPHONE,
	DUET_ORDER_FORGET,
	DUET_ORDER_CONSENT,
	DUET_N_ORDERS
};

struct duet_order {
	enum duet_order_kind kind;
	char assistant[64], other[64]; /* "": not given */
	bool has_on, on;
};

#define DUET_ORDER_MAX 1024 /* bytes of a line */

/* 0 or -EINVAL, and `error` says what is wrong with it. */
int duet_order_read(struct duet_order *order, const char *bytes, size_t n_bytes, struct duet_error *error);
json_t *duet_order_write(const struct duet_order *order); /* NULL: out of memory */

/* Asks the speaker that uses `state_dir`; `*answer` is a new reference. -ENOENT: none runs there. */
int duet_order_send(const char *state_dir, const struct duet_order *order, json_t **answer,
		    struct duet_error *error);

/* The path of the socket of a folder that `fd` is open on: short, however long the folder's own is. */
void duet_order_path(int fd, char path[64]);

#endif
