/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_HUB_HUB_H
#define DUET_HUB_HUB_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "duet/error.h"
#include "duet/slice.h"
#include "hub/guard/limit.h"

struct duet_arena;
struct duet_clock;
struct duet_hub_attempts;
struct duet_hub_audit;
struct duet_hub_client;
struct duet_hub_authority;
struct duet_hub_config;
struct duet_hub_directory;
struct duet_hub_lane;
struct duet_hub_limit;
struct duet_hub_log;
struct duet_hub_metrics;
struct duet_hub_outlets;
struct duet_hub_pool;
struct duet_hub_presence;
struct duet_hub_storage;
struct duet_hub_view;
struct duet_loop;
struct duet_session;
struct duet_streams;
struct duet_tls;
struct duet_wheel;

/*
 * The device hub as a whole: a loop for each core, on which connections live, and what they share. Devices
 * and modules are named "device" or "device/module" throughout ("target").
 */
struct duet_hub;

struct duet_hub_setup {
	const struct duet_hub_config *config; /* all of these outlive the hub */
	const struct duet_clock *clock;
	struct duet_hub_storage *storage;
	struct duet_hub_log *log;         /* telemetry */
	struct duet_hub_audit *audit;     /* may be NULL */
	struct duet_hub_outlets *outlets; /* routes of telemetry; may be NULL */
};

enum duet_hub_chore {
	DUET_HUB_CHORE_ACTIVE,
	DUET_HUB_CHORE_EXPIRE,
	DUET_HUB_CHORE_RELOAD,
	DUET_HUB_CHORE_WARN,
	DUET_HUB_CHORE_JOBS,
	DUET_HUB_CHORE_TICKETS,
	DUET_HUB_N_CHORES
};

enum duet_hub_certificate_age {
	DUET_HUB_CERTIFICATE_FINE,
	DUET_HUB_CERTIFICATE_ENDS,
	DUET_HUB_CERTIFICATE_ENDED
};

/* What one loop's thread has. All of it is for that thread, but metrics may be read by any. */
struct duet_hub_loop {
	struct duet_hub *hub;
	struct duet_loop *loop;
	struct duet_wheel *wheel;
	struct duet_streams *streams;
	struct duet_hub_view *view;
	struct duet_hub_lane *lane; /* into the telemetry log */
	struct duet_arena *arena;   /* scratch: who uses it resets it first, and keeps nothing over a call */
	struct duet_hub_presence *presence;
	struct duet_session *sessions, *waiting;       /* connected; those that wait for the lane */
	_Atomic size_t n_sessions;                     /* also those that somebody still refers to */
	int64_t chores[DUET_HUB_N_CHORES];             /* when each was last done; monotonic, ms */
	int64_t certificate_seen;                      /* the first loop's: when the files had changed */
	enum duet_hub_certificate_age certificate_age; /* … and what was last said of it */
	int64_t active_noted_ms;                       /* whoever has sent something since is active */
	struct duet_hub_metrics *metrics;
	struct duet_hub_client *clients; /* connections of services */
	int n_job_steps;                 /* the first loop's: jobs that are being worked at */
	bool jobs_resumed, configures;   /* configures: a round is under way */
	int64_t configure_ms;            /* when the last one began; monotonic */
	int64_t clock_ahead_ms; /* of the wall clock before the monotonic one; 0: not looked at yet */
	int index;
};

int duet_hub_new(struct duet_hub **hub, const struct duet_hub_setup *setup, struct duet_error *error);
/* Listens, and starts the loops' threads. */
int duet_hub_start(struct duet_hub *hub, struct duet_error *error);
/* Listens no more, ends the connections when what they are in the middle of is done, after timeout_ms
 * whatever they do; returns when they and the threads are gone. Storage and log are freed after it, before
 * duet_hub_free, which drains when nobody did. */
void duet_hub_drain(struct duet_hub *hub, int timeout_ms);
void duet_hub_free(struct duet_hub *hub);
enum duet_hub_port { DUET_HUB_PORT_MQTT, DUET_HUB_PORT_HTTPS, DUET_HUB_PORT_PLAIN, DUET_HUB_N_PORTS };
int duet_hub_port(const struct duet_hub *hub,
		  enum duet_hub_port port); /* that it listens on; 0: it does not */

const struct duet_hub_config *duet_hub_config(const struct duet_hub *hub);
const struct duet_clock *duet_hub_clock(const struct duet_hub *hub);
struct duet_hub_storage *duet_hub_storage(struct duet_hub *hub);
struct duet_hub_log *duet_hub_log(struct duet_hub *hub);
struct duet_hub_audit *duet_hub_audit(struct duet_hub *hub);
struct duet_hub_outlets *duet_hub_outlets(struct duet_hub *hub);
struct duet_hub_directory *duet_hub_directory(struct duet_hub *hub);
struct duet_tls *duet_hub_tls(struct duet_hub *hub);
struct duet_hub_limit *duet_hub_connects(struct duet_hub *hub); /* by address */
struct duet_hub_limit *duet_hub_logins(struct duet_hub *hub);   /* by device or module */
struct duet_hub_limit *duet_hub_requests(struct duet_hub *hub); /* by policy or device */
struct duet_hub_attempts *duet_hub_attempts(struct duet_hub *hub);
struct duet_hub_pool *duet_hub_readers(struct duet_hub *hub); /* for what is asked of the database */
struct duet_hub_pool *duet_hub_files(struct duet_hub *hub);   /* for what devices upload */
const struct duet_hub_authority *duet_hub_authority(const struct duet_hub *hub);
int duet_hub_n_loops(const struct duet_hub *hub);
struct duet_hub_loop *duet_hub_loop_at(struct duet_hub *hub, int index);
size_t duet_hub_count_open(struct duet_hub *hub); /* connections of all loops, as of a moment ago */
bool duet_hub_draining(const struct duet_hub *hub);

/*
 * The seams between services and sessions. All are for any thread; what a session must do is sent to its
 * loop.
 */

/* `code` 0: the device answered with `status` and `payload` (JSON text); -ENOTCONN: it is not connected or
 * did not subscribe to methods; -ETIMEDOUT: no answer in time; -ECONNRESET: it went away meanwhile; -EAGAIN:
 * too many are under way. The payload is valid during the call. */
typedef void duet_hub_method_done(void *user, int code, int status, struct duet_slice payload);

struct duet_hub_method_call {
	const char *target;
	struct duet_slice name, payload; /* JSON text, "null" when there is none */
	int connect_timeout_ms;          /* waits so long for the device to connect */
	int response_timeout_ms;
};

/* Copies what it needs; `done(user)` is called on `from`, the caller's loop, unless a negative errno is
 * returned
 * (-ENOMEM). */
int duet_hub_call_method(struct duet_hub_loop *from, const struct duet_hub_method_call *call,
			 duet_hub_method_done *done, void *user);

/* After the commit: `patch` is what was changed of the desired properties, as JSON text. */
void duet_hub_desired_changed(struct duet_hub *hub, const char *target, struct duet_slice patch,
			      int64_t version);
/* There may be something new in the queue to this device (or module). */
void duet_hub_queue_changed(struct duet_hub *hub, const char *target);
/* Keys, status or thumbprints changed, or it was removed: whoever is connected by it must connect again. For
 * a device its modules too. */
void duet_hub_identity_changed(struct duet_hub *hub, const char *device_id);
bool duet_hub_connected(struct duet_hub *hub, const char *target);

#endif
