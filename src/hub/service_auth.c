/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <openssl/ssl.h>

#include "base/arena.h"
#include "base/log.h"
#include "hub/authentication.h"
#include "hub/config.h"
#include "hub/hub.h"
#include "hub/limit.h"
#include "hub/service.h"
#include "hub/service_client.h"
#include "loop/wheel.h"
#include "net/http.h"
#include "net/sas.h"
#include "net/stream.h"
#include "net/tls.h"
#include "net/url.h"

enum { MAX_POLICY_BYTES = 64 };

static const char *peer_of(const struct duet_hub_request *request, char text[46])
{
	struct duet_stream *stream = duet_http_stream_of(request->exchange);

	return stream ? duet_stream_peer(stream, text) : "?";
}

int duet_hub_service_admit(struct duet_hub_request *request)
{
	struct duet_hub_loop *loop = request->loop;
	int rate = duet_hub_config(loop->hub)->limits.requests_rate, n_loops = duet_hub_n_loops(loop->hub);
	int64_t share = (rate + n_loops - 1) / n_loops;

	if (duet_hub_draining(loop->hub))
		return duet_hub_fault_set(&request->fault, DUET_HUB_FAULT_UNAVAILABLE, "The hub is stopping");
	if (rate > 0 &&
	    duet_hub_bucket_take(&loop->requests, share, 2 * share, duet_wheel_now_ms(loop->wheel)) > 0)
		return duet_hub_fault_set(&request->fault, DUET_HUB_FAULT_THROTTLED, "Too many requests");
	return 0;
}

/* Why is for the log: who asks learns nothing from it. */
static int refuse(struct duet_hub_request *request, const char *why)
{
	char peer[46];
	const char *address = peer_of(request, peer);

	duet_hub_limit_take(duet_hub_failures(request->loop->hub), address,
			    duet_wheel_now_ms(request->loop->wheel));
	duet_info("hub", "%s %s from %s refused: %s", request->route->method, request->route->name, address,
		  why);
	return duet_hub_fault_set(&request->fault, DUET_HUB_FAULT_UNAUTHORIZED, "Unauthorized");
}

static int check_policy(struct duet_hub_request *request, const struct duet_sas *sas, const char *name)
{
	struct duet_hub_policy policy;
	int code = duet_hub_policy_get(request->view, name, request->arena, &policy);

	if (code == -ENOENT)
		return refuse(request, "no such policy");
	if (code < 0)
		return code;
	if (!duet_sas_signed_with(sas, policy.keys[0]) && !duet_sas_signed_with(sas, policy.keys[1]))
		return refuse(request, "the signature is wrong");
	request->principal = policy.name;
	if ((policy.rights & request->route->rights) != request->route->rights)
		return refuse(request, "the policy lacks a right");
	return 0;
}

static int authorize_policy(struct duet_hub_request *request, struct duet_slice token)
{
	struct duet_sas sas;
	char name[MAX_POLICY_BYTES];
	const char *endpoint;
	struct duet_slice path = duet_http_request(request->exchange)->path;

	if (duet_sas_parse(token, &sas) < 0)
		return refuse(request, "the token is broken");
	if (sas.expires_s <= request->now_ms / 1000)
		return refuse(request, "the token has expired");
	endpoint = duet_arena_printf(request->arena, "%s%.*s", duet_hub_config(request->loop->hub)->hostname,
				     (int)path.len, path.ptr);
	if (!endpoint)
		return -ENOMEM;
	if (!duet_sas_covers(&sas, endpoint))
		return refuse(request, "the token is for another resource");
	if (duet_url_decode(sas.policy, false, name, sizeof(name)) <= 0)
		return refuse(request, "the token names no policy");
	return check_policy(request, &sas, name);
}

/* A device shows the same over HTTPS as over MQTT. */
static int authorize_device(struct duet_hub_request *request, struct duet_slice token)
{
	const struct duet_hub_config *config = duet_hub_config(request->loop->hub);
	struct duet_stream *stream = duet_http_stream_of(request->exchange);
	struct ssl_st *ssl = stream ? duet_stream_ssl(stream) : NULL;
	const char *device = request->parameters[0], *why = "";
	const char *user_name =
		duet_arena_printf(request->arena, "%s/%s/?api-version=2021-04-12", config->hostname, device);
	struct duet_hub_admission admission;
	struct duet_hub_login login = {
		.host_name = config->hostname,
		.id_scope = config->provisioning.id_scope,
		.authority = duet_hub_authority(request->loop->hub),
		.client_id = duet_slice(device),
		.user_name = duet_slice(user_name),
		.password = token,
		.certificate = ssl ? (X509 *)(uintptr_t)duet_tls_peer(ssl) : NULL,
		.chain = ssl ? SSL_get_peer_cert_chain(ssl) : NULL,
		.now_s = request->now_ms / 1000,
	};
	int code = user_name ? duet_hub_authenticate(request->view, &login, request->arena, &admission, &why)
			     : -ENOMEM;

	if (code == -EACCES)
		return refuse(request, why);
	if (code == 0)
		request->principal = duet_arena_printf(request->arena, "device %s", device);
	return code;
}

int duet_hub_service_authorize(struct duet_hub_request *request)
{
	struct duet_slice token = duet_http_header(duet_http_request(request->exchange), "Authorization");
	struct duet_hub_limit *failures = duet_hub_failures(request->loop->hub);
	char peer[46];

	if (request->route->auth == DUET_HUB_AUTH_NONE)
		return 0;
	if (!duet_hub_limit_has(failures, peer_of(request, peer), duet_wheel_now_ms(request->loop->wheel)))
		return duet_hub_fault_set(&request->fault, DUET_HUB_FAULT_THROTTLED,
					  "Too many failed authentications from this address");
	if (request->route->auth == DUET_HUB_AUTH_DEVICE)
		return authorize_device(request, token);
	return authorize_policy(request, token);
}
