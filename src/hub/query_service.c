/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/query_service.h"

#include <errno.h>

#include "hub/query.h"
#include "hub/service_table.h"
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

void duet_hub_page_reply(struct duet_hub_request *request, const struct duet_hub_page *page, const char *type,
			 json_t *take_rows)
{
	if (page->next)
		duet_http_reply_header(request->exchange, "x-ms-continuation", page->next);
	duet_http_reply_header(request->exchange, "x-ms-item-type", type);
	duet_hub_reply_json(request, 200, take_rows);
}

int duet_hub_query_reply(struct duet_hub_request *request, const struct duet_hub_query *query)
{
	struct duet_hub_page page;
	json_t *rows;
	int code = duet_hub_page_read(request, &page);

	if (code < 0)
		return code;
	rows = json_array();
	code = rows ? duet_hub_query_run(request->view, query, request->arena, &page, rows, &request->fault)
		    : -ENOMEM;
	if (code < 0) {
		json_decref(rows);
		return code;
	}
	duet_hub_page_reply(request, &page, query->everything ? item_types[query->source] : "Raw", rows);
	return 0;
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
