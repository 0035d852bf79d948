/* SPDX-License-Identifier: Apache-2.0 */
#include <curl/curl.h>
#include <errno.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/text.h"
#include "hub/outlet/outlet_kind.h"

/*
 * POSTs batches, a JSON array each, to an HTTP endpoint. With a secret each
 * request is signed: x-duet-signature: sha256=hex(HMAC-SHA256(secret, body)).
 * 2xx: taken; 408, 425, 429, 5xx and no answer: again later; any other: refused
 * for good.
 */

enum { MAX_BODY = 16 << 20, SIGNATURE_SIZE = 96 };

struct options {
	const char *url, *secret, *header, *ca;
	int batch, timeout_ms;
};

struct state {
	const struct options *options;
	CURL *curl;
	struct curl_slist *headers;
	const char *route;
};

#define AT(field) offsetof(struct options, field)

static const struct duet_option options[] = {
	{"url", DUET_OPTION_TEXT, AT(url), "", "Where to; required", NULL, 0, 0},
	{"secret", DUET_OPTION_TEXT, AT(secret), "", "What requests are signed with", NULL, 0, 0},
	{"header", DUET_OPTION_TEXT, AT(header), "", "One more header: \"Authorization: Bearer …\"", NULL, 0,
	 0},
	{"ca", DUET_OPTION_TEXT, AT(ca), "", "What to trust, PEM; empty: what the system trusts", NULL, 0, 0},
	{"batch", DUET_OPTION_INT, AT(batch), "100", "At most so many events a request", NULL, 1, 1000},
	{"timeout", DUET_OPTION_DURATION, AT(timeout_ms), "10s", "How long an answer may take", NULL, 100,
	 300000},
	{NULL, DUET_OPTION_TEXT, 0, NULL, NULL, NULL, 0, 0},
};

static const char *const secrets[] = {"secret", "header", NULL};

static int check(const void *given, struct duet_error *error)
{
	const struct options *chosen = given;

	if (strncasecmp(chosen->url, "http://", 7) != 0 && strncasecmp(chosen->url, "https://", 8) != 0)
		return duet_error_set(error, -EINVAL, "url: https://… or http://… is expected");
	if (chosen->header[0] && (!strchr(chosen->header, ':') || strpbrk(chosen->header, "\r\n")))
		return duet_error_set(error, -EINVAL, "header: Name: value is expected");
	return 0;
}

static int open_http(void *user, const void *given, const struct duet_hub_outlet_place *place,
		     struct duet_error *error)
{
	struct state *state = user;

	state->options = given;
	state->route = place->name;
	state->curl = curl_easy_init();
	return state->curl ? 0 : duet_error_set(error, -ENOMEM, "out of memory");
}

static size_t ignore(char *bytes, size_t size, size_t n, void *user)
{
	return size * n;
}

static bool sign(const char *secret, const struct duet_text *body, char *line)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned n = 0;
	int len = snprintf(line, SIGNATURE_SIZE, "x-duet-signature: sha256=");

	if (!HMAC(EVP_sha256(), secret, (int)strlen(secret), (const unsigned char *)body->ptr, body->len,
		  digest, &n))
		return false;
	for (unsigned i = 0; i < n; i++)
		len += snprintf(line + len, (size_t)(SIGNATURE_SIZE - len), "%02x", digest[i]);
	return true;
}

static int make_body(struct duet_text *body, const struct duet_hub_parcel *parcels, size_t n_parcels)
{
	for (size_t i = 0; i < n_parcels; i++) {
		duet_text_add(body, duet_slice(i ? "," : "["));
		duet_text_add(body, (struct duet_slice){parcels[i].json, parcels[i].json_len});
	}
	return duet_text_add(body, duet_slice("]"));
}

