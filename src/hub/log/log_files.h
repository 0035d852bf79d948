/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_HUB_LOG_FILES_H
#define DUET_HUB_LOG_FILES_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/uio.h>

#include "duet/error.h"
#include "hub/log/log.h"

/*
 * The segment files of the telemetry log. A segment is called after the number
 * of its first event; what lies in it up to `bytes` is whole. The writer thread
 * alone changes them; `lock` guards what readers look at.
 */
struct duet_hub_segment {
	uint64_t base;     /* the number of its first event */
	uint64_t n_events; /* whole ones */
	int64_t bytes;     /* that they take */
	int64_t last_ms;   /* wall clock, when it was last written to */
};

struct duet_hub_log_files {
	const char *dir;
	pthread_mutex_t lock;
	struct duet_hub_segment *segments; /* the oldest first; the last one is written to */
	size_t n_segments, room;
	int fd;       /* of the last one, or -1: the next write begins another */
	bool resumes; /* … or goes on with the last one, after a restart */
	uint64_t next;
};

/* Finds what is there and cuts the last segment where its first damaged event begins. */
int duet_hub_log_files_open(struct duet_hub_log_files *files, const char *dir, struct duet_error *error);
void duet_hub_log_files_close(struct duet_hub_log_files *files);

/* A batch of whole events, on disk when it returns 0 (with `sync`), or not at all. Writer thread. */
int duet_hub_log_files_write(struct duet_hub_log_files *files, const struct iovec *pieces, int n_pieces,
			     uint64_t n_events, bool sync, int64_t now_ms);
/* The next write begins another segment. */
void duet_hub_log_files_roll(struct duet_hub_log_files *files);
/* Throws away the oldest segment but never the last; false: there is none to throw away. */
bool duet_hub_log_files_drop(struct duet_hub_log_files *files);

int64_t duet_hub_log_files_bytes(struct duet_hub_log_files *files); /* that all of them take */

/* The segment that holds event `number`, or, when it is gone, the oldest one after it. False: not there yet.
 */
bool duet_hub_log_files_find(struct duet_hub_log_files *files, uint64_t number,
			     struct duet_hub_segment *segment);
void duet_hub_log_files_path(const struct duet_hub_log_files *files, uint64_t base, char *path, size_t size);

#endif
