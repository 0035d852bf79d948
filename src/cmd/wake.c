/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "assistant/enrolled.h"
#include "audio/device.h"
#include "audio/sound.h"
#include "base/alloc.h"
#include "cmd/duet.h"
#include "cmd/wake_learn.h"
#include "cmd/wake_show.h"
#include "wake/recording.h"

/* Wake words of people: learnt from how they say them, listed, forgotten. */

enum { RECORDINGS_MAX = 16, RECORD_MS = 2500, RATE_HZ = 16000, TRIES = 3 };

struct wake_flags {
	const char *config, *state;
	int times;
	bool json;
};

static const struct duet_flag list_flags[] = {
	DUET_FLAG_CONFIG(struct wake_flags),
	DUET_FLAG_STATE(struct wake_flags),
	{'j',
	 NULL,
	 {"json", DUET_OPTION_BOOL, offsetof(struct wake_flags, json), NULL, "One JSON object", NULL, 0, 0}},
	{0},
};

static const struct duet_flag add_flags[] = {
	DUET_FLAG_CONFIG(struct wake_flags),
	DUET_FLAG_STATE(struct wake_flags),
	{'n',
	 "N",
	 {"times", DUET_OPTION_INT, offsetof(struct wake_flags, times), "4",
	  "How often it is said to the microphone", NULL, 1, RECORDINGS_MAX}},
	{'j',
	 NULL,
	 {"json", DUET_OPTION_BOOL, offsetof(struct wake_flags, json), NULL, "One JSON object", NULL, 0, 0}},
	{0},
};

/* The configuration, and the file of the assistant that is named. */
struct session {
	const struct duet_invocation *invocation;
	const struct wake_flags *flags;
	struct duet_config *config;
	char dir[512];
};

static int open_session(struct session *session, const struct duet_invocation *invocation)
{
	struct duet_error error = {0};
	int result;

	*session = (struct session){.invocation = invocation, .flags = invocation->flags};
	result = duet_config_load(&session->config, session->flags->config, NULL, &error);
	if (result == 0)
		result = duet_config_state_dir(session->config, session->flags->state, session->dir,
					       sizeof(session->dir), &error);
	if (result == 1) {
		result = duet_error_set(&error, -EINVAL, "nothing is kept without a folder for it");
		duet_error_hint(&error, "leave out --state \"\"");
	}
	if (result < 0) {
		duet_config_free(session->config);
		return duet_command_error(invocation, DUET_EXIT_CONFIG, &error);
	}
	return DUET_EXIT_DONE;
}

static const struct duet_assistant_config *find_assistant(const struct session *session)
{
	const char *id = session->invocation->arguments[0];
	const struct duet_assistant_config *one = duet_config_assistant(session->config, id);

	if (!one)
		duet_command_fail(session->invocation, DUET_EXIT_FAILED,
				  "there is no assistant \"%s\"; `duet wake list` shows them", id);
	return one;
}

/* Listing. */

static void show_word(const struct session *session, const struct duet_assistant_config *one,
		      const char *word, const char *engine, int n_lines, json_t *list)
{
	if (list)
		json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:i}", "assistant", one->id, "phrase",
						      word, "engine", engine, "learnt", n_lines));
	else
		printf("%-12s %-28s %s%s\n", one->id, word, engine, n_lines ? ", enrolled" : "");
}

static int list_words(const struct session *session, const struct duet_assistant_config *one, json_t *list)
{
	struct duet_error error = {0};
	char path[DUET_ENROLLED_PATH], *text;

	duet_enrolled_path(session->dir, one->id, path);
	if (duet_enrolled_load(path, &text, &error) < 0)
		return duet_command_error(session->invocation, DUET_EXIT_FAILED, &error);
	for (size_t i = 0; i < one->wake.n_items; i++)
		show_word(session, one, one->wake.items[i].word, one->wake.items[i].choice->name,
			  duet_enrolled_count(text, one->wake.items[i].word), list);
	duet_free(text);
	return DUET_EXIT_DONE;
}

static int list(const struct duet_invocation *invocation)
{
	struct session session;
	json_t *all;
	int code = open_session(&session, invocation);

	if (code != DUET_EXIT_DONE)
		return code;
	all = session.flags->json ? json_array() : NULL;
	duet_enrolled_apply(session.config, session.dir);
	for (size_t i = 0; i < session.config->n_assistants && code == DUET_EXIT_DONE; i++)
		code = list_words(&session, &session.config->assistants[i], all);
	if (all) {
		json_dumpf(all, stdout, 0);
		putchar('\n');
	}
	json_decref(all);
	duet_config_free(session.config);
	return code;
}

/* Forgetting. */

