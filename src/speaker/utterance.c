/* SPDX-License-Identifier: Apache-2.0 */
#include "speaker/utterance.h"

#include <stdio.h>
#include <string.h>

#include "audio/capture.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "speaker/crew.h"
#include "speaker/scribe.h"

enum {
	SETTLE_MS = 150,
	RESUME_FRAMES = 3,
	PAUSE_MS = 300,
	PARTIAL_EVERY = 5, /* frames between two questions to the recogniser */
};

static int64_t now_ns(void)
{
	return duet_clock_system.mono_ns(&duet_clock_system);
}

static void post(const struct duet_utterance *utterance, const struct duet_heard *heard)
{
	utterance->post(utterance->user, heard);
}

void duet_utterance_init(struct duet_utterance *utterance, const struct duet_ear_setup *setup,
			 void (*posted)(void *user, const struct duet_heard *heard), void *user)
{
	*utterance = (struct duet_utterance){.setup = setup, .user = user, .post = posted};
}

void duet_utterance_cancel(struct duet_utterance *utterance)
{
	for (size_t i = 0; i < utterance->n_hearers; i++)
		duet_asr_cancel(utterance->hearers[i].asr);
	duet_free(utterance->sound);
	duet_utterance_init(utterance, utterance->setup, utterance->post, utterance->user);
}

static void fail(struct duet_utterance *utterance, int code)
{
	duet_error_log("ear", "the recogniser failed: %s", strerror(-code));
	post(utterance, &(struct duet_heard){.kind = DUET_HEARD_FAILED, .turn = utterance->turn});
	duet_utterance_cancel(utterance);
}

/* Live, what the ear lags behind counts too; inline, sound does not come at its own pace. */
static double endpoint_ms(const struct duet_utterance *utterance)
{
	double quiet_ms = duet_endpoint_quiet_ms(&utterance->endpoint);
	double passed_ms = (double)(now_ns() - utterance->voice_ns) / 1e6;

	return !utterance->setup->is_inline && utterance->voice_ns && passed_ms > quiet_ms ? passed_ms
											   : quiet_ms;
}

/* Recordings: nobody's unless an assistant's configuration says so. */

static int recordings_of(const struct duet_utterance *utterance, int assistant)
{
	return utterance->setup->scribe ? utterance->setup->crew->config->assistants[assistant].recordings
					: 0;
}

static bool is_recorded(const struct duet_utterance *utterance)
{
	for (size_t i = 0; i < utterance->n_hearers; i++) {
		if (recordings_of(utterance, utterance->hearers[i].assistant) > 0)
			return true;
	}
	return false;
}

/* Memory that is missing costs the recording, not the turn. */
static void note_sound(struct duet_utterance *utterance, const int16_t *pcm)
{
	size_t room = utterance->sound_room ? 2 * utterance->sound_room : DUET_FRAME_RATE_HZ;
	int16_t *more;

	if (utterance->n_sound + DUET_FRAME_SAMPLES > utterance->sound_room) {
		more = duet_realloc(utterance->sound, room, sizeof(*more));
		if (!more)
			return;
		utterance->sound = more;
		utterance->sound_room = room;
	}
	memcpy(utterance->sound + utterance->n_sound, pcm, DUET_FRAME_SAMPLES * sizeof(*pcm));
	utterance->n_sound += DUET_FRAME_SAMPLES;
}

static void keep_sound(const struct duet_utterance *utterance, const struct duet_hearer *hearer)
{
	const struct duet_assistant_config *who =
		&utterance->setup->crew->config->assistants[hearer->assistant];
	int keep = recordings_of(utterance, hearer->assistant);

	if (keep > 0 && utterance->n_sound > 0)
		duet_scribe_keep(utterance->setup->scribe, who->id, utterance->turn, keep, utterance->sound,
				 utterance->n_sound);
}

static int finish_one(const struct duet_utterance *utterance, const struct duet_hearer *hearer)
{
	struct duet_heard heard = {
		.kind = DUET_HEARD_WORDS, .turn = utterance->turn, .assistant = hearer->assistant};
	struct duet_asr_result words = {0};
	int result = duet_asr_finish(hearer->asr, &words);

	if (result < 0)
		return result;
	keep_sound(utterance, hearer);
	heard.refused = words.refused;
	heard.confidence = words.confidence;
	snprintf(heard.text, sizeof(heard.text), "%s", words.text);
	post(utterance, &heard);
	return 0;
}

static void finish(struct duet_utterance *utterance)
{
	struct duet_heard heard = {.kind = DUET_HEARD_ENDPOINT, .turn = utterance->turn};
	int result = 0;

	heard.listen_ms = utterance->endpoint.last_voice_ms;
	heard.endpoint_ms = endpoint_ms(utterance);
	post(utterance, &heard);
	for (size_t i = 0; i < utterance->n_hearers && result == 0; i++)
		result = finish_one(utterance, &utterance->hearers[i]);
	if (result < 0)
		fail(utterance, result);
	else
		duet_utterance_cancel(utterance);
}

