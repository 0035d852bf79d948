/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence.h"

/*
 * Learnt by logistic regression (tools/wake) from 81 phrases, clean and at 10 dB: people's orders and wake
 * words, and synthetic voices in English and Mandarin; the last, how much louder the phrase is than what was
 * before it, from the wake words only, as the other phrases lie within sentences. Even odds are where
 * nineteen of twenty synthetic voices that say "hey cortana" are heard and fifteen of sixteen that say
 * "小爱同学"; what is then taken for a wake word in speech that is none, README.md has.
 */
static const float weights[DUET_EVIDENCE] = {
	-0.426613F,   0.0144916F,  -0.121131F,  0.0453828F,  0.019903F,   0.677295F,  -0.104668F,
	-0.341215F,   0.181616F,   0.00371338F, 1.32967F,    1.59552F,    0.526671F,  -0.0247044F,
	-0.00871059F, -0.152026F,  0.0851431F,  -0.0178052F, 0.562268F,   -0.218997F, -0.0219116F,
	0.092188F,    -0.0520433F, -0.0758814F, 0.161852F,   0.966164F,   0.239611F,  0.328444F,
	0.287394F,    1.96629F,    -0.979027F,  0.453607F,   0.124715F,   -0.142258F, -0.00573504F,
	-0.115144F,   0.220372F,   -0.481389F,  -0.0325737F, -0.0452671F, 0.0818891F, -0.012708F,
	0.0192771F,   0.211816F,   -0.0978399F, 0.176577F,   0.0667266F,  0.072872F,  0.0163585F,
	2.13472F,     0.0116271F,  0.182401F,   0.027539F,   -0.0593967F, 0.311565F,
};

static const float offset = -5.85F;

float duet_evidence_weigh(const float evidence[DUET_EVIDENCE])
{
	float odds = offset;

	for (int i = 0; i < DUET_EVIDENCE; i++)
		odds += weights[i] * evidence[i];
	return odds;
}
