/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_BENCH_REPORT_H
#define DUET_BENCH_REPORT_H

#include <stdbool.h>

/* What was measured, as a table for people or JSON lines for programs. 0 in a field: does not apply. */
struct report_row {
	const char *what;      /* "telemetry, QoS 1, durable, TLS" */
	const char *peer;      /* "duet-hub", "mosquitto", "libevent" */
	double per_s;          /* by the clock */
	double per_core;       /* a second of the server's processor time */
	double p50_us, p99_us; /* until the answer */
	double bytes;          /* of the server's memory, a connection */
	const char *note;      /* NULL: none */
};

void report_begin(bool as_json);
void report_add(const struct report_row *row);
/* One number that was aimed at. */
void report_target(const char *what, double measured, const char *unit, double target, bool at_most);
/* One that says how it compares. */
void report_ratio(const char *what, double ratio);
void report_end(void);

#endif
