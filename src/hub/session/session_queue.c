/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/log.h"
#include "hub/config.h"
#include "hub/metrics.h"
#include "hub/record/identity.h"
#include "hub/record/queue.h"
#include "hub/record/storage.h"
#include "hub/session/session_part.h"
#include "hub/value/bag.h"

enum { ARENA_SIZE = 512 << 10, RETRY_MS = 1000, BAG_SIZE = 32 << 10 };

/* The next message on its way from the writer to the device. */
struct fetch {
	struct duet_session *session;
	struct duet_arena *arena;
	struct duet_hub_message message;
	struct duet_hub_queue_limits limits;
	int64_t now_ms;
	bool completes_at_once; /* QoS 0 */
	bool found;
};

static enum duet_hub_subscription way_of(const struct duet_session *session)
{
	return *session->module ? DUET_HUB_SUB_INPUTS : DUET_HUB_SUB_QUEUE;
}

static void fetch_free(struct fetch *fetch)
{
	if (!fetch)
		return;
	duet_arena_free(fetch->arena);
	duet_free(fetch);
}

static int lock_next(struct duet_hub_view *view, void *user)
{
	struct fetch *fetch = user;
	const char *target = fetch->session->target;
	int code = duet_hub_queue_lock(view, target, fetch->now_ms, &fetch->limits, fetch->arena,
				       &fetch->message);

	if (code <= 0)
		return code;
	fetch->found = true;
	/* Nothing will come back that could complete it. */
	if (fetch->completes_at_once)
		code = duet_hub_queue_end(view, target, fetch->message.lock_token, DUET_HUB_SUCCESS,
					  fetch->now_ms);
	return code < 0 ? code : 0;
}

/* One property of the topic's bag; NULL and "" are left out. */
static bool add(char *bag, size_t size, const char *key, const char *value)
{
	return !value || !*value || duet_hub_bag_append(bag, size, duet_slice(key), duet_slice(value)) >= 0;
}

static bool write_bag(const struct duet_hub_message *message, const char *to, char *bag, size_t size)
{
	static const char *const acks[] = {"none", "positive", "negative", "full"};
	size_t len;
	bool fits = add(bag, size, "$.mid", message->message_id) && add(bag, size, "$.to", to) &&
		    add(bag, size, "$.cid", message->correlation_id) &&
		    add(bag, size, "$.uid", message->user_id) &&
		    add(bag, size, "$.ct", message->content_type) &&
		    add(bag, size, "$.ce", message->content_encoding) &&
		    (message->ack == 0 || add(bag, size, "iothub-ack", acks[message->ack & 3]));

	len = strlen(bag);
	if (!fits || !message->properties || !*message->properties)
		return fits;
	return snprintf(bag + len, size - len, "%s%s", len > 0 ? "&" : "", message->properties) <
	       (int)(size - len);
}

/* The name of the input, for a module: what stands last in `to`. */
static const char *input_of(const struct duet_hub_message *message)
{
	const char *slash = message->to ? strrchr(message->to, '/') : NULL;

	return slash && slash[1] ? slash + 1 : "input";
}

static int write_topic(const struct duet_session *session, const struct duet_hub_message *message,
		       char *topic, size_t size)
{
	char to[2 * DUET_HUB_NAME_MAX + 64];
	int len;

	if (*session->module) {
		len = snprintf(topic, size, "devices/%s/modules/%s/inputs/%s/", session->device,
			       session->module, input_of(message));
		return write_bag(message, message->to, topic + len, size - (size_t)len) ? 0 : -EMSGSIZE;
	}
	snprintf(to, sizeof(to), "/devices/%s/messages/devicebound", session->device);
	len = snprintf(topic, size, "devices/%s/messages/devicebound/", session->device);
	return write_bag(message, to, topic + len, size - (size_t)len) ? 0 : -EMSGSIZE;
}

