/* SPDX-License-Identifier: Apache-2.0 */
#include "audio/lane.h"

#include <errno.h>
#include <string.h>

enum {
	RESAMPLED = 512, /* samples that are resampled at once */
	TAIL = 2048,     /* room that is kept for what the resampler still holds at an end */
	RESAMPLER_QUALITY = 4,
	CUT_MS = 8,
};

int duet_lane_init(struct duet_lane *lane, const struct duet_mixer_lane_setup *setup, int mixer_rate_hz)
{
	size_t n_buffered = (size_t)setup->buffer_ms * (size_t)mixer_rate_hz / 1000;

	memset(lane, 0, sizeof(*lane));
	lane->mixer_rate_hz = lane->rate_hz = mixer_rate_hz;
	lane->cut = 1;
	duet_fade_init(&lane->gain, 1);
	lane->ring = duet_ring_new(n_buffered + TAIL, sizeof(int16_t));
	return lane->ring ? 0 : -ENOMEM;
}

void duet_lane_done(struct duet_lane *lane)
{
	if (lane->resampler)
		speex_resampler_destroy(lane->resampler);
	duet_ring_free(lane->ring);
}

static int set_rate(struct duet_lane *lane, int rate_hz)
{
	SpeexResamplerState *resampler = NULL;

	if (rate_hz == lane->rate_hz)
		return 0;
	if (rate_hz <= 0)
		return -EINVAL;
	if (rate_hz != lane->mixer_rate_hz) {
		resampler = speex_resampler_init(1, (spx_uint32_t)rate_hz, (spx_uint32_t)lane->mixer_rate_hz,
						 RESAMPLER_QUALITY, NULL);
		if (!resampler)
			return -ENOMEM;
		speex_resampler_skip_zeros(resampler);
	}
	if (lane->resampler)
		speex_resampler_destroy(lane->resampler);
	lane->resampler = resampler;
	lane->rate_hz = rate_hz;
	return 0;
}

static void queue(struct duet_lane *lane, const int16_t *samples, size_t n_samples)
{
	size_t n = duet_ring_write(lane->ring, samples, n_samples);

	atomic_fetch_add(&lane->written, (int64_t)n);
}

/* Samples in; `*n_in` says how many there are and then how many were taken. False when nothing moved. */
static bool resample(struct duet_lane *lane, const int16_t *samples, size_t *n_in, size_t room)
{
	int16_t out[RESAMPLED];
	spx_uint32_t n_taken = (spx_uint32_t)*n_in,
		     n_made = (spx_uint32_t)(room < RESAMPLED ? room : RESAMPLED);

	speex_resampler_process_int(lane->resampler, 0, samples, &n_taken, out, &n_made);
	queue(lane, out, n_made);
	*n_in = n_taken;
	return n_taken > 0 || n_made > 0;
}

static size_t room(const struct duet_lane *lane)
{
	size_t writable = duet_ring_writable(lane->ring);

	return writable > TAIL ? writable - TAIL : 0;
}

static size_t queue_resampled(struct duet_lane *lane, const int16_t *samples, size_t n_samples)
{
	size_t n_done = 0, n_room;

	while (n_done < n_samples && (n_room = room(lane)) > 0) {
		size_t n = n_samples - n_done < RESAMPLED ? n_samples - n_done : RESAMPLED;

		if (!resample(lane, samples + n_done, &n, n_room))
			break;
		n_done += n;
	}
	return n_done;
}

static void raise_to(_Atomic int64_t *position, int64_t to)
{
	int64_t old = atomic_load(position);

	while (old < to && !atomic_compare_exchange_weak(position, &old, to))
		;
}

static uint32_t begin(struct duet_lane *lane)
{
	uint32_t utterance = atomic_load(&lane->n_ended) + 1;

	if (atomic_load(&lane->begun) != utterance) {
		if (atomic_load(&lane->taken) == atomic_load(&lane->written))
			atomic_store(&lane->run_from, atomic_load(&lane->written));
		atomic_store(&lane->begun, utterance);
	}
	return utterance;
}

/*
 * Main may flush while the producer writes. Main shuts the utterance and then
 * looks how much was written; the producer writes and then looks whether it
 * was shut. So one of the two sees what the other did, and nothing that was
 * flushed is ever heard.
 */
size_t duet_lane_write(struct duet_lane *lane, const int16_t *samples, size_t n_samples, int rate_hz)
{
	uint32_t utterance = begin(lane);

	if (atomic_load(&lane->shut) == utterance || set_rate(lane, rate_hz) < 0)
		return n_samples;
	if (lane->resampler) {
		n_samples = queue_resampled(lane, samples, n_samples);
	} else {
		n_samples = n_samples < room(lane) ? n_samples : room(lane);
		queue(lane, samples, n_samples);
	}
	if (atomic_load(&lane->shut) == utterance)
		raise_to(&lane->flush_to, atomic_load(&lane->written));
	return n_samples;
}

