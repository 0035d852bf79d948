/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_CMD_NLU_H
#define DUET_CMD_NLU_H

#include "cmd/command.h"

/* The commands below `duet nlu`, each in a file of its own. */
extern const struct duet_command duet_nlu_compile;
extern const struct duet_command duet_nlu_eval;
extern const struct duet_command duet_nlu_explain;
extern const struct duet_command duet_nlu_parse;
extern const struct duet_command duet_nlu_sample;
extern const struct duet_command duet_nlu_test;
extern const struct duet_command duet_nlu_train;

#endif
