/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SPHINX_SOUNDS_H
#define SPHINX_SOUNDS_H

#include "../../sphinx/mixtures.h"
#include "../../sphinx/phones.h"

/*
 * The acoustic model as wake words need it: the packaged one and that for noisy rooms, which share their
 * phones; a frame against any phones in any order (the free phone loop, what every phrase is held to); a way
 * to say a phrase as the states that it goes through.
 */
enum { DUET_MODELS = 2, DUET_WAY_PHONES = 40, DUET_WAY_STATES = DUET_WAY_PHONES * DUET_PHONE_STATES };

#define DUET_NEVER (-1e30F)

struct duet_sounds {
	struct duet_slice files[DUET_MODELS + 2]; /* that the rest points into */
	size_t n_files;
	struct duet_phones *phones;
	struct duet_mixtures *models[DUET_MODELS]; /* the second NULL: there is only one */
	int n_phones;
	int states[DUET_MODEL_PHONES][DUET_PHONE_STATES]; /* of a phone anywhere */
	float stay[DUET_MODEL_PHONES][DUET_PHONE_STATES], leave[DUET_MODEL_PHONES][DUET_PHONE_STATES];
};

/* `folder` NULL: the packaged model. `data_dir` holds the second one, in acoustic/en-US/noisy; may be NULL.
 */
int duet_sounds_open(struct duet_sounds *sounds, const char *folder, const char *data_dir,
		     struct duet_error *error);
void duet_sounds_close(struct duet_sounds *sounds);

/* One way to say a phrase, each state with the logarithms of staying in it and of leaving it. */
struct duet_way {
	int n_phones, n_states;
	int phones[DUET_WAY_PHONES], states[DUET_WAY_STATES];
	float stay[DUET_WAY_STATES], leave[DUET_WAY_STATES];
	float lengths[DUET_WAY_PHONES]; /* that are usual: natural logarithms of frames */
};

/* "HH EY K AO R T AE N AH": 0, -EINVAL when one is not a phone, or there are too many or none. */
int duet_way_read(struct duet_way *way, const struct duet_sounds *sounds, const char *phones);

/* The free phone loop's best paths to every state, relative to the very best. */
struct duet_loop {
	float scores[DUET_MODEL_PHONES][DUET_PHONE_STATES];
	float here[DUET_MODEL_PHONES][DUET_PHONE_STATES]; /* how likely the newest frame is in each state */
	float enter; /* the best path that ends a phone before this frame */
	float leave; /* … and with it */
	float step;  /* what the best path gained by the newest frame */
	int phone;   /* in which it is */
	bool began;
};

void duet_loop_reset(struct duet_loop *loop);

/* Another frame. */
void duet_loop_step(struct duet_loop *loop, const struct duet_sounds *sounds,
		    const struct duet_mixtures *model, const struct duet_nearest *nearest);

#endif
