/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SPHINX_PARAMETERS_H
#define SPHINX_PARAMETERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "duet/slice.h"

/*
 * A file of numbers as SphinxTrain writes it ("s3", this machine's byte order): a header of lines, some
 * counts, the number of values, values (sphinxbase/src/libsphinxbase/util/bio.c).
 */
enum { DUET_PARAMETERS_COUNTS = 8 };

struct duet_parameters {
	int32_t counts[DUET_PARAMETERS_COUNTS];
	const char *values; /* in the file's bytes, where they may lie across words */
	size_t n_values;
};

/* `n_counts` counts stand before the number of values; false when that is not what the bytes are. */
bool duet_parameters_read(struct duet_parameters *found, struct duet_slice bytes, int n_counts);

float duet_parameters_value(const struct duet_parameters *found, size_t i);

#endif
