/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_TEST_SKILL_BENCH_H
#define DUET_TEST_SKILL_BENCH_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/zone.h"
#include "loop/loop.h"
#include "skill/home.h"
#include "skill/request.h"
#include "skill/skills.h"
#include "store/store.h"
#include "temporary_file.h"

/*
 * One skill alone, asked by its public operations: a clock that is moved by hand (Monday, 23 November 2026,
 * 9:30 in Berlin), a store in memory, a home from text, a volume that is a number.
 */
struct skill_bench {
	const struct duet_skill *skill;
	void *state;
	struct duet_clock_manual clock;
	struct duet_loop *loop;
	struct duet_store *store;
	struct duet_home *home; /* NULL: none */
	struct duet_skill_settings settings;
	struct duet_skill_host host;
	int volume;
	int n_rings;       /* activities so far; they are numbered by it */
	char rung[96];     /* the key of the last one's announcement */
	json_t *vars;      /* and its variables */
	const char *area;  /* the speaker's own */
	unsigned controls; /* of what another assistant plays */
	struct duet_answer answer;
};

static inline int bench_ring(void *user, const char *assistant, enum duet_activity_kind kind,
			     const char *name, const char *reply, json_t *take_vars)
{
	struct skill_bench *bench = user;

	snprintf(bench->rung, sizeof(bench->rung), "%s", reply ? reply : "");
	json_decref(bench->vars);
	bench->vars = take_vars;
	return ++bench->n_rings;
}

static inline void bench_silence(void *user, int activity)
{
}

static inline int bench_volume(void *user)
{
	return ((struct skill_bench *)user)->volume;
}

static inline void bench_set_volume(void *user, int percent)
{
	((struct skill_bench *)user)->volume = percent;
}

static inline struct duet_home *bench_home(const char *text)
{
	struct temporary_file file = temporary_file(text);
	struct duet_home *home = NULL;
	struct duet_error error = {0};

	if (duet_home_new_file(&home, file.path, &error) < 0)
		fail_msg("%s", error.what);
	unlink(file.path);
	return home;
}

/* `home`: the YAML of a virtual home, or NULL. */
static inline void bench_open(struct skill_bench *bench, const struct duet_skill *skill, const char *home)
{
	int64_t now_s = duet_civil_days(2026, 11, 23) * 86400 + 8 * 3600 + 30 * 60;

	memset(bench, 0, sizeof(*bench));
	bench->skill = skill;
	bench->volume = 50;
	bench->settings = (struct duet_skill_settings){
		.zone = "Europe/Berlin", .night_volume = 30, .ring_limit_s = 600};
	duet_clock_manual_init(&bench->clock, now_s * 1000000000);
	bench->loop = duet_loop_new(&bench->clock.clock);
	assert_int_equal(
		duet_store_new(&bench->store,
			       &(struct duet_store_setup){.loop = bench->loop, .inline_worker = true}, NULL),
		0);
	bench->home = home ? bench_home(home) : NULL;
	bench->host = (struct duet_skill_host){.loop = bench->loop,
					       .clock = &bench->clock.clock,
					       .store = bench->store,
					       .home = bench->home,
					       .settings = &bench->settings,
					       .user = bench,
					       .activity_begin = bench_ring,
					       .activity_end = bench_silence,
					       .volume_get = bench_volume,
					       .volume_set = bench_set_volume};
	bench->state = duet_calloc(1, skill->state_size + 1);
	assert_int_equal(skill->open(bench->state, &bench->host, NULL), 0);
}

static inline void bench_close(struct skill_bench *bench)
{
	bench->skill->close(bench->state);
	duet_answer_set(&bench->answer, DUET_ANSWER_SILENCE, NULL, NULL, NULL);
	json_decref(bench->vars);
	duet_free(bench->state);
	duet_home_free(bench->home);
	duet_store_free(bench->store);
	duet_loop_free(bench->loop);
}

/* "text=call mom;hour=6": what is understood as a number is one. */
static inline size_t bench_slots(char *text, struct duet_slot *slots, size_t max)
{
	size_t n = 0;
	char *pair;

	while (n < max && (pair = strsep(&text, ";"))) {
		char *value = strchr(pair, '='), *end;

		if (!value)
			continue;
		*value++ = '\0';
		slots[n].name = pair;
		slots[n].text = slots[n].value.text = value;
		slots[n].value.number = strtod(value, &end);
		slots[n].value.kind = *end ? DUET_VALUE_TEXT : DUET_VALUE_NUMBER;
		n++;
	}
	return n;
}

/* `response` may be NULL. The answer's key. */
static inline const char *bench_ask(struct skill_bench *bench, const char *intent, const char *slots,
				    const char *response)
{
	struct duet_slot parsed[8];
	struct duet_request request = {.turn = 1,
				       .assistant = "a",
				       .language = "en",
				       .intent = intent,
				       .area = bench->area,
				       .controls = bench->controls};
	char text[256];

	snprintf(text, sizeof(text), "%s", slots);
	request.response = response;
	request.slots = parsed;
	request.n_slots = bench_slots(text, parsed, 8);
	duet_answer_set(&bench->answer, DUET_ANSWER_SILENCE, NULL, NULL, NULL);
	bench->skill->handle(bench->state, &request, &bench->answer);
	return bench->answer.reply ? bench->answer.reply : "";
}

static inline const char *bench_var(const struct skill_bench *bench, const char *name)
{
	const char *text = json_string_value(json_object_get(bench->answer.vars, name));

	return text ? text : "";
}

static inline int bench_number(const struct skill_bench *bench, const char *name)
{
	return (int)json_integer_value(json_object_get(bench->answer.vars, name));
}

/* Time goes by, and what is due happens. */
static inline void bench_wait(struct skill_bench *bench, int64_t seconds)
{
	for (; seconds > 0; seconds--) {
		duet_clock_manual_advance(&bench->clock, 1000000000);
		duet_loop_turn(bench->loop);
	}
}

#endif
