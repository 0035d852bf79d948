/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/turn_print.h"

#include <stdlib.h>
#include <unistd.h>

#include "dialog/trace.h"

static const char *text_of(const json_t *turn, const char *key)
{
	const char *text = json_string_value(json_object_get(turn, key));

	return text ? text : "";
}

static void print_object(FILE *out, const char *title, const json_t *object)
{
	char *text =
		json_is_object(object) ? json_dumps(object, JSON_COMPACT | JSON_REAL_PRECISION(6)) : NULL;

	if (text)
		fprintf(out, "  %-11s %s\n", title, text);
	free(text);
}

static void print_times(FILE *out, const json_t *ms)
{
	const char *separator = "";

	if (json_object_size(ms) == 0)
		return;
	fprintf(out, "  %-11s ", "ms");
	for (int i = 0; i < DUET_N_STAGES; i++) {
		const char *name = duet_stage_name((enum duet_stage)i);
		const json_t *one = json_object_get(ms, name);

		if (!one)
			continue;
		fprintf(out, "%s%s %.*f", separator, name, json_real_value(one) < 10 ? 1 : 0,
			json_real_value(one));
		separator = " · ";
	}
	fputc('\n', out);
}

static void print_for_person(FILE *out, const json_t *turn)
{
	bool colour = isatty(fileno(out));
	const char *bold = colour ? "\x1b[1m" : "", *plain = colour ? "\x1b[0m" : "";
	const char *intent = text_of(turn, "intent"), *reply = text_of(turn, "reply"),
		   *maybe = text_of(turn, "maybe"), *template = text_of(turn, "template");

	fprintf(out, "%s%s%s heard \"%s\"%s\n", bold, text_of(turn, "assistant"), plain,
		text_of(turn, "heard"),
		json_is_true(json_object_get(turn, "refused")) ? ", which is no sentence that it knows" : "");
	if (intent[0])
		fprintf(out, "  %-11s %s (%s%s%s)\n", "understood", intent, text_of(turn, "source"),
			template[0] ? " " : "", template);
	if (maybe[0])
		fprintf(out, "  %-11s %s\n", "maybe", maybe);
	if (json_object_size(json_object_get(turn, "slots")) > 0)
		print_object(out, "", json_object_get(turn, "slots"));
	print_object(out, "did", json_object_get(turn, "act"));
	if (reply[0])
		fprintf(out, "  %-11s %s%s%s\n", "said", bold, reply, plain);
	print_times(out, json_object_get(turn, "ms"));
}

void duet_turn_print(FILE *out, const json_t *turn, bool as_json)
{
	if (as_json) {
		json_dumpf(turn, out, JSON_COMPACT | JSON_REAL_PRECISION(6));
		fputc('\n', out);
	} else {
		print_for_person(out, turn);
	}
	fflush(out);
}
