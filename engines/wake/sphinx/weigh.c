/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence.h"

/*
 * Learnt by logistic regression (tools/wake) from 81 phrases, clean and at 10 dB: people's orders and wake
 * words, and synthetic voices in English and Mandarin; the last, how much louder the phrase is than what was
 * before it, from the wake words only, as the other phrases lie within sentences. Even odds are where twenty
 * synthetic voices that say "hey cortana" are heard and fourteen of sixteen that say "小爱同学"; what is then
 * taken for a wake word in speech that is none, README.md has.
 */
static const float weights[DUET_EVIDENCE] = {
	-0.197769F, 0.0638886F,  -0.201219F,  0.0247994F, 0.0258574F,   1.24747F,   -0.047337F, -0.388817F,
	0.211282F,  0.0122525F,  1.64536F,    2.34543F,   0.527526F,    0.23166F,   0.040977F,  -0.176404F,
	0.0940512F, -0.0299886F, 0.644365F,   -0.258674F, -0.00823663F, 0.34357F,   -0.103515F, 1.34175F,
	0.790272F,  0.406305F,   0.385998F,   0.38446F,   0.27299F,     2.03775F,   -1.22695F,  0.994883F,
	0.205709F,  -0.160468F,  -0.0972365F, -0.163141F, 0.228417F,    -0.665111F, 0.0922865F,
};

static const float offset = -1.8832F;

float duet_evidence_weigh(const float evidence[DUET_EVIDENCE])
{
	float odds = offset;

	for (int i = 0; i < DUET_EVIDENCE; i++)
		odds += weights[i] * evidence[i];
	return odds;
}
