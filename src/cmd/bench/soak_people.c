/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "cmd/bench/bench_ear.h"
#include "cmd/bench/bench_sound.h"
#include "cmd/bench/soak.h"

/* Who says what when. One scene after the other, chosen by chance. */

enum {
	SETTLE_MS = 2000,    /* between two scenes */
	WAKE_MS = 1500,      /* after an order, in which it must have begun to listen */
	PATIENCE_MS = 25000, /* for an answer to its end */
	INTERRUPT_MS = 1200, /* after an answer has begun */
	STOP_MS = 4000,      /* after a stop */
	RING_EARLY_MS = 3000,
	RING_MS = 5000,   /* until one that began must be heard */
	RING_LATE_S = 30, /* a power cut may lie in between */
	LOSS_MS = 5000,
	LOSS_EVERY_MS = 15 * 60000,
	MOST_TRIES = 4,
};

#define LOUD_DB 62.0 /* a voice's power: about -28 dB of full scale */

enum scene { SETTLING, QUIET, TALKING, MUSIC, ORDERING, ANSWERING, STOPPING, AWAY, N_SCENES };

struct soak_people {
	struct soak_life *life;
	const struct soak_clips *clips;
	enum scene scene;
	int64_t since_ms;
	const struct soak_clip *clip; /* of the scene */
	bool is_listening, is_speaking, sounds;
	bool was_woken, is_answered, is_interrupted, interrupts;
	int64_t spoken_ms; /* when the clip was said, 0: it is being said */
	int64_t speaks_ms; /* when the answer began */
	bool rings;        /* an alert, which nobody has stopped yet */
	int64_t rang_ms;   /* when it began */
	int n_tries;
};

struct soak_people *soak_people_new(struct soak_life *life, const struct soak_clips *clips)
{
	struct soak_people *people = duet_calloc(1, sizeof(*people));

	if (!people)
		return NULL;
	people->life = life;
	people->clips = clips;
	people->since_ms = life->now_ms;
	return people;
}

void soak_people_free(struct soak_people *people)
{
	duet_free(people);
}

static uint64_t chance(struct soak_people *people, uint64_t n)
{
	people->life->random = bench_sound_random(people->life->random, 3);
	return (people->life->random >> 16) % n;
}

static int64_t passed_ms(const struct soak_people *people)
{
	return people->life->now_ms - people->since_ms;
}

static void go_to(struct soak_people *people, enum scene scene)
{
	people->scene = scene;
	people->since_ms = people->life->now_ms;
}

static void say(struct soak_people *people, struct soak_world *world, enum soak_kind kind)
{
	const struct soak_clip *clip = &people->clips->items[kind][chance(people, people->clips->n[kind])];
	double power = bench_ear_power(clip->sound.samples, clip->sound.n_samples);
	double loud_db = LOUD_DB + (double)chance(people, 7) - 3;

	people->clip = clip;
	people->spoken_ms = 0;
	world->voice = clip;
	world->at = 0;
	world->gain = power > 0 ? (float)sqrt(pow(10, loud_db / 10) / power) : 0;
}

/* A mistake, and what was going on. */
static void tell(const struct soak_people *people, const char *what, const json_t *turn)
{
	static const char *const scenes[N_SCENES] = {
		[SETTLING] = "nothing is said",     [QUIET] = "it is quiet",
		[TALKING] = "people talk",          [MUSIC] = "music plays",
		[ORDERING] = "somebody orders",     [ANSWERING] = "it answers",
		[STOPPING] = "an alert is stopped", [AWAY] = "the devices are gone"};
	const struct soak_clip *clip = people->clip;
	char *text = turn ? json_dumps(turn, JSON_COMPACT) : NULL;

	if (people->life->tells)
		fprintf(stderr, "%.2f s: %s; %s, last was \"%s\" to %zu%s%s\n",
			(double)people->life->now_ms / 1000, what, scenes[people->scene],
			clip && clip->text ? clip->text : "", clip ? clip->assistant : 0, text ? ": " : "",
			text ? text : "");
	free(text);
}

/* Scenes. */

