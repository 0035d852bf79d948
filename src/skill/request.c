/* SPDX-License-Identifier: Apache-2.0 */
#include "skill/request.h"

#include <stdio.h>
#include <string.h>

const struct duet_slot *duet_request_slot(const struct duet_request *request, const char *name)
{
	for (size_t i = 0; i < request->n_slots; i++) {
		if (strcmp(request->slots[i].name, name) == 0)
			return &request->slots[i];
	}
	return NULL;
}

bool duet_request_is(const struct duet_request *request, const char *intent)
{
	return strcmp(request->intent, intent) == 0;
}

bool duet_request_number(const struct duet_request *request, const char *name, double *number)
{
	const struct duet_slot *slot = duet_request_slot(request, name);

	if (!slot || slot->value.kind != DUET_VALUE_NUMBER)
		return false;
	*number = slot->value.number;
	return true;
}

const char *duet_request_value(const struct duet_request *request, const char *name)
{
	const struct duet_slot *slot = duet_request_slot(request, name);

	return slot && slot->value.kind != DUET_VALUE_NONE ? slot->value.text : NULL;
}

const char *duet_request_said(const struct duet_request *request, const char *name)
{
	const struct duet_slot *slot = duet_request_slot(request, name);

	return slot ? slot->text : NULL;
}

int64_t duet_request_duration_s(const struct duet_request *request, const char *prefix)
{
	static const struct {
		const char *name;
		int seconds;
	} units[] = {{"hours", 3600}, {"minutes", 60}, {"seconds", 1}};
	double sum = 0, number;
	char name[64];

	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++) {
		snprintf(name, sizeof(name), "%s%s", prefix, units[i].name);
		if (duet_request_number(request, name, &number) && number > 0)
			sum += number * units[i].seconds;
	}
	return sum < 1e9 ? (int64_t)sum : (int64_t)1e9;
}

void duet_answer_set(struct duet_answer *answer, enum duet_answer_kind kind, const char *key,
		     json_t *take_act, json_t *take_vars)
{
	json_decref(answer->act);
	json_decref(answer->vars);
	json_decref(answer->choices);
	json_decref(answer->it);
	json_decref(answer->undo);
	*answer = (struct duet_answer){.kind = kind, .act = take_act, .reply = key, .vars = take_vars};
}

void duet_answer_after(struct duet_answer *answer, int64_t ticket)
{
	if (ticket < 0)
		duet_answer_set(answer, DUET_ANSWER_FAILED, "store_error", NULL, NULL);
	else
		answer->ticket = (uint64_t)ticket;
}

void duet_answer_ask(struct duet_answer *answer, const char *asks, const char *key, json_t *take_vars,
		     json_t *take_choices)
{
	duet_answer_set(answer, DUET_ANSWER_QUESTION, key, NULL, take_vars);
	answer->asks = asks;
	answer->choices = take_choices;
}

void duet_answer_about(struct duet_answer *answer, const char *kind, json_t *take_slots, json_t *take_undo)
{
	answer->it = json_pack("{s:s, s:o}", "kind", kind, "slots", take_slots);
	answer->undo = take_undo;
}

json_t *duet_undo_one(const char *of, const char *intent, json_t *take_slots)
{
	return json_pack("[{s:s, s:s, s:o}]", "of", of, "intent", intent, "slots", take_slots);
}
