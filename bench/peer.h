/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_BENCH_PEER_H
#define DUET_BENCH_PEER_H

#include <stdbool.h>
#include <sys/types.h>

/* The servers that are measured, each a process of its own: the hub, a bare TLS server over libevent,
 * Mosquitto. */
struct peer {
	pid_t pid;
	int tls_port, plain_port, https_port; /* 0: it has none */
};

/* What all of them lie in: certificates, the hub's database, Mosquitto's. Removed at the end. */
struct place {
	char folder[64];
};

int place_make(struct place *place);
void place_remove(const struct place *place);
const char *place_certificate(const struct place *place); /* PEM; the next two as well; in static memory */
const char *place_key(const struct place *place);
const char *place_ca(const struct place *place);

struct hub_setup {
	int n_devices, n_loops;
	bool durable;
};

/* All return 0 when the server listens, or negative after saying why on stderr. */
int peer_start_hub(struct peer *peer, const struct place *place, const struct hub_setup *setup);
int peer_start_bare(struct peer *peer, const struct place *place);
/* -ENOENT: there is no Mosquitto here. */
int peer_start_mosquitto(struct peer *peer, const struct place *place, bool saves_at_once);
void peer_stop(struct peer *peer);

double peer_cpu_s(const struct peer *peer);    /* processor time so far */
long peer_memory_kib(const struct peer *peer); /* its own, resident */

/* The key of all devices of the bench, and of a policy for its services. */
extern const char bench_key[];
const char *bench_service_token(void);

#endif