static void push_tail(struct duet_lane *lane)
{
	static const int16_t silence[RESAMPLED];
	size_t n_left = (size_t)speex_resampler_get_input_latency(lane->resampler);

	while (n_left > 0) {
		size_t n = n_left < RESAMPLED ? n_left : RESAMPLED;

		if (!resample(lane, silence, &n, duet_ring_writable(lane->ring)))
			break;
		n_left -= n;
	}
	speex_resampler_reset_mem(lane->resampler);
	speex_resampler_skip_zeros(lane->resampler);
}

void duet_lane_end(struct duet_lane *lane)
{
	uint32_t utterance = atomic_load(&lane->n_ended) + 1;

	if (atomic_load(&lane->begun) != utterance)
		return;
	if (lane->resampler)
		push_tail(lane);
	if (atomic_load(&lane->shut) == utterance)
		raise_to(&lane->flush_to, atomic_load(&lane->written));
	atomic_store(&lane->ended_at, atomic_load(&lane->written));
	atomic_store(&lane->n_ended, utterance);
}

void duet_lane_flush(struct duet_lane *lane)
{
	uint32_t utterance = atomic_load(&lane->begun);

	if (utterance > atomic_load(&lane->n_ended))
		atomic_store(&lane->shut, utterance);
	raise_to(&lane->flush_to, atomic_load(&lane->written));
}

size_t duet_lane_queued(const struct duet_lane *lane)
{
	int64_t taken = atomic_load(&lane->taken);

	return (size_t)(atomic_load(&lane->written) - taken);
}

bool duet_lane_drained(const struct duet_lane *lane)
{
	uint32_t n_ended = atomic_load(&lane->n_ended);

	return atomic_load(&lane->begun) == n_ended &&
	       atomic_load(&lane->taken) >= atomic_load(&lane->ended_at);
}

int64_t duet_lane_played(const struct duet_lane *lane)
{
	int64_t played = atomic_load(&lane->taken) - atomic_load(&lane->run_from);

	return played > 0 ? played : 0;
}

static int64_t cut_is_over(struct duet_lane *lane)
{
	lane->cut = 1;
	lane->cut_step = 0;
	return 0;
}

static void forget(struct duet_lane *lane, int64_t n)
{
	int16_t unheard[DUET_LANE_BLOCK];

	while (n > 0) {
		size_t n_read = duet_ring_read(lane->ring, unheard,
					       n < DUET_LANE_BLOCK ? (size_t)n : DUET_LANE_BLOCK);

		if (n_read == 0)
			break;
		n -= (int64_t)n_read;
		atomic_fetch_add(&lane->taken, (int64_t)n_read);
	}
}

/* What is flushed fades out first, unless nobody hears it; how many samples of it are left to be heard. */
static int64_t cut(struct duet_lane *lane)
{
	int64_t n_flushed =
		atomic_load(&lane->flush_to) - atomic_load_explicit(&lane->taken, memory_order_relaxed);
	int64_t n_cut = (int64_t)lane->mixer_rate_hz * CUT_MS / 1000;

	if (n_flushed <= 0)
		return cut_is_over(lane);
	if (lane->cut_step == 0)
		lane->cut_step = 1 / (float)(n_flushed < n_cut ? n_flushed : n_cut);
	if (lane->cut > lane->cut_step / 2 && (lane->gain.now > 0 || lane->gain.goal > 0))
		return n_flushed;
	forget(lane, n_flushed);
	return cut_is_over(lane);
}

static bool stands_still(const struct duet_lane *lane)
{
	return lane->gain.hold && lane->gain.now == 0 && lane->gain.n_left == 0;
}

void duet_lane_mix(struct duet_lane *lane, float sum[DUET_LANE_BLOCK])
{
	int16_t samples[DUET_LANE_BLOCK];
	size_t n_read, n_wanted = DUET_LANE_BLOCK;
	int64_t n_flushed;

	duet_fade_follow(&lane->gain, lane->mixer_rate_hz);
	n_flushed = cut(lane);
	if (stands_still(lane))
		return;
	if (n_flushed > 0 && n_flushed < DUET_LANE_BLOCK)
		n_wanted = (size_t)n_flushed;
	n_read = duet_ring_read(lane->ring, samples, n_wanted);
	for (size_t i = 0; i < n_read; i++) {
		if (n_flushed > 0)
			lane->cut = lane->cut > lane->cut_step ? lane->cut - lane->cut_step : 0;
		sum[i] += samples[i] * duet_fade_next(&lane->gain) * lane->cut;
	}
	duet_fade_skip(&lane->gain, DUET_LANE_BLOCK - n_read);
	atomic_fetch_add(&lane->taken, (int64_t)n_read);
}
