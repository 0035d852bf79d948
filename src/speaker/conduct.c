/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "audio/device.h"
#include "base/alloc.h"
#include "base/log.h"
#include "base/rest.h"
#include "base/text.h"
#include "loop/loop.h"
#include "speaker/body.h"

/* Events go to the arbiter, its actions are carried out. */

enum { TICK_MS = 10, REST_MS = 500, CUE_MAX = DUET_PLAYBACK_RATE_HZ };

static int64_t now_ms(const struct duet_speaker *speaker)
{
	return duet_clock_mono_ms(speaker->clock);
}

static struct duet_member *member(const struct duet_speaker *speaker, int assistant)
{
	/* Where it is not known yet who is meant the default one stands in. */
	return &speaker->crew
			->members[assistant == DUET_ANYONE ? duet_crew_find(speaker->crew, NULL) : assistant];
}

static const char *id_of(const struct duet_speaker *speaker, int assistant)
{
	return assistant == DUET_ANYONE ? "anyone" : speaker->crew->config->assistants[assistant].id;
}

static void play_cue(struct duet_speaker *speaker, enum duet_cue cue, int assistant)
{
	static int16_t samples[CUE_MAX];
	int palette = assistant == DUET_ANYONE ? 0 : speaker->crew->config->assistants[assistant].palette;
	struct duet_mixer *mixer;
	size_t n;

	if (!speaker->device)
		return;
	mixer = duet_device_mixer(speaker->device);
	n = duet_cue_render(cue, palette, DUET_PLAYBACK_RATE_HZ, samples, CUE_MAX);
	duet_mixer_write(mixer, DUET_LANE_CUE, samples, n < CUE_MAX ? n : CUE_MAX, DUET_PLAYBACK_RATE_HZ);
	duet_mixer_end(mixer, DUET_LANE_CUE);
}

/* Actions. */

static void do_stop_on(struct duet_speaker *speaker, const struct duet_action *action)
{
	speaker->stop_live = true;
	if (speaker->ear)
		duet_ear_stop(speaker->ear, true);
}

static void do_stop_off(struct duet_speaker *speaker, const struct duet_action *action)
{
	speaker->stop_live = false;
	if (speaker->ear)
		duet_ear_stop(speaker->ear, false);
}

static void do_wake_on(struct duet_speaker *speaker, const struct duet_action *action)
{
	if (speaker->ear)
		duet_ear_wake(speaker->ear, true);
}

static void do_wake_off(struct duet_speaker *speaker, const struct duet_action *action)
{
	if (speaker->ear)
		duet_ear_wake(speaker->ear, false);
}

static void do_listen(struct duet_speaker *speaker, const struct duet_action *action)
{
	const struct duet_assistant *assistant = member(speaker, action->assistant)->assistant;
	bool from_wake = speaker->from_wake && !action->follow_up && !action->transferred;
	enum duet_part part;

	duet_dialog_begin(speaker->dialog, action->turn, assistant, action->follow_up);
	duet_dialog_controls(speaker->dialog, action->turn, action->controls);
	part = duet_dialog_part(speaker->dialog, assistant);
	if (action->transferred)
		play_cue(speaker, DUET_CUE_LISTENING, action->assistant);
	if (!speaker->ear || speaker->asking)
		return;
	if (from_wake && speaker->wake_ms >= 0)
		duet_dialog_took(speaker->dialog, action->turn, DUET_STAGE_WAKE, speaker->wake_ms);
	duet_ear_listen(speaker->ear, action->turn, action->assistant, part, from_wake);
}

/* A wake word that is in the words that are about to be said must not be heard. */
static uint32_t own_phrases(const struct duet_speaker *speaker, const char *text)
{
	char said[2048], phrase[256];
	uint32_t found = 0;

	if (duet_text_normalise(duet_slice(text), true, said, sizeof(said)) < 0)
		return UINT32_MAX;
	for (size_t i = 0; i < speaker->crew->n_phrases && i < 32; i++) {
		struct duet_slice one = duet_slice(speaker->crew->phrases[i].text);

		if (duet_text_normalise(one, true, phrase, sizeof(phrase)) > 0 && strstr(said, phrase))
			found |= 1U << i;
	}
	return found;
}

static void do_speak(struct duet_speaker *speaker, const struct duet_action *action)
{
	struct duet_saying *saying = &speaker->saying;
	struct duet_tts *tts = member(speaker, action->assistant)->tts;

	saying->sounded = false;
	saying->speech = 0;
	if (!speaker->device) {
		duet_conduct(speaker, (struct duet_event){.kind = DUET_EVENT_SPOKEN, .turn = action->turn});
		return;
	}
	if (tts) {
		duet_ear_ignore(speaker->ear, own_phrases(speaker, saying->text));
		saying->speech = duet_mouth_say(speaker->mouth, DUET_LANE_SPEECH, tts, saying->text);
	} else {
		play_cue(speaker, saying->tone == DUET_TONE_DONE ? DUET_CUE_UNDERSTOOD : DUET_CUE_ERROR,
			 action->assistant);
	}
	duet_timer_set(speaker->tick, 0);
}

