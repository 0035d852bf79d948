/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence.h"

/*
 * Learnt by logistic regression from 44 phrases in clean recordings and at 10 dB (tools/wake): the odds of
 * one false alarm in ten hours are at 0.
 */
static const float weights[DUET_EVIDENCE] = {
	0.487036F,  0.0511391F,  0.367286F,  -0.039615F, -0.196463F, 0.274186F,  -0.177103F,   0.0310235F,
	0.0183618F, 0.155508F,   0.189002F,  1.05615F,   0.021374F,  -0.198224F, 0.0541782F,   -0.0498092F,
	-0.294344F, 0.00579052F, 0.47393F,   0.0795258F, 0.02854F,   0.678181F,  -0.00605916F, 0.187051F,
	0.229144F,  2.58906F,    -0.507705F, -1.46792F,  0.0742793F, -0.637669F, 0.0705967F,   0.090121F,
};

static const float offset = -4.9683F;

float duet_evidence_weigh(const float evidence[DUET_EVIDENCE])
{
	float odds = offset;

	for (int i = 0; i < DUET_EVIDENCE; i++)
		odds += weights[i] * evidence[i];
	return odds;
}
