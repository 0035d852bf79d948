/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/clock.h"
#include "hub/hub.h"
#include "hub/log/log.h"
#include "hub/service/service_table.h"
#include "hub/value/condition.h"
#include "hub/value/event_json.h"
#include "loop/loop.h"

/*
 * Reading telemetry over REST, an extension: GET /messages/events answers with
 * what is in the log from a place on, and waits for more when there is nothing
 * yet.
 */

enum {
	MAX_EVENTS = 1000,
	MAX_BYTES = 4 << 20,
	MAX_WAIT_S = 60,
	LOOK_MS = 50,
	MAX_LOOKED = 2000,
	MAX_AT_ONCE = 64
};

static atomic_int n_reading;

struct reading {
	struct duet_hub_request *request;
	struct duet_hub_reader *reader;
	struct duet_hub_condition *condition;
	struct duet_timer *timer;
	const char *device, *module; /* NULL: any; a device may end with a star */
	json_t *events;
	size_t bytes;
	int64_t until_ms; /* monotonic */
	int max, source;  /* -1: all sources */
};

static void done(struct reading *reading)
{
	duet_timer_free(reading->timer);
	duet_hub_reader_free(reading->reader);
	duet_hub_condition_free(reading->condition);
	json_decref(reading->events);
	duet_free(reading);
	atomic_fetch_sub(&n_reading, 1);
}

static void answer(struct reading *reading)
{
	duet_hub_reply_json(reading->request, 200,
			    json_pack("{s:O, s:I, s:I}", "events", reading->events, "next",
				      (json_int_t)duet_hub_reader_place(reading->reader), "missed",
				      (json_int_t)duet_hub_reader_missed(reading->reader)));
	done(reading);
}

static bool is_named(struct duet_slice name, const char *wanted)
{
	size_t n;

	if (!wanted)
		return true;
	n = strlen(wanted);
	if (n > 0 && wanted[n - 1] == '*')
		return name.len >= n - 1 && memcmp(name.ptr, wanted, n - 1) == 0;
	return duet_slice_equal(name, duet_slice(wanted));
}

static bool is_wanted(const struct reading *reading, const struct duet_hub_event *event)
{
	return (reading->source < 0 || reading->source == (int)event->source) &&
	       is_named(event->device, reading->device) && is_named(event->module, reading->module) &&
	       duet_hub_condition_holds(reading->condition, event);
}

static bool is_full(const struct reading *reading)
{
	return (int)json_array_size(reading->events) >= reading->max || reading->bytes > MAX_BYTES;
}

/* Looks at some events, not so many that others on this loop would notice; true: at the log's end. */
static bool look(struct reading *reading)
{
	struct duet_hub_event event;
	uint64_t number;

	for (int i = 0; i < MAX_LOOKED && !is_full(reading); i++) {
		int code = duet_hub_reader_next(reading->reader, &event, &number);

		if (code == 0)
			return true;
		if (code < 0 || !is_wanted(reading, &event))
			continue;
		reading->bytes += event.body.len * 2 + event.properties.len;
		json_array_append_new(reading->events, duet_hub_event_json(&event, number));
	}
	return false;
}

static void step(void *user)
{
	struct reading *reading = user;
	struct duet_hub_loop *loop = reading->request->loop;
	bool at_end = look(reading), any = json_array_size(reading->events) > 0;

	if (is_full(reading) ||
	    (at_end && (any || duet_hub_draining(loop->hub) ||
			duet_clock_mono_ms(duet_loop_clock(loop->loop)) >= reading->until_ms)))
		answer(reading);
	else
		duet_timer_set(reading->timer, at_end ? LOOK_MS : 0);
}

static long number_of(struct duet_hub_request *request, const char *name, long otherwise, long most)
{
	const char *text = duet_hub_request_query(request, name);
	long number = text ? strtol(text, NULL, 10) : otherwise;

	return number < 0 ? 0 : number > most ? most : number;
}

/* "first", "next" or a number. */
static int read_place(struct duet_hub_request *request, uint64_t *from)
{
	const char *text = duet_hub_request_query(request, "from");
	char *end;

	*from = DUET_HUB_FROM_NEXT;
	if (!text || strcmp(text, "next") == 0)
		return 0;
	if (strcmp(text, "first") == 0) {
		*from = DUET_HUB_FROM_FIRST;
		return 0;
	}
	*from = strtoull(text, &end, 10);
	if (text[0] >= '0' && text[0] <= '9' && *end == '\0')
		return 0;
	return duet_hub_fault_set(&request->fault, DUET_HUB_FAULT_ARGUMENT_INVALID,
				  "from must be first, next or the number of an event");
}

static int read_condition(struct reading *reading)
{
	const char *where = duet_hub_request_query(reading->request, "where");
	struct duet_error error = {0};
	int code = where ? duet_hub_condition_compile(&reading->condition, where, &error) : 0;

	if (code == -EINVAL)
		return duet_hub_fault_set(&reading->request->fault, DUET_HUB_FAULT_ARGUMENT_INVALID,
					  "where, column %d: %s", error.column, error.what);
	return code;
}

static int read_source(struct reading *reading)
{
	const char *name = duet_hub_request_query(reading->request, "source");

	reading->source = name ? duet_hub_event_source_find(name) : DUET_HUB_TELEMETRY;
	if (reading->source != -EINVAL)
		return 0;
	return duet_hub_fault_set(&reading->request->fault, DUET_HUB_FAULT_ARGUMENT_INVALID,
				  "source must be Telemetry, twinChangeEvents, deviceLifecycleEvents, "
				  "deviceConnectionStateEvents, deviceJobLifecycleEvents or all");
}

static int begin(struct reading *reading)
{
	struct duet_hub_request *request = reading->request;
	struct duet_hub_loop *loop = request->loop;
	uint64_t from;
	int code = read_place(request, &from);

	if (code == 0)
		code = read_source(reading);
	if (code == 0)
		code = read_condition(reading);
	if (code == 0)
		code = duet_hub_reader_new(&reading->reader, duet_hub_log(loop->hub), NULL, from, NULL);
	if (code < 0)
		return code;
	reading->device = duet_hub_request_query(request, "device");
	reading->module = duet_hub_request_query(request, "module");
	reading->max = (int)number_of(request, "max", 100, MAX_EVENTS);
	reading->max = reading->max ? reading->max : 1;
	reading->until_ms = duet_clock_mono_ms(duet_loop_clock(loop->loop)) +
			    number_of(request, "wait", 0, MAX_WAIT_S) * 1000;
	reading->events = json_array();
	reading->timer = duet_timer_new(loop->loop, step, reading);
	return reading->events && reading->timer ? 0 : -ENOMEM;
}

static int read_events(struct duet_hub_request *request)
{
	struct reading *reading = duet_calloc(1, sizeof(*reading));
	int code;

	if (!reading)
		return -ENOMEM;
	reading->request = request;
	if (atomic_fetch_add(&n_reading, 1) >= MAX_AT_ONCE)
		code = duet_hub_fault_set(&request->fault, DUET_HUB_FAULT_THROTTLED,
					  "%d clients read telemetry already; a route reads more",
					  MAX_AT_ONCE);
	else
		code = begin(reading);
	if (code < 0)
		done(reading);
	else
		step(reading);
	return code;
}

const struct duet_hub_route duet_hub_monitor_routes[] = {
	{"GET", "/messages/events", "readEvents", DUET_HUB_AUTH_POLICY, DUET_HUB_SERVICE_CONNECT, false,
	 false, read_events},
	{0},
};
