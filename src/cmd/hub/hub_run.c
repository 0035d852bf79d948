/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "cmd/hub/hub.h"
#include "cmd/hub/hub_folder.h"
#include "hub/guard/audit.h"
#include "hub/hub.h"
#include "hub/log/log.h"
#include "hub/outlet/outlet.h"
#include "loop/loop.h"

/* Runs a hub until it is told to end. */

struct run_flags {
	int mqtt_port, https_port;
	const char *log;
};

static const struct duet_flag flags_table[] = {
	HUB_NUMBER("PORT", "mqtt-port", struct run_flags, mqtt_port, "-1", -1, 65535,
		   "MQTT on this port instead of the configuration's"),
	HUB_NUMBER("PORT", "https-port", struct run_flags, https_port, "-1", -1, 65535,
		   "HTTPS on this port instead of the configuration's"),
	HUB_TEXT(0, "LEVELS", "log", struct run_flags, log, "What is logged: info, or warn,session=debug"),
	HUB_END,
};

/* All that a running hub has, in the order in which it is made. */
struct running {
	struct duet_hub_config *config;
	int lock_fd;
	struct duet_hub_opened opened;
	struct duet_hub_log *log;
	struct duet_hub_audit *audit;
	struct duet_hub *hub;
	struct duet_hub_outlets *outlets;
	struct duet_loop *loop; /* for signals */
	struct duet_watch *watches[2];
};

static int load(struct running *running, const char *dir, const struct run_flags *flags,
		struct duet_error *error)
{
	int code = duet_hub_config_load(&running->config, dir, error);

	if (code < 0)
		return code;
	if (flags->mqtt_port >= 0)
		running->config->listen.mqtt_port = flags->mqtt_port;
	if (flags->https_port >= 0)
		running->config->listen.https_port = flags->https_port;
	if (duet_log_set(flags->log ? flags->log : running->config->log) < 0) {
		duet_error_set(error, -EINVAL, "log: \"%.80s\" is not understood",
			       flags->log ? flags->log : running->config->log);
		duet_error_hint(error, "write for example info or warn,session=debug");
		return -EINVAL;
	}
	duet_log_json(running->config->log_format == DUET_HUB_LOG_JSON);
	return 0;
}

/* Two hubs on one folder would write over each other. */
static int lock(struct running *running, struct duet_error *error)
{
	const char *path = duet_hub_config_path(running->config, DUET_HUB_LOCK_FILE);

	running->lock_fd = path ? open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600) : -1;
	if (running->lock_fd < 0) {
		duet_error_set(error, -errno, "cannot open: %s", strerrordesc_np(errno));
		duet_error_at(error, path ? path : running->config->dir, 0, 0);
		return error->code;
	}
	if (flock(running->lock_fd, LOCK_EX | LOCK_NB) == 0)
		return 0;
	duet_error_set(error, -EBUSY, "%.180s is running already", running->config->dir);
	return -EBUSY;
}

/* Each connection is a file. */
static void allow_files(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur == limit.rlim_max)
		return;
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
		duet_warn("hub", "cannot have more than %llu files open", (unsigned long long)limit.rlim_cur);
}

static int open_files(struct running *running, struct duet_error *error)
{
	struct duet_hub_config *config = running->config;
	const char *audit = duet_hub_config_path(config, DUET_HUB_AUDIT_FILE);
	struct duet_hub_log_setup log = {
		.dir = duet_hub_config_path(config, DUET_HUB_LOG_DIR),
		.in_memory = config->telemetry.acknowledge == DUET_HUB_MEMORY,
		.segment_bytes = (int64_t)config->telemetry.segment_mb << 20,
		.retention_bytes = (int64_t)config->telemetry.retention_mb << 20,
		.retention_ms = config->telemetry.retention_ms,
		.lane_bytes = (int64_t)config->telemetry.pending_mb << 20,
	};
	struct duet_hub_outlets_setup outlets = {.dir = duet_hub_config_path(config, "state")};
	int code = log.dir && audit && outlets.dir ? 0 : duet_error_set(error, -ENOMEM, "out of memory");

	if (code == 0)
		code = duet_hub_folder_open(&running->opened, config, false, error);
	if (code == 0)
		code = duet_hub_log_new(&running->log, &log, error);
	if (code == 0)
		code = duet_hub_audit_open(&running->audit, audit, (int64_t)config->audit.keep_mb << 20,
					   error);
	outlets.log = running->log;
	outlets.secret = running->opened.secret;
	if (code == 0)
		code = duet_hub_outlets_new(&running->outlets, &outlets, error);
	return code;
}

static void end_loop(void *user)
{
	duet_loop_quit(user);
}

static int watch_signals(struct running *running, struct duet_error *error)
{
	running->loop = duet_loop_new(&duet_clock_system);
	if (running->loop) {
		running->watches[0] = duet_watch_signal(running->loop, SIGTERM, end_loop, running->loop);
		running->watches[1] = duet_watch_signal(running->loop, SIGINT, end_loop, running->loop);
	}
	for (size_t i = 0; i < 2; i++)
		if (!running->watches[i])
			return duet_error_set(error, -ENOMEM, "out of memory");
	signal(SIGPIPE, SIG_IGN);
	return 0;
}

