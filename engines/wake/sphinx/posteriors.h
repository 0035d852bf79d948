/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SPHINX_POSTERIORS_H
#define SPHINX_POSTERIORS_H

#include "sounds.h"

/*
 * Which phone is said in each frame of a window when all of the window counts, before and behind, and how
 * words are made of phones: forward and backward through all phones in any order, each as likely after the
 * one before it as in the dictionary. A phrase that only resembles what was said finds its phones taken by
 * others here.
 */
enum { DUET_POSTERIORS_FRAMES = 260, DUET_POSTERIOR_EVIDENCE = 8 };

struct duet_posteriors {
	const struct duet_sounds *sounds;
	int n_frames;
	/* What was measured: the natural logarithm of how likely each frame is in each phone's states. */
	float here[DUET_POSTERIORS_FRAMES][DUET_MODEL_PHONES][DUET_PHONE_STATES];
	/* The rest is found. Shares that add up to 1: of the paths up to this frame, … */
	float forward[DUET_POSTERIORS_FRAMES][DUET_MODEL_PHONES][DUET_PHONE_STATES];
	float phones[DUET_POSTERIORS_FRAMES][DUET_MODEL_PHONES]; /* … and of all paths */
	double scale[DUET_POSTERIORS_FRAMES];
	double enter[DUET_POSTERIORS_FRAMES],
		leave[DUET_POSTERIORS_FRAMES]; /* the way's first and last phone */
	/* Of the model, as chances. */
	float next[DUET_MODEL_PHONES][DUET_MODEL_PHONES]; /* from one phone to the next */
	float stay[DUET_MODEL_PHONES][DUET_PHONE_STATES], onward[DUET_MODEL_PHONES][DUET_PHONE_STATES];
};

void duet_posteriors_init(struct duet_posteriors *posteriors, const struct duet_sounds *sounds);

/* After `here` was filled for `n_frames` frames: the phones of the window, for this way. */
void duet_posteriors_find(struct duet_posteriors *posteriors, const struct duet_way *way, int n_frames);

/*
 * What speaks for the way when its phones are `lengths` frames long each from `first` on, and `states` are
 * how likely its own states are in each frame (natural logarithms, as `here`).
 */
void duet_posteriors_judge(struct duet_posteriors *posteriors, const struct duet_way *way,
			   float (*states)[DUET_WAY_STATES], int first, const int *lengths,
			   float evidence[DUET_POSTERIOR_EVIDENCE]);

#endif
