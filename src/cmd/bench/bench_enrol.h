/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_CMD_BENCH_ENROL_H
#define DUET_CMD_BENCH_ENROL_H

#include "duet/wake_engine.h"

/* Learns the setup's one phrase from the first recordings of a folder (up to 16); `*fd` is a file in memory
 * with what was learnt, for the caller to keep open. -ENOTSUP: the engine can not. */
int bench_enrol(const struct duet_wake_engine *engine, const struct duet_wake_setup *setup,
		const char *folder, int *fd, struct duet_error *error);

#endif
