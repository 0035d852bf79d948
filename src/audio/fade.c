/* SPDX-License-Identifier: Apache-2.0 */
#include "audio/fade.h"

#include <stdatomic.h>
#include <string.h>

enum { MAX_FADE_MS = 60000 };

/* Gain in the upper half, milliseconds and hold in the lower: one word, so that no order is ever seen by
 * half. */
static uint64_t packed(float gain, int fade_ms, bool hold)
{
	uint32_t bits, ms = fade_ms < 0 ? 0 : fade_ms > MAX_FADE_MS ? MAX_FADE_MS : (uint32_t)fade_ms;

	memcpy(&bits, &gain, sizeof(bits));
	return (uint64_t)bits << 32 | ms << 1 | hold;
}

static float gain_of(uint64_t order)
{
	uint32_t bits = (uint32_t)(order >> 32);
	float gain;

	memcpy(&gain, &bits, sizeof(gain));
	return gain;
}

void duet_fade_init(struct duet_fade *fade, float gain)
{
	memset(fade, 0, sizeof(*fade));
	fade->followed = packed(gain, 0, false);
	atomic_init(&fade->order, fade->followed);
	fade->now = fade->goal = gain;
}

void duet_fade_set(struct duet_fade *fade, float gain, int fade_ms, bool hold)
{
	atomic_store_explicit(&fade->order, packed(gain, fade_ms, hold), memory_order_release);
}

void duet_fade_follow(struct duet_fade *fade, int rate_hz)
{
	uint64_t order = atomic_load_explicit(&fade->order, memory_order_acquire);

	if (order == fade->followed)
		return;
	fade->followed = order;
	fade->goal = gain_of(order);
	fade->hold = order & 1;
	fade->n_left = (size_t)((order & UINT32_MAX) >> 1) * (size_t)rate_hz / 1000 + 1;
	fade->step = (fade->goal - fade->now) / (float)fade->n_left;
}

void duet_fade_skip(struct duet_fade *fade, size_t n)
{
	if (n >= fade->n_left) {
		fade->n_left = 0;
		fade->now = fade->goal;
	} else {
		fade->n_left -= n;
		fade->now += fade->step * (float)n;
	}
}
