/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/hub/hub.h"

/* Twins of devices and modules. */

struct twin_flags {
	struct duet_hub_where hub;
	const char *desired, *tags, *etag;
};

/* DEVICE [MODULE] */
static const char *one_twin(const struct duet_invocation *invocation)
{
	char *const *words = invocation->arguments;

	if (invocation->n_arguments == 1)
		return duet_hub_path(invocation, "/twins/%s", words[0]);
	if (invocation->n_arguments == 2)
		return duet_hub_path(invocation, "/twins/%s/modules/%s", words[0], words[1]);
	duet_command_usage(invocation, "say which device, and perhaps which module");
	return NULL;
}

static const struct duet_flag show_flags[] = {HUB_FLAGS(struct twin_flags, hub), HUB_END};

static int show(const struct duet_invocation *invocation)
{
	const struct twin_flags *flags = invocation->flags;
	const char *path = one_twin(invocation);
	struct duet_hub_call call = {.method = "GET", .path = path};

	return path ? duet_hub_do(invocation, &flags->hub, &call, NULL) : DUET_EXIT_USAGE;
}

static const struct duet_command show_command = {
	.name = "show",
	.arguments = "DEVICE [MODULE]",
	.summary = "Show a twin: tags, desired and reported properties",
	.flags = show_flags,
	.flags_size = sizeof(struct twin_flags),
	.run = show,
};

static const struct duet_flag update_flags[] = {
	HUB_FLAGS(struct twin_flags, hub),
	HUB_TEXT(0, "JSON", "desired", struct twin_flags, desired,
		 "What is merged into the desired properties; null "
		 "removes; @FILE reads a file"),
	HUB_TEXT(0, "JSON", "tags", struct twin_flags, tags, "What is merged into the tags"),
	HUB_FLAG_(0, "ETAG", "etag", DUET_OPTION_TEXT, struct twin_flags, etag, "*",
		  "Only when the twin has not changed since"),
	HUB_END,
};

/* {"tags": …, "properties": {"desired": …}}; NULL: it said what is wrong. */
static json_t *read_patch(const struct duet_invocation *invocation)
{
	const struct twin_flags *flags = invocation->flags;
	json_t *patch = json_object(), *part;

	if (flags->desired) {
		part = duet_hub_read_json(invocation, flags->desired);
		json_object_set_new(patch, "properties", part ? json_pack("{s:o}", "desired", part) : NULL);
	}
	if (flags->tags)
		json_object_set_new(patch, "tags", duet_hub_read_json(invocation, flags->tags));
	if (json_object_size(patch) == (size_t)(flags->desired != NULL) + (flags->tags != NULL))
		return patch;
	json_decref(patch);
	return NULL;
}

static int change(const struct duet_invocation *invocation, const char *method)
{
	const struct twin_flags *flags = invocation->flags;
	const char *path = one_twin(invocation);
	struct duet_hub_call call = {.method = method, .path = path, .if_match = flags->etag};

	if (!path)
		return DUET_EXIT_USAGE;
	if (!flags->desired && !flags->tags)
		return duet_command_usage(invocation, "--desired or --tags says what becomes different");
	call.take_body = read_patch(invocation);
	return call.take_body ? duet_hub_do(invocation, &flags->hub, &call, NULL) : DUET_EXIT_USAGE;
}

static int update(const struct duet_invocation *invocation)
{
	return change(invocation, "PATCH");
}

static int replace(const struct duet_invocation *invocation)
{
	return change(invocation, "PUT");
}

static const struct duet_command update_command = {
	.name = "update",
	.arguments = "DEVICE [MODULE]",
	.summary = "Merge into the tags and desired properties of a twin",
	.flags = update_flags,
	.flags_size = sizeof(struct twin_flags),
	.run = update,
};

static const struct duet_command replace_command = {
	.name = "replace",
	.arguments = "DEVICE [MODULE]",
	.summary = "Replace the tags and desired properties of a twin",
	.flags = update_flags,
	.flags_size = sizeof(struct twin_flags),
	.run = replace,
};

static const struct duet_command *const commands[] = {&show_command, &update_command, &replace_command, NULL};

const struct duet_command duet_hub_twin_command = {
	.name = "twin",
	.summary = "Show and change the twins of devices and modules",
	.commands = commands,
};
