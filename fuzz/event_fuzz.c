/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "fuzz.h"
#include "hub/value/crc.h"
#include "hub/value/event.h"

/* Bytes as a record of the log, once as they are and once with a checksum that fits: what is decoded must
 * encode to the same. */
static void decode(const uint8_t *bytes, size_t n_bytes)
{
	static unsigned char again[DUET_HUB_EVENT_MAX];
	struct duet_hub_event event;
	long n = duet_hub_event_decode(&event, (struct duet_slice){(const char *)bytes, n_bytes});

	if (n <= 0)
		return;
	FUZZ_ASSERT((size_t)n <= n_bytes && duet_hub_event_size(&event) == n);
	duet_hub_event_encode(&event, again);
	again[13] = bytes[13]; /* is not looked at */
	FUZZ_ASSERT(memcmp(again + 8, bytes + 8, (size_t)n - 8) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes)
{
	static uint8_t fitting[DUET_HUB_EVENT_MAX];
	uint32_t crc;
	size_t n = n_bytes - 8;

	decode(bytes, n_bytes);
	if (n_bytes < DUET_HUB_EVENT_HEADER || n_bytes > sizeof(fitting))
		return 0;
	memcpy(fitting, bytes, n_bytes);
	crc = duet_hub_crc(bytes + 8, n);
	for (int i = 0; i < 4; i++) {
		fitting[i] = (uint8_t)(n >> (8 * i));
		fitting[4 + i] = (uint8_t)(crc >> (8 * i));
	}
	decode(fitting, n_bytes);
	return 0;
}
