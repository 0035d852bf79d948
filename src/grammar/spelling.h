/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_GRAMMAR_SPELLING_H
#define DUET_GRAMMAR_SPELLING_H

#include <stdint.h>

#include "duet/slice.h"

/* The spelling of the network: templates are brought to it when they are compiled, sentences when they are
 * matched, so that both agree in every script. */

/*
 * What a character is read as: 0 for marks that nobody says (question and exclamation marks, quotes …) and
 * for those that cannot be seen (joiners, soft hyphens, directions); ' ' for every kind of space;
 * ASCII for the digits of other scripts and for characters of full width; one apostrophe for
 * all; one i for the Turkish ones, with and without its dot.
 */
int32_t duet_spelling_plain(int32_t c);

/* A whole text: read so, NFC, case folded. Its length, or -ENOSPC. */
long duet_spelling_fold(struct duet_slice text, char *out, size_t size);

#endif
