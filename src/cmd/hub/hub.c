/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/hub/hub.h"

static int completion(const struct duet_invocation *invocation);
static int manual(const struct duet_invocation *invocation);

static const struct duet_command completion_command = {
	.name = "completion",
	.arguments = "bash|zsh",
	.summary = "Print the completion script of a shell",
	.run = completion,
};

static const struct duet_command manual_command = {
	.name = "manual",
	.summary = "Print the manual page, in mdoc",
	.run = manual,
};

/* A command is a file of its own and a row here. */
static const struct duet_command *const commands[] = {
	&duet_hub_init_command,
	&duet_hub_run_command,

	&duet_hub_status_command,
	&duet_hub_device_command,
	&duet_hub_module_command,
	&duet_hub_twin_command,
	&duet_hub_method_command,
	&duet_hub_send_command,
	&duet_hub_feedback_command,
	&duet_hub_monitor_command,
	&duet_hub_query_command,
	&duet_hub_job_command,
	&duet_hub_configuration_command,
	&duet_hub_enrollment_command,

	&duet_hub_route_command,
	&duet_hub_key_command,
	&duet_hub_token_command,
	&duet_hub_cert_command,
	&duet_hub_config_command,
	&duet_hub_backup_command,
	&duet_hub_restore_command,
	&completion_command,
	&manual_command,
	NULL,
};

static const struct duet_command hub = {
	.name = "duet-hub",
	.summary = "a device hub that Azure IoT devices and services know how to talk to",
	.description =
		"A self-hosted device cloud on one machine: MQTT and HTTPS as the public Azure IoT SDKs "
		"speak them. "
		"`duet-hub init DIR` makes a hub, `duet-hub run DIR` runs it; all other commands find it by "
		"--dir, $DUET_HUB_DIR or a connection string, and speak REST.",
	.see_also = "hub.yaml",
	.commands = commands,
};

static int completion(const struct duet_invocation *invocation)
{
	const char *shell = invocation->arguments[0];

	if (invocation->n_arguments != 1)
		return duet_command_usage(invocation, "say which shell: bash or zsh");
	if (duet_command_completion(stdout, &hub, shell) < 0)
		return duet_command_usage(invocation, "%s is not known, only bash and zsh are", shell);
	return DUET_EXIT_DONE;
}

static int manual(const struct duet_invocation *invocation)
{
	duet_command_manual(stdout, &hub);
	return DUET_EXIT_DONE;
}

int main(int argc, char **argv)
{
	return duet_command_main(&hub, argc, argv);
}
