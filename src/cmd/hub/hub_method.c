/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/hub/hub.h"

/* Calls a method on a device or a module. */

struct method_flags {
	struct duet_hub_where hub;
	const char *module;
	int timeout_ms, connect_ms;
};

static const struct duet_flag flags_table[] = {
	HUB_FLAGS(struct method_flags, hub),
	HUB_TEXT('m', "MODULE", "module", struct method_flags, module, "A module of the device"),
	HUB_TIME("TIME", "timeout", struct method_flags, timeout_ms, "30s",
		 "How long it may take to answer (5 s to 5 min)"),
	HUB_TIME("TIME", "connect-timeout", struct method_flags, connect_ms, "0",
		 "How long to wait for it to connect (at most 5 min)"),
	HUB_END,
};

static int method(const struct duet_invocation *invocation)
{
	const struct method_flags *flags = invocation->flags;
	char *const *words = invocation->arguments;
	struct duet_hub_call call = {.method = "POST"};
	json_t *payload;

	if (invocation->n_arguments < 2 || invocation->n_arguments > 3)
		return duet_command_usage(invocation,
					  "say which device, which method and perhaps a payload (JSON)");
	payload = invocation->n_arguments == 3 ? duet_hub_read_json(invocation, words[2]) : json_null();
	if (!payload)
		return DUET_EXIT_USAGE;
	call.take_body = json_pack("{s:s, s:o, s:i, s:i}", "methodName", words[1], "payload", payload,
				   "responseTimeoutInSeconds", (flags->timeout_ms + 999) / 1000,
				   "connectTimeoutInSeconds", (flags->connect_ms + 999) / 1000);
	call.timeout_s = (flags->timeout_ms + flags->connect_ms) / 1000 + 15;
	call.path = flags->module ? duet_hub_path(invocation, "/twins/%s/modules/%s/methods", words[0],
						  flags->module)
				  : duet_hub_path(invocation, "/twins/%s/methods", words[0]);
	return duet_hub_do(invocation, &flags->hub, &call, NULL);
}

const struct duet_command duet_hub_method_command = {
	.name = "method",
	.arguments = "DEVICE METHOD [JSON]",
	.summary = "Call a method on a device and print its answer",
	.description = "Calls METHOD with the payload JSON (@FILE reads a file) and prints {\"status\", "
		       "\"payload\"}. A "
		       "device that is not connected is an error at once, unless --connect-timeout is given.",
	.flags = flags_table,
	.flags_size = sizeof(struct method_flags),
	.run = method,
};
