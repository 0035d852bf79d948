/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence.h"

/*
 * Learnt by logistic regression (tools/wake) from 100 phrases, clean and at 10 dB: people's orders and wake
 * words, and synthetic voices in English and Mandarin; the last, how much louder the phrase is than what was
 * before it, from the wake words only, as the other phrases lie within sentences. Even odds are where twenty
 * synthetic voices that say "hey cortana" are heard as often as by PocketSphinx's keyphrases at their usual
 * threshold; what is then taken for a wake word in speech that is none, README.md has.
 */
static const float weights[DUET_EVIDENCE] = {
	0.205421F,  0.00676859F, 0.0592516F, 0.0152276F, -0.00350296F, 0.506478F,  -0.102841F,
	0.102089F,  0.306443F,   -0.015337F, 1.56486F,   0.157216F,    0.0237859F, -0.140458F,
	0.0429542F, -0.0827618F, 0.397861F,  -0.21654F,  0.125842F,    0.24568F,   0.000505145F,
	1.28028F,   0.272637F,   0.150929F,  0.153762F,  1.71272F,     -0.46072F,  -1.07378F,
	0.0493031F, -0.136935F,  0.0612331F, -0.15231F,  0.11F,
};

static const float offset = -1.4337F;

float duet_evidence_weigh(const float evidence[DUET_EVIDENCE])
{
	float odds = offset;

	for (int i = 0; i < DUET_EVIDENCE; i++)
		odds += weights[i] * evidence[i];
	return odds;
}
