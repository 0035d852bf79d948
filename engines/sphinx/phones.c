/* SPDX-License-Identifier: Apache-2.0 */
#include "phones.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "base/alloc.h"
#include "model_file.h"
#include "parameters.h"

/* Formats: pocketsphinx/src/libpocketsphinx/{bin_mdef,tmat}.c of release 5prealpha. */

enum { N_PLACES = 4, TREE_LEVELS = 4 };
enum { N_CIPHONE, N_PHONE, N_EMIT_STATE, N_CI_SEN, N_SEN, N_TMAT, N_SSEQ, N_CTX, N_CD_TREE, SIL, N_COUNTS };

struct node {
	int16_t context, n_down;
	int32_t down; /* the first node below, or with none below a phone */
};

struct phone {
	int32_t states, transitions;
	uint8_t context[4]; /* of a phone by itself: is it filler? Of others: place, phone, left, right */
};

struct duet_phones {
	int32_t counts[N_COUNTS];
	const char *names[DUET_MODEL_PHONES];
	const struct node *tree;
	const struct phone *phones;
	const uint16_t *sequences;       /* DUET_PHONE_STATES states each */
	struct duet_parameters matrices; /* of DUET_PHONE_STATES × (DUET_PHONE_STATES + 1) */
	uint8_t *phone_of_state;
};

static const char *take(struct duet_slice *bytes, size_t n)
{
	const char *at = bytes->ptr;

	if (bytes->len < n)
		return NULL;
	bytes->ptr += n;
	bytes->len -= n;
	return at;
}

static bool take_number(struct duet_slice *bytes, int32_t *number)
{
	const char *at = take(bytes, sizeof(*number));

	if (at)
		memcpy(number, at, sizeof(*number));
	return at != NULL;
}

/* As many numbers as this can be held in memory that is addressed with an int. */
static bool plausible(const int32_t counts[N_COUNTS])
{
	for (int i = 0; i < N_COUNTS; i++)
		if (counts[i] < 0 || counts[i] > INT32_MAX / 16)
			return false;
	return counts[N_CIPHONE] > 0 && counts[N_CIPHONE] <= DUET_MODEL_PHONES &&
	       counts[N_EMIT_STATE] == DUET_PHONE_STATES && counts[N_SEN] > 0 &&
	       counts[N_SEN] <= UINT16_MAX && counts[N_PHONE] >= counts[N_CIPHONE] &&
	       counts[SIL] < counts[N_CIPHONE] && counts[N_TMAT] > 0 && counts[N_CD_TREE] >= N_PLACES;
}

static bool read_header(struct duet_phones *self, struct duet_slice *bytes)
{
	int32_t magic, version, text;

	if (!take_number(bytes, &magic) || memcmp(&magic, "BMDF", 4) != 0 || !take_number(bytes, &version) ||
	    !take_number(bytes, &text) || text < 0 || !take(bytes, (size_t)text))
		return false;
	for (int i = 0; i < N_COUNTS; i++)
		if (!take_number(bytes, &self->counts[i]))
			return false;
	return plausible(self->counts);
}

static bool read_names(struct duet_phones *self, struct duet_slice *bytes)
{
	size_t n_bytes = 0;

	for (int i = 0; i < self->counts[N_CIPHONE]; i++) {
		const char *end = memchr(bytes->ptr, '\0', bytes->len);

		if (!end)
			return false;
		self->names[i] = bytes->ptr;
		n_bytes += (size_t)(end - bytes->ptr) + 1;
		take(bytes, (size_t)(end - bytes->ptr) + 1);
	}
	return take(bytes, (4 - n_bytes % 4) % 4) != NULL;
}

/* Does a row of nodes lie within the tree, and below its parent, so that no way down is endless? */
static bool tree_is_sound(const struct duet_phones *self)
{
	for (int i = 0; i < self->counts[N_CD_TREE]; i++) {
		const struct node *node = &self->tree[i];
		int64_t end = (int64_t)node->down + node->n_down;

		if (node->n_down < 0 ||
		    (node->n_down > 0 && (node->down <= i || end > self->counts[N_CD_TREE])))
			return false;
		if (node->n_down == 0 && node->down >= self->counts[N_PHONE])
			return false;
	}
	return true;
}

static bool phones_are_sound(const struct duet_phones *self)
{
	size_t n_states = (size_t)self->counts[N_SSEQ] * DUET_PHONE_STATES;

	for (int i = 0; i < self->counts[N_PHONE]; i++) {
		const struct phone *one = &self->phones[i];

		if (one->states < 0 || one->states >= self->counts[N_SSEQ] || one->transitions < 0 ||
		    one->transitions >= self->counts[N_TMAT])
			return false;
		if (i >= self->counts[N_CIPHONE] && one->context[1] >= self->counts[N_CIPHONE])
			return false;
	}
	for (size_t i = 0; i < n_states; i++)
		if (self->sequences[i] >= self->counts[N_SEN])
			return false;
	return true;
}

static bool read_tables(struct duet_phones *self, struct duet_slice bytes)
{
	size_t n_sequences = (size_t)self->counts[N_SSEQ] * DUET_PHONE_STATES;
	int32_t n;

	/* Tables of a mapped file lie on words; what does not was not written by the library. */
	if (((uintptr_t)bytes.ptr) % sizeof(int32_t) != 0)
		return false;
	self->tree = (const void *)take(&bytes, (size_t)self->counts[N_CD_TREE] * sizeof(*self->tree));
	self->phones =
		self->tree ? (const void *)take(&bytes, (size_t)self->counts[N_PHONE] * sizeof(*self->phones))
			   : NULL;
	if (!self->phones || !take_number(&bytes, &n) || n != (int32_t)n_sequences)
		return false;
	self->sequences = (const void *)take(&bytes, n_sequences * sizeof(*self->sequences));
	return self->sequences && tree_is_sound(self) && phones_are_sound(self);
}

