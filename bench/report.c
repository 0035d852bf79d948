/* SPDX-License-Identifier: Apache-2.0 */
#include "report.h"

#include <stdio.h>

static bool json;

void report_begin(bool as_json)
{
	json = as_json;
	if (!json)
		printf("%-44s %-10s %10s %10s %9s %9s %9s\n", "what", "server", "per s", "a core", "p50 ms",
		       "p99 ms", "KiB each");
}

static void cell(double value, int decimals, int width)
{
	if (value > 0)
		printf(" %*.*f", width, decimals, value);
	else
		printf(" %*s", width, "");
}

static void print(const struct report_row *row)
{
	printf("%-44s %-10s", row->what, row->peer);
	cell(row->per_s, 0, 10);
	cell(row->per_core, 0, 10);
	cell(row->p50_us / 1e3, 3, 9);
	cell(row->p99_us / 1e3, 3, 9);
	cell(row->bytes / 1024, 1, 9);
	printf("%s%s\n", row->note ? "  " : "", row->note ? row->note : "");
}

static void print_json(const struct report_row *row)
{
	printf("{\"what\":\"%s\",\"server\":\"%s\"", row->what, row->peer);
	if (row->per_s > 0)
		printf(",\"per_s\":%.1f", row->per_s);
	if (row->per_core > 0)
		printf(",\"per_core_s\":%.1f", row->per_core);
	if (row->p50_us > 0)
		printf(",\"p50_us\":%.1f,\"p99_us\":%.1f", row->p50_us, row->p99_us);
	if (row->bytes > 0)
		printf(",\"bytes_per_connection\":%.0f", row->bytes);
	if (row->note)
		printf(",\"note\":\"%s\"", row->note);
	puts("}");
}

void report_add(const struct report_row *row)
{
	if (json)
		print_json(row);
	else
		print(row);
	fflush(stdout);
}

void report_target(const char *what, double measured, const char *unit, double target, bool at_most)
{
	bool met = at_most ? measured <= target : measured >= target;

	if (json)
		printf("{\"target\":\"%s\",\"measured\":%.3f,\"unit\":\"%s\",\"%s\":%.3f,\"met\":%s}\n", what,
		       measured, unit, at_most ? "at_most" : "at_least", target, met ? "true" : "false");
	else
		printf("  %-4s %-50s %.1f %s (target: %s %.0f)\n", met ? "ok" : "MISS", what, measured, unit,
		       at_most ? "at most" : "at least", target);
	fflush(stdout);
}

void report_ratio(const char *what, double ratio)
{
	if (json)
		printf("{\"ratio\":\"%s\",\"measured\":%.3f}\n", what, ratio);
	else
		printf("       %-50s %.2f times\n", what, ratio);
	fflush(stdout);
}

void report_end(void)
{
	fflush(stdout);
}
