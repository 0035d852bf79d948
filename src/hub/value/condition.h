/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_HUB_CONDITION_H
#define DUET_HUB_CONDITION_H

#include <stdbool.h>

#include "duet/error.h"
#include "hub/value/event.h"

/*
 * Which events a route takes: conditions on application and system properties
 * and on a JSON body, as Azure's message routing has them.
 *
 *     temperatureAlert = 'true' AND $body.engine.oil > 90 OR $connectionDeviceId IN ['a', 'b']
 *
 * Operators: AND OR NOT, = != <> < <= > >=, IN NIN, + - * / %, ||. Functions:
 * IS_DEFINED, IS_NULL, IS_NUMBER, IS_STRING, IS_BOOL, IS_ARRAY, IS_OBJECT,
 * STARTSWITH, ENDSWITH, CONTAINS, LENGTH, LOWER, UPPER, ABS, AS_NUMBER. What is
 * not there is undefined; a comparison with it is undefined too, and an event
 * for which the condition is not true is not taken.
 *
 * Compiled once, immutable, any thread.
 */
struct duet_hub_condition;

/* -EINVAL: a mistake, with the column where it is. */
int duet_hub_condition_compile(struct duet_hub_condition **condition, const char *text,
			       struct duet_error *error);
void duet_hub_condition_free(struct duet_hub_condition *condition);

/* Is it true of the event? NULL: always. */
bool duet_hub_condition_holds(const struct duet_hub_condition *condition, const struct duet_hub_event *event);

#endif
