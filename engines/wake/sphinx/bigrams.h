/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SPHINX_BIGRAMS_H
#define SPHINX_BIGRAMS_H

/* The natural logarithm of how likely one phone of the packaged model is after another, in and between the
 * words of its dictionary; of phones that are not among them: any as likely. */
double duet_bigram(const char *before, const char *phone);

#endif
