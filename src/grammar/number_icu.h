/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_GRAMMAR_NUMBER_ICU_H
#define DUET_GRAMMAR_NUMBER_ICU_H

#include <stddef.h>

#include "duet/error.h"

/* ICU's rules for spelling out numbers, loaded by dlopen: linked, its libraries would take three megabytes of
 * every speaker that never compiles a sentence. Private to number*.c. */
struct duet_icu;

int duet_icu_new(struct duet_icu **icu, const char *language, struct duet_error *error);
void duet_icu_free(struct duet_icu *icu);

/* The name of rule set number `set` ("%spellout-cardinal"); NULL behind the last. */
const char *duet_icu_set(const struct duet_icu *icu, int set);

/* What a rule set says, as UTF-8 into `words`; its length, or negative when it says nothing. */
int duet_icu_spell(struct duet_icu *icu, int set, double number, char *words, size_t size);

#endif
