/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "base/arena.h"
#include "base/log.h"
#include "hub/guard/audit.h"
#include "hub/hub.h"
#include "hub/metrics.h"
#include "hub/service/service.h"
#include "net/http.h"
#include "net/stream.h"

enum { MAX_FAULT_BYTES = 1024 };

static const char json_content[] = "application/json; charset=utf-8";

static void count(const struct duet_hub_request *request, int status)
{
	struct duet_hub_metrics *metrics = request->loop->metrics;

	duet_hub_count(metrics, DUET_HUB_M_REQUESTS, 1);
	if (status == 429)
		duet_hub_count(metrics, DUET_HUB_M_REQUESTS_429, 1);
	if (status >= 400 && status < 500)
		duet_hub_count(metrics, DUET_HUB_M_REQUESTS_4XX, 1);
	if (status >= 500)
		duet_hub_count(metrics, DUET_HUB_M_REQUESTS_5XX, 1);
}

static void note(const struct duet_hub_request *request, int status)
{
	struct duet_stream *stream = duet_http_stream_of(request->exchange);
	char address[46], target[300];
	struct duet_hub_act act = {.by = request->principal, .act = request->route->name, .status = status};

	snprintf(target, sizeof(target), "%s%s%s", request->parameters[0] ? request->parameters[0] : "",
		 request->parameters[1] ? "/" : "", request->parameters[1] ? request->parameters[1] : "");
	act.address = stream ? duet_stream_peer(stream, address) : NULL;
	act.target = target[0] ? target : NULL;
	act.detail = status >= 400 ? request->fault.what : NULL;
	duet_hub_audit_note(duet_hub_audit(request->loop->hub), &act);
}

static void reply(struct duet_hub_request *request, int status, const char *type, struct duet_slice body)
{
	const char *id = duet_hub_request_header(request, "Request-Id");

	request->status = status;
	if (id)
		duet_http_reply_header(request->exchange, "x-ms-request-id", id);
	count(request, status);
	if (request->route && request->route->changes)
		note(request, status);
	duet_http_reply(request->exchange, status, type, body);
}

void duet_hub_reply_text(struct duet_hub_request *request, int status, struct duet_slice json)
{
	reply(request, status, json_content, json);
}

void duet_hub_reply_empty(struct duet_hub_request *request, int status)
{
	reply(request, status, NULL, duet_slice(""));
}

void duet_hub_reply_json(struct duet_hub_request *request, int status, json_t *take_body)
{
	char *text = take_body ? json_dumps(take_body, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
	json_free_t release = NULL;

	json_decref(take_body);
	json_get_alloc_funcs(NULL, &release);
	if (!text) {
		duet_hub_reply_code(request, -ENOMEM);
		return;
	}
	reply(request, status, json_content, duet_slice(text));
	release(text);
}

void duet_hub_reply_code(struct duet_hub_request *request, int code)
{
	char json[MAX_FAULT_BYTES];
	int status;

	duet_hub_fault_of(&request->fault, code);
	status = duet_hub_fault_status(&request->fault);
	if (status >= 500 && request->fault.kind == DUET_HUB_FAULT_SERVER)
		duet_error_log("hub", "%s failed: %s", request->route ? request->route->name : "a request",
			       strerror(-code));
	duet_hub_fault_rest(&request->fault, request->now_ms, json, sizeof(json));
	duet_http_reply_header(request->exchange, "iothub-errorcode", duet_hub_fault_name(&request->fault));
	if (status == 429 || status == 503)
		duet_http_reply_header(request->exchange, "Retry-After", "1");
	reply(request, status, json_content, duet_slice(json));
}

void duet_hub_reply_etag(struct duet_hub_request *request, const char *etag)
{
	const char *quoted = duet_arena_printf(request->arena, "\"%s\"", etag);

	if (quoted)
		duet_http_reply_header(request->exchange, "ETag", quoted);
}

static int change(struct duet_hub_view *view, void *user)
{
	struct duet_hub_request *request = user;

	return request->change(view, request);
}

static void changed(void *user, int code)
{
	struct duet_hub_request *request = user;

	if (request->finish && code >= 0)
		request->finish(request, code);
	else if (code < 0)
		duet_hub_reply_code(request, code);
	else
		duet_hub_reply_empty(request, 204);
}

int duet_hub_request_write(struct duet_hub_request *request,
			   int (*change_it)(struct duet_hub_view *view, struct duet_hub_request *request),
			   void (*finish)(struct duet_hub_request *request, int code))
{
	request->change = change_it;
	request->finish = finish;
	return duet_hub_storage_write(duet_hub_storage(request->loop->hub), request->loop->loop, change,
				      changed, request);
}

/* A large answer is written down here, too, not on the loop. */
static int work(struct duet_hub_view *view, void *user)
{
	struct duet_hub_request *request = user;
	int code;

	request->view = view;
	code = request->work(request);
	if (code >= 0 && request->result) {
		request->text = json_dumps(request->result, JSON_COMPACT | JSON_ENCODE_ANY);
		json_decref(request->result);
		request->result = NULL;
	}
	return code;
}

void duet_hub_reply_result(struct duet_hub_request *request)
{
	if (request->text)
		reply(request, 200, json_content, duet_slice(request->text));
	else
		duet_hub_reply_code(request, -ENOMEM);
}

static void worked(void *user, int code)
{
	struct duet_hub_request *request = user;

	request->view = request->loop->view;
	if (code < 0)
		duet_hub_reply_code(request, code);
	else if (request->finish)
		request->finish(request, code);
	else
		duet_hub_reply_result(request);
}

int duet_hub_request_work(struct duet_hub_request *request, struct duet_hub_pool *pool,
			  int (*work_it)(struct duet_hub_request *request),
			  void (*finish)(struct duet_hub_request *request, int code))
{
	request->work = work_it;
	request->finish = finish;
	request->task = (struct duet_hub_task){
		.work = work, .done = worked, .user = request, .loop = request->loop->loop};
	return duet_hub_pool_post(pool, &request->task);
}
