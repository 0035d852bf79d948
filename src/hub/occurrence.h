/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_HUB_OCCURRENCE_H
#define DUET_HUB_OCCURRENCE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct duet_hub_loop;

/*
 * What happens to devices, as events of the telemetry log beside what devices send: they come and go
 * (deviceConnectionStateEvents), are made and removed (deviceLifecycleEvents), and their twins change
 * (twinChangeEvents), with the properties and bodies of Azure's. Told after the commit; what the log has no
 * room for is lost, with a warning. Loop thread.
 */

/* `number`: how often it had come or gone with this. */
void duet_hub_occurrence_connection(struct duet_hub_loop *loop, const char *target, bool connected,
				    int64_t number, int64_t at_ms);
/* The twin of what was made is its body. */
void duet_hub_occurrence_lifecycle(struct duet_hub_loop *loop, const char *target, bool created);

/* What of a twin was changed; NULL: not this. */
struct duet_hub_occurrence_twin {
	const json_t *tags, *desired, *reported;
	int64_t version; /* of what was changed: of the desired or the reported properties; 0: only tags */
	bool replaced;
};
void duet_hub_occurrence_twin(struct duet_hub_loop *loop, const char *target,
			      const struct duet_hub_occurrence_twin *change);

#endif
