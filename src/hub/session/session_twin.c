/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "hub/metrics.h"
#include "hub/occurrence.h"
#include "hub/record/storage.h"
#include "hub/record/twin_record.h"
#include "hub/session/session_part.h"
#include "hub/value/fault.h"
#include "net/url.h"

enum { MAX_PATCH = 64 << 10, FAULT_SIZE = 1024 };

bool session_rid(const struct duet_hub_topic *topic, struct duet_slice *rid)
{
	struct duet_slice query = topic->bag, key, value;

	while (duet_url_next(&query, &key, &value))
		if (duet_slice_equal(key, (struct duet_slice){"$rid", 4}) ||
		    duet_slice_equal(key, (struct duet_slice){"%24rid", 6})) {
			*rid = value;
			return value.ptr && value.len > 0 && value.len <= SESSION_MAX_RID;
		}
	return false;
}

/* `version` < 0: none. */
static int answer(struct duet_session *session, int status, struct duet_slice rid, int64_t version,
		  struct duet_slice body)
{
	char topic[SESSION_MAX_RID + 80];
	int len, qos = session->granted[DUET_HUB_SUB_TWIN];

	if (qos < 0)
		return 0; /* it did not want to know */
	len = snprintf(topic, sizeof(topic), "$iothub/twin/res/%d/?$rid=%.*s", status, (int)rid.len, rid.ptr);
	if (version >= 0)
		len += snprintf(topic + len, sizeof(topic) - (size_t)len, "&$version=%lld",
				(long long)version);
	return session_publish(session, (struct duet_slice){topic, (size_t)len}, body, qos, false,
			       qos > 0 ? session_next_id(session) : 0);
}

static int answer_fault(struct duet_session *session, struct duet_slice rid, struct duet_hub_fault *fault,
			int code)
{
	char body[FAULT_SIZE];
	int len;

	duet_hub_fault_of(fault, code);
	len = duet_hub_fault_json(fault, session_wall_ms(session), body, sizeof(body));
	return answer(session, duet_hub_fault_status(fault), rid, -1,
		      (struct duet_slice){body, len > 0 ? (size_t)len : 0});
}

int session_twin_get(struct duet_session *session, const struct duet_hub_topic *topic,
		     const struct duet_mqtt_packet *packet)
{
	struct duet_hub_fault fault = {0};
	struct duet_slice rid, json;
	int code;

	if (!session_rid(topic, &rid)) {
		session_break(session, "it asked for its twin without $rid");
		return 0;
	}
	duet_arena_reset(session->loop->arena);
	code = duet_hub_twin_for_device(session->loop->view, session->target, session->loop->arena, &json);
	if (code < 0)
		return answer_fault(session, rid, &fault, code);
	duet_hub_count(session->loop->metrics, DUET_HUB_M_TWIN_READS, 1);
	return answer(session, 200, rid, -1, json);
}

/* A patch of the reported properties on its way through the writer. */
struct report {
	struct duet_session *session;
	json_t *patch;
	int64_t now_ms, version;
	struct duet_hub_fault fault;
	size_t rid_len;
	char rid[];
};

static void report_free(struct report *report)
{
	if (!report)
		return;
	json_decref(report->patch);
	duet_free(report);
}

static int apply(struct duet_hub_view *view, void *user)
{
	struct report *report = user;

	return duet_hub_twin_report(view, report->session->target, report->patch, report->now_ms,
				    &report->version, &report->fault);
}

static void applied(void *user, int code)
{
	struct report *report = user;
	struct duet_session *session = report->session;
	struct duet_slice rid = {report->rid, report->rid_len};
	struct duet_hub_occurrence_twin change;
	int sent;

	session->n_pending--;
	if (code < 0) {
		sent = answer_fault(session, rid, &report->fault, code);
	} else {
		duet_hub_count(session->loop->metrics, DUET_HUB_M_TWIN_REPORTS, 1);
		change = (struct duet_hub_occurrence_twin){.reported = report->patch,
							   .version = report->version};
		duet_hub_occurrence_twin(session->loop, session->target, &change);
		sent = answer(session, 204, rid, report->version, (struct duet_slice){0});
	}
	if (sent == -ENOMEM)
		session_end(session, "out of memory");
	session_settle(session);
	duet_session_unref(session);
	report_free(report);
}

static int begin_report(struct duet_session *session, struct duet_slice rid, json_t *take_patch)
{
	struct report *report = duet_calloc(1, sizeof(*report) + rid.len);
	int code;

	if (!report) {
		json_decref(take_patch);
		return -ENOMEM;
	}
	report->session = session;
	report->patch = take_patch;
	report->now_ms = session_wall_ms(session);
	report->rid_len = rid.len;
	memcpy(report->rid, rid.ptr, rid.len);
	duet_session_ref(session);
	session->n_pending++;
	code = duet_hub_storage_write(duet_hub_storage(session->loop->hub), session->loop->loop, apply,
				      applied, report);
	if (code == 0)
		return 0;
	session->n_pending--;
	duet_session_unref(session);
	report_free(report);
	return code;
}

int session_twin_report(struct duet_session *session, const struct duet_hub_topic *topic,
			const struct duet_mqtt_packet *packet)
{
	struct duet_slice rid, body = packet->publish.payload;
	struct duet_hub_fault fault = {0};
	json_error_t error;
	json_t *patch;
	int code;

	if (!session_rid(topic, &rid)) {
		session_break(session, "it reported properties without $rid");
		return 0;
	}
	patch = body.len <= MAX_PATCH ? json_loadb(body.ptr, body.len, 0, &error) : NULL;
	if (!patch) {
		code = body.len > MAX_PATCH ? duet_hub_fault_set(&fault, DUET_HUB_FAULT_TOO_LARGE,
								 "the patch is larger than 64 KB")
					    : duet_hub_fault_set(&fault, DUET_HUB_FAULT_FORMAT,
								 "the patch is no JSON: %s", error.text);
		return answer_fault(session, rid, &fault, code);
	}
	code = begin_report(session, rid, patch);
	if (code == -EAGAIN)
		return answer_fault(session, rid, &fault, code);
	return code;
}
