/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/log.h"
#include "hub/config.h"
#include "hub/guard/attempt.h"
#include "hub/guard/authentication.h"
#include "hub/metrics.h"
#include "hub/presence.h"
#include "hub/record/identity.h"
#include "hub/record/queue.h"
#include "hub/record/session_record.h"
#include "hub/record/storage.h"
#include "hub/session/directory.h"
#include "hub/session/session_part.h"
#include "net/stream.h"
#include "net/tls.h"

static int answer(struct duet_session *session, bool is_present, enum duet_mqtt_connack code)
{
	char connack[4];

	duet_mqtt_write_connack(connack, is_present, code);
	return session_send(session, (struct duet_slice){connack, 4}, (struct duet_slice){0});
}

static int refuse(struct duet_session *session, enum duet_mqtt_connack code, struct duet_slice client_id,
		  const char *why)
{
	int result = answer(session, false, code);

	session_end(session, "%.*s may not connect: %s", (int)(client_id.len < 64 ? client_id.len : 64),
		    client_id.ptr ? client_id.ptr : "", why);
	return result;
}

/* What it is called from now on: target, generation, device and module in one piece. */
static int take_names(struct duet_session *session, const struct duet_hub_admission *admission)
{
	const char *slash = admission->is_registration ? NULL : strchr(admission->target, '/');
	size_t target_size = strlen(admission->target) + 1,
	       generation_size = strlen(admission->generation) + 1;
	size_t device_len = slash ? (size_t)(slash - admission->target) : target_size - 1;
	char *names = duet_alloc(target_size + generation_size + device_len + 1);
	char *device = names ? names + target_size + generation_size : NULL;

	if (!names)
		return -ENOMEM;
	memcpy(names, admission->target, target_size);
	memcpy(names + target_size, admission->generation, generation_size);
	memcpy(device, admission->target, device_len);
	device[device_len] = 0;
	session->target = names;
	session->generation = names + target_size;
	session->device = device;
	session->module = slash ? names + device_len + 1 : "";
	session->is_registration = admission->is_registration;
	session->auth = (unsigned char)admission->auth;
	session->expires_s = admission->expires_s;
	return 0;
}

/* Whoever was connected by this name ends; nothing that it was given and did not acknowledge is lost. */
static int claim(struct duet_session *session)
{
	struct duet_session *before;
	int code = duet_hub_directory_claim(duet_hub_directory(session->loop->hub), session, &before);

	if (code < 0)
		return code;
	duet_hub_count(session->loop->metrics, DUET_HUB_M_DEVICES, 1);
	if (before) {
		session_unlock(session);
		duet_loop_send(before->loop->loop, &before->takeover);
	}
	return 0;
}

static void start_spokes(struct duet_session *session)
{
	int64_t left_ms = 0;

	duet_wheel_stop(session->loop->wheel, &session->deadline);
	duet_wheel_set(session->loop->wheel, &session->deadline, session->keep_alive_s * INT64_C(1500));
	if (session->expires_s == INT64_MAX)
		return;
	left_ms = session->expires_s * 1000 - session_wall_ms(session);
	duet_wheel_set(session->loop->wheel, &session->expiry, left_ms < 3600000 ? left_ms : 3600000);
}

static int drop_record(struct duet_hub_view *view, void *user)
{
	int code = duet_hub_session_drop(view, user);

	return code == -ENOENT ? 0 : code;
}

static void dropped(void *user, int code)
{
	duet_free(user);
}

/* A clean session forgets what one before it had subscribed to. */
static void forget(struct duet_session *session)
{
	struct duet_slice state;
	char *target;

	duet_arena_reset(session->loop->arena);
	if (duet_hub_session_load(session->loop->view, session->target, session->loop->arena, &state) != 1)
		return;
	target = duet_strdup(session->target);
	if (target && duet_hub_storage_write(duet_hub_storage(session->loop->hub), session->loop->loop,
					     drop_record, dropped, target) < 0)
		duet_free(target);
}

/* Whoever promises nothing, or too much, is held to what the real hub allows at most. */
static uint16_t keep_alive_of(const struct duet_mqtt_connect *connect)
{
	enum { MOST_S = 1177 };

	return connect->keep_alive_s > 0 && connect->keep_alive_s < MOST_S ? connect->keep_alive_s : MOST_S;
}

