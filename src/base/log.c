/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { MAX_TOPICS = 24, TOPIC_SIZE = 16, TEXT_SIZE = 960, LINE_SIZE = 8 * TEXT_SIZE };

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
static atomic_bool as_json;

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

void duet_log_json(bool json)
{
	atomic_store(&as_json, json);
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

/* For a person, or as RFC 3339 has it. */
static size_t write_time(char *line, size_t size, bool rfc)
{
	struct timespec now;
	struct tm local;
	size_t len;

	clock_gettime(CLOCK_REALTIME, &now);
	localtime_r(&now.tv_sec, &local);
	len = rfc ? strftime(line, size, "%FT%T", &local) : strftime(line, size, "%F %T", &local);
	len += (size_t)snprintf(line + len, size - len, ".%03ld", now.tv_nsec / 1000000);
	return rfc ? len + strftime(line + len, size - len, "%z", &local) : len;
}

static size_t make_line(char *line, enum duet_log_level level, const char *topic, const char *text)
{
	bool colour = isatty(STDERR_FILENO);
	size_t len = write_time(line, LINE_SIZE, false);

	len += (size_t)snprintf(line + len, LINE_SIZE - len, " %s%-5s%s %.15s: %s\n",
				colour ? kinds[level].colour : "", kinds[level].name, colour ? "\033[0m" : "",
				topic, text);
	return len;
}

/* Each character takes at most six in JSON. */
static size_t make_json(char *line, enum duet_log_level level, const char *topic, const char *text)
{
	size_t len = (size_t)snprintf(line, LINE_SIZE, "{\"time\":\"");

	len += write_time(line + len, LINE_SIZE - len, true);
	len += (size_t)snprintf(line + len, LINE_SIZE - len,
				"\",\"level\":\"%s\",\"topic\":\"%.15s\",\"text\":\"", kinds[level].name,
				topic);
	for (; *text; text++)
		if (*text == '"' || *text == '\\')
			len += (size_t)snprintf(line + len, LINE_SIZE - len, "\\%c", *text);
		else if ((unsigned char)*text < 0x20)
			len += (size_t)snprintf(line + len, LINE_SIZE - len, "\\u%04x", *text);
		else
			line[len++] = *text;
	return len + (size_t)snprintf(line + len, LINE_SIZE - len, "\"}\n");
}

void duet_log(enum duet_log_level level, const char *topic, const char *format, ...)
{
	char text[TEXT_SIZE], line[LINE_SIZE];
	va_list args;
	size_t len;

	if (!duet_log_enabled(level, topic))
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	len = atomic_load(&as_json) ? make_json(line, level, topic, text)
				    : make_line(line, level, topic, text);
	/* One write, so that lines of two threads never mix. There is nobody to tell when it fails. */
	if (write(STDERR_FILENO, line, len) < 0)
		return;
}