static struct curl_slist *make_headers(const struct state *state, const struct duet_text *body,
				       uint64_t number)
{
	struct curl_slist *list = curl_slist_append(NULL, "Content-Type: application/json");
	char line[256];

	snprintf(line, sizeof(line), "x-duet-route: %s", state->route);
	list = curl_slist_append(list, line);
	/* The same when the same batch comes again, so that a receiver can tell. */
	snprintf(line, sizeof(line), "x-duet-batch: %llu", (unsigned long long)number);
	list = curl_slist_append(list, line);
	if (state->options->secret[0] && sign(state->options->secret, body, line))
		list = curl_slist_append(list, line);
	if (state->options->header[0])
		list = curl_slist_append(list, state->options->header);
	return curl_slist_append(list, "Expect:");
}

static int post(struct state *state, const struct duet_text *body, struct curl_slist *headers,
		struct duet_error *error)
{
	char reason[CURL_ERROR_SIZE] = "";
	long status = 0;
	CURLcode code;

	curl_easy_setopt(state->curl, CURLOPT_URL, state->options->url);
	curl_easy_setopt(state->curl, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(state->curl, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(state->curl, CURLOPT_POSTFIELDSIZE, (long)body->len);
	curl_easy_setopt(state->curl, CURLOPT_POSTFIELDS, body->ptr);
	curl_easy_setopt(state->curl, CURLOPT_TIMEOUT_MS, (long)state->options->timeout_ms);
	curl_easy_setopt(state->curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(state->curl, CURLOPT_WRITEFUNCTION, ignore);
	curl_easy_setopt(state->curl, CURLOPT_ERRORBUFFER, reason);
	if (state->options->ca[0])
		curl_easy_setopt(state->curl, CURLOPT_CAINFO, state->options->ca);
	code = curl_easy_perform(state->curl);
	curl_easy_setopt(state->curl, CURLOPT_ERRORBUFFER, NULL);
	if (code != CURLE_OK)
		return duet_error_set(error, -EAGAIN, "%s: %s", state->options->url,
				      reason[0] ? reason : curl_easy_strerror(code));
	curl_easy_getinfo(state->curl, CURLINFO_RESPONSE_CODE, &status);
	if (status >= 200 && status < 300)
		return 0;
	duet_error_set(error, -EAGAIN, "%s answered %ld", state->options->url, status);
	return status >= 500 || status == 408 || status == 425 || status == 429 ? -EAGAIN : -EBADMSG;
}

static int send_some(struct state *state, const struct duet_hub_parcel *parcels, size_t n_parcels,
		     struct duet_error *error)
{
	struct curl_slist *headers;
	struct duet_text body;
	int code;

	duet_text_init(&body, MAX_BODY);
	if (make_body(&body, parcels, n_parcels) < 0) {
		duet_text_done(&body);
		return duet_error_set(error, -ENOMEM, "out of memory");
	}
	headers = make_headers(state, &body, parcels[0].number);
	code = post(state, &body, headers, error);
	curl_slist_free_all(headers);
	duet_text_done(&body);
	return code;
}

/* The batch is cut to what the receiver wants; what was taken before one is refused comes again later. */
static int send_all(void *user, const struct duet_hub_parcel *parcels, size_t n_parcels,
		    struct duet_error *error)
{
	struct state *state = user;
	size_t most = (size_t)state->options->batch;
	int code = 0;

	for (size_t i = 0; i < n_parcels && code == 0; i += most)
		code = send_some(state, parcels + i, n_parcels - i < most ? n_parcels - i : most, error);
	return code;
}

static void close_http(void *user)
{
	struct state *state = user;

	if (state->curl)
		curl_easy_cleanup(state->curl);
}

const struct duet_hub_outlet_kind duet_hub_outlet_http = {
	.name = "http",
	.options = options,
	.options_size = sizeof(struct options),
	.state_size = sizeof(struct state),
	.max_batch = 1000,
	.secrets = secrets,
	.check = check,
	.open = open_http,
	.send = send_all,
	.close = close_http,
};
