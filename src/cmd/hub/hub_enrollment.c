/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/file.h"
#include "cmd/hub/hub.h"
#include "cmd/hub/hub_print.h"
#include "net/sas.h"

/* Enrolments: which devices may register themselves. */

struct enrollment_flags {
	struct duet_hub_where hub;
	bool group, disabled;
	const char *device, *primary, *secondary, *certificate, *tags, *desired, *etag;
};

static const struct duet_flag show_flags[] = {
	HUB_FLAGS(struct enrollment_flags, hub),
	HUB_SWITCH('g', "group", struct enrollment_flags, group, "A group of devices instead of one"),
	HUB_END,
};

static const char *one(const struct duet_invocation *invocation)
{
	const struct enrollment_flags *flags = invocation->flags;

	if (invocation->n_arguments == 1)
		return duet_hub_path(invocation, flags->group ? "/enrollmentGroups/%s" : "/enrollments/%s",
				     invocation->arguments[0]);
	duet_command_usage(invocation, "say which enrolment");
	return NULL;
}

static const struct duet_flag add_flags[] = {
	HUB_FLAGS(struct enrollment_flags, hub),
	HUB_SWITCH('g', "group", struct enrollment_flags, group,
		   "A group: each device derives its key from the group's, or has a certificate that the "
		   "group's signed"),
	HUB_TEXT(0, "DEVICE", "device-id", struct enrollment_flags, device,
		 "What the device will be called; without it as its registration"),
	HUB_TEXT(0, "KEY", "primary", struct enrollment_flags, primary,
		 "The primary key; one is made up without it"),
	HUB_TEXT(0, "KEY", "secondary", struct enrollment_flags, secondary, "The secondary key"),
	HUB_TEXT(0, "FILE", "certificate", struct enrollment_flags, certificate,
		 "Certificates instead of keys: the device's own, PEM, or the one that signs a group's"),
	HUB_TEXT(0, "JSON", "tags", struct enrollment_flags, tags, "The twin's first tags"),
	HUB_TEXT(0, "JSON", "desired", struct enrollment_flags, desired,
		 "The twin's first desired properties"),
	HUB_SWITCH(0, "disabled", struct enrollment_flags, disabled, "Nobody may register by it yet"),
	HUB_END,
};

/* A device's own certificate is a client certificate, a group's a signing one. */
static json_t *certificate_attestation(const struct duet_invocation *invocation,
				       const struct enrollment_flags *flags)
{
	struct duet_error error = {0};
	json_t *attestation;
	char *bytes;
	size_t n_bytes;

	if (duet_file_read(flags->certificate, 1 << 20, &bytes, &n_bytes, &error) < 0) {
		duet_command_error(invocation, DUET_EXIT_USAGE, &error);
		return NULL;
	}
	attestation = json_pack("{s:s, s:{s:{s:{s:s%}}}}", "type", "x509", "x509",
				flags->group ? "signingCertificates" : "clientCertificates", "primary",
				"certificate", bytes, n_bytes);
	duet_free(bytes);
	return attestation;
}

static json_t *key_attestation(const struct enrollment_flags *flags)
{
	return json_pack("{s:s, s:{s:s, s:s}}", "type", "symmetricKey", "symmetricKey", "primaryKey",
			 flags->primary ? flags->primary : "", "secondaryKey",
			 flags->secondary ? flags->secondary : "");
}

static json_t *read_twin(const struct duet_invocation *invocation, const struct enrollment_flags *flags)
{
	json_t *tags = flags->tags ? duet_hub_read_json(invocation, flags->tags) : json_object();
	json_t *desired = flags->desired ? duet_hub_read_json(invocation, flags->desired) : json_object();

	if (tags && desired)
		return json_pack("{s:o, s:{s:o}}", "tags", tags, "properties", "desired", desired);
	json_decref(tags);
	json_decref(desired);
	return NULL;
}

