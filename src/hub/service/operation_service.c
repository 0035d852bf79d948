/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "hub/config.h"
#include "hub/hub.h"
#include "hub/log/log.h"
#include "hub/metrics.h"
#include "hub/service/service_table.h"
#include "hub/session/directory.h"
#include "net/http.h"
#include "net/tls.h"

/* What those who run a hub ask it: is it alive, is it ready, what does it count; and the policies' keys. */

enum {
	ALL_RIGHTS = DUET_HUB_REGISTRY_READ | DUET_HUB_REGISTRY_WRITE | DUET_HUB_SERVICE_CONNECT |
		     DUET_HUB_DEVICE_CONNECT,
	MAX_LOOPS = 256,
	PRIMARY = 1,
	SECONDARY = 2,
};

static int live(struct duet_hub_request *request)
{
	duet_hub_reply_json(request, 200, json_pack("{s:s}", "status", "alive"));
	return 0;
}

static void add_problem(json_t *problems, bool there, const char *what)
{
	if (there)
		json_array_append_new(problems, json_string(what));
}

static int ready(struct duet_hub_request *request)
{
	struct duet_hub *hub = request->loop->hub;
	struct duet_hub_storage_load storage;
	struct duet_hub_log_load log;
	json_t *problems = json_array();
	bool fine;

	duet_hub_storage_measure(duet_hub_storage(hub), &storage);
	duet_hub_log_measure(duet_hub_log(hub), &log);
	add_problem(problems, duet_hub_draining(hub), "the hub is ending");
	add_problem(problems, log.failing, "the telemetry log cannot be written");
	add_problem(problems, storage.n_queued >= storage.max_queued, "the database does not keep up");
	add_problem(problems, duet_tls_expires_s(duet_hub_tls(hub)) < 0,
		    "the server's certificate has expired");
	fine = json_array_size(problems) == 0;
	duet_hub_reply_json(
		request, fine ? 200 : 503,
		json_pack("{s:s, s:o}", "status", fine ? "ready" : "not ready", "problems", problems));
	return 0;
}

static void write_log(FILE *out, struct duet_hub_log *log)
{
	struct duet_hub_log_load load;
	struct duet_hub_log_range range = duet_hub_log_range(log);

	duet_hub_log_measure(log, &load);
	duet_hub_metric_write(out, "log_events_total", "counter", "Events that became durable",
			      (double)load.n_events);
	duet_hub_metric_write(out, "log_commits_total", "counter", "Batches of them", (double)load.n_commits);
	duet_hub_metric_write(out, "log_commit_seconds_total", "counter", "What writing them took",
			      (double)load.commit_ns / 1e9);
	duet_hub_metric_write(out, "log_failed_total", "counter", "Events that could not be written",
			      (double)load.n_failed);
	duet_hub_metric_write(out, "log_bytes", "gauge", "Bytes kept in the telemetry log",
			      (double)load.kept_bytes);
	duet_hub_metric_write(out, "log_events", "gauge", "Events kept in the telemetry log",
			      (double)(range.next - range.first));
}

static void write_storage(FILE *out, struct duet_hub_storage *storage)
{
	struct duet_hub_storage_load load;

	duet_hub_storage_measure(storage, &load);
	duet_hub_metric_write(out, "storage_changes_total", "counter", "Changes of the database",
			      (double)load.n_changes);
	duet_hub_metric_write(out, "storage_failed_total", "counter", "Changes that failed",
			      (double)load.n_failed);
	duet_hub_metric_write(out, "storage_commits_total", "counter", "Transactions",
			      (double)load.n_commits);
	duet_hub_metric_write(out, "storage_commit_seconds_total", "counter", "What committing them took",
			      (double)load.commit_ns / 1e9);
	duet_hub_metric_write(out, "storage_queued", "gauge", "Changes that wait", load.n_queued);
}

static void write_all(FILE *out, struct duet_hub *hub)
{
	const struct duet_hub_metrics *sets[MAX_LOOPS];
	int n = duet_hub_n_loops(hub);

	for (int i = 0; i < n && i < MAX_LOOPS; i++)
		sets[i] = duet_hub_loop_at(hub, i)->metrics;
	duet_hub_metrics_write(out, sets, (size_t)(n < MAX_LOOPS ? n : MAX_LOOPS));
	write_log(out, duet_hub_log(hub));
	write_storage(out, duet_hub_storage(hub));
	duet_hub_metric_write(out, "certificate_expires_seconds", "gauge",
			      "Until the server's certificate ends; negative: it has",
			      (double)duet_tls_expires_s(duet_hub_tls(hub)));
}