static int admit(struct duet_session *session, const struct duet_mqtt_connect *connect,
		 const struct duet_hub_admission *admission)
{
	bool is_present = false;
	int code = take_names(session, admission);

	if (code == 0 && !session->is_registration)
		code = claim(session);
	if (code < 0)
		return code;
	session->state = SESSION_OPEN;
	session->keep_alive_s = keep_alive_of(connect);
	session->is_clean = connect->clean_session || session->is_registration;
	start_spokes(session);
	duet_hub_count(session->loop->metrics, DUET_HUB_M_CONNECTS, 1);
	if (!session->is_registration)
		duet_hub_presence_note(session->loop, session->target, true,
				       *admission->model_id ? admission->model_id : NULL);
	if (!session->is_clean)
		is_present = session_restore(session);
	else if (!session->is_registration)
		forget(session);
	code = answer(session, is_present, DUET_MQTT_ACCEPTED);
	duet_log(DUET_LOG_DEBUG, "session", "%s is connected", session->target);
	session_look_at_queue(session);
	return code;
}

static void log_in(struct duet_session *session, const struct duet_mqtt_connect *connect,
		   struct duet_hub_login *login)
{
	const struct duet_hub_config *config = duet_hub_config(session->loop->hub);
	SSL *ssl = duet_stream_ssl(session->stream);

	*login = (struct duet_hub_login){
		.host_name = config->hostname,
		.id_scope = config->provisioning.id_scope,
		.authority = duet_hub_authority(session->loop->hub),
		.client_id = connect->client_id,
		.user_name = connect->user_name,
		.password = connect->password,
		.certificate = duet_tls_peer(ssl),
		.chain = ssl ? SSL_get_peer_cert_chain(ssl) : NULL,
		.now_s = session_wall_ms(session) / 1000,
	};
}

static int refuse_for_rate(struct duet_session *session, enum duet_mqtt_connack code,
			   struct duet_slice client_id, const char *why)
{
	duet_hub_count(session->loop->metrics, DUET_HUB_M_REFUSED_LIMIT, 1);
	return refuse(session, code, client_id, why);
}

static int authenticate(struct duet_session *session, const struct duet_mqtt_connect *connect)
{
	struct duet_hub *hub = session->loop->hub;
	int64_t now_ms = duet_wheel_now_ms(session->loop->wheel);
	struct duet_hub_admission admission;
	struct duet_hub_login login;
	const char *why = "";
	char peer[46];
	int code;

	duet_stream_peer(session->stream, peer);
	if (!duet_hub_attempts_allow(duet_hub_attempts(hub), peer, connect->client_id, now_ms))
		return refuse_for_rate(session, DUET_MQTT_NOT_AUTHORISED, connect->client_id,
				       "too many attempts have failed; it may try again in a minute");
	duet_arena_reset(session->loop->arena);
	log_in(session, connect, &login);
	code = duet_hub_authenticate(session->loop->view, &login, session->loop->arena, &admission, &why);
	if (code == -EACCES) {
		duet_hub_attempts_failed(duet_hub_attempts(hub), peer, connect->client_id, now_ms);
		duet_hub_count(session->loop->metrics, DUET_HUB_M_REFUSED_AUTH, 1);
		return refuse(session, DUET_MQTT_NOT_AUTHORISED, connect->client_id, why);
	}
	if (code < 0)
		return refuse(session, DUET_MQTT_UNAVAILABLE, connect->client_id, strerror(-code));
	if (!duet_hub_limit_take(duet_hub_logins(hub), admission.target, now_ms))
		return refuse_for_rate(session, DUET_MQTT_UNAVAILABLE, connect->client_id,
				       "it connects too often; two clients may have its name");
	return admit(session, connect, &admission);
}

int session_connect(struct duet_session *session, const struct duet_mqtt_connect *connect)
{
	int code;

	if (connect->level != 4)
		return refuse(session, DUET_MQTT_BAD_VERSION, connect->client_id,
			      "it does not speak MQTT 3.1.1");
	if (connect->client_id.len == 0)
		return refuse(session, DUET_MQTT_BAD_CLIENT_ID, connect->client_id, "it has no client id");
	if (duet_hub_draining(session->loop->hub))
		return refuse(session, DUET_MQTT_UNAVAILABLE, connect->client_id, "the hub ends");
	if (connect->will.topic.ptr) {
		code = session_keep_will(session, connect);
		if (code == -EINVAL)
			return refuse(session, DUET_MQTT_NOT_AUTHORISED, connect->client_id,
				      "its will is not for its own telemetry");
		if (code < 0)
			return code;
	}
	code = authenticate(session, connect);
	/* Only who was let in has a will. */
	if (session->state != SESSION_OPEN) {
		duet_free(session->will);
		session->will = NULL;
	}
	return code;
}
