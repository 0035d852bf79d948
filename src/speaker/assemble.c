/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "assistant/enrolled.h"
#include "audio/device.h"
#include "base/alloc.h"
#include "base/arena.h"
#include "base/file.h"
#include "base/log.h"
#include "base/zone.h"
#include "loop/loop.h"
#include "skill/home.h"
#include "speaker/body.h"
#include "speaker/scribe.h"
#include "store/store.h"

/* The parts of a speaker, in the order in which they need each other. */

enum {
	CAPTURE_MS = 4000,         /* that the ear may lag behind */
	SPEECH_MS = 600,           /* synthesised ahead */
	SPEECH_INLINE_MS = 120000, /* nobody plays while it is made */
	TONE_MS = 3000,
	RENAME_MS = 1000,
};

static int fail_memory(struct duet_error *error)
{
	return duet_error_set(error, -ENOMEM, "out of memory");
}

static const char *cache_dir(const struct duet_speaker *speaker, char dir[640])
{
	if (!speaker->state_dir[0])
		return NULL;
	snprintf(dir, 640, "%s/sentences", speaker->state_dir);
	if (duet_file_mkdirs(dir, NULL) == 0)
		return dir;
	duet_warn("speaker", "%s cannot be made: the sentences are compiled at each start", dir);
	return NULL;
}

static int set_files(const struct duet_speaker *speaker, struct duet_config *config, struct duet_error *error)
{
	const char *const *files = speaker->setup.files;
	size_t n = 0;

	while (files && files[n])
		n++;
	return n ? duet_config_set_paths(config, &config->audio.choice, "files", files, n, error) : 0;
}

static int load_config(const struct duet_speaker *speaker, struct duet_config **config,
		       struct duet_error *error)
{
	const struct duet_speaker_setup *setup = &speaker->setup;
	int result;

	*config = NULL;
	result = duet_config_load(config, setup->config_path, setup->data_dir, error);
	if (result == 0 && setup->audio)
		result = duet_config_choose(*config, "audio", &(*config)->audio.choice, setup->audio, error);
	if (result == 0 && setup->audio_engine)
		(*config)->audio.choice = (struct duet_engine_choice){
			setup->audio_engine->engine.name, &setup->audio_engine->engine, setup->audio_options};
	if (result == 0)
		result = set_files(speaker, *config, error);
	if (result < 0) {
		duet_config_free(*config);
		*config = NULL;
	}
	return result;
}

static void init_clock(struct duet_speaker *speaker, const struct duet_config *config)
{
	const struct duet_audio_engine *audio = (const struct duet_audio_engine *)config->audio.choice.engine;
	const struct duet_clock *given = speaker->setup.clock;

	speaker->clock = given ? given : &duet_clock_system;
	if (!speaker->setup.inline_workers || speaker->setup.words_only || !audio->step)
		return;
	duet_clock_manual_init(&speaker->sound_clock, speaker->clock->wall_ns(speaker->clock));
	speaker->clock = &speaker->sound_clock.clock;
}

/* Two speakers on one state would tell each other's timers wrong. */
static int lock_state(struct duet_speaker *speaker, struct duet_error *error)
{
	char path[640];

	snprintf(path, sizeof(path), "%s/lock", speaker->state_dir);
	speaker->lock_fd = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
	if (speaker->lock_fd < 0) {
		int code = -errno;

		duet_error_set(error, code, "nothing can be written to %.180s: %s", speaker->state_dir,
			       strerror(-code));
		duet_error_hint(error, "set speaker.state_dir, or STATE_DIRECTORY, to a folder of your own");
		return code;
	}
	if (flock(speaker->lock_fd, LOCK_EX | LOCK_NB) == 0)
		return 0;
	duet_error_set(error, -EBUSY, "another speaker is using %.180s", speaker->state_dir);
	duet_error_hint(error, "stop it, or use another folder (--state)");
	return -EBUSY;
}

static int open_store(struct duet_speaker *speaker, const struct duet_config *config,
		      struct duet_error *error)
{
	struct duet_store_setup setup = {
		.loop = speaker->loop, .user = speaker, .settled = duet_conduct_settled};
	char path[640];
	int result = duet_config_state_dir(config, speaker->setup.state_dir, speaker->state_dir,
					   sizeof(speaker->state_dir), error);

	if (result == 0)
		result = lock_state(speaker, error);
	if (result < 0)
		return result;
	snprintf(path, sizeof(path), "%s/duet.db", speaker->state_dir);
	setup.path = speaker->state_dir[0] ? path : NULL;
	setup.inline_worker = speaker->setup.inline_workers || speaker->setup.words_only;
	return duet_store_new(&speaker->store, &setup, error);
}

