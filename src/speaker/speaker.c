/* SPDX-License-Identifier: Apache-2.0 */
#include "duet/speaker.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "audio/device.h"
#include "base/alloc.h"
#include "base/arena.h"
#include "base/log.h"
#include "loop/loop.h"
#include "speaker/body.h"

enum { MAX_SETUP = 1 << 20, STEP_MS = 10, WATCH_MS = 200, ANSWER_MS = 15000 };

/* The setup's texts are the caller's; a reload needs them later. */
static bool keep_text(struct duet_speaker *speaker, const char **text)
{
	if (*text)
		*text = duet_arena_copy(speaker->arena, duet_slice(*text));
	return true;
}

static bool keep_files(struct duet_speaker *speaker)
{
	const char *const *files = speaker->setup.files;
	const char **copies;
	size_t n = 0;

	while (files && files[n])
		n++;
	copies = duet_arena_alloc(speaker->arena, (n + 1) * sizeof(*copies));
	if (!copies)
		return false;
	for (size_t i = 0; i < n; i++) {
		copies[i] = duet_arena_copy(speaker->arena, duet_slice(files[i]));
		if (!copies[i])
			return false;
	}
	speaker->setup.files = copies;
	return true;
}

static bool keep_setup(struct duet_speaker *speaker)
{
	struct duet_speaker_setup *setup = &speaker->setup;
	const char **texts[] = {&setup->config_path, &setup->data_dir,  &setup->state_dir, &setup->audio,
				&setup->record_path, &setup->assistant, &setup->in_setup};

	speaker->arena = duet_arena_new(MAX_SETUP);
	if (!speaker->arena)
		return false;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		bool was_set = *texts[i] != NULL;

		keep_text(speaker, texts[i]);
		if (was_set && !*texts[i])
			return false;
	}
	return keep_files(speaker);
}

static int find_named(const struct duet_speaker *speaker, const char *assistant, struct duet_error *error)
{
	if (!assistant || duet_crew_find(speaker->crew, assistant) >= 0)
		return 0;
	return duet_error_set(error, -ENOENT, "there is no assistant \"%.60s\" in service", assistant);
}

int duet_speaker_new(struct duet_speaker **speaker, const struct duet_speaker_setup *setup,
		     struct duet_error *error)
{
	struct duet_speaker *made = duet_calloc(1, sizeof(*made));
	int result;

	if (!made)
		return duet_error_set(error, -ENOMEM, "out of memory");
	made->setup = *setup;
	made->lock_fd = -1;
	result = keep_setup(made) ? duet_assemble(made, error)
				  : duet_error_set(error, -ENOMEM, "out of memory");
	if (result == 0)
		result = find_named(made, setup->assistant, error);
	if (result == 0)
		result = find_named(made, setup->in_setup, error);
	if (result < 0) {
		duet_speaker_free(made);
		return result;
	}
	*speaker = made;
	return 0;
}

void duet_speaker_free(struct duet_speaker *speaker)
{
	struct duet_error error = {0};
	char text[900];

	if (!speaker)
		return;
	duet_disassemble(speaker, &error);
	if (error.code) {
		duet_error_format(&error, text, sizeof(text));
		duet_error_log("speaker", "%s", text);
	}
	json_decref(speaker->answer);
	duet_arena_free(speaker->arena);
	duet_free(speaker);
}

void duet_speaker_quit(struct duet_speaker *speaker)
{
	atomic_store(&speaker->quit, true);
	duet_loop_quit(speaker->loop);
}

/* Running. */

static void run_loop_dry(struct duet_speaker *speaker)
{
	while (duet_loop_turn(speaker->loop) > 0)
		;
}

/* As fast as it goes: sound moves the clock. */
static int run_stepping(struct duet_speaker *speaker)
{
	int hears = 1;

	while (!atomic_load(&speaker->quit)) {
		hears = duet_device_step(speaker->device);
		if (hears < 0)
			return hears;
		duet_clock_manual_advance(&speaker->sound_clock, STEP_MS * 1000000L);
		duet_ear_pump(speaker->ear);
		run_loop_dry(speaker);
		duet_device_record(speaker->device);
		if (hears == 0 && duet_conduct_rests(speaker))
			break;
	}
	return 0;
}

