/* SPDX-License-Identifier: Apache-2.0 */
#include "skill/request.h"
#include "skill/skills.h"

/* Stop, never mind, say that again: the arbiter carries them out. */

static const struct {
	const char *intent, *act, *reply;
	enum duet_answer_kind kind;
	enum duet_control control;
} controls[] = {
	{"DuetStop", "stop", NULL, DUET_ANSWER_SILENCE, DUET_CONTROL_STOP},
	{"HassNevermind", "cancel", NULL, DUET_ANSWER_REPLY, DUET_CONTROL_CANCEL},
	{"DuetRepeat", "repeat", "nothing", DUET_ANSWER_REPLY, DUET_CONTROL_REPEAT},
	{"DuetYes", "yes", NULL, DUET_ANSWER_REPLY, DUET_CONTROL_NONE},
	{"DuetNo", "no", NULL, DUET_ANSWER_REPLY, DUET_CONTROL_NONE},
};

static int control_open(void *state, const struct duet_skill_host *host, struct duet_error *error)
{
	return 0;
}

static void control_handle(void *state, const struct duet_request *request, struct duet_answer *answer)
{
	for (size_t i = 0; i < sizeof(controls) / sizeof(*controls); i++) {
		if (!duet_request_is(request, controls[i].intent))
			continue;
		duet_answer_set(answer, controls[i].kind, controls[i].reply,
				json_pack("{s:s, s:s}", "skill", "control", "do", controls[i].act), NULL);
		answer->control = controls[i].control;
	}
}

static void control_close(void *state)
{
}

const struct duet_skill duet_skill_control = {
	.name = "control",
	.intents =
		(const char *const[]){"DuetStop", "HassNevermind", "DuetRepeat", "DuetYes", "DuetNo", NULL},
	.open = control_open,
	.handle = control_handle,
	.close = control_close,
};