/* The home has other names now; they are learnt when nobody is talking. */
static void rename_all(void *user)
{
	struct duet_speaker *speaker = user;
	struct duet_error error = {0};
	char text[900];

	if (speaker->arbiter.state != DUET_DIALOG_IDLE) {
		duet_timer_set(speaker->renaming, RENAME_MS);
		return;
	}
	if (duet_assemble_anew(speaker, &error) < 0) {
		duet_error_format(&error, text, sizeof(text));
		duet_error_log("speaker", "the home's new names are not known: %s", text);
	}
}

static void renamed(void *user)
{
	duet_timer_set(((struct duet_speaker *)user)->renaming, RENAME_MS);
}

static int open_home(struct duet_speaker *speaker, const struct duet_config *config, struct duet_error *error)
{
	const struct duet_engine_choice *choice = &config->home.choice;
	struct duet_home_driver driver = {(const struct duet_home_engine *)choice->engine, choice->options};
	int result;

	speaker->renaming = duet_timer_new(speaker->loop, rename_all, speaker);
	if (!speaker->renaming)
		return fail_memory(error);
	result = duet_home_new(&speaker->home, &driver, 1, speaker->store, config->data_dir, error);
	if (result == 0)
		duet_home_watch(speaker->home, renamed, speaker);
	return result;
}

static int open_crew(struct duet_speaker *speaker, struct duet_config *take_config, struct duet_crew **crew,
		     struct duet_error *error)
{
	char dir[640];

	if (duet_enrolled_apply(take_config, speaker->state_dir) < 0) {
		duet_config_free(take_config);
		fail_memory(error);
		return -ENOMEM;
	}
	return duet_crew_new(crew,
			     &(struct duet_crew_setup){.take_config = take_config,
						       .cache_dir = cache_dir(speaker, dir),
						       .home = speaker->home,
						       .words_only = speaker->setup.words_only},
			     error);
}

static int open_device(struct duet_speaker *speaker, struct duet_error *error)
{
	const struct duet_config *config = speaker->crew->config;
	bool is_inline = speaker->setup.inline_workers;
	int speech_ms = is_inline ? SPEECH_INLINE_MS : SPEECH_MS;
	const struct duet_mixer_lane_setup lanes[DUET_N_LANES] = {
		[DUET_LANE_SPEECH] = {"speech", DUET_PLAYBACK_RATE_HZ, speech_ms},
		[DUET_LANE_CUE] = {"cue", DUET_PLAYBACK_RATE_HZ, TONE_MS},
		[DUET_LANE_TONE] = {"tone", DUET_PLAYBACK_RATE_HZ, TONE_MS},
		[DUET_LANE_VOICE] = {"voice", DUET_PLAYBACK_RATE_HZ, speech_ms},
	};
	const struct duet_device_setup setup = {
		.engine = (const struct duet_audio_engine *)config->audio.choice.engine,
		.options = config->audio.choice.options,
		.microphone = config->audio.microphone,
		.loudspeaker = config->audio.loudspeaker,
		.playback_rate_hz = DUET_PLAYBACK_RATE_HZ,
		.capture_buffer_ms = CAPTURE_MS,
		.lanes = lanes,
		.n_lanes = DUET_N_LANES,
		.realtime = !is_inline,
		.record_path = speaker->setup.record_path,
		.echo = (enum duet_echo_way)config->audio.echo,
		.echo_tail_ms = config->audio.echo_tail_ms,
	};

	return duet_device_new(&speaker->device, &setup, error);
}

static int open_vad(struct duet_speaker *speaker, struct duet_error *error)
{
	const struct duet_engine_choice *choice = &speaker->crew->config->vad.choice;
	const struct duet_vad_engine *vad = (const struct duet_vad_engine *)choice->engine;
	int result;

	speaker->vad_state = duet_calloc(1, vad->engine.state_size ? vad->engine.state_size : 1);
	if (!speaker->vad_state)
		return fail_memory(error);
	result = vad->open(speaker->vad_state, choice->options, error);
	if (result == 0)
		speaker->vad = vad;
	return result;
}

static int open_ear(struct duet_speaker *speaker)
{
	const struct duet_config *config = speaker->crew->config;

	return duet_ear_new(&speaker->ear,
			    &(struct duet_ear_setup){
				    .loop = speaker->loop,
				    .capture = duet_device_capture(speaker->device),
				    .echo = duet_device_echo(speaker->device),
				    .mixer = duet_device_mixer(speaker->device),
				    .n_lanes = DUET_N_LANES,
				    .cue_lane = DUET_LANE_CUE,
				    .crew = speaker->crew,
				    .scribe = speaker->scribe,
				    .vad = speaker->vad,
				    .vad_state = speaker->vad_state,
				    .times = {config->listen.complete_ms, config->listen.open_ms,
					      config->listen.silence_ms, config->listen.longest_ms},
				    .is_inline = speaker->setup.inline_workers,
				    .user = speaker,
				    .heard = duet_conduct_heard,
			    });
}

