/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "assistant/config.h"
#include "audio/device.h"
#include "base/file.h"
#include "base/text.h"
#include "base/zone.h"
#include "cmd/duet.h"
#include "cmd/interview.h"
#include "duet/speaker.h"
#include "tts/cue.h"

/*
 * Asks for what only the owner knows, tries it out, and writes the
 * configuration. Everything that is asked has an offer, so that Enter goes on.
 */

enum { DEVICES_MAX = 32, TEXT_MAX = 128, FILE_MAX = 1 << 16, RATE_HZ = 16000, LISTEN_MS = 3000, WAKE_S = 10 };

struct setup_flags {
	const char *config, *output;
};

static const struct duet_flag flags_table[] = {
	DUET_FLAG_CONFIG(struct setup_flags),
	{'o',
	 "FILE",
	 {"output", DUET_OPTION_TEXT, offsetof(struct setup_flags, output), NULL,
	  "Where to write the configuration; without it ~/.config/duet/duet.yaml", NULL, 0, 0}},
	{0},
};

struct device {
	const struct duet_engine *engine;
	char name[TEXT_MAX], label[TEXT_MAX];
	bool is_microphone, is_loudspeaker;
};

struct setup {
	const struct duet_invocation *invocation;
	struct interview interview;
	struct duet_config *config; /* what is offered */
	char output[512], home_path[512];
	struct device devices[DEVICES_MAX];
	size_t n_devices;
	const struct duet_engine *listing; /* whose devices are being listed */

	const struct duet_engine *audio;
	char microphone[TEXT_MAX], loudspeaker[TEXT_MAX];
	int volume;
	char name[TEXT_MAX], city[TEXT_MAX], zone[TEXT_MAX], rooms[512], area[TEXT_MAX];
};

static void add_device(void *user, const struct duet_audio_device *device)
{
	struct setup *setup = user;
	struct device *added = &setup->devices[setup->n_devices];

	if (setup->n_devices == DEVICES_MAX)
		return;
	setup->n_devices++;
	added->engine = setup->listing;
	added->is_microphone = device->is_microphone;
	added->is_loudspeaker = device->is_loudspeaker;
	snprintf(added->name, sizeof(added->name), "%s", device->name);
	snprintf(added->label, sizeof(added->label), "%s", device->label ? device->label : "");
}

static void list_devices(struct setup *setup)
{
	for (size_t i = 0; duet_engines[i]; i++) {
		const struct duet_audio_engine *audio =
			(const struct duet_audio_engine *)(const void *)duet_engines[i];

		if (strcmp(duet_engines[i]->stage, "audio") != 0 || !audio->list)
			continue;
		setup->listing = duet_engines[i];
		audio->list(add_device, setup, NULL);
	}
}

/* The chosen device's name, "" for the system's own. The loudspeaker is looked for with the microphone's
 * engine. */
static void choose_device(struct setup *setup, bool microphone, char *name, size_t size)
{
	int shown[DEVICES_MAX + 1], n = 0, choice;

	printf("\n%s:\n  0  whatever the system uses\n", microphone ? "Microphones" : "Loudspeakers");
	for (size_t i = 0; i < setup->n_devices; i++) {
		const struct device *device = &setup->devices[i];

		if (!(microphone ? device->is_microphone : device->is_loudspeaker) ||
		    (!microphone && device->engine != setup->audio))
			continue;
		shown[++n] = (int)i;
		printf("  %-2d %s: %s  %s\n", n, device->engine->name, device->name, device->label);
	}
	choice = interview_number(&setup->interview, microphone ? "Which microphone?" : "Which loudspeaker?",
				  0, n, 0);
	name[0] = '\0';
	if (choice == 0)
		return;
	snprintf(name, size, "%s", setup->devices[shown[choice]].name);
	if (microphone)
		setup->audio = setup->devices[shown[choice]].engine;
}

static int open_device(struct setup *setup, struct duet_device **device, struct duet_error *error)
{
	const struct duet_mixer_lane_setup lane = {.name = "test", .rate_hz = RATE_HZ, .buffer_ms = 3000};
	const struct duet_engine_choice *choice = &setup->config->audio.choice;
	int result = duet_device_new(
		device,
		&(struct duet_device_setup){
			.engine = (const struct duet_audio_engine *)(const void *)setup->audio,
			.options = setup->audio == choice->engine ? choice->options : NULL,
			.microphone = setup->microphone[0] ? setup->microphone : NULL,
			.loudspeaker = setup->loudspeaker[0] ? setup->loudspeaker : NULL,
			.playback_rate_hz = RATE_HZ,
			.capture_buffer_ms = 1000,
			.lanes = &lane,
			.n_lanes = 1,
			.realtime = true},
		error);

	return result < 0 ? result : duet_device_start(*device, error);
}

