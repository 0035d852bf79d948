/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_CMD_BENCH_H
#define DUET_CMD_BENCH_H

#include "cmd/command.h"

/* The commands below `duet bench`. */
extern const struct duet_command duet_bench_echo;
extern const struct duet_command duet_bench_soak;
extern const struct duet_command duet_bench_speaker;
extern const struct duet_command duet_bench_arbiter;
extern const struct duet_command duet_bench_speech;
extern const struct duet_command duet_bench_wake;

/* A folder and all that is in it. */
void bench_remove_dir(char *dir);

#endif
