/* SPDX-License-Identifier: Apache-2.0 */
#include "posteriors.h"

#include <math.h>
#include <string.h>

#include "bigrams.h"

enum { STATES = DUET_PHONE_STATES };

static const double acoustic_scale = 0.3, bigram_scale = 1.5;
static const double unlikely = 1e-4;  /* a share that is none */
static const double hopeless = 1e-30; /* what is left of a path then, so that there is always one */

void duet_posteriors_init(struct duet_posteriors *self, const struct duet_sounds *sounds)
{
	self->sounds = sounds;
	for (int i = 0; i < sounds->n_phones; i++) {
		for (int j = 0; j < sounds->n_phones; j++)
			self->next[i][j] =
				(float)exp(bigram_scale * duet_bigram(duet_phones_name(sounds->phones, i),
								      duet_phones_name(sounds->phones, j)));
		for (int k = 0; k < STATES; k++) {
			self->stay[i][k] = (float)exp(acoustic_scale * (double)sounds->stay[i][k]);
			self->onward[i][k] = (float)exp(acoustic_scale * (double)sounds->leave[i][k]);
		}
	}
}

static double most(float here[DUET_MODEL_PHONES][STATES], int n_phones)
{
	float best = here[0][0];

	for (int i = 0; i < n_phones; i++)
		for (int k = 0; k < STATES; k++)
			best = fmaxf(best, here[i][k]);
	return (double)best;
}

static double chance(float here, double best)
{
	return exp(acoustic_scale * ((double)here - best));
}

/* How the frames' phones are entered after these shares; of a phone that any may follow at first. */
static void enter(struct duet_posteriors *self, int n_phones, float forward[DUET_MODEL_PHONES][STATES],
		  double entered[DUET_MODEL_PHONES])
{
	for (int j = 0; j < n_phones; j++)
		entered[j] = 0;
	for (int i = 0; i < n_phones; i++) {
		double left = (double)forward[i][STATES - 1] * (double)self->onward[i][STATES - 1];

		for (int j = 0; j < n_phones; j++)
			entered[j] += left * (double)self->next[i][j];
	}
}

static void go_forward(struct duet_posteriors *self, int n_phones, int first_phone, int n_frames)
{
	double paths[DUET_MODEL_PHONES][STATES] = {{0}}, entered[DUET_MODEL_PHONES];

	for (int i = 0; i < n_phones; i++)
		entered[i] = 1.0 / n_phones;
	for (int t = 0; t < n_frames; t++) {
		double best = most(self->here[t], n_phones), sum = 0;

		self->enter[t] = entered[first_phone];
		for (int i = 0; i < n_phones; i++)
			for (int k = STATES - 1; k >= 0; k--) {
				double comes =
					k > 0 ? paths[i][k - 1] * (double)self->onward[i][k - 1] : entered[i];

				paths[i][k] = (paths[i][k] * (double)self->stay[i][k] + comes) *
					      chance(self->here[t][i][k], best);
				sum += paths[i][k];
			}
		self->scale[t] = 1 / sum;
		for (int i = 0; i < n_phones; i++)
			for (int k = 0; k < STATES; k++) {
				paths[i][k] = fmax(paths[i][k] * self->scale[t], hopeless);
				self->forward[t][i][k] = (float)paths[i][k];
			}
		enter(self, n_phones, self->forward[t], entered);
	}
}

/* The shares of a frame's phones among all paths. */
static void share(struct duet_posteriors *self, int n_phones, int t, double behind[DUET_MODEL_PHONES][STATES])
{
	double sum = 0, shares[DUET_MODEL_PHONES] = {0};

	for (int i = 0; i < n_phones; i++) {
		for (int k = 0; k < STATES; k++)
			shares[i] += (double)self->forward[t][i][k] * behind[i][k];
		sum += shares[i];
	}
	for (int i = 0; i < n_phones; i++)
		self->phones[t][i] = (float)(shares[i] / sum);
}

