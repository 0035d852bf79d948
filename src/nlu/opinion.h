/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_NLU_OPINION_H
#define DUET_NLU_OPINION_H

#include "nlu/understand.h"

/*
 * The learnt second opinion: what a model takes a sentence for is put into words
 * that the templates understand ("it's dark in the den" → "turn on the lights in the den"), and the
 * templates say what that means. So names, numbers and times are read by the same rules, what the home does
 * not have is not taken, and the sentence can be read back to the person.
 */

/* As duet_understand, for what no sentence says. */
int duet_opinion(const struct duet_understand_setting *setting, struct duet_slice text,
		 struct duet_arena *arena, struct duet_understanding *understanding);

#endif
