/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "base/arena.h"
#include "hub/hub.h"
#include "hub/outlet/outlet.h"
#include "hub/service/service_table.h"
#include "loop/loop.h"

/* Routes of telemetry over REST, an extension. What blocks is done by the routes' worker. */

enum {
	MAX_ROWS = 10000,
	CHANGE = DUET_HUB_REGISTRY_WRITE | DUET_HUB_SERVICE_CONNECT,
};

struct job {
	struct duet_hub_request *request;
	struct duet_letter letter;
	void (*work)(struct job *job); /* on the worker: fills what follows */
	struct duet_error error;
	int code;
	json_t *answer; /* NULL: nothing to show */
};

static struct duet_hub_outlets *outlets_of(const struct duet_hub_request *request)
{
	return duet_hub_outlets(request->loop->hub);
}

static void reply(void *user)
{
	struct job *job = user;
	struct duet_hub_request *request = job->request;
	enum duet_hub_fault_kind kind = job->code == -ENOENT   ? DUET_HUB_FAULT_NO_ROUTE
					: job->code == -EDQUOT ? DUET_HUB_FAULT_QUOTA
					: job->code == -EINVAL || job->code == -ENOTSUP
						? DUET_HUB_FAULT_ARGUMENT_INVALID
						: DUET_HUB_FAULT_SERVER;

	if (job->code < 0) {
		duet_hub_fault_set(&request->fault, kind, "%s",
				   job->error.what[0] ? job->error.what : "There is no such route");
		duet_hub_reply_code(request, job->code);
	} else if (job->answer) {
		duet_hub_reply_json(request, 200, job->answer);
	} else {
		duet_hub_reply_empty(request, 204);
	}
}

static void work(void *user)
{
	struct job *job = user;

	job->work(job);
	duet_loop_send(job->request->loop->loop, &job->letter);
}

static int begin(struct duet_hub_request *request, void (*what)(struct job *job))
{
	struct job *job;

	if (!outlets_of(request))
		return duet_hub_fault_set(&request->fault, DUET_HUB_FAULT_NO_ROUTE, "This hub has no routes");
	job = duet_arena_alloc(request->arena, sizeof(*job));
	if (!job)
		return -ENOMEM;
	job->request = request;
	job->work = what;
	job->letter = (struct duet_letter){.call = reply, .user = job};
	if (duet_hub_outlets_post(outlets_of(request), work, job) == 0)
		return 0;
	return duet_hub_fault_set(&request->fault, DUET_HUB_FAULT_THROTTLED,
				  "Too many changes of routes at once");
}

static void list_work(struct job *job)
{
	job->answer = duet_hub_outlets_list(outlets_of(job->request));
}

static void get_work(struct job *job)
{
	job->answer = duet_hub_outlets_get(outlets_of(job->request), job->request->parameters[0]);
	job->code = job->answer ? 0 : -ENOENT;
}

static void put_work(struct job *job)
{
	struct duet_hub_request *request = job->request;

	job->code =
		duet_hub_outlets_put(outlets_of(request), request->parameters[0], request->body, &job->error);
	if (job->code == 0)
		get_work(job);
}

static void remove_work(struct job *job)
{
	job->code = duet_hub_outlets_remove(outlets_of(job->request), job->request->parameters[0]);
}

static void query_work(struct job *job)
{
	struct duet_hub_request *request = job->request;
	const char *where = json_string_value(json_object_get(request->body, "where"));
	json_int_t max = json_integer_value(json_object_get(request->body, "max"));

	job->code = duet_hub_outlets_query(outlets_of(request), request->parameters[0], where ? where : "1",
					   max > 0 && max <= MAX_ROWS ? (int)max : 100, &job->answer,
					   &job->error);
}

static int list(struct duet_hub_request *request)
{
	return begin(request, list_work);
}

static int get(struct duet_hub_request *request)
{
	return begin(request, get_work);
}

static int put(struct duet_hub_request *request)
{
	return begin(request, put_work);
}

static int remove_one(struct duet_hub_request *request)
{
	return begin(request, remove_work);
}

static int query(struct duet_hub_request *request)
{
	return begin(request, query_work);
}

const struct duet_hub_route duet_hub_outlet_routes[] = {
	{"GET", "/routes", "listRoutes", DUET_HUB_AUTH_POLICY, DUET_HUB_SERVICE_CONNECT, false, false, list},
	{"GET", "/routes/{route}", "getRoute", DUET_HUB_AUTH_POLICY, DUET_HUB_SERVICE_CONNECT, false, false,
	 get},
	{"PUT", "/routes/{route}", "putRoute", DUET_HUB_AUTH_POLICY, CHANGE, true, true, put},
	{"DELETE", "/routes/{route}", "deleteRoute", DUET_HUB_AUTH_POLICY, CHANGE, false, true, remove_one},
	{"POST", "/routes/{route}/query", "queryRoute", DUET_HUB_AUTH_POLICY, DUET_HUB_SERVICE_CONNECT, true,
	 false, query},
	{0},
};