static void do_hand_over(struct duet_speaker *speaker, const struct duet_action *action)
{
	duet_relay_hand_over(speaker, action);
}

static void do_abandon(struct duet_speaker *speaker, const struct duet_action *action)
{
	duet_dialog_end(speaker->dialog, action->turn);
	if (!speaker->device)
		return;
	duet_ear_cancel(speaker->ear, action->turn);
	duet_mouth_hush(speaker->mouth);
	duet_timer_stop(speaker->tick);
}

static void do_refuse(struct duet_speaker *speaker, const struct duet_action *action)
{
	play_cue(speaker, DUET_CUE_REFUSED, action->assistant);
	duet_info("speaker", "%s may not speak now", id_of(speaker, action->assistant));
}

static void do_attention(struct duet_speaker *speaker, const struct duet_action *action)
{
	static const char *const names[] = {
		[DUET_DIALOG_IDLE] = "idle",
		[DUET_DIALOG_LISTENING] = "listening",
		[DUET_DIALOG_THINKING] = "thinking",
		[DUET_DIALOG_SPEAKING] = "speaking",
	};

	duet_activity_level(speaker);
	duet_lights_show(speaker, action);
	if (action->state == speaker->told.state && action->assistant == speaker->told.assistant)
		return;
	if (action->state == DUET_DIALOG_IDLE && speaker->told.state == DUET_DIALOG_IDLE)
		return;
	speaker->told = *action;
	if (speaker->setup.on_state)
		speaker->setup.on_state(speaker->setup.user, names[action->state],
					id_of(speaker, speaker->arbiter.assistant));
}

static void do_focus(struct duet_speaker *speaker, const struct duet_action *action)
{
	duet_activity_focus(speaker, action->activity, action->focus);
}

/* Another of its kind has taken its place. */
static void do_end(struct duet_speaker *speaker, const struct duet_action *action)
{
	duet_activity_control(speaker, action->activity, DUET_CONTROL_STOP);
}

static void do_microphone(struct duet_speaker *speaker, const struct duet_action *action)
{
	duet_hand_do_microphone(speaker, action->on);
}

static void do_control(struct duet_speaker *speaker, const struct duet_action *action)
{
	duet_activity_control(speaker, action->activity, action->control);
}

static void do_call_back(struct duet_speaker *speaker, const struct duet_action *action)
{
	duet_timer_set(speaker->contest, action->at_ms - now_ms(speaker));
}

static void (*const actions[])(struct duet_speaker *speaker, const struct duet_action *action) = {
	[DUET_ACTION_WAKE_ON] = do_wake_on,       [DUET_ACTION_WAKE_OFF] = do_wake_off,
	[DUET_ACTION_LISTEN] = do_listen,         [DUET_ACTION_SPEAK] = do_speak,
	[DUET_ACTION_ABANDON] = do_abandon,       [DUET_ACTION_REFUSE] = do_refuse,
	[DUET_ACTION_ATTENTION] = do_attention,   [DUET_ACTION_FOCUS] = do_focus,
	[DUET_ACTION_CONTROL] = do_control,       [DUET_ACTION_CALL_BACK] = do_call_back,
	[DUET_ACTION_STOP_ON] = do_stop_on,       [DUET_ACTION_STOP_OFF] = do_stop_off,
	[DUET_ACTION_HAND_OVER] = do_hand_over,   [DUET_ACTION_END] = do_end,
	[DUET_ACTION_MICROPHONE] = do_microphone,
};

/* Events. */

static void take(struct duet_speaker *speaker, const struct duet_event *event)
{
	struct duet_actions todo;

	if (duet_arbiter_step(&speaker->arbiter, event, now_ms(speaker), &todo) < 0)
		duet_debug("speaker", "event %d means nothing now", (int)event->kind);
	else if (event->kind == DUET_EVENT_SPOKEN || event->kind == DUET_EVENT_OVER)
		duet_dialog_end(speaker->dialog, event->turn);
	for (size_t i = 0; i < todo.n; i++)
		actions[todo.list[i].kind](speaker, &todo.list[i]);
}

void duet_conduct_enter(struct duet_speaker *speaker)
{
	speaker->depth++;
}

/* Events that events cause are taken after them, in order. */
void duet_conduct_leave(struct duet_speaker *speaker)
{
	while (speaker->depth == 1 && speaker->n_events > 0) {
		struct duet_event event = speaker->events[0];

		speaker->n_events--;
		memmove(&speaker->events[0], &speaker->events[1], speaker->n_events * sizeof(event));
		take(speaker, &event);
	}
	speaker->depth--;
}

