/* SPDX-License-Identifier: Apache-2.0 */
#include "speaker/ear.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

#include "audio/capture.h"
#include "audio/echo.h"
#include "audio/mixer.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "loop/worker.h"
#include "speaker/crew.h"
#include "speaker/gate.h"
#include "speaker/halt.h"
#include "speaker/utterance.h"
#include "wake/wake.h"

enum {
	HISTORY = 512, /* frames: five seconds */
	IDLE_MS = 5,   /* how long it sleeps when nothing was captured */
	ECHO_MS = 300, /* how long a room goes on sounding */
	OWN_WORDS_MS = 1200,
	CUE_ECHO_MS = 100, /* a cue is soft */
	VOICE_FRAMES = 4,
	VOICE_LEAD_MS = 300, /* an open microphone listens from this long before the voice */
	SAMPLES_A_MS = 16,
};

struct heard_frame {
	struct duet_frame frame;
	struct duet_vad_report vad;
	bool own_sound, own_cue;
};

struct duet_ear {
	struct duet_ear_setup setup;
	struct duet_worker *worker;
	_Atomic uint32_t ignored; /* phrases */
	uint32_t own_phrases;     /* ear worker: those that count now */
	int own_phrases_ms;
	atomic_bool closing;
	atomic_bool stop_live;
	/* Ear worker: */
	struct heard_frame history[HISTORY];
	int64_t n_heard;              /* frames so far; the latest is history[(n_heard - 1) % HISTORY] */
	int own_sound_ms, own_cue_ms; /* how long they still count */
	bool wake_live;
	int64_t wake_begin; /* the sample that is the wake engine's 0 */
	int64_t n_fed;      /* samples since then */
	int64_t *wake_ends; /* by assistant: where its wake word ended; the last one is anyone's */
	struct duet_utterance utterance;
	int open_for;   /* the assistant whose microphone is open, or negative */
	int voiced_run; /* voiced frames in a row */
};

/* From main to the ear, or back. */
struct message {
	struct duet_ear *ear;
	struct duet_heard heard;
	bool live, from_wake;
	enum duet_part part;
};

static int64_t now_ns(void)
{
	return duet_clock_system.mono_ns(&duet_clock_system);
}

/* To main. */

static void deliver(void *user)
{
	struct message *message = user;
	struct duet_ear *ear = message->ear;

	if (!atomic_load(&ear->closing))
		ear->setup.heard(ear->setup.user, &message->heard);
	duet_free(message);
}

static void post(void *user, const struct duet_heard *heard)
{
	struct duet_ear *ear = user;
	struct message *message = duet_calloc(1, sizeof(*message));

	if (message) {
		message->ear = ear;
		message->heard = *heard;
		message->heard.at_ns = now_ns();
		if (duet_loop_post(ear->setup.loop, deliver, message) == 0)
			return;
	}
	duet_free(message);
	duet_error_log("ear", "what was heard got lost: the main thread does not keep up");
}

/* Frames. */

static bool lasts(int *left_ms, bool sounds, int echo_ms)
{
	if (sounds)
		*left_ms = echo_ms;
	if (*left_ms <= 0)
		return false;
	*left_ms -= DUET_ENDPOINT_FRAME_MS;
	return true;
}

static void notice_own_sound(struct duet_ear *ear, struct heard_frame *one)
{
	const struct duet_ear_setup *setup = &ear->setup;
	bool any = false, cue = false;

	for (size_t lane = 0; setup->mixer && lane < setup->n_lanes; lane++) {
		bool sounds = !duet_mixer_drained(setup->mixer, lane);

		any |= sounds;
		cue |= sounds && lane == setup->cue_lane;
	}
	one->own_sound = lasts(&ear->own_sound_ms, any, ECHO_MS);
	if (setup->echo)
		one->own_sound = duet_echo_cancel(setup->echo, &one->frame);
	one->own_cue = lasts(&ear->own_cue_ms, cue, CUE_ECHO_MS);
}

/* What was just said still comes back from the room, and a wake word is heard after its end. */
static void notice_own_words(struct duet_ear *ear)
{
	uint32_t ignored = atomic_load(&ear->ignored);

	if (ignored) {
		ear->own_phrases = ignored;
		ear->own_phrases_ms = OWN_WORDS_MS;
	} else if (ear->own_phrases_ms > 0) {
		ear->own_phrases_ms -= DUET_ENDPOINT_FRAME_MS;
	} else {
		ear->own_phrases = 0;
	}
}

static struct heard_frame *at(struct duet_ear *ear, int64_t frame)
{
	return &ear->history[frame % HISTORY];
}

static int64_t newest_end(struct duet_ear *ear)
{
	return ear->n_heard ? at(ear, ear->n_heard - 1)->frame.begin + DUET_FRAME_SAMPLES : 0;
}

