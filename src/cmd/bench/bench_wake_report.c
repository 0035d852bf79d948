/* SPDX-License-Identifier: Apache-2.0 */
#include <jansson.h>
#include <stdio.h>

#include "cmd/bench/bench_wake.h"
#include "dialog/trace.h"

#define ALLOWED_PER_HOUR 0.1
#define HOURS_NEEDED     10.0 /* fewer can not show that rate: then no false alarm at all is allowed */

double bench_wake_hours(const struct bench_wake *bench)
{
	return bench->n_runs ? bench->background_s / 3600 / (double)bench->n_runs : 0;
}

bool bench_wake_allows(const struct bench_wake *bench, const struct bench_wake_point *point)
{
	double n = bench_wake_hours(bench) < HOURS_NEEDED ? 0 : ALLOWED_PER_HOUR * bench_wake_hours(bench);

	return (double)point->n_false <= n;
}

/* The point that misses least among those with few enough false alarms, or NULL. */
static const struct bench_wake_point *best_point(const struct bench_wake *bench)
{
	const struct bench_wake_point *best = NULL;

	for (size_t i = 0; i < bench->n_points; i++) {
		const struct bench_wake_point *point = &bench->points[i];

		if (bench_wake_allows(bench, point) && (!best || point->n_missed < best->n_missed))
			best = point;
	}
	return best;
}

static double miss_rate(const struct bench_wake *bench, const struct bench_wake_point *point)
{
	return (double)point->n_missed / (double)bench->n_words;
}

static json_t *p95(const struct bench_wake_point *point)
{
	return point && point->n_delays
		       ? json_real(duet_trace_percentile(point->delays_ms, point->n_delays, 95))
		       : json_null();
}

static json_t *point_json(const struct bench_wake *bench, const struct bench_wake_point *point)
{
	return json_pack("{s:f, s:f, s:I, s:f, s:o}", "sensitivity", point->sensitivity, "miss_rate",
			 miss_rate(bench, point), "false_alarms", (json_int_t)point->n_false,
			 "false_alarms_per_hour",
			 bench_wake_hours(bench) > 0 ? (double)point->n_false / bench_wake_hours(bench) : 0.0,
			 "delay_ms_p95", p95(point));
}

static double cpu_percent(const struct bench_wake *bench)
{
	return bench->audio_s > 0 ? 100 * bench->cpu_s / bench->audio_s : 0;
}

void bench_wake_report_json(const struct bench_wake *bench)
{
	const struct bench_wake_point *best = best_point(bench);
	json_t *curve = json_array(), *report;

	for (size_t i = 0; i < bench->n_points; i++)
		json_array_append_new(curve, point_json(bench, &bench->points[i]));
	report = json_pack("{s:I, s:f, s:o, s:o, s:f, s:o}", "n", (json_int_t)bench->n_words, "hours",
			   bench_wake_hours(bench), "miss_rate_at_0_1_per_hour",
			   best ? json_real(miss_rate(bench, best)) : json_null(), "curve", curve,
			   "cpu_percent", cpu_percent(bench), "delay_ms_p95", p95(best));
	json_dumpf(report, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(5));
	putchar('\n');
	json_decref(report);
}

void bench_wake_report_table(const struct bench_wake *bench)
{
	const struct bench_wake_point *best = best_point(bench);

	printf("%zu words, %.2f hours of background\n\n  sensitivity  missed  false alarms\n", bench->n_words,
	       bench_wake_hours(bench));
	for (size_t i = 0; i < bench->n_points; i++) {
		const struct bench_wake_point *point = &bench->points[i];

		printf("%c %11.2f %6.1f %% %13zu\n", point == best ? '*' : ' ', point->sensitivity,
		       100 * miss_rate(bench, point), point->n_false);
	}
	printf("\n  %.2f %% of a core", cpu_percent(bench));
	if (best && best->n_delays)
		printf(", heard %.0f ms after the last voiced frame (p95)",
		       duet_trace_percentile(best->delays_ms, best->n_delays, 95));
	putchar('\n');
}
