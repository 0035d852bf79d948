/* SPDX-License-Identifier: Apache-2.0 */
#include "parameters.h"

#include <string.h>

static const char head_end[] = "endhdr\n";
static const uint32_t magic = 0x11223344;

static bool take(struct duet_slice *bytes, void *into, size_t n)
{
	if (bytes->len < n)
		return false;
	memcpy(into, bytes->ptr, n);
	bytes->ptr += n;
	bytes->len -= n;
	return true;
}

static bool skip_head(struct duet_slice *bytes)
{
	const char *end;

	if (bytes->len < 3 || memcmp(bytes->ptr, "s3\n", 3) != 0)
		return false;
	end = memmem(bytes->ptr, bytes->len, head_end, sizeof(head_end) - 1);
	if (!end)
		return false;
	end += sizeof(head_end) - 1;
	*bytes = (struct duet_slice){end, bytes->len - (size_t)(end - bytes->ptr)};
	return true;
}

bool duet_parameters_read(struct duet_parameters *found, struct duet_slice bytes, int n_counts)
{
	uint32_t order;
	int32_t n;

	*found = (struct duet_parameters){0};
	if (n_counts > DUET_PARAMETERS_COUNTS || !skip_head(&bytes) || !take(&bytes, &order, sizeof(order)) ||
	    order != magic || !take(&bytes, found->counts, (size_t)n_counts * sizeof(found->counts[0])) ||
	    !take(&bytes, &n, sizeof(n)))
		return false;
	for (int i = 0; i < n_counts; i++)
		if (found->counts[i] <= 0)
			return false;
	if (n <= 0 || bytes.len / sizeof(float) < (size_t)n)
		return false;
	found->values = bytes.ptr;
	found->n_values = (size_t)n;
	return true;
}

float duet_parameters_value(const struct duet_parameters *found, size_t i)
{
	float value;

	memcpy(&value, found->values + i * sizeof(value), sizeof(value));
	return value;
}
