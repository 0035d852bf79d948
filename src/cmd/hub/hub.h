/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_CMD_HUB_H
#define DUET_CMD_HUB_H

#include "cmd/command.h"
#include "cmd/hub/hub_client.h"

/* The commands of `duet-hub`, each in a file of its own; hub.c has the table. */

extern const struct duet_command duet_hub_backup_command;
extern const struct duet_command duet_hub_cert_command;
extern const struct duet_command duet_hub_config_command;
extern const struct duet_command duet_hub_configuration_command;
extern const struct duet_command duet_hub_device_command;
extern const struct duet_command duet_hub_enrollment_command;
extern const struct duet_command duet_hub_feedback_command;
extern const struct duet_command duet_hub_init_command;
extern const struct duet_command duet_hub_job_command;
extern const struct duet_command duet_hub_key_command;
extern const struct duet_command duet_hub_method_command;
extern const struct duet_command duet_hub_module_command;
extern const struct duet_command duet_hub_monitor_command;
extern const struct duet_command duet_hub_query_command;
extern const struct duet_command duet_hub_restore_command;
extern const struct duet_command duet_hub_route_command;
extern const struct duet_command duet_hub_run_command;
extern const struct duet_command duet_hub_send_command;
extern const struct duet_command duet_hub_status_command;
extern const struct duet_command duet_hub_token_command;
extern const struct duet_command duet_hub_twin_command;

/* Rows of flag tables. `field` is in the command's structure `type`. */
/* clang-format off */
#define HUB_FLAG_(letter, value, name, kind, type, field, fallback, help) \
	{letter, value, {name, kind, offsetof(type, field), fallback, help, NULL, 0, 0}}
#define HUB_TEXT(letter, value, name, type, field, help) \
	HUB_FLAG_(letter, value, name, DUET_OPTION_TEXT, type, field, NULL, help)
#define HUB_SWITCH(letter, name, type, field, help) \
	HUB_FLAG_(letter, NULL, name, DUET_OPTION_BOOL, type, field, NULL, help)
#define HUB_NUMBER(value, name, type, field, fallback, low, high, help) \
	{0, value, {name, DUET_OPTION_INT, offsetof(type, field), fallback, help, NULL, low, high}}
#define HUB_TIME(value, name, type, field, fallback, help) \
	HUB_FLAG_(0, value, name, DUET_OPTION_DURATION, type, field, fallback, help)

/* How every command finds the hub; `field` is a struct duet_hub_where. */
#define HUB_FLAGS(type, field) \
	HUB_FLAG_('d', "DIR", "dir", DUET_OPTION_PATH, type, field.dir, NULL, \
		  "The hub's folder; else $DUET_HUB_DIR"), \
	HUB_FLAG_('l', "STRING", "login", DUET_OPTION_TEXT, type, field.login, NULL, \
		  "A connection string instead; else $DUET_HUB_CONNECTION"), \
	HUB_FLAG_(0, "FILE", "ca", DUET_OPTION_PATH, type, field.ca, NULL, \
		  "What to trust, PEM, beside a connection string; else $DUET_HUB_CA, else what the system trusts"), \
	HUB_FLAG_('j', NULL, "json", DUET_OPTION_BOOL, type, field.json, NULL, "JSON for scripts")
#define HUB_END {0}
/* clang-format on */

#endif
