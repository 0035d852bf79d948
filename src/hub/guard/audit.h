/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_HUB_AUDIT_H
#define DUET_HUB_AUDIT_H

#include <stdint.h>

#include "duet/error.h"

/*
 * Who changed what: one JSON object a line, appended to a file that is kept in
 * two halves of a bounded size. No secret is ever written. Any thread; a line is
 * handed to the system before the call returns, and synced within a second.
 */
struct duet_hub_audit;

struct duet_hub_act {
	const char *by;      /* the policy, the device, or "command" */
	const char *address; /* the client's, or NULL */
	const char *act;     /* "device.create", "policy.key", "route.delete" … */
	const char *target;  /* what was changed, or NULL */
	int status;          /* HTTP's; 0: not over HTTP */
	const char *detail;  /* or NULL */
};

int duet_hub_audit_open(struct duet_hub_audit **audit, const char *path, int64_t keep_bytes,
			struct duet_error *error);
void duet_hub_audit_close(struct duet_hub_audit *audit);
void duet_hub_audit_note(struct duet_hub_audit *audit,
			 const struct duet_hub_act *act); /* NULL audit: nothing */

#endif
