/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_ASSISTANT_CONFIG_TABLE_H
#define DUET_ASSISTANT_CONFIG_TABLE_H

#include "assistant/config.h"

/* The tables of all fields, for config.c alone. */
struct duet_config_section {
	const char *name;  /* "audio"; NULL ends a table */
	const char *stage; /* whose engines may be chosen here, or NULL */
	size_t offset;     /* of the section in its structure */
	const struct duet_option *options;
};

extern const struct duet_option duet_config_top[];               /* the file's own members */
extern const struct duet_config_section duet_config_sections[];  /* its maps */
extern const struct duet_option duet_config_assistant_options[]; /* an item of `assistants:` */
extern const struct duet_config_section duet_config_assistant_sections[];
extern const struct duet_option duet_config_wake_word_options[]; /* an item of its `wake:` */

/* Where a choice of engine lies in its section: always at its beginning. */
static inline struct duet_engine_choice *duet_config_choice(void *section)
{
	return section;
}

#endif
