/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_BENCH_SWARM_H
#define DUET_BENCH_SWARM_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sample.h"

/* Many MQTT clients on one thread, each with something to do. */

enum swarm_role {
	SWARM_BARE,      /* a TLS handshake and nothing more, again and again */
	SWARM_VISIT,     /* … and CONNECT */
	SWARM_STAY,      /* connects and stays */
	SWARM_PUBLISH,   /* telemetry */
	SWARM_READ,      /* its twin, again and again */
	SWARM_ANSWER,    /* methods */
	SWARM_SUBSCRIBE, /* to everything, persistently, then leaves */
};

struct swarm_login {
	char client_id[64], user_name[160], password[320]; /* user_name "": none */
};

struct swarm_setup {
	int port;
	SSL_CTX *tls; /* NULL: plain */
	bool resumes; /* with the ticket of the client's connection before */
	int n_clients;
	size_t n_payload;
	int qos, window; /* messages of one client under way */
	long rate;       /* messages a second of all clients; 0: as fast as they are acknowledged */
	long read_rate;  /* twins a second of all clients; 0: as fast as they are answered */
	void (*login)(void *user, int number, struct swarm_login *login);
	/* A twin came; the times are monotonic. May be NULL. */
	void (*read)(void *user, int64_t due_ns, int64_t answered_ns);
	void *user;
};

struct swarm;

struct swarm *swarm_new(const struct swarm_setup *setup);
void swarm_free(struct swarm *swarm); /* ends the connections */

/* Clients `first` to `first + n` take a role; those that are not connected connect, at most `at_once` at a
 * time. */
void swarm_assign(struct swarm *swarm, int first, int n, enum swarm_role role, int at_once);

struct swarm_done {
	long n_connects, n_refused, n_messages, n_reads, n_answers, n_lost,
		n_resumed; /* lost: connections that broke */
	int n_open;
	/* Until the answer, from when it was sent; where there is a rate from when it was due, so that who
	 * answers late is not asked less (Tene's coordinated omission). */
	struct sample message_us, read_us;
};
struct swarm_done *swarm_done(struct swarm *swarm);

/* Until `is_enough(swarm, user)` or the time is up; how many seconds it took. */
double swarm_run(struct swarm *swarm, bool (*is_enough)(const struct swarm_done *done, void *user),
		 void *user, double most_s);
/* All connections at once, as when a network fails; they connect anew. */
void swarm_break(struct swarm *swarm);

#endif