static void begin_order(struct soak_people *people, struct soak_world *world)
{
	say(people, world, SOAK_ORDER);
	people->life->counts.n_calls++;
	people->was_woken = people->is_answered = people->is_interrupted = false;
	people->speaks_ms = 0;
	people->interrupts = people->clip->is_long && chance(people, 3) > 0;
	go_to(people, ORDERING);
}

static void begin_stop(struct soak_people *people, struct soak_world *world)
{
	enum soak_kind kind = people->n_tries < 2 && chance(people, 2) ? SOAK_BARE_STOP : SOAK_STOP;

	say(people, world, kind);
	people->n_tries++;
	people->was_woken = false;
	if (kind == SOAK_STOP)
		people->life->counts.n_stops++;
	else
		people->life->counts.n_bare_stops++;
	go_to(people, STOPPING);
}

static void begin_talk(struct soak_people *people, struct soak_world *world)
{
	say(people, world, SOAK_TALK);
	go_to(people, TALKING);
}

static void begin_music(struct soak_people *people, struct soak_world *world)
{
	world->plays_music = true;
	go_to(people, MUSIC);
}

static void begin_quiet(struct soak_people *people, struct soak_world *world)
{
	go_to(people, QUIET);
}

/* When it has been at rest for a moment, and what it needed to listen is given back. */

static long rss_kb(void)
{
	FILE *file = fopen("/proc/self/statm", "r");
	long pages = 0, resident = 0;

	if (file && fscanf(file, "%ld %ld", &pages, &resident) != 2)
		resident = 0;
	if (file)
		fclose(file);
	return resident * (sysconf(_SC_PAGESIZE) / 1024);
}

static void note_memory(struct soak_life *life)
{
	long now_kb = rss_kb() - life->clips_kb;

	if (life->now_ms < life->rss_from_ms)
		return;
	if (life->first_rss_kb == 0)
		life->first_rss_kb = now_kb;
	life->last_rss_kb = now_kb;
	if (now_kb > life->peak_rss_kb)
		life->peak_rss_kb = now_kb;
}

static void choose(struct soak_people *people, struct soak_world *world)
{
	static void (*const beginnings[])(struct soak_people * people, struct soak_world * world) = {
		begin_order, begin_order, begin_talk, begin_talk, begin_talk, begin_music, begin_quiet,
	};

	note_memory(people->life);
	if (people->life->now_ms - people->rang_ms > RING_MS)
		people->rings &= people->sounds;
	if (people->rings && people->n_tries < MOST_TRIES)
		begin_stop(people, world);
	else
		beginnings[chance(people, sizeof(beginnings) / sizeof(beginnings[0]))](people, world);
}

static void step_settling(struct soak_people *people, struct soak_world *world)
{
	if (people->is_listening || people->is_speaking) {
		if (passed_ms(people) < PATIENCE_MS)
			return;
	} else if (passed_ms(people) < SETTLE_MS) {
		return;
	}
	choose(people, world);
}

static void step_quiet(struct soak_people *people, struct soak_world *world)
{
	if (passed_ms(people) > 3000 + (int64_t)chance(people, 2000000))
		go_to(people, SETTLING);
}

static void step_talking(struct soak_people *people, struct soak_world *world)
{
	people->life->counts.talk_s += 0.01;
	if (!world->voice)
		go_to(people, SETTLING);
}

static void step_music(struct soak_people *people, struct soak_world *world)
{
	people->life->counts.music_s += 0.01;
	if (passed_ms(people) < 5000 + (int64_t)chance(people, 2000000))
		return;
	world->plays_music = false;
	go_to(people, SETTLING);
}

static bool is_said(struct soak_people *people, const struct soak_world *world)
{
	if (!world->voice && people->spoken_ms == 0)
		people->spoken_ms = people->life->now_ms;
	return people->spoken_ms != 0;
}

static void step_ordering(struct soak_people *people, struct soak_world *world)
{
	struct soak_counts *counts = &people->life->counts;

	if (people->was_woken) {
		counts->n_barge_ins += people->is_interrupted;
		go_to(people, ANSWERING);
	} else if (is_said(people, world) && people->life->now_ms - people->spoken_ms > WAKE_MS) {
		counts->n_missed++;
		tell(people, "missed", NULL);
		counts->n_barge_ins += people->is_interrupted;
		counts->n_barge_ins_missed += people->is_interrupted;
		go_to(people, SETTLING);
	}
}

