/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_CMD_HUB_CLIENT_H
#define DUET_CMD_HUB_CLIENT_H

#include <jansson.h>
#include <stdbool.h>

#include "cmd/command.h"

/*
 * How the commands talk to a hub: REST over libcurl, signed with a policy's key.
 * A hub on this machine is found by its folder, any other by a connection
 * string.
 */
struct duet_hub_where {
	const char *dir, *login, *ca;
	bool json;
};

struct duet_hub_client;

/* NULL: it said what is wrong and *exit_code is what to return. */
struct duet_hub_client *duet_hub_client_open(const struct duet_invocation *invocation,
					     const struct duet_hub_where *where, int *exit_code);
void duet_hub_client_close(struct duet_hub_client *client);

struct duet_hub_call {
	const char *method, *path;  /* path: encoded, without api-version */
	json_t *take_body;          /* NULL: none */
	const char *raw, *raw_type; /* a body that is not JSON, and its type */
	size_t raw_len;
	const char *if_match;       /* NULL: none */
	const char *const *headers; /* "Name: value", NULL-terminated; NULL: none */
	int timeout_s;              /* 0: 60 */
};

struct duet_hub_answer {
	long status;
	json_t *body; /* NULL: none, or no JSON */
	char *text;   /* the body as it came */
	size_t text_len;
	char etag[160], continuation[2048];
};

/* Any status is an answer; DUET_EXIT_FAILED: none came, and it said why. */
int duet_hub_client_call(struct duet_hub_client *client, const struct duet_hub_call *call,
			 struct duet_hub_answer *answer);
void duet_hub_answer_done(struct duet_hub_answer *answer);

/* Says on stderr what the hub said; DUET_EXIT_FAILED. */
int duet_hub_client_refuse(struct duet_hub_client *client, const struct duet_hub_answer *answer);

/* The host's name as devices are to use it, "localhost" or "localhost:8443". */
const char *duet_hub_client_hostname(const struct duet_hub_client *client);

/* "/devices/a%20b/modules/m": each %s of the format is a path's segment, encoded, in the invocation's arena;
 * NULL: out of memory (it said so). */
const char *duet_hub_path(const struct duet_invocation *invocation, const char *format, ...);

/* How the answer is shown to a person. */
typedef void duet_hub_show(const json_t *body);

/* One call, its body shown: as it is with --json or without `show`. An exit code. */
int duet_hub_do(const struct duet_invocation *invocation, const struct duet_hub_where *where,
		const struct duet_hub_call *call, duet_hub_show *show);

/* The same on an open client, keeping the body when `body` is not NULL (json_decref). */
int duet_hub_fetch(struct duet_hub_client *client, const struct duet_hub_call *call, json_t **body);

/* JSON text, or @FILE, from the command line. NULL: it said what is wrong. */
json_t *duet_hub_read_json(const struct duet_invocation *invocation, const char *text);

#endif
