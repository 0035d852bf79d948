/* SPDX-License-Identifier: Apache-2.0 */
#include "sounds.h"

#include <errno.h>
#include <string.h>

#include "base/file.h"
#include "lengths.h"

#define PACKAGED_MODEL "/usr/share/pocketsphinx/model/en-us/en-us"
#define NOISY_MODEL    "acoustic/en-US/noisy"

enum { MAX_PATH_BYTES = 4096 };

static const float new_phone = -4; /* natural logarithm of what another phone costs the loop */

static int map(const char *folder, const char *name, struct duet_slice *bytes, struct duet_error *error)
{
	char path[MAX_PATH_BYTES];
	int result;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	result = duet_file_map(path, bytes, error);
	if (result < 0)
		duet_error_hint(error, "install the package pocketsphinx-en-us");
	return result;
}

/* Until it is closed. */
static int hold(struct duet_sounds *sounds, const char *folder, const char *name, struct duet_slice *bytes,
		struct duet_error *error)
{
	int result = map(folder, name, bytes, error);

	if (result == 0)
		sounds->files[sounds->n_files++] = *bytes;
	return result;
}

static int said(const char *folder, int result, struct duet_error *error)
{
	if (result < 0 && result != -ENOMEM) {
		duet_error_at(error, folder, 0, 0);
		duet_error_hint(error, "install the package pocketsphinx-en-us again");
	}
	return result;
}

static int read_phones(struct duet_sounds *sounds, const char *folder, struct duet_error *error)
{
	struct duet_slice definition, transitions;
	int result = hold(sounds, folder, "mdef", &definition, error);

	if (result == 0)
		result = hold(sounds, folder, "transition_matrices", &transitions, error);
	if (result == 0)
		result = said(folder, duet_phones_read(&sounds->phones, definition, transitions, error),
			      error);
	return result;
}

static int read_model(struct duet_sounds *sounds, int number, const char *folder, struct duet_error *error)
{
	struct duet_slice means = {0}, variances = {0}, weights;
	int result = map(folder, "means", &means, error);

	if (result == 0)
		result = map(folder, "variances", &variances, error);
	if (result == 0)
		result = hold(sounds, folder, "sendump", &weights, error);
	if (result == 0)
		result = said(folder,
			      duet_mixtures_read(&sounds->models[number], sounds->phones, means, variances,
						 weights, error),
			      error);
	duet_file_unmap(variances);
	duet_file_unmap(means); /* the mixtures have them in another order */
	return result;
}

static void note_phones(struct duet_sounds *sounds)
{
	sounds->n_phones = duet_phones_count(sounds->phones);
	for (int i = 0; i < sounds->n_phones; i++) {
		duet_phones_states(sounds->phones, DUET_PHONE_INSIDE, -1, i, -1, sounds->states[i]);
		duet_phones_transitions(sounds->phones, i, sounds->stay[i], sounds->leave[i]);
	}
}

int duet_sounds_open(struct duet_sounds *sounds, const char *folder, const char *data_dir,
		     struct duet_error *error)
{
	const char *model = folder ? folder : PACKAGED_MODEL;
	char noisy[MAX_PATH_BYTES];
	int result;

	*sounds = (struct duet_sounds){0};
	result = read_phones(sounds, model, error);
	if (result == 0)
		result = read_model(sounds, 0, model, error);
	if (result == 0)
		note_phones(sounds);
	if (result == 0 && data_dir) {
		snprintf(noisy, sizeof(noisy), "%s/%s", data_dir, NOISY_MODEL);
		result = read_model(sounds, 1, noisy, error);
	}
	if (result < 0)
		duet_sounds_close(sounds);
	return result;
}

void duet_sounds_close(struct duet_sounds *sounds)
{
	for (int i = 0; i < DUET_MODELS; i++)
		duet_mixtures_free(sounds->models[i]);
	duet_phones_free(sounds->phones);
	for (size_t i = 0; i < sounds->n_files; i++)
		duet_file_unmap(sounds->files[i]);
	*sounds = (struct duet_sounds){0};
}

