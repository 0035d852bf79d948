/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdarg.h>
#include <string.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "audio/device.h"
#include "base/clock.h"
#include "base/zone.h"
#include "cmd/duet.h"
#include "duet/vad_engine.h"
#include "grammar/wordnet.h"
#include "lexicon/lexicon.h"
#include "skill/home.h"
#include "speaker/crew.h"

/*
 * Looks at everything that a speaker needs and says what is wrong and what to
 * do. Opens what the speaker would open, and keeps nothing.
 */

struct doctor_flags {
	const char *config;
	bool json;
};

static const struct duet_flag flags_table[] = {
	DUET_FLAG_CONFIG(struct doctor_flags),
	{'j',
	 NULL,
	 {"json", DUET_OPTION_BOOL, offsetof(struct doctor_flags, json), NULL, "Findings as a JSON array",
	  NULL, 0, 0}},
	{0},
};

enum verdict { GOOD, DOUBTFUL, BAD, N_VERDICTS };

enum { LISTEN_MS = 600, LITTLE_ROOM_MB = 50, CLOCK_IS_SET = 1704067200 /* 2024 */ };

struct doctor {
	bool json;
	json_t *findings;
	int n[N_VERDICTS];
};

static void print_finding(enum verdict verdict, const char *area, const char *text, const char *hint)
{
	static const char *const marks[N_VERDICTS] = {"✓", "!", "✗"}, *const colours[N_VERDICTS] = {
									      "32", "33", "31"};
	bool colour = isatty(STDOUT_FILENO);

	if (colour)
		printf("\033[%sm%s\033[0m %-11s %s\n", colours[verdict], marks[verdict], area, text);
	else
		printf("%s %-11s %s\n", marks[verdict], area, text);
	if (hint[0])
		printf("%15s→ %s\n", "", hint);
}

static void note(struct doctor *doctor, enum verdict verdict, const char *area, const char *text,
		 const char *hint)
{
	static const char *const names[N_VERDICTS] = {"good", "doubtful", "bad"};

	doctor->n[verdict]++;
	if (doctor->json)
		json_array_append_new(doctor->findings,
				      json_pack("{s:s, s:s, s:s, s:s}", "verdict", names[verdict], "area",
						area, "finding", text, "hint", hint));
	else
		print_finding(verdict, area, text, hint);
}

