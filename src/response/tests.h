/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_RESPONSE_TESTS_H
#define DUET_RESPONSE_TESTS_H

#include "response/run.h"

/* `value is name(argument)`. The number is its place in the table, or negative. */
int duet_response_test_find(struct duet_slice name);
extern const int duet_response_n_tests;
bool duet_response_test(struct duet_response_run *run, unsigned number, struct duet_datum value,
			struct duet_datum argument);

#endif
