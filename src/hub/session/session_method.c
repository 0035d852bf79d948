/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "hub/metrics.h"
#include "hub/session/directory.h"
#include "hub/session/session_part.h"
#include "net/url.h"

enum { LOOK_AGAIN_MS = 100, MAX_ANSWER = 128 << 10, MAX_NAME = 256 };

/*
 * A method's way: the caller's loop, the session's loop, and back. It belongs to whoever has it: the caller's
 * wheel while the device is not there, a letter, or the session's list.
 */
struct session_call {
	struct session_call *next, **link; /* of the session's list; link NULL: in none */
	struct duet_letter letter;
	struct duet_spoke spoke; /* of the caller's wheel, then of the session's */
	struct duet_hub_loop *from;
	struct duet_session *session; /* with a reference while it goes there */
	duet_hub_method_done *done;
	void *user;
	int64_t connect_by_ms;
	int response_timeout_ms;
	unsigned rid;
	int code, status;
	char *answer;
	size_t n_answer;
	struct duet_slice name, payload;
	char target[];
};

static void call_free(struct session_call *call)
{
	duet_free(call->answer);
	duet_free(call);
}

/* Back on the caller's loop. */
static void returned(void *user)
{
	struct session_call *call = user;

	call->done(call->user, call->code, call->status, (struct duet_slice){call->answer, call->n_answer});
	call_free(call);
}

/* Takes it out of the session's list, if it is there, and sends it back. */
static void give_back(struct session_call *call, int code)
{
	struct duet_session *session = call->session;

	if (call->link) {
		*call->link = call->next;
		if (call->next)
			call->next->link = call->link;
		duet_wheel_stop(session->loop->wheel, &call->spoke);
	}
	call->code = code;
	call->session = NULL;
	call->letter = (struct duet_letter){NULL, returned, call};
	duet_loop_send(call->from->loop, &call->letter);
	duet_session_unref(session);
}

static void timed_out(void *user)
{
	struct session_call *call = user;

	duet_hub_count(call->session->loop->metrics, DUET_HUB_M_METHODS_TIMEOUT, 1);
	give_back(call, -ETIMEDOUT);
}

static int count_calls(const struct duet_session *session)
{
	const struct session_call *call = session->calls;
	int n = 0;

	for (; call; call = call->next)
		n++;
	return n;
}

static int send_call(struct duet_session *session, struct session_call *call)
{
	char topic[MAX_NAME + 64];
	int len;

	if (session->state != SESSION_OPEN || session->granted[DUET_HUB_SUB_METHODS] < 0)
		return -ENOTCONN;
	if (count_calls(session) >= SESSION_MAX_CALLS)
		return -EAGAIN;
	call->rid = session->calls ? session->calls->rid + 1 : 1;
	len = snprintf(topic, sizeof(topic), "$iothub/methods/POST/%.*s/?$rid=%x", (int)call->name.len,
		       call->name.ptr, call->rid);
	return session_publish(session, (struct duet_slice){topic, (size_t)len}, call->payload, 0, false, 0);
}

/* On the session's loop. */
static void arrived(void *user)
{
	struct session_call *call = user;
	struct duet_session *session = call->session;
	int code = send_call(session, call);

	if (code < 0) {
		give_back(call, code);
		return;
	}
	duet_hub_count(session->loop->metrics, DUET_HUB_M_METHODS, 1);
	call->next = session->calls;
	call->link = &session->calls;
	if (call->next)
		call->next->link = &call->next;
	session->calls = call;
	call->spoke = (struct duet_spoke){.call = timed_out, .user = call};
	duet_wheel_set(session->loop->wheel, &call->spoke, call->response_timeout_ms);
}

/* On the caller's loop: to the device, if it is there. */
static void set_out(void *user)
{
	struct session_call *call = user;
	struct duet_hub_loop *from = call->from;
	int64_t now_ms = duet_wheel_now_ms(from->wheel);

	call->session = duet_hub_directory_find(duet_hub_directory(from->hub), call->target);
	if (call->session) {
		call->letter = (struct duet_letter){NULL, arrived, call};
		duet_loop_send(call->session->loop->loop, &call->letter);
	} else if (now_ms < call->connect_by_ms) {
		duet_wheel_set(from->wheel, &call->spoke, LOOK_AGAIN_MS);
	} else {
		call->code = -ENOTCONN;
		call->letter = (struct duet_letter){NULL, returned, call};
		duet_loop_send(from->loop, &call->letter);
	}
}

int duet_hub_call_method(struct duet_hub_loop *from, const struct duet_hub_method_call *wanted,
			 duet_hub_method_done *done, void *user)
{
	size_t target_size = strlen(wanted->target) + 1,
	       size = target_size + wanted->name.len + wanted->payload.len;
	struct session_call *call = duet_calloc(1, sizeof(*call) + size);
	char *name;

	if (!call)
		return -ENOMEM;
	memcpy(call->target, wanted->target, target_size);
	name = call->target + target_size;
	memcpy(name, wanted->name.ptr, wanted->name.len);
	memcpy(name + wanted->name.len, wanted->payload.ptr, wanted->payload.len);
	call->name = (struct duet_slice){name, wanted->name.len < MAX_NAME ? wanted->name.len : MAX_NAME};
	call->payload = (struct duet_slice){name + wanted->name.len, wanted->payload.len};
	call->from = from;
	call->done = done;
	call->user = user;
	call->connect_by_ms = duet_wheel_now_ms(from->wheel) + wanted->connect_timeout_ms;
	call->response_timeout_ms = wanted->response_timeout_ms;
	call->spoke = (struct duet_spoke){.call = set_out, .user = call};
	set_out(call);
	return 0;
}

void session_drop_calls(struct duet_session *session)
{
	while (session->calls)
		give_back(session->calls, -ECONNRESET);
}

static bool read_number(struct duet_slice text, int base, unsigned *number)
{
	static const char digits[] = "0123456789abcdef";
	const char *digit;

	*number = 0;
	if (text.len == 0 || text.len > 7)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		digit = text.ptr[i] ? strchr(digits, text.ptr[i] | 0x20) : NULL;
		if (!digit || digit - digits >= base)
			return false;
		*number = *number * (unsigned)base + (unsigned)(digit - digits);
	}
	return true;
}

int session_method_answer(struct duet_session *session, const struct duet_hub_topic *topic,
			  const struct duet_mqtt_packet *packet)
{
	struct duet_slice body = packet->publish.payload, rid;
	struct session_call *call;
	unsigned status, number;

	if (!session_rid(topic, &rid) || !read_number(rid, 16, &number) ||
	    !read_number(topic->status, 10, &status)) {
		session_break(session, "it answered a method without status or $rid");
		return 0;
	}
	for (call = session->calls; call && call->rid != number; call = call->next)
		;
	if (!call)
		return 0; /* too late */
	if (body.len > MAX_ANSWER) {
		session_break(session, "it answered a method with more than 128 KB");
		return 0;
	}
	call->status = (int)status;
	call->answer = duet_alloc(body.len);
	call->n_answer = body.len;
	if (!call->answer) {
		give_back(call, -ENOMEM);
		return -ENOMEM;
	}
	memcpy(call->answer, body.ptr, body.len);
	give_back(call, 0);
	return 0;
}