static void nap(void)
{
	nanosleep(&(struct timespec){.tv_nsec = 20 * 1000 * 1000}, NULL);
}

/* The loudest sample while somebody speaks, in dB of full scale. */
static double loudest_db(struct duet_device *device)
{
	struct duet_frame frame;
	int loudest = 1;

	for (int waited = 0; waited < LISTEN_MS; waited += 20) {
		nap();
		while (duet_capture_read(duet_device_capture(device), &frame) > 0)
			for (int i = 0; i < DUET_FRAME_SAMPLES; i++)
				loudest = abs(frame.pcm[i]) > loudest ? abs(frame.pcm[i]) : loudest;
	}
	return 20 * log10(loudest / 32768.0);
}

static const char *level_advice(double level_db)
{
	if (level_db > -1)
		return "too loud, it is clipped: lower the microphone's level";
	if (level_db > -30)
		return "good";
	if (level_db > -50)
		return "quiet: raise the microphone's level, or come nearer";
	return "next to nothing: is it muted, or is another microphone meant?";
}

static void play_test(struct duet_device *device, int volume)
{
	static int16_t samples[2 * RATE_HZ];
	size_t n_samples =
		duet_cue_render(DUET_CUE_REMINDER, 0, RATE_HZ, samples, sizeof(samples) / sizeof(*samples));
	struct duet_mixer *mixer = duet_device_mixer(device);

	duet_mixer_volume(mixer, volume, 0);
	duet_mixer_write(mixer, 0, samples, n_samples, RATE_HZ);
	duet_mixer_end(mixer, 0);
	for (int waited = 0; waited < LISTEN_MS && !duet_mixer_drained(mixer, 0); waited += 20)
		nap();
}

static void try_levels(struct setup *setup)
{
	struct duet_error error = {0};
	struct duet_device *device = NULL;

	setup->volume = setup->config->speaker.volume;
	if (open_device(setup, &device, &error) < 0) {
		printf("  ✗ %s\n", error.what);
		duet_device_free(device, NULL);
		return;
	}
	if (interview_yes(&setup->interview, "\nTry the microphone? Say something for three seconds.",
			  true)) {
		double level_db = loudest_db(device);

		printf("  %.0f dB: %s\n", level_db, level_advice(level_db));
	}
	while (interview_yes(&setup->interview, "Play a sound?", false)) {
		setup->volume =
			interview_number(&setup->interview, "How loud, 0 to 100?", 0, 100, setup->volume);
		play_test(device, setup->volume);
	}
	duet_device_free(device, NULL);
}

static void ask_zone(struct setup *setup)
{
	struct duet_error error = {0};
	struct duet_zone *zone;

	for (;;) {
		const char *answer = interview_ask(
			&setup->interview, "Time zone, like Asia/Shanghai (empty: the system's)?",
			setup->config->speaker.zone ? setup->config->speaker.zone : "");

		snprintf(setup->zone, sizeof(setup->zone), "%s", answer);
		if (!setup->zone[0])
			return;
		if (duet_zone_new(&zone, setup->zone, &error) == 0) {
			duet_zone_free(zone);
			return;
		}
		printf("  ✗ %s\n", error.what);
		if (setup->interview.ended) {
			setup->zone[0] = '\0';
			return;
		}
	}
}

static void ask_place(struct setup *setup)
{
	const char *city = setup->config->speaker.city;

	putchar('\n');
	snprintf(setup->name, sizeof(setup->name), "%s",
		 interview_ask(&setup->interview, "What is this speaker called?",
			       setup->config->speaker.name));
	snprintf(setup->city, sizeof(setup->city), "%s",
		 interview_ask(&setup->interview, "Which city does it stand in?", city ? city : ""));
	ask_zone(setup);
	snprintf(setup->rooms, sizeof(setup->rooms), "%s",
		 interview_ask(&setup->interview,
			       "Rooms, with commas, each as you call it: Kitchen 厨房, Bedroom 卧室 (empty: "
			       "the example home)?",
			       ""));
}

/* "Living Room 客厅" → id living_room. */
static void room_id(struct duet_slice room, char *id, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; i < room.len && n + 1 < size && (unsigned char)room.ptr[i] < 0x80; i++)
		id[n++] =
			isalnum((unsigned char)room.ptr[i]) ? (char)tolower((unsigned char)room.ptr[i]) : '_';
	while (n > 0 && id[n - 1] == '_')
		n--;
	id[n] = '\0';
}

