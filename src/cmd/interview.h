/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_CMD_INTERVIEW_H
#define DUET_CMD_INTERVIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Questions to a person, or to whoever fills a pipe: an empty line takes what is offered; at the end of input
 * every question does. */
struct interview {
	FILE *in;
	char answer[512];
	bool ended;
};

/* The answer without white space around it; `offered` may be "" (then an empty answer is ""). */
const char *interview_ask(struct interview *interview, const char *question, const char *offered);
bool interview_yes(struct interview *interview, const char *question, bool offered);
/* A number from `low` to `high`; asks again until it is one. */
int interview_number(struct interview *interview, const char *question, int low, int high, int offered);

#endif
