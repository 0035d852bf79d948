/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_BENCH_SAMPLE_H
#define DUET_BENCH_SAMPLE_H

#include <stddef.h>

/* Measured values, of which percentiles are asked. Holds the first two million. */
struct sample {
	float *values;
	size_t n, room;
};

void sample_add(struct sample *sample, double value);
double sample_percentile(struct sample *sample, double percent); /* sorts; 0: there are none */
void sample_done(struct sample *sample);

#endif
