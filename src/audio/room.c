/* SPDX-License-Identifier: Apache-2.0 */
#include "audio/room.h"

#include <math.h>
#include <speex/speex_resampler.h>
#include <stdbool.h>
#include <string.h>

#include "audio/fourier.h"
#include "base/alloc.h"

/* Convolution in blocks of a uniformly partitioned response, overlap-save. */
enum {
	RATE_HZ = DUET_FRAME_RATE_HZ,
	FRAME = DUET_FRAME_SAMPLES,
	BLOCK = DUET_ROOM_LEAST_DELAY,
	BINS = 2 * BLOCK,
	MAX_PARTS = RATE_HZ / BLOCK + 1,
	QUEUE = 1 << 15, /* samples between the convolution and the microphone */
	GAP_MS = 3,      /* until the first wall */
	QUALITY = 8,
	CLOCK = 10000000,
};

struct duet_room {
	struct duet_room_setup setup;
	struct duet_fourier *fourier;
	SpeexResamplerState *clock; /* NULL: both sides have the same one */
	int n_parts;
	struct duet_complex response[MAX_PARTS][BINS], sounds[MAX_PARTS][BINS];
	int newest; /* of `sounds` */
	float block[BINS];
	int n_block; /* samples of its second half that are filled */
	float queue[QUEUE];
	uint64_t n_queued, n_heard;
	uint64_t random;
};

static float uniform(struct duet_room *room)
{
	room->random = room->random * 6364136223846793005U + 1442695040888963407U;
	return (float)(int32_t)(room->random >> 32) / 2147483648.0F;
}

static double energy(const float *samples, int n)
{
	double sum = 0;

	for (int i = 0; i < n; i++)
		sum += (double)samples[i] * samples[i];
	return sum;
}

/* The direct sound and the walls, altogether of energy 1. */
static void make_response(struct duet_room *room, float *response, int n)
{
	int gap = RATE_HZ * GAP_MS / 1000;
	double direct = pow(10, room->setup.direct_db / 10), scale;

	for (int i = gap; i < n; i++)
		response[i] = uniform(room) * (float)pow(10, -3.0 * i / (room->setup.rt60_s * RATE_HZ));
	scale = 1 / sqrt(energy(response, n) * (1 + direct));
	for (int i = gap; i < n; i++)
		response[i] *= (float)scale;
	response[0] = (float)sqrt(direct / (1 + direct));
}

static bool take_response(struct duet_room *room)
{
	int n = room->n_parts * BLOCK;
	float *response = duet_calloc((size_t)n, sizeof(*response));

	if (!response)
		return false;
	make_response(room, response, n);
	for (int part = 0; part < room->n_parts; part++) {
		for (int i = 0; i < BLOCK; i++)
			room->response[part][i].re = response[part * BLOCK + i];
		duet_fourier(room->fourier, room->response[part]);
	}
	duet_free(response);
	return true;
}

static bool open_clock(struct duet_room *room)
{
	spx_uint32_t played = (spx_uint32_t)lrint(CLOCK * (1 + room->setup.drift_ppm * 1e-6));

	if (played == CLOCK)
		return true;
	room->clock = speex_resampler_init_frac(1, played, CLOCK, RATE_HZ, RATE_HZ, QUALITY, NULL);
	return room->clock != NULL;
}

struct duet_room *duet_room_new(const struct duet_room_setup *setup)
{
	struct duet_room *room = duet_calloc(1, sizeof(*room));

	if (!room)
		return NULL;
	room->setup = *setup;
	room->random = setup->seed * 2 + 1;
	room->n_parts = (int)(fmin(fmax(setup->rt60_s, 0.02), 1) * RATE_HZ / BLOCK) + 1;
	room->n_queued = (uint64_t)(setup->delay_samples > BLOCK ? setup->delay_samples : BLOCK);
	room->fourier = duet_fourier_new(BINS);
	if (!room->fourier || !take_response(room) || !open_clock(room)) {
		duet_room_free(room);
		return NULL;
	}
	return room;
}

void duet_room_free(struct duet_room *room)
{
	if (!room)
		return;
	if (room->clock)
		speex_resampler_destroy(room->clock);
	duet_fourier_free(room->fourier);
	duet_free(room);
}

static void put(struct duet_room *room, const float *samples, size_t n)
{
	for (size_t i = 0; i < n; i++)
		room->queue[room->n_queued++ % QUEUE] = samples[i];
}

static void queue(struct duet_room *room, const float samples[BLOCK])
{
	spx_uint32_t n_in = BLOCK, n_out = BLOCK + 16;
	float resampled[BLOCK + 16];

	if (!room->clock) {
		put(room, samples, BLOCK);
		return;
	}
	speex_resampler_process_float(room->clock, 0, samples, &n_in, resampled, &n_out);
	put(room, resampled, n_out);
}

static void convolve(struct duet_room *room)
{
	struct duet_complex sum[BINS] = {{0, 0}};
	float samples[BLOCK];

	room->newest = (room->newest + 1) % room->n_parts;
	for (int i = 0; i < BINS; i++)
		room->sounds[room->newest][i] = (struct duet_complex){room->block[i], 0};
	duet_fourier(room->fourier, room->sounds[room->newest]);
	for (int part = 0; part < room->n_parts; part++) {
		const struct duet_complex *sound =
			room->sounds[(room->newest - part + room->n_parts) % room->n_parts];

		for (int i = 0; i < BINS; i++) {
			struct duet_complex one = duet_complex_times(sound[i], room->response[part][i]);

			sum[i].re += one.re;
			sum[i].im -= one.im; /* conjugated, for the way back */
		}
	}
	duet_fourier(room->fourier, sum);
	for (int i = 0; i < BLOCK; i++)
		samples[i] = sum[BLOCK + i].re / BINS;
	queue(room, samples);
	memmove(room->block, room->block + BLOCK, BLOCK * sizeof(room->block[0]));
	room->n_block = 0;
}

void duet_room_step(struct duet_room *room, const int16_t played[FRAME], float heard[FRAME])
{
	for (int i = 0; i < FRAME; i++) {
		room->block[BLOCK + room->n_block++] = played[i];
		if (room->n_block == BLOCK)
			convolve(room);
	}
	for (int i = 0; i < FRAME; i++)
		heard[i] = room->n_heard < room->n_queued ? room->queue[room->n_heard++ % QUEUE] : 0;
}
