/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "cmd/hub/hub.h"
#include "cmd/hub/hub_print.h"

/* What became of messages to devices. */

struct feedback_flags {
	struct duet_hub_where hub;
	bool keep;
};

static const struct duet_flag flags_table[] = {
	HUB_FLAGS(struct feedback_flags, hub),
	HUB_SWITCH(0, "keep", struct feedback_flags, keep, "Leave it there for others"),
	HUB_END,
};

static void print_records(const json_t *records)
{
	static const struct duet_hub_column columns[] = {{"MESSAGE", "originalMessageId"},
							 {"DEVICE", "deviceId"},
							 {"OUTCOME", "statusCode"},
							 {"WHEN", "enqueuedTimeUtc"}};

	duet_hub_print_table(stdout, records, columns, sizeof(columns) / sizeof(*columns));
}

/* Takes one batch; it is taken away after it was shown, so that nothing is lost. 204: there is none. */
static int take(const struct duet_invocation *invocation, struct duet_hub_client *client, bool *more)
{
	const struct feedback_flags *flags = invocation->flags;
	struct duet_hub_call settle = {.method = flags->keep ? "POST" : "DELETE"};
	struct duet_hub_answer answer;
	int result = duet_hub_client_call(
		client, &(struct duet_hub_call){.method = "GET", .path = "/messages/serviceBound/feedback"},
		&answer);

	*more = result == DUET_EXIT_DONE && answer.status == 200;
	if (result == DUET_EXIT_DONE && answer.status >= 300)
		result = duet_hub_client_refuse(client, &answer);
	if (*more) {
		if (flags->hub.json)
			duet_hub_print_line(stdout, answer.body);
		else
			print_records(answer.body);
		settle.path = duet_hub_path(invocation,
					    flags->keep ? "/messages/serviceBound/feedback/%s/abandon"
							: "/messages/serviceBound/feedback/%s",
					    answer.etag);
		result = settle.path ? duet_hub_fetch(client, &settle, NULL) : DUET_EXIT_FAILED;
	}
	duet_hub_answer_done(&answer);
	return result;
}

static int feedback(const struct duet_invocation *invocation)
{
	const struct feedback_flags *flags = invocation->flags;
	bool more;
	int result;
	struct duet_hub_client *client = duet_hub_client_open(invocation, &flags->hub, &result);

	if (!client)
		return result;
	do
		result = take(invocation, client, &more);
	while (result == DUET_EXIT_DONE && more && !flags->keep);
	duet_hub_client_close(client);
	return result;
}

const struct duet_command duet_hub_feedback_command = {
	.name = "feedback",
	.summary = "Show what became of messages that were sent with --ack, and take it away",
	.flags = flags_table,
	.flags_size = sizeof(struct feedback_flags),
	.run = feedback,
};
