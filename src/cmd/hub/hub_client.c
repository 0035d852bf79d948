/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/hub/hub_client.h"

#include <curl/curl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/text.h"
#include "cmd/hub/hub_connection.h"
#include "cmd/hub/hub_print.h"
#include "net/sas.h"
#include "net/url.h"

enum { MAX_ANSWER = 64 << 20, TOKEN_S = 3600, TIMEOUT_S = 60, CONNECT_S = 10 };

struct duet_hub_client {
	const struct duet_invocation *invocation;
	struct duet_hub_connection connection;
	CURL *curl;
	char authorization[DUET_SAS_MAX + 32];
};

struct duet_hub_client *duet_hub_client_open(const struct duet_invocation *invocation,
					     const struct duet_hub_where *where, int *exit_code)
{
	struct duet_hub_client *client = duet_calloc(1, sizeof(*client));
	struct duet_error error = {0};
	char token[DUET_SAS_MAX];
	int code;

	*exit_code = DUET_EXIT_FAILED;
	if (!client)
		return NULL;
	client->invocation = invocation;
	code = duet_hub_connection_find(&client->connection, where, invocation->arena, &error);
	if (code == 0)
		code = duet_sas_make(client->connection.hostname, client->connection.key,
				     client->connection.policy, time(NULL) + TOKEN_S, token, sizeof(token));
	client->curl = code < 0 ? NULL : curl_easy_init();
	if (client->curl) {
		snprintf(client->authorization, sizeof(client->authorization), "Authorization: %s", token);
		return client;
	}
	*exit_code = DUET_EXIT_CONFIG;
	if (error.code == 0)
		duet_error_set(&error, -1, "the key is no key of a policy");
	duet_command_error(invocation, *exit_code, &error);
	duet_hub_client_close(client);
	return NULL;
}

void duet_hub_client_close(struct duet_hub_client *client)
{
	if (!client)
		return;
	if (client->curl)
		curl_easy_cleanup(client->curl);
	duet_free(client);
}

const char *duet_hub_client_hostname(const struct duet_hub_client *client)
{
	return client->connection.hostname;
}

static size_t take_body(char *bytes, size_t size, size_t n, void *user)
{
	return duet_text_add(user, (struct duet_slice){bytes, size * n}) < 0 ? 0 : size * n;
}

/* "Name: value\r\n" into `out` when it is called so; quotes go. */
static void keep_header(struct duet_slice line, const char *name, char *out, size_t size)
{
	size_t n = strlen(name);

	if (line.len <= n || strncasecmp(line.ptr, name, n) != 0 || line.ptr[n] != ':')
		return;
	line.ptr += n + 1;
	line.len -= n + 1;
	for (; line.len && (*line.ptr == ' ' || *line.ptr == '"'); line.len--)
		line.ptr++;
	while (line.len && strchr(" \r\n\"", line.ptr[line.len - 1]))
		line.len--;
	snprintf(out, size, "%.*s", (int)line.len, line.ptr);
}

static size_t take_header(char *bytes, size_t size, size_t n, void *user)
{
	struct duet_hub_answer *answer = user;
	struct duet_slice line = {bytes, size * n};

	keep_header(line, "etag", answer->etag, sizeof(answer->etag));
	keep_header(line, "x-ms-continuation", answer->continuation, sizeof(answer->continuation));
	return size * n;
}

static struct curl_slist *make_headers(struct duet_hub_client *client, const struct duet_hub_call *call)
{
	struct curl_slist *list = curl_slist_append(NULL, client->authorization);
	char text[256];

	if (call->take_body || call->raw) {
		snprintf(text, sizeof(text), "Content-Type: %s",
			 call->raw_type ? call->raw_type : "application/json; charset=utf-8");
		list = curl_slist_append(list, text);
	}
	if (call->if_match) {
		snprintf(text, sizeof(text), "If-Match: \"%s\"", call->if_match);
		list = curl_slist_append(list, text);
	}
	for (size_t i = 0; call->headers && call->headers[i]; i++)
		list = curl_slist_append(list, call->headers[i]);
	return curl_slist_append(list, "Expect:");
}

