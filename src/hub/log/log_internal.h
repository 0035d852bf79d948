/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_HUB_LOG_INTERNAL_H
#define DUET_HUB_LOG_INTERNAL_H

#include "hub/log/log_files.h"

/* The log as its writer and its readers see it. */
struct duet_hub_log {
	struct duet_hub_log_setup setup;
	struct duet_hub_log_files files;
	int64_t last_bytes; /* of the last segment; the writer's */
	int64_t opened_ms;  /* the wall clock then, before CLOCK_BOOTTIME */
	pthread_t thread;
	atomic_bool awake, ending;
	int wakeup_fd;

	pthread_mutex_t lock; /* guards what follows */
	pthread_cond_t grown; /* on the monotonic clock: there is more to read, or a reader is woken */
	struct duet_hub_lane *lanes;
	struct duet_hub_log_load load;
};

#endif
