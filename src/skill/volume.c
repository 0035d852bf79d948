/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/clock.h"
#include "skill/home_job.h"
#include "skill/moment.h"
#include "skill/request.h"
#include "skill/skills.h"

/* Loudness: of the speaker, and of a player of the house when it is named. */

enum { STEP = 10, QUIETEST = 10, WHEN_UNKNOWN = 40, MINUTES_A_DAY = 1440 };

struct volume {
	const struct duet_skill_host *host;
	struct duet_home_jobs jobs;
	int before_mute; /* 0: it is not muted, or was before the start */
};

static void set_speaker(struct volume *volume, int percent)
{
	volume->host->volume_set(volume->host->user, percent);
	if (percent > 0)
		volume->before_mute = 0;
}

/* The speaker itself keeps to this; here it is only told. */
static bool is_over_night_limit(const struct duet_skill_host *host, int percent)
{
	const struct duet_skill_settings *s = host->settings;
	int64_t now_s = duet_clock_wall_s(host->clock);
	struct duet_civil now;
	struct duet_zone *zone;
	int minutes;

	if (percent <= s->night_volume || s->night_begin_min == s->night_end_min ||
	    now_s < DUET_MOMENT_CLOCK_SET_S || duet_zone_new(&zone, s->zone, NULL) < 0)
		return false;
	duet_zone_civil(zone, now_s, &now);
	duet_zone_free(zone);
	minutes = now.hour * 60 + now.minute;
	return (minutes - s->night_begin_min + MINUTES_A_DAY) % MINUTES_A_DAY <
	       (s->night_end_min - s->night_begin_min + MINUTES_A_DAY) % MINUTES_A_DAY;
}

static void tell(struct volume *volume, const char *key, int was, struct duet_answer *answer)
{
	int percent = volume->host->volume_get(volume->host->user);

	if (key && is_over_night_limit(volume->host, percent)) {
		percent = volume->host->settings->night_volume;
		key = "limited";
	}
	duet_answer_set(answer, DUET_ANSWER_REPLY, key,
			json_pack("{s:s, s:s, s:i}", "skill", "volume", "do", "set", "volume", percent),
			json_pack("{s:i}", "volume", percent));
	duet_answer_about(answer, "volume", json_object(),
			  duet_undo_one("volume", "HassSetVolume", json_pack("{s:i}", "volume_level", was)));
}

/* Players. */

struct wish {
	const struct duet_home *home;
	double percent; /* or a step */
	bool is_step;
	json_t *mute; /* not NULL: only that */
};

static double wanted(const struct wish *wish, const struct duet_home_entity *entity)
{
	const json_t *level = duet_home_attribute(wish->home, entity, "volume_level");
	double now = json_is_number(level) ? json_number_value(level) * 100 : WHEN_UNKNOWN;
	double percent = wish->is_step ? now + wish->percent : wish->percent;

	return percent < 0 ? 0 : percent > 100 ? 100 : percent;
}

static const char *player_service(const void *user, const struct duet_home_entity *entity, json_t **take_data)
{
	const struct wish *wish = user;

	*take_data = wish->mute ? json_pack("{s:O}", "is_volume_muted", wish->mute)
				: json_pack("{s:f}", "volume_level", wanted(wish, entity) / 100);
	return wish->mute ? "volume_mute" : "volume_set";
}

static void player(struct volume *volume, const struct duet_request *request, struct wish *wish,
		   struct duet_answer *answer)
{
	struct duet_home_order order = {
		.what = "volume", .key = "named", .service = player_service, .user = wish};
	struct duet_targets targets;

	wish->home = volume->host->home;
	if (duet_targets_find(&targets, volume->host, request, "media_player", answer) < 0)
		return;
	order.take_vars = json_pack("{s:i, s:s}", "volume", (int)(wanted(wish, targets.list[0]) + 0.5),
				    "name", duet_home_name(targets.list[0], request->language));
	duet_home_run(&volume->jobs, request, &targets, &order, answer);
}

/* Intents. */

