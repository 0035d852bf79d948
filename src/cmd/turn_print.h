/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_CMD_TURN_PRINT_H
#define DUET_CMD_TURN_PRINT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

/* A turn on one line as JSON, or for a person: who, what was heard, understood, done and said, and how long
 * each stage took. */
void duet_turn_print(FILE *out, const json_t *turn, bool as_json);

#endif
