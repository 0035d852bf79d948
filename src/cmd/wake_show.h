/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_CMD_WAKE_SHOW_H
#define DUET_CMD_WAKE_SHOW_H

#include "duet/wake_engine.h"

/* What came of recordings that a wake word was to be learnt from: each, with what is wrong with it or how
 * clearly it is heard, and all together. `files` are their names up to NULL; none: they were said to the
 * microphone. `n_lines` of the wake word's model; 0: nothing was learnt. */
struct wake_lesson_result {
	const struct duet_wake_recording *recordings;
	size_t n;
	char *const *files;
	int n_lines;
};

void wake_show_text(const struct wake_lesson_result *result);
void wake_show_json(const struct wake_lesson_result *result);

#endif
