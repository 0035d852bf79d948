/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/config_table.h"

#define AT(field) offsetof(struct duet_hub_config, field)
/* clang-format off */
#define END       {NULL, DUET_OPTION_TEXT, 0, NULL, NULL, NULL, 0, 0}
#define TEXT(name, field, fallback, help)             {name, DUET_OPTION_TEXT, AT(field), fallback, help, NULL, 0, 0}
#define PATH(name, field, fallback, help)             {name, DUET_OPTION_PATH, AT(field), fallback, help, NULL, 0, 0}
#define INT(name, field, fallback, min, max, help)    {name, DUET_OPTION_INT, AT(field), fallback, help, NULL, min, max}
#define CHOICE(name, field, fallback, choices, help)  {name, DUET_OPTION_CHOICE, AT(field), fallback, help, choices, 0, 0}
#define BOOL(name, field, fallback, help)             {name, DUET_OPTION_BOOL, AT(field), fallback, help, NULL, 0, 0}
#define TIME(name, field, fallback, min, max, help)   {name, DUET_OPTION_DURATION, AT(field), fallback, help, NULL, min, max}

static const char *const acknowledges[] = {"durable", "memory", NULL};
static const char *const formats[] = {"text", "json", NULL};
static const char *const versions[] = {"1.2", "1.3", NULL};

enum { SECOND = 1000, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE, DAY = 24 * HOUR };

static const struct duet_option top[] = {
	TEXT("hostname", hostname, "localhost", "The name by which devices and services reach the hub; tokens and its certificate name it"),
	TEXT("log", log, "info", "What is logged: error, warn, info or debug; one topic more than the others: warn,session=debug"),
	CHOICE("log_format", log_format, "text", formats, "How: lines for a person, or one JSON object a line"),
	END,
};

static const struct duet_option listen[] = {
	TEXT("address", listen.address, "", "The address to listen at; empty: all"),
	INT("mqtt_port", listen.mqtt_port, "8883", 0, 65535, "MQTT over TLS; the public SDKs know only 8883. 0: any free one"),
	INT("https_port", listen.https_port, "443", 0, 65535, "HTTPS, and MQTT over WebSocket; the public SDKs know only 443. 0: any free one"),
	INT("plain_mqtt_port", listen.plain_mqtt_port, "0", 0, 65535, "MQTT without TLS at 127.0.0.1, for measuring and for bridges on this machine; 0: off"),
	INT("threads", listen.threads, "0", 0, 256, "Event loops; 0: one for each core"),
	INT("backlog", listen.backlog, "4096", 1, 65535, "Connections that the system holds until they are accepted"),
	END,
};

static const struct duet_option tls[] = {
	PATH("certificate", tls.certificate, "server.pem", "The hub's certificate with its chain, PEM; a changed file is taken while running"),
	PATH("key", tls.key, "server.key", "Its private key, PEM"),
	PATH("ca", tls.ca, "ca.pem", "What clients must trust, PEM; certificates that it signed are let in for devices of the type certificateAuthority"),
	CHOICE("minimum", tls.minimum, "1.2", versions, "The oldest version of TLS"),
	TIME("reload", tls.reload_ms, "10s", 100, HOUR, "How often the files are looked at for changes"),
	BOOL("tickets", tls.tickets, "true", "Let those who come back resume their TLS session, also after a restart, which costs a tenth"),
	END,
};

static const struct duet_option limits[] = {
	INT("connections", limits.connections, "100000", 1, 10000000, "Devices connected at once; more are refused"),
	INT("address_rate", limits.address_rate, "2000", 0, 1000000, "New connections a second from one address; 0: any"),
	INT("address_burst", limits.address_burst, "12000", 1, 1000000, "How many may come at once before the rate counts"),
	INT("identity_rate", limits.identity_rate, "600", 0, 1000000, "Connects of one device or module in a minute; 0: any"),
	INT("failures", limits.failures, "60", 0, 1000000, "Authentications that may fail in a minute, of one identity at one address; 0: any"),
	INT("address_failures", limits.address_failures, "1200", 0, 1000000, "Authentications that may fail in a minute at one address, whoever it claims to be; 0: any"),
	INT("messages_rate", limits.messages_rate, "0", 0, 1000000, "Messages a second from one device, more waits; 0: any"),
	INT("messages_burst", limits.messages_burst, "1000", 1, 1000000, "How many may come at once before the rate counts"),
	INT("requests_rate", limits.requests_rate, "0", 0, 1000000, "Requests a second of each policy, and of each device, over HTTPS; more is answered 429; 0: any"),
	TIME("handshake", limits.handshake_ms, "30s", 100, 10 * MINUTE, "TLS and CONNECT must be done by then"),
	INT("pending_kb", limits.pending_kb, "1024", 64, 1 << 20, "What one connection may have waiting to be sent before nothing more is read from it"),
	TIME("drain", limits.drain_ms, "10s", 0, 10 * MINUTE, "How long a hub that is told to end waits for what is under way"),
	END,
};