/* Prometheus brings the token of the configuration, a person one of a policy. */
static int authorize_metrics(struct duet_hub_request *request)
{
	static const struct duet_hub_route by_policy = {
		.method = "GET", .path = "/metrics", .name = "metrics", .rights = DUET_HUB_REGISTRY_READ};
	const char *token = duet_hub_config(request->loop->hub)->metrics.token;
	const char *given = duet_hub_request_header(request, "Authorization");
	size_t n = strlen(token);

	if (n > 0 && given && strncmp(given, "Bearer ", 7) == 0 && strlen(given) == n + 7 &&
	    CRYPTO_memcmp(given + 7, token, n) == 0)
		return 0;
	request->route = &by_policy;
	return duet_hub_service_authorize(request);
}

static int metrics(struct duet_hub_request *request)
{
	char *text = NULL;
	size_t size;
	FILE *out;
	int code = authorize_metrics(request);

	if (code < 0)
		return code;
	out = open_memstream(&text, &size);
	if (!out)
		return -ENOMEM;
	write_all(out, request->loop->hub);
	fclose(out);
	request->status = 200;
	duet_http_reply(request->exchange, 200, "text/plain; version=0.0.4", (struct duet_slice){text, size});
	free(text);
	return 0;
}

static json_t *policy_json(const struct duet_hub_policy *policy)
{
	static const struct {
		int right;
		const char *name;
	} rights[] = {{DUET_HUB_REGISTRY_READ, "RegistryRead"},
		      {DUET_HUB_REGISTRY_WRITE, "RegistryWrite"},
		      {DUET_HUB_SERVICE_CONNECT, "ServiceConnect"},
		      {DUET_HUB_DEVICE_CONNECT, "DeviceConnect"}};
	char text[80] = "";
	size_t len = 0;

	for (size_t i = 0; i < sizeof(rights) / sizeof(*rights); i++)
		if (policy->rights & rights[i].right)
			len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s", len ? ", " : "",
						rights[i].name);
	return json_pack("{s:s, s:s, s:s, s:s}", "keyName", policy->name, "rights", text, "primaryKey",
			 policy->keys[0], "secondaryKey", policy->keys[1]);
}

static int list_policies(struct duet_hub_request *request)
{
	json_t *list = json_array();

	for (int i = 0; i < DUET_HUB_N_POLICIES; i++) {
		struct duet_hub_policy policy;
		int code =
			duet_hub_policy_get(request->view, duet_hub_policy_name(i), request->arena, &policy);

		if (code < 0) {
			json_decref(list);
			return code;
		}
		json_array_append_new(list, policy_json(&policy));
	}
	duet_hub_reply_json(request, 200, list);
	return 0;
}

static int renew_change(struct duet_hub_view *view, struct duet_hub_request *request)
{
	const char *kind = json_string_value(json_object_get(request->body, "kind")),
		   *name = request->parameters[0];
	struct duet_hub_policy policy;
	int code;

	if (strcmp(kind, "swap") == 0)
		code = duet_hub_policy_swap(view, name);
	else
		code = duet_hub_policy_renew(view, name,
					     strcmp(kind, "primary") == 0     ? PRIMARY
					     : strcmp(kind, "secondary") == 0 ? SECONDARY
									      : PRIMARY | SECONDARY);
	if (code == 0)
		code = duet_hub_policy_get(view, name, request->arena, &policy);
	if (code == 0)
		request->result = policy_json(&policy);
	return code;
}

static void renew_done(struct duet_hub_request *request, int code)
{
	duet_hub_reply_json(request, 200, json_incref(request->result));
}

static int renew(struct duet_hub_request *request)
{
	static const char *const kinds[] = {"primary", "secondary", "both", "swap"};
	const char *kind = json_string_value(json_object_get(request->body, "kind"));
	struct duet_hub_policy policy;

	if (duet_hub_policy_get(request->view, request->parameters[0], request->arena, &policy) == -ENOENT)
		return duet_hub_fault_set(&request->fault, DUET_HUB_FAULT_NO_ROUTE,
					  "There is no such policy");
	for (size_t i = 0; kind && i < sizeof(kinds) / sizeof(*kinds); i++)
		if (strcmp(kind, kinds[i]) == 0)
			return duet_hub_request_write(request, renew_change, renew_done);
	return duet_hub_fault_set(&request->fault, DUET_HUB_FAULT_ARGUMENT_INVALID,
				  "kind must be primary, secondary, both or swap");
}

const struct duet_hub_route duet_hub_operation_routes[] = {
	{"GET", "/health/live", "healthLive", DUET_HUB_AUTH_NONE, 0, false, false, live},
	{"GET", "/health/ready", "healthReady", DUET_HUB_AUTH_NONE, 0, false, false, ready},
	{"GET", "/metrics", "metrics", DUET_HUB_AUTH_NONE, 0, false, false, metrics},
	{"GET", "/policies", "listPolicies", DUET_HUB_AUTH_POLICY, ALL_RIGHTS, false, false, list_policies},
	{"POST", "/policies/{policy}/regenerateKey", "regeneratePolicyKey", DUET_HUB_AUTH_POLICY, ALL_RIGHTS,
	 true, true, renew},
	{0},
};
