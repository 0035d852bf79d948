/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/outlet/outlet_batch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "base/log.h"
#include "hub/value/event_json.h"

enum { MAX_BYTES = 4 << 20, MAX_LOOKED = 5000, TOPIC_SIZE = 400 };

int64_t duet_hub_batch_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int duet_hub_batch_init(struct duet_hub_batch *batch, int max_parcels)
{
	*batch = (struct duet_hub_batch){.max_parcels = (size_t)max_parcels};
	batch->parcels = duet_calloc(batch->max_parcels, sizeof(*batch->parcels));
	return batch->parcels ? 0 : -ENOMEM;
}

void duet_hub_batch_done(struct duet_hub_batch *batch)
{
	duet_hub_batch_drop(batch, batch->n_parcels);
	duet_free(batch->parcels);
}

static void free_parcel(struct duet_hub_parcel *parcel)
{
	free((char *)(uintptr_t)parcel->json); /* jansson's */
	duet_free((char *)(uintptr_t)parcel->topic);
}

void duet_hub_batch_drop(struct duet_hub_batch *batch, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		batch->bytes -= batch->parcels[i].json_len;
		free_parcel(&batch->parcels[i]);
	}
	if (batch->parcels)
		memmove(batch->parcels, batch->parcels + n, (batch->n_parcels - n) * sizeof(*batch->parcels));
	batch->n_parcels -= n;
}

/* The topic's text also holds the names: "devices/d/modules/m/messages/events". */
static bool copy_names(struct duet_hub_parcel *parcel, const struct duet_hub_event *event)
{
	char topic[TOPIC_SIZE], *copy;
	size_t at = strlen("devices/");
	int n = snprintf(topic, sizeof(topic), "devices/%.*s%s%.*s/messages/events", (int)event->device.len,
			 event->device.ptr, event->module.len ? "/modules/" : "", (int)event->module.len,
			 event->module.len ? event->module.ptr : "");

	if (n < 0 || n >= (int)sizeof(topic))
		return false;
	copy = duet_strdup(topic);
	if (!copy)
		return false;
	parcel->topic = copy;
	parcel->device = (struct duet_slice){copy + at, event->device.len};
	at += event->device.len + (event->module.len ? strlen("/modules/") : 0);
	parcel->module = (struct duet_slice){copy + at, event->module.len};
	return true;
}

static bool pack(struct duet_hub_parcel *parcel, const struct duet_hub_event *event, uint64_t number)
{
	json_t *json = duet_hub_event_json(event, number);

	*parcel = (struct duet_hub_parcel){
		.number = number, .source = event->source, .enqueued_ms = event->enqueued_ms};
	parcel->json = json ? json_dumps(json, JSON_COMPACT) : NULL;
	json_decref(json);
	if (parcel->json)
		parcel->json_len = strlen(parcel->json);
	if (parcel->json && copy_names(parcel, event))
		return true;
	free_parcel(parcel);
	return false;
}

void duet_hub_batch_fill(struct duet_hub_batch *batch, struct duet_hub_reader *reader,
			 const struct duet_hub_outlet_route *route)
{
	struct duet_hub_event event;
	uint64_t number;

	for (int i = 0; i < MAX_LOOKED && batch->n_parcels < batch->max_parcels && batch->bytes < MAX_BYTES;
	     i++) {
		struct duet_hub_parcel *parcel = &batch->parcels[batch->n_parcels];
		int code = duet_hub_reader_next(reader, &event, &number);

		if (code == 0)
			return;
		if (code < 0 || !duet_hub_outlet_route_takes(route, &event))
			continue;
		if (!pack(parcel, &event, number)) { /* out of memory: later again */
			duet_hub_reader_seek(reader, number);
			return;
		}
		batch->bytes += parcel->json_len;
		batch->n_parcels++;
	}
}