static bool wants_recordings(const struct duet_config *config)
{
	for (size_t i = 0; i < config->n_assistants; i++) {
		if (config->assistants[i].recordings > 0)
			return true;
	}
	return false;
}

static int open_scribe(struct duet_speaker *speaker)
{
	if (!speaker->state_dir[0] || !wants_recordings(speaker->crew->config))
		return 0;
	return duet_scribe_new(&speaker->scribe, speaker->state_dir, speaker->setup.inline_workers);
}

/* What is bound to the crew: made anew with it. */
static int open_head(struct duet_speaker *speaker, struct duet_error *error)
{
	int result = open_scribe(speaker);

	if (result == 0)
		result = open_ear(speaker);

	if (result == 0)
		result = duet_mouth_new(&speaker->mouth, duet_device_mixer(speaker->device),
					speaker->setup.inline_workers);
	if (result < 0)
		return fail_memory(error);
	duet_ringer_mouth(speaker->ringer, speaker->mouth);
	duet_ear_stop(speaker->ear, speaker->stop_live);
	if (speaker->setup.assistant)
		duet_ear_open(speaker->ear, duet_crew_find(speaker->crew, speaker->setup.assistant));
	return 0;
}

static int open_body(struct duet_speaker *speaker, struct duet_error *error)
{
	int result = open_device(speaker, error);

	if (result == 0)
		result = open_vad(speaker, error);
	if (result < 0)
		return result;
	result = duet_ringer_new(&speaker->ringer,
				 &(struct duet_ringer_setup){.loop = speaker->loop,
							     .mixer = duet_device_mixer(speaker->device),
							     .tone_lane = DUET_LANE_TONE,
							     .voice_lane = DUET_LANE_VOICE,
							     .rate_hz = DUET_PLAYBACK_RATE_HZ,
							     .user = speaker,
							     .rung = duet_activity_rung});
	return result < 0 ? fail_memory(error) : open_head(speaker, error);
}

static void over(void *user, const json_t *turn)
{
	struct duet_speaker *speaker = user;

	if (speaker->asking &&
	    (uint64_t)json_integer_value(json_object_get(turn, "turn")) == speaker->asked) {
		json_decref(speaker->answer);
		speaker->answer = json_deep_copy(turn);
	}
	if (speaker->setup.on_turn)
		speaker->setup.on_turn(speaker->setup.user, turn);
}

static int open_settings(struct duet_speaker *speaker, struct duet_error *error)
{
	const struct duet_config *config = speaker->crew->config;
	int result;

	duet_zone_free(speaker->zone);
	speaker->zone = NULL;
	result = duet_zone_new(&speaker->zone, config->speaker.zone, error);
	speaker->settings = (struct duet_skill_settings){
		.city = config->speaker.city,
		.zone = config->speaker.zone,
		.night_volume = config->speaker.night_volume,
		.night_begin_min = config->speaker.night_begin_min,
		.night_end_min = config->speaker.night_end_min,
		.ring_limit_s = config->speaker.ring_limit_ms / 1000,
	};
	return result;
}

static int open_skills(struct duet_speaker *speaker, struct duet_error *error)
{
	const struct duet_skills_setup setup = {
		.table = duet_skills,
		.host = {.loop = speaker->loop,
			 .clock = speaker->clock,
			 .store = speaker->store,
			 .home = speaker->home,
			 .settings = &speaker->settings},
		.user = speaker,
		.activity_begin = duet_activity_begin,
		.activity_end = duet_activity_end,
		.volume_get = duet_volume_get,
		.volume_set = duet_volume_set,
		.answered = duet_conduct_answered,
	};

	return duet_skills_new(&speaker->skills, &setup, error);
}

static int open_dialog(struct duet_speaker *speaker, struct duet_error *error)
{
	const struct duet_config *config = speaker->crew->config;
	const struct duet_dialog_setup setup = {
		.clock = speaker->clock,
		.store = speaker->store,
		.skills = speaker->skills,
		.area = config->speaker.area,
		.keep_turns = config->trace.turns,
		.keep_heard = config->trace.heard,
		.cannot = duet_relay_cannot,
		.user = speaker,
		.reply = duet_conduct_reply,
		.control = duet_conduct_control,
		.over = over,
	};

	return duet_dialog_new(&speaker->dialog, &setup) < 0 ? fail_memory(error) : 0;
}