static bool next_room(struct duet_slice *rest, struct duet_slice *room)
{
	size_t length;

	while (rest->len > 0 && (rest->ptr[0] == ',' || rest->ptr[0] == ' ')) {
		rest->ptr++;
		rest->len--;
	}
	for (length = 0; length < rest->len && rest->ptr[length] != ','; length++)
		;
	*room = (struct duet_slice){rest->ptr, length};
	while (room->len > 0 && room->ptr[room->len - 1] == ' ')
		room->len--;
	rest->ptr += length;
	rest->len -= length;
	return room->len > 0;
}

/* The words in Latin letters are the name, what follows them the other assistant's word for it. */
static void add_room(struct duet_text *file, struct duet_slice room, const char *id)
{
	size_t name = 0;

	while (name < room.len && (unsigned char)room.ptr[name] < 0x80)
		name++;
	duet_text_printf(file, "  - {id: %s, name: \"%.*s\"", id,
			 (int)(name ? name - (name < room.len) : room.len), room.ptr);
	if (name && name < room.len)
		duet_text_printf(file, ", aliases: [\"%.*s\"]", (int)(room.len - name), room.ptr + name);
	duet_text_printf(file, "}\n");
}

static void write_rooms(struct setup *setup, struct duet_text *file, bool lamps)
{
	struct duet_slice rest = duet_slice(setup->rooms), room;

	for (int i = 0; next_room(&rest, &room); i++) {
		char id[TEXT_MAX];

		room_id(room, id, sizeof(id));
		if (!id[0])
			snprintf(id, sizeof(id), "room_%d", i + 1);
		if (lamps)
			duet_text_printf(file, "  - {id: light.%s, name: \"%s light\", area: %s}\n", id, id,
					 id);
		else
			add_room(file, room, id);
		if (i == 0 && !setup->area[0])
			snprintf(setup->area, sizeof(setup->area), "%s", id);
	}
}

/* A virtual home with a lamp in each room, to begin with. */
static int write_home(struct setup *setup, struct duet_error *error)
{
	struct duet_text file;
	int result;

	duet_text_init(&file, FILE_MAX);
	duet_text_printf(&file, "# The virtual home; add what you have, data/home.yaml shows how.\nareas:\n");
	write_rooms(setup, &file, false);
	duet_text_printf(&file, "entities:\n");
	write_rooms(setup, &file, true);
	result = file.failed ? -ENOMEM
			     : duet_file_replace(setup->home_path, (struct duet_slice){file.ptr, file.len},
						 error);
	duet_text_done(&file);
	return result;
}

static void add_field(struct duet_text *file, const char *name, const char *value)
{
	if (!value[0])
		return;
	duet_text_printf(file, "  %s: \"", name);
	for (; *value; value++)
		duet_text_printf(file, "%s%c", *value == '"' || *value == '\\' ? "\\" : "", *value);
	duet_text_printf(file, "\"\n");
}

static void compose(struct setup *setup, struct duet_text *file)
{
	duet_text_printf(file, "# Written by `duet setup`; what is left out has its default. `man duet.yaml` "
			       "lists all fields.\n");
	duet_text_printf(file, "speaker:\n  volume: %d\n", setup->volume);
	add_field(file, "name", setup->name);
	add_field(file, "city", setup->city);
	add_field(file, "zone", setup->zone);
	add_field(file, "area", setup->area);
	duet_text_printf(file, "audio:\n  engine: \"%s\"\n", setup->audio->name);
	add_field(file, "microphone", setup->microphone);
	add_field(file, "loudspeaker", setup->loudspeaker);
	if (setup->rooms[0])
		duet_text_printf(file, "home:\n  engine: virtual\n  virtual:\n    file: home.yaml\n");
}

static int write_config(struct setup *setup, struct duet_error *error)
{
	struct duet_text file;
	int result = 0;

	if (setup->rooms[0])
		result = write_home(setup, error);
	duet_text_init(&file, FILE_MAX);
	compose(setup, &file);
	if (result == 0)
		result = file.failed ? -ENOMEM
				     : duet_file_replace(setup->output,
							 (struct duet_slice){file.ptr, file.len}, error);
	duet_text_done(&file);
	return result;
}

struct attempt {
	const char *assistant;
	struct duet_speaker *speaker;
	bool heard;
};

static struct duet_speaker *volatile trying; /* for the signal that ends an attempt */

static void give_up(int signum)
{
	if (trying)
		duet_speaker_quit(trying);
}

static void on_state(void *user, const char *state, const char *assistant)
{
	struct attempt *attempt = user;

	if (strcmp(state, "listening") != 0)
		return;
	attempt->heard = strcmp(assistant, attempt->assistant) == 0;
	duet_speaker_quit(attempt->speaker);
}

