/* SPDX-License-Identifier: Apache-2.0 */
#include "decode.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"

static const float new_phone = -8; /* more than in the phone loop: a way to say it has no phones too many */

/* The best phone that ends with a frame. */
struct end {
	float score;
	int phone, first;
};

struct search {
	const struct duet_sounds *sounds;
	float scores[DUET_MODEL_PHONES][DUET_PHONE_STATES];
	int firsts[DUET_MODEL_PHONES][DUET_PHONE_STATES]; /* frame in which the phone began */
	struct duet_nearest nearest;
	struct end ends[DUET_HISTORY_FRAMES];
};

static void advance(struct search *search, int t)
{
	const struct duet_sounds *sounds = search->sounds;
	float enter = t > 0 ? search->ends[t - 1].score + new_phone : 0;
	struct end *end = &search->ends[t];

	*end = (struct end){.score = DUET_NEVER};
	for (int i = 0; i < sounds->n_phones; i++) {
		for (int k = DUET_PHONE_STATES - 1; k >= 0; k--) {
			float stays = search->scores[i][k] + sounds->stay[i][k];
			float comes = k > 0 ? search->scores[i][k - 1] + sounds->leave[i][k - 1] : enter;

			if (comes > stays)
				search->firsts[i][k] = k > 0 ? search->firsts[i][k - 1] : t;
			search->scores[i][k] = (comes > stays ? comes : stays) +
					       duet_mixtures_state(sounds->models[0], &search->nearest,
								   sounds->states[i][k]);
		}
		if (search->scores[i][2] + sounds->leave[i][2] > end->score)
			*end = (struct end){search->scores[i][2] + sounds->leave[i][2], i,
					    search->firsts[i][2]};
	}
}

/* Back from the last frame; the phones come out in their order because each goes in front. */
static int read_back(const struct search *search, int n_frames, char *phones, size_t size)
{
	const struct duet_phones *model = search->sounds->phones;
	int n = 0;

	phones[0] = '\0';
	for (int t = n_frames - 1; t >= 0 && search->ends[t].score > DUET_NEVER / 2;
	     t = search->ends[t].first - 1) {
		const char *name = duet_phones_name(model, search->ends[t].phone);
		size_t length = strlen(phones), more = strlen(name) + (length > 0);

		if (duet_phones_is_filler(model, search->ends[t].phone) ||
		    search->ends[t].phone == duet_phones_silence(model))
			continue;
		if (length + more + 1 > size)
			break;
		memmove(phones + more, phones, length + 1);
		memcpy(phones, name, strlen(name));
		if (length > 0)
			phones[more - 1] = ' ';
		n++;
	}
	return n;
}

int duet_decode_phones(const struct duet_sounds *sounds, const struct duet_history *history, int64_t first,
		       int64_t last, char *phones, size_t size)
{
	struct search *search = duet_calloc(1, sizeof(*search));
	float mean[DUET_CEPSTRA], features[DUET_FEATURES];
	int n;

	if (!search)
		return -ENOMEM;
	search->sounds = sounds;
	for (int i = 0; i < sounds->n_phones; i++)
		for (int k = 0; k < DUET_PHONE_STATES; k++)
			search->scores[i][k] = DUET_NEVER;
	duet_history_mean(history, first, last, mean);
	for (int t = 0; t <= (int)(last - first); t++) {
		duet_history_features(history, first + t, mean, features);
		duet_mixtures_look(sounds->models[0], features, &search->nearest);
		advance(search, t);
	}
	n = read_back(search, (int)(last - first) + 1, phones, size);
	duet_free(search);
	return n;
}
