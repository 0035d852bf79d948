/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "speaker/body.h"

/* What sounds beside the dialog: skills begin and end it, the arbiter says when it is in front. */

#define LOWERED 0.15F /* how loud an alert is beside a reply */

static struct duet_sounding *find(struct duet_speaker *speaker, int id)
{
	for (size_t i = 0; id > 0 && i < DUET_ACTIVITIES_MAX; i++) {
		if (speaker->soundings[i].id == id)
			return &speaker->soundings[i];
	}
	return NULL;
}

static struct duet_sounding *find_free(struct duet_speaker *speaker)
{
	for (size_t i = 0; i < DUET_ACTIVITIES_MAX; i++) {
		if (speaker->soundings[i].id == 0)
			return &speaker->soundings[i];
	}
	return NULL;
}

static void clear(struct duet_sounding *sounding)
{
	json_decref(sounding->vars);
	memset(sounding, 0, sizeof(*sounding));
}

static void silence(struct duet_speaker *speaker, int activity)
{
	if (speaker->ringing != activity)
		return;
	speaker->ringing = 0;
	if (speaker->ringer)
		duet_ringer_stop(speaker->ringer);
}

int duet_activity_begin(void *user, size_t skill, const char *assistant, enum duet_activity_kind kind,
			const char *name, const char *reply, json_t *take_vars)
{
	struct duet_speaker *speaker = user;
	struct duet_sounding *sounding = find_free(speaker);
	int owner = duet_crew_find(speaker->crew, assistant);

	/* Its assistant may be gone from the configuration; the alert is still due. */
	if (owner < 0)
		owner = duet_crew_find(speaker->crew, NULL);
	if (!sounding || owner < 0) {
		json_decref(take_vars);
		return sounding ? owner : -ENOSPC;
	}
	*sounding = (struct duet_sounding){.id = ++speaker->last_activity,
					   .skill = skill,
					   .assistant = owner,
					   .kind = kind,
					   .vars = take_vars};
	snprintf(sounding->name, sizeof(sounding->name), "%s", name ? name : "");
	snprintf(sounding->reply, sizeof(sounding->reply), "%s", reply ? reply : "");
	duet_conduct(speaker, (struct duet_event){.kind = DUET_EVENT_BEGIN,
						  .activity = sounding->id,
						  .assistant = owner,
						  .activity_kind = kind});
	return sounding->id;
}

static void forget(struct duet_speaker *speaker, int activity)
{
	struct duet_sounding *sounding = find(speaker, activity);

	silence(speaker, activity);
	if (sounding)
		clear(sounding);
}

void duet_activity_end(void *user, int activity)
{
	struct duet_speaker *speaker = user;

	forget(speaker, activity);
	duet_conduct(speaker, (struct duet_event){.kind = DUET_EVENT_END, .activity = activity});
}

static enum duet_cue cue_of(const struct duet_sounding *sounding)
{
	static const struct {
		const char *name;
		enum duet_cue cue;
	} cues[] = {{"alarm", DUET_CUE_ALARM}, {"timer", DUET_CUE_TIMER}, {"reminder", DUET_CUE_REMINDER}};

	for (size_t i = 0; i < sizeof(cues) / sizeof(cues[0]); i++) {
		if (strcmp(sounding->name, cues[i].name) == 0)
			return cues[i].cue;
	}
	return sounding->kind == DUET_ACTIVITY_ALERT ? DUET_CUE_ALARM : DUET_CUE_REMINDER;
}

static void ring(struct duet_speaker *speaker, const struct duet_sounding *sounding)
{
	const struct duet_member *who = &speaker->crew->members[sounding->assistant];
	struct duet_ring_tone tone = {
		.cue = cue_of(sounding),
		.palette = who->assistant->config->palette,
		.once = sounding->kind == DUET_ACTIVITY_NOTIFICATION,
		.tts = who->tts,
	};
	char *text = sounding->reply[0] ? duet_dialog_render(speaker->dialog, who->assistant, sounding->reply,
							     sounding->vars)
					: NULL;

	tone.announces = text;
	speaker->ringing = sounding->id;
	if (speaker->setup.on_state)
		speaker->setup.on_state(speaker->setup.user, "ringing", who->assistant->config->id);
	if (speaker->ringer)
		duet_ringer_start(speaker->ringer, &tone);
	duet_free(text);
}

void duet_activity_focus(struct duet_speaker *speaker, int activity, enum duet_focus focus)
{
	struct duet_sounding *sounding = find(speaker, activity);

	if (!sounding || sounding->kind == DUET_ACTIVITY_CONTENT ||
	    sounding->kind == DUET_ACTIVITY_COMMUNICATION)
		return;
	if (focus == DUET_FOCUS_FOREGROUND && speaker->ringing != activity)
		ring(speaker, sounding);
	if (focus == DUET_FOCUS_PAUSED || focus == DUET_FOCUS_HELD)
		silence(speaker, activity);
	duet_activity_level(speaker);
}

void duet_activity_control(struct duet_speaker *speaker, int activity, enum duet_control control)
{
	struct duet_sounding *sounding = find(speaker, activity);
	bool ends = control == DUET_CONTROL_STOP || control == DUET_CONTROL_SNOOZE;

	if (!sounding)
		return;
	if (ends)
		silence(speaker, activity);
	duet_skills_control(speaker->skills, sounding->skill, activity, control);
	if (ends)
		forget(speaker, activity);
}

/* While one listens nothing else may sound into the microphone. */
void duet_activity_level(struct duet_speaker *speaker)
{
	static const float levels[] = {
		[DUET_DIALOG_IDLE] = 1,
		[DUET_DIALOG_LISTENING] = 0,
		[DUET_DIALOG_THINKING] = 0,
		[DUET_DIALOG_SPEAKING] = LOWERED,
	};

	if (speaker->ringer)
		duet_ringer_gain(speaker->ringer, levels[speaker->arbiter.state]);
}

/* A notification has sounded. */
void duet_activity_rung(void *user)
{
	struct duet_speaker *speaker = user;
	int activity = speaker->ringing;
	struct duet_sounding *sounding = find(speaker, activity);

	speaker->ringing = 0;
	if (!sounding)
		return;
	duet_conduct_enter(speaker);
	if (!duet_skills_control(speaker->skills, sounding->skill, activity, DUET_CONTROL_STOP))
		duet_activity_end(speaker, activity);
	duet_conduct_leave(speaker);
}

/* Another crew: what rings is rung by it, anew; what belonged to an assistant that is gone falls to the
 * default. */
void duet_activity_adopt(struct duet_speaker *speaker)
{
	silence(speaker, speaker->ringing);
	for (size_t i = 0; i < DUET_ACTIVITIES_MAX; i++) {
		struct duet_sounding *sounding = &speaker->soundings[i];
		const struct duet_activity *known = duet_arbiter_activity(&speaker->arbiter, sounding->id);

		if ((size_t)sounding->assistant >= speaker->crew->config->n_assistants ||
		    !speaker->crew->members[sounding->assistant].assistant)
			sounding->assistant = duet_crew_find(speaker->crew, NULL);
		if (known && known->focus == DUET_FOCUS_FOREGROUND)
			duet_activity_focus(speaker, sounding->id, DUET_FOCUS_FOREGROUND);
	}
}

void duet_activity_done(struct duet_speaker *speaker)
{
	for (size_t i = 0; i < DUET_ACTIVITIES_MAX; i++)
		clear(&speaker->soundings[i]);
}
