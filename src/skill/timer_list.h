/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_SKILL_TIMER_LIST_H
#define DUET_SKILL_TIMER_LIST_H

#include "duet/skill.h"

struct duet_timer;

/*
 * Timers that run: they count time itself (the monotonic clock), so that a wall
 * clock that jumps neither shortens nor lengthens them; over a restart the wall
 * clock tells how long the speaker was off. Kept in the store. Main thread.
 */
enum { DUET_COUNTDOWNS_MAX = 32 };

struct duet_countdown {
	uint64_t id;     /* 0: this place is free */
	uint64_t ticket; /* of the write that added it; 0: it was kept from before */
	char name[96], assistant[64], language[24];
	int64_t length_ms; /* as it was set, with what was added or taken since */
	int64_t end_ms;    /* monotonic; while it runs */
	int64_t left_ms;   /* while it is paused, or when the speaker could not tell how long it was off */
	bool paused;
	int activity;      /* > 0 while it rings */
	int64_t silent_ms; /* monotonic: when the ring ends by itself */
};

struct duet_countdowns {
	const struct duet_skill_host *host;
	struct duet_timer *timer;
	uint64_t last_id;
	bool is_late; /* the clock was not set at the start: what ended while the speaker was off is not known
			 yet */
	struct duet_countdown items[DUET_COUNTDOWNS_MAX];
};

int duet_countdowns_open(struct duet_countdowns *list, const struct duet_skill_host *host,
			 struct duet_error *error);
void duet_countdowns_close(struct duet_countdowns *list);

/* Each returns the store's ticket, or a negative errno and nothing has changed (-ENOSPC: too many). */
int64_t duet_countdowns_add(struct duet_countdowns *list, const struct duet_countdown *countdown,
			    struct duet_countdown **added);
int64_t duet_countdowns_remove(struct duet_countdowns *list,
			       struct duet_countdown *countdown); /* silent and gone */
int64_t duet_countdowns_pause(struct duet_countdowns *list, struct duet_countdown *countdown, bool paused);
/* Longer or shorter; what is over rings at once. */
int64_t duet_countdowns_change(struct duet_countdowns *list, struct duet_countdown *countdown, int64_t by_ms);

int64_t duet_countdown_left_ms(const struct duet_countdowns *list, const struct duet_countdown *countdown);
/* Soonest first, paused ones last; how many. */
size_t duet_countdowns_list(struct duet_countdowns *list, struct duet_countdown *items[DUET_COUNTDOWNS_MAX]);
struct duet_countdown *duet_countdowns_by_activity(struct duet_countdowns *list, int activity);

/* Writes up to `ticket` may have failed: what they added goes. */
void duet_countdowns_unsaved(struct duet_countdowns *list, uint64_t ticket);

/* The wall clock has jumped: what is kept must be written anew. */
void duet_countdowns_clock_changed(struct duet_countdowns *list);

#endif