/* What the frames from `t` + 1 on are worth to each state of frame `t`. */
static void step_back(struct duet_posteriors *self, int n_phones, int last_phone, int t,
		      double behind[DUET_MODEL_PHONES][STATES])
{
	double here[DUET_MODEL_PHONES][STATES], best = most(self->here[t + 1], n_phones);

	for (int i = 0; i < n_phones; i++)
		for (int k = 0; k < STATES; k++)
			here[i][k] =
				chance(self->here[t + 1][i][k], best) * behind[i][k] * self->scale[t + 1];
	for (int i = 0; i < n_phones; i++) {
		double leaves = 0;

		for (int j = 0; j < n_phones; j++)
			leaves += (double)self->next[i][j] * here[j][0];
		if (i == last_phone)
			self->leave[t] = leaves;
		for (int k = 0; k < STATES; k++)
			behind[i][k] =
				(double)self->stay[i][k] * here[i][k] +
				(double)self->onward[i][k] * (k < STATES - 1 ? here[i][k + 1] : leaves);
	}
}

void duet_posteriors_find(struct duet_posteriors *self, const struct duet_way *way, int n_frames)
{
	double behind[DUET_MODEL_PHONES][STATES];
	int n_phones = self->sounds->n_phones, last_phone = way->phones[way->n_phones - 1];

	self->n_frames = n_frames;
	go_forward(self, n_phones, way->phones[0], n_frames);
	for (int i = 0; i < n_phones; i++)
		for (int k = 0; k < STATES; k++)
			behind[i][k] = 1;
	self->leave[n_frames - 1] = 1;
	share(self, n_phones, n_frames - 1, behind);
	for (int t = n_frames - 2; t >= 0; t--) {
		step_back(self, n_phones, last_phone, t, behind);
		share(self, n_phones, t, behind);
	}
}

/* The odds, a natural logarithm, of the paths through the way as a whole beside those through any phones. */
static double branch(struct duet_posteriors *self, const struct duet_way *way,
		     float (*states)[DUET_WAY_STATES])
{
	double paths[DUET_WAY_STATES] = {0}, sum = 0;
	int end = way->n_states - 1;

	for (int t = 0; t < self->n_frames; t++) {
		double best = most(self->here[t], self->sounds->n_phones);

		for (int i = end; i >= 0; i--) {
			double comes = i > 0 ? paths[i - 1] * exp(acoustic_scale * (double)way->leave[i - 1])
					     : self->enter[t];

			paths[i] = (paths[i] * exp(acoustic_scale * (double)way->stay[i]) + comes) *
				   chance(states[t][i], best) * self->scale[t];
		}
		sum += paths[end] * exp(acoustic_scale * (double)way->leave[end]) * self->leave[t];
	}
	return fmin(fmax(log(sum + 1e-60), -60), 30);
}

void duet_posteriors_judge(struct duet_posteriors *self, const struct duet_way *way,
			   float (*states)[DUET_WAY_STATES], int first, const int *lengths,
			   float evidence[DUET_POSTERIOR_EVIDENCE])
{
	double logs = 0, least = 0, second = 0, shares = 0, peaks = 0, least_peak = 0;
	int t = first, n = way->n_phones;
	double odds = branch(self, way, states);

	for (int k = 0; k < n; k++) {
		double sum = 0, peak = unlikely;

		for (int i = 0; i < lengths[k]; i++, t++) {
			double own = (double)self->phones[t][way->phones[k]];

			shares += own;
			sum += log(own + unlikely);
			peak = fmax(peak, own);
		}
		sum = lengths[k] > 0 ? sum / lengths[k] : log(unlikely);
		logs += sum;
		second = fmin(second, fmax(sum, least));
		least = fmin(least, sum);
		peaks += log(peak);
		least_peak = fmin(least_peak, log(peak));
	}
	evidence[0] = (float)(logs / n);
	evidence[1] = (float)least;
	evidence[2] = (float)second;
	evidence[3] = (float)(shares / (t > first ? t - first : 1));
	evidence[4] = (float)odds;
	evidence[5] = (float)(odds / n);
	evidence[6] = (float)(peaks / n);
	evidence[7] = (float)least_peak;
}
