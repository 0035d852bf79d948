/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_GRAMMAR_COMPILE_H
#define DUET_GRAMMAR_COMPILE_H

#include "grammar/network_writer.h"
#include "grammar/sentences.h"

/* The heart of compiling, apart from files: sentences that were read become the sections of a network. */

/* Adds all nets, blocks and responses; mistakes go to `sentences`. Negative errno only when out of memory. */
int duet_compile_sentences(struct duet_sentences *sentences, struct duet_network_writer *writer);

/* Adds one net with the values of `list`, a list without calls: what the home fills in. */
int duet_compile_list(struct duet_sentences *sentences, const struct duet_list *list,
		      struct duet_network_writer *writer);

/* Number words of a range, out i for its i-th value; digits are read without a net. */
void duet_compile_range(const struct duet_sentences *sentences, struct duet_automaton *automaton,
			const struct duet_list *list, uint32_t n_values, double unit);

#endif
