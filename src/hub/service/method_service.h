/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_HUB_METHOD_SERVICE_H
#define DUET_HUB_METHOD_SERVICE_H

#include <jansson.h>

#include "duet/slice.h"
#include "hub/value/fault.h"

struct duet_arena;
struct duet_hub_method_call;
struct duet_hub_route;

/* Methods as services call them, now or in a job. */

/* {"methodName":…,"payload":…,"responseTimeoutInSeconds":…,"connectTimeoutInSeconds":…}; into the arena. */
int duet_hub_method_read(const json_t *body, struct duet_arena *arena, struct duet_hub_method_call *call,
			 struct duet_hub_fault *fault);
/* What a call's failure is told as; returns the code. */
int duet_hub_method_fault(int code, struct duet_hub_fault *fault);
/* {"status":…,"payload":…}; NULL: no memory. */
json_t *duet_hub_method_result(int status, struct duet_slice payload);

#endif
