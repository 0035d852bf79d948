/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <jansson.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "hub/config.h"
#include "hub/metrics.h"
#include "hub/occurrence.h"
#include "hub/record/provisioning.h"
#include "hub/record/storage.h"
#include "hub/session/session_part.h"
#include "hub/value/fault.h"
#include "net/sas.h"
#include "net/stream.h"
#include "net/tls.h"

enum { ARENA_SIZE = 256 << 10, RETRY_AFTER_S = 1, TOPIC_SIZE = SESSION_MAX_RID + 96, MAX_PAYLOAD = 64 << 10 };

static int answer(struct duet_session *session, int status, struct duet_slice rid, struct duet_slice body)
{
	int qos = session->granted[DUET_HUB_SUB_REGISTRATIONS], len;
	char topic[TOPIC_SIZE];

	if (qos < 0)
		return 0;
	len = snprintf(topic, sizeof(topic), "$dps/registrations/res/%d/?$rid=%.*s", status, (int)rid.len,
		       rid.ptr);
	if (status == 202)
		len += snprintf(topic + len, sizeof(topic) - (size_t)len, "&retry-after=%d", RETRY_AFTER_S);
	return session_publish(session, (struct duet_slice){topic, (size_t)len}, body, qos, false,
			       qos > 0 ? session_next_id(session) : 0);
}

static int answer_json(struct duet_session *session, int status, struct duet_slice rid, json_t *take_body)
{
	char *text = take_body ? json_dumps(take_body, JSON_COMPACT) : NULL;
	int code = text ? answer(session, status, rid, duet_slice(text)) : -ENOMEM;

	json_decref(take_body);
	free(text);
	return code;
}

static int answer_fault(struct duet_session *session, struct duet_slice rid, struct duet_hub_fault *fault,
			int code)
{
	char body[1024];
	int len;

	duet_hub_fault_of(fault, code);
	len = duet_hub_fault_json(fault, session_wall_ms(session), body, sizeof(body));
	return answer(session, duet_hub_fault_status(fault), rid,
		      (struct duet_slice){body, len > 0 ? (size_t)len : 0});
}

/* A registration on its way through the writer; the device asks for its outcome afterwards. */
struct registration {
	struct duet_session *session;
	struct duet_arena *arena;
	json_t *payload, *state;
	struct duet_hub_proof proof;
	X509 *certificate; /* the connection may end before the writer has seen them */
	STACK_OF(X509) * chain;
	struct duet_hub_fault fault;
	const char *hostname;
	size_t rid_len;
	char rid[];
};

static void registration_free(struct registration *registration)
{
	if (!registration)
		return;
	json_decref(registration->payload);
	json_decref(registration->state);
	X509_free(registration->certificate);
	sk_X509_pop_free(registration->chain, X509_free);
	duet_arena_free(registration->arena);
	duet_free(registration);
}

static int provision(struct duet_hub_view *view, void *user)
{
	struct registration *registration = user;

	return duet_hub_provision(view, &registration->proof, registration->payload, registration->hostname,
				  registration->arena, &registration->state, &registration->fault);
}

/* Nothing takes long here, but clients know only: 202, then they ask. The operation is the registration. */
static void provisioned(void *user, int code)
{
	struct registration *registration = user;
	struct duet_session *session = registration->session;
	struct duet_slice rid = {registration->rid, registration->rid_len};

	session->n_pending--;
	duet_hub_count(session->loop->metrics, DUET_HUB_M_REGISTRATIONS, 1);
	if (code == 1)
		duet_hub_occurrence_lifecycle(
			session->loop, json_string_value(json_object_get(registration->state, "deviceId")),
			true);
	if (code < 0)
		code = answer_fault(session, rid, &registration->fault, code);
	else
		code = answer_json(session, 202, rid,
				   json_pack("{s:s+, s:s}", "operationId", "4.", session->target, "status",
					     "assigning"));
	if (code == -ENOMEM)
		session_end(session, "out of memory");
	session_settle(session);
	duet_session_unref(session);
	registration_free(registration);
}

static struct registration *registration_new(struct duet_session *session, struct duet_slice rid)
{
	const struct duet_hub_config *config = duet_hub_config(session->loop->hub);
	struct registration *made = duet_calloc(1, sizeof(*made) + rid.len);
	SSL *ssl = duet_stream_ssl(session->stream);

	if (!made)
		return NULL;
	made->arena = duet_arena_new(ARENA_SIZE);
	if (!made->arena) {
		registration_free(made);
		return NULL;
	}
	made->session = session;
	made->hostname = config->hostname;
	made->certificate = duet_tls_peer(ssl);
	if (made->certificate)
		X509_up_ref(made->certificate);
	if (ssl && SSL_get_peer_cert_chain(ssl))
		made->chain = X509_chain_up_ref(SSL_get_peer_cert_chain(ssl));
	made->proof = (struct duet_hub_proof){.registration_id = session->target,
					      .id_scope = config->provisioning.id_scope,
					      .now_s = session_wall_ms(session) / 1000,
					      .group = session->generation[0] ? session->generation : NULL,
					      .certificate = made->certificate,
					      .chain = made->chain};
	made->rid_len = rid.len;
	memcpy(made->rid, rid.ptr, rid.len);
	return made;
}

/* {"registrationId":…, "payload":…}: the payload, a new reference, or NULL. */
static bool read_payload(struct duet_slice body, json_t **payload)
{
	json_t *root =
		body.len > 0 && body.len <= MAX_PAYLOAD ? json_loadb(body.ptr, body.len, 0, NULL) : NULL;

	*payload = json_incref(json_object_get(root, "payload"));
	json_decref(root);
	return root || body.len == 0;
}

int session_register(struct duet_session *session, const struct duet_hub_topic *topic,
		     const struct duet_mqtt_packet *packet)
{
	struct duet_hub_fault fault = {0};
	struct registration *registration;
	struct duet_slice rid;
	json_t *payload;
	int code;

	if (!session_rid(topic, &rid)) {
		session_break(session, "it asked to be registered without $rid");
		return 0;
	}
	if (!read_payload(packet->publish.payload, &payload)) {
		code = duet_hub_fault_set(&fault, DUET_HUB_FAULT_FORMAT, "the request is no JSON object");
		return answer_fault(session, rid, &fault, code);
	}
	registration = registration_new(session, rid);
	if (!registration) {
		json_decref(payload);
		return -ENOMEM;
	}
	registration->payload = payload;
	duet_session_ref(session);
	session->n_pending++;
	code = duet_hub_storage_write(duet_hub_storage(session->loop->hub), session->loop->loop, provision,
				      provisioned, registration);
	if (code == 0)
		return 0;
	session->n_pending--;
	duet_session_unref(session);
	code = answer_fault(session, rid, &fault, code);
	registration_free(registration);
	return code;
}

int session_register_status(struct duet_session *session, const struct duet_hub_topic *topic,
			    const struct duet_mqtt_packet *packet)
{
	struct duet_hub_fault fault = {0};
	struct duet_slice rid;
	json_t *state = NULL;
	int code;

	if (!session_rid(topic, &rid)) {
		session_break(session, "it asked for its registration without $rid");
		return 0;
	}
	duet_arena_reset(session->loop->arena);
	code = duet_hub_registration_get(session->loop->view, session->target, session->loop->arena, &state);
	if (code < 0)
		return answer_fault(session, rid, &fault, code);
	return answer_json(session, 200, rid,
			   json_pack("{s:s+, s:O, s:o}", "operationId", "4.", session->target, "status",
				     json_object_get(state, "status"), "registrationState", state));
}