void duet_conduct(struct duet_speaker *speaker, struct duet_event event)
{
	duet_conduct_enter(speaker);
	if (speaker->n_events < DUET_EVENTS_MAX)
		speaker->events[speaker->n_events++] = event;
	else
		duet_error_log("speaker", "too much at once: event %d is dropped", (int)event.kind);
	duet_conduct_leave(speaker);
}

static void contest_over(void *user)
{
	duet_conduct(user, (struct duet_event){.kind = DUET_EVENT_TIME});
}

/* From the ear. */

static void heard_wake(struct duet_speaker *speaker, const struct duet_heard *heard)
{
	speaker->wake_ms = heard->wake_ms;
	speaker->from_wake = true;
	duet_conduct(speaker, (struct duet_event){.kind = DUET_EVENT_WAKE,
						  .assistant = heard->assistant,
						  .score = heard->score,
						  .own_sound = heard->own_sound});
}

static void heard_stop(struct duet_speaker *speaker, const struct duet_heard *heard)
{
	duet_conduct(speaker, (struct duet_event){.kind = DUET_EVENT_STOP, .own_sound = heard->own_sound});
}

static void heard_voice(struct duet_speaker *speaker, const struct duet_heard *heard)
{
	speaker->wake_ms = -1;
	speaker->from_wake = true;
	duet_conduct(speaker, (struct duet_event){.kind = DUET_EVENT_ADDRESS, .assistant = heard->assistant});
}

static void heard_pause(struct duet_speaker *speaker, const struct duet_heard *heard)
{
	if (heard->turn == speaker->arbiter.turn)
		play_cue(speaker, DUET_CUE_LISTENING, speaker->arbiter.assistant);
}

static void heard_endpoint(struct duet_speaker *speaker, const struct duet_heard *heard)
{
	duet_dialog_took(speaker->dialog, heard->turn, DUET_STAGE_LISTEN, heard->listen_ms);
	duet_dialog_took(speaker->dialog, heard->turn, DUET_STAGE_ENDPOINT, heard->endpoint_ms);
	duet_dialog_ended(speaker->dialog, heard->turn, heard->at_ns);
	duet_conduct(speaker, (struct duet_event){.kind = DUET_EVENT_ENDPOINT, .turn = heard->turn});
}

static void heard_words(struct duet_speaker *speaker, const struct duet_heard *heard)
{
	if (speaker->arbiter.assistant == DUET_ANYONE)
		duet_relay_candidate(speaker, heard);
	else
		duet_relay_words(speaker, heard->turn, heard->text, heard->refused);
}

/* An open microphone hears many a noise that is nothing. */
static void heard_nothing(struct duet_speaker *speaker, const struct duet_heard *heard)
{
	const struct duet_assistant *open = member(speaker, speaker->arbiter.assistant)->assistant;

	if (speaker->setup.assistant && !duet_dialog_asks(speaker->dialog, open)) {
		duet_conduct(speaker, (struct duet_event){.kind = DUET_EVENT_OVER, .turn = heard->turn});
		return;
	}
	duet_dialog_nothing(speaker->dialog, heard->turn);
}

static void heard_failed(struct duet_speaker *speaker, const struct duet_heard *heard)
{
	duet_dialog_failed(speaker->dialog, heard->turn);
}

void duet_conduct_heard(void *user, const struct duet_heard *heard)
{
	static void (*const kinds[])(struct duet_speaker * speaker, const struct duet_heard *heard) = {
		[DUET_HEARD_WAKE] = heard_wake,     [DUET_HEARD_VOICE] = heard_voice,
		[DUET_HEARD_PAUSE] = heard_pause,   [DUET_HEARD_ENDPOINT] = heard_endpoint,
		[DUET_HEARD_WORDS] = heard_words,   [DUET_HEARD_NOTHING] = heard_nothing,
		[DUET_HEARD_FAILED] = heard_failed, [DUET_HEARD_STOP] = heard_stop,
	};

	duet_timer_set(((struct duet_speaker *)user)->resting, REST_MS);
	duet_conduct_enter(user);
	kinds[heard->kind](user, heard);
	duet_conduct_leave(user);
}

/* From the dialog. */

