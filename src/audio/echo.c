/* SPDX-License-Identifier: Apache-2.0 */
#include "audio/echo.h"

#include <math.h>
#include <speex/speex_echo.h>
#include <speex/speex_resampler.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "audio/delay.h"
#include "audio/leak.h"
#include "audio/wander.h"
#include "base/alloc.h"
#include "base/ring.h"

enum {
	RATE_HZ = DUET_FRAME_RATE_HZ,
	FRAME = DUET_FRAME_SAMPLES,
	HISTORY = 1 << 16, /* samples of what was played: four seconds */
	BLOCK = 512,
	RESAMPLER_QUALITY = 4,
	LEAD = RATE_HZ * 5 / 1000,     /* the filter begins this long before the echo */
	EARLIEST = RATE_HZ * 1 / 1000, /* an echo nearer to its beginning or … */
	LATEST = RATE_HZ * 25 / 1000,  /* … farther from it moves the filter */
	SURE_TIMES = 3,                /* that it must have been seen there */
	JUMP = RATE_HZ * 40 / 1000,    /* more than devices' blocks make */
	JUMP_FRAMES = 50,
	WANDER_FRAMES = 200,
	AHEAD_MS = 100, /* what was played since is read too: marks may come early */
	TAPS = 16,
	PHASES = 64,
};

#define MOST_DRIFT_PPM 500.0

/*
 * Positions are samples at 16 kHz since the beginning of what is played. The
 * last sample of the frame that is being heard would be played at `now` if
 * devices took no time; the filter begins `shift` before that.
 */
struct duet_echo {
	struct duet_echo_setup setup;
	struct duet_ring *ring;
	_Atomic int64_t n_played, n_lost; /* at the loudspeaker's rate */
	/* Ear: */
	SpeexResamplerState *resampler; /* NULL when the rate is right */
	SpeexEchoState *filter;
	struct duet_delay *delay;
	struct duet_wander *wander;
	struct duet_leak leak;
	int tail; /* samples */
	int16_t history[HISTORY];
	int64_t n_history, n_read, n_lost_seen; /* n_read: at the loudspeaker's rate */
	int64_t last_sound;
	bool begun, sounds;
	int64_t n_quiet;   /* frames since something sounded */
	int64_t frame_end; /* of the last frame, in captured samples */
	double now, drift_ppm;
	double least_off, most_off; /* of the marks from `now`, since n_off frames */
	int n_off;
	int64_t shift;
	int seen, n_seen, delay_samples; /* delays that would move the filter */
	int n_frames;                    /* since the wandering was looked at */
	float taps[PHASES + 1][TAPS];
};

/* Windowed sinc, for positions between samples. */
static void make_taps(struct duet_echo *echo)
{
	for (int phase = 0; phase <= PHASES; phase++) {
		for (int i = 0; i < TAPS; i++) {
			int whole = i - (TAPS / 2 - 1);
			double at = whole - (double)phase / PHASES;
			double window = 0.5 + 0.5 * cos(2 * M_PI * at / TAPS);

			echo->taps[phase][i] = (float)(at == 0 ? 1 : sin(M_PI * at) / (M_PI * at) * window);
		}
	}
}

static bool open_parts(struct duet_echo *echo)
{
	const struct duet_echo_setup *setup = &echo->setup;
	int rate_hz = RATE_HZ;
	size_t room = (size_t)(setup->buffer_ms + 1000) * (size_t)setup->playback_rate_hz / 1000;

	echo->tail = setup->tail_ms * RATE_HZ / 1000;
	echo->ring = duet_ring_new(room, sizeof(int16_t));
	echo->delay = duet_delay_new();
	echo->wander = duet_wander_new((size_t)echo->tail);
	echo->filter = speex_echo_state_init(FRAME, echo->tail);
	if (setup->playback_rate_hz != RATE_HZ) {
		echo->resampler = speex_resampler_init(1, (spx_uint32_t)setup->playback_rate_hz, RATE_HZ,
						       RESAMPLER_QUALITY, NULL);
		if (!echo->resampler)
			return false;
		speex_resampler_skip_zeros(echo->resampler);
	}
	if (!echo->ring || !echo->delay || !echo->wander || !echo->filter)
		return false;
	speex_echo_ctl(echo->filter, SPEEX_ECHO_SET_SAMPLING_RATE, &rate_hz);
	return true;
}

struct duet_echo *duet_echo_new(const struct duet_echo_setup *setup)
{
	struct duet_echo *echo = duet_calloc(1, sizeof(*echo));

