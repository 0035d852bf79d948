/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_SKILL_REQUEST_H
#define DUET_SKILL_REQUEST_H

#include "duet/skill.h"

/* Reading what was asked and writing what is answered, as every skill does it. */

bool duet_request_is(const struct duet_request *request, const char *intent);

/* The number that a slot means; false when there is no such slot or it means none. */
bool duet_request_number(const struct duet_request *request, const char *name, double *number);
/* What a slot means (a list's `out`), NULL when there is no such slot. */
const char *duet_request_value(const struct duet_request *request, const char *name);
/* What was said for it. */
const char *duet_request_said(const struct duet_request *request, const char *name);

/* The slots PREFIXhours, PREFIXminutes and PREFIXseconds together; 0 when nothing of that was said. */
int64_t duet_request_duration_s(const struct duet_request *request, const char *prefix);

/* The answer: response `key` with `take_vars` (or NULL), having done `take_act` (or NULL). */
void duet_answer_set(struct duet_answer *answer, enum duet_answer_kind kind, const char *key,
		     json_t *take_act, json_t *take_vars);

/* A question for what is missing, or for one of `take_choices` (see struct duet_answer). */
void duet_answer_ask(struct duet_answer *answer, const char *asks, const char *key, json_t *take_vars,
		     json_t *take_choices);

/* From now on "it" is this, and these requests (or NULL) take back what was done. */
void duet_answer_about(struct duet_answer *answer, const char *kind, json_t *take_slots, json_t *take_undo);

/* One request that takes back what was done to `of`; a list of it. */
json_t *duet_undo_one(const char *of, const char *intent, json_t *take_slots);

/* What was done is told once `ticket` (of a store's put or delete) is durable; a negative one says that
 * nothing can be saved. */
void duet_answer_after(struct duet_answer *answer, int64_t ticket);

#endif