static int remember(struct duet_session *session, uint16_t id, const char *lock_token)
{
	size_t size = strlen(lock_token) + 1;
	struct session_delivery *delivery = duet_alloc(sizeof(*delivery) + size);

	if (!delivery)
		return -ENOMEM;
	delivery->id = id;
	delivery->at_ms = duet_wheel_now_ms(session->loop->wheel);
	memcpy(delivery->lock_token, lock_token, size);
	delivery->next = session->deliveries;
	session->deliveries = delivery;
	return 0;
}

static int deliver(struct duet_session *session, const struct duet_hub_message *message)
{
	int qos = session->granted[way_of(session)], code;
	uint16_t id = qos > 0 ? session_next_id(session) : 0;
	char *topic = duet_calloc(1, BAG_SIZE);

	code = topic ? write_topic(session, message, topic, BAG_SIZE) : -ENOMEM;
	if (code == 0 && qos > 0)
		code = remember(session, id, message->lock_token);
	if (code == 0)
		code = session_publish(session, duet_slice(topic), message->body, qos,
				       message->n_deliveries > 1, id);
	duet_free(topic);
	if (code == 0)
		duet_hub_count(session->loop->metrics, DUET_HUB_M_QUEUE_SENT, 1);
	return code;
}

/* What becomes of what was locked, on the way to the writer. */
enum release_kind { RELEASE_COMPLETE, RELEASE_ABANDON, RELEASE_ALL };

struct release {
	struct duet_session *session;
	int64_t now_ms;
	enum release_kind kind;
	char lock_token[];
};

static int release(struct duet_hub_view *view, void *user)
{
	struct release *release = user;
	const char *target = release->session->target;
	int code;

	if (release->kind == RELEASE_COMPLETE)
		code = duet_hub_queue_end(view, target, release->lock_token, DUET_HUB_SUCCESS,
					  release->now_ms);
	else if (release->kind == RELEASE_ABANDON)
		code = duet_hub_queue_abandon(view, target, release->lock_token);
	else
		code = duet_hub_queue_unlock_all(view, target);
	return code == -ENOENT ? 0 : code; /* its lock had run out, or the device was removed */
}

static void released(void *user, int code)
{
	struct release *release = user;
	struct duet_session *session = release->session;

	session->n_pending--;
	if (code < 0)
		duet_log(DUET_LOG_WARN, "session", "%s: its queue could not be written: %s", session->target,
			 strerror(-code));
	else if (release->kind == RELEASE_COMPLETE)
		duet_hub_count(session->loop->metrics, DUET_HUB_M_QUEUE_COMPLETED, 1);
	/* What waits again may be for the connection that came after this one. */
	if (session->state == SESSION_OPEN)
		session_look_at_queue(session);
	else
		duet_hub_queue_changed(session->loop->hub, session->target);
	session_settle(session);
	duet_session_unref(session);
	duet_free(release);
}

static int begin_release(struct duet_session *session, enum release_kind kind, const char *lock_token)
{
	size_t size = strlen(lock_token) + 1;
	struct release *made = duet_alloc(sizeof(*made) + size);
	int code;

	if (!made)
		return -ENOMEM;
	*made = (struct release){session, session_wall_ms(session), kind};
	memcpy(made->lock_token, lock_token, size);
	duet_session_ref(session);
	session->n_pending++;
	code = duet_hub_storage_write(duet_hub_storage(session->loop->hub), session->loop->loop, release,
				      released, made);
	if (code == 0)
		return 0;
	session->n_pending--;
	duet_session_unref(session);
	duet_free(made);
	return code;
}

static void fetched(void *user, int code)
{
	struct fetch *fetch = user;
	struct duet_session *session = fetch->session;

	session->is_locking = false;
	session->n_pending--;
	/* When it cannot be sent its lock runs out, and it comes again; at once when there is nobody any
	 * more. */
	if (code == 0 && fetch->found && session->state == SESSION_OPEN &&
	    session->granted[way_of(session)] >= 0)
		code = deliver(session, &fetch->message);
	else if (code == 0 && fetch->found && !fetch->completes_at_once)
		code = begin_release(session, RELEASE_ABANDON, fetch->message.lock_token);
	if (code < 0)
		duet_log(DUET_LOG_WARN, "session", "%s: a message could not be delivered: %s",
			 session->target, strerror(-code));
	else if (fetch->found)
		session_look_at_queue(session);
	session_settle(session);
	duet_session_unref(session);
	fetch_free(fetch);
}

