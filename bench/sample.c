/* SPDX-License-Identifier: Apache-2.0 */
#include "sample.h"

#include <stdlib.h>

#include "base/alloc.h"

enum { MOST = 2000000 };

void sample_add(struct sample *sample, double value)
{
	size_t room = sample->room ? sample->room * 2 : 4096;
	float *grown;

	if (sample->n == MOST)
		return;
	if (sample->n == sample->room) {
		grown = duet_realloc(sample->values, room, sizeof(*grown));
		if (!grown)
			return;
		sample->values = grown;
		sample->room = room;
	}
	sample->values[sample->n++] = (float)value;
}

static int compare(const void *a, const void *b)
{
	float x = *(const float *)a, y = *(const float *)b;

	return x < y ? -1 : x > y;
}

double sample_percentile(struct sample *sample, double percent)
{
	size_t at = (size_t)((double)sample->n * percent / 100);

	if (sample->n == 0)
		return 0;
	qsort(sample->values, sample->n, sizeof(*sample->values), compare);
	return sample->values[at < sample->n ? at : sample->n - 1];
}

void sample_done(struct sample *sample)
{
	duet_free(sample->values);
	*sample = (struct sample){0};
}