static void set_place(struct duet_hub_client *client, const struct duet_hub_call *call)
{
	const struct duet_hub_connection *to = &client->connection;
	char url[8192];

	snprintf(url, sizeof(url), "https://%s:%d%s%capi-version=2021-04-12", to->host, to->port, call->path,
		 strchr(call->path, '?') ? '&' : '?');
	curl_easy_setopt(client->curl, CURLOPT_URL, url);
	curl_easy_setopt(client->curl, CURLOPT_CAINFO, to->ca ? to->ca : NULL);
	if (to->ca)
		curl_easy_setopt(client->curl, CURLOPT_CAPATH, NULL);
}

static void set_body(struct duet_hub_client *client, const struct duet_hub_call *call, char **json)
{
	const char *body = call->raw;
	size_t len = call->raw_len;

	curl_easy_setopt(client->curl, CURLOPT_CUSTOMREQUEST, call->method);
	if (call->take_body)
		body = *json = json_dumps(call->take_body, JSON_COMPACT | JSON_ENCODE_ANY);
	if (*json)
		len = strlen(*json);
	if (!body && strcmp(call->method, "GET") != 0 && strcmp(call->method, "DELETE") != 0)
		body = "";
	if (!body)
		return;
	curl_easy_setopt(client->curl, CURLOPT_POSTFIELDSIZE, (long)len);
	curl_easy_setopt(client->curl, CURLOPT_POSTFIELDS, body);
}

static struct curl_slist *set_local(const struct duet_hub_connection *to)
{
	char text[600];

	if (!to->local)
		return NULL;
	snprintf(text, sizeof(text), "%s:%d:%s:%d", to->host, to->port, to->local, to->port);
	return curl_slist_append(NULL, text);
}

static int unreachable(struct duet_hub_client *client, CURLcode code, const char *reason)
{
	const struct duet_hub_connection *to = &client->connection;
	const char *hint = "";

	if (code == CURLE_COULDNT_CONNECT && to->local)
		hint = "; is it running? `duet-hub run DIR` starts it";
	else if (code == CURLE_PEER_FAILED_VERIFICATION && strstr(reason, "expired"))
		hint = "; `duet-hub cert renew` on its machine makes a new one";
	else if (code == CURLE_PEER_FAILED_VERIFICATION)
		hint = "; --ca FILE says what to trust";
	return duet_command_fail(client->invocation, DUET_EXIT_FAILED, "no answer from %s:%d: %s%s", to->host,
				 to->port, reason[0] ? reason : curl_easy_strerror(code), hint);
}

int duet_hub_client_call(struct duet_hub_client *client, const struct duet_hub_call *call,
			 struct duet_hub_answer *answer)
{
	struct curl_slist *headers = make_headers(client, call), *local = set_local(&client->connection);
	char reason[CURL_ERROR_SIZE] = "", *json = NULL;
	struct duet_text text;
	CURLcode code;

