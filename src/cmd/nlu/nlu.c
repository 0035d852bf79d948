/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/nlu/nlu.h"

#include "cmd/duet.h"

static const struct duet_command *const commands[] = {
	&duet_nlu_compile, &duet_nlu_parse, &duet_nlu_explain, &duet_nlu_sample,
	&duet_nlu_test,    &duet_nlu_train, &duet_nlu_eval,    NULL,
};

const struct duet_command duet_nlu = {
	.name = "nlu",
	.summary = "Compile, test and explain sentences; train and measure models",
	.commands = commands,
};
