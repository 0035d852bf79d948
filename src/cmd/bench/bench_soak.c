/* SPDX-License-Identifier: Apache-2.0 */
/*
 * duet bench soak: hours of a speaker's life in minutes, with people, music, echoes, lost devices and power
 * cuts. Sound moves the clock, and everything is on one thread.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/rest.h"
#include "cmd/bench/bench.h"
#include "cmd/bench/soak.h"
#include "cmd/duet.h"
#include "duet/speaker.h"

enum {
	OFF_MS = 4000,        /* how long the power is off */
	RSS_FROM_MS = 120000, /* when a process has taken what it needs */
	MOST_BEGINNINGS = 1000,
};

#define BEGINNING_S 1795000000 /* of the simulated time; some day at noon */

struct soak_flags {
	const char *config;
	double hours;
	int seed, kill_every_ms;
	struct duet_texts talk;
	bool json, each;
};

struct soak {
	const struct soak_flags *flags;
	struct soak_life *life; /* shared */
	struct soak_clips clips;
	char dir[64];
	int64_t started_ns;
};

/* A speaker's process. */

static void on_turn(void *user, const json_t *turn)
{
	soak_people_turn(user, turn);
}

static void on_state(void *user, const char *state, const char *assistant)
{
	soak_people_state(user, state);
}

static int live(struct soak *soak)
{
	struct soak_world world = {.life = soak->life, .seed = (uint64_t)soak->flags->seed};
	struct soak_world *handed = &world;
	struct duet_clock_manual clock;
	struct duet_speaker_setup setup = {
		.config_path = soak->flags->config,
		.state_dir = soak->dir,
		.audio_engine = &soak_audio_engine,
		.audio_options = &handed,
		.clock = &clock.clock,
		.inline_workers = true,
		.on_turn = on_turn,
		.on_state = on_state,
	};
	struct duet_speaker *speaker;
	struct duet_error error = {0};
	int result;

	world.people = soak_people_new(soak->life, &soak->clips);
	setup.user = world.people;
	duet_clock_manual_init(&clock, BEGINNING_S * 1000000000LL + soak->life->now_ms * 1000000LL);
	soak->life->first_rss_kb = soak->life->last_rss_kb = 0;
	soak->life->rss_from_ms = soak->life->now_ms + RSS_FROM_MS;
	result = world.people ? duet_speaker_new(&speaker, &setup, &error) : -ENOMEM;
	if (result < 0) {
		fprintf(stderr, "soak: %s\n", error.what);
		return 1;
	}
	result = duet_speaker_run(speaker);
	duet_speaker_free(speaker);
	soak_people_free(world.people);
	return result < 0;
}

/* Who watches it. */

static void note_growth(struct soak_life *life)
{
	long growth_kb = life->last_rss_kb - life->first_rss_kb;

	if (life->first_rss_kb && growth_kb > life->most_growth_kb)
		life->most_growth_kb = growth_kb;
}

/* Half as long to one and a half times as long from now. */
static void plan_kill(struct soak *soak)
{
	struct soak_life *life = soak->life;
	int64_t every_ms = soak->flags->kill_every_ms;

	life->random = bench_sound_random(life->random, 11);
	life->kill_at_ms = INT64_MAX;
	if (every_ms > 0)
		life->kill_at_ms =
			life->now_ms + every_ms / 2 + (int64_t)((life->random >> 20) % (uint64_t)every_ms);
}

static void show_progress(const struct soak *soak)
{
	double hours = (double)soak->life->now_ms / 3600000;

	if (isatty(STDERR_FILENO))
		fprintf(stderr, "\r%.2f of %.2f h, %d orders, %d kills ", hours, soak->flags->hours,
			soak->life->counts.n_calls, soak->life->counts.n_kills);
}

static int watch(struct soak *soak, pid_t child, struct duet_error *error)
{
	int status;

	for (;;) {
		pid_t ended = waitpid(child, &status, WNOHANG);

		if (ended == child)
			break;
		if (ended < 0 && errno != EINTR)
			return duet_error_set(error, -errno, "the speaker's process is gone");
		show_progress(soak);
		usleep(200000);
	}
	note_growth(soak->life);
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
		return 0;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return soak->life->is_over ? 0 : duet_error_set(error, -EIO, "the speaker ended too early");
	return duet_error_set(error, -EIO, "the speaker broke down (status %d) after %.2f h", status,
			      (double)soak->life->now_ms / 3600000);
}

static int run(struct soak *soak, struct duet_error *error)
{
	int result = 0;

	for (int i = 0; result == 0 && !soak->life->is_over; i++) {
		pid_t child;

		if (i == MOST_BEGINNINGS)
			return duet_error_set(error, -EIO, "the speaker was begun too often");
		plan_kill(soak);
		child = fork();
		if (child < 0)
			return duet_error_set(error, -errno, "no process can be made");
		if (child == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			_exit(live(soak));
		}
		result = watch(soak, child, error);
		soak->life->now_ms += OFF_MS;
	}
	if (isatty(STDERR_FILENO))
		fputc('\n', stderr);
	return result;
}

/* What came of it. */

struct figure {
	const char *name, *what;
	double value;
};

