/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

enum {
	SLACK = 12,       /* how far the ends may move */
	SHORT_FRAMES = 3, /* a phone that hardly sounds */
	LEAST_RISE = 4,   /* dB; what lies beyond is no better or worse */
	MOST_RISE = 12,
};

static const float acoustic_scale = 0.3F; /* of the streams' sum, so that the phones' odds are not absurd */

/* The second pass over one window with one model. */
struct duet_examiner {
	const struct duet_sounds *sounds;
	struct duet_loop loop;
	struct duet_nearest nearest;
	struct duet_posteriors posteriors;
	int n_frames;                                        /* of the window */
	float phones[DUET_WINDOW_FRAMES][DUET_MODEL_PHONES]; /* each phone's most likely state */
	float states[DUET_WINDOW_FRAMES][DUET_WAY_STATES];   /* of the way */
	bool comes[DUET_WINDOW_FRAMES][DUET_WAY_STATES];     /* from the state before, not from itself */
	double leaves[DUET_WINDOW_FRAMES];                   /* the loop's best path up to there */
	int loop_phones[DUET_WINDOW_FRAMES];                 /* in which it is */
};

/* How one phone of the phrase fared. */
struct fate {
	int n_frames;
	float behind; /* mean of how far its states lie behind the likeliest of all phones; 0 or less */
	float odds;   /* mean logarithm of its share among all phones */
	float lead;   /* mean nepers a frame before the likeliest of the others over the whole of it */
};

/* What one model says. */
struct finding {
	int first, last; /* frames of the window; last negative: nothing */
	double score;    /* nepers beside the loop's path */
	float agreement; /* share of frames in which the loop is in the same phone */
	struct fate fates[DUET_WAY_PHONES];
	float posteriors[DUET_POSTERIOR_EVIDENCE];
};

int duet_examiner_new(struct duet_examiner **examiner, const struct duet_sounds *sounds,
		      struct duet_error *error)
{
	*examiner = duet_calloc(1, sizeof(**examiner));
	if (!*examiner)
		return duet_error_set(error, -ENOMEM, "out of memory");
	(*examiner)->sounds = sounds;
	duet_posteriors_init(&(*examiner)->posteriors, sounds);
	return 0;
}

void duet_examiner_free(struct duet_examiner *examiner)
{
	duet_free(examiner);
}

static void note_phones(struct duet_examiner *self, int t)
{
	for (int i = 0; i < self->sounds->n_phones; i++) {
		const float *here = self->loop.here[i];

		self->phones[t][i] = fmaxf(fmaxf(here[0], here[1]), here[2]);
		memcpy(self->posteriors.here[t][i], here, sizeof(self->posteriors.here[t][i]));
	}
}

/* All that the model thinks of the window's frames. */
static void listen(struct duet_examiner *self, const struct duet_history *history, int64_t begin,
		   const struct duet_way *way, const struct duet_mixtures *model,
		   const float mean[DUET_CEPSTRA])
{
	double sum = 0;

	duet_loop_reset(&self->loop);
	for (int t = 0; t < self->n_frames; t++) {
		float features[DUET_FEATURES];

		duet_history_features(history, begin + t, mean, features);
		duet_mixtures_look(model, features, &self->nearest);
		duet_loop_step(&self->loop, self->sounds, model, &self->nearest);
		sum += (double)self->loop.step;
		self->leaves[t] = sum + (double)self->loop.leave;
		self->loop_phones[t] = self->loop.phone;
		note_phones(self, t);
		for (int i = 0; i < way->n_states; i++)
			self->states[t][i] = duet_mixtures_state(model, &self->nearest, way->states[i]);
	}
}

/* A path through the phrase: what it is worth so far, and where it began. */
struct path {
	double score;
	int first;
};

