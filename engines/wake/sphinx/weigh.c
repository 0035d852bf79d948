/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence.h"

/*
 * Learnt by logistic regression (tools/wake) from 81 phrases, clean and at 10 dB: people's orders and wake
 * words, and synthetic voices in English and Mandarin; the last, how much louder the phrase is than what was
 * before it, from the wake words only, as the other phrases lie within sentences. All were then stretched by
 * a fifth, so that a neper near the threshold is worth what it was to those who compare scores. Even odds are
 * where nineteen of twenty synthetic voices that say "hey cortana" are heard and fifteen of sixteen that say
 * "小爱同学"; what is then taken for a wake word in speech that is none, README.md has.
 */
static const float weights[DUET_EVIDENCE] = {
	-0.317053F,   0.0210801F,  -0.114532F,    0.00602539F, -0.0227718F, 0.247024F,  0.347501F,
	-0.372142F,   0.107011F,   -0.000508738F, 1.83903F,    1.99444F,    1.08684F,   0.114959F,
	-0.00364592F, -0.0941665F, 0.0871019F,    -0.0128198F, 0.444074F,   -0.329353F, 0.0628195F,
	0.0850533F,   -0.0736952F, -0.610138F,    -0.569029F,  0.92387F,    0.184662F,  0.350236F,
	0.339905F,    2.56879F,    -1.19557F,     0.346716F,   0.245185F,   -0.182623F, -0.0590109F,
	-0.224468F,   0.333773F,   0.314423F,     -0.128567F,  -0.0219866F, 0.0329081F, 0.72518F,
	0.0171461F,   0.204952F,   0.0911009F,    0.119012F,   0.100895F,   0.186317F,  0.0118125F,
	1.26496F,     0.00738287F, 0.137063F,     0.0918814F,  -0.127063F,  0.315852F,
};

static const float offset = -8.0F;

float duet_evidence_weigh(const float evidence[DUET_EVIDENCE])
{
	float odds = offset;

	for (int i = 0; i < DUET_EVIDENCE; i++)
		odds += weights[i] * evidence[i];
	return odds;
}
