/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_HUB_CONFIG_H
#define DUET_HUB_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "duet/error.h"
#include "duet/option.h"

/*
 * The hub's folder and its configuration, hub.yaml: one YAML file, read by
 * option tables. The file that `duet-hub init` writes, with its comments, and
 * the reference page come from the same rows.
 *
 * Immutable once loaded; any thread may read it.
 */
struct duet_arena;

enum duet_hub_acknowledge { DUET_HUB_DURABLE, DUET_HUB_MEMORY };
enum duet_hub_log_format { DUET_HUB_LOG_TEXT, DUET_HUB_LOG_JSON };
enum duet_hub_tls_version { DUET_HUB_TLS_1_2, DUET_HUB_TLS_1_3 };

struct duet_hub_config {
	const char *hostname;
	const char *log;
	int log_format; /* enum duet_hub_log_format */
	struct {
		const char *address; /* "": all of IPv4 and IPv6 */
		int mqtt_port, https_port;
		int plain_mqtt_port; /* 0: off */
		int threads;         /* 0: one for each core */
		int backlog;
	} listen;
	struct {
		const char *certificate, *key, *ca; /* PEM files; certificate: the whole chain */
		int minimum;                        /* enum duet_hub_tls_version */
		int reload_ms;                      /* how often the files are looked at for changes */
		bool tickets;
	} tls;
	struct {
		int connections;   /* of all devices; more are refused at once */
		int address_rate;  /* new connections a second from one address */
		int address_burst; /* above the rate for a moment */
		int identity_rate; /* connects of one device or module in a minute; 0: any */
		int failures;      /* authentications that may fail, an identity at an address and minute */
		int address_failures; /* … an address and minute, whatever it claims to be */
		int messages_rate;    /* messages a second from one device; 0: any */
		int messages_burst;   /* above the rate for a moment */
		int requests_rate;    /* requests a second of one policy, or of one device; 0: any */
		int handshake_ms;     /* TLS and CONNECT must be done by then */
		int pending_kb;       /* what one connection may have waiting to be sent */
		int drain_ms;         /* how long a hub that ends waits for what is under way */
	} limits;
	struct {
		int acknowledge;  /* enum duet_hub_acknowledge */
		int retention_mb; /* the log is never larger */
		int retention_ms; /* … or older; whole segments go */
		int segment_mb;
		bool events;    /* what happens to devices stands in it, too */
		int pending_mb; /* what each loop may have waiting for the disk */
	} telemetry;
	struct {
		int ttl_ms, lock_ms;
		int deliveries; /* until a message counts as undeliverable */
		int messages;   /* waiting for one device */
		int feedback_ttl_ms;
	} queue;
	struct {
		const char *folder;
		int max_mb;   /* of one blob */
		int total_mb; /* of all of them */
		int ttl_ms;   /* how long an upload may take */
		int at_once;  /* of one device */
	} upload;
	struct {
		const char *id_scope;
	} provisioning;
	struct {
		const char *token; /* a bearer token for /metrics; "": a policy's token is needed */
	} metrics;
	struct {
		int keep_mb; /* the log of administrative acts, in two files of half this size */
	} audit;

	const char *dir;  /* the hub's folder, absolute */
	const char *path; /* dir/hub.yaml */
	struct duet_arena *arena;
};

/* Reads DIR/hub.yaml. -ENOENT when `dir` is no hub. A mistake says file, line, column, what is wrong and what
 * comes nearest. */
int duet_hub_config_load(struct duet_hub_config **config, const char *dir, struct duet_error *error);

/* The same from text, for tests and fuzzing; `dir` need not exist. */
int duet_hub_config_parse(struct duet_hub_config **config, const char *dir, const char *name,
			  const char *bytes, size_t n_bytes, struct duet_error *error);
void duet_hub_config_free(struct duet_hub_config *config);

/* "state/hub.db" in the hub's folder, in the configuration's arena; NULL: out of memory. */
const char *duet_hub_config_path(const struct duet_hub_config *config, const char *name);

/* A value in place of a default; "listen.mqtt_port". */
struct duet_hub_setting {
	const char *name, *value;
};

/* The whole file with every field, its comment and its default, or what `settings` (ended by a NULL name)
 * says. */
void duet_hub_config_write(FILE *out, const struct duet_hub_setting *settings);

/* Every field, in the order of the reference; section "" is the top. */
void duet_hub_config_each(void (*each)(void *user, const char *section, const struct duet_option *option),
			  void *user);

#endif
