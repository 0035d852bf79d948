/* SPDX-License-Identifier: Apache-2.0 */
#include "loop/timer_heap.h"

#include "base/alloc.h"
#include "base/clock.h"

enum { NOT_SET = -1 };

struct duet_timer {
	struct duet_timer_heap *heap;
	const struct duet_clock *clock;
	duet_loop_call *call;
	void *user;
	int64_t due_ns;
	uint64_t setting;
	long at; /* in the heap, or NOT_SET */
};

void duet_timer_heap_done(struct duet_timer_heap *heap)
{
	duet_free(heap->timers);
	*heap = (struct duet_timer_heap){0};
}

static bool is_before(const struct duet_timer *a, const struct duet_timer *b)
{
	return a->due_ns != b->due_ns ? a->due_ns < b->due_ns : a->setting < b->setting;
}

static void put(struct duet_timer_heap *heap, long at, struct duet_timer *timer)
{
	heap->timers[at] = timer;
	timer->at = at;
}

static void sift_up(struct duet_timer_heap *heap, struct duet_timer *timer)
{
	long at = timer->at;

	while (at > 0 && is_before(timer, heap->timers[(at - 1) / 2])) {
		put(heap, at, heap->timers[(at - 1) / 2]);
		at = (at - 1) / 2;
	}
	put(heap, at, timer);
}

static void sift_down(struct duet_timer_heap *heap, struct duet_timer *timer)
{
	long n = (long)heap->n_set, at = timer->at, child;

	while ((child = 2 * at + 1) < n) {
		if (child + 1 < n && is_before(heap->timers[child + 1], heap->timers[child]))
			child++;
		if (!is_before(heap->timers[child], timer))
			break;
		put(heap, at, heap->timers[child]);
		at = child;
	}
	put(heap, at, timer);
}

bool duet_timer_heap_next_due(const struct duet_timer_heap *heap, int64_t *due_ns)
{
	if (heap->n_set == 0)
		return false;
	*due_ns = heap->timers[0]->due_ns;
	return true;
}

struct duet_timer *duet_timer_heap_take_due(struct duet_timer_heap *heap, int64_t now_ns)
{
	struct duet_timer *timer = heap->n_set ? heap->timers[0] : NULL;

	if (!timer || timer->due_ns > now_ns)
		return NULL;
	duet_timer_stop(timer);
	return timer;
}

static bool make_room(struct duet_timer_heap *heap)
{
	size_t room = heap->room ? 2 * heap->room : 16;
	struct duet_timer **grown;

	if (heap->n_made < heap->room)
		return true;
	grown = duet_realloc(heap->timers, room, sizeof(struct duet_timer *));
	if (!grown)
		return false;
	heap->timers = grown;
	heap->room = room;
	return true;
}

struct duet_timer *duet_timer_heap_add(struct duet_timer_heap *heap, const struct duet_clock *clock,
				       duet_loop_call *call, void *user)
{
	struct duet_timer *timer = make_room(heap) ? duet_alloc(sizeof(*timer)) : NULL;

	if (!timer)
		return NULL;
	*timer = (struct duet_timer){heap, clock, call, user, 0, 0, NOT_SET};
	heap->n_made++;
	return timer;
}

void duet_timer_call(const struct duet_timer *timer)
{
	timer->call(timer->user);
}

void duet_timer_free(struct duet_timer *timer)
{
	if (!timer)
		return;
	duet_timer_stop(timer);
	timer->heap->n_made--;
	duet_free(timer);
}

void duet_timer_set(struct duet_timer *timer, int64_t delay_ms)
{
	struct duet_timer_heap *heap = timer->heap;

	duet_timer_stop(timer);
	timer->due_ns = timer->clock->mono_ns(timer->clock) + (delay_ms > 0 ? delay_ms : 0) * 1000000;
	timer->setting = heap->n_settings++;
	timer->at = (long)heap->n_set++;
	sift_up(heap, timer);
}

void duet_timer_stop(struct duet_timer *timer)
{
	struct duet_timer_heap *heap = timer->heap;
	struct duet_timer *last;
	long at = timer->at;

	if (at == NOT_SET)
		return;
	timer->at = NOT_SET;
	last = heap->timers[--heap->n_set];
	if (last == timer)
		return;
	put(heap, at, last);
	sift_up(heap, last);
	sift_down(heap, last);
}

bool duet_timer_active(const struct duet_timer *timer)
{
	return timer->at != NOT_SET;
}