	if (!echo)
		return NULL;
	echo->setup = *setup;
	echo->last_sound = INT64_MIN / 2;
	echo->delay_samples = -1;
	duet_leak_reset(&echo->leak);
	make_taps(echo);
	if (!open_parts(echo)) {
		duet_echo_free(echo);
		return NULL;
	}
	return echo;
}

void duet_echo_free(struct duet_echo *echo)
{
	if (!echo)
		return;
	if (echo->resampler)
		speex_resampler_destroy(echo->resampler);
	if (echo->filter)
		speex_echo_state_destroy(echo->filter);
	duet_wander_free(echo->wander);
	duet_delay_free(echo->delay);
	duet_ring_free(echo->ring);
	duet_free(echo);
}

/* What finds no room is counted, so that the ear knows where the rest belongs. */
void duet_echo_played(struct duet_echo *echo, const int16_t *samples, size_t n_samples)
{
	size_t n = duet_ring_writable(echo->ring) >= n_samples
			   ? duet_ring_write(echo->ring, samples, n_samples)
			   : 0;

	if (n < n_samples)
		atomic_fetch_add_explicit(&echo->n_lost, (int64_t)(n_samples - n), memory_order_relaxed);
	atomic_fetch_add_explicit(&echo->n_played, (int64_t)n_samples, memory_order_release);
}

int64_t duet_echo_position(const struct duet_echo *echo)
{
	return atomic_load_explicit(&echo->n_played, memory_order_acquire);
}

/* What was played, read up to the sample that counts. */

static void remember(struct duet_echo *echo, const int16_t *samples, size_t n_samples)
{
	for (size_t i = 0; i < n_samples; i++, echo->n_history++) {
		echo->history[echo->n_history % HISTORY] = samples[i];
		if (samples[i])
			echo->last_sound = echo->n_history;
	}
}

static void resample(struct duet_echo *echo, const int16_t *samples, size_t n_samples)
{
	int16_t resampled[BLOCK];

	while (n_samples > 0) {
		spx_uint32_t n_in = (spx_uint32_t)n_samples, n_out = BLOCK;

		speex_resampler_process_int(echo->resampler, 0, samples, &n_in, resampled, &n_out);
		remember(echo, resampled, n_out);
		if (n_in == 0 && n_out == 0)
			return;
		samples += n_in;
		n_samples -= n_in;
	}
}

/* The ring ran over: what is left of it is old, and the history begins anew. */
static void skip_lost(struct duet_echo *echo)
{
	int64_t n_lost = atomic_load_explicit(&echo->n_lost, memory_order_relaxed);
	int16_t samples[BLOCK];

	if (n_lost == echo->n_lost_seen)
		return;
	while (duet_ring_read(echo->ring, samples, BLOCK) > 0)
		;
	echo->n_lost_seen = n_lost;
	echo->n_read = duet_echo_position(echo);
	echo->n_history = echo->n_read * RATE_HZ / echo->setup.playback_rate_hz;
	memset(echo->history, 0, sizeof(echo->history));
	echo->begun = false;
}

static void read_played(struct duet_echo *echo, int64_t till)
{
	int16_t samples[BLOCK];

	while (echo->n_read < till) {
		size_t wanted = till - echo->n_read < BLOCK ? (size_t)(till - echo->n_read) : BLOCK;
		size_t n = duet_ring_read(echo->ring, samples, wanted);

		if (n == 0)
			return;
		echo->n_read += (int64_t)n;
		if (echo->resampler)
			resample(echo, samples, n);
		else
			remember(echo, samples, n);
	}
}

/* Time. */

static void begin_at(struct duet_echo *echo, double mark)
{
	echo->now = mark;
	echo->n_off = 0;
	echo->begun = true;
}

/* Marks come in steps of the devices' blocks. When they keep being far away, one side has stood still. */
static void follow_marks(struct duet_echo *echo, double mark)
{
	double off = mark - echo->now;

	if (echo->n_off == 0)
		echo->least_off = echo->most_off = off;
	echo->least_off = fmin(echo->least_off, off);
	echo->most_off = fmax(echo->most_off, off);
	if (++echo->n_off < JUMP_FRAMES)
		return;
	if (echo->least_off > JUMP || echo->most_off < -JUMP)
		echo->now += rint((echo->least_off + echo->most_off) / 2);
	echo->n_off = 0;
}

static void advance(struct duet_echo *echo, const struct duet_frame *frame)
{
	double mark = (double)frame->mark * RATE_HZ / echo->setup.playback_rate_hz;
	int64_t end = frame->begin + FRAME;

	if (!echo->begun)
		begin_at(echo, rint(mark));
	else
		echo->now += (double)(end - echo->frame_end) * (1 + echo->drift_ppm * 1e-6);
	echo->frame_end = end;
	follow_marks(echo, mark);
}

