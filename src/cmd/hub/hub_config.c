/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "cmd/hub/hub.h"
#include "cmd/hub/hub_connection.h"
#include "hub/config.h"

/* The hub's configuration: is it right, and what can stand in it? */

struct config_flags {
	struct duet_hub_where hub;
	bool reference, manual;
};

static const struct duet_flag flags_table[] = {
	HUB_FLAG_('d', "DIR", "dir", DUET_OPTION_PATH, struct config_flags, hub.dir, NULL,
		  "The hub's folder; else $DUET_HUB_DIR"),
	HUB_SWITCH(0, "reference", struct config_flags, reference,
		   "Print every field, its default and what it means"),
	HUB_SWITCH(0, "manual", struct config_flags, manual, "The same as a manual page, in mdoc"),
	HUB_END,
};

static void print_field(void *user, const char *section, const struct duet_option *option)
{
	printf("%s%s%s: %s\n    %s\n", section, section[0] ? "." : "", option->name,
	       option->fallback && option->fallback[0] ? option->fallback : "(unset)", option->help);
}

static void print_manual_field(void *user, const char *section, const struct duet_option *option)
{
	printf(".It Va %s%s%s\n%s.\n", section, section[0] ? "." : "", option->name, option->help);
	if (option->fallback && option->fallback[0])
		printf("The default is\n.Ql %s .\n", option->fallback);
}

static int print_manual(void)
{
	fputs(".Dd $Mdocdate$\n.Dt HUB.YAML 5\n.Os\n.Sh NAME\n.Nm hub.yaml\n.Nd configuration of a Duet "
	      "device hub\n"
	      ".Sh DESCRIPTION\nOne YAML file in the hub's folder;\n.Ic duet-hub init\nwrites it with "
	      "comments.\n"
	      "Durations are written 300ms, 5s, 10min, 2h, 7d.\nPaths stand on the hub's folder.\n"
	      ".Bl -tag -width Ds\n",
	      stdout);
	duet_hub_config_each(print_manual_field, NULL);
	fputs(".El\n.Sh SEE ALSO\n.Xr duet-hub 1\n", stdout);
	return DUET_EXIT_DONE;
}

static int config(const struct duet_invocation *invocation)
{
	const struct config_flags *flags = invocation->flags;
	struct duet_error error = {0};
	struct duet_hub_config *loaded;
	const char *dir;

	if (flags->manual)
		return print_manual();
	if (flags->reference) {
		duet_hub_config_each(print_field, NULL);
		return DUET_EXIT_DONE;
	}
	dir = duet_hub_dir(&flags->hub, &error);
	if (!dir || duet_hub_config_load(&loaded, dir, &error) < 0)
		return duet_command_error(invocation, DUET_EXIT_CONFIG, &error);
	printf("%s is right: %s, MQTT on %d, HTTPS on %d\n", loaded->path, loaded->hostname,
	       loaded->listen.mqtt_port, loaded->listen.https_port);
	duet_hub_config_free(loaded);
	return DUET_EXIT_DONE;
}

const struct duet_command duet_hub_config_command = {
	.name = "config",
	.summary = "Check the configuration, or list every field",
	.description =
		"Without flags it reads hub.yaml; a mistake is told with file, line, column and what comes "
		"nearest.",
	.flags = flags_table,
	.flags_size = sizeof(struct config_flags),
	.run = config,
};
