/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_BENCH_CALLER_H
#define DUET_BENCH_CALLER_H

#include <sys/types.h>

#include "sample.h"

/* A process that calls methods over HTTPS, one after the other, of devices bench-0 to bench-(n - 1). */
struct caller {
	pid_t pid;
	int results; /* a pipe: how long each call took, in µs */
};

int caller_start(struct caller *caller, int port, const char *ca_file, const char *token, int n_devices,
		 double seconds);
/* Waits for it; adds what it measured. How many calls failed, -1: it could not connect. */
long caller_finish(struct caller *caller, struct sample *us);

#endif
