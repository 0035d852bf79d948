/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/bench/bench.h"

#include <fts.h>
#include <unistd.h>

#include "cmd/duet.h"

void bench_remove_dir(char *dir)
{
	char *roots[] = {dir, NULL};
	FTS *tree = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);

	for (FTSENT *entry; tree && (entry = fts_read(tree));) {
		if (entry->fts_info == FTS_DP)
			rmdir(entry->fts_accpath);
		else if (entry->fts_info != FTS_D)
			unlink(entry->fts_accpath);
	}
	if (tree)
		fts_close(tree);
}

static const struct duet_command *const benches[] = {
	&duet_bench_echo,
	&duet_bench_soak,
	&duet_bench_speech,
	&duet_bench_speaker,
	&duet_bench_wake,
	&duet_bench_arbiter,
	NULL,
};

const struct duet_command duet_bench = {
	.name = "bench",
	.summary = "Measure how well the speaker hears and what it costs",
	.commands = benches,
};
