/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_LOOP_LOOP_H
#define DUET_LOOP_LOOP_H

#include <stdbool.h>
#include <stdint.h>

struct duet_clock;
struct event_base;

/*
 * The event loop of the main thread (over libevent): file descriptors, signals
 * and timers, and the mailbox through which other threads post to it. Timers
 * run on the clock that is passed in, so that a manual clock fires them by
 * duet_loop_turn alone.
 */
struct duet_loop;
struct duet_timer;
struct duet_watch;

typedef void duet_loop_call(void *user);

struct duet_loop *duet_loop_new(const struct duet_clock *clock);
void duet_loop_free(struct duet_loop *loop);
int duet_loop_run(struct duet_loop *loop); /* until quit */
int duet_loop_turn(
	struct duet_loop *loop); /* everything that is due now, without waiting; how many calls were made */
void duet_loop_quit(struct duet_loop *loop); /* any thread, signal handlers too */
const struct duet_clock *duet_loop_clock(const struct duet_loop *loop);

/* Any thread: `call(user)` on the loop's thread, in order. -EAGAIN when the mailbox (bounded) is full. What
 * is still in it when the loop is freed is not called: timers, watches and those who post go first. */
int duet_loop_post(struct duet_loop *loop, duet_loop_call *call, void *user);

/* The same with the caller's memory, so that it never fails and is never full; without a lock. The letter may
 * be used again from the moment in which `call` runs. Letters of one thread arrive in their order. */
struct duet_letter {
	struct duet_letter *next; /* the loop's while it is under way */
	duet_loop_call *call;
	void *user;
};

void duet_loop_send(struct duet_loop *loop, struct duet_letter *letter);

/* For connections, which bring their own events. Loop thread. */
struct event_base *duet_loop_base(struct duet_loop *loop);

/* One-shot timers on the monotonic clock; made once, set as often as wanted. Loop thread. */
struct duet_timer *duet_timer_new(struct duet_loop *loop, duet_loop_call *call, void *user);
void duet_timer_free(struct duet_timer *timer);
void duet_timer_set(struct duet_timer *timer, int64_t delay_ms);
void duet_timer_stop(struct duet_timer *timer);
bool duet_timer_active(const struct duet_timer *timer);

/* `call(user)` when `fd` can be read (or signal `signum` came). Loop thread. */
struct duet_watch *duet_watch_read(struct duet_loop *loop, int fd, duet_loop_call *call, void *user);
struct duet_watch *duet_watch_signal(struct duet_loop *loop, int signum, duet_loop_call *call, void *user);
void duet_watch_free(struct duet_watch *watch);

#endif
