/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/log/log_lane.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"

enum { FIRST_ROOM = 64 << 10, FIRST_TOLD = 256 };

static void hear(void *user);

int duet_hub_lane_new(struct duet_hub_lane **lane, struct duet_hub_log *log, struct duet_loop *loop,
		      void (*ready)(void *user), void *user)
{
	struct duet_hub_lane *made = duet_calloc(1, sizeof(*made));

	if (!made)
		return -ENOMEM;
	*made = (struct duet_hub_lane){.log = log, .loop = loop, .ready = ready, .user = user};
	made->max_bytes = (size_t)duet_hub_log_settings(log)->lane_bytes;
	made->letter = (struct duet_letter){.call = hear, .user = made};
	pthread_mutex_init(&made->lock, NULL);
	duet_hub_log_adopt(log, made);
	*lane = made;
	return 0;
}

/* The writer destroys it when nothing is under way any more. */
void duet_hub_lane_free(struct duet_hub_lane *lane)
{
	struct duet_hub_log *log;

	if (!lane)
		return;
	log = lane->log;
	pthread_mutex_lock(&lane->lock);
	lane->closed = true;
	pthread_mutex_unlock(&lane->lock);
	duet_hub_log_wake(log);
}

void duet_hub_lane_destroy(struct duet_hub_lane *lane)
{
	duet_free(lane->filling.bytes);
	duet_free(lane->writing.bytes);
	duet_free(lane->told);
	pthread_mutex_destroy(&lane->lock);
	duet_free(lane);
}

bool duet_hub_lane_over(struct duet_hub_lane *lane)
{
	bool over;

	pthread_mutex_lock(&lane->lock);
	over = lane->closed && !lane->posted && lane->filling.len == 0;
	pthread_mutex_unlock(&lane->lock);
	return over;
}

/* Makes room for one who waits, so that telling cannot fail. */
static int grow_told(struct duet_hub_lane *lane)
{
	size_t room = lane->room ? lane->room * 2 : FIRST_TOLD;
	struct duet_hub_told *more;

	if (lane->n_told < lane->room)
		return 0;
	more = duet_calloc(room, sizeof(*more));
	if (!more)
		return -ENOMEM;
	for (size_t i = 0, at = lane->first; i < lane->n_told; i++, at = at + 1 == lane->room ? 0 : at + 1)
		more[i] = lane->told[at];
	duet_free(lane->told);
	lane->told = more;
	lane->room = room;
	lane->first = 0;
	return 0;
}

/* `lock` is held. */
static int make_room(struct duet_hub_lane *lane, size_t n)
{
	struct duet_hub_buffer *buffer = &lane->filling;
	size_t room = buffer->room ? buffer->room : FIRST_ROOM;
	unsigned char *more;

	if (buffer->len + n > lane->max_bytes) {
		lane->full = true;
		return -EAGAIN;
	}
	if (buffer->len + n <= buffer->room)
		return 0;
	while (room < buffer->len + n)
		room *= 2;
	more = duet_realloc(buffer->bytes, room, 1);
	if (!more)
		return -ENOMEM;
	buffer->bytes = more;
	buffer->room = room;
	return 0;
}

static int append(struct duet_hub_lane *lane, const struct duet_hub_event *event, size_t n, bool waits)
{
	struct duet_hub_buffer *buffer = &lane->filling;
	int code;

	pthread_mutex_lock(&lane->lock);
	code = make_room(lane, n);
	if (code == 0) {
		duet_hub_event_encode(event, buffer->bytes + buffer->len);
		buffer->len += n;
		buffer->n_events++;
		buffer->n_waiting += waits;
	}
	pthread_mutex_unlock(&lane->lock);
	return code;
}

int duet_hub_log_append(struct duet_hub_lane *lane, const struct duet_hub_event *event, duet_hub_logged *done,
			void *user)
{
	bool waits = done && !duet_hub_log_settings(lane->log)->in_memory;
	long n = duet_hub_event_size(event);
	int code = n < 0 ? (int)n : 0;

	if (code == 0 && waits)
		code = grow_told(lane);
	if (code == 0)
		code = append(lane, event, (size_t)n, waits);
	if (code < 0)
		return code;
	if (waits)
		lane->told[(lane->first + lane->n_told++) % lane->room] = (struct duet_hub_told){done, user};
	duet_hub_log_wake(lane->log);
	return waits ? 0 : 1;
}

bool duet_hub_lane_take(struct duet_hub_lane *lane)
{
	struct duet_hub_buffer empty = lane->writing;

	empty.len = 0;
	empty.n_events = empty.n_waiting = 0;
	pthread_mutex_lock(&lane->lock);
	if (lane->n_outcomes < DUET_HUB_LANE_OUTCOMES) {
		lane->writing = lane->filling;
		lane->filling = empty;
	} else {
		lane->writing = empty;
	}
	pthread_mutex_unlock(&lane->lock);
	return lane->writing.len > 0;
}

/* `lock` is held. */
static void note(struct duet_hub_lane *lane, uint64_t n_waiting, int code)
{
	struct duet_hub_outcome *last = lane->n_outcomes ? &lane->outcomes[lane->n_outcomes - 1] : NULL;

	if (last && last->code == code)
		last->n_waiting += n_waiting;
	else
		lane->outcomes[lane->n_outcomes++] = (struct duet_hub_outcome){n_waiting, code};
}

void duet_hub_lane_tell(struct duet_hub_lane *lane)
{
	bool wanted;

	pthread_mutex_lock(&lane->lock);
	wanted = !lane->posted && !lane->closed && (lane->n_outcomes > 0 || lane->full);
	lane->posted = lane->posted || wanted;
	/* With the lock held: once the lane is closed, what was sent to it lies in the loop's mailbox
	 * already. */
	if (wanted)
		duet_loop_send(lane->loop, &lane->letter);
	pthread_mutex_unlock(&lane->lock);
}

void duet_hub_lane_settle(struct duet_hub_lane *lane, int code)
{
	pthread_mutex_lock(&lane->lock);
	if (lane->writing.n_waiting > 0)
		note(lane, lane->writing.n_waiting, code);
	pthread_mutex_unlock(&lane->lock);
	lane->writing.len = 0;
	lane->writing.n_events = lane->writing.n_waiting = 0;
}

static void tell(struct duet_hub_lane *lane, const struct duet_hub_outcome *outcome)
{
	for (uint64_t i = 0; i < outcome->n_waiting; i++) {
		struct duet_hub_told told = lane->told[lane->first];

		lane->first = (lane->first + 1) % lane->room;
		lane->n_told--;
		told.done(told.user, outcome->code);
	}
}

/* On the loop: what became of the batches since it was last looked. */
static void hear(void *user)
{
	struct duet_hub_lane *lane = user;
	struct duet_hub_outcome outcomes[DUET_HUB_LANE_OUTCOMES];
	size_t n;
	bool closed, ready;

	pthread_mutex_lock(&lane->lock);
	n = lane->n_outcomes;
	memcpy(outcomes, lane->outcomes, sizeof(outcomes));
	lane->n_outcomes = 0;
	closed = lane->closed;
	ready = lane->full && lane->filling.len < lane->max_bytes / 2;
	if (ready)
		lane->full = false;
	/* Once nothing is posted the writer may destroy a lane that is closed. */
	lane->posted = false;
	pthread_mutex_unlock(&lane->lock);
	for (size_t i = 0; i < n && !closed; i++)
		tell(lane, &outcomes[i]);
	if (ready && !closed && lane->ready)
		lane->ready(lane->user);
}
