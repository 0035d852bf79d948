/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/presence.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "hub/hub.h"
#include "hub/occurrence.h"
#include "hub/record/identity.h"
#include "hub/record/storage.h"
#include "loop/wheel.h"

enum { GATHER_MS = 200, RETRY_MS = 1000, MOST = 256 };

enum note_kind { NOTE_CONNECTED, NOTE_DISCONNECTED, NOTE_ACTIVE };

struct note {
	struct note *next;
	int64_t at_ms, number; /* number: of its comings and goings, once it is written */
	enum note_kind kind;
	const char *model_id; /* NULL: as before */
	char target[];
};

/* What one change writes; `loop` is told of it, NULL: it turns no more. */
struct batch {
	struct duet_hub_loop *loop;
	struct note *notes;
};

struct duet_hub_presence {
	struct duet_hub_loop *loop;
	struct note *first, **end;
	struct duet_spoke flush;
};

static void free_notes(struct note *note)
{
	struct note *next;

	for (; note; note = next) {
		next = note->next;
		duet_free(note);
	}
}

static int64_t write_note(struct duet_hub_view *view, struct note *note)
{
	if (note->kind == NOTE_ACTIVE)
		return duet_hub_identity_active(view, note->target, note->at_ms);
	return note->number = duet_hub_identity_connected(view, note->target, note->kind == NOTE_CONNECTED,
							  note->at_ms, note->model_id);
}

/* On the writer. */
static int write_notes(struct duet_hub_view *view, void *user)
{
	int64_t code = 0;

	for (struct note *note = ((struct batch *)user)->notes; note && code >= 0; note = note->next) {
		code = write_note(view, note);
		if (code == -ENOENT) /* removed meanwhile */
			code = 0;
	}
	return code < 0 ? (int)code : 0;
}

static void batch_free(struct batch *batch)
{
	free_notes(batch->notes);
	duet_free(batch);
}

static void written(void *user, int code)
{
	struct batch *batch = user;

	if (code < 0)
		duet_log(DUET_LOG_WARN, "hub", "who is connected could not be noted: %s", strerror(-code));
	for (const struct note *note = batch->notes; note && code == 0 && batch->loop; note = note->next)
		if (note->kind != NOTE_ACTIVE && note->number > 0)
			duet_hub_occurrence_connection(batch->loop, note->target,
						       note->kind == NOTE_CONNECTED, note->number,
						       note->at_ms);
	batch_free(batch);
}

/* At most so many in one change, so that others have their turn on the writer. */
static struct note *take_some(struct duet_hub_presence *presence)
{
	struct note *first = presence->first, **link = &presence->first;

	for (int i = 0; i < MOST && *link; i++)
		link = &(*link)->next;
	presence->first = *link;
	*link = NULL;
	if (!presence->first)
		presence->end = &presence->first;
	return first;
}

static void put_back(struct duet_hub_presence *presence, struct note *notes)
{
	struct note **link = &notes;

	while (*link)
		link = &(*link)->next;
	*link = presence->first;
	if (!presence->first)
		presence->end = link;
	presence->first = notes;
}

static int hand_over_some(struct duet_hub_presence *presence, bool loop_turns)
{
	struct duet_hub_loop *loop = loop_turns ? presence->loop : NULL;
	struct batch *batch = duet_alloc(sizeof(*batch));
	int code;

	if (!batch)
		return -ENOMEM;
	*batch = (struct batch){loop, take_some(presence)};
	code = duet_hub_storage_write(duet_hub_storage(presence->loop->hub), loop ? loop->loop : NULL,
				      write_notes, written, batch);
	if (code < 0) {
		put_back(presence, batch->notes);
		duet_free(batch);
	}
	return code;
}

static int hand_over(struct duet_hub_presence *presence, bool loop_turns)
{
	int code = 0;

	while (presence->first && code == 0)
		code = hand_over_some(presence, loop_turns);
	return code;
}

static void flush(void *user)
{
	struct duet_hub_presence *presence = user;

	if (hand_over(presence, true) < 0)
		duet_wheel_set(presence->loop->wheel, &presence->flush, RETRY_MS);
}

struct duet_hub_presence *duet_hub_presence_new(struct duet_hub_loop *loop)
{
	struct duet_hub_presence *presence = duet_calloc(1, sizeof(*presence));

	if (!presence)
		return NULL;
	presence->loop = loop;
	presence->end = &presence->first;
	presence->flush = (struct duet_spoke){.call = flush, .user = presence};
	return presence;
}

void duet_hub_presence_free(struct duet_hub_presence *presence)
{
	if (!presence)
		return;
	duet_wheel_stop(presence->loop->wheel, &presence->flush);
	/* The loop turns no more: the writer frees the notes itself. */
	if (hand_over(presence, false) < 0)
		free_notes(presence->first);
	duet_free(presence);
}

static void note(struct duet_hub_loop *loop, const char *target, enum note_kind kind, const char *model_id)
{
	struct duet_hub_presence *presence = loop->presence;
	size_t target_size = strlen(target) + 1, model_size = model_id ? strlen(model_id) + 1 : 0;
	struct note *made = duet_alloc(sizeof(*made) + target_size + model_size);
	const struct duet_clock *clock = duet_hub_clock(loop->hub);

	if (!made)
		return;
	*made = (struct note){.at_ms = clock->wall_ns(clock) / 1000000, .kind = kind};
	memcpy(made->target, target, target_size);
	if (model_id) {
		memcpy(made->target + target_size, model_id, model_size);
		made->model_id = made->target + target_size;
	}
	*presence->end = made;
	presence->end = &made->next;
	if (!presence->flush.link)
		duet_wheel_set(loop->wheel, &presence->flush, GATHER_MS);
}

void duet_hub_presence_note(struct duet_hub_loop *loop, const char *target, bool connected,
			    const char *model_id)
{
	note(loop, target, connected ? NOTE_CONNECTED : NOTE_DISCONNECTED, model_id);
}

void duet_hub_presence_active(struct duet_hub_loop *loop, const char *target)
{
	note(loop, target, NOTE_ACTIVE, NULL);
}
