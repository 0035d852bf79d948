/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_NLU_SAMPLE_H
#define DUET_NLU_SAMPLE_H

#include <stdint.h>

#include "base/text.h"

struct duet_grammar;

/*
 * Random sentences: ways through the network that end in a template of one
 * intent. What a list or a range may hold is said as its values are, what is left to
 * any words as the list's own values, or as "something".
 */
struct duet_sampler;

/* `intent` NULL: any. 0; -ENOENT when no template has this intent; -ENOMEM. The grammar outlives it. */
int duet_sampler_new(struct duet_sampler **sampler, const struct duet_grammar *grammar, const char *intent,
		     uint64_t seed);
void duet_sampler_free(struct duet_sampler *sampler);

/* Only what a microphone may hear at any time: no templates marked `spoken: false`, or for a follow-up;
 * numbers as people count. 0, or -ENOENT when no template is left. */
int duet_sampler_only_spoken(struct duet_sampler *sampler);

/* Appends one sentence. 0, -ENOENT when a list on the way holds nothing, or -ENOMEM. */
int duet_sampler_next(struct duet_sampler *sampler, struct duet_text *text);

#endif
