/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "assistant/config.h"
#include "cmd/duet.h"
#include "cmd/order.h"

/* What a person does by hand, told to the speaker that runs. */

struct hand_flags {
	const char *config, *state, *assistant;
	bool json;
};

static const struct duet_flag button_flags[] = {
	DUET_FLAG_CONFIG(struct hand_flags),
	DUET_FLAG_STATE(struct hand_flags),
	{'a',
	 "ID",
	 {"assistant", DUET_OPTION_TEXT, offsetof(struct hand_flags, assistant), NULL,
	  "Who listens; without it the default assistant", NULL, 0, 0}},
	{0},
};

static const struct duet_flag microphone_flags[] = {
	DUET_FLAG_CONFIG(struct hand_flags),
	DUET_FLAG_STATE(struct hand_flags),
	{'j',
	 NULL,
	 {"json", DUET_OPTION_BOOL, offsetof(struct hand_flags, json), NULL, "A line of JSON", NULL, 0, 0}},
	{0},
};

int duet_command_order(const struct duet_invocation *invocation, const char *config_path, const char *state,
		       const struct duet_order *order, json_t **answer)
{
	struct duet_error error = {0};
	struct duet_config *config;
	char dir[512];
	int result = duet_config_load(&config, config_path, NULL, &error);

	if (result < 0)
		return duet_command_error(invocation, DUET_EXIT_CONFIG, &error);
	result = duet_config_state_dir(config, state, dir, sizeof(dir), &error);
	duet_config_free(config);
	if (result < 0)
		return duet_command_error(invocation, DUET_EXIT_CONFIG, &error);
	result = duet_order_send(dir, order, answer, &error);
	return result < 0 ? duet_command_error(invocation, DUET_EXIT_FAILED, &error) : DUET_EXIT_DONE;
}

static int send(const struct duet_invocation *invocation, const struct duet_order *order)
{
	const struct hand_flags *flags = invocation->flags;
	json_t *answer = NULL;
	int result = duet_command_order(invocation, flags->config, flags->state, order, &answer);

	json_decref(answer);
	return result;
}

static int button(const struct duet_invocation *invocation)
{
	const struct hand_flags *flags = invocation->flags;
	struct duet_order order = {.kind = DUET_ORDER_BUTTON};
	const char *what = invocation->n_arguments ? invocation->arguments[0] : "talk";

	if (strcmp(what, "dismiss") == 0)
		order.kind = DUET_ORDER_DISMISS;
	else if (strcmp(what, "talk") != 0)
		return duet_command_usage(invocation, "a button is talk or dismiss, not %s", what);
	snprintf(order.assistant, sizeof(order.assistant), "%s", flags->assistant ? flags->assistant : "");
	return send(invocation, &order);
}

static int microphone(const struct duet_invocation *invocation)
{
	const struct hand_flags *flags = invocation->flags;
	struct duet_order order = {.kind = DUET_ORDER_MICROPHONE, .has_on = invocation->n_arguments > 0};
	json_t *answer = NULL;
	bool on;
	int result;

	if (order.has_on) {
		order.on = strcmp(invocation->arguments[0], "on") == 0;
		if (!order.on && strcmp(invocation->arguments[0], "off") != 0)
			return duet_command_usage(invocation, "a microphone is on or off");
	}
	result = duet_command_order(invocation, flags->config, flags->state, &order, &answer);
	if (result != DUET_EXIT_DONE)
		return result;
	on = json_is_true(json_object_get(answer, "microphone"));
	puts(flags->json ? (on ? "{\"on\":true}" : "{\"on\":false}") : (on ? "on" : "off"));
	json_decref(answer);
	return DUET_EXIT_DONE;
}

const struct duet_command duet_button = {
	.name = "button",
	.arguments = "[talk|dismiss]",
	.summary = "Press the button of the speaker that runs",
	.description = "talk: the assistant listens; while an alert rings it is dismissed instead. dismiss: "
		       "whatever sounds is over.",
	.flags = button_flags,
	.flags_size = sizeof(struct hand_flags),
	.run = button,
};

const struct duet_command duet_microphone = {
	.name = "microphone",
	.arguments = "[on|off]",
	.summary = "Turn the microphone of the speaker that runs off or on",
	.description =
		"While it is off nothing but zeros comes from it, below all engines; alerts ring and are "
		"dismissed by hand. It stays off over a restart. Without an argument it tells.",
	.flags = microphone_flags,
	.flags_size = sizeof(struct hand_flags),
	.run = microphone,
};