	*answer = (struct duet_hub_answer){0};
	duet_text_init(&text, MAX_ANSWER);
	curl_easy_reset(client->curl);
	set_place(client, call);
	set_body(client, call, &json);
	curl_easy_setopt(client->curl, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(client->curl, CURLOPT_CONNECT_TO, local);
	curl_easy_setopt(client->curl, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_S);
	curl_easy_setopt(client->curl, CURLOPT_TIMEOUT,
			 (long)(call->timeout_s ? call->timeout_s : TIMEOUT_S));
	curl_easy_setopt(client->curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(client->curl, CURLOPT_ERRORBUFFER, reason);
	curl_easy_setopt(client->curl, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(client->curl, CURLOPT_WRITEDATA, &text);
	curl_easy_setopt(client->curl, CURLOPT_HEADERFUNCTION, take_header);
	curl_easy_setopt(client->curl, CURLOPT_HEADERDATA, answer);
	code = curl_easy_perform(client->curl);
	curl_easy_getinfo(client->curl, CURLINFO_RESPONSE_CODE, &answer->status);
	curl_slist_free_all(headers);
	curl_slist_free_all(local);
	free(json);
	json_decref(call->take_body);
	answer->text = text.ptr;
	answer->text_len = text.len;
	if (code != CURLE_OK)
		return unreachable(client, code, reason);
	if (text.len > 0)
		answer->body = json_loadb(text.ptr, text.len, JSON_DECODE_ANY, NULL);
	return DUET_EXIT_DONE;
}

void duet_hub_answer_done(struct duet_hub_answer *answer)
{
	json_decref(answer->body);
	duet_free(answer->text);
}

int duet_hub_client_refuse(struct duet_hub_client *client, const struct duet_hub_answer *answer)
{
	const char *message = json_string_value(json_object_get(answer->body, "Message"));

	if (!message)
		message = json_string_value(json_object_get(answer->body, "message"));
	/* "ErrorCode:DeviceNotFound;what is wrong" */
	if (message && strncmp(message, "ErrorCode:", 10) == 0)
		message += 10;
	return duet_command_fail(client->invocation, DUET_EXIT_FAILED, "the hub says %ld%s%s", answer->status,
				 message ? ": " : "", message ? message : "");
}

int duet_hub_fetch(struct duet_hub_client *client, const struct duet_hub_call *call, json_t **body)
{
	struct duet_hub_answer answer;
	int result = duet_hub_client_call(client, call, &answer);

	if (result == DUET_EXIT_DONE && answer.status >= 300)
		result = duet_hub_client_refuse(client, &answer);
	if (result == DUET_EXIT_DONE && body) {
		*body = answer.body;
		answer.body = NULL;
	}
	duet_hub_answer_done(&answer);
	return result;
}

int duet_hub_do(const struct duet_invocation *invocation, const struct duet_hub_where *where,
		const struct duet_hub_call *call, duet_hub_show *show)
{
	json_t *body = NULL;
	int result;
	struct duet_hub_client *client;

	if (!call->path) { /* it said what is wrong */
		json_decref(call->take_body);
		return DUET_EXIT_FAILED;
	}
	client = duet_hub_client_open(invocation, where, &result);
	if (!client) {
		json_decref(call->take_body);
		return result;
	}
	result = duet_hub_fetch(client, call, &body);
	if (result == DUET_EXIT_DONE && show && !where->json)
		show(body);
	else if (result == DUET_EXIT_DONE && body)
		duet_hub_print_json(stdout, body);
	json_decref(body);
	duet_hub_client_close(client);
	return result;
}

static bool add_segment(struct duet_text *path, const char *segment)
{
	char encoded[1024];
	long n = duet_url_encode(duet_slice(segment), encoded, sizeof(encoded));

	return n >= 0 && duet_text_add(path, (struct duet_slice){encoded, (size_t)n}) == 0;
}

const char *duet_hub_path(const struct duet_invocation *invocation, const char *format, ...)
{
	struct duet_text path;
	const char *copy = NULL;
	bool fine = true;
	va_list args;

	duet_text_init(&path, 8192);
	va_start(args, format);
	while (*format && fine) {
		size_t n = strcspn(format, "%");

		fine = duet_text_add(&path, (struct duet_slice){format, n}) == 0;
		format += n;
		if (*format && fine) {
			fine = add_segment(&path, va_arg(args, const char *));
			format += 2; /* %s, the only one there is */
		}
	}
	va_end(args);
	if (fine && path.ptr)
		copy = duet_arena_copy(invocation->arena, (struct duet_slice){path.ptr, path.len});
	duet_text_done(&path);
	if (!copy)
		duet_command_fail(invocation, DUET_EXIT_FAILED, "a name is too long");
	return copy;
}

json_t *duet_hub_read_json(const struct duet_invocation *invocation, const char *text)
{
	struct duet_error error = {0};
	json_error_t mistake;
	size_t n_bytes = strlen(text);
	char *bytes = NULL;
	json_t *json;

	if (text[0] == '@' && duet_file_read(text + 1, MAX_ANSWER, &bytes, &n_bytes, &error) < 0) {
		duet_command_error(invocation, DUET_EXIT_USAGE, &error);
		return NULL;
	}
	json = json_loadb(bytes ? bytes : text, n_bytes, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, &mistake);
	if (!json)
		duet_command_fail(invocation, DUET_EXIT_USAGE, "not JSON: line %d, column %d: %s",
				  mistake.line, mistake.column, mistake.text);
	duet_free(bytes);
	return json;
}