static struct fetch *fetch_new(struct duet_session *session)
{
	const struct duet_hub_config *config = duet_hub_config(session->loop->hub);
	struct fetch *fetch = duet_calloc(1, sizeof(*fetch));

	if (!fetch)
		return NULL;
	fetch->arena = duet_arena_new(ARENA_SIZE);
	if (!fetch->arena) {
		fetch_free(fetch);
		return NULL;
	}
	fetch->session = session;
	fetch->limits = (struct duet_hub_queue_limits){
		.max_messages = config->queue.messages,
		.max_deliveries = config->queue.deliveries,
		.lock_ms = config->queue.lock_ms,
		.time_to_live_ms = config->queue.ttl_ms,
		.feedback_time_to_live_ms = config->queue.feedback_ttl_ms,
	};
	fetch->now_ms = session_wall_ms(session);
	fetch->completes_at_once = session->granted[way_of(session)] == 0;
	return fetch;
}

/* How many it has and may still acknowledge; those whose lock has run out are forgotten. */
static int count_deliveries(struct duet_session *session)
{
	int64_t oldest_ms =
		duet_wheel_now_ms(session->loop->wheel) - duet_hub_config(session->loop->hub)->queue.lock_ms;
	struct session_delivery **link = &session->deliveries, *delivery;
	int n = 0;

	while ((delivery = *link)) {
		if (delivery->at_ms >= oldest_ms) {
			link = &delivery->next;
			n++;
		} else {
			*link = delivery->next;
			duet_free(delivery);
		}
	}
	return n;
}

/* Takes the next message when there is one, the device wants it and has not too many already. */
void session_look_at_queue(struct duet_session *session)
{
	struct fetch *fetch;

	if (session->state != SESSION_OPEN || session->is_registration || session->is_locking ||
	    session->granted[way_of(session)] < 0 || count_deliveries(session) >= SESSION_MAX_DELIVERIES)
		return;
	/* The lock of what was not acknowledged runs out some time, or another attempt is due. */
	if (session->deliveries && !session->again.link)
		duet_wheel_set(session->loop->wheel, &session->again,
			       duet_hub_config(session->loop->hub)->queue.lock_ms + 1);
	if (duet_hub_queue_waiting(session->loop->view, session->target, session_wall_ms(session)) != 1)
		return;
	fetch = fetch_new(session);
	duet_session_ref(session);
	session->n_pending++;
	session->is_locking = true;
	if (fetch && duet_hub_storage_write(duet_hub_storage(session->loop->hub), session->loop->loop,
					    lock_next, fetched, fetch) == 0)
		return;
	fetch_free(fetch);
	session->is_locking = false;
	session->n_pending--;
	duet_wheel_set(session->loop->wheel, &session->again, RETRY_MS);
	duet_session_unref(session);
}

int session_complete(struct duet_session *session, uint16_t id)
{
	struct session_delivery **link = &session->deliveries, *delivery;
	int code;

	while (*link && (*link)->id != id)
		link = &(*link)->next;
	delivery = *link;
	if (!delivery)
		return 0; /* of a twin's answer, or of a message whose lock had run out */
	*link = delivery->next;
	code = begin_release(session, RELEASE_COMPLETE, delivery->lock_token);
	duet_free(delivery);
	/* When the writer is too busy the lock runs out and the message comes again: QoS 1 allows it. */
	return code == -EAGAIN ? 0 : code;
}

void session_unlock(struct duet_session *session)
{
	if (session->state != SESSION_NEW && !session->deliveries)
		return;
	if (begin_release(session, RELEASE_ALL, "") < 0)
		duet_log(DUET_LOG_WARN, "session",
			 "%s: messages that it has not acknowledged wait for their lock", session->target);
}
