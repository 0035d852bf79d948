/* SPDX-License-Identifier: Apache-2.0 */
#include "audio/wander.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

enum { REACH = 16, N_LAGS = 2 * REACH + 1 };

#define ALIKE  0.5  /* normalised correlation of two looks at one room */
#define STANDS 0.04 /* samples; less is the filter's noise */

struct duet_wander {
	size_t n_taps;
	bool has_before;
	spx_int32_t *now;
	float *before, *response;
};

struct duet_wander *duet_wander_new(size_t n_taps)
{
	struct duet_wander *wander = duet_calloc(1, sizeof(*wander));

	if (!wander)
		return NULL;
	wander->n_taps = n_taps;
	/* The filter is made of whole frames. */
	wander->now = duet_calloc(n_taps + 1024, sizeof(*wander->now));
	wander->before = duet_calloc(n_taps, sizeof(*wander->before));
	wander->response = duet_calloc(n_taps, sizeof(*wander->response));
	if (!wander->now || !wander->before || !wander->response) {
		duet_wander_free(wander);
		return NULL;
	}
	return wander;
}

void duet_wander_free(struct duet_wander *wander)
{
	if (!wander)
		return;
	duet_free(wander->now);
	duet_free(wander->before);
	duet_free(wander->response);
	duet_free(wander);
}

void duet_wander_reset(struct duet_wander *wander)
{
	wander->has_before = false;
}

static double energy(const float *response, size_t n_taps)
{
	double sum = 0;

	for (size_t i = 0; i < n_taps; i++)
		sum += (double)response[i] * response[i];
	return sum;
}

static double correlation(const struct duet_wander *wander, int lag)
{
	size_t from = lag < 0 ? (size_t)-lag : 0, to = wander->n_taps - (lag > 0 ? (size_t)lag : 0);
	double sum = 0;

	for (size_t i = from; i < to; i++)
		sum += (double)wander->before[i] * wander->response[(size_t)((long)i + lag)];
	return sum;
}

/* Between lags by a parabola through the highest three. */
static bool find_peak(const struct duet_wander *wander, double *moved)
{
	double scale =
		sqrt(energy(wander->before, wander->n_taps) * energy(wander->response, wander->n_taps));
	double values[N_LAGS], curve;
	int best = 0;

	for (int i = 0; i < N_LAGS; i++) {
		values[i] = correlation(wander, i - REACH);
		best = values[i] > values[best] ? i : best;
	}
	if (scale <= 0 || best == 0 || best == N_LAGS - 1 || values[best] < ALIKE * scale)
		return false;
	curve = values[best - 1] - 2 * values[best] + values[best + 1];
	*moved = best - REACH + (curve < 0 ? (values[best - 1] - values[best + 1]) / (2 * curve) : 0);
	if (fabs(*moved) < STANDS)
		*moved = 0;
	return true;
}

bool duet_wander_look(struct duet_wander *wander, SpeexEchoState *filter, double *moved)
{
	spx_int32_t size = 0;
	float *before = wander->before;
	bool knows;

	speex_echo_ctl(filter, SPEEX_ECHO_GET_IMPULSE_RESPONSE_SIZE, &size);
	if (size < (spx_int32_t)wander->n_taps || size > (spx_int32_t)wander->n_taps + 1024)
		return false;
	speex_echo_ctl(filter, SPEEX_ECHO_GET_IMPULSE_RESPONSE, wander->now);
	for (size_t i = 0; i < wander->n_taps; i++)
		wander->response[i] = (float)wander->now[i];
	knows = wander->has_before && find_peak(wander, moved);
	wander->before = wander->response;
	wander->response = before;
	wander->has_before = true;
	return knows;
}
