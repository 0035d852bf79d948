/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/bench.h"

#include "cmd/duet.h"

static const struct duet_command *const benches[] = {
	&duet_bench_speech, &duet_bench_speaker, &duet_bench_wake, &duet_bench_arbiter, NULL,
};

const struct duet_command duet_bench = {
	.name = "bench",
	.summary = "Measure how well the speaker hears and what it costs",
	.commands = benches,
};
