/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"

#include <time.h>

static int64_t now_ns(clockid_t id)
{
	struct timespec now;

	clock_gettime(id, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static int64_t system_mono_ns(const struct duet_clock *clock)
{
	return now_ns(CLOCK_MONOTONIC);
}

static int64_t system_wall_ns(const struct duet_clock *clock)
{
	return now_ns(CLOCK_REALTIME);
}

const struct duet_clock duet_clock_system = {system_mono_ns, system_wall_ns};

static int64_t manual_mono_ns(const struct duet_clock *clock)
{
	return ((const struct duet_clock_manual *)clock)->mono;
}

static int64_t manual_wall_ns(const struct duet_clock *clock)
{
	return ((const struct duet_clock_manual *)clock)->wall;
}

void duet_clock_manual_init(struct duet_clock_manual *manual, int64_t wall_ns)
{
	*manual = (struct duet_clock_manual){{manual_mono_ns, manual_wall_ns}, 0, wall_ns};
}

void duet_clock_manual_advance(struct duet_clock_manual *manual, int64_t ns)
{
	manual->mono += ns;
	manual->wall += ns;
}
