/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_SKILL_AGENDA_H
#define DUET_SKILL_AGENDA_H

#include "duet/skill.h"
#include "skill/moment.h"

struct duet_timer;

/*
 * Things that are due at a time on the wall: alarms and reminders share it.
 * It keeps them in the store, rings when they are due, tells on start what was
 * missed while the speaker was off, and falls silent after a while. It looks at
 * the clock every few seconds, so that a clock that jumps, a zone that changes
 * and a night of sleep are all the same to it. While the clock has not been set
 * nothing rings. Main thread.
 */
enum { DUET_AGENDA_MAX = 64 };

struct duet_due {
	uint64_t id;     /* 0: this place is free */
	uint64_t ticket; /* of the write that added it; 0: it was kept from before */
	struct duet_moment moment;
	char text[256]; /* of a reminder */
	char assistant[64], language[24];
	int64_t due_s;     /* when it rings next */
	int64_t snoozed_s; /* rings again then, instead; 0: no */
	int64_t rung_s;    /* the `due_s` of the last ring; 0: never */
	int activity;      /* > 0 while it rings */
	int64_t silent_ms; /* monotonic: when it falls silent by itself */
};

struct duet_agenda_kind {
	const char *space; /* of the store */
	const char *name;  /* of the activity: "alarm" */
	const char *rings; /* keys of responses */
	const char *missed;
	int ring_max_s; /* 0: only the speaker's own limit */
};

struct duet_agenda {
	const struct duet_agenda_kind *kind;
	const struct duet_skill_host *host;
	struct duet_zone *zone;
	struct duet_timer *timer;
	uint64_t last_id;
	struct duet_due items[DUET_AGENDA_MAX];
};

/* Loads what was kept; rings and misses are told from the loop, not before this returns. */
int duet_agenda_open(struct duet_agenda *agenda, const struct duet_agenda_kind *kind,
		     const struct duet_skill_host *host, struct duet_error *error);
void duet_agenda_close(struct duet_agenda *agenda);

/* Now, and whether that can be believed. */
int64_t duet_agenda_now_s(const struct duet_agenda *agenda);
bool duet_agenda_clock_is_set(const struct duet_agenda *agenda);

/* Adds a copy of `due` (moment, text, assistant, language); the store's ticket, -ENOSPC when full. *added may
 * be NULL. */
int64_t duet_agenda_add(struct duet_agenda *agenda, const struct duet_due *due, struct duet_due **added);
/* Silent and gone; the ticket. */
int64_t duet_agenda_remove(struct duet_agenda *agenda, struct duet_due *due);
/* Stops its ring: what rings once is gone, what repeats waits for the next time. The ticket, 0 when nothing
 * changed on disk. */
int64_t duet_agenda_stop(struct duet_agenda *agenda, struct duet_due *due);
int64_t duet_agenda_snooze(struct duet_agenda *agenda, struct duet_due *due, int64_t seconds);

/* Soonest first; how many. */
size_t duet_agenda_list(struct duet_agenda *agenda, struct duet_due *items[DUET_AGENDA_MAX]);
/* The one that rings (the latest to begin), or NULL. */
struct duet_due *duet_agenda_ringing(struct duet_agenda *agenda);
struct duet_due *duet_agenda_by_activity(struct duet_agenda *agenda, int activity);

/* Writes up to `ticket` may have failed: what they added goes. */
void duet_agenda_unsaved(struct duet_agenda *agenda, uint64_t ticket);

/* The zone or the clock changed. */
void duet_agenda_plan(struct duet_agenda *agenda);

#endif