/* Wake words. */

static bool passes(struct duet_ear *ear, const struct duet_wake_detection *detection, bool own_sound)
{
	if (own_sound && detection->phrase < 32 && (ear->own_phrases & (1U << detection->phrase)))
		return false;
	if (ear->setup.echo && ear->setup.crew->gate)
		return !duet_gate_own(ear->setup.crew->gate, ear->setup.echo, detection->phrase,
				      detection->score,
				      (int)((ear->n_fed - detection->begin) / DUET_FRAME_SAMPLES));
	return !own_sound || detection->score >= (float)ear->setup.crew->config->wake.own_sound_score;
}

static int64_t *wake_end(struct duet_ear *ear, int assistant)
{
	size_t n = ear->setup.crew->config->n_assistants;

	return &ear->wake_ends[assistant == DUET_ANYONE ? n : (size_t)assistant];
}

static void woken(struct duet_ear *ear, const struct duet_wake_detection *detection, bool own_sound)
{
	const struct duet_crew *crew = ear->setup.crew;
	struct duet_heard heard = {.kind = DUET_HEARD_WAKE, .score = detection->score};
	int64_t end = ear->wake_begin + detection->end;

	duet_debug("ear", "wake word %s, score %.2f%s", crew->phrases[detection->phrase].text,
		   (double)detection->score, own_sound ? ", over own sound" : "");
	if (!passes(ear, detection, own_sound))
		return;
	heard.assistant = crew->owners[detection->phrase];
	heard.wake_ms = (double)(newest_end(ear) - end) / SAMPLES_A_MS;
	*wake_end(ear, heard.assistant) = end;
	post(ear, &heard);
}

static void feed_wake(struct duet_ear *ear, const struct heard_frame *one)
{
	const struct duet_crew *crew = ear->setup.crew;
	struct duet_wake_detection detection;
	int result;

	duet_wake_own_sound(crew->wake, one->own_sound && ear->setup.echo && crew->gate);
	result = duet_wake_feed(crew->wake, one->frame.pcm, DUET_FRAME_SAMPLES, &detection);
	ear->n_fed += DUET_FRAME_SAMPLES;
	if (result > 0 && detection.phrase < crew->n_phrases)
		woken(ear, &detection, one->own_sound);
	if (result < 0)
		duet_error_log("ear", "the wake engine failed: %s", strerror(-result));
}

/* A bare "stop". */
static void feed_halt(struct duet_ear *ear, const struct heard_frame *one)
{
	struct duet_halt *halt = ear->setup.crew->halt;

	if (!halt)
		return;
	/* Whoever is listened to says "stop" to the recogniser; both at once would take twice the memory. */
	if (ear->utterance.turn)
		duet_halt_close(halt);
	else if (!atomic_load(&ear->stop_live))
		duet_halt_rest(halt);
	else if (duet_halt_feed(halt, one->frame.pcm, ear->setup.echo) >= 0)
		post(ear, &(struct duet_heard){.kind = DUET_HEARD_STOP});
}

/* An open microphone: enough voiced frames in a row are the beginning of something. */
static void watch_voice(struct duet_ear *ear, const struct heard_frame *one)
{
	ear->voiced_run = one->vad.voiced ? ear->voiced_run + 1 : 0;
	if (ear->voiced_run != VOICE_FRAMES)
		return;
	*wake_end(ear, ear->open_for) = one->frame.begin - VOICE_LEAD_MS * SAMPLES_A_MS;
	post(ear, &(struct duet_heard){.kind = DUET_HEARD_VOICE, .assistant = ear->open_for});
}

/* Frames in which a cue sounds are not voiced. */
static bool listen_to(struct duet_ear *ear, const struct heard_frame *one)
{
	return duet_utterance_frame(&ear->utterance, one->frame.pcm, one->vad.voiced && !one->own_cue);
}

/* What was already heard since `from` (a sample) is listened to at once. */
static void catch_up(struct duet_ear *ear, int64_t from)
{
	int64_t frame = ear->n_heard;

	while (frame > 0 && frame > ear->n_heard - HISTORY + 1 && at(ear, frame - 1)->frame.begin >= from)
		frame--;
	for (; frame < ear->n_heard && ear->utterance.turn; frame++) {
		if (listen_to(ear, at(ear, frame)))
			return;
	}
}

/* Orders from main, on the worker. */

static void do_wake(void *user)
{
	struct message *message = user;
	struct duet_ear *ear = message->ear;

	if (message->live && !ear->wake_live) {
		duet_wake_reset(ear->setup.crew->wake);
		ear->wake_begin = newest_end(ear);
		ear->n_fed = 0;
	}
	ear->wake_live = message->live;
	duet_free(message);
}