static void stay_silent(struct duet_utterance *utterance)
{
	post(utterance, &(struct duet_heard){.kind = DUET_HEARD_NOTHING, .turn = utterance->turn});
	duet_utterance_cancel(utterance);
}

/* Could the words so far be a whole sentence? Asked in pauses only: it costs a walk through the lattice. */
static bool is_complete(struct duet_utterance *utterance)
{
	if (!duet_endpoint_asks(&utterance->endpoint))
		return false;
	if (utterance->partial_age < 0 || utterance->partial_age >= PARTIAL_EVERY) {
		utterance->partial_age = 0;
		for (size_t i = 0; i < utterance->n_hearers; i++) {
			struct duet_hearer *hearer = &utterance->hearers[i];

			if (duet_asr_partial(hearer->asr, &hearer->partial) < 0)
				hearer->partial.complete = false;
		}
	}
	utterance->partial_age++;
	for (size_t i = 0; i < utterance->n_hearers; i++) {
		if (utterance->hearers[i].partial.complete)
			return true;
	}
	return false;
}

static int tell_pause(const struct duet_utterance *utterance, bool silent)
{
	int result = 0;

	for (size_t i = 0; i < utterance->n_hearers && result == 0; i++)
		result = duet_asr_pause(utterance->hearers[i].asr, silent);
	return result;
}

/* A moment before the endpoint can come the recogniser may begin to finish; a short noise does not undo that.
 */
static int pause_or_resume(struct duet_utterance *utterance, bool voiced)
{
	bool quiet = duet_endpoint_quiet_ms(&utterance->endpoint) >= SETTLE_MS;

	utterance->voiced_run = voiced ? utterance->voiced_run + 1 : 0;
	if (!utterance->paused && quiet && duet_endpoint_spoken(&utterance->endpoint)) {
		utterance->paused = true;
		return tell_pause(utterance, true);
	}
	if (utterance->paused && utterance->voiced_run >= RESUME_FRAMES) {
		utterance->paused = false;
		return tell_pause(utterance, false);
	}
	return 0;
}

/* Did the frame end it, and how? */
static enum duet_verdict judge(struct duet_utterance *utterance, bool voiced)
{
	if (voiced) {
		utterance->partial_age = -1;
		utterance->voice_ns = now_ns();
	}
	if (utterance->endpoint.now_ms == PAUSE_MS && !duet_endpoint_spoken(&utterance->endpoint))
		post(utterance, &(struct duet_heard){.kind = DUET_HEARD_PAUSE, .turn = utterance->turn});
	return duet_endpoint_frame(&utterance->endpoint, voiced, is_complete(utterance));
}

bool duet_utterance_frame(struct duet_utterance *utterance, const int16_t *pcm, bool voiced)
{
	int result = 0;

	if (is_recorded(utterance))
		note_sound(utterance, pcm);
	for (size_t i = 0; i < utterance->n_hearers && result == 0; i++)
		result = duet_asr_feed(utterance->hearers[i].asr, pcm, DUET_FRAME_SAMPLES);
	if (result == 0)
		result = pause_or_resume(utterance, voiced);
	if (result < 0) {
		fail(utterance, result);
		return true;
	}
	switch (judge(utterance, voiced)) {
	case DUET_VERDICT_GO_ON:
		return false;
	case DUET_VERDICT_SILENCE:
		stay_silent(utterance);
		return true;
	case DUET_VERDICT_ENDED:
	case DUET_VERDICT_ENDLESS:
		break;
	}
	finish(utterance);
	return true;
}

static void add_hearers(struct duet_utterance *utterance, int assistant)
{
	const struct duet_crew *crew = utterance->setup->crew;

	for (size_t i = 0; i < crew->config->n_assistants && utterance->n_hearers < DUET_UTTERANCE_HEARERS;
	     i++) {
		bool meant = assistant == DUET_ANYONE ? (crew->sharers & (1u << i)) : (size_t)assistant == i;

		if (meant && crew->members[i].asr)
			utterance->hearers[utterance->n_hearers++] =
				(struct duet_hearer){.assistant = (int)i, .asr = crew->members[i].asr};
	}
}

void duet_utterance_begin(struct duet_utterance *utterance, uint64_t turn, int assistant, enum duet_part part,
			  float noise_db)
{
	int result = 0;

	duet_utterance_cancel(utterance);
	utterance->turn = turn;
	utterance->partial_age = -1;
	add_hearers(utterance, assistant);
	duet_endpoint_init(&utterance->endpoint, &utterance->setup->times);
	for (size_t i = 0; i < utterance->n_hearers && result == 0; i++)
		result = duet_asr_begin(utterance->hearers[i].asr, part, noise_db);
	if (result < 0)
		fail(utterance, result);
}
