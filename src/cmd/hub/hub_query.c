/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "cmd/hub/hub_identity.h"
#include "cmd/hub/hub_print.h"

/* The query language, from the command line. */

struct query_flags {
	struct duet_hub_where hub;
	int top;
	bool lines;
};

static const struct duet_flag flags_table[] = {
	HUB_FLAGS(struct query_flags, hub),
	HUB_NUMBER("N", "top", struct query_flags, top, "0", 0, 10000000, "The first N rows only; 0: all"),
	HUB_SWITCH(0, "lines", struct query_flags, lines, "One row a line, for scripts that read lines"),
	HUB_END,
};

static int query(const struct duet_invocation *invocation)
{
	const struct query_flags *flags = invocation->flags;
	struct duet_hub_client *client;
	json_t *rows = NULL;
	int result;

	if (invocation->n_arguments != 1)
		return duet_command_usage(invocation, "give the query as one word, in quotes");
	client = duet_hub_client_open(invocation, &flags->hub, &result);
	if (!client)
		return result;
	result = duet_hub_query_all(client, invocation->arguments[0], flags->top, &rows);
	if (result == DUET_EXIT_DONE && !flags->lines)
		duet_hub_print_json(stdout, rows);
	for (size_t i = 0; result == DUET_EXIT_DONE && flags->lines && i < json_array_size(rows); i++)
		duet_hub_print_line(stdout, json_array_get(rows, i));
	json_decref(rows);
	duet_hub_client_close(client);
	return result;
}

const struct duet_command duet_hub_query_command = {
	.name = "query",
	.arguments = "QUERY",
	.summary = "Ask for devices, modules or jobs in the query language",
	.description = "For example `duet-hub query \"SELECT deviceId FROM devices WHERE tags.room = "
		       "'kitchen'\"`. All "
		       "pages are fetched.",
	.flags = flags_table,
	.flags_size = sizeof(struct query_flags),
	.run = query,
};