static int add(const struct duet_invocation *invocation)
{
	const struct enrollment_flags *flags = invocation->flags;
	const char *path = one(invocation);
	struct duet_hub_call call = {.method = "PUT", .path = path};
	json_t *attestation, *twin;

	if (!path)
		return DUET_EXIT_USAGE;
	attestation =
		flags->certificate ? certificate_attestation(invocation, flags) : key_attestation(flags);
	twin = attestation ? read_twin(invocation, flags) : NULL;
	if (!twin) {
		json_decref(attestation);
		return DUET_EXIT_USAGE;
	}
	call.take_body = json_pack(
		"{s:s, s:o, s:s, s:o, s:s*}", flags->group ? "enrollmentGroupId" : "registrationId",
		invocation->arguments[0], "attestation", attestation, "provisioningStatus",
		flags->disabled ? "disabled" : "enabled", "initialTwin", twin, "deviceId", flags->device);
	return duet_hub_do(invocation, &flags->hub, &call, NULL);
}

static const struct duet_command add_command = {
	.name = "add",
	.arguments = "ENROLLMENT",
	.summary = "Let a device, or a group of them, register itself",
	.flags = add_flags,
	.flags_size = sizeof(struct enrollment_flags),
	.run = add,
};

static void print_enrollments(const json_t *list)
{
	static const struct duet_hub_column columns[] = {
		{"ENROLMENT", "registrationId"},          {"GROUP", "enrollmentGroupId"},
		{"ATTESTATION", "attestation.type"},      {"STATUS", "provisioningStatus"},
		{"DEVICE", "registrationState.deviceId"}, {"REGISTRATION", "registrationState.status"}};

	duet_hub_print_table(stdout, list, columns, sizeof(columns) / sizeof(*columns));
}

static int list(const struct duet_invocation *invocation)
{
	const struct enrollment_flags *flags = invocation->flags;
	struct duet_hub_call call = {.method = "POST",
				     .path = flags->group ? "/enrollmentGroups/query" : "/enrollments/query",
				     .take_body = json_pack("{s:s}", "query", "SELECT * FROM enrollments")};

	return duet_hub_do(invocation, &flags->hub, &call, print_enrollments);
}

static const struct duet_command list_command = {
	.name = "list",
	.summary = "List enrolments",
	.flags = show_flags,
	.flags_size = sizeof(struct enrollment_flags),
	.run = list,
};

static int show(const struct duet_invocation *invocation)
{
	const struct enrollment_flags *flags = invocation->flags;
	const char *path = one(invocation);

	return path ? duet_hub_do(invocation, &flags->hub,
				  &(struct duet_hub_call){.method = "GET", .path = path}, NULL)
		    : DUET_EXIT_USAGE;
}

static const struct duet_command show_command = {
	.name = "show",
	.arguments = "ENROLLMENT",
	.summary = "Show an enrolment",
	.flags = show_flags,
	.flags_size = sizeof(struct enrollment_flags),
	.run = show,
};

static int remove_one(const struct duet_invocation *invocation)
{
	const struct enrollment_flags *flags = invocation->flags;
	const char *path = one(invocation);
	struct duet_hub_call call = {.method = "DELETE", .path = path, .if_match = "*"};

	return path ? duet_hub_do(invocation, &flags->hub, &call, NULL) : DUET_EXIT_USAGE;
}

static const struct duet_command remove_command = {
	.name = "remove",
	.arguments = "ENROLLMENT",
	.summary = "Remove an enrolment; devices that registered by it stay",
	.flags = show_flags,
	.flags_size = sizeof(struct enrollment_flags),
	.run = remove_one,
};

static int derive(const struct duet_invocation *invocation)
{
	char key[128];

	if (invocation->n_arguments != 2)
		return duet_command_usage(invocation, "give the group's key and a registration id");
	if (duet_sas_derive(invocation->arguments[0], invocation->arguments[1], key, sizeof(key)) < 0)
		return duet_command_fail(invocation, DUET_EXIT_FAILED, "that is no key of a group");
	printf("%s\n", key);
	return DUET_EXIT_DONE;
}

static const struct duet_command derive_command = {
	.name = "derive-key",
	.arguments = "GROUP-KEY REGISTRATION",
	.summary = "Print the key that a device of a group has",
	.run = derive,
};

static const struct duet_command *const commands[] = {&add_command,    &list_command,   &show_command,
						      &remove_command, &derive_command, NULL};

const struct duet_command duet_hub_enrollment_command = {
	.name = "enrollment",
	.summary = "Add, list, show and remove enrolments of devices that register themselves",
	.commands = commands,
};
