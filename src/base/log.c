/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { MAX_TOPICS = 24, TOPIC_SIZE = 16, LINE_SIZE = 1024 };

struct topic {
	char name[TOPIC_SIZE];
	enum duet_log_level level;
};

struct levels {
	enum duet_log_level all;
	struct topic topics[MAX_TOPICS];
	size_t n_topics;
};

static const struct {
	const char *name, *colour;
} kinds[] = {
	[DUET_LOG_ERROR] = {"error", "\033[31m"},
	[DUET_LOG_WARN] = {"warn", "\033[33m"},
	[DUET_LOG_INFO] = {"info", ""},
	[DUET_LOG_DEBUG] = {"debug", "\033[2m"},
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static struct levels levels = {.all = DUET_LOG_WARN};

static bool read_level(const char *text, size_t len, enum duet_log_level *level)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strlen(kinds[i].name) == len && memcmp(kinds[i].name, text, len) == 0) {
			*level = (enum duet_log_level)i;
			return true;
		}
	return false;
}

/* One piece between commas: "warn" or "asr=debug". */
static bool read_piece(struct levels *into, const char *piece, size_t len)
{
	const char *equals = memchr(piece, '=', len);
	size_t name_len = equals ? (size_t)(equals - piece) : 0;
	struct topic *topic = &into->topics[into->n_topics];

	if (!equals)
		return read_level(piece, len, &into->all);
	if (into->n_topics == MAX_TOPICS || name_len == 0 || name_len >= TOPIC_SIZE)
		return false;
	memcpy(topic->name, piece, name_len);
	into->n_topics++;
	return read_level(equals + 1, len - name_len - 1, &topic->level);
}

static bool read_levels(struct levels *into, const char *spec)
{
	while (*spec) {
		size_t len = strcspn(spec, ",");

		if (!read_piece(into, spec, len))
			return false;
		spec += len + (spec[len] == ',');
	}
	return true;
}

/* What the environment asks for stands until somebody sets something else. */
static void read_environment(void)
{
	const char *spec = getenv("DUET_LOG");
	struct levels wanted = {.all = DUET_LOG_WARN};

	if (!spec)
		return;
	if (read_levels(&wanted, spec))
		levels = wanted;
	else
		fprintf(stderr, "DUET_LOG=%s is not understood; write for example warn,asr=debug\n", spec);
}

int duet_log_set(const char *spec)
{
	struct levels wanted = {.all = DUET_LOG_WARN};

	pthread_once(&once, read_environment);
	if (!read_levels(&wanted, spec))
		return -EINVAL;
	pthread_mutex_lock(&lock);
	levels = wanted;
	pthread_mutex_unlock(&lock);
	return 0;
}

int duet_log_enabled(enum duet_log_level level, const char *topic)
{
	enum duet_log_level limit;

	pthread_once(&once, read_environment);
	pthread_mutex_lock(&lock);
	limit = levels.all;
	for (size_t i = 0; i < levels.n_topics; i++)
		if (strcmp(levels.topics[i].name, topic) == 0)
			limit = levels.topics[i].level;
	pthread_mutex_unlock(&lock);
	return level <= limit;
}

static size_t begin_line(char *line, size_t size, enum duet_log_level level, const char *topic, bool colour)
{
	struct timespec now;
	struct tm local;
	size_t len;

	clock_gettime(CLOCK_REALTIME, &now);
	localtime_r(&now.tv_sec, &local);
	len = strftime(line, size, "%F %T", &local);
	len += (size_t)snprintf(line + len, size - len, ".%03ld %s%-5s%s %.15s: ", now.tv_nsec / 1000000,
				colour ? kinds[level].colour : "", kinds[level].name, colour ? "\033[0m" : "",
				topic);
	return len;
}

void duet_log(enum duet_log_level level, const char *topic, const char *format, ...)
{
	char line[LINE_SIZE];
	va_list args;
	size_t len;
	int n;

	if (!duet_log_enabled(level, topic))
		return;
	len = begin_line(line, sizeof(line), level, topic, isatty(STDERR_FILENO));
	va_start(args, format);
	n = vsnprintf(line + len, sizeof(line) - len, format, args);
	va_end(args);
	if (n > 0)
		len += (size_t)n;
	if (len > sizeof(line) - 1)
		len = sizeof(line) - 1;
	line[len++] = '\n';
	/* One write, so that lines of two threads never mix. There is nobody to tell when it fails. */
	if (write(STDERR_FILENO, line, len) < 0)
		return;
}
