/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_GRAMMAR_NUMBER_H
#define DUET_GRAMMAR_NUMBER_H

#include <stdbool.h>

#include "duet/error.h"

/*
 * Numbers as people say them, in every language that ICU has spell-out rules for;
 * what its rules lack for English and Mandarin ("a hundred", "一百五") stands in
 * a table in number.c. ICU is loaded while a speller exists and not longer: it is
 * needed to compile sentences, never to match them.
 */
struct duet_speller;

/* -ENOENT and `error` when ICU cannot be loaded; a language without rules has no words. */
int duet_speller_new(struct duet_speller **speller, const char *language, struct duet_error *error);
void duet_speller_free(struct duet_speller *speller);

/* Calls `each` with every way to say a number, once each: "twenty five", "二十五". Folded text with single
 * spaces. `is_spoken`: somebody counts so; otherwise it can be read, as an ordinal, a year, a
 * cheque, and is left out when `spoken_only`. How many ways there are. */
int duet_speller_words(struct duet_speller *speller, double number, bool spoken_only,
		       void (*each)(void *user, const char *words, bool is_spoken), void *user);

#endif