static void advance(struct duet_examiner *self, const struct duet_way *way, int t, bool may_begin,
		    struct path paths[DUET_WAY_STATES])
{
	for (int i = way->n_states - 1; i >= 0; i--) {
		struct path stays = paths[i], comes = {(double)DUET_NEVER, t};

		stays.score += (double)way->stay[i];
		if (i > 0)
			comes = (struct path){paths[i - 1].score + (double)way->leave[i - 1],
					      paths[i - 1].first};
		else if (may_begin)
			comes.score = t > 0 ? self->leaves[t - 1] : 0;
		self->comes[t][i] = comes.score > stays.score;
		paths[i] = self->comes[t][i] ? comes : stays;
		paths[i].score += (double)self->states[t][i];
	}
}

/* The best place of the phrase: nearest to the loop's path, a frame. */
static void place(struct duet_examiner *self, const struct duet_way *way, int first, int last,
		  struct finding *finding)
{
	struct path paths[DUET_WAY_STATES] = {0};
	double best = (double)DUET_NEVER;
	int end = way->n_states - 1;

	*finding = (struct finding){.last = -1};
	for (int i = 0; i < way->n_states; i++)
		paths[i] = (struct path){(double)DUET_NEVER, 0};
	for (int t = 0; t < self->n_frames; t++) {
		double score;

		advance(self, way, t, abs(t - first) <= SLACK, paths);
		if (abs(t - last) > SLACK || paths[end].score < (double)DUET_NEVER / 2)
			continue;
		score = paths[end].score + (double)way->leave[end] - self->leaves[t];
		if (score / (t - paths[end].first + 1) <= best)
			continue;
		best = score / (t - paths[end].first + 1);
		*finding = (struct finding){.first = paths[end].first, .last = t, .score = score};
	}
}

/* How a frame speaks for the phone whose state it is taken for. */
static void judge_frame(const struct duet_examiner *self, int t, int phone, float state, struct fate *fate)
{
	const float *phones = self->phones[t];
	float most = DUET_NEVER, own = fmaxf(phones[phone], state), sum = 0; /* the likeliest adds 1 */

	for (int i = 0; i < self->sounds->n_phones; i++)
		most = fmaxf(most, phones[i]);
	for (int i = 0; i < self->sounds->n_phones; i++)
		sum += expf((phones[i] - most) * acoustic_scale);
	fate->lead += own;
	fate->behind += state - most;
	fate->odds += acoustic_scale * (own - most) - logf(fmaxf(sum, 1));
	fate->n_frames++;
}

/* The likeliest other phone over the frames from `first` on. */
static float rival(const struct duet_examiner *self, int phone, int first, int n)
{
	float best = DUET_NEVER;

	for (int i = 0; i < self->sounds->n_phones; i++) {
		float sum = 0;

		for (int t = first; t < first + n; t++)
			sum += self->phones[t][i];
		if (i != phone && sum > best)
			best = sum;
	}
	return best;
}

static void judge_phones(const struct duet_examiner *self, const struct duet_way *way,
			 struct finding *finding)
{
	int i = way->n_states - 1, n_agree = 0;

	for (int t = finding->last; t >= finding->first; t--) {
		int k = i / DUET_PHONE_STATES;

		judge_frame(self, t, way->phones[k], self->states[t][i], &finding->fates[k]);
		n_agree += self->loop_phones[t] == way->phones[k];
		i -= self->comes[t][i] && i > 0;
	}
	finding->agreement = (float)n_agree / (float)(finding->last - finding->first + 1);
	for (int k = 0, first = finding->first; k < way->n_phones; k++) {
		struct fate *fate = &finding->fates[k];
		float n = (float)(fate->n_frames > 0 ? fate->n_frames : 1);

		fate->behind /= n;
		fate->odds /= n;
		fate->lead = (fate->lead - rival(self, way->phones[k], first, fate->n_frames)) / n;
		first += fate->n_frames;
	}
}

static void judge_window(struct duet_examiner *self, const struct duet_way *way, struct finding *finding)
{
	int lengths[DUET_WAY_PHONES];

	for (int k = 0; k < way->n_phones; k++)
		lengths[k] = finding->fates[k].n_frames;
	duet_posteriors_find(&self->posteriors, way, self->n_frames);
	duet_posteriors_judge(&self->posteriors, way, self->states, finding->first, lengths,
			      finding->posteriors);
}