static bool read_definition(struct duet_phones *self, struct duet_slice bytes)
{
	return read_header(self, &bytes) && read_names(self, &bytes) && read_tables(self, bytes);
}

static bool read_transitions(struct duet_phones *self, struct duet_slice bytes)
{
	struct duet_parameters *found = &self->matrices;

	return duet_parameters_read(found, bytes, 3) && found->counts[0] == self->counts[N_TMAT] &&
	       found->counts[1] == DUET_PHONE_STATES && found->counts[2] == DUET_PHONE_STATES + 1 &&
	       found->n_values == (size_t)found->counts[0] * DUET_PHONE_STATES * (DUET_PHONE_STATES + 1);
}

static int note_states(struct duet_phones *self)
{
	self->phone_of_state = duet_calloc((size_t)self->counts[N_SEN], sizeof(*self->phone_of_state));
	if (!self->phone_of_state)
		return -ENOMEM;
	for (int i = 0; i < self->counts[N_PHONE]; i++) {
		const struct phone *one = &self->phones[i];
		int phone = i < self->counts[N_CIPHONE] ? i : one->context[1];

		for (int k = 0; k < DUET_PHONE_STATES; k++)
			self->phone_of_state[self->sequences[one->states * DUET_PHONE_STATES + k]] =
				(uint8_t)phone;
	}
	return 0;
}

int duet_phones_read(struct duet_phones **phones, struct duet_slice mdef, struct duet_slice transitions,
		     struct duet_error *error)
{
	struct duet_phones *self = duet_calloc(1, sizeof(*self));
	int result = 0;

	*phones = NULL;
	if (!self)
		return duet_error_set(error, -ENOMEM, "out of memory");
	if (!read_definition(self, mdef))
		result =
			duet_error_set(error, -EINVAL, "no whole model definition with three states a phone");
	else if (!read_transitions(self, transitions))
		result = duet_error_set(error, -EINVAL, "no whole transition matrices of this model");
	else if (note_states(self) < 0)
		result = duet_error_set(error, -ENOMEM, "out of memory");
	if (result < 0)
		duet_phones_free(self);
	else
		*phones = self;
	return result;
}

void duet_phones_free(struct duet_phones *phones)
{
	if (phones)
		duet_free(phones->phone_of_state);
	duet_free(phones);
}

int duet_phones_count(const struct duet_phones *phones)
{
	return phones->counts[N_CIPHONE];
}

int duet_phones_n_states(const struct duet_phones *phones)
{
	return phones->counts[N_SEN];
}

int duet_phones_silence(const struct duet_phones *phones)
{
	return phones->counts[SIL];
}

const char *duet_phones_name(const struct duet_phones *phones, int phone)
{
	return phones->names[phone];
}

bool duet_phones_is_filler(const struct duet_phones *phones, int phone)
{
	return phones->phones[phone].context[0] != 0;
}

int duet_phones_find(const struct duet_phones *phones, const char *name, size_t length)
{
	for (int i = 0; i < phones->counts[N_CIPHONE]; i++)
		if (strlen(phones->names[i]) == length && memcmp(phones->names[i], name, length) == 0)
			return i;
	return -1;
}

/* A phone in context, or -1. */
static int find_in_context(const struct duet_phones *phones, const int context[TREE_LEVELS])
{
	const struct node *row = phones->tree;
	int n = N_PLACES;

	for (int level = 0; level < TREE_LEVELS; level++) {
		int i = 0;

		while (i < n && row[i].context != context[level])
			i++;
		if (i == n)
			return -1;
		if (row[i].n_down == 0)
			return row[i].down;
		n = row[i].n_down;
		row = phones->tree + row[i].down;
	}
	return -1;
}

static int neighbour(const struct duet_phones *phones, int phone)
{
	return duet_phones_is_filler(phones, phone) ? phones->counts[SIL] : phone;
}

void duet_phones_states(const struct duet_phones *phones, enum duet_phone_place place, int left, int phone,
			int right, int states[DUET_PHONE_STATES])
{
	int found = -1;

	/* What the model lacks at this place it may have inside of words. */
	for (int i = 0; i < N_PLACES && found < 0 && left >= 0; i++)
		found = find_in_context(phones,
					(const int[]){((int)place + i) % N_PLACES, phone,
						      neighbour(phones, left), neighbour(phones, right)});
	if (found < 0)
		found = phone;
	for (int i = 0; i < DUET_PHONE_STATES; i++)
		states[i] = phones->sequences[phones->phones[found].states * DUET_PHONE_STATES + i];
}

int duet_phones_of_state(const struct duet_phones *phones, int state)
{
	return phones->phone_of_state[state];
}

void duet_phones_transitions(const struct duet_phones *phones, int phone, float stay[DUET_PHONE_STATES],
			     float leave[DUET_PHONE_STATES])
{
	enum { WIDTH = DUET_PHONE_STATES + 1 };
	size_t first = (size_t)phones->phones[phone].transitions * DUET_PHONE_STATES * WIDTH;

	for (int i = 0; i < DUET_PHONE_STATES; i++) {
		float sum = 0, stays;

		for (int k = 0; k < WIDTH; k++)
			sum += fmaxf(
				duet_parameters_value(&phones->matrices, first + (size_t)(i * WIDTH + k)), 0);
		stays = duet_parameters_value(&phones->matrices, first + (size_t)(i * WIDTH + i)) / sum;
		stays = stays > 0.001F && stays < 0.999F ? stays : 0.5F; /* what is no number is neither */
		stay[i] = logf(stays);
		leave[i] = logf(1 - stays);
	}
}
