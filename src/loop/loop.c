/* SPDX-License-Identifier: Apache-2.0 */
#include "loop/loop.h"

#include <errno.h>
#include <event2/event.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "loop/mailbox.h"
#include "loop/timer_heap.h"

/* A turn ends after this many rounds even when calls keep posting calls. */
enum { MAX_ROUNDS = 1000 };

struct duet_loop {
	const struct duet_clock *clock;
	struct event_base *base;
	struct event *wakeup;  /* another thread posted, or somebody said quit */
	struct event *timeout; /* ends the wait when the next timer is due */
	int wakeup_fd;
	struct duet_mailbox *mailbox;
	_Atomic(struct duet_letter *) letters; /* the newest first */
	struct duet_timer_heap timers;
	atomic_bool quit;
	int n_watch_calls;
};

struct duet_watch {
	struct duet_loop *loop;
	struct event *event;
	duet_loop_call *call;
	void *user;
};

static void woken(evutil_socket_t fd, short what, void *user)
{
	uint64_t count;

	/* Only empties the counter; the loop looks at its mailbox after every wait anyway. */
	if (read(fd, &count, sizeof(count)) < 0)
		return;
}

static void timed_out(evutil_socket_t fd, short what, void *user)
{
}

static bool make_events(struct duet_loop *loop)
{
	loop->base = event_base_new();
	if (!loop->base)
		return false;
	loop->wakeup_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (loop->wakeup_fd < 0)
		return false;
	loop->wakeup = event_new(loop->base, loop->wakeup_fd, EV_READ | EV_PERSIST, woken, NULL);
	loop->timeout = evtimer_new(loop->base, timed_out, NULL);
	return loop->wakeup && loop->timeout && event_add(loop->wakeup, NULL) == 0;
}

struct duet_loop *duet_loop_new(const struct duet_clock *clock)
{
	struct duet_loop *loop = duet_calloc(1, sizeof(*loop));

	if (!loop)
		return NULL;
	loop->clock = clock;
	loop->wakeup_fd = -1;
	loop->mailbox = duet_mailbox_new();
	if (!loop->mailbox || !make_events(loop)) {
		duet_loop_free(loop);
		return NULL;
	}
	return loop;
}

void duet_loop_free(struct duet_loop *loop)
{
	if (!loop)
		return;
	if (loop->timeout)
		event_free(loop->timeout);
	if (loop->wakeup)
		event_free(loop->wakeup);
	if (loop->wakeup_fd >= 0)
		close(loop->wakeup_fd);
	if (loop->base)
		event_base_free(loop->base);
	duet_mailbox_free(loop->mailbox);
	duet_timer_heap_done(&loop->timers);
	duet_free(loop);
}

const struct duet_clock *duet_loop_clock(const struct duet_loop *loop)
{
	return loop->clock;
}

/* Also called by signal handlers: a write and nothing else. A full counter wakes just as well. */
static void wake(const struct duet_loop *loop)
{
	uint64_t one = 1;

	if (write(loop->wakeup_fd, &one, sizeof(one)) < 0)
		return;
}

void duet_loop_quit(struct duet_loop *loop)
{
	atomic_store(&loop->quit, true);
	wake(loop);
}

int duet_loop_post(struct duet_loop *loop, duet_loop_call *call, void *user)
{
	int code = duet_mailbox_put(loop->mailbox, (struct duet_job){call, user});

	if (code == 0)
		wake(loop);
	return code;
}

void duet_loop_send(struct duet_loop *loop, struct duet_letter *letter)
{
	struct duet_letter *newest = atomic_load_explicit(&loop->letters, memory_order_relaxed);

	do
		letter->next = newest;
	while (!atomic_compare_exchange_weak_explicit(&loop->letters, &newest, letter, memory_order_release,
						      memory_order_relaxed));
	/* Whoever put the first one in wakes the loop; it takes all of them at once. The letter is the loop's
	 * by now. */
	if (!newest)
		wake(loop);
}

struct event_base *duet_loop_base(struct duet_loop *loop)
{
	return loop->base;
}

/* All that lie there, the oldest first. */
static struct duet_letter *take_letters(struct duet_loop *loop)
{
	struct duet_letter *newest, *oldest = NULL, *next;

