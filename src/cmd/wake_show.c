/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/wake_show.h"

#include <jansson.h>
#include <stdio.h>

#include "wake/recording.h"

enum { RECORDINGS_WANTED = 3 };

static const double enough = 0.5; /* the usual sensitivity */

struct sums {
	size_t usable, before, after;
};

static struct sums sum_up(const struct wake_lesson_result *result)
{
	struct sums sums = {0};

	for (size_t i = 0; i < result->n; i++) {
		const struct duet_wake_recording *one = &result->recordings[i];

		sums.usable += one->flaw == DUET_WAKE_FINE;
		sums.before += one->flaw == DUET_WAKE_FINE && one->before >= enough;
		sums.after += one->flaw == DUET_WAKE_FINE && one->after >= enough;
	}
	return sums;
}

static void show_recording(const struct wake_lesson_result *result, size_t number)
{
	const struct duet_wake_recording *one = &result->recordings[number];
	const char *file = result->files[0] ? result->files[number] : "";

	printf("  %zu: ", number + 1);
	if (one->flaw != DUET_WAKE_FINE)
		printf("left out, %s", duet_wake_flaw_advice(one->flaw));
	else if (result->n_lines == 0)
		printf("usable");
	else
		printf("%s %.2f, before %.2f", one->after >= enough ? "heard" : "not heard", one->after,
		       one->before);
	printf("%s%s\n", file[0] ? "  " : "", file);
}

void wake_show_text(const struct wake_lesson_result *result)
{
	struct sums sums = sum_up(result);

	for (size_t i = 0; i < result->n; i++)
		show_recording(result, i);
	if (result->n_lines == 0)
		return;
	printf("In a noisy room %zu of %zu are heard, each by what the others taught, and %zu before. A "
	       "score of %.2f is enough.\n",
	       sums.after, sums.usable, sums.before, enough);
	if (sums.usable < RECORDINGS_WANTED)
		printf("More recordings make it surer: %d to 6 are good. This can be repeated.\n",
		       RECORDINGS_WANTED);
	else if (2 * sums.after < sums.usable)
		printf("That is not much: a longer phrase, or a quieter room, is heard better.\n");
	printf("A speaker that runs takes it when it is told to: kill -HUP, or systemctl reload duet.\n");
}

static json_t *recording_json(const struct wake_lesson_result *result, size_t number)
{
	const struct duet_wake_recording *one = &result->recordings[number];
	json_t *json = json_object();

	if (result->files[0])
		json_object_set_new(json, "file", json_string(result->files[number]));
	if (one->flaw != DUET_WAKE_FINE) {
		json_object_set_new(json, "flaw", json_string(duet_wake_flaw_name(one->flaw)));
	} else if (result->n_lines > 0) {
		json_object_set_new(json, "before", json_real(one->before));
		json_object_set_new(json, "after", json_real(one->after));
	}
	return json;
}

void wake_show_json(const struct wake_lesson_result *result)
{
	struct sums sums = sum_up(result);
	json_t *each = json_array(), *report;

	for (size_t i = 0; i < result->n; i++)
		json_array_append_new(each, recording_json(result, i));
	report = json_pack("{s:i, s:i, s:i, s:i, s:i, s:o}", "n", (int)result->n, "usable", (int)sums.usable,
			   "heard_before", (int)sums.before, "heard_after", (int)sums.after, "learnt",
			   result->n_lines, "recordings", each);
	json_dumpf(report, stdout, JSON_REAL_PRECISION(3));
	putchar('\n');
	json_decref(report);
}
