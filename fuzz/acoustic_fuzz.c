/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "../engines/sphinx/mixtures.h"
#include "../engines/sphinx/phones.h"
#include "fuzz.h"

/* Cuts a file off the front, its length before it; a copy, aligned as a mapped file is. */
static struct duet_slice cut(const uint8_t **bytes, size_t *n_bytes)
{
	uint32_t length = 0;
	char *copy;

	if (*n_bytes >= sizeof(length)) {
		memcpy(&length, *bytes, sizeof(length));
		*bytes += sizeof(length);
		*n_bytes -= sizeof(length);
	}
	length = length > *n_bytes ? (uint32_t)*n_bytes : length;
	copy = malloc((size_t)length + 1);
	FUZZ_ASSERT(copy);
	if (length > 0)
		memcpy(copy, *bytes, length);
	*bytes += length;
	*n_bytes -= length;
	return (struct duet_slice){copy, length};
}

static void ask(const struct duet_phones *phones)
{
	int n = duet_phones_count(phones), n_states = duet_phones_n_states(phones);

	for (int i = 0; i < n; i++) {
		float stay[DUET_PHONE_STATES], leave[DUET_PHONE_STATES];

		FUZZ_ASSERT(duet_phones_find(phones, duet_phones_name(phones, i),
					     strlen(duet_phones_name(phones, i))) >= 0);
		duet_phones_transitions(phones, i, stay, leave);
		for (int place = 0; place < 4; place++) {
			int states[DUET_PHONE_STATES];

			duet_phones_states(phones, (enum duet_phone_place)place, place ? i : -1, i, n - 1 - i,
					   states);
			for (int k = 0; k < DUET_PHONE_STATES; k++) {
				FUZZ_ASSERT(states[k] >= 0 && states[k] < n_states && stay[k] < 0 &&
					    leave[k] < 0);
				FUZZ_ASSERT(duet_phones_of_state(phones, states[k]) < n);
			}
		}
	}
}

static void hear(const struct duet_mixtures *mixtures, const struct duet_phones *phones)
{
	static struct duet_nearest nearest;
	static const float features[DUET_FEATURES] = {1};

	duet_mixtures_look(mixtures, features, &nearest);
	for (int i = 0; i < duet_phones_n_states(phones); i++)
		duet_mixtures_state(mixtures, &nearest, i);
}

/* Any bytes are the files of an acoustic model (each with its length before it: definition, transitions,
 * means, variances, weights) that answers within its bounds, or a mistake that says what is wrong. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes)
{
	struct duet_slice files[5];
	struct duet_error error = {0};
	struct duet_phones *phones;
	struct duet_mixtures *mixtures = NULL;
	int code;

	for (int i = 0; i < 5; i++)
		files[i] = cut(&bytes, &n_bytes);
	code = duet_phones_read(&phones, files[0], files[1], &error);
	FUZZ_ASSERT(code == 0 || (error.code == code && error.what[0] && !phones));
	if (code == 0) {
		ask(phones);
		code = duet_mixtures_read(&mixtures, phones, files[2], files[3], files[4], &error);
		FUZZ_ASSERT(code == 0 || (error.code == code && error.what[0] && !mixtures));
	}
	if (mixtures)
		hear(mixtures, phones);
	duet_mixtures_free(mixtures);
	duet_phones_free(phones);
	for (int i = 0; i < 5; i++)
		free((void *)(uintptr_t)files[i].ptr);
	return 0;
}