/* What was played in the frame that ends at `end`; silence before the history and after it. */

static int16_t played_at(const struct duet_echo *echo, int64_t at)
{
	return at >= 0 && at < echo->n_history && at > echo->n_history - HISTORY ? echo->history[at % HISTORY]
										 : 0;
}

static int16_t between(const struct duet_echo *echo, int64_t at, const float taps[TAPS])
{
	float sum = 0;

	for (int i = 0; i < TAPS; i++)
		sum += taps[i] * (float)played_at(echo, at + i - (TAPS / 2 - 1));
	return (int16_t)lrintf(fminf(fmaxf(sum, INT16_MIN), INT16_MAX));
}

static void played_until(const struct duet_echo *echo, double end, int16_t samples[FRAME])
{
	double begin = end - FRAME, whole = floor(begin);
	int phase = (int)lrint((begin - whole) * PHASES);

	for (int i = 0; i < FRAME; i++) {
		int64_t at = (int64_t)whole + i;

		samples[i] = phase ? between(echo, at, echo->taps[phase]) : played_at(echo, at);
	}
}

/* The filter. */

static void move_filter(struct duet_echo *echo, int delay)
{
	echo->shift = delay > LEAD ? delay - LEAD : 0;
	echo->n_seen = 0;
	speex_echo_state_reset(echo->filter);
	duet_wander_reset(echo->wander);
	duet_leak_reset(&echo->leak);
}

static bool fits(const struct duet_echo *echo, int delay)
{
	int64_t into = delay - echo->shift;

	return into >= EARLIEST && into <= LATEST;
}

static void track_delay(struct duet_echo *echo, const struct duet_frame *frame)
{
	int16_t played[FRAME];
	bool is_first = echo->delay_samples < 0;
	int delay;

	played_until(echo, echo->now, played);
	delay = duet_delay_feed(echo->delay, played, frame->pcm);
	if (delay < 0)
		return;
	echo->delay_samples = delay;
	if (fits(echo, delay)) {
		echo->n_seen = 0;
		return;
	}
	echo->n_seen = abs(delay - echo->seen) <= LEAD / 2 ? echo->n_seen + 1 : 1;
	echo->seen = delay;
	if (is_first || echo->n_seen >= SURE_TIMES)
		move_filter(echo, delay);
}

static void track_drift(struct duet_echo *echo)
{
	double moved;

	if (++echo->n_frames < WANDER_FRAMES)
		return;
	echo->n_frames = 0;
	if (!duet_wander_look(echo->wander, echo->filter, &moved))
		return;
	echo->drift_ppm -= moved * 1e6 / (WANDER_FRAMES * FRAME) / 2;
	echo->drift_ppm = fmin(fmax(echo->drift_ppm, -MOST_DRIFT_PPM), MOST_DRIFT_PPM);
}

static bool still_sounds(const struct duet_echo *echo)
{
	return echo->now - (double)echo->last_sound < (double)(echo->shift + echo->tail + FRAME);
}

bool duet_echo_cancel(struct duet_echo *echo, struct duet_frame *frame)
{
	int16_t played[FRAME], clean[FRAME];

	skip_lost(echo);
	read_played(echo, frame->mark + echo->setup.playback_rate_hz * AHEAD_MS / 1000);
	advance(echo, frame);
	echo->sounds = still_sounds(echo);
	echo->n_quiet = echo->sounds ? 0 : echo->n_quiet + 1;
	if (!echo->sounds)
		return false;
	track_delay(echo, frame);
	duet_echo_reference(echo, 0, played);
	speex_echo_cancellation(echo->filter, frame->pcm, played, clean);
	duet_leak_add(&echo->leak, frame->pcm, clean);
	memcpy(frame->pcm, clean, sizeof(clean));
	track_drift(echo);
	return true;
}

void duet_echo_reference(const struct duet_echo *echo, int n_ago, int16_t samples[FRAME])
{
	played_until(echo, echo->now - (double)echo->shift - n_ago * FRAME, samples);
}

bool duet_echo_sounded(const struct duet_echo *echo, int n_frames)
{
	return 2 * echo->n_quiet < n_frames;
}

bool duet_echo_explains(const struct duet_echo *echo, int n_frames)
{
	return duet_echo_sounded(echo, n_frames) &&
	       duet_leak_explains(&echo->leak, n_frames - (int)echo->n_quiet, 0);
}

bool duet_echo_begins(const struct duet_echo *echo)
{
	return duet_leak_begins(&echo->leak);
}

void duet_echo_report(const struct duet_echo *echo, struct duet_echo_report *report)
{
	*report = (struct duet_echo_report){echo->sounds, echo->delay_samples, echo->drift_ppm};
}
