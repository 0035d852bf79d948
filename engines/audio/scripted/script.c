/* SPDX-License-Identifier: Apache-2.0 */
#include "script.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>

#include "base/alloc.h"

enum {
	MAX_LINES = 10000,
	MAX_WORDS = 4,
	MAX_WORD = 256,
	MAX_SECONDS = 36000,
	MAX_RATE_HZ = 192000,
	MAX_CHANNELS = 16
};

/* One line on its way. */
struct reading {
	const char *name;
	int n_line;
	char words[MAX_WORDS + 1][MAX_WORD];
	size_t n_words;
	struct duet_error *error;
};

static int refuse(const struct reading *reading, const char *what, const char *hint)
{
	duet_error_set(reading->error, -EINVAL, "%s", what);
	duet_error_at(reading->error, reading->name, reading->n_line, 1);
	duet_error_hint(reading->error, "%s", hint);
	return -EINVAL;
}

/* A plain decimal number, whatever the locale; false when there is anything else. */
static bool read_decimal(const char *text, double *number)
{
	bool negative = *text == '-', any = false;
	double scale = 0;

	*number = 0;
	for (text += negative; *text; text++) {
		if (*text == '.' && scale == 0) {
			scale = 1;
			continue;
		}
		if (*text < '0' || *text > '9')
			return false;
		any = true;
		*number = *number * 10 + (*text - '0');
		scale *= 10;
	}
	if (scale > 0)
		*number /= scale;
	if (negative)
		*number = -*number;
	return any;
}

static int read_number(const struct reading *reading, size_t word, double min, double max, double *number)
{
	if (!read_decimal(reading->words[word], number) || !isfinite(*number) || *number < min ||
	    *number > max)
		return refuse(reading, "a number is expected", "see the list of lines in script.h");
	return 0;
}

static int read_seconds(const struct reading *reading, size_t word, struct duet_script_line *line)
{
	return read_number(reading, word, 0, MAX_SECONDS, &line->seconds);
}

static int read_level(const struct reading *reading, size_t word, struct duet_script_line *line)
{
	line->level_db = -20;
	return reading->n_words > word ? read_number(reading, word, -120, 0, &line->level_db) : 0;
}

static int parse_silence(const struct reading *reading, struct duet_script_line *line)
{
	return read_seconds(reading, 1, line);
}

static int parse_tone(const struct reading *reading, struct duet_script_line *line)
{
	int code = read_number(reading, 1, 1, MAX_RATE_HZ, &line->hz);

	if (code == 0)
		code = read_seconds(reading, 2, line);
	return code == 0 ? read_level(reading, 3, line) : code;
}

static int parse_noise(const struct reading *reading, struct duet_script_line *line)
{
	int code = read_seconds(reading, 1, line);

	return code == 0 ? read_level(reading, 2, line) : code;
}

static int parse_file(const struct reading *reading, struct duet_script_line *line)
{
	const char *path = reading->words[1], *slash = strrchr(reading->name, '/');
	int n_folder = path[0] == '/' || !slash ? 0 : (int)(slash + 1 - reading->name);
	size_t size = (size_t)n_folder + strlen(path) + 1;

	line->path = duet_alloc(size);
	if (!line->path)
		return duet_error_set(reading->error, -ENOMEM, "out of memory");
	snprintf(line->path, size, "%.*s%s", n_folder, reading->name, path);
	return 0;
}

static int parse_format(const struct reading *reading, struct duet_script_line *line)
{
	static const char *const types[] = {
		[DUET_SAMPLE_U8] = "u8",   [DUET_SAMPLE_S16] = "s16", [DUET_SAMPLE_S24] = "s24",
		[DUET_SAMPLE_S32] = "s32", [DUET_SAMPLE_F32] = "f32",
	};
	double rate_hz, n_channels;
	int code = read_number(reading, 1, 4000, MAX_RATE_HZ, &rate_hz);

	if (code == 0)
		code = read_number(reading, 2, 1, MAX_CHANNELS, &n_channels);
	if (code < 0)
		return code;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (strcmp(reading->words[3], types[i]) == 0) {
			line->format = (struct duet_audio_format){(int)rate_hz, (int)n_channels,
								  (enum duet_sample_type)i};
			return 0;
		}
	return refuse(reading, "no such type of samples", "u8, s16, s24, s32 or f32");
}

