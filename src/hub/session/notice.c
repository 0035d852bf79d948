/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "hub/hub.h"
#include "hub/metrics.h"
#include "hub/session/directory.h"
#include "hub/session/session_part.h"

/* What services tell sessions: sent to the session's loop with a reference to it. */
enum notice_kind { NOTICE_DESIRED, NOTICE_QUEUE };

struct notice {
	struct duet_letter letter;
	struct duet_session *session;
	enum notice_kind kind;
	int64_t version;
	struct duet_slice patch;
	char bytes[];
};

static void send_desired(struct duet_session *session, const struct notice *notice)
{
	int qos = session->granted[DUET_HUB_SUB_DESIRED], len;
	char topic[96];

	if (session->state != SESSION_OPEN || qos < 0)
		return;
	len = snprintf(topic, sizeof(topic), "$iothub/twin/PATCH/properties/desired/?$version=%lld",
		       (long long)notice->version);
	if (session_publish(session, (struct duet_slice){topic, (size_t)len}, notice->patch, qos, false,
			    qos > 0 ? session_next_id(session) : 0) == 0)
		duet_hub_count(session->loop->metrics, DUET_HUB_M_TWIN_DESIRED, 1);
}

static void arrived(void *user)
{
	struct notice *notice = user;
	struct duet_session *session = notice->session;

	if (notice->kind == NOTICE_DESIRED)
		send_desired(session, notice);
	else
		session_look_at_queue(session);
	duet_session_unref(session);
	duet_free(notice);
}

/* When memory is short the device does not hear of it: it reads twin and queue when it connects the next
 * time. */
static struct notice *notice_new(enum notice_kind kind, struct duet_slice patch, int64_t version)
{
	struct notice *notice = duet_alloc(sizeof(*notice) + patch.len);

	if (!notice)
		return NULL;
	*notice = (struct notice){{NULL, arrived, notice}, NULL, kind, version, {notice->bytes, patch.len}};
	if (patch.len > 0)
		memcpy(notice->bytes, patch.ptr, patch.len);
	return notice;
}

static void send(struct notice *take_notice, struct duet_session *take_session)
{
	if (!take_session) {
		duet_free(take_notice);
		return;
	}
	take_notice->session = take_session;
	duet_loop_send(take_session->loop->loop, &take_notice->letter);
}

void duet_hub_desired_changed(struct duet_hub *hub, const char *target, struct duet_slice patch,
			      int64_t version)
{
	struct notice *notice;

	if (!duet_hub_connected(hub, target))
		return;
	notice = notice_new(NOTICE_DESIRED, patch, version);
	if (notice)
		send(notice, duet_hub_directory_find(duet_hub_directory(hub), target));
}

void duet_hub_queue_changed(struct duet_hub *hub, const char *target)
{
	struct notice *notice;

	if (!duet_hub_connected(hub, target))
		return;
	notice = notice_new(NOTICE_QUEUE, (struct duet_slice){0}, 0);
	if (notice)
		send(notice, duet_hub_directory_find(duet_hub_directory(hub), target));
}

static void dismissed(void *user)
{
	struct duet_session *session = user;

	if (session->state < SESSION_ENDING)
		session_end(session, "the registry changed what lets it in");
	duet_session_unref(session);
}

/* The letter is the session's own, so that this cannot fail: whoever must not be connected is not. */
void duet_hub_identity_changed(struct duet_hub *hub, const char *device_id)
{
	enum { MOST = 64 }; /* a device and its modules, of which it has 50 */
	struct duet_session *sessions[MOST];
	size_t n = duet_hub_directory_find_all(duet_hub_directory(hub), device_id, sessions, MOST);

	for (size_t i = 0; i < n; i++) {
		if (atomic_exchange(&sessions[i]->is_dismissed, true)) {
			duet_session_unref(sessions[i]);
			continue;
		}
		sessions[i]->dismissal = (struct duet_letter){NULL, dismissed, sessions[i]};
		duet_loop_send(sessions[i]->loop->loop, &sessions[i]->dismissal);
	}
}

bool duet_hub_connected(struct duet_hub *hub, const char *target)
{
	return duet_hub_directory_has(duet_hub_directory(hub), target);
}