/* Somebody who has heard enough. */
static void interrupt(struct soak_people *people, struct soak_world *world)
{
	begin_order(people, world);
	people->is_interrupted = true;
	people->interrupts = false;
}

static void step_answering(struct soak_people *people, struct soak_world *world)
{
	is_said(people, world);
	if (people->interrupts && people->speaks_ms && people->is_speaking &&
	    people->life->now_ms - people->speaks_ms > INTERRUPT_MS) {
		interrupt(people, world);
		return;
	}
	if (passed_ms(people) > PATIENCE_MS) {
		people->life->counts.n_refused += !people->is_answered;
		if (!people->is_answered)
			tell(people, "no answer", NULL);
		go_to(people, SETTLING);
	} else if (people->is_answered && !people->is_speaking && !people->is_listening) {
		go_to(people, SETTLING);
	}
}

static void step_stopping(struct soak_people *people, struct soak_world *world)
{
	bool bare = people->clip->intent == NULL;
	struct soak_counts *counts = &people->life->counts;

	if (!is_said(people, world) || people->life->now_ms - people->spoken_ms < STOP_MS)
		return;
	if (people->rang_ms > people->since_ms) {
		/* That was the next one, which had waited. */
	} else if (people->sounds) {
		*(bare ? &counts->n_bare_stops_missed : &counts->n_stops_missed) += 1;
		tell(people, "not stopped", NULL);
	} else {
		people->rings = false;
	}
	go_to(people, SETTLING);
}

/* The devices are gone. */
static void step_away(struct soak_people *people, struct soak_world *world)
{
	if (passed_ms(people) < LOSS_MS)
		return;
	world->is_lost = false;
	go_to(people, SETTLING);
}

static void (*const steps[N_SCENES])(struct soak_people *people, struct soak_world *world) = {
	[SETTLING] = step_settling, [QUIET] = step_quiet,       [TALKING] = step_talking,
	[MUSIC] = step_music,       [ORDERING] = step_ordering, [ANSWERING] = step_answering,
	[STOPPING] = step_stopping, [AWAY] = step_away,
};

/* Timers. */

static void note_timer(struct soak_people *people, int64_t due_ms, bool unsure)
{
	struct soak_life *life = people->life;

	for (int i = 0; i < SOAK_TIMERS; i++) {
		if (life->timers[i].due_ms)
			continue;
		life->timers[i].due_ms = due_ms;
		life->timers[i].late_s = 0;
		life->timers[i].unsure = unsure;
		life->counts.n_timers += !unsure;
		return;
	}
}

/* Once a second. One that is due while another rings waits for it. */
static void look_for_lost(struct soak_people *people)
{
	struct soak_life *life = people->life;

	for (int i = 0; i < SOAK_TIMERS; i++) {
		if (!life->timers[i].due_ms || life->now_ms < life->timers[i].due_ms)
			continue;
		life->timers[i].late_s += !people->rings;
		if (life->timers[i].late_s < RING_LATE_S)
			continue;
		life->counts.n_lost += !life->timers[i].unsure;
		life->timers[i].due_ms = 0;
		if (!life->timers[i].unsure)
			tell(people, "a timer is lost", NULL);
	}
}

/* The one that has been due for longest. */
static int find_due(const struct soak_life *life)
{
	int first = -1;

	for (int i = 0; i < SOAK_TIMERS; i++) {
		int64_t due_ms = life->timers[i].due_ms;

		if (due_ms && life->now_ms >= due_ms - RING_EARLY_MS &&
		    (first < 0 || due_ms < life->timers[first].due_ms))
			first = i;
	}
	return first;
}

static void note_ring(struct soak_people *people)
{
	struct soak_life *life = people->life;
	int due = find_due(life);

	people->rings = true;
	people->rang_ms = life->now_ms;
	people->n_tries = 0;
	if (due < 0)
		return;
	life->counts.n_rung += !life->timers[due].unsure;
	life->timers[due].due_ms = 0;
}

/* What happens to the speaker. */

