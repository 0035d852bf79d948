/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SPHINX_PHONES_H
#define SPHINX_PHONES_H

#include <stddef.h>
#include <stdint.h>

#include "duet/error.h"
#include "duet/slice.h"

/*
 * The phones of an acoustic model in CMU Sphinx's format and the states that say how each sounds between its
 * neighbours: the binary model definition (`mdef`) and `transition_matrices`, mapped, with the three states a
 * phone that all its models have. Immutable once read; any thread.
 */
enum { DUET_PHONE_STATES = 3, DUET_MODEL_PHONES = 64 };

enum duet_phone_place { DUET_PHONE_INSIDE, DUET_PHONE_BEGIN, DUET_PHONE_END, DUET_PHONE_SINGLE };

struct duet_phones;

/* `mdef` and `transitions` are the files' bytes and outlive the result. */
int duet_phones_read(struct duet_phones **phones, struct duet_slice mdef, struct duet_slice transitions,
		     struct duet_error *error);
void duet_phones_free(struct duet_phones *phones);

int duet_phones_count(const struct duet_phones *phones);
int duet_phones_n_states(const struct duet_phones *phones); /* of all phones in all contexts: senones */
int duet_phones_silence(const struct duet_phones *phones);
const char *duet_phones_name(const struct duet_phones *phones, int phone);

/* Noises and breath: no part of a word. */
bool duet_phones_is_filler(const struct duet_phones *phones, int phone);

/* -1: there is none of that name. */
int duet_phones_find(const struct duet_phones *phones, const char *name, size_t length);

/* The states of a phone at a place in a word, between two others; those of the phone anywhere when the model
 * has none. `phone` and its neighbours are numbers of phones, `left` negative: anywhere. */
void duet_phones_states(const struct duet_phones *phones, enum duet_phone_place place, int left, int phone,
			int right, int states[DUET_PHONE_STATES]);

/* The phone that a state belongs to. */
int duet_phones_of_state(const struct duet_phones *phones, int state);

/* Natural logarithms of staying in each of a phone's states, and of going on. */
void duet_phones_transitions(const struct duet_phones *phones, int phone, float stay[DUET_PHONE_STATES],
			     float leave[DUET_PHONE_STATES]);

#endif
