/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "duet/error.h"
#include "hub/config.h"
#include "hub/hub.h"
#include "hub/key/secret.h"
#include "hub/log/log.h"
#include "hub/record/identity.h"
#include "hub/record/policy.h"
#include "hub/record/storage.h"
#include "net/sas.h"
#include "peer_part.h"

const char bench_key[] = "ZHVldCBiZW5jaCBkdWV0IGJlbmNoIGR1ZXQgYmVuY2g=";

enum { PATH_SIZE = 160 };

struct running {
	struct duet_hub_config *config;
	struct duet_hub_secret *secret;
	struct duet_hub_storage *storage;
	struct duet_hub_log *log;
	struct duet_hub *hub;
};

static int configure(struct running *running, const struct place *place, const struct peer *peer,
		     const struct hub_setup *setup, struct duet_error *error)
{
	char text[600];
	int len = snprintf(text, sizeof(text),
			   "listen: {address: 127.0.0.1, mqtt_port: %d, https_port: %d, plain_mqtt_port: %d, "
			   "threads: %d}\n"
			   "limits: {address_rate: 0, identity_rate: 0, failures: 0}\n"
			   "telemetry: {acknowledge: %s}\n",
			   peer->tls_port, peer->https_port, peer->plain_port, setup->n_loops,
			   setup->durable ? "durable" : "memory");

	return duet_hub_config_parse(&running->config, place->folder, "bench", text, (size_t)len, error);
}

struct registry {
	int first, n_devices;
};

static int add_devices(struct duet_hub_view *view, void *user)
{
	const struct registry *registry = user;
	struct duet_arena *arena = duet_arena_new(1 << 20);
	int code = arena ? 0 : -ENOMEM;
	char name[32];

	for (int i = registry->first; code == 0 && i < registry->first + registry->n_devices; i++) {
		struct duet_hub_identity identity = {.target = name,
						     .device = name,
						     .module = "",
						     .enabled = true,
						     .authentication = DUET_HUB_SAS,
						     .keys = {bench_key, bench_key}};

		snprintf(name, sizeof(name), "bench-%d", i);
		duet_arena_reset(arena);
		code = duet_hub_identity_add(view, arena, &identity);
		if (code == -EEXIST)
			code = 0;
	}
	duet_arena_free(arena);
	return code;
}

static char service_token[512];

const char *bench_service_token(void)
{
	return service_token;
}

static int make_policies(struct duet_hub_view *view, void *user)
{
	struct duet_arena *arena = duet_arena_new(1 << 16);
	struct duet_hub_policy policy;
	int code = arena ? 0 : -ENOMEM;

	for (int i = 0; i < DUET_HUB_N_POLICIES && code == 0; i++)
		code = duet_hub_policy_renew(view, duet_hub_policy_name(i), 3);
	if (code == 0)
		code = duet_hub_policy_get(view, "service", arena, &policy);
	if (code == 0)
		duet_sas_make("localhost", policy.keys[0], "service", (int64_t)time(NULL) + 7200,
			      service_token, sizeof(service_token));
	duet_arena_free(arena);
	return code;
}

static int open_storage(struct running *running, const struct place *place, struct duet_error *error)
{
	char secret[PATH_SIZE], database[PATH_SIZE];
	struct duet_hub_storage_setup storage = {.path = database};
	int code;

	snprintf(secret, sizeof(secret), "%s/secret.key", place->folder);
	snprintf(database, sizeof(database), "%s/hub.db", place->folder);
	if (access(secret, F_OK) < 0 && duet_hub_secret_create(secret, error) < 0)
		return error->code;
	code = duet_hub_secret_open(&running->secret, secret, error);
	if (code < 0)
		return code;
	storage.secret = running->secret;
	return duet_hub_storage_new(&running->storage, &storage, error);
}

/* Before the hub runs: what it must know, and the token of those who call it. */
static int prepare(const struct place *place, const struct hub_setup *setup, struct duet_error *error)
{
	struct running running = {0};
	struct registry registry = {0, 1000};
	int code = open_storage(&running, place, error);

	for (; code == 0 && registry.first < setup->n_devices; registry.first += registry.n_devices)
		code = duet_hub_storage_write_now(running.storage, add_devices, &registry);
	if (code == 0)
		code = duet_hub_storage_write_now(running.storage, make_policies, NULL);
	duet_hub_storage_free(running.storage);
	duet_hub_secret_free(running.secret);
	return code;
}

static int open_log(struct running *running, const struct place *place, struct duet_error *error)
{
	const struct duet_hub_config *config = running->config;
	char dir[PATH_SIZE];
	struct duet_hub_log_setup log = {.dir = dir,
					 .in_memory = config->telemetry.acknowledge == DUET_HUB_MEMORY,
					 .segment_bytes = (int64_t)config->telemetry.segment_mb << 20,
					 .retention_bytes = (int64_t)config->telemetry.retention_mb << 20,
					 .retention_ms = config->telemetry.retention_ms,
					 .lane_bytes = (int64_t)config->telemetry.pending_mb << 20};

	snprintf(dir, sizeof(dir), "%s/telemetry", place->folder);
	return duet_hub_log_new(&running->log, &log, error);
}

static int start(struct running *running, const struct place *place, const struct peer *peer,
		 const struct hub_setup *setup, struct duet_error *error)
{
	struct duet_hub_setup hub = {.clock = &duet_clock_system};
	int code = configure(running, place, peer, setup, error);

	if (code == 0)
		code = open_storage(running, place, error);
	if (code == 0)
		code = open_log(running, place, error);
	if (code < 0)
		return code;
	hub.config = running->config;
	hub.storage = running->storage;
	hub.log = running->log;
	code = duet_hub_new(&running->hub, &hub, error);
	return code < 0 ? code : duet_hub_start(running->hub, error);
}

static int serve(const struct place *place, const struct peer *peer, const struct hub_setup *setup)
{
	struct duet_error error = {0};
	struct running running = {0};
	char text[700];
	sigset_t end;
	int signum;

	if (!getenv("DUET_LOG"))
		duet_log_set("error");
	sigemptyset(&end);
	sigaddset(&end, SIGTERM);
	sigprocmask(SIG_BLOCK, &end, NULL);
	if (start(&running, place, peer, setup, &error) < 0) {
		duet_error_format(&error, text, sizeof(text));
		fprintf(stderr, "the hub does not start: %s\n", text);
		return 1;
	}
	sigwait(&end, &signum);
	duet_hub_drain(running.hub, 3000);
	duet_hub_storage_free(running.storage);
	duet_hub_log_free(running.log);
	duet_hub_free(running.hub);
	duet_hub_secret_free(running.secret);
	duet_hub_config_free(running.config);
	return 0;
}

int peer_start_hub(struct peer *peer, const struct place *place, const struct hub_setup *setup)
{
	struct duet_error error = {0};

	*peer = (struct peer){.tls_port = free_port(), .plain_port = free_port(), .https_port = free_port()};
	if (prepare(place, setup, &error) < 0) {
		fprintf(stderr, "the hub's database: %s\n", error.what);
		return -EIO;
	}
	fflush(NULL);
	peer->pid = fork();
	if (peer->pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		_exit(serve(place, peer, setup));
	}
	return peer_wait(peer, peer->tls_port);
}
