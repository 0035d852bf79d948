/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_BASE_CLOCK_H
#define DUET_BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

/* Time is passed in, so that a test (or sound that is heard faster than it was said) moves it by hand. */
struct duet_clock {
	int64_t (*mono_ns)(const struct duet_clock *clock); /* never jumps */
	int64_t (*wall_ns)(const struct duet_clock *clock); /* since 1970 UTC; may jump */
};

extern const struct duet_clock duet_clock_system;

/* A clock that only moves when told to. */
struct duet_clock_manual {
	struct duet_clock clock;
	int64_t mono, wall; /* ns */
};

void duet_clock_manual_init(struct duet_clock_manual *manual, int64_t wall_ns);
void duet_clock_manual_advance(struct duet_clock_manual *manual, int64_t ns); /* both */

static inline int64_t duet_clock_mono_ms(const struct duet_clock *clock)
{
	return clock->mono_ns(clock) / 1000000;
}

static inline int64_t duet_clock_wall_s(const struct duet_clock *clock)
{
	return clock->wall_ns(clock) / 1000000000;
}

#endif
