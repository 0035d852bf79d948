/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/service/query_service.h"

#include <errno.h>

#include "base/arena.h"
#include "hub/hub.h"
#include "hub/query/query.h"
#include "hub/service/service_table.h"
#include "net/http.h"

enum { DEFAULT_PAGE = 100 };

static const char *const item_types[] = {
	[DUET_HUB_FROM_DEVICES] = "Twin",           [DUET_HUB_FROM_MODULES] = "Twin",
	[DUET_HUB_FROM_JOBS] = "DeviceJob",         [DUET_HUB_FROM_ENROLLMENTS] = "Enrollment",
	[DUET_HUB_FROM_GROUPS] = "EnrollmentGroup",
};

int duet_hub_page_read(struct duet_hub_request *request, struct duet_hub_page *page)
{
	const char *max = duet_hub_request_header(request, "x-ms-max-item-count");
	long n = max ? strtol(max, NULL, 10) : DEFAULT_PAGE;

	*page = (struct duet_hub_page){.token = duet_hub_request_header(request, "x-ms-continuation"),
				       .max = n > DUET_HUB_QUERY_MAX_PAGE ? DUET_HUB_QUERY_MAX_PAGE : (int)n};
	if (n < 1)
		return duet_hub_fault_set(&request->fault, DUET_HUB_FAULT_ARGUMENT_INVALID,
					  "x-ms-max-item-count must be at least 1");
	return 0;
}

void duet_hub_page_reply(struct duet_hub_request *request, const struct duet_hub_page *page, const char *type)
{
	if (page->next)
		duet_http_reply_header(request->exchange, "x-ms-continuation", page->next);
	duet_http_reply_header(request->exchange, "x-ms-item-type", type);
	duet_hub_reply_result(request);
}

struct asking {
	const struct duet_hub_query *query;
	struct duet_hub_page page;
};

static int ask(struct duet_hub_request *request)
{
	struct asking *asking = request->own;

	request->result = json_array();
	if (!request->result)
		return -ENOMEM;
	return duet_hub_query_run(request->view, asking->query, request->arena, &asking->page,
				  request->result, &request->fault);
}

static void asked(struct duet_hub_request *request, int code)
{
	const struct asking *asking = request->own;

	duet_hub_page_reply(request, &asking->page,
			    asking->query->everything ? item_types[asking->query->source] : "Raw");
}

int duet_hub_query_reply(struct duet_hub_request *request, const struct duet_hub_query *query)
{
	struct asking *asking = duet_arena_alloc(request->arena, sizeof(*asking));
	int code = asking ? duet_hub_page_read(request, &asking->page) : -ENOMEM;

	if (code < 0)
		return code;
	asking->query = query;
	request->own = asking;
	return duet_hub_request_work(request, duet_hub_readers(request->loop->hub), ask, asked);
}

static int run_query(struct duet_hub_request *request)
{
	const char *text = json_string_value(json_object_get(request->body, "query"));
	struct duet_hub_query *query;
	int code;

	if (!text)
		return duet_hub_fault_set(&request->fault, DUET_HUB_FAULT_ARGUMENT_NULL, "query is missing");
	code = duet_hub_query_parse(duet_slice(text), request->arena, &query, &request->fault);
	if (code == 0 && query->source > DUET_HUB_FROM_JOBS)
		return duet_hub_fault_set(&request->fault, DUET_HUB_FAULT_QUERY,
					  "Enrollments are queried at /enrollments/query");
	return code < 0 ? code : duet_hub_query_reply(request, query);
}

const struct duet_hub_route duet_hub_query_routes[] = {
	{"POST", "/devices/query", "query.run", DUET_HUB_AUTH_POLICY, DUET_HUB_SERVICE_CONNECT, true, false,
	 run_query},
	{0},
};