static double cpu_s(void)
{
	struct rusage usage;

	getrusage(RUSAGE_CHILDREN, &usage);
	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
	       (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static void report(const struct soak *soak)
{
	const struct soak_life *life = soak->life;
	const struct soak_counts *n = &life->counts;
	double hours = (double)life->now_ms / 3600000;
	const struct figure figures[] = {
		{"hours", "hours of sound", hours},
		{"times_real_speed", "times real speed, of processor time", hours * 3600 / cpu_s()},
		{"talk_hours", "of them speech to somebody else", n->talk_s / 3600},
		{"music_hours", "of them music in the room", n->music_s / 3600},
		{"orders", "orders, each after a wake word", n->n_calls},
		{"missed", "  whose wake word was missed", n->n_missed},
		{"right", "  carried out", n->n_right},
		{"refused", "  not understood", n->n_refused},
		{"wrong_acts", "  taken for another order", n->n_wrong},
		{"false_wakes", "woken when nobody called", n->n_false_wakes},
		{"unasked_acts", "  and did something", n->n_unasked},
		{"barge_ins", "answers interrupted by an order", n->n_barge_ins},
		{"barge_ins_missed", "  that was not heard", n->n_barge_ins_missed},
		{"timers", "timers set", n->n_timers},
		{"timers_rung", "  that rang in time", n->n_rung},
		{"timers_lost", "  lost", n->n_lost},
		{"stops", "alerts told to stop, after a wake word", n->n_stops},
		{"stops_missed", "  that went on", n->n_stops_missed},
		{"bare_stops", "alerts told to stop, without one", n->n_bare_stops},
		{"bare_stops_missed", "  that went on", n->n_bare_stops_missed},
		{"device_losses", "times the devices were gone", n->n_losses},
		{"kills", "times it was killed", n->n_kills},
		{"peak_rss_kb", "most memory at rest, KB", (double)life->peak_rss_kb},
		{"rss_growth_kb", "most growth of memory in one life, KB", (double)life->most_growth_kb},
	};
	json_t *object = json_object();

	for (size_t i = 0; i < sizeof(figures) / sizeof(figures[0]); i++) {
		if (soak->flags->json)
			json_object_set_new(object, figures[i].name, json_real(figures[i].value));
		else
			printf("  %10.*f  %s\n", figures[i].value == (double)(long)figures[i].value ? 0 : 2,
			       figures[i].value, figures[i].what);
	}
	if (soak->flags->json) {
		json_dumpf(object, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
		putchar('\n');
	}
	json_decref(object);
}

static int prepare(struct soak *soak, struct duet_error *error)
{
	struct duet_config *config;
	int result;

	soak->life =
		mmap(NULL, sizeof(*soak->life), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (soak->life == MAP_FAILED)
		return duet_error_set(error, -ENOMEM, "out of memory");
	soak->life->random = bench_sound_random((uint64_t)soak->flags->seed, 5);
	soak->life->end_ms = (int64_t)(soak->flags->hours * 3600000);
	soak->life->loss_at_ms = 4 * 60000;
	soak->life->tells = soak->flags->each;
	snprintf(soak->dir, sizeof(soak->dir), "/tmp/duet-soak-XXXXXX");
	if (!mkdtemp(soak->dir))
		return duet_error_set(error, -errno, "no temporary folder");
	result = duet_config_load(&config, soak->flags->config, NULL, error);
	if (result < 0)
		return result;
	result = soak_clips_make(&soak->clips, config, &soak->flags->talk, error);
	duet_config_free(config);
	soak->life->clips_kb = (long)(soak_clips_bytes(&soak->clips) / 1024);
	duet_rest(); /* so that no process begins with what the voices took */
	return result;
}

static int bench_soak(const struct duet_invocation *invocation)
{
	struct soak soak = {.flags = invocation->flags};
	struct duet_error error = {0};
	int code = DUET_EXIT_DONE;

	if (prepare(&soak, &error) < 0)
		code = duet_command_error(invocation, DUET_EXIT_CONFIG, &error);
	else if (run(&soak, &error) < 0)
		code = duet_command_error(invocation, DUET_EXIT_FAILED, &error);
	if (code == DUET_EXIT_DONE)
		report(&soak);
	if (soak.dir[0])
		bench_remove_dir(soak.dir);
	soak_clips_done(&soak.clips);
	munmap(soak.life, sizeof(*soak.life));
	return code;
}

#define FLAG(name, kind, field, fallback, help, min, max)                                                    \
	{                                                                                                    \
		name, kind, offsetof(struct soak_flags, field), fallback, help, NULL, min, max               \
	}

static const struct duet_flag flags[] = {
	DUET_FLAG_CONFIG(struct soak_flags),
	{0, "H",
	 FLAG("hours", DUET_OPTION_NUMBER, hours, "8", "How long it lives, in its own time", 0.01, 1000)},
	{0, "N", FLAG("seed", DUET_OPTION_INT, seed, "1", "Of everything that happens", 0, 1e9)},
	{0, "DIR",
	 FLAG("talk", DUET_OPTION_TEXTS, talk, NULL,
	      "Recordings of speech that is meant for somebody else, beside synthetic ones; may be repeated",
	      0, 0)},
	{0, "TIME",
	 FLAG("kill-every", DUET_OPTION_DURATION, kill_every_ms, "40min", "How often it is killed; 0s: never",
	      0, 24 * 3600000.0)},
	{0, NULL, FLAG("each", DUET_OPTION_BOOL, each, NULL, "Each mistake on stderr", 0, 0)},
	{'j', NULL, FLAG("json", DUET_OPTION_BOOL, json, NULL, "One JSON object", 0, 0)},
	{0},
};

const struct duet_command duet_bench_soak = {
	.name = "soak",
	.summary = "Hours of the whole speaker's life: people, music, lost devices, power cuts",
	.description =
		"A whole speaker lives in a computed room, as fast as the processor goes: synthetic people "
		"call it "
		"by both wake words, interrupt it, set timers and stop them, talk to each other; music "
		"plays, "
		"devices go away and come back, and its process is killed and begun again on the same state. "
		"Counts what was missed, what was done that nobody asked for, and what was lost. The same "
		"seed "
		"is the same life.",
	.flags = flags,
	.flags_size = sizeof(struct soak_flags),
	.run = bench_soak,
};
