/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_GRAMMAR_COMPILE_H
#define DUET_GRAMMAR_COMPILE_H

#include "grammar/network_writer.h"
#include "grammar/sentences.h"

/* The heart of compiling, apart from files: sentences that were read become the sections of a network. */

/* Adds all nets, blocks and responses; mistakes go to `sentences`. Negative errno only when out of memory. */
int duet_compile_sentences(struct duet_sentences *sentences, struct duet_network_writer *writer);

/* Adds one net with the values of `list`, a list without calls: what the home fills in. `numbers` is the net
 * of small numbers in the network that it is for. */
int duet_compile_list(struct duet_sentences *sentences, const struct duet_list *list,
		      struct duet_net_view numbers, struct duet_network_writer *writer);

#endif
