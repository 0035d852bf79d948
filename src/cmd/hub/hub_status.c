/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "cmd/hub/hub.h"
#include "cmd/hub/hub_print.h"

/* How the hub is: ready or not and why, devices, connections. */

struct status_flags {
	struct duet_hub_where hub;
};

static const struct duet_flag flags_table[] = {HUB_FLAGS(struct status_flags, hub), HUB_END};

static int status(const struct duet_invocation *invocation)
{
	const struct status_flags *flags = invocation->flags;
	struct duet_hub_answer ready = {0};
	json_t *devices = NULL, *service = NULL, *all;
	struct duet_hub_client *client;
	int result;

	client = duet_hub_client_open(invocation, &flags->hub, &result);
	if (!client)
		return result;
	result = duet_hub_client_call(
		client, &(struct duet_hub_call){.method = "GET", .path = "/health/ready"}, &ready);
	if (result == DUET_EXIT_DONE)
		result = duet_hub_fetch(
			client, &(struct duet_hub_call){.method = "GET", .path = "/statistics/devices"},
			&devices);
	if (result == DUET_EXIT_DONE)
		result = duet_hub_fetch(
			client, &(struct duet_hub_call){.method = "GET", .path = "/statistics/service"},
			&service);
	if (result == DUET_EXIT_DONE) {
		all = json_pack("{s:O?, s:O?, s:O?}", "health", ready.body, "devices", devices, "service",
				service);
		duet_hub_print_json(stdout, all);
		json_decref(all);
		result = ready.status == 200 ? DUET_EXIT_DONE : DUET_EXIT_FAILED;
	}
	duet_hub_answer_done(&ready);
	json_decref(devices);
	json_decref(service);
	duet_hub_client_close(client);
	return result;
}

const struct duet_command duet_hub_status_command = {
	.name = "status",
	.summary = "Say whether the hub is ready, and how many devices there are",
	.flags = flags_table,
	.flags_size = sizeof(struct status_flags),
	.run = status,
};