/* Live: looks after the device now and then. */
static void watch(void *user)
{
	struct duet_speaker *speaker = user;
	int hears = duet_device_hears(speaker->device);

	duet_device_log_health(speaker->device);
	duet_device_record(speaker->device);
	speaker->has_ended |= hears <= 0;
	if (speaker->has_ended && duet_conduct_rests(speaker))
		duet_loop_quit(speaker->loop);
	else
		duet_timer_set(speaker->watch, WATCH_MS);
}

static int run_live(struct duet_speaker *speaker)
{
	if (!speaker->watch)
		speaker->watch = duet_timer_new(speaker->loop, watch, speaker);
	if (!speaker->watch)
		return -ENOMEM;
	duet_timer_set(speaker->watch, WATCH_MS);
	return atomic_load(&speaker->quit) ? 0 : duet_loop_run(speaker->loop);
}

int duet_speaker_run(struct duet_speaker *speaker)
{
	struct duet_error error = {0};
	char text[900];
	int result;

	if (!speaker->device)
		return -EINVAL;
	result = duet_device_start(speaker->device, &error);
	if (result < 0) {
		duet_error_format(&error, text, sizeof(text));
		duet_error_log("speaker", "%s", text);
		return result;
	}
	result = duet_device_moves(speaker->device) ? run_live(speaker) : run_stepping(speaker);
	duet_device_stop(speaker->device);
	atomic_store(&speaker->quit, false);
	return result;
}

/* Asking. */

static int begin_asking(struct duet_speaker *speaker, const char *assistant, struct duet_error *error)
{
	const struct duet_arbiter *arbiter = &speaker->arbiter;
	int who = duet_crew_find(speaker->crew, assistant);

	if (who < 0)
		return duet_error_set(error, who, "there is no assistant \"%.60s\" in service", assistant);
	speaker->asking = true;
	speaker->from_wake = false;
	/* The answer to a question needs no new dialog. */
	if (arbiter->state != DUET_DIALOG_LISTENING || arbiter->assistant != who)
		duet_conduct(speaker, (struct duet_event){.kind = DUET_EVENT_ADDRESS, .assistant = who});
	speaker->asked = arbiter->turn;
	return 0;
}

/* Commits and slow devices take their time. */
static void wait_for_answer(struct duet_speaker *speaker)
{
	const struct timespec moment = {.tv_nsec = 1000000};
	int64_t till = duet_clock_mono_ms(&duet_clock_system) + ANSWER_MS;

	while (!speaker->answer && duet_clock_mono_ms(&duet_clock_system) < till) {
		run_loop_dry(speaker);
		if (!speaker->answer)
			nanosleep(&moment, NULL);
	}
}

int duet_speaker_ask(struct duet_speaker *speaker, const char *assistant, const char *text, json_t **turn,
		     struct duet_error *error)
{
	int result = begin_asking(speaker, assistant, error);

	if (result < 0)
		return result;
	run_loop_dry(speaker);
	duet_conduct_enter(speaker);
	duet_relay_words(speaker, speaker->asked, text, false);
	duet_conduct_leave(speaker);
	wait_for_answer(speaker);
	speaker->asking = false;
	*turn = speaker->answer;
	speaker->answer = NULL;
	return *turn ? 0 : duet_error_set(error, -ETIMEDOUT, "no answer within %d s", ANSWER_MS / 1000);
}

int duet_speaker_reload(struct duet_speaker *speaker, struct duet_error *error)
{
	return duet_assemble_anew(speaker, error);
}

int duet_speaker_button(struct duet_speaker *speaker, const char *assistant)
{
	return duet_hand_button(speaker, assistant);
}

void duet_speaker_dismiss(struct duet_speaker *speaker)
{
	duet_hand_dismiss(speaker);
}

void duet_speaker_microphone(struct duet_speaker *speaker, bool on)
{
	duet_hand_microphone(speaker, on);
}
