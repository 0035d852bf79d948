/* SPDX-License-Identifier: Apache-2.0 */
/* duet nlu parse: lines in, what each means out. */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/text.h"
#include "cmd/nlu/nlu.h"
#include "cmd/nlu/nlu_source.h"
#include "dialog/trace.h"
#include "nlu/understand.h"

enum { MAX_ARENA_BYTES = 16 << 20, MAX_LINE_BYTES = 64 << 10 };

struct flags {
	struct nlu_source_flags source;
	bool json;
};

static double now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* A slot that means several things is a list of them. */
static void put_slot(json_t *slots, const struct duet_slot *slot)
{
	json_t *value = duet_trace_value(&slot->value), *known = json_object_get(slots, slot->name), *list;

	if (!known) {
		json_object_set_new(slots, slot->name, value);
	} else if (json_is_array(known)) {
		json_array_append_new(known, value);
	} else {
		list = json_array();
		json_array_append(list, known);
		json_array_append_new(list, value);
		json_object_set_new(slots, slot->name, list);
	}
}

/* Broken bytes become U+FFFD, so that there is always a text. */
static json_t *text_json(struct duet_slice text)
{
	struct duet_text whole;
	int32_t character;
	char bytes[4] = "";
	json_t *json;

	if (duet_text_valid(text) && (json = json_stringn(text.ptr, text.len)))
		return json;
	duet_text_init(&whole, 4 * MAX_LINE_BYTES);
	while ((character = duet_text_next(&text)) >= 0)
		duet_text_add(&whole, (struct duet_slice){bytes, duet_text_encode(character, bytes)});
	json = json_stringn(whole.ptr ? whole.ptr : "", whole.len);
	duet_text_done(&whole);
	return json;
}

/* {text, intent, slots, source, score, us}: `intent` null when nothing is understood, and when the dialog
 * would ask first, and then `maybe` is what it would ask about. */
static json_t *describe(struct duet_slice text, const struct duet_understanding *u, double us)
{
	json_t *slots = json_object(), *json;
	const char *intent = u ? u->match.intent : NULL;
	bool certain = u && !u->doubtful;

	for (size_t i = 0; u && i < u->match.n_slots; i++)
		put_slot(slots, &u->match.slots[i]);
	json = json_pack("{s:o, s:o, s:o, s:o, s:f, s:f}", "text", text_json(text), "intent",
			 certain ? json_string(intent) : json_null(), "slots", slots, "source",
			 u ? json_string(duet_source_name(u->source)) : json_null(), "score",
			 u ? u->score : 0.0, "us", us);
	if (intent && !certain)
		json_object_set_new(json, "maybe", json_string(intent));
	return json;
}

static void print_for_person(struct duet_slice text, const json_t *json)
{
	const char *intent = json_string_value(json_object_get(json, "intent")),
		   *maybe = json_string_value(json_object_get(json, "maybe")),
		   *source = json_string_value(json_object_get(json, "source"));
	char *slots = json_dumps(json_object_get(json, "slots"), JSON_COMPACT | JSON_REAL_PRECISION(6));

	if (intent || maybe)
		printf("%.*s: %s%s%s %s (%s, %.2f)\n", (int)text.len, text.ptr, intent ? "" : "maybe ",
		       intent ? intent : maybe, intent ? "" : "?", slots ? slots : "{}", source,
		       json_number_value(json_object_get(json, "score")));
	else
		printf("%.*s: not understood\n", (int)text.len, text.ptr);
	free(slots);
}

static void parse(const struct nlu_source *source, const struct flags *flags, struct duet_slice text,
		  struct duet_arena *arena)
{
	const struct duet_understand_setting setting = {
		.grammar = source->grammar, .learnt = source->learnt, .context = source->context};
	struct duet_understanding understanding;
	double begin = now_us();
	bool understood = duet_understand(&setting, text, arena, &understanding) > 0;
	json_t *json = describe(text, understood ? &understanding : NULL, now_us() - begin);

	if (flags->json) {
		json_dumpf(json, stdout, JSON_COMPACT | JSON_REAL_PRECISION(6));
		putchar('\n');
	} else {
		print_for_person(text, json);
	}
	fflush(stdout);
	json_decref(json);
	duet_arena_reset(arena);
}

/* However long a line is, and whatever is in it, it is one; what is beyond the bound cannot be understood. */
static int parse_lines(const struct nlu_source *source, const struct flags *flags, struct duet_arena *arena)
{
	char *line = malloc(MAX_LINE_BYTES);
	size_t n = 0;
	int byte;

	if (!line)
		return DUET_EXIT_FAILED;
	while ((byte = getchar()) != EOF) {
		if (byte != '\n') {
			if (n < MAX_LINE_BYTES)
				line[n] = (char)byte;
			n += n < MAX_LINE_BYTES;
			continue;
		}
		n -= n > 0 && line[n - 1] == '\r';
		parse(source, flags, (struct duet_slice){line, n}, arena);
		n = 0;
	}
	if (n)
		parse(source, flags, (struct duet_slice){line, n}, arena);
	free(line);
	return ferror(stdout) ? DUET_EXIT_FAILED : DUET_EXIT_DONE;
}

static int run(const struct duet_invocation *invocation)
{
	const struct flags *flags = invocation->flags;
	struct nlu_source source;
	struct duet_arena *arena;
	int code = nlu_source_open(&source, invocation, &flags->source);

	if (code != DUET_EXIT_DONE)
		return code;
	arena = duet_arena_new(MAX_ARENA_BYTES);
	code = arena ? parse_lines(&source, flags, arena)
		     : duet_command_fail(invocation, DUET_EXIT_FAILED, "out of memory");
	duet_arena_free(arena);
	nlu_source_done(&source);
	return code;
}

static const struct duet_flag flags_table[] = {
	NLU_SOURCE_FLAGS(struct flags),
	{'j',
	 NULL,
	 {"json", DUET_OPTION_BOOL, offsetof(struct flags, json), NULL, "One JSON object a line", NULL, 0,
	  0}},
	{0},
};

const struct duet_command duet_nlu_parse = {
	.name = "parse",
	.summary = "Understand lines of standard input as the speaker would",
	.description =
		"Each line is answered with exactly one line, at once: {text, intent, slots, source, score, "
		"us}. `source` is exact (a sentence says it) or learnt, `us` microseconds. `intent` is null "
		"when nothing is understood, and when the speaker would ask first; then `maybe` is what it "
		"would ask about.",
	.flags = flags_table,
	.flags_size = sizeof(struct flags),
	.run = run,
};
