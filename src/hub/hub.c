/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/hub.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "hub/config.h"
#include "hub/guard/attempt.h"
#include "hub/guard/authentication.h"
#include "hub/guard/limit.h"
#include "hub/loop_thread.h"
#include "hub/pool.h"
#include "hub/port.h"
#include "hub/record/identity.h"
#include "hub/record/storage.h"
#include "hub/session/directory.h"
#include "hub/ticket.h"
#include "net/tls.h"

/* Questions that take long hold only others of their kind up. */
enum { N_READERS = 2, N_FILES = 2 };

struct duet_hub {
	struct duet_hub_setup setup;
	struct duet_tls *tls;
	struct duet_hub_authority *authority;
	struct duet_hub_directory *directory;
	struct duet_hub_limit *connects, *logins, *requests;
	struct duet_hub_attempts *attempts;
	struct duet_hub_pool *readers, *files;
	struct duet_hub_thread *threads;
	int n_threads, ports[DUET_HUB_N_PORTS];
	atomic_bool draining;
};

const struct duet_hub_config *duet_hub_config(const struct duet_hub *hub)
{
	return hub->setup.config;
}

const struct duet_clock *duet_hub_clock(const struct duet_hub *hub)
{
	return hub->setup.clock;
}

struct duet_hub_storage *duet_hub_storage(struct duet_hub *hub)
{
	return hub->setup.storage;
}

struct duet_hub_log *duet_hub_log(struct duet_hub *hub)
{
	return hub->setup.log;
}

struct duet_hub_audit *duet_hub_audit(struct duet_hub *hub)
{
	return hub->setup.audit;
}

struct duet_hub_outlets *duet_hub_outlets(struct duet_hub *hub)
{
	return hub->setup.outlets;
}

struct duet_hub_directory *duet_hub_directory(struct duet_hub *hub)
{
	return hub->directory;
}

struct duet_tls *duet_hub_tls(struct duet_hub *hub)
{
	return hub->tls;
}

struct duet_hub_limit *duet_hub_connects(struct duet_hub *hub)
{
	return hub->connects;
}

struct duet_hub_limit *duet_hub_logins(struct duet_hub *hub)
{
	return hub->logins;
}

struct duet_hub_limit *duet_hub_requests(struct duet_hub *hub)
{
	return hub->requests;
}

struct duet_hub_attempts *duet_hub_attempts(struct duet_hub *hub)
{
	return hub->attempts;
}

struct duet_hub_pool *duet_hub_readers(struct duet_hub *hub)
{
	return hub->readers;
}

struct duet_hub_pool *duet_hub_files(struct duet_hub *hub)
{
	return hub->files;
}

const struct duet_hub_authority *duet_hub_authority(const struct duet_hub *hub)
{
	return hub->authority;
}

int duet_hub_n_loops(const struct duet_hub *hub)
{
	return hub->n_threads;
}

struct duet_hub_loop *duet_hub_loop_at(struct duet_hub *hub, int index)
{
	return &hub->threads[index].loop;
}

int duet_hub_port(const struct duet_hub *hub, enum duet_hub_port port)
{
	return hub->ports[port];
}

bool duet_hub_draining(const struct duet_hub *hub)
{
	return atomic_load(&hub->draining);
}

size_t duet_hub_count_open(struct duet_hub *hub)
{
	size_t n = 0;

	for (int i = 0; i < hub->n_threads; i++)
		n += atomic_load_explicit(&hub->threads[i].n_open, memory_order_relaxed);
	return n;
}

static int make_threads(struct duet_hub *hub, struct duet_error *error)
{
	long n = hub->setup.config->listen.threads;

	if (n == 0)
		n = sysconf(_SC_NPROCESSORS_ONLN);
	hub->threads = duet_calloc((size_t)(n > 0 ? n : 1), sizeof(*hub->threads));
	for (int i = 0; hub->threads && i < (n > 0 ? n : 1); i++) {
		hub->n_threads = i + 1;
		if (duet_hub_thread_init(&hub->threads[i], hub, i) < 0)
			return duet_error_set(error, -ENOMEM, "out of memory");
	}
	return hub->threads ? 0 : duet_error_set(error, -ENOMEM, "out of memory");
}

static int make_limits(struct duet_hub *hub)
{
	const struct duet_hub_config *config = hub->setup.config;
	int64_t requests = config->limits.requests_rate;

	hub->connects =
		duet_hub_limit_new((int64_t)config->limits.address_rate * 60, config->limits.address_burst);
	hub->logins = duet_hub_limit_new(config->limits.identity_rate, config->limits.identity_rate);
	hub->requests = duet_hub_limit_new(requests * 60, requests * 2);
	hub->attempts = duet_hub_attempts_new(config->limits.failures, config->limits.address_failures);
	return hub->connects && hub->logins && hub->requests && hub->attempts ? 0 : -ENOMEM;
}

static int make_pools(struct duet_hub *hub, struct duet_error *error)
{
	struct duet_hub_pool_setup readers = {"readers", N_READERS, hub->setup.storage},
				   files = {"files", N_FILES, NULL};
	int code = duet_hub_pool_new(&hub->readers, &readers, error);

	return code < 0 ? code : duet_hub_pool_new(&hub->files, &files, error);
}

