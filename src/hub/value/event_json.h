/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_HUB_EVENT_JSON_H
#define DUET_HUB_EVENT_JSON_H

#include <jansson.h>
#include <stdint.h>

#include "hub/value/event.h"

/*
 * An event as a JSON object, the form in which routes and the monitor give it
 * on:
 *
 *     {"number": 12, "enqueuedTime": "2026-11-28T16:00:00.123Z", "source": "Telemetry",
 *      "deviceId": "kitchen", "moduleId": …, "auth": "sas", "systemProperties": {"messageId": "1"},
 *      "properties": {"alert": "true"}, "bodyType": "json", "body": {"t": 21}}
 *
 * bodyType is "json" (whatever is valid JSON), "text" (valid UTF-8) or "base64".
 * `number` 0: left out. NULL: out of memory.
 */
json_t *duet_hub_event_json(const struct duet_hub_event *event, uint64_t number);

/* A moment as "2026-11-28T16:00:00.123Z". */
void duet_hub_event_time(int64_t ms, char text[32]);

#endif