static int start_hub(struct running *running, struct duet_error *error)
{
	struct duet_hub_setup setup = {.config = running->config,
				       .clock = &duet_clock_system,
				       .storage = running->opened.storage,
				       .log = running->log,
				       .audit = running->audit,
				       .outlets = running->outlets};
	int code = duet_hub_new(&running->hub, &setup, error);

	if (code == 0)
		code = duet_hub_start(running->hub, error);
	if (code == -EACCES || code == -EPERM) {
		char program[1024] = "duet-hub";
		ssize_t n = readlink("/proc/self/exe", program, sizeof(program) - 1);

		program[n > 0 ? n : 8] = '\0';
		fprintf(stderr,
			"To let it listen on ports below 1024:\n  setcap cap_net_bind_service=+ep %s\n",
			program);
	}
	return code;
}

/* For commands on this machine, which must know where the hub listens. */
static int write_running(const struct running *running, struct duet_error *error)
{
	const char *path = duet_hub_config_path(running->config, DUET_HUB_RUN_FILE);
	char text[160];
	int n = snprintf(text, sizeof(text), "{\"pid\":%d,\"mqtt_port\":%d,\"https_port\":%d}\n",
			 (int)getpid(), duet_hub_port(running->hub, DUET_HUB_PORT_MQTT),
			 duet_hub_port(running->hub, DUET_HUB_PORT_HTTPS));

	if (!path)
		return duet_error_set(error, -ENOMEM, "out of memory");
	return duet_file_replace(path, (struct duet_slice){text, (size_t)n}, error);
}

static int start(struct running *running, const char *dir, const struct run_flags *flags,
		 struct duet_error *error)
{
	int code = load(running, dir, flags, error);

	if (code == 0)
		code = lock(running, error);
	allow_files();
	if (code == 0)
		code = watch_signals(running, error);
	if (code == 0)
		code = open_files(running, error);
	if (code == 0)
		code = start_hub(running, error);
	if (code == 0)
		code = write_running(running, error);
	return code;
}

/* What is kept of limits.drain for closing what was open, so that the whole does not take longer. */
static int connections_ms(const struct duet_hub_config *config)
{
	enum { CLOSING_MS = 500 };

	return config->limits.drain_ms > CLOSING_MS ? config->limits.drain_ms - CLOSING_MS : 0;
}

static void stop(struct running *running)
{
	const char *path;

	if (!running->config)
		return; /* nothing else was made either */
	path = duet_hub_config_path(running->config, DUET_HUB_RUN_FILE);
	if (running->hub)
		duet_hub_drain(running->hub, connections_ms(running->config));
	duet_hub_outlets_free(running->outlets);
	duet_hub_log_free(running->log);
	duet_hub_audit_close(running->audit);
	duet_hub_folder_close(&running->opened);
	duet_hub_free(running->hub);
	for (size_t i = 0; i < 2; i++)
		duet_watch_free(running->watches[i]);
	duet_loop_free(running->loop);
	if (running->lock_fd >= 0) {
		if (path && unlink(path) < 0)
			duet_debug("hub", "%s: %s", path, strerrordesc_np(errno));
		close(running->lock_fd);
	}
	duet_hub_config_free(running->config);
}

static int run(const struct duet_invocation *invocation)
{
	struct running running = {.lock_fd = -1};
	struct duet_error error = {0};
	int code;

	if (invocation->n_arguments != 1)
		return duet_command_usage(invocation, "say which hub: the folder that `duet-hub init` made");
	code = start(&running, invocation->arguments[0], invocation->flags, &error);
	if (code == 0) {
		duet_info("hub", "%s listens: MQTT on %d, HTTPS on %d", running.config->hostname,
			  duet_hub_port(running.hub, DUET_HUB_PORT_MQTT),
			  duet_hub_port(running.hub, DUET_HUB_PORT_HTTPS));
		duet_loop_run(running.loop);
		duet_info("hub", "ends: drains for at most %d ms", running.config->limits.drain_ms);
	} else {
		duet_command_error(invocation, DUET_EXIT_CONFIG, &error);
	}
	stop(&running);
	return code == 0                            ? DUET_EXIT_DONE
	       : code == -EINVAL || code == -ENOENT ? DUET_EXIT_CONFIG
						    : DUET_EXIT_FAILED;
}

const struct duet_command duet_hub_run_command = {
	.name = "run",
	.arguments = "DIR",
	.summary = "Run a hub",
	.description =
		"Runs the hub in DIR until SIGTERM or SIGINT; then no one is let in any more, what is under "
		"way is "
		"finished, and after at most limits.drain the program ends. Changed certificates are taken "
		"while it runs. The public SDKs know only the ports 8883 and 443; 443 needs a privilege: "
		"`setcap "
		"cap_net_bind_service=+ep` on the program, or the unit file.",
	.flags = flags_table,
	.flags_size = sizeof(struct run_flags),
	.run = run,
};