static int parse_nothing(const struct reading *reading, struct duet_script_line *line)
{
	return 0;
}

static const struct {
	const char *word;
	size_t min_words, max_words;
	int (*parse)(const struct reading *reading, struct duet_script_line *line);
} verbs[DUET_SCRIPT_N_VERBS] = {
	[DUET_SCRIPT_SILENCE] = {"silence", 2, 2, parse_silence},
	[DUET_SCRIPT_TONE] = {"tone", 3, 4, parse_tone},
	[DUET_SCRIPT_NOISE] = {"noise", 2, 3, parse_noise},
	[DUET_SCRIPT_FILE] = {"file", 2, 2, parse_file},
	[DUET_SCRIPT_FORMAT] = {"format", 4, 4, parse_format},
	[DUET_SCRIPT_LOST] = {"lost", 1, 1, parse_nothing},
	[DUET_SCRIPT_RETURNED] = {"returned", 1, 1, parse_nothing},
};

static int parse_line(const struct reading *reading, struct duet_script_line *line)
{
	for (size_t verb = 0; verb < DUET_SCRIPT_N_VERBS; verb++) {
		if (strcmp(reading->words[0], verbs[verb].word) != 0)
			continue;
		if (reading->n_words < verbs[verb].min_words || reading->n_words > verbs[verb].max_words)
			return refuse(reading, "too few or too many words",
				      "see the list of lines in script.h");
		line->verb = (enum duet_script_verb)verb;
		return verbs[verb].parse(reading, line);
	}
	return refuse(reading, "no such line", "silence, tone, noise, file, format, lost or returned");
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* Words up to a comment; false when one is too long or there are too many. */
static bool split(struct reading *reading, struct duet_slice line)
{
	size_t i = 0;

	reading->n_words = 0;
	for (;;) {
		size_t begin, len;

		while (i < line.len && is_space(line.ptr[i]))
			i++;
		for (begin = i; i < line.len && !is_space(line.ptr[i]) && line.ptr[begin] != '#'; i++)
			;
		len = i - begin;
		if (len == 0)
			return true;
		if (len >= MAX_WORD || reading->n_words == MAX_WORDS || memchr(line.ptr + begin, '\0', len))
			return false;
		memcpy(reading->words[reading->n_words], line.ptr + begin, len);
		reading->words[reading->n_words++][len] = '\0';
	}
}

static struct duet_slice next_line(struct duet_slice *text)
{
	const char *newline = memchr(text->ptr, '\n', text->len);
	struct duet_slice line = {text->ptr, newline ? (size_t)(newline - text->ptr) : text->len};
	size_t n_passed = newline ? line.len + 1 : line.len;

	text->ptr += n_passed;
	text->len -= n_passed;
	return line;
}

static int add_line(struct duet_script *script, const struct reading *reading)
{
	struct duet_script_line *grown;

	if (script->n_lines == MAX_LINES)
		return refuse(reading, "the script has too many lines", "at most 10000");
	if ((script->n_lines & (script->n_lines - 1)) == 0) { /* full: the room doubles */
		grown = duet_realloc(script->lines, script->n_lines ? script->n_lines * 2 : 1,
				     sizeof(*grown));
		if (!grown)
			return duet_error_set(reading->error, -ENOMEM, "out of memory");
		script->lines = grown;
	}
	script->lines[script->n_lines] = (struct duet_script_line){0};
	return parse_line(reading, &script->lines[script->n_lines++]);
}

int duet_script_parse(struct duet_script *script, const char *name, struct duet_slice text,
		      struct duet_error *error)
{
	struct reading reading = {.name = name, .error = error};
	int code = 0;

	*script = (struct duet_script){0};
	while (code == 0 && text.len > 0) {
		reading.n_line++;
		if (!split(&reading, next_line(&text)))
			code = refuse(&reading, "the line cannot be read", "at most 4 words of 255 bytes");
		else if (reading.n_words > 0)
			code = add_line(script, &reading);
	}
	if (code < 0)
		duet_script_done(script);
	return code;
}

void duet_script_done(struct duet_script *script)
{
	for (size_t i = 0; i < script->n_lines; i++)
		duet_free(script->lines[i].path);
	duet_free(script->lines);
	*script = (struct duet_script){0};
}