static void try_wake_word(struct setup *setup, const struct duet_assistant_config *assistant)
{
	struct attempt attempt = {.assistant = assistant->id};
	struct duet_error error = {0};

	printf("Say \"%s\" …\n", assistant->wake.items[0].word);
	fflush(stdout);
	if (duet_speaker_new(&attempt.speaker,
			     &(struct duet_speaker_setup){.config_path = setup->output,
							  .state_dir = "",
							  .in_setup = assistant->id,
							  .user = &attempt,
							  .on_state = on_state},
			     &error) < 0) {
		printf("  ✗ %s\n", error.what);
		return;
	}
	trying = attempt.speaker;
	alarm(WAKE_S);
	duet_speaker_run(attempt.speaker);
	alarm(0);
	trying = NULL;
	duet_speaker_free(attempt.speaker);
	puts(attempt.heard ? "  ✓ heard" : "  ✗ not heard: come nearer, or raise the microphone's level");
}

static void try_wake_words(struct setup *setup)
{
	if (!interview_yes(&setup->interview, "\nTry the wake words?", true))
		return;
	signal(SIGALRM, give_up);
	for (size_t i = 0; i < setup->config->n_assistants; i++)
		if (setup->config->assistants[i].wake.n_items > 0)
			try_wake_word(setup, &setup->config->assistants[i]);
}

static void find_output(struct setup *setup)
{
	const struct setup_flags *flags = setup->invocation->flags;
	const char *base = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME"), *slash;

	if (flags->output)
		snprintf(setup->output, sizeof(setup->output), "%s", flags->output);
	else if (base && base[0])
		snprintf(setup->output, sizeof(setup->output), "%s/duet/duet.yaml", base);
	else
		snprintf(setup->output, sizeof(setup->output), "%s/.config/duet/duet.yaml", home ? home : "");
	slash = strrchr(setup->output, '/');
	snprintf(setup->home_path, sizeof(setup->home_path), "%.*shome.yaml",
		 slash ? (int)(slash - setup->output + 1) : 0, setup->output);
}

static int make_folder(const struct setup *setup, struct duet_error *error)
{
	const char *slash = strrchr(setup->output, '/');
	char dir[512];

	if (!slash || slash == setup->output)
		return 0;
	snprintf(dir, sizeof(dir), "%.*s", (int)(slash - setup->output), setup->output);
	return duet_file_mkdirs(dir, error);
}

static int ask_and_write(struct setup *setup, struct duet_error *error)
{
	int result;

	list_devices(setup);
	setup->audio = setup->config->audio.choice.engine;
	choose_device(setup, true, setup->microphone, sizeof(setup->microphone));
	choose_device(setup, false, setup->loudspeaker, sizeof(setup->loudspeaker));
	try_levels(setup);
	ask_place(setup);
	if (access(setup->output, F_OK) == 0 &&
	    !interview_yes(&setup->interview, "\nThere is a configuration already. Replace it?", true))
		return 1;
	result = make_folder(setup, error);
	return result < 0 ? result : write_config(setup, error);
}

static int set_up(struct setup *setup)
{
	struct duet_error error = {0};
	int result;

	find_output(setup);
	printf("Duet's setup. Enter takes what stands in brackets; Ctrl-C leaves everything as it is.\n");
	result = ask_and_write(setup, &error);
	if (result < 0)
		return duet_command_error(setup->invocation, DUET_EXIT_FAILED, &error);
	if (result == 1) {
		puts("Nothing was changed.");
		return DUET_EXIT_DONE;
	}
	printf("\nWritten: %s\n", setup->output);
	try_wake_words(setup);
	puts("`duet doctor` looks at everything; `duet run` is the speaker.");
	return DUET_EXIT_DONE;
}

static int run(const struct duet_invocation *invocation)
{
	const struct setup_flags *flags = invocation->flags;
	struct duet_error error = {0};
	struct setup *setup = duet_arena_alloc(invocation->arena, sizeof(*setup));
	int result;

	if (!setup)
		return duet_command_fail(invocation, DUET_EXIT_FAILED, "out of memory");
	setup->invocation = invocation;
	setup->interview.in = stdin;
	if (duet_config_load(&setup->config, flags->config, NULL, &error) < 0)
		return duet_command_error(invocation, DUET_EXIT_CONFIG, &error);
	result = set_up(setup);
	duet_config_free(setup->config);
	return result;
}

const struct duet_command duet_setup = {
	.name = "setup",
	.summary = "Ask, try out and write the configuration",
	.description = "Asks for microphone, loudspeaker, levels, city, time zone and rooms, writes the "
		       "configuration, and tries "
		       "the wake words. Enter takes what is offered.",
	.flags = flags_table,
	.flags_size = sizeof(struct setup_flags),
	.run = run,
};
