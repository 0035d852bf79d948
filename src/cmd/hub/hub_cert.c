/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <time.h>

#include "base/alloc.h"
#include "base/file.h"
#include "cmd/hub/hub.h"
#include "cmd/hub/hub_connection.h"
#include "cmd/hub/hub_print.h"
#include "hub/config.h"
#include "hub/key/certificate.h"

/* The hub's certificates. They are files of its folder; a running hub takes a new one by itself. */

struct cert_flags {
	struct duet_hub_where hub;
	int days;
	const char *out, *hostname;
};

#define DIR_FLAG                                                                                             \
	HUB_FLAG_('d', "DIR", "dir", DUET_OPTION_PATH, struct cert_flags, hub.dir, NULL,                     \
		  "The hub's folder; else $DUET_HUB_DIR")

static int open_config(const struct duet_invocation *invocation, struct duet_hub_config **config)
{
	const struct cert_flags *flags = invocation->flags;
	struct duet_error error = {0};
	const char *dir = duet_hub_dir(&flags->hub, &error);

	if (dir && duet_hub_config_load(config, dir, &error) == 0)
		return DUET_EXIT_DONE;
	return duet_command_error(invocation, DUET_EXIT_CONFIG, &error);
}

static json_t *describe(const char *path, struct duet_error *error)
{
	struct duet_hub_certificate read;
	char *bytes, from[32], until[32];
	size_t n_bytes;
	struct tm tm;
	int code = duet_file_read(path, 1 << 20, &bytes, &n_bytes, error);

	if (code < 0)
		return NULL;
	code = duet_hub_certificate_parse(&read, (struct duet_slice){bytes, n_bytes});
	duet_free(bytes);
	if (code < 0) {
		duet_error_set(error, code, "no certificate in PEM or DER");
		duet_error_at(error, path, 0, 0);
		return NULL;
	}
	gmtime_r(&(time_t){read.not_before_s}, &tm);
	strftime(from, sizeof(from), "%FT%TZ", &tm);
	gmtime_r(&(time_t){read.not_after_s}, &tm);
	strftime(until, sizeof(until), "%FT%TZ", &tm);
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:s, s:s}", "file", path, "name",
			 read.common_name, "issuer", read.issuer, "names", read.names, "notBefore", from,
			 "notAfter", until, "daysLeft", (json_int_t)((read.not_after_s - time(NULL)) / 86400),
			 "sha1", read.sha1, "sha256", read.sha256);
}

static const struct duet_flag show_flags[] = {
	DIR_FLAG,
	HUB_SWITCH('j', "json", struct cert_flags, hub.json, "JSON for scripts"),
	HUB_END,
};

static int show_files(const struct duet_invocation *invocation, const char *const *paths, size_t n_paths)
{
	json_t *list = json_array();
	struct duet_error error = {0};

	for (size_t i = 0; i < n_paths; i++) {
		json_t *one = describe(paths[i], &error);

		if (!one) {
			json_decref(list);
			return duet_command_error(invocation, DUET_EXIT_FAILED, &error);
		}
		json_array_append_new(list, one);
	}
	duet_hub_print_json(stdout, list);
	json_decref(list);
	return DUET_EXIT_DONE;
}

static int show(const struct duet_invocation *invocation)
{
	struct duet_hub_config *config = NULL;
	int result;

	if (invocation->n_arguments > 0)
		return show_files(invocation, (const char *const *)invocation->arguments,
				  (size_t)invocation->n_arguments);
	result = open_config(invocation, &config);
	if (!config)
		return result;
	result = show_files(invocation, (const char *[]){config->tls.certificate, config->tls.ca}, 2);
	duet_hub_config_free(config);
	return result;
}

static const struct duet_command show_command = {
	.name = "show",
	.arguments = "[FILE…]",
	.summary = "Show names, thumbprints and validity of the hub's certificates, or of files",
	.flags = show_flags,
	.flags_size = sizeof(struct cert_flags),
	.run = show,
};

static const struct duet_flag renew_flags[] = {
	DIR_FLAG,
	HUB_NUMBER("N", "days", struct cert_flags, days, "397", 1, 3650, "How long it is valid"),
	HUB_TEXT(0, "NAME", "hostname", struct cert_flags, hostname, "Another name than the configuration's"),
	HUB_END,
};

static int renew(const struct duet_invocation *invocation)
{
	const struct cert_flags *flags = invocation->flags;
	struct duet_error error = {0};
	struct duet_hub_config *config = NULL;
	int result = open_config(invocation, &config);

	if (!config)
		return result;
	if (duet_hub_certificate_renew(config->dir, flags->hostname ? flags->hostname : config->hostname,
				       flags->days, &error) < 0)
		result = duet_command_error(invocation, DUET_EXIT_FAILED, &error);
	else
		result = show_files(invocation, &config->tls.certificate, 1);
	duet_hub_config_free(config);
	return result;
}

static const struct duet_command renew_command = {
	.name = "renew",
	.summary = "Make a new server certificate; a running hub takes it within seconds, clients notice "
		   "nothing",
	.flags = renew_flags,
	.flags_size = sizeof(struct cert_flags),
	.run = renew,
};

static const struct duet_flag issue_flags[] = {
	DIR_FLAG,
	HUB_NUMBER("N", "days", struct cert_flags, days, "365", 1, 3650, "How long it is valid"),
	HUB_FLAG_('o', "PREFIX", "out", DUET_OPTION_TEXT, struct cert_flags, out, NULL,
		  "Writes PREFIX.pem and PREFIX.key; without it NAME.pem and NAME.key"),
	HUB_END,
};

static int issue(const struct duet_invocation *invocation)
{
	const struct cert_flags *flags = invocation->flags;
	const char *name = invocation->arguments[0], *out = flags->out ? flags->out : name;
	struct duet_error error = {0};
	struct duet_hub_config *config = NULL;
	const char *certificate, *key;
	int result;

	if (invocation->n_arguments != 1)
		return duet_command_usage(invocation, "say for which device");
	result = open_config(invocation, &config);
	if (!config)
		return result;
	certificate = duet_arena_printf(invocation->arena, "%s.pem", out);
	key = duet_arena_printf(invocation->arena, "%s.key", out);
	if (!certificate || !key ||
	    duet_hub_certificate_issue(config->dir, name, flags->days, certificate, key, &error) < 0)
		result = duet_command_error(invocation, DUET_EXIT_FAILED, &error);
	else
		result = show_files(invocation, &certificate, 1);
	duet_hub_config_free(config);
	return result;
}

static const struct duet_command issue_command = {
	.name = "issue",
	.arguments = "NAME",
	.summary = "Make a client certificate for a device, signed by the hub's authority",
	.flags = issue_flags,
	.flags_size = sizeof(struct cert_flags),
	.run = issue,
};

static const struct duet_command *const commands[] = {&show_command, &renew_command, &issue_command, NULL};

const struct duet_command duet_hub_cert_command = {
	.name = "cert",
	.summary = "Show and renew the hub's certificate, make ones for devices",
	.commands = commands,
};
