/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_DIALOG_MEANING_H
#define DUET_DIALOG_MEANING_H

#include <jansson.h>

#include "duet/skill.h"

/*
 * What somebody meant, as data that outlives the turn:
 *
 *	{"intent": "HassTurnOn", "response": "lights_area", "heard": "…",
 *	 "slots": [{"name": "area", "text": "kitchen", "value": "kitchen"}, …]}
 *
 * so that the next sentence may say only what is different. Slots belong to groups (a place, a time, a
 * length): what is said anew replaces its whole group.
 */

/* A new object, or NULL. */
json_t *duet_meaning_new(const struct duet_request *request);

/* Sets intent, response, heard and slots of the request, in its arena. 0 or -ENOMEM. */
int duet_meaning_read(const json_t *meaning, struct duet_request *request);

/* A new meaning: `meaning` with the slots of the request in place of its own of the same groups. */
json_t *duet_meaning_with(const json_t *meaning, const struct duet_request *request);

/* Adds slots that are given as {"id": 3, "name": "pizza"}, each in place of its own of the same name. */
int duet_meaning_set(json_t *meaning, const json_t *slots);

/* Drops all slots of the group of `name`, and how it would have been told. */
void duet_meaning_drop_group(json_t *meaning, const char *name);

/* The slot's value, or NULL. */
const json_t *duet_meaning_value(const json_t *meaning, const char *name);

#endif