static int make(struct duet_hub *hub, struct duet_error *error)
{
	const struct duet_hub_config *config = hub->setup.config;
	struct duet_tls_setup tls = {.certificate_file = config->tls.certificate,
				     .key_file = config->tls.key,
				     .asks_certificate = true,
				     .only_tls13 = config->tls.minimum == DUET_HUB_TLS_1_3,
				     .no_tickets = !config->tls.tickets};
	int code = duet_tls_new(&hub->tls, &tls, error);

	if (code == 0)
		code = duet_hub_authority_new(&hub->authority, config->tls.ca, error);
	if (code < 0)
		return code;
	hub->directory = duet_hub_directory_new();
	if (!hub->directory || make_limits(hub) < 0)
		return duet_error_set(error, -ENOMEM, "out of memory");
	code = make_pools(hub, error);
	return code < 0 ? code : make_threads(hub, error);
}

int duet_hub_new(struct duet_hub **hub, const struct duet_hub_setup *setup, struct duet_error *error)
{
	struct duet_hub *made = duet_calloc(1, sizeof(*made));
	int code;

	*hub = NULL;
	if (!made)
		return duet_error_set(error, -ENOMEM, "out of memory");
	made->setup = *setup;
	code = make(made, error);
	if (code < 0) {
		duet_hub_free(made);
		return code;
	}
	*hub = made;
	return 0;
}

/* Each connection is a descriptor. */
static void raise_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

/* A socket for each loop. */
static int listen_on(struct duet_hub *hub, enum duet_hub_port port, const char *address, int number,
		     struct duet_error *error)
{
	int *fds = duet_calloc((size_t)hub->n_threads, sizeof(*fds));
	int code;

	if (!fds)
		return duet_error_set(error, -ENOMEM, "out of memory");
	code = duet_hub_port_listen(fds, hub->n_threads, address, number, hub->setup.config->listen.backlog,
				    error);
	for (int i = 0; code >= 0 && i < hub->n_threads; i++)
		hub->threads[i].fds[port] = fds[i];
	if (code >= 0)
		hub->ports[port] = code;
	duet_free(fds);
	return code < 0 ? code : 0;
}

static int everybody_is_gone(struct duet_hub_view *view, void *user)
{
	const struct duet_clock *clock = user;

	return duet_hub_identity_all_disconnected(view, clock->wall_ns(clock) / 1000000);
}

int duet_hub_start(struct duet_hub *hub, struct duet_error *error)
{
	const struct duet_hub_config *config = hub->setup.config;
	struct duet_clock clock = *hub->setup.clock;
	int code;

	raise_limit();
	code = duet_hub_storage_write_now(hub->setup.storage, everybody_is_gone, &clock);
	if (code >= 0)
		code = duet_hub_tickets_load(hub);
	if (code < 0)
		return duet_error_set(error, code, "the database cannot be written: %s", strerror(-code));
	code = listen_on(hub, DUET_HUB_PORT_MQTT, config->listen.address, config->listen.mqtt_port, error);
	if (code == 0)
		code = listen_on(hub, DUET_HUB_PORT_HTTPS, config->listen.address, config->listen.https_port,
				 error);
	if (code == 0 && config->listen.plain_mqtt_port > 0) {
		duet_log(DUET_LOG_WARN, "hub", "port %d takes MQTT without TLS, from this machine",
			 config->listen.plain_mqtt_port);
		code = listen_on(hub, DUET_HUB_PORT_PLAIN, "127.0.0.1", config->listen.plain_mqtt_port,
				 error);
	}
	for (int i = 0; code == 0 && i < hub->n_threads; i++)
		code = duet_hub_thread_start(&hub->threads[i], error);
	return code;
}

/* What they were in the middle of is told to the loops, which may still write what follows from it. */
static void end_pools(struct duet_hub *hub)
{
	if (hub->readers)
		duet_hub_pool_end(hub->readers);
	if (hub->files)
		duet_hub_pool_end(hub->files);
	for (int i = 0; i < hub->n_threads; i++)
		if (hub->threads[i].loop.loop)
			duet_loop_turn(hub->threads[i].loop.loop);
}

void duet_hub_drain(struct duet_hub *hub, int timeout_ms)
{
	atomic_store(&hub->draining, true);
	for (int i = 0; i < hub->n_threads; i++)
		duet_hub_thread_drain(&hub->threads[i], timeout_ms);
	for (int i = 0; i < hub->n_threads; i++)
		duet_hub_thread_join(&hub->threads[i]);
	end_pools(hub);
}

void duet_hub_free(struct duet_hub *hub)
{
	if (!hub)
		return;
	duet_hub_drain(hub, 0);
	for (int i = 0; i < hub->n_threads; i++)
		duet_hub_thread_done(&hub->threads[i]);
	duet_free(hub->threads);
	duet_hub_limit_free(hub->connects);
	duet_hub_limit_free(hub->logins);
	duet_hub_limit_free(hub->requests);
	duet_hub_attempts_free(hub->attempts);
	duet_hub_pool_free(hub->readers);
	duet_hub_pool_free(hub->files);
	duet_hub_directory_free(hub->directory);
	duet_hub_authority_free(hub->authority);
	duet_tls_free(hub->tls);
	duet_free(hub);
}
