/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_HUB_CONFIG_TABLE_H
#define DUET_HUB_CONFIG_TABLE_H

#include "hub/config.h"

/* The rows of the configuration: a section is a map of its name; the first one, "", is the file itself. */
struct duet_hub_config_section {
	const char *name; /* NULL ends the table */
	const char *help; /* a comment above it, whole sentences */
	const struct duet_option *options;
};

extern const struct duet_hub_config_section duet_hub_config_sections[];

#endif
