/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_CMD_BENCH_BASELINE_H
#define DUET_CMD_BENCH_BASELINE_H

#include <stddef.h>

#include "cmd/bench/bench_sound.h"
#include "duet/error.h"

/*
 * What there was before: PocketSphinx with its defaults, its whole dictionary
 * and the sentences written out as a JSGF grammar of alternatives. It refuses
 * nothing.
 */
struct bench_baseline;

int bench_baseline_new(struct bench_baseline **baseline, const char *sentences, const char *language,
		       struct duet_error *error);
void bench_baseline_free(struct bench_baseline *baseline);

/* The words, "" when there are none. */
int bench_baseline_hear(struct bench_baseline *baseline, const struct bench_sound *sound, char *words,
			size_t size);

#endif
