/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_CMD_DUET_H
#define DUET_CMD_DUET_H

#include "cmd/command.h"

/* The commands of `duet`, each in a file of its own; duet.c has the table. */

extern const struct duet_command duet_arbiter_command;
extern const struct duet_command duet_ask;
extern const struct duet_command duet_bench;
extern const struct duet_command duet_button;
extern const struct duet_command duet_config_command;
extern const struct duet_command duet_consent;
extern const struct duet_command duet_demo;
extern const struct duet_command duet_devices;
extern const struct duet_command duet_doctor;
extern const struct duet_command duet_engines_command;
extern const struct duet_command duet_hear;
extern const struct duet_command duet_history;
extern const struct duet_command duet_microphone;
extern const struct duet_command duet_nlu;
extern const struct duet_command duet_run;
extern const struct duet_command duet_say;
extern const struct duet_command duet_setup;
extern const struct duet_command duet_trace;
extern const struct duet_command duet_wake_command;

/* Flags that several commands have, for a structure with fields of these names. */
#define DUET_FLAG_CONFIG(type)                                                                               \
	{                                                                                                    \
		'c', "FILE",                                                                                 \
		{                                                                                            \
			"config", DUET_OPTION_TEXT, offsetof(type, config), NULL, "The configuration", NULL, \
				0, 0                                                                         \
		}                                                                                            \
	}
#define DUET_FLAG_STATE(type)                                                                                \
	{                                                                                                    \
		0, "FOLDER",                                                                                 \
		{                                                                                            \
			"state", DUET_OPTION_TEXT, offsetof(type, state), NULL,                              \
				"Where timers, alarms, the home and the trace are kept; \"\": nowhere",      \
				NULL, 0, 0                                                                   \
		}                                                                                            \
	}

#endif
