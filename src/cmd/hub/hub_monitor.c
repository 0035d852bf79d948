/* SPDX-License-Identifier: Apache-2.0 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cmd/hub/hub.h"
#include "cmd/hub/hub_print.h"
#include "net/url.h"

/* What devices send, while they send it. */

struct monitor_flags {
	struct duet_hub_where hub;
	const char *device, *module, *source, *where, *from;
	int count, timeout_ms;
	bool properties;
};

static const struct duet_flag flags_table[] = {
	HUB_FLAGS(struct monitor_flags, hub),
	HUB_TEXT('D', "DEVICE", "device", struct monitor_flags, device,
		 "Of this device only; kitchen* stands for several"),
	HUB_TEXT('m', "MODULE", "module", struct monitor_flags, module, "Of this module only"),
	HUB_TEXT('s', "SOURCE", "source", struct monitor_flags, source,
		 "deviceConnectionStateEvents, deviceLifecycleEvents, twinChangeEvents or all in place of "
		 "Telemetry"),
	HUB_TEXT('w', "CONDITION", "where", struct monitor_flags, where,
		 "As of a route: \"alert = 'true' AND $body.temperature > 30\""),
	HUB_FLAG_(0, "PLACE", "from", DUET_OPTION_TEXT, struct monitor_flags, from, "next",
		  "Where to begin: next, first, or an event's number"),
	HUB_NUMBER("N", "count", struct monitor_flags, count, "0", 0, 1000000000,
		   "End after N events; 0: never"),
	HUB_TIME("TIME", "timeout", struct monitor_flags, timeout_ms, "0",
		 "End when nothing came for so long; 0: never"),
	HUB_SWITCH('P', "properties", struct monitor_flags, properties, "Show properties too"),
	HUB_END,
};

enum { WAIT_S = 20, PAGE = 500 };

static volatile sig_atomic_t ended;

static void end(int signum)
{
	ended = 1;
}

/* A device keeps its colour. */
static const char *colour_of(const char *device)
{
	static const char *const colours[] = {"\033[32m", "\033[33m", "\033[34m", "\033[35m", "\033[36m"};
	unsigned hash = 5381;

	for (; *device; device++)
		hash = hash * 33 + (unsigned char)*device;
	return duet_hub_colour(stdout, colours[hash % 5]);
}

static void print_event(const json_t *event, bool properties)
{
	char time[40], device[300], module[300], source[64], body[4096], more[2048], system[1024];
	const char *plain = duet_hub_colour(stdout, "\033[0m"), *dim = duet_hub_colour(stdout, "\033[2m");

	duet_hub_member_text(event, "enqueuedTime", time, sizeof(time));
	duet_hub_member_text(event, "deviceId", device, sizeof(device));
	duet_hub_member_text(event, "moduleId", module, sizeof(module));
	duet_hub_member_text(event, "source", source, sizeof(source));
	duet_hub_member_text(event, "body", body, sizeof(body));
	printf("%s%s%s %s%s%s%s%s %s", dim, time, plain, colour_of(device), device, module[0] ? "/" : "",
	       module, plain, body);
	if (strcmp(source, "Telemetry") != 0)
		printf(" %s(%s)%s", dim, source, plain);
	if (properties)
		printf(" %s%s %s%s", dim,
		       duet_hub_member_text(event, "systemProperties", system, sizeof(system)),
		       duet_hub_member_text(event, "properties", more, sizeof(more)), plain);
	putchar('\n');
}

static bool add(struct duet_text *path, const char *name, const char *value)
{
	char encoded[4096];
	long n = value ? duet_url_encode(duet_slice(value), encoded, sizeof(encoded)) : 0;

	return !value || (n >= 0 && duet_text_printf(path, "&%s=%.*s", name, (int)n, encoded) == 0);
}

static int fetch(struct duet_hub_client *client, const struct monitor_flags *flags, const char *from,
		 json_t **page)
{
	struct duet_text path;
	int result = DUET_EXIT_FAILED;

	duet_text_init(&path, 16384);
	if (duet_text_printf(&path, "/messages/events?from=%s&wait=%d&max=%d", from, WAIT_S, PAGE) == 0 &&
	    add(&path, "device", flags->device) && add(&path, "module", flags->module) &&
	    add(&path, "source", flags->source) && add(&path, "where", flags->where))
		result = duet_hub_fetch(
			client,
			&(struct duet_hub_call){.method = "GET", .path = path.ptr, .timeout_s = WAIT_S + 30},
			page);
	duet_text_done(&path);
	return result;
}

static int print_page(const struct monitor_flags *flags, const json_t *page, int n_before)
{
	const json_t *events = json_object_get(page, "events");
	json_int_t missed = json_integer_value(json_object_get(page, "missed"));
	int n = 0;

	if (missed > 0)
		fprintf(stderr, "%lld events were thrown away before they were read\n", (long long)missed);
	for (size_t i = 0; i < json_array_size(events) && (!flags->count || n_before + n < flags->count);
	     i++, n++) {
		if (flags->hub.json)
			duet_hub_print_line(stdout, json_array_get(events, i));
		else
			print_event(json_array_get(events, i), flags->properties);
	}
	fflush(stdout);
	return n;
}

static int follow(struct duet_hub_client *client, const struct monitor_flags *flags)
{
	int result = DUET_EXIT_DONE, n = 0, quiet_s = 0;
	char from[32];

	snprintf(from, sizeof(from), "%s", flags->from);
	while (!ended && result == DUET_EXIT_DONE && (!flags->count || n < flags->count)) {
		json_t *page = NULL;
		int before = n;

		result = fetch(client, flags, from, &page);
		if (result == DUET_EXIT_DONE) {
			n += print_page(flags, page, n);
			snprintf(from, sizeof(from), "%lld",
				 (long long)json_integer_value(json_object_get(page, "next")));
		}
		json_decref(page);
		quiet_s = n == before ? quiet_s + WAIT_S : 0;
		if (flags->timeout_ms && quiet_s * 1000 >= flags->timeout_ms)
			break;
	}
	return ended ? DUET_EXIT_DONE : result;
}

static int monitor(const struct duet_invocation *invocation)
{
	const struct monitor_flags *flags = invocation->flags;
	struct duet_hub_client *client;
	int result;

	client = duet_hub_client_open(invocation, &flags->hub, &result);
	if (!client)
		return result;
	signal(SIGINT, end);
	if (!flags->hub.json)
		fprintf(stderr, "What devices send (Ctrl-C ends):\n");
	result = follow(client, flags);
	duet_hub_client_close(client);
	return result;
}

const struct duet_command duet_hub_monitor_command = {
	.name = "monitor",
	.summary = "Watch what devices send, live",
	.description = "Prints events as they become durable, one a line. Many may watch at once; nobody "
		       "takes anything "
		       "away from another.",
	.flags = flags_table,
	.flags_size = sizeof(struct monitor_flags),
	.run = monitor,
};