const char *const duet_evidence_names[DUET_EVIDENCE] = {"score",
							"score a phone",
							"behind",
							"most behind",
							"second most behind",
							"odds",
							"least odds",
							"second least odds",
							"lead",
							"least lead",
							"agreement",
							"longer",
							"unlike in length",
							"noisy score",
							"noisy score a phone",
							"noisy behind",
							"noisy most behind",
							"noisy second most behind",
							"noisy odds",
							"noisy least odds",
							"noisy second least odds",
							"noisy lead",
							"noisy least lead",
							"noisy agreement",
							"noisy longer",
							"noisy unlike in length",
							"first pass",
							"loudness",
							"phones",
							"log frames a phone",
							"log longest phone",
							"share of short phones",
							"noisy odds of the first phone",
							"noisy odds of the last phone",
							"odds of the first phone",
							"odds of the last phone",
							"bounds apart",
							"same phones",
							"share",
							"least share",
							"second least share",
							"mean share",
							"branch",
							"branch a phone",
							"peak",
							"least peak",
							"noisy share",
							"noisy least share",
							"noisy second least share",
							"noisy mean share",
							"noisy branch",
							"noisy branch a phone",
							"noisy peak",
							"noisy least peak",
							"rise"};

/* The least and second least of a number over the phones. */
struct least {
	float first, second;
};

static void note_least(struct least *least, float value)
{
	if (value < least->first) {
		least->second = least->first;
		least->first = value;
	} else if (value < least->second) {
		least->second = value;
	}
}

/* How much longer than usual the phones are, and how far from it: means of logarithms. */
static void judge_lengths(const struct finding *finding, const struct duet_way *way, float lengths[2])
{
	lengths[0] = lengths[1] = 0;
	for (int k = 0; k < way->n_phones; k++) {
		float longer = logf(fmaxf((float)finding->fates[k].n_frames, 1)) - way->lengths[k];

		lengths[0] += longer / (float)way->n_phones;
		lengths[1] += fabsf(longer) / (float)way->n_phones;
	}
}

static int larger(int a, int b)
{
	return a > b ? a : b;
}

static int smaller(int a, int b)
{
	return a < b ? a : b;
}

/* How many frames the bounds of the phones are apart, a logarithm; the share of the frames in which both
 * models have the same phone. What was not said lies where each model makes the best of it. */
static void compare(const struct finding *one, const struct finding *other, int n_phones, float places[2])
{
	int a = one->first, b = other->first, apart = abs(a - b), n_same = 0;
	int n_frames = larger(one->last, other->last) - smaller(a, b) + 1;

	for (int k = 0; k < n_phones; k++) {
		int begin = larger(a, b);

		a += one->fates[k].n_frames;
		b += other->fates[k].n_frames;
		n_same += larger(smaller(a, b) - begin, 0);
		apart += abs(a - b);
	}
	places[0] = log1pf((float)apart / (float)(n_phones + 1));
	places[1] = (float)n_same / (float)n_frames;
}

static void sum_up(const struct finding *finding, const struct duet_way *way,
		   float evidence[DUET_EVIDENCE_OF_MODEL])
{
	struct least behind = {INFINITY, INFINITY}, odds = behind;
	float behind_sum = 0, odds_sum = 0, lead = 0, least_lead = 0, n = (float)way->n_phones;
	float frames = (float)(finding->last - finding->first + 1);

	for (int k = 0; k < way->n_phones; k++) {
		const struct fate *fate = &finding->fates[k];

		note_least(&behind, fate->behind);
		note_least(&odds, fate->odds);
		behind_sum += fmaxf(fate->behind, -15);
		odds_sum += fate->odds;
		lead += fminf(fmaxf(fate->lead, -10), 10);
		least_lead = k == 0 ? fate->lead : fminf(least_lead, fate->lead);
	}
	evidence[0] = fmaxf((float)finding->score / frames, -8);
	evidence[1] = fmaxf((float)finding->score, -400) / n;
	evidence[2] = fmaxf(behind_sum / n, -10);
	evidence[3] = fmaxf(behind.first, -20);
	evidence[4] = fmaxf(fminf(behind.second, 0), -15);
	evidence[5] = odds_sum / n;
	evidence[6] = odds.first;
	evidence[7] = fminf(odds.second, 0);
	evidence[8] = lead / n;
	evidence[9] = fmaxf(least_lead, -10);
	evidence[10] = finding->agreement;
	judge_lengths(finding, way, evidence + 11);
}