static enum duet_phone_place place_of(int i, int n)
{
	if (n == 1)
		return DUET_PHONE_SINGLE;
	if (i == 0)
		return DUET_PHONE_BEGIN;
	return i == n - 1 ? DUET_PHONE_END : DUET_PHONE_INSIDE;
}

/* The states of all phones, each between its neighbours; silence around. */
static void set_states(struct duet_way *way, const struct duet_sounds *sounds)
{
	int silence = duet_phones_silence(sounds->phones), n = way->n_phones;

	for (int i = 0; i < n; i++) {
		int left = i > 0 ? way->phones[i - 1] : silence,
		    right = i < n - 1 ? way->phones[i + 1] : silence, at = i * DUET_PHONE_STATES;

		duet_phones_states(sounds->phones, place_of(i, n), left, way->phones[i], right,
				   way->states + at);
		duet_phones_transitions(sounds->phones, way->phones[i], way->stay + at, way->leave + at);
		way->lengths[i] = duet_length_usual(duet_phones_name(sounds->phones, way->phones[i]));
	}
	way->n_states = n * DUET_PHONE_STATES;
}

int duet_way_read(struct duet_way *way, const struct duet_sounds *sounds, const char *phones)
{
	*way = (struct duet_way){0};
	while (*(phones += strspn(phones, " "))) {
		size_t length = strcspn(phones, " ");
		int phone = duet_phones_find(sounds->phones, phones, length);

		if (phone < 0 || duet_phones_is_filler(sounds->phones, phone) ||
		    way->n_phones == DUET_WAY_PHONES)
			return -EINVAL;
		way->phones[way->n_phones++] = phone;
		phones += length;
	}
	set_states(way, sounds);
	return way->n_phones > 0 ? 0 : -EINVAL;
}

void duet_loop_reset(struct duet_loop *loop)
{
	loop->began = false;
}

static void begin(struct duet_loop *loop, const struct duet_sounds *sounds)
{
	for (int i = 0; i < sounds->n_phones; i++)
		for (int k = 0; k < DUET_PHONE_STATES; k++)
			loop->scores[i][k] = DUET_NEVER;
	loop->leave = -new_phone;
	loop->began = true;
}

/* Best path to each state with the newest frame; the very best of them. */
static float advance(struct duet_loop *loop, const struct duet_sounds *sounds,
		     const struct duet_mixtures *model, const struct duet_nearest *nearest)
{
	float best = DUET_NEVER;

	for (int i = 0; i < sounds->n_phones; i++) {
		float *scores = loop->scores[i];

		for (int k = DUET_PHONE_STATES - 1; k >= 0; k--) {
			float stays = scores[k] + sounds->stay[i][k];
			float comes =
				k > 0 ? scores[k - 1] + sounds->leave[i][k - 1] : loop->enter + new_phone;

			loop->here[i][k] = duet_mixtures_state(model, nearest, sounds->states[i][k]);
			scores[k] = (comes > stays ? comes : stays) + loop->here[i][k];
			if (scores[k] > best) {
				best = scores[k];
				loop->phone = i;
			}
		}
	}
	return best;
}

void duet_loop_step(struct duet_loop *loop, const struct duet_sounds *sounds,
		    const struct duet_mixtures *model, const struct duet_nearest *nearest)
{
	enum { LAST = DUET_PHONE_STATES - 1 };

	if (!loop->began)
		begin(loop, sounds);
	loop->enter = loop->leave;
	loop->step = advance(loop, sounds, model, nearest);
	loop->leave = DUET_NEVER;
	for (int i = 0; i < sounds->n_phones; i++) {
		for (int k = 0; k < DUET_PHONE_STATES; k++)
			loop->scores[i][k] -= loop->step;
		if (loop->scores[i][LAST] + sounds->leave[i][LAST] > loop->leave)
			loop->leave = loop->scores[i][LAST] + sounds->leave[i][LAST];
	}
}
