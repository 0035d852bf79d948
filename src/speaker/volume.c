/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "audio/device.h"
#include "base/log.h"
#include "base/zone.h"
#include "loop/loop.h"
#include "speaker/body.h"
#include "store/store.h"

/* How loud: what the person last said, kept over a restart; at night never louder than the configuration
 * allows. Once a minute it looks at the clock, and tells the skills when that has jumped. */

enum { FADE_MS = 150, MINUTE_MS = 60000, MINUTES_A_DAY = 1440 };

#define JUMP_NS 2000000000

static bool is_night(const struct duet_speaker *speaker)
{
	int begin = speaker->settings.night_begin_min, end = speaker->settings.night_end_min, now;
	struct duet_civil civil;

	if (!speaker->zone || begin == end)
		return false;
	duet_zone_civil(speaker->zone, duet_clock_wall_s(speaker->clock), &civil);
	now = civil.hour * 60 + civil.minute;
	return (now - begin + MINUTES_A_DAY) % MINUTES_A_DAY < (end - begin + MINUTES_A_DAY) % MINUTES_A_DAY;
}

static void apply(struct duet_speaker *speaker)
{
	int percent = speaker->volume;

	if (!speaker->device)
		return;
	if (is_night(speaker) && percent > speaker->settings.night_volume)
		percent = speaker->settings.night_volume;
	duet_mixer_volume(duet_device_mixer(speaker->device), percent, FADE_MS);
}

static int64_t clock_gap(const struct duet_speaker *speaker)
{
	return speaker->clock->wall_ns(speaker->clock) - speaker->clock->mono_ns(speaker->clock);
}

static void look_at_clock(void *user)
{
	struct duet_speaker *speaker = user;
	int64_t gap = clock_gap(speaker);

	if (llabs((long long)(gap - speaker->clock_gap_ns)) > JUMP_NS) {
		duet_info("speaker", "the clock has jumped");
		duet_conduct_enter(speaker);
		duet_skills_clock_changed(speaker->skills);
		duet_conduct_leave(speaker);
	}
	speaker->clock_gap_ns = gap;
	apply(speaker);
	duet_timer_set(speaker->minute, MINUTE_MS);
}

static void got(void *user, struct duet_slice value)
{
	char text[16];
	long percent;

	snprintf(text, sizeof(text), "%.*s", (int)value.len, value.ptr);
	percent = strtol(text, NULL, 10);
	if (percent >= 0 && percent <= 100)
		((struct duet_speaker *)user)->volume = (int)percent;
}

int duet_volume_init(struct duet_speaker *speaker)
{
	speaker->volume = speaker->crew->config->speaker.volume;
	duet_store_get(speaker->store, "speaker", "volume", got, speaker);
	speaker->minute = duet_timer_new(speaker->loop, look_at_clock, speaker);
	if (!speaker->minute)
		return -ENOMEM;
	speaker->clock_gap_ns = clock_gap(speaker);
	duet_timer_set(speaker->minute, MINUTE_MS);
	apply(speaker);
	return 0;
}

void duet_volume_done(struct duet_speaker *speaker)
{
	duet_timer_free(speaker->minute);
}

int duet_volume_get(void *user)
{
	return ((struct duet_speaker *)user)->volume;
}

void duet_volume_set(void *user, int percent)
{
	struct duet_speaker *speaker = user;
	char text[16];

	speaker->volume = percent < 0 ? 0 : percent > 100 ? 100 : percent;
	snprintf(text, sizeof(text), "%d", speaker->volume);
	if (duet_store_put(speaker->store, "speaker", "volume", duet_slice(text)) < 0)
		duet_warn("speaker", "the volume will not outlive a restart");
	apply(speaker);
}
