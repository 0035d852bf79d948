/* SPDX-License-Identifier: Apache-2.0 */
#include <stdint.h>
#include <stdlib.h>

#include "base/zone.h"

/* A zone file that was read without complaint must answer for any moment. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes)
{
	static const int64_t moments[] = {-4000000000, 0, 1700000000, 2000000000, 5000000000};
	struct duet_zone *zone;
	struct duet_civil civil;

	if (duet_zone_parse(&zone, (struct duet_slice){(const char *)bytes, n_bytes}) < 0)
		return 0;
	for (size_t i = 0; i < sizeof(moments) / sizeof(*moments); i++) {
		duet_zone_civil(zone, moments[i], &civil);
		if (civil.hour < 0 || civil.hour > 23 || civil.month < 1 || civil.month > 12)
			abort();
		duet_zone_utc(zone, &civil, NULL);
	}
	duet_zone_free(zone);
	return 0;
}
