/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <openssl/ssl.h>

#include "base/arena.h"
#include "base/log.h"
#include "hub/config.h"
#include "hub/guard/attempt.h"
#include "hub/guard/authentication.h"
#include "hub/guard/limit.h"
#include "hub/hub.h"
#include "hub/service/service.h"
#include "hub/service/service_client.h"
#include "loop/wheel.h"
#include "net/http.h"
#include "net/sas.h"
#include "net/stream.h"
#include "net/tls.h"
#include "net/url.h"

enum { MAX_POLICY_BYTES = 64 };

static void peer_of(const struct duet_hub_request *request, char text[46])
{
	struct duet_stream *stream = duet_http_stream_of(request->exchange);

	snprintf(text, 46, "?");
	if (stream)
		duet_stream_peer(stream, text);
}

/* Who asks, as far as it says so itself: a policy or a device. */
struct claim {
	char address[46];
	struct duet_slice identity;
};

int duet_hub_service_admit(struct duet_hub_request *request)
{
	if (duet_hub_draining(request->loop->hub))
		return duet_hub_fault_set(&request->fault, DUET_HUB_FAULT_UNAVAILABLE, "The hub is stopping");
	return 0;
}

/* Why is for the log: who asks learns nothing from it. */
static int refuse(struct duet_hub_request *request, const struct claim *claim, const char *why)
{
	duet_hub_attempts_failed(duet_hub_attempts(request->loop->hub), claim->address, claim->identity,
				 duet_wheel_now_ms(request->loop->wheel));
	duet_info("hub", "%s %s from %s refused: %s", request->route->method, request->route->name,
		  claim->address, why);
	return duet_hub_fault_set(&request->fault, DUET_HUB_FAULT_UNAUTHORIZED, "Unauthorized");
}

static int check_policy(struct duet_hub_request *request, const struct claim *claim,
			const struct duet_sas *sas, const char *name)
{
	struct duet_hub_policy policy;
	int code = duet_hub_policy_get(request->view, name, request->arena, &policy);

	if (code == -ENOENT)
		return refuse(request, claim, "no such policy");
	if (code < 0)
		return code;
	if (!duet_sas_signed_with(sas, policy.keys[0]) && !duet_sas_signed_with(sas, policy.keys[1]))
		return refuse(request, claim, "the signature is wrong");
	request->principal = policy.name;
	if ((policy.rights & request->route->rights) != request->route->rights)
		return refuse(request, claim, "the policy lacks a right");
	return 0;
}

static int authorize_policy(struct duet_hub_request *request, const struct claim *claim,
			    const struct duet_sas *sas)
{
	char name[MAX_POLICY_BYTES];
	const char *endpoint;
	struct duet_slice path = duet_http_request(request->exchange)->path;

	if (sas->expires_s <= request->now_ms / 1000)
		return refuse(request, claim, "the token has expired");
	endpoint = duet_arena_printf(request->arena, "%s%.*s", duet_hub_config(request->loop->hub)->hostname,
				     (int)path.len, path.ptr);
	if (!endpoint)
		return -ENOMEM;
	if (!duet_sas_covers(sas, endpoint))
		return refuse(request, claim, "the token is for another resource");
	if (duet_url_decode(sas->policy, false, name, sizeof(name)) <= 0)
		return refuse(request, claim, "the token names no policy");
	return check_policy(request, claim, sas, name);
}

/* A device shows the same over HTTPS as over MQTT. */
static int authorize_device(struct duet_hub_request *request, const struct claim *claim,
			    struct duet_slice token)
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
		return refuse(request, claim, why);
	if (code < 0)
		return code;
	request->principal = duet_arena_printf(request->arena, "device %s", device);
	return request->principal ? 0 : -ENOMEM;
}

static int authorize(struct duet_hub_request *request)
{
	struct duet_slice token = duet_http_header(duet_http_request(request->exchange), "Authorization");
	bool of_device = request->route->auth == DUET_HUB_AUTH_DEVICE;
	struct duet_sas sas = {0};
	struct claim claim;
	int parsed = of_device ? 0 : duet_sas_parse(token, &sas);

	peer_of(request, claim.address);
	claim.identity = of_device ? duet_slice(request->parameters[0]) : sas.policy;
	if (!duet_hub_attempts_allow(duet_hub_attempts(request->loop->hub), claim.address, claim.identity,
				     duet_wheel_now_ms(request->loop->wheel)))
		return duet_hub_fault_set(&request->fault, DUET_HUB_FAULT_THROTTLED,
					  "Too many failed authentications");
	if (of_device)
		return authorize_device(request, &claim, token);
	return parsed < 0 ? refuse(request, &claim, "the token is broken")
			  : authorize_policy(request, &claim, &sas);
}

int duet_hub_service_authorize(struct duet_hub_request *request)
{
	int code;

	if (request->route->auth == DUET_HUB_AUTH_NONE)
		return 0;
	code = authorize(request);
	if (code == 0 && !duet_hub_limit_take(duet_hub_requests(request->loop->hub), request->principal,
					      duet_wheel_now_ms(request->loop->wheel)))
		return duet_hub_fault_set(&request->fault, DUET_HUB_FAULT_THROTTLED, "Too many requests");
	return code;
}
