/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/value/event_json.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "base/text.h"
#include "hub/value/bag.h"

static const struct {
	const char *key, *name;
} system_names[] = {
	{"$.mid", "messageId"},      {"$.cid", "correlationId"},
	{"$.uid", "userId"},         {"$.to", "to"},
	{"$.exp", "expiryTimeUtc"},  {"$.ct", "contentType"},
	{"$.ce", "contentEncoding"}, {"$.ifid", "inputName"},
	{"$.on", "outputName"},      {"$.ctime", "creationTimeUtc"},
};

static const char *const auths[DUET_HUB_N_EVENT_AUTHS] = {
	[DUET_HUB_AUTH_UNKNOWN] = "none",
	[DUET_HUB_AUTH_SAS_DEVICE] = "sas",
	[DUET_HUB_AUTH_SAS_HUB] = "policy",
	[DUET_HUB_AUTH_THUMBPRINT] = "x509Thumbprint",
	[DUET_HUB_AUTH_CA] = "x509CertificateAuthority",
};

void duet_hub_event_time(int64_t ms, char text[32])
{
	time_t seconds = (time_t)(ms / 1000);
	struct tm tm;
	size_t len;

	gmtime_r(&seconds, &tm);
	len = strftime(text, 32, "%FT%T", &tm);
	snprintf(text + len, 32 - len, ".%03dZ", (int)(ms % 1000));
}

static const char *system_name(struct duet_slice key)
{
	for (size_t i = 0; i < sizeof(system_names) / sizeof(*system_names); i++)
		if (duet_slice_equal(key, duet_slice(system_names[i].key)))
			return system_names[i].name;
	return NULL;
}

static json_t *text_of(struct duet_slice text)
{
	return text.ptr ? json_stringn(text.ptr, text.len) : json_null();
}

/* Properties of the application and of the system, each in its object. */
static void add_properties(json_t *json, struct duet_slice properties)
{
	json_t *own = json_object(), *system = json_object();
	struct duet_hub_bag bag;

	if (duet_hub_bag_parse(&bag, properties) < 0)
		bag.n_items = 0;
	for (size_t i = 0; i < bag.n_items; i++) {
		struct duet_slice key = bag.items[i].key;
		const char *name = system_name(key);

		if (name)
			json_object_set_new(system, name, text_of(bag.items[i].value));
		else
			json_object_setn_new(own, key.ptr, key.len, text_of(bag.items[i].value));
	}
	json_object_set_new(json, "systemProperties", system);
	json_object_set_new(json, "properties", own);
}

static json_t *encode(struct duet_slice body)
{
	size_t size = (body.len + 2) / 3 * 4 + 1;
	unsigned char *text = duet_alloc(size);
	json_t *json;
	int n;

	if (!text)
		return NULL;
	n = EVP_EncodeBlock(text, (const unsigned char *)body.ptr, (int)body.len);
	json = json_stringn((const char *)text, (size_t)n);
	duet_free(text);
	return json;
}

static void add_body(json_t *json, struct duet_slice body)
{
	const char *type = "json";
	json_t *value = json_loadb(body.ptr, body.len, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);

	if (!value && duet_text_valid(body)) {
		value = json_stringn(body.ptr ? body.ptr : "", body.len);
		type = "text";
	}
	if (!value) {
		value = encode(body);
		type = "base64";
	}
	json_object_set_new(json, "bodyType", json_string(type));
	json_object_set_new(json, "body", value);
}

json_t *duet_hub_event_json(const struct duet_hub_event *event, uint64_t number)
{
	char time[32];
	json_t *json = json_object();

	if (!json)
		return NULL;
	duet_hub_event_time(event->enqueued_ms, time);
	if (number)
		json_object_set_new(json, "number", json_integer((json_int_t)number));
	json_object_set_new(json, "enqueuedTime", json_string(time));
	json_object_set_new(json, "source", json_string(duet_hub_event_source_name(event->source)));
	json_object_set_new(json, "deviceId", text_of(event->device));
	if (event->module.len)
		json_object_set_new(json, "moduleId", text_of(event->module));
	json_object_set_new(json, "auth", json_string(auths[event->auth]));
	add_properties(json, event->properties);
	add_body(json, event->body);
	return json;
}