static void found(struct doctor *doctor, enum verdict verdict, const char *area, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

static void found(struct doctor *doctor, enum verdict verdict, const char *area, const char *format, ...)
{
	char text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	note(doctor, verdict, area, text, "");
}

/* An error's own place and hint. */
static void failed(struct doctor *doctor, enum verdict verdict, const char *area, const char *who,
		   const struct duet_error *error)
{
	struct duet_error bare = *error;
	char text[1024], place[800];

	bare.hint[0] = '\0';
	duet_error_format(&bare, place, sizeof(place));
	snprintf(text, sizeof(text), "%s%s%s", who, who[0] ? ": " : "", place);
	note(doctor, verdict, area, text, error->hint);
}

static void look_at_clock(struct doctor *doctor, const struct duet_config *config)
{
	int64_t now = duet_clock_wall_s(&duet_clock_system);
	struct duet_error error = {0};
	struct duet_civil civil;
	struct duet_zone *zone;

	if (duet_zone_new(&zone, config->speaker.zone, &error) < 0) {
		failed(doctor, BAD, "clock", "", &error);
		return;
	}
	duet_zone_civil(zone, now, &civil);
	duet_zone_free(zone);
	if (now < CLOCK_IS_SET)
		note(doctor, BAD, "clock", "the clock is not set: alarms cannot ring at the right time",
		     "connect once to a network, or set it with `date`");
	else
		found(doctor, GOOD, "clock", "%04d-%02d-%02d %02d:%02d, zone %s", civil.year, civil.month,
		      civil.day, civil.hour, civil.minute,
		      config->speaker.zone ? config->speaker.zone : "of the system");
	if (!config->speaker.city)
		note(doctor, DOUBTFUL, "place", "no city is set", "`duet setup` asks for it");
}

static void look_at_state(struct doctor *doctor, const struct duet_config *config)
{
	struct duet_error error = {0};
	struct statvfs room;
	char dir[512];

	if (duet_config_state_dir(config, NULL, dir, sizeof(dir), &error) < 0) {
		failed(doctor, BAD, "state", "", &error);
		return;
	}
	if (access(dir, W_OK) < 0)
		found(doctor, BAD, "state", "%s cannot be written: timers and alarms would be lost", dir);
	else if (statvfs(dir, &room) == 0 && room.f_bavail * room.f_frsize / 1000000 < LITTLE_ROOM_MB)
		found(doctor, DOUBTFUL, "state", "%s has less than %d MB left", dir, LITTLE_ROOM_MB);
	else
		found(doctor, GOOD, "state", "%s", dir);
}

/* Each engine that sends sound or words to another machine is told, with whose it is. */
static int leaves(struct doctor *doctor, const char *whose, const struct duet_engine *engine)
{
	if (!engine || !engine->leaves_speaker)
		return 0;
	found(doctor, DOUBTFUL, "privacy", "%s%s%s/%s sends what it gets to another machine", whose,
	      whose[0] ? ": " : "", engine->stage, engine->name);
	return 1;
}

static int count_leaving(struct doctor *doctor, const struct duet_config *config)
{
	const struct duet_engine *const common[] = {
		config->audio.choice.engine, config->vad.choice.engine,   config->wake.choice.engine,
		config->home.choice.engine,  config->light.choice.engine, config->button.choice.engine};
	int n = 0;

	for (size_t i = 0; i < sizeof(common) / sizeof(*common); i++)
		n += leaves(doctor, "", common[i]);
	for (size_t i = 0; i < config->wake.n_others; i++)
		n += leaves(doctor, "", config->wake.others[i].engine);
	for (size_t i = 0; i < config->n_assistants; i++) {
		const struct duet_assistant_config *one = &config->assistants[i];

		n += leaves(doctor, one->id, one->asr.engine) +
		     leaves(doctor, one->id, one->tts.choice.engine);
	}
	return n;
}

static void look_at_privacy(struct doctor *doctor, const struct duet_config *config)
{
	if (count_leaving(doctor, config) == 0)
		found(doctor, GOOD, "privacy",
		      "nothing leaves the speaker: no engine sends sound or words away");
	for (size_t i = 0; i < config->n_assistants; i++) {
		const struct duet_assistant_config *one = &config->assistants[i];

		found(doctor, one->recordings ? DOUBTFUL : GOOD, "privacy",
		      "%s remembers %d turns for %d days, and keeps %d recordings of what it heard", one->id,
		      one->history_turns, one->history_days, one->recordings);
	}
}

static struct duet_home *look_at_home(struct doctor *doctor, const struct duet_config *config)
{
	struct duet_home_driver driver = {
		(const struct duet_home_engine *)(const void *)config->home.choice.engine,
		config->home.choice.options};
	struct duet_error error = {0};
	struct duet_home *home;

	if (duet_home_new(&home, &driver, 1, NULL, config->data_dir, &error) < 0) {
		failed(doctor, BAD, "home", config->home.choice.name, &error);
		return NULL;
	}
	found(doctor, GOOD, "home", "%s: %zu things", config->home.choice.name, duet_home_count(home));
	if (config->speaker.area && !duet_home_area(home, config->speaker.area))
		found(doctor, BAD, "home", "speaker.area: there is no room %s", config->speaker.area);
	return home;
}

static void look_at_wake_words(struct doctor *doctor, const struct duet_member *member)
{
	const struct duet_assistant_config *own = member->assistant->config;
	struct duet_pronunciation pronunciation;

	for (size_t i = 0; i < own->wake.n_items; i++) {
		const char *phrase = own->wake.items[i].word;
		size_t n_bytes = strcspn(phrase, " ");

		if (!own->wake.items[i].model &&
		    duet_lexicon_pronounce(member->assistant->lexicon, (struct duet_slice){phrase, n_bytes},
					   &pronunciation, 1) <= 0)
			found(doctor, BAD, own->id, "nobody knows how the wake word \"%s\" sounds", phrase);
	}
}

static void look_at_member(struct doctor *doctor, const struct duet_assistant_config *config,
			   const struct duet_member *member)
{
	const struct duet_wordnet *commands;

	if (!member->assistant) {
		failed(doctor, BAD, config->id, "out of service", &member->error);
		return;
	}
	commands = member->assistant->commands;
	found(doctor, GOOD, config->id, "%s, hears by %s: %zu words in a graph of %zu arcs", config->language,
	      config->asr.name, commands ? commands->n_words : 0, commands ? commands->n_arcs : 0);
	look_at_wake_words(doctor, member);
	if (member->tts)
		found(doctor, GOOD, config->id, "speaks by %s", config->tts.choice.name);
	else
		failed(doctor, BAD, config->id, "no voice, only cues", &member->error);
}

/* The engine that listens for a phrase. */
static const char *wake_engine_of(const struct duet_crew *crew, size_t phrase)
{
	for (size_t k = 0; k < crew->config->n_assistants; k++) {
		const struct duet_assistant_config *own = &crew->config->assistants[k];

		for (size_t i = 0; i < own->wake.n_items; i++)
			if (own->wake.items[i].word == crew->phrases[phrase].text)
				return own->wake.items[i].choice->name;
	}
	return "";
}

static void look_at_crew(struct doctor *doctor, const char *path, const struct duet_home *home)
{
	struct duet_config *config;
	struct duet_error error = {0};
	struct duet_crew *crew;

	if (duet_config_load(&config, path, NULL, &error) < 0 ||
	    duet_crew_new(&crew, &(struct duet_crew_setup){.take_config = config, .home = home}, &error) <
		    0) {
		failed(doctor, BAD, "assistants", "", &error);
		return;
	}
	for (size_t i = 0; i < crew->config->n_assistants; i++)
		look_at_member(doctor, &crew->config->assistants[i], &crew->members[i]);
	for (size_t i = 0; crew->wake && i < crew->n_phrases; i++)
		found(doctor, GOOD, "wake", "\"%s\" by %s", crew->phrases[i].text, wake_engine_of(crew, i));
	duet_crew_free(crew);
}

/* The loudest of what came in a moment, in dB of full scale; -INFINITY: nothing came at all. */
static double listen(struct duet_device *device, int *n_frames)
{
	struct duet_frame frame;
	int loudest = 0;

	for (int waited = 0; waited < LISTEN_MS; waited += 10) {
		nanosleep(&(struct timespec){.tv_nsec = 10 * 1000 * 1000}, NULL);
		while (duet_capture_read(duet_device_capture(device), &frame) > 0) {
			(*n_frames)++;
			for (int i = 0; i < DUET_FRAME_SAMPLES; i++)
				loudest = abs(frame.pcm[i]) > loudest ? abs(frame.pcm[i]) : loudest;
		}
	}
	return loudest ? 20 * log10(loudest / 32768.0) : -INFINITY;
}

static void judge_device(struct doctor *doctor, struct duet_device *device)
{
	struct duet_device_health health;
	int n_frames = 0;
	double level_db = listen(device, &n_frames);

	duet_device_health(device, &health);
	if (health.n_lost > health.n_returned)
		note(doctor, BAD, "microphone", strerror(-health.lost_code),
		     "`duet devices` lists what there is");
	else if (n_frames == 0)
		note(doctor, BAD, "microphone", "no sound comes", "`duet devices` lists what there is");
	else if (isinf(level_db))
		note(doctor, DOUBTFUL, "microphone", "it gives perfect silence",
		     "is it muted, or is another device meant? `duet devices`");
	else
		found(doctor, GOOD, "microphone", "sound comes, up to %.0f dB", level_db);
}

static void look_at_devices(struct doctor *doctor, const struct duet_config *config)
{
	const struct duet_mixer_lane_setup lane = {.name = "none", .rate_hz = 16000, .buffer_ms = 100};
	const struct duet_device_setup setup = {
		.engine = (const struct duet_audio_engine *)(const void *)config->audio.choice.engine,
		.options = config->audio.choice.options,
		.microphone = config->audio.microphone,
		.loudspeaker = config->audio.loudspeaker,
		.playback_rate_hz = 16000,
		.capture_buffer_ms = 1000,
		.lanes = &lane,
		.n_lanes = 1,
		.realtime = true,
	};
	struct duet_error error = {0};
	struct duet_device *device;

	if (duet_device_new(&device, &setup, &error) < 0) {
		failed(doctor, BAD, "audio", config->audio.choice.name, &error);
		return;
	}
	if (duet_device_start(device, &error) < 0)
		failed(doctor, BAD, "audio", config->audio.choice.name, &error);
	else
		judge_device(doctor, device);
	duet_device_free(device, NULL);
}

static void look(struct doctor *doctor, const char *path, const struct duet_config *config)
{
	struct duet_home *home;

	found(doctor, GOOD, "config", "%s", config->path);
	look_at_clock(doctor, config);
	look_at_state(doctor, config);
	home = look_at_home(doctor, config);
	look_at_crew(doctor, path, home);
	duet_home_free(home);
	look_at_devices(doctor, config);
	look_at_privacy(doctor, config);
}

static int conclude(struct doctor *doctor)
{
	if (doctor->json) {
		json_dumpf(doctor->findings, stdout, JSON_INDENT(2));
		putchar('\n');
	} else {
		printf("\n%d good, %d doubtful, %d bad\n", doctor->n[GOOD], doctor->n[DOUBTFUL],
		       doctor->n[BAD]);
	}
	json_decref(doctor->findings);
	return doctor->n[BAD] ? DUET_EXIT_FAILED : DUET_EXIT_DONE;
}

static int run(const struct duet_invocation *invocation)
{
	const struct doctor_flags *flags = invocation->flags;
	struct doctor doctor = {.json = flags->json, .findings = json_array()};
	struct duet_error error = {0};
	struct duet_config *config;

	if (duet_config_load(&config, flags->config, NULL, &error) < 0) {
		failed(&doctor, BAD, "config", "", &error);
		conclude(&doctor);
		return DUET_EXIT_CONFIG;
	}
	look(&doctor, flags->config, config);
	duet_config_free(config);
	return conclude(&doctor);
}

const struct duet_command duet_doctor = {
	.name = "doctor",
	.summary = "Say what is wrong, and what to do about it",
	.description = "Looks at the configuration, the clock, the state folder, the home, the assistants "
		       "with their sentences, "
		       "models and voices, the microphone, and what leaves the speaker. It fails when "
		       "something is bad.",
	.flags = flags_table,
	.flags_size = sizeof(struct doctor_flags),
	.run = run,
};
