/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/hub/hub_identity.h"

#include <stdio.h>
#include <string.h>

#include "cmd/hub/hub_print.h"

enum { PAGE = 1000 };

json_t *duet_hub_identity_body(const struct duet_invocation *invocation,
			       const struct duet_hub_new_identity *made)
{
	const char *status = made->disabled ? "disabled" : "enabled";
	const char *primary = made->primary, *secondary = made->secondary;

	if (strcmp(made->auth, "shared_key") == 0)
		return json_pack("{s:s, s:{s:s, s:{s:s, s:s}}}", "status", status, "authentication", "type",
				 "sas", "symmetricKey", "primaryKey", primary ? primary : "", "secondaryKey",
				 secondary ? secondary : "");
	if (strcmp(made->auth, "x509_ca") == 0)
		return json_pack("{s:s, s:{s:s}}", "status", status, "authentication", "type",
				 "certificateAuthority");
	if (strcmp(made->auth, "x509_thumbprint") == 0 && primary)
		return json_pack("{s:s, s:{s:s, s:{s:s, s:s}}}", "status", status, "authentication", "type",
				 "selfSigned", "x509Thumbprint", "primaryThumbprint", primary,
				 "secondaryThumbprint", secondary ? secondary : primary);
	if (strcmp(made->auth, "x509_thumbprint") == 0)
		duet_command_usage(invocation, "--primary says the certificate's thumbprint");
	else
		duet_command_usage(invocation, "--auth is shared_key, x509_thumbprint or x509_ca");
	return NULL;
}

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

const char *duet_hub_identity_string(const struct duet_invocation *invocation, const char *hostname,
				     const json_t *identity, bool secondary)
{
	const json_t *keys = json_object_get(json_object_get(identity, "authentication"), "symmetricKey");
	const char *key = text_of(keys, secondary ? "secondaryKey" : "primaryKey");
	const char *module = text_of(identity, "moduleId");

	return duet_arena_printf(invocation->arena, "HostName=%s;DeviceId=%s%s%s;%s%s", hostname,
				 text_of(identity, "deviceId"), module[0] ? ";ModuleId=" : "", module,
				 key[0] ? "SharedAccessKey=" : "x509=true", key);
}

static void print_string(const char *string, bool json)
{
	json_t *shown = json ? json_pack("{s:s}", "connectionString", string) : NULL;

	if (shown)
		duet_hub_print_line(stdout, shown);
	else
		printf("%s\n", string);
	json_decref(shown);
}

int duet_hub_identity_show_string(const struct duet_invocation *invocation,
				  const struct duet_hub_where *where, const char *path, bool secondary)
{
	const char *string = NULL;
	json_t *identity = NULL;
	int result = DUET_EXIT_USAGE;
	struct duet_hub_client *client = path ? duet_hub_client_open(invocation, where, &result) : NULL;

	if (!client)
		return result;
	result = duet_hub_fetch(client, &(struct duet_hub_call){.method = "GET", .path = path}, &identity);
	if (result == DUET_EXIT_DONE) {
		string = duet_hub_identity_string(invocation, duet_hub_client_hostname(client), identity,
						  secondary);
		if (string)
			print_string(string, where->json);
		else
			result = DUET_EXIT_FAILED;
	}
	json_decref(identity);
	duet_hub_client_close(client);
	return result;
}

static int put_back(struct duet_hub_client *client, const char *path, json_t *identity, json_t **body)
{
	char etag[160];
	struct duet_hub_call put = {.method = "PUT", .path = path, .take_body = identity, .if_match = etag};

	snprintf(etag, sizeof(etag), "%s", text_of(identity, "etag"));
	return duet_hub_fetch(client, &put, body);
}

int duet_hub_identity_change(const struct duet_invocation *invocation, const struct duet_hub_where *where,
			     const char *path, int (*change)(void *user, json_t *identity), void *user,
			     duet_hub_show *show)
{
	json_t *identity = NULL, *after = NULL;
	int result = DUET_EXIT_FAILED;
	struct duet_hub_client *client = path ? duet_hub_client_open(invocation, where, &result) : NULL;

	if (!client)
		return result;
	result = duet_hub_fetch(client, &(struct duet_hub_call){.method = "GET", .path = path}, &identity);
	if (result == DUET_EXIT_DONE && change(user, identity) < 0)
		result = DUET_EXIT_FAILED;
	if (result == DUET_EXIT_DONE) {
		result = put_back(client, path, identity, &after);
		identity = NULL;
	}
	if (result == DUET_EXIT_DONE && !where->json && show)
		show(after);
	else if (result == DUET_EXIT_DONE)
		duet_hub_print_json(stdout, after);
	json_decref(identity);
	json_decref(after);
	duet_hub_client_close(client);
	return result;
}

static int fetch_page(struct duet_hub_client *client, const char *query, int n_wanted, char *continuation,
		      size_t size, json_t *rows)
{
	char max[64], more[2200];
	const char *headers[] = {max, continuation[0] ? more : NULL, NULL};
	struct duet_hub_answer answer;
	int result;

	snprintf(max, sizeof(max), "x-ms-max-item-count: %d", n_wanted < PAGE ? n_wanted : PAGE);
	snprintf(more, sizeof(more), "x-ms-continuation: %s", continuation);
	result = duet_hub_client_call(client,
				      &(struct duet_hub_call){.method = "POST",
							      .path = "/devices/query",
							      .take_body = json_pack("{s:s}", "query", query),
							      .headers = headers},
				      &answer);
	if (result == DUET_EXIT_DONE && answer.status >= 300)
		result = duet_hub_client_refuse(client, &answer);
	if (result == DUET_EXIT_DONE)
		json_array_extend(rows, answer.body);
	snprintf(continuation, size, "%s", answer.continuation);
	duet_hub_answer_done(&answer);
	return result;
}

int duet_hub_query_all(struct duet_hub_client *client, const char *query, int top, json_t **rows)
{
	char continuation[2048] = "";
	int result;

	*rows = json_array();
	do {
		int left = top ? top - (int)json_array_size(*rows) : PAGE;

		result = fetch_page(client, query, left, continuation, sizeof(continuation), *rows);
	} while (result == DUET_EXIT_DONE && continuation[0] && (!top || (int)json_array_size(*rows) < top));
	return result;
}
