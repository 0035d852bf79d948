/* SPDX-License-Identifier: Apache-2.0 */
#include "loop/wheel.h"

#include <stddef.h>

#include "base/alloc.h"
#include "base/clock.h"

/* A turn of the wheel takes 51 s; what is due later stays in its slot and is passed by until then. */
enum { N_SLOTS = 1024 };

struct duet_wheel {
	struct duet_loop *loop;
	struct duet_timer *timer;
	int64_t tick; /* the last one whose slot was looked at */
	size_t n_set;
	struct duet_spoke *slots[N_SLOTS];
};

int64_t duet_wheel_now_ms(const struct duet_wheel *wheel)
{
	return duet_clock_mono_ms(duet_loop_clock(wheel->loop));
}

static void take_out(struct duet_wheel *wheel, struct duet_spoke *spoke)
{
	*spoke->link = spoke->next;
	if (spoke->next)
		spoke->next->link = spoke->link;
	spoke->link = NULL;
	wheel->n_set--;
}

static void put_before(struct duet_spoke **head, struct duet_spoke *spoke)
{
	spoke->next = *head;
	spoke->link = head;
	if (spoke->next)
		spoke->next->link = &spoke->next;
	*head = spoke;
}

/* Those of one slot that are due are moved aside first: a call may set or stop any of them. */
static void turn_slot(struct duet_wheel *wheel, struct duet_spoke **slot, int64_t now_ms)
{
	struct duet_spoke *due = NULL, *spoke, *next;

	for (spoke = *slot; spoke; spoke = next) {
		next = spoke->next;
		if (spoke->due_ms > now_ms)
			continue;
		take_out(wheel, spoke);
		put_before(&due, spoke);
		wheel->n_set++;
	}
	while ((spoke = due)) {
		take_out(wheel, spoke);
		spoke->call(spoke->user);
	}
}

static void turn(void *user)
{
	struct duet_wheel *wheel = user;
	int64_t now_ms = duet_wheel_now_ms(wheel), tick = now_ms / DUET_WHEEL_TICK_MS;

	/* After a long sleep each slot is looked at once. */
	if (tick - wheel->tick > N_SLOTS)
		wheel->tick = tick - N_SLOTS;
	while (wheel->tick < tick)
		turn_slot(wheel, &wheel->slots[++wheel->tick % N_SLOTS], now_ms);
	if (wheel->n_set > 0)
		duet_timer_set(wheel->timer, DUET_WHEEL_TICK_MS);
}

struct duet_wheel *duet_wheel_new(struct duet_loop *loop)
{
	struct duet_wheel *wheel = duet_calloc(1, sizeof(*wheel));

	if (!wheel)
		return NULL;
	wheel->loop = loop;
	wheel->timer = duet_timer_new(loop, turn, wheel);
	if (!wheel->timer) {
		duet_wheel_free(wheel);
		return NULL;
	}
	return wheel;
}

void duet_wheel_free(struct duet_wheel *wheel)
{
	if (!wheel)
		return;
	duet_timer_free(wheel->timer);
	duet_free(wheel);
}

void duet_wheel_set(struct duet_wheel *wheel, struct duet_spoke *spoke, int64_t delay_ms)
{
	int64_t now_ms = duet_wheel_now_ms(wheel), tick;

	if (spoke->link)
		take_out(wheel, spoke);
	if (wheel->n_set == 0 && !duet_timer_active(wheel->timer)) {
		wheel->tick = now_ms / DUET_WHEEL_TICK_MS;
		duet_timer_set(wheel->timer, DUET_WHEEL_TICK_MS);
	}
	spoke->due_ms = now_ms + (delay_ms > 0 ? delay_ms : 0);
	/* The tick that begins at or after it is due; never one whose slot was looked at already. */
	tick = (spoke->due_ms + DUET_WHEEL_TICK_MS - 1) / DUET_WHEEL_TICK_MS;
	if (tick <= wheel->tick)
		tick = wheel->tick + 1;
	put_before(&wheel->slots[tick % N_SLOTS], spoke);
	wheel->n_set++;
}

void duet_wheel_stop(struct duet_wheel *wheel, struct duet_spoke *spoke)
{
	if (spoke->link)
		take_out(wheel, spoke);
}