static const struct duet_option telemetry[] = {
	CHOICE("acknowledge", telemetry.acknowledge, "durable", acknowledges, "When a message is acknowledged: once it is on disk, or once it is in memory"),
	INT("retention_mb", telemetry.retention_mb, "1024", 1, 1 << 24, "The log never grows beyond this, in MiB; a route that is down loses nothing until then"),
	TIME("retention", telemetry.retention_ms, "7d", MINUTE, 24.0 * DAY, "Nor is anything kept longer than this"),
	BOOL("events", telemetry.events, "true", "Whether devices that come and go, are made and removed, and whose twins change stand in the log, too, for routes of those sources"),
	INT("segment_mb", telemetry.segment_mb, "16", 1, 1024, "The log is written in files of this size, in MiB; whole ones are thrown away"),
	INT("pending_mb", telemetry.pending_mb, "8", 1, 1024, "What each loop may have waiting for the disk before nothing more is read from devices, in MiB"),
	END,
};

static const struct duet_option queue[] = {
	TIME("ttl", queue.ttl_ms, "1h", MINUTE, 2.0 * DAY, "How long a message to a device that names no expiry waits"),
	TIME("lock", queue.lock_ms, "60s", 5 * SECOND, 5 * MINUTE, "How long a device has to acknowledge one"),
	INT("deliveries", queue.deliveries, "10", 1, 100, "How often one is tried"),
	INT("messages", queue.messages, "50", 1, 10000, "How many may wait for one device"),
	TIME("feedback_ttl", queue.feedback_ttl_ms, "1h", MINUTE, 2.0 * DAY, "How long feedback waits for a service to fetch it"),
	END,
};

static const struct duet_option upload[] = {
	PATH("folder", upload.folder, "blobs", "Where they are kept; a folder of this name in the hub's, or any other"),
	INT("max_mb", upload.max_mb, "256", 1, 1 << 20, "The largest file that a device may upload, in MiB"),
	INT("total_mb", upload.total_mb, "4096", 1, 1 << 24, "What all uploaded files may take, in MiB"),
	TIME("ttl", upload.ttl_ms, "1h", MINUTE, DAY, "How long an upload may take"),
	INT("at_once", upload.at_once, "10", 1, 1000, "Uploads of one device at once"),
	END,
};

static const struct duet_option provisioning[] = {
	TEXT("id_scope", provisioning.id_scope, "0ne00000000", "The ID scope that devices give when they register themselves"),
	END,
};

static const struct duet_option metrics[] = {
	TEXT("token", metrics.token, "", "A bearer token with which /metrics may be read; empty: only with a token of a policy"),
	END,
};

static const struct duet_option audit[] = {
	INT("keep_mb", audit.keep_mb, "64", 1, 1 << 20, "How much is kept of the log of administrative acts, in MiB"),
	END,
};

const struct duet_hub_config_section duet_hub_config_sections[] = {
	{"", NULL, top},
	{"listen", "Where the hub is reached.", listen},
	{"tls", "Paths stand on the folder of this file. `duet-hub cert` shows and renews the certificate.", tls},
	{"limits", "What holds the hub up when clients misbehave.", limits},
	{"telemetry", "What devices send goes to a log on disk first; routes and `duet-hub monitor` read it from there.", telemetry},
	{"queue", "Messages to devices.", queue},
	{"upload", "Files from devices.", upload},
	{"provisioning", "Devices that register themselves (DPS).", provisioning},
	{"metrics", "Prometheus reads /metrics on the HTTPS port; /health/live and /health/ready are open to all.", metrics},
	{"audit", "Who changed what: state/audit.jsonl.", audit},
	{NULL, NULL, NULL},
};
/* clang-format on */