/* What skills begin while they open (a missed alarm) waits until all is there: see duet_conduct_enter. */
static int open_mind(struct duet_speaker *speaker, struct duet_error *error)
{
	int result = open_settings(speaker, error);

	duet_arbiter_init(&speaker->arbiter, duet_crew_find(speaker->crew, NULL),
			  (uint64_t)duet_trace_last(speaker->store));
	if (result == 0 && (duet_conduct_init(speaker) < 0 || duet_volume_init(speaker) < 0))
		result = fail_memory(error);
	duet_conduct_enter(speaker);
	if (result == 0)
		result = open_skills(speaker, error);
	if (result == 0)
		result = open_dialog(speaker, error);
	if (result < 0)
		speaker->n_events = 0;
	duet_conduct_leave(speaker);
	return result;
}

/* What a person does by hand, and sees. */
static int open_senses(struct duet_speaker *speaker, struct duet_error *error)
{
	const char *in_setup = speaker->setup.in_setup;
	int result = 0, who = in_setup ? duet_crew_find(speaker->crew, in_setup) : -1;

	duet_privacy_init(speaker);
	if (who >= 0)
		duet_conduct(speaker,
			     (struct duet_event){.kind = DUET_EVENT_SETUP, .assistant = who, .on = true});
	if (speaker->setup.words_only)
		return 0;
	result = duet_lights_open(speaker, error);
	if (result == 0)
		result = duet_hand_open(speaker, error);
	if (result == 0 && speaker->setup.takes_orders && speaker->state_dir[0])
		result = duet_desk_open(speaker, error);
	return result;
}

int duet_assemble(struct duet_speaker *speaker, struct duet_error *error)
{
	struct duet_config *config = NULL;
	int result = load_config(speaker, &config, error);

	if (result < 0)
		return result;
	if (!getenv("DUET_LOG"))
		duet_log_set(config->log);
	init_clock(speaker, config);
	speaker->loop = duet_loop_new(speaker->clock);
	result = speaker->loop ? open_store(speaker, config, error) : fail_memory(error);
	if (result == 0)
		result = open_home(speaker, config, error);
	if (result < 0) {
		duet_config_free(config);
		return result;
	}
	result = open_crew(speaker, config, &speaker->crew, error);
	if (result == 0 && !speaker->setup.words_only)
		result = open_body(speaker, error);
	if (result == 0)
		result = open_mind(speaker, error);
	return result < 0 ? result : open_senses(speaker, error);
}

static void close_head(struct duet_speaker *speaker)
{
	duet_ear_free(speaker->ear);
	duet_mouth_free(speaker->mouth);
	duet_scribe_free(speaker->scribe);
	speaker->scribe = NULL;
	speaker->ear = NULL;
	speaker->mouth = NULL;
}

void duet_disassemble(struct duet_speaker *speaker, struct duet_error *error)
{
	duet_desk_done(speaker);
	duet_hand_done(speaker);
	duet_lights_done(speaker);
	close_head(speaker);
	duet_skills_free(speaker->skills);
	duet_dialog_free(speaker->dialog);
	speaker->dialog = NULL;
	duet_ringer_free(speaker->ringer);
	if (speaker->vad)
		speaker->vad->close(speaker->vad_state);
	duet_free(speaker->vad_state);
	duet_device_free(speaker->device, error);
	duet_volume_done(speaker);
	duet_conduct_done(speaker);
	duet_activity_done(speaker);
	duet_home_free(speaker->home);
	duet_crew_free(speaker->crew);
	duet_store_free(speaker->store);
	duet_zone_free(speaker->zone);
	duet_timer_free(speaker->watch);
	duet_timer_free(speaker->renaming);
	if (speaker->loop)
		duet_loop_turn(speaker->loop);
	duet_loop_free(speaker->loop);
	if (speaker->lock_fd >= 0)
		close(speaker->lock_fd);
}

/* A new crew takes the place of the old one; what needs another device, store or home is told. */
int duet_assemble_anew(struct duet_speaker *speaker, struct duet_error *error)
{
	struct duet_crew *old = speaker->crew, *crew;
	struct duet_config *config;
	int result = load_config(speaker, &config, error);

	if (result < 0)
		return result;
	if (config->audio.choice.engine != old->config->audio.choice.engine ||
	    config->home.choice.engine != old->config->home.choice.engine ||
	    config->light.choice.engine != old->config->light.choice.engine ||
	    config->button.choice.engine != old->config->button.choice.engine)
		duet_warn("speaker",
			  "other audio, home, light or button engines take effect at the next start");
	result = open_crew(speaker, config, &crew, error);
	if (result < 0)
		return result;
	duet_conduct(speaker, (struct duet_event){.kind = DUET_EVENT_OVER, .turn = speaker->arbiter.turn});
	close_head(speaker);
	speaker->crew = crew;
	result = speaker->device ? open_head(speaker, error) : 0;
	if (result == 0)
		result = open_settings(speaker, error);
	duet_arbiter_set_default(&speaker->arbiter, duet_crew_find(crew, NULL));
	duet_activity_adopt(speaker);
	duet_crew_free(old);
	return result;
}
