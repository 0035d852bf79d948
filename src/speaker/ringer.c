/* SPDX-License-Identifier: Apache-2.0 */
#include "speaker/ringer.h"

#include <errno.h>

#include "audio/mixer.h"
#include "base/alloc.h"
#include "base/log.h"
#include "loop/loop.h"
#include "speaker/mouth.h"

enum { TICK_MS = 50, PAUSE_MS = 700, FADE_MS = 80, TONES_BEFORE_SPEECH = 2 };

enum state {
	SILENT,
	SOUNDING, /* a tone is in the lane */
	PAUSING,  /* between two tones */
	SAYING,   /* what it has to say */
};

struct duet_ringer {
	struct duet_ringer_setup setup;
	struct duet_mouth *mouth;
	struct duet_timer *timer;
	enum state state;
	struct duet_ring_tone tone;
	char *announces;
	bool announced;
	int16_t *samples;
	size_t n_samples;
	int n_tones;
	int pause_ms;
	float gain;
	int64_t speech;
};

static void sound(struct duet_ringer *ringer)
{
	const struct duet_ringer_setup *setup = &ringer->setup;

	duet_mixer_write(setup->mixer, setup->tone_lane, ringer->samples, ringer->n_samples, setup->rate_hz);
	duet_mixer_end(setup->mixer, setup->tone_lane);
	ringer->n_tones++;
	ringer->state = SOUNDING;
}

static bool has_to_say(const struct duet_ringer *ringer)
{
	int before = ringer->tone.once ? 1 : TONES_BEFORE_SPEECH;

	return ringer->announces && !ringer->announced && ringer->tone.tts && ringer->mouth &&
	       ringer->gain >= 1 && ringer->n_tones >= before;
}

static void say(struct duet_ringer *ringer)
{
	ringer->speech =
		duet_mouth_say(ringer->mouth, ringer->setup.voice_lane, ringer->tone.tts, ringer->announces);
	ringer->announced = true;
	ringer->state = ringer->speech > 0 ? SAYING : PAUSING;
}

static void pause_or_end(struct duet_ringer *ringer)
{
	if (ringer->tone.once && !has_to_say(ringer)) {
		duet_ringer_stop(ringer);
		ringer->setup.rung(ringer->setup.user);
		return;
	}
	ringer->state = PAUSING;
	ringer->pause_ms = PAUSE_MS;
}

static void step_sounding(struct duet_ringer *ringer)
{
	if (!duet_mixer_drained(ringer->setup.mixer, ringer->setup.tone_lane))
		return;
	if (has_to_say(ringer))
		say(ringer);
	else
		pause_or_end(ringer);
}

static void step_pausing(struct duet_ringer *ringer)
{
	ringer->pause_ms -= TICK_MS;
	if (ringer->pause_ms <= 0)
		sound(ringer);
}

static void step_saying(struct duet_ringer *ringer)
{
	if (duet_mouth_done(ringer->mouth, ringer->speech) &&
	    duet_mixer_drained(ringer->setup.mixer, ringer->setup.voice_lane))
		pause_or_end(ringer);
}

static void tick(void *user)
{
	static void (*const steps[])(struct duet_ringer * ringer) = {
		[SOUNDING] = step_sounding, [PAUSING] = step_pausing, [SAYING] = step_saying};
	struct duet_ringer *ringer = user;

	if (ringer->state == SILENT)
		return;
	if (ringer->gain > 0)
		steps[ringer->state](ringer);
	if (ringer->state != SILENT)
		duet_timer_set(ringer->timer, TICK_MS);
}

int duet_ringer_new(struct duet_ringer **ringer, const struct duet_ringer_setup *setup)
{
	struct duet_ringer *made = duet_calloc(1, sizeof(*made));

	if (!made)
		return -ENOMEM;
	made->setup = *setup;
	made->gain = 1;
	made->timer = duet_timer_new(setup->loop, tick, made);
	if (!made->timer) {
		duet_free(made);
		return -ENOMEM;
	}
	*ringer = made;
	return 0;
}

void duet_ringer_free(struct duet_ringer *ringer)
{
	if (!ringer)
		return;
	duet_timer_free(ringer->timer);
	duet_free(ringer->samples);
	duet_free(ringer->announces);
	duet_free(ringer);
}

void duet_ringer_mouth(struct duet_ringer *ringer, struct duet_mouth *mouth)
{
	ringer->mouth = mouth;
}

static bool render(struct duet_ringer *ringer, const struct duet_ring_tone *tone)
{
	size_t n = duet_cue_render(tone->cue, tone->palette, ringer->setup.rate_hz, NULL, 0);
	int16_t *samples = duet_realloc(ringer->samples, n, sizeof(*samples));

	if (!samples)
		return false;
	ringer->samples = samples;
	ringer->n_samples = duet_cue_render(tone->cue, tone->palette, ringer->setup.rate_hz, samples, n);
	return true;
}

void duet_ringer_start(struct duet_ringer *ringer, const struct duet_ring_tone *tone)
{
	duet_ringer_stop(ringer);
	if (!render(ringer, tone)) {
		duet_error_log("ringer", "out of memory: an alert stays silent");
		return;
	}
	ringer->tone = *tone;
	ringer->announces = tone->announces ? duet_strdup(tone->announces) : NULL;
	ringer->tone.announces = NULL;
	ringer->announced = false;
	ringer->n_tones = 0;
	sound(ringer);
	duet_timer_set(ringer->timer, TICK_MS);
}

void duet_ringer_stop(struct duet_ringer *ringer)
{
	if (ringer->state == SILENT)
		return;
	duet_timer_stop(ringer->timer);
	duet_mixer_flush(ringer->setup.mixer, ringer->setup.tone_lane);
	if (ringer->state == SAYING)
		duet_mouth_hush(ringer->mouth);
	duet_free(ringer->announces);
	ringer->announces = NULL;
	ringer->state = SILENT;
}

/* A dialog needs the mouth: what it was saying is said again afterwards. */
static void give_way(struct duet_ringer *ringer)
{
	duet_mouth_hush(ringer->mouth);
	ringer->announced = false;
	ringer->state = PAUSING;
	ringer->pause_ms = 0;
}

void duet_ringer_gain(struct duet_ringer *ringer, float gain)
{
	if (gain < 1 && ringer->state == SAYING)
		give_way(ringer);
	ringer->gain = gain;
	duet_mixer_gain(ringer->setup.mixer, ringer->setup.tone_lane, gain, FADE_MS, gain <= 0);
	duet_mixer_gain(ringer->setup.mixer, ringer->setup.voice_lane, gain, FADE_MS, gain <= 0);
}
