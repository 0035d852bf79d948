/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_BASE_LOG_H
#define DUET_BASE_LOG_H

#include <stdbool.h>

/*
 * Logging with topics: DUET_LOG=warn,asr=debug or the configuration's `log:`.
 * Lines go to stderr: time, level, topic, text; colours on a terminal. Any
 * thread but the audio thread.
 */
enum duet_log_level { DUET_LOG_ERROR, DUET_LOG_WARN, DUET_LOG_INFO, DUET_LOG_DEBUG };

/* "warn,asr=debug"; the part before the first comma without = is for all topics. 0 or -EINVAL. */
int duet_log_set(const char *spec);
/* One JSON object a line instead: {"time", "level", "topic", "text"}. */
void duet_log_json(bool json);
int duet_log_enabled(enum duet_log_level level, const char *topic);
void duet_log(enum duet_log_level level, const char *topic, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#define duet_error_log(topic, ...) duet_log(DUET_LOG_ERROR, topic, __VA_ARGS__)
#define duet_warn(topic, ...)      duet_log(DUET_LOG_WARN, topic, __VA_ARGS__)
#define duet_info(topic, ...)      duet_log(DUET_LOG_INFO, topic, __VA_ARGS__)
#define duet_debug(topic, ...)                                                                               \
	do {                                                                                                 \
		if (duet_log_enabled(DUET_LOG_DEBUG, topic))                                                 \
			duet_log(DUET_LOG_DEBUG, topic, __VA_ARGS__);                                        \
	} while (0)

#endif