static void do_listen(void *user)
{
	struct message *message = user;
	struct duet_ear *ear = message->ear;
	float noise_db = ear->n_heard ? at(ear, ear->n_heard - 1)->vad.noise_db : 0;
	int64_t from = message->from_wake ? *wake_end(ear, message->heard.assistant) : newest_end(ear);

	ear->voiced_run = 0;
	duet_utterance_begin(&ear->utterance, message->heard.turn, message->heard.assistant, message->part,
			     noise_db);
	catch_up(ear, from);
	duet_free(message);
}

static void do_cancel(void *user)
{
	struct message *message = user;
	struct duet_ear *ear = message->ear;

	if (ear->utterance.turn == message->heard.turn)
		duet_utterance_cancel(&ear->utterance);
	duet_free(message);
}

static void order(struct duet_ear *ear, duet_loop_call *call, const struct message *what)
{
	struct message *message = duet_alloc(sizeof(*message));

	if (message) {
		*message = *what;
		message->ear = ear;
		if (duet_worker_post(ear->worker, call, message) == 0)
			return;
	}
	duet_free(message);
	duet_error_log("ear", "an order got lost: the ear does not keep up");
}

/* The worker's own life. */

static bool hear_frame(struct duet_ear *ear)
{
	struct heard_frame *one = at(ear, ear->n_heard);

	if (!duet_capture_read(ear->setup.capture, &one->frame))
		return false;
	notice_own_sound(ear, one);
	notice_own_words(ear);
	ear->setup.vad->feed(ear->setup.vad_state, one->frame.pcm, &one->vad);
	ear->n_heard++;
	if (ear->wake_live)
		feed_wake(ear, one);
	feed_halt(ear, one);
	if (ear->utterance.turn)
		listen_to(ear, one);
	else if (ear->open_for >= 0)
		watch_voice(ear, one);
	return true;
}

/* Hears until something else is to be done, then stands in line again. */
static void live(void *user)
{
	struct duet_ear *ear = user;
	const struct timespec idle = {.tv_nsec = IDLE_MS * 1000000L};

	while (!duet_worker_waiting(ear->worker) && !atomic_load(&ear->closing)) {
		if (!hear_frame(ear))
			nanosleep(&idle, NULL);
	}
	if (!atomic_load(&ear->closing))
		duet_worker_post(ear->worker, live, ear);
}

int duet_ear_new(struct duet_ear **ear, const struct duet_ear_setup *setup)
{
	struct duet_ear *made = duet_calloc(1, sizeof(*made));

	if (!made)
		return -ENOMEM;
	made->setup = *setup;
	duet_utterance_init(&made->utterance, &made->setup, post, made);
	made->wake_live = true;
	made->open_for = -1;
	made->wake_ends = duet_calloc(setup->crew->config->n_assistants + 1, sizeof(*made->wake_ends));
	made->worker = made->wake_ends ? duet_worker_new("duet-ear", setup->is_inline) : NULL;
	if (!made->worker) {
		duet_free(made->wake_ends);
		duet_free(made);
		return -ENOMEM;
	}
	duet_wake_reset(setup->crew->wake);
	*ear = made;
	return setup->is_inline ? 0 : duet_worker_post(made->worker, live, made);
}

static void bury(void *user)
{
	struct duet_ear *ear = user;

	duet_free(ear->wake_ends);
	duet_free(ear);
}

void duet_ear_free(struct duet_ear *ear)
{
	if (!ear)
		return;
	atomic_store(&ear->closing, true);
	duet_worker_free(ear->worker);
	duet_utterance_cancel(&ear->utterance);
	/* What it posted still names it: it goes after that. */
	if (duet_loop_post(ear->setup.loop, bury, ear) < 0)
		duet_error_log("ear", "the main thread does not keep up: memory is lost");
}

void duet_ear_wake(struct duet_ear *ear, bool live_now)
{
	order(ear, do_wake, &(struct message){.live = live_now});
}

void duet_ear_listen(struct duet_ear *ear, uint64_t turn, int assistant, enum duet_part part, bool from_wake)
{
	order(ear, do_listen,
	      &(struct message){
		      .heard = {.turn = turn, .assistant = assistant}, .part = part, .from_wake = from_wake});
}

void duet_ear_cancel(struct duet_ear *ear, uint64_t turn)
{
	order(ear, do_cancel, &(struct message){.heard = {.turn = turn}});
}

void duet_ear_ignore(struct duet_ear *ear, uint32_t phrases)
{
	atomic_store(&ear->ignored, phrases);
}

void duet_ear_stop(struct duet_ear *ear, bool stop_live)
{
	atomic_store(&ear->stop_live, stop_live);
}

void duet_ear_open(struct duet_ear *ear, int assistant)
{
	ear->open_for = assistant;
}

void duet_ear_pump(struct duet_ear *ear)
{
	while (hear_frame(ear))
		;
}