static void sum_up_all(const struct finding findings[DUET_MODELS], const struct duet_candidate *candidate,
		       float loudness, float evidence[DUET_EVIDENCE])
{
	const struct finding *noisy = &findings[DUET_MODELS - 1];
	int n = candidate->way->n_phones, longest = 1, n_short = 0;
	float *rest = evidence + (ptrdiff_t)DUET_MODELS * DUET_EVIDENCE_OF_MODEL;

	for (int m = 0; m < DUET_MODELS; m++)
		sum_up(&findings[m], candidate->way, evidence + (ptrdiff_t)m * DUET_EVIDENCE_OF_MODEL);
	for (int k = 0; k < n; k++) {
		longest = noisy->fates[k].n_frames > longest ? noisy->fates[k].n_frames : longest;
		n_short += noisy->fates[k].n_frames <= SHORT_FRAMES;
	}
	rest[0] = candidate->score;
	rest[1] = fminf(loudness, 60) / 10;
	rest[2] = (float)n;
	rest[3] = logf((float)(noisy->last - noisy->first + 1) / (float)n);
	rest[4] = logf((float)longest);
	rest[5] = (float)n_short / (float)n;
	rest[6] = noisy->fates[0].odds;
	rest[7] = noisy->fates[n - 1].odds;
	rest[8] = findings[0].fates[0].odds;
	rest[9] = findings[0].fates[n - 1].odds;
	compare(&findings[0], noisy, n, rest + 10);
	for (int m = 0; m < DUET_MODELS; m++)
		memcpy(rest + 12 + (ptrdiff_t)m * DUET_POSTERIOR_EVIDENCE, findings[m].posteriors,
		       sizeof(findings[m].posteriors));
}

bool duet_examiner_hear(struct duet_examiner *examiner, const struct duet_history *history,
			struct duet_candidate *candidate, float evidence[DUET_EVIDENCE])
{
	int64_t oldest = duet_history_first(history), begin = candidate->first - DUET_WINDOW_BEFORE,
		end = candidate->last + DUET_WINDOW_BEHIND;
	float mean[DUET_CEPSTRA],
		loudness = duet_history_loudness(history, candidate->first, candidate->last);
	struct finding findings[DUET_MODELS];

	begin = begin < oldest ? oldest : begin;
	end = end >= history->n_frames ? history->n_frames - 1 : end;
	begin = end - begin >= DUET_WINDOW_FRAMES ? end - DUET_WINDOW_FRAMES + 1 : begin;
	examiner->n_frames = (int)(end - begin + 1);
	duet_history_mean(history, candidate->first - 5, candidate->last + 5, mean);
	for (int m = 0; m < DUET_MODELS; m++) {
		const struct duet_mixtures *model = examiner->sounds->models[m];

		listen(examiner, history, begin, candidate->way, model ? model : examiner->sounds->models[0],
		       mean);
		place(examiner, candidate->way, (int)(candidate->first - begin),
		      (int)(candidate->last - begin), &findings[m]);
		if (findings[m].last < 0)
			return false;
		judge_phones(examiner, candidate->way, &findings[m]);
		judge_window(examiner, candidate->way, &findings[m]);
	}
	sum_up_all(findings, candidate, loudness, evidence);
	candidate->first = begin + findings[DUET_MODELS - 1].first;
	candidate->last = begin + findings[DUET_MODELS - 1].last;
	evidence[DUET_EVIDENCE - 1] = fminf(
		fmaxf(duet_history_rise(history, candidate->first, candidate->last), LEAST_RISE), MOST_RISE);
	return true;
}