static void set(struct volume *volume, const struct duet_request *request, struct duet_answer *answer)
{
	int was = volume->host->volume_get(volume->host->user);
	struct wish wish = {.percent = 0};

	duet_request_number(request, "volume_level", &wish.percent);
	if (duet_request_slot(request, "name")) {
		player(volume, request, &wish, answer);
		return;
	}
	set_speaker(volume, (int)wish.percent);
	tell(volume, "default", was, answer);
}

static const char *step_speaker(struct volume *volume, int step)
{
	int now = volume->host->volume_get(volume->host->user), next = now + step;

	if (step > 0 && now >= 100)
		return "loudest";
	if (step < 0 && now <= QUIETEST)
		return "quietest";
	set_speaker(volume, next > 100 ? 100 : next < QUIETEST ? QUIETEST : next);
	return "default";
}

static void step(struct volume *volume, const struct duet_request *request, struct duet_answer *answer)
{
	const char *way = duet_request_value(request, "volume_step");
	struct wish wish = {.percent = STEP, .is_step = true};
	int was = volume->host->volume_get(volume->host->user);

	duet_request_number(request, "percent", &wish.percent);
	if (way && strcmp(way, "down") == 0)
		wish.percent = -wish.percent;
	if (duet_request_slot(request, "name"))
		player(volume, request, &wish, answer);
	else
		tell(volume, step_speaker(volume, (int)wish.percent), was, answer);
}

static void mute(struct volume *volume, const struct duet_request *request, struct duet_answer *answer)
{
	struct wish wish = {.mute = json_true()};
	int now = volume->host->volume_get(volume->host->user);

	if (duet_request_slot(request, "name")) {
		player(volume, request, &wish, answer);
		return;
	}
	if (now > 0)
		volume->before_mute = now;
	set_speaker(volume, 0);
	tell(volume, "default", now, answer);
	answer->kind = DUET_ANSWER_SILENCE;
}

static void unmute(struct volume *volume, const struct duet_request *request, struct duet_answer *answer)
{
	struct wish wish = {.mute = json_false()};
	int was = volume->host->volume_get(volume->host->user);

	if (duet_request_slot(request, "name")) {
		player(volume, request, &wish, answer);
		return;
	}
	if (was == 0)
		set_speaker(volume, volume->before_mute ? volume->before_mute : WHEN_UNKNOWN);
	tell(volume, "default", was, answer);
}

static void get(struct volume *volume, const struct duet_request *request, struct duet_answer *answer)
{
	int percent = volume->host->volume_get(volume->host->user);

	duet_answer_set(answer, DUET_ANSWER_REPLY, "default",
			json_pack("{s:s, s:s, s:i}", "skill", "volume", "do", "get", "volume", percent),
			json_pack("{s:i, s:b}", "volume", percent, "muted", percent == 0));
}

static const struct {
	const char *intent;
	void (*handle)(struct volume *volume, const struct duet_request *request, struct duet_answer *answer);
} handlers[] = {{"HassSetVolume", set},
		{"HassSetVolumeRelative", step},
		{"HassMediaPlayerMute", mute},
		{"HassMediaPlayerUnmute", unmute},
		{"DuetGetVolume", get}};

static int volume_open(void *state, const struct duet_skill_host *host, struct duet_error *error)
{
	struct volume *volume = state;

	volume->host = host;
	volume->jobs.host = host;
	return 0;
}

static void volume_handle(void *state, const struct duet_request *request, struct duet_answer *answer)
{
	for (size_t i = 0; i < sizeof(handlers) / sizeof(*handlers); i++) {
		if (duet_request_is(request, handlers[i].intent))
			handlers[i].handle(state, request, answer);
	}
}

static void volume_close(void *state)
{
	duet_home_jobs_done(&((struct volume *)state)->jobs);
}

const struct duet_skill duet_skill_volume = {
	.name = "volume",
	.intents = (const char *const[]){"HassSetVolume", "HassSetVolumeRelative", "HassMediaPlayerMute",
					 "HassMediaPlayerUnmute", "DuetGetVolume", NULL},
	.state_size = sizeof(struct volume),
	.open = volume_open,
	.handle = volume_handle,
	.close = volume_close,
};
