/* SPDX-License-Identifier: Apache-2.0 */
#include <openssl/rand.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "base/file.h"
#include "cmd/hub/hub.h"
#include "cmd/hub/hub_print.h"

/* Sends a message to a device's queue, and waits for what became of it when asked to. */

struct send_flags {
	struct duet_hub_where hub;
	struct duet_texts properties;
	const char *id, *correlation, *type, *encoding, *ack, *file;
	int expires_ms;
};

static const struct duet_flag flags_table[] = {
	HUB_FLAGS(struct send_flags, hub),
	HUB_FLAG_('p', "NAME=VALUE", "property", DUET_OPTION_TEXTS, struct send_flags, properties, NULL,
		  "A property of the application; may be given several times"),
	HUB_TEXT(0, "ID", "message-id", struct send_flags, id, "Its id; one is made up without it"),
	HUB_TEXT(0, "ID", "correlation-id", struct send_flags, correlation, "What it answers"),
	HUB_FLAG_(0, "TYPE", "content-type", DUET_OPTION_TEXT, struct send_flags, type, "text/plain",
		  "What the body is"),
	HUB_TEXT(0, "NAME", "content-encoding", struct send_flags, encoding,
		 "How the body's text is encoded"),
	HUB_FLAG_(0, "KIND", "ack", DUET_OPTION_TEXT, struct send_flags, ack, "none",
		  "Which feedback is wanted: none, positive, negative or full"),
	HUB_TIME("TIME", "expires", struct send_flags, expires_ms, "0",
		 "How long it waits; 0: as configured"),
	HUB_TEXT('f', "FILE", "file", struct send_flags, file, "The body is in this file"),
	HUB_END,
};

enum { MAX_HEADERS = 80, MAX_BODY = 64 << 10 };

struct headers {
	const char *lines[MAX_HEADERS + 1];
	size_t n;
};

static void add(const struct duet_invocation *invocation, struct headers *headers, const char *name,
		const char *value)
{
	if (value && headers->n < MAX_HEADERS)
		headers->lines[headers->n++] = duet_arena_printf(invocation->arena, "%s: %s", name, value);
}

static int add_properties(const struct duet_invocation *invocation, struct headers *headers)
{
	const struct send_flags *flags = invocation->flags;

	for (size_t i = 0; i < flags->properties.n_items; i++) {
		const char *item = flags->properties.items[i], *equals = strchr(item, '=');

		if (!equals || equals == item)
			return duet_command_usage(invocation, "--property is NAME=VALUE");
		add(invocation, headers,
		    duet_arena_printf(invocation->arena, "iothub-app-%.*s", (int)(equals - item), item),
		    equals + 1);
	}
	return DUET_EXIT_DONE;
}

/* A random UUID (RFC 4122, version 4), as the SDKs make one up; feedback names the message by it. */
static const char *new_id(const struct duet_invocation *invocation)
{
	unsigned char id[16];

	if (RAND_bytes(id, sizeof(id)) != 1)
		return NULL;
	id[6] = (unsigned char)((id[6] & 0x0f) | 0x40);
	id[8] = (unsigned char)((id[8] & 0x3f) | 0x80);
	return duet_arena_printf(invocation->arena,
				 "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x",
				 id[0], id[1], id[2], id[3], id[4], id[5], id[6], id[7], id[8], id[9], id[10],
				 id[11], id[12], id[13], id[14], id[15]);
}

static int fill_headers(const struct duet_invocation *invocation, struct headers *headers)
{
	const struct send_flags *flags = invocation->flags;
	char expiry[24];

	add(invocation, headers, "iothub-messageid", flags->id ? flags->id : new_id(invocation));
	add(invocation, headers, "iothub-correlationid", flags->correlation);
	add(invocation, headers, "iothub-contentencoding", flags->encoding);
	add(invocation, headers, "iothub-contenttype", flags->type);
	add(invocation, headers, "iothub-ack", strcmp(flags->ack, "none") == 0 ? NULL : flags->ack);
	snprintf(expiry, sizeof(expiry), "%lld", (long long)time(NULL) * 1000 + flags->expires_ms);
	add(invocation, headers, "iothub-expiry", flags->expires_ms ? expiry : NULL);
	return add_properties(invocation, headers);
}

static int send_message(const struct duet_invocation *invocation)
{
	const struct send_flags *flags = invocation->flags;
	struct headers headers = {0};
	struct duet_error error = {0};
	struct duet_hub_call call = {.method = "POST", .raw_type = flags->type, .headers = headers.lines};
	char *bytes = NULL;
	size_t n_bytes;
	int result;

	if (invocation->n_arguments != (flags->file ? 1 : 2))
		return duet_command_usage(invocation, "say which device and what: a text, or --file FILE");
	if (flags->file && duet_file_read(flags->file, MAX_BODY, &bytes, &n_bytes, &error) < 0)
		return duet_command_error(invocation, DUET_EXIT_USAGE, &error);
	call.raw = bytes ? bytes : invocation->arguments[1];
	call.raw_len = bytes ? n_bytes : strlen(call.raw);
	call.path = duet_hub_path(invocation, "/devices/%s/messages/deviceBound", invocation->arguments[0]);
	result = fill_headers(invocation, &headers);
	if (result == DUET_EXIT_DONE)
		result = duet_hub_do(invocation, &flags->hub, &call, NULL);
	duet_free(bytes);
	return result;
}

const struct duet_command duet_hub_send_command = {
	.name = "send",
	.arguments = "DEVICE [TEXT]",
	.summary = "Send a message to a device; it waits until the device has taken it",
	.flags = flags_table,
	.flags_size = sizeof(struct send_flags),
	.run = send_message,
};
