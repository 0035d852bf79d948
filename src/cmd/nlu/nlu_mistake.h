/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_CMD_NLU_MISTAKE_H
#define DUET_CMD_NLU_MISTAKE_H

#include "duet/error.h"

/* On stderr: the mistake (a warning when its code is 0), the line that it is about, a caret under the
 * character. */
void nlu_mistake_print(const struct duet_error *mistake);

#endif
