/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Says what a script says, whatever is heard. One span a line, its length in
 * milliseconds; after the last line nobody speaks.
 *
 *	silent 500
 *	voiced 1200
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/file.h"
#include "duet/vad_engine.h"

enum { MAX_SCRIPT = 1 << 20, MAX_SPANS = 4096, MAX_SPAN_MS = 3600000, FRAME_MS = 10 };

static const float voiced_db = -20, silent_db = -60;

struct scripted_options {
	const char *script;
};

struct span {
	bool voiced;
	int length_ms;
};

struct scripted_state {
	struct span *spans;
	size_t n_spans, at;
	int passed_ms; /* of the span */
};

static int refuse(const char *path, int line, struct duet_error *error)
{
	duet_error_set(error, -EINVAL, "a line of the script cannot be read");
	duet_error_at(error, path, line, 1);
	duet_error_hint(error, "silent or voiced and a length in milliseconds");
	return -EINVAL;
}

static bool parse_span(const char *line, struct span *span)
{
	char word[8], rest[2];

	if (sscanf(line, "%7s %7d %1s", word, &span->length_ms, rest) != 2)
		return false;
	span->voiced = strcmp(word, "voiced") == 0;
	return (span->voiced || strcmp(word, "silent") == 0) && span->length_ms > 0 &&
	       span->length_ms <= MAX_SPAN_MS;
}

/* `text` is taken apart. */
static int parse(struct scripted_state *scripted, const char *path, char *text, struct duet_error *error)
{
	char *line;

	for (int n_line = 1; (line = strsep(&text, "\n")); n_line++) {
		line[strcspn(line, "#")] = '\0';
		if (line[strspn(line, " \t\r")] == '\0')
			continue;
		if (scripted->n_spans == MAX_SPANS || !parse_span(line, &scripted->spans[scripted->n_spans]))
			return refuse(path, n_line, error);
		scripted->n_spans++;
	}
	return 0;
}

static void scripted_close(void *state)
{
	struct scripted_state *scripted = state;

	duet_free(scripted->spans);
	scripted->spans = NULL;
}

static int scripted_open(void *state, const void *given, struct duet_error *error)
{
	const struct scripted_options *options = given;
	struct scripted_state *scripted = state;
	size_t n_bytes;
	char *bytes;
	int code;

	if (!options->script)
		return duet_error_set(error, -EINVAL, "the scripted engine needs a script");
	code = duet_file_read(options->script, MAX_SCRIPT, &bytes, &n_bytes, error);
	if (code < 0)
		return code;
	scripted->spans = duet_calloc(MAX_SPANS, sizeof(scripted->spans[0]));
	code = scripted->spans ? parse(scripted, options->script, bytes, error)
			       : duet_error_set(error, -ENOMEM, "out of memory");
	duet_free(bytes);
	if (code < 0)
		scripted_close(scripted);
	return code;
}

static void scripted_feed(void *state, const int16_t frame[DUET_FRAME_SAMPLES],
			  struct duet_vad_report *report)
{
	struct scripted_state *scripted = state;
	bool voiced = scripted->at < scripted->n_spans && scripted->spans[scripted->at].voiced;

	*report = (struct duet_vad_report){voiced, voiced ? voiced_db : silent_db, silent_db};
	if (scripted->at == scripted->n_spans)
		return;
	scripted->passed_ms += FRAME_MS;
	if (scripted->passed_ms >= scripted->spans[scripted->at].length_ms) {
		scripted->passed_ms = 0;
		scripted->at++;
	}
}

static const struct duet_option options[] = {
	{"script", DUET_OPTION_PATH, offsetof(struct scripted_options, script), NULL,
	 "The script: silent or voiced and a length in milliseconds, one a line.", NULL, 0, 0},
	{0},
};

const struct duet_vad_engine duet_vad_engine_scripted = {
	.engine = {.stage = "vad",
		   .name = "scripted",
		   .summary = "says what a script says",
		   .state_size = sizeof(struct scripted_state),
		   .options = options,
		   .options_size = sizeof(struct scripted_options)},
	.open = scripted_open,
	.feed = scripted_feed,
	.close = scripted_close,
};