static int remove_word(const struct session *session, const struct duet_assistant_config *one)
{
	const char *phrase = session->invocation->arguments[1];
	struct duet_error error = {0};
	char path[DUET_ENROLLED_PATH], *text;
	int n;

	duet_enrolled_path(session->dir, one->id, path);
	if (duet_enrolled_load(path, &text, &error) < 0)
		return duet_command_error(session->invocation, DUET_EXIT_FAILED, &error);
	n = duet_enrolled_count(text, phrase);
	duet_free(text);
	if (n == 0)
		return duet_command_fail(session->invocation, DUET_EXIT_FAILED,
					 "nothing was learnt of \"%s\" for %s", phrase, one->id);
	if (duet_enrolled_replace(path, phrase, "", &error) < 0)
		return duet_command_error(session->invocation, DUET_EXIT_FAILED, &error);
	if (session->flags->json)
		printf("{\"removed\":%d}\n", n);
	else
		printf("what was learnt of \"%s\" is forgotten\n", phrase);
	return DUET_EXIT_DONE;
}

static int forget(const struct duet_invocation *invocation)
{
	const struct duet_assistant_config *one;
	struct session session;
	int code;

	if (invocation->n_arguments != 2)
		return duet_command_usage(invocation, "say which assistant and which wake word");
	code = open_session(&session, invocation);
	if (code != DUET_EXIT_DONE)
		return code;
	one = find_assistant(&session);
	code = one ? remove_word(&session, one) : DUET_EXIT_FAILED;
	duet_config_free(session.config);
	return code;
}

/* Learning. */

/* What is said to people, beside the one JSON object for programs. */
static FILE *talk(const struct session *session)
{
	return session->flags->json ? stderr : stdout;
}

static int gather(struct duet_device *device, struct duet_sound *sound, struct duet_error *error)
{
	const size_t n = (size_t)RECORD_MS * RATE_HZ / 1000;
	struct duet_frame frame;

	sound->n_samples = 0;
	for (int waited = 0; waited < 2 * RECORD_MS && sound->n_samples + DUET_FRAME_SAMPLES <= n;
	     waited += 10) {
		nanosleep(&(struct timespec){.tv_nsec = 10 * 1000 * 1000}, NULL);
		while (sound->n_samples + DUET_FRAME_SAMPLES <= n &&
		       duet_capture_read(duet_device_capture(device), &frame) > 0) {
			memcpy(sound->samples + sound->n_samples, frame.pcm, sizeof(frame.pcm));
			sound->n_samples += DUET_FRAME_SAMPLES;
		}
	}
	if (sound->n_samples > 0)
		return 0;
	duet_error_set(error, -EIO, "no sound comes from the microphone");
	duet_error_hint(error, "`duet doctor` says more; recordings can be given as files, too");
	return -EIO;
}

/* One that somebody says to the microphone, again when it is no use. */
static int record(const struct session *session, struct duet_device *device, int number,
		  struct duet_sound *sound, struct duet_error *error)
{
	enum duet_wake_flaw flaw = DUET_WAKE_SILENT;
	struct duet_frame frame;
	int result = 0;

	sound->samples = duet_calloc((size_t)RECORD_MS * RATE_HZ / 1000, sizeof(*sound->samples));
	if (!sound->samples)
		return duet_error_set(error, -ENOMEM, "out of memory");
	for (int i = 0; result == 0 && flaw != DUET_WAKE_FINE && i < TRIES; i++) {
		while (duet_capture_read(duet_device_capture(device), &frame) > 0)
			; /* what was before */
		fprintf(talk(session), "%d of %d: say \"%s\" …\n", number, session->flags->times,
			session->invocation->arguments[1]);
		fflush(talk(session));
		result = gather(device, sound, error);
		flaw = duet_wake_recording_check(sound->samples, sound->n_samples);
		if (result == 0 && flaw != DUET_WAKE_FINE)
			fprintf(talk(session), "  %s%s\n", duet_wake_flaw_advice(flaw),
				i + 1 < TRIES ? ". Once more:" : "");
	}
	return result;
}

static int record_all(const struct session *session, struct duet_sound *sounds, size_t *n_sounds,
		      struct duet_error *error)
{
	const struct duet_config *config = session->config;
	const struct duet_mixer_lane_setup lane = {.name = "none", .rate_hz = RATE_HZ, .buffer_ms = 100};
	const struct duet_device_setup setup = {
		.engine = (const struct duet_audio_engine *)(const void *)config->audio.choice.engine,
		.options = config->audio.choice.options,
		.microphone = config->audio.microphone,
		.loudspeaker = "",
		.playback_rate_hz = RATE_HZ,
		.capture_buffer_ms = 1000,
		.lanes = &lane,
		.n_lanes = 1,
		.realtime = true,
	};
	struct duet_device *device;
	int result = duet_device_new(&device, &setup, error);

	if (result < 0)
		return result;
	result = duet_device_start(device, error);
	for (int i = 0; result == 0 && i < session->flags->times; i++) {
		result = record(session, device, i + 1, &sounds[i], error);
		*n_sounds += 1;
	}
	duet_device_free(device, NULL);
	return result;
}

