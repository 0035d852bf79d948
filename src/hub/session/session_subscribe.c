/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/log.h"
#include "hub/metrics.h"
#include "hub/record/session_record.h"
#include "hub/record/storage.h"
#include "hub/session/session_part.h"

enum { MAX_FILTERS = 32, RECORD_VERSION = 1 };

static bool is_own(const struct duet_session *session, const struct duet_hub_topic *topic)
{
	struct duet_slice any = {"+", 1};

	if (topic->device.ptr && !duet_slice_equal(topic->device, duet_slice(session->device)) &&
	    !duet_slice_equal(topic->device, any))
		return false;
	return !topic->module.ptr || duet_slice_equal(topic->module, duet_slice(session->module)) ||
	       (duet_slice_equal(topic->module, any) && *session->module);
}

static enum duet_hub_subscription subscription_of(const struct duet_session *session,
						  struct duet_slice filter)
{
	struct duet_hub_topic topic;
	enum duet_hub_subscription what = duet_hub_filter_parse(filter, &topic);

	if (what == DUET_HUB_SUB_UNKNOWN || !is_own(session, &topic))
		return DUET_HUB_SUB_UNKNOWN;
	if ((what == DUET_HUB_SUB_REGISTRATIONS) != session->is_registration)
		return DUET_HUB_SUB_UNKNOWN;
	return what;
}

/* One persistent session's subscriptions on the way to the disk: a version, then the QoS of each. */
struct record {
	bool keeps; /* false: nothing is left to remember */
	char state[1 + DUET_HUB_N_SUBSCRIPTIONS];
	char target[];
};

static int save(struct duet_hub_view *view, void *user)
{
	struct record *record = user;
	struct duet_slice state = {record->state, sizeof(record->state)};
	int code = record->keeps ? duet_hub_session_save(view, record->target, state)
				 : duet_hub_session_drop(view, record->target);

	return code == -ENOENT ? 0 : code;
}

static void saved(void *user, int code)
{
	if (code < 0)
		duet_log(DUET_LOG_WARN, "session", "subscriptions could not be kept: %s", strerror(-code));
	duet_free(user);
}

static int remember(struct duet_session *session)
{
	size_t size = strlen(session->target) + 1;
	struct record *record;
	int code;

	if (session->is_clean)
		return 0;
	record = duet_calloc(1, sizeof(*record) + size);
	if (!record)
		return -ENOMEM;
	memcpy(record->target, session->target, size);
	record->state[0] = RECORD_VERSION;
	for (int i = 0; i < DUET_HUB_N_SUBSCRIPTIONS; i++) {
		record->state[1 + i] = (char)session->granted[i];
		record->keeps |= session->granted[i] >= 0;
	}
	code = duet_hub_storage_write(duet_hub_storage(session->loop->hub), session->loop->loop, save, saved,
				      record);
	if (code < 0)
		duet_free(record);
	return code;
}

bool session_restore(struct duet_session *session)
{
	struct duet_slice state;

	duet_arena_reset(session->loop->arena);
	if (duet_hub_session_load(session->loop->view, session->target, session->loop->arena, &state) != 1)
		return false;
	if (state.len != 1 + DUET_HUB_N_SUBSCRIPTIONS || state.ptr[0] != RECORD_VERSION)
		return false;
	for (int i = 0; i < DUET_HUB_N_SUBSCRIPTIONS; i++)
		session->granted[i] =
			state.ptr[1 + i] == 0 || state.ptr[1 + i] == 1 ? (short)state.ptr[1 + i] : -1;
	return true;
}

static int answer(struct duet_session *session, uint16_t id, const uint8_t *granted, size_t n_granted)
{
	char suback[4 + MAX_FILTERS + 2];
	size_t len = duet_mqtt_write_suback(suback, id, granted, n_granted);

	return session_send(session, (struct duet_slice){suback, len}, (struct duet_slice){0});
}

int session_subscribe(struct duet_session *session, const struct duet_mqtt_packet *packet)
{
	struct duet_slice filters = packet->filters, filter;
	uint8_t granted[MAX_FILTERS];
	enum duet_hub_subscription what;
	bool has_changed = false;
	size_t n = 0;
	int qos, code;

	while (duet_mqtt_next_filter(&filters, &filter, &qos)) {
		if (n == MAX_FILTERS) {
			session_break(session, "it subscribed to too much at once");
			return 0;
		}
		what = subscription_of(session, filter);
		if (what == DUET_HUB_SUB_UNKNOWN) {
			session_end(session, "it subscribed to %.*s, which is no topic of its own",
				    (int)(filter.len < 100 ? filter.len : 100), filter.ptr);
			duet_hub_count(session->loop->metrics, DUET_HUB_M_CLOSED_PROTOCOL, 1);
			return 0;
		}
		granted[n] = qos > 1 ? 1 : (uint8_t)qos;
		has_changed |= session->granted[what] != granted[n];
		session->granted[what] = (short)granted[n++];
	}
	code = answer(session, packet->id, granted, n);
	if (code == 0 && has_changed)
		code = remember(session);
	/* What waits follows the answer. */
	session_look_at_queue(session);
	return code == -EAGAIN ? 0 : code;
}

int session_unsubscribe(struct duet_session *session, const struct duet_mqtt_packet *packet)
{
	struct duet_slice filters = packet->filters, filter;
	enum duet_hub_subscription what;
	bool has_changed = false;
	char ack[4];
	int code;

	while (duet_mqtt_next_filter(&filters, &filter, NULL)) {
		what = subscription_of(session, filter);
		if (what == DUET_HUB_SUB_UNKNOWN)
			continue;
		has_changed |= session->granted[what] >= 0;
		session->granted[what] = -1;
	}
	duet_mqtt_write_ack(ack, DUET_MQTT_UNSUBACK, packet->id);
	code = session_send(session, (struct duet_slice){ack, 4}, (struct duet_slice){0});
	if (code == 0 && has_changed)
		code = remember(session);
	return code == -EAGAIN ? 0 : code;
}