static void maybe_lose(struct soak_people *people, struct soak_world *world)
{
	struct soak_life *life = people->life;

	if (life->now_ms < life->loss_at_ms || people->scene != SETTLING)
		return;
	life->loss_at_ms = life->now_ms + LOSS_EVERY_MS / 2 + (int64_t)chance(people, LOSS_EVERY_MS);
	life->counts.n_losses++;
	world->is_lost = true;
	go_to(people, AWAY);
}

/* As if the plug was pulled: whatever it is doing. */
static void maybe_kill(struct soak_people *people)
{
	const struct soak_clip *clip = people->clip;
	struct soak_life *life = people->life;

	if (life->now_ms < life->kill_at_ms)
		return;
	if (clip && clip->timer_s && (people->scene == ORDERING || people->scene == ANSWERING) &&
	    !people->is_answered)
		note_timer(people, life->now_ms + clip->timer_s * 1000LL, true);
	life->counts.n_kills++;
	raise(SIGKILL);
}

void soak_people_step(struct soak_people *people, struct soak_world *world)
{
	steps[people->scene](people, world);
	maybe_lose(people, world);
	maybe_kill(people);
	if (people->life->now_ms % 1000 == 0)
		look_for_lost(people);
	people->life->is_over = people->life->now_ms >= people->life->end_ms;
}

/* What the speaker says of itself. */

static bool is_called(const struct soak_people *people)
{
	return people->scene == ORDERING || people->scene == ANSWERING ||
	       (people->scene == STOPPING && people->clip->intent) ||
	       (people->scene == SETTLING && passed_ms(people) < SETTLE_MS);
}

static void note_unasked(struct soak_people *people, const json_t *turn)
{
	people->life->counts.n_unasked++;
	tell(people, "did what nobody asked for", turn);
}

/* A timer for another time is another order. */
static bool is_meant(const struct soak_clip *clip, const json_t *turn, const char *intent)
{
	const json_t *seconds = json_object_get(json_object_get(turn, "act"), "seconds");

	return strcmp(intent, clip->intent) == 0 &&
	       (!clip->timer_s || json_integer_value(seconds) == clip->timer_s);
}

/* What was set runs while the answer is still being said. */
static void judge_order(struct soak_people *people, const json_t *turn)
{
	struct soak_counts *counts = &people->life->counts;
	int64_t done_ms = people->speaks_ms ? people->speaks_ms : people->life->now_ms;
	const char *intent = json_string_value(json_object_get(turn, "intent"));
	bool refused = json_is_true(json_object_get(turn, "refused"));

	people->is_answered = true;
	if (refused || !intent) {
		counts->n_refused++;
		tell(people, "not understood", turn);
	} else if (!is_meant(people->clip, turn, intent)) {
		counts->n_wrong++;
		tell(people, "taken for another order", turn);
	} else {
		counts->n_right++;
		if (people->clip->timer_s)
			note_timer(people, done_ms + people->clip->timer_s * 1000LL, false);
	}
}

void soak_people_turn(struct soak_people *people, const json_t *turn)
{
	const char *intent = json_string_value(json_object_get(turn, "intent"));
	bool refused = json_is_true(json_object_get(turn, "refused"));

	if ((people->scene == ORDERING || people->scene == ANSWERING) && people->was_woken &&
	    !people->is_answered)
		judge_order(people, turn);
	else if (!is_called(people) && intent && !refused)
		note_unasked(people, turn);
}

static void woken(struct soak_people *people)
{
	if (!is_called(people) && !people->is_listening) {
		people->life->counts.n_false_wakes++;
		tell(people, "woken", NULL);
	}
	people->was_woken = true;
}

void soak_people_state(struct soak_people *people, const char *state)
{
	bool listens = strcmp(state, "listening") == 0, speaks = strcmp(state, "speaking") == 0;

	if (strcmp(state, "ringing") == 0) {
		note_ring(people);
		return;
	}
	if (listens)
		woken(people);
	if (speaks && !people->is_speaking)
		people->speaks_ms = people->life->now_ms;
	people->is_listening = listens || strcmp(state, "thinking") == 0;
	people->is_speaking = speaks;
}

void soak_people_hear(struct soak_people *people, bool sounds)
{
	people->sounds = sounds;
}