	newest = atomic_exchange_explicit(&loop->letters, NULL, memory_order_acquire);
	for (; newest; newest = next) {
		next = newest->next;
		newest->next = oldest;
		oldest = newest;
	}
	return oldest;
}

static int run_letters(struct duet_loop *loop)
{
	struct duet_letter *letter = take_letters(loop), *next;
	int n_calls = 0;

	for (; letter; letter = next, n_calls++) {
		next = letter->next;
		letter->call(letter->user);
	}
	return n_calls;
}

static int run_posted(struct duet_loop *loop)
{
	struct duet_job job;
	int n_calls = run_letters(loop);

	while (duet_mailbox_take(loop->mailbox, &job)) {
		job.call(job.user);
		n_calls++;
	}
	return n_calls;
}

static int run_timers(struct duet_loop *loop)
{
	int64_t now_ns = loop->clock->mono_ns(loop->clock);
	struct duet_timer *timer;
	int n_calls = 0;

	/* Those that are set anew by a call wait for the next round. */
	while ((timer = duet_timer_heap_take_due(&loop->timers, now_ns))) {
		duet_timer_call(timer);
		n_calls++;
	}
	return n_calls;
}

int duet_loop_turn(struct duet_loop *loop)
{
	int n_calls = 0, n_more = 1;

	loop->n_watch_calls = 0;
	for (int round = 0; round < MAX_ROUNDS && n_more; round++) {
		event_base_loop(loop->base, EVLOOP_NONBLOCK);
		n_more = run_posted(loop);
		n_more += run_timers(loop);
		n_calls += n_more;
	}
	return n_calls + loop->n_watch_calls;
}

static void wait_for_something(struct duet_loop *loop)
{
	int64_t due_ns, delay_us;
	struct timeval delay;

	if (duet_timer_heap_next_due(&loop->timers, &due_ns)) {
		delay_us = (due_ns - loop->clock->mono_ns(loop->clock) + 999) / 1000;
		if (delay_us <= 0)
			return;
		delay.tv_sec = delay_us / 1000000;
		delay.tv_usec = delay_us % 1000000;
		evtimer_add(loop->timeout, &delay);
	}
	event_base_loop(loop->base, EVLOOP_ONCE);
	evtimer_del(loop->timeout);
}

int duet_loop_run(struct duet_loop *loop)
{
	while (!atomic_load(&loop->quit)) {
		duet_loop_turn(loop);
		if (!atomic_load(&loop->quit))
			wait_for_something(loop);
	}
	atomic_store(&loop->quit, false);
	return 0;
}

struct duet_timer *duet_timer_new(struct duet_loop *loop, duet_loop_call *call, void *user)
{
	return duet_timer_heap_add(&loop->timers, loop->clock, call, user);
}

static void watched(evutil_socket_t fd, short what, void *user)
{
	struct duet_watch *watch = user;

	watch->loop->n_watch_calls++;
	watch->call(watch->user);
}

static struct duet_watch *watch_new(struct duet_loop *loop, int fd, short what, duet_loop_call *call,
				    void *user)
{
	struct duet_watch *watch = duet_calloc(1, sizeof(*watch));

	if (!watch)
		return NULL;
	*watch = (struct duet_watch){.loop = loop, .call = call, .user = user};
	watch->event = event_new(loop->base, fd, (short)(what | EV_PERSIST), watched, watch);
	if (!watch->event || event_add(watch->event, NULL) < 0) {
		duet_watch_free(watch);
		return NULL;
	}
	return watch;
}

struct duet_watch *duet_watch_read(struct duet_loop *loop, int fd, duet_loop_call *call, void *user)
{
	return watch_new(loop, fd, EV_READ, call, user);
}

struct duet_watch *duet_watch_signal(struct duet_loop *loop, int signum, duet_loop_call *call, void *user)
{
	return watch_new(loop, signum, EV_SIGNAL, call, user);
}

void duet_watch_free(struct duet_watch *watch)
{
	if (!watch)
		return;
	if (watch->event)
		event_free(watch->event);
	duet_free(watch);
}
