/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <time.h>

#include "cmd/hub/hub.h"
#include "cmd/hub/hub_print.h"

/* Jobs: a twin's change or a method's call for many devices, now or later. */

struct job_flags {
	struct duet_hub_where hub;
	const char *query, *twin, *method, *payload, *start;
	int timeout_ms;
};

static const char *one(const struct duet_invocation *invocation, const char *format)
{
	if (invocation->n_arguments == 1)
		return duet_hub_path(invocation, format, invocation->arguments[0]);
	duet_command_usage(invocation, "say which job");
	return NULL;
}

static const struct duet_flag add_flags[] = {
	HUB_FLAGS(struct job_flags, hub),
	HUB_FLAG_('q', "CONDITION", "query", DUET_OPTION_TEXT, struct job_flags, query, "*",
		  "Which devices: a condition of the query language; *: all"),
	HUB_TEXT(0, "JSON", "twin", struct job_flags, twin,
		 "Change twins: {\"tags\": …, \"properties\": {\"desired\": …}}; @FILE reads a file"),
	HUB_TEXT(0, "NAME", "method", struct job_flags, method, "Call this method instead"),
	HUB_TEXT(0, "JSON", "payload", struct job_flags, payload, "The method's payload"),
	HUB_TEXT(0, "TIME", "start", struct job_flags, start,
		 "When, as 2026-12-31T18:00:00Z; without it at once"),
	HUB_TIME("TIME", "timeout", struct job_flags, timeout_ms, "1h", "How long the job may take"),
	HUB_END,
};

static json_t *twin_job(const struct duet_invocation *invocation, const char *text)
{
	json_t *patch = duet_hub_read_json(invocation, text);

	if (json_is_object(patch))
		json_object_set_new(patch, "etag", json_string("*"));
	return patch ? json_pack("{s:s, s:o}", "type", "scheduleUpdateTwin", "updateTwin", patch) : NULL;
}

static json_t *method_job(const struct duet_invocation *invocation, const struct job_flags *flags)
{
	json_t *payload = flags->payload ? duet_hub_read_json(invocation, flags->payload) : json_null();

	return payload ? json_pack("{s:s, s:{s:s, s:o, s:i}}", "type", "scheduleDeviceMethod",
				   "cloudToDeviceMethod", "methodName", flags->method, "payload", payload,
				   "responseTimeoutInSeconds", 30)
		       : NULL;
}

static int add(const struct duet_invocation *invocation)
{
	const struct job_flags *flags = invocation->flags;
	const char *path = one(invocation, "/jobs/v2/%s");
	struct duet_hub_call call = {.method = "PUT", .path = path};
	time_t now = time(NULL);
	char start[40];
	struct tm tm;

	if (!path)
		return DUET_EXIT_USAGE;
	if (!flags->twin == !flags->method)
		return duet_command_usage(invocation, "either --twin or --method says what is to be done");
	gmtime_r(&now, &tm);
	strftime(start, sizeof(start), "%FT%TZ", &tm);
	call.take_body = flags->twin ? twin_job(invocation, flags->twin) : method_job(invocation, flags);
	if (!call.take_body)
		return DUET_EXIT_USAGE;
	json_object_set_new(call.take_body, "jobId", json_string(invocation->arguments[0]));
	json_object_set_new(call.take_body, "queryCondition", json_string(flags->query));
	json_object_set_new(call.take_body, "startTime", json_string(flags->start ? flags->start : start));
	json_object_set_new(call.take_body, "maxExecutionTimeInSeconds",
			    json_integer(flags->timeout_ms / 1000));
	return duet_hub_do(invocation, &flags->hub, &call, NULL);
}

static const struct duet_command add_command = {
	.name = "add",
	.arguments = "JOB",
	.summary = "Schedule a change of twins or a method's call",
	.flags = add_flags,
	.flags_size = sizeof(struct job_flags),
	.run = add,
};

static const struct duet_flag show_flags[] = {HUB_FLAGS(struct job_flags, hub), HUB_END};

static void print_jobs(const json_t *list)
{
	static const struct duet_hub_column columns[] = {{"JOB", "jobId"},
							 {"TYPE", "type"},
							 {"STATUS", "status"},
							 {"START", "startTime"},
							 {"CONDITION", "queryCondition"}};

	duet_hub_print_table(stdout, list, columns, sizeof(columns) / sizeof(*columns));
}

static int list(const struct duet_invocation *invocation)
{
	const struct job_flags *flags = invocation->flags;
	struct duet_hub_call call = {.method = "GET", .path = "/jobs/v2/query"};

	return duet_hub_do(invocation, &flags->hub, &call, print_jobs);
}

static const struct duet_command list_command = {
	.name = "list",
	.summary = "List jobs",
	.flags = show_flags,
	.flags_size = sizeof(struct job_flags),
	.run = list,
};

static int show(const struct duet_invocation *invocation)
{
	const struct job_flags *flags = invocation->flags;
	const char *path = one(invocation, "/jobs/v2/%s");

	return path ? duet_hub_do(invocation, &flags->hub,
				  &(struct duet_hub_call){.method = "GET", .path = path}, NULL)
		    : DUET_EXIT_USAGE;
}

static const struct duet_command show_command = {
	.name = "show",
	.arguments = "JOB",
	.summary = "Show a job; `duet-hub query \"SELECT * FROM devices.jobs\"` shows what became of it for "
		   "each device",
	.flags = show_flags,
	.flags_size = sizeof(struct job_flags),
	.run = show,
};

static int cancel(const struct duet_invocation *invocation)
{
	const struct job_flags *flags = invocation->flags;
	const char *path = one(invocation, "/jobs/v2/%s/cancel");

	return path ? duet_hub_do(invocation, &flags->hub,
				  &(struct duet_hub_call){.method = "POST", .path = path}, NULL)
		    : DUET_EXIT_USAGE;
}

static const struct duet_command cancel_command = {
	.name = "cancel",
	.arguments = "JOB",
	.summary = "Cancel a job",
	.flags = show_flags,
	.flags_size = sizeof(struct job_flags),
	.run = cancel,
};

static const struct duet_command *const commands[] = {&add_command, &list_command, &show_command,
						      &cancel_command, NULL};

const struct duet_command duet_hub_job_command = {
	.name = "job",
	.summary = "Schedule, list, show and cancel jobs",
	.commands = commands,
};
