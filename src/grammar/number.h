/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_GRAMMAR_NUMBER_H
#define DUET_GRAMMAR_NUMBER_H

#include <stdbool.h>

/*
 * Numbers as people say them. English and Mandarin have rules of their own here;
 * another language's words come in by one more row in the table at the end of
 * number.c.
 */

/* Calls `each` with every way to say `number` (plus a half): "twenty five", "二十五". Folded text with single
 * spaces. How many ways there are; 0: the language has no words for it. */
int duet_number_words(const char *language, long number, bool half,
		      void (*each)(void *user, const char *words), void *user);

#endif