void duet_conduct_reply(void *user, const struct duet_reply *reply)
{
	static const enum duet_cue cues[] = {[DUET_TONE_DONE] = DUET_CUE_UNDERSTOOD,
					     [DUET_TONE_REFUSED] = DUET_CUE_REFUSED,
					     [DUET_TONE_FAILED] = DUET_CUE_ERROR};
	struct duet_speaker *speaker = user;
	struct duet_event event = {.turn = reply->turn, .expects_answer = reply->expects_answer};
	int other = reply->other ? duet_crew_find(speaker->crew, reply->other) : -ENOENT;

	duet_free(speaker->saying.text);
	speaker->saying = (struct duet_saying){.turn = reply->turn, .tone = reply->tone};
	speaker->saying.text = reply->text ? duet_strdup(reply->text) : NULL;
	event.transfers = other >= 0;
	event.other = other;
	event.kind = speaker->saying.text ? DUET_EVENT_REPLY : DUET_EVENT_OVER;
	if (!speaker->saying.text && reply->turn == speaker->arbiter.turn)
		play_cue(speaker, cues[reply->tone], speaker->arbiter.assistant);
	duet_conduct(speaker, event);
}

void duet_conduct_control(void *user, enum duet_control control)
{
	struct duet_speaker *speaker = user;

	duet_conduct(speaker, (struct duet_event){.kind = DUET_EVENT_CONTROL,
						  .turn = speaker->arbiter.turn,
						  .assistant = speaker->arbiter.assistant,
						  .control = control});
}

void duet_conduct_answered(void *user, uint64_t turn, struct duet_answer *answer)
{
	struct duet_speaker *speaker = user;

	duet_conduct_enter(speaker);
	duet_dialog_answered(speaker->dialog, turn, answer);
	duet_conduct_leave(speaker);
}

void duet_conduct_settled(void *user, uint64_t ticket, int code)
{
	struct duet_speaker *speaker = user;

	if (!speaker->dialog)
		return;
	duet_conduct_enter(speaker);
	if (code < 0)
		duet_skills_unsaved(speaker->skills, ticket);
	duet_dialog_settled(speaker->dialog, ticket, code);
	duet_conduct_leave(speaker);
}

/* Speaking. */

static void note_first_sample(struct duet_speaker *speaker, size_t lane)
{
	const struct duet_mixer *mixer = duet_device_mixer(speaker->device);
	int64_t played, ago_ns;

	/* Until the mouth has begun, what was played is what was said before. */
	if (speaker->saying.sounded ||
	    (speaker->saying.speech > 0 && !duet_mouth_begun(speaker->mouth, speaker->saying.speech)))
		return;
	played = duet_mixer_played(mixer, lane);
	if (played == 0)
		return;
	ago_ns = played * 1000000000 / DUET_PLAYBACK_RATE_HZ;
	/* Played faster than sound, "ago" is not a time that has passed. */
	if (speaker->clock != &duet_clock_system)
		ago_ns = 0;
	speaker->saying.sounded = true;
	duet_dialog_sounded(speaker->dialog, speaker->saying.turn,
			    duet_clock_system.mono_ns(&duet_clock_system) - ago_ns);
}

static void tick(void *user)
{
	struct duet_speaker *speaker = user;
	const struct duet_saying *saying = &speaker->saying;
	size_t lane = saying->speech > 0 ? DUET_LANE_SPEECH : DUET_LANE_CUE;
	bool said = saying->speech <= 0 || duet_mouth_done(speaker->mouth, saying->speech);

	if (speaker->arbiter.state != DUET_DIALOG_SPEAKING)
		return;
	note_first_sample(speaker, lane);
	if (!said || !duet_mixer_drained(duet_device_mixer(speaker->device), lane)) {
		duet_timer_set(speaker->tick, TICK_MS);
		return;
	}
	duet_ear_ignore(speaker->ear, 0);
	duet_conduct(speaker, (struct duet_event){.kind = DUET_EVENT_SPOKEN, .turn = saying->turn});
}

bool duet_conduct_rests(const struct duet_speaker *speaker)
{
	const struct duet_mixer *mixer = duet_device_mixer(speaker->device);

	return speaker->arbiter.state == DUET_DIALOG_IDLE && duet_mixer_drained(mixer, DUET_LANE_SPEECH) &&
	       duet_mixer_drained(mixer, DUET_LANE_CUE);
}

/* What listening and speaking took is given back when nobody says anything any more. */
static void rest(void *user)
{
	struct duet_speaker *speaker = user;

	if (duet_conduct_rests(speaker))
		duet_rest();
	else
		duet_timer_set(speaker->resting, REST_MS);
}

int duet_conduct_init(struct duet_speaker *speaker)
{
	speaker->contest = duet_timer_new(speaker->loop, contest_over, speaker);
	speaker->tick = duet_timer_new(speaker->loop, tick, speaker);
	speaker->resting = duet_timer_new(speaker->loop, rest, speaker);
	return speaker->contest && speaker->tick && speaker->resting ? 0 : -ENOMEM;
}

void duet_conduct_done(struct duet_speaker *speaker)
{
	duet_timer_free(speaker->contest);
	duet_timer_free(speaker->tick);
	duet_timer_free(speaker->resting);
	duet_free(speaker->saying.text);
}