static int load_all(const struct session *session, struct duet_sound *sounds, size_t *n_sounds,
		    struct duet_error *error)
{
	char *const *files = session->invocation->arguments + 2;
	int result = 0;

	for (size_t i = 0; result == 0 && files[i]; i++) {
		if (i == RECORDINGS_MAX)
			return duet_error_set(error, -E2BIG, "%d recordings are enough", RECORDINGS_MAX);
		result = duet_sound_load(&sounds[i], files[i], error);
		*n_sounds += result == 0;
	}
	return result;
}

static void show_result(const struct session *session, const struct duet_wake_recording *recordings, size_t n,
			int n_lines)
{
	const struct wake_lesson_result result = {recordings, n, session->invocation->arguments + 2, n_lines};

	if (session->flags->json)
		wake_show_json(&result);
	else
		wake_show_text(&result);
}

static int learn(const struct session *session, const struct duet_assistant_config *one,
		 const struct duet_sound *sounds, size_t n_sounds, struct duet_error *error)
{
	struct duet_wake_recording recordings[RECORDINGS_MAX] = {0};
	const char *phrase = session->invocation->arguments[1];
	char path[DUET_ENROLLED_PATH], *lines;
	int result;

	for (size_t i = 0; i < n_sounds; i++)
		recordings[i] = (struct duet_wake_recording){
			.samples = sounds[i].samples,
			.n_samples = sounds[i].n_samples,
			.flaw = duet_wake_recording_check(sounds[i].samples, sounds[i].n_samples)};
	duet_enrolled_path(session->dir, one->id, path);
	result = wake_learn(&(struct wake_lesson){session->config, one, phrase, path}, recordings, n_sounds,
			    &lines, error);
	if (result == -ENODATA)
		show_result(session, recordings, n_sounds, 0);
	if (result < 0)
		return result;
	result = duet_enrolled_replace(path, phrase, lines, error);
	if (result == 0)
		show_result(session, recordings, n_sounds, duet_enrolled_count(lines, phrase));
	duet_free(lines);
	return result;
}

static int add(const struct duet_invocation *invocation)
{
	struct duet_sound sounds[RECORDINGS_MAX] = {0};
	const struct duet_assistant_config *one;
	struct duet_error error = {0};
	struct session session;
	size_t n_sounds = 0;
	int code, result;

	if (invocation->n_arguments < 2)
		return duet_command_usage(invocation, "say which assistant and which wake word");
	code = open_session(&session, invocation);
	if (code != DUET_EXIT_DONE)
		return code;
	one = find_assistant(&session);
	if (!one) {
		duet_config_free(session.config);
		return DUET_EXIT_FAILED;
	}
	result = invocation->n_arguments > 2 ? load_all(&session, sounds, &n_sounds, &error)
					     : record_all(&session, sounds, &n_sounds, &error);
	if (result == 0)
		result = learn(&session, one, sounds, n_sounds, &error);
	for (size_t i = 0; i < RECORDINGS_MAX; i++)
		duet_sound_done(&sounds[i]);
	duet_config_free(session.config);
	return result < 0 ? duet_command_error(invocation, DUET_EXIT_FAILED, &error) : DUET_EXIT_DONE;
}

static const struct duet_command add_command = {
	.name = "add",
	.arguments = "ID PHRASE [FILE…]",
	.summary = "Learn how a person says a wake word",
	.description =
		"Asks for the wake word of the assistant ID a few times at the microphone, or takes "
		"recordings "
		"of it from files, one in each, and learns from them how it is said: what sounds like them "
		"is "
		"heard more surely from then on, and what others say no less. Recordings that are no use are "
		"left out, and it says why: silent, short, long, quiet, clipped, unheard, or different from "
		"the others. Each of the rest is tried in a noisy room (15 dB), with what the others taught "
		"and as it was before. It can be repeated: what was learnt before is kept beside it. A "
		"phrase "
		"that is no wake word of the assistant yet becomes one.",
	.flags = add_flags,
	.flags_size = sizeof(struct wake_flags),
	.run = add,
};

static const struct duet_command list_command = {
	.name = "list",
	.summary = "List the wake words, and what was learnt of them",
	.flags = list_flags,
	.flags_size = sizeof(struct wake_flags),
	.run = list,
};

static const struct duet_command remove_command = {
	.name = "remove",
	.arguments = "ID PHRASE",
	.summary = "Forget what was learnt of a wake word",
	.description =
		"Forgets it. A wake word that was added so is none any more; one of the configuration stays.",
	.flags = list_flags,
	.flags_size = sizeof(struct wake_flags),
	.run = forget,
};

static const struct duet_command *const commands[] = {&add_command, &list_command, &remove_command, NULL};

const struct duet_command duet_wake_command = {
	.name = "wake",
	.summary = "Wake words of one's own, and how one says them",
	.commands = commands,
};
