/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_HUB_METRICS_H
#define DUET_HUB_METRICS_H

#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>

/*
 * Counters and gauges, one set for each loop, so that counting never meets
 * another thread's writes; reading sums the sets. Rendered in Prometheus' text
 * format 0.0.4. One row in metrics.c names each.
 */
enum duet_hub_metric {
	DUET_HUB_M_ACCEPTED, /* TCP connections */
	DUET_HUB_M_TLS_HANDSHAKES,
	DUET_HUB_M_TLS_RESUMED,
	DUET_HUB_M_TLS_FAILED,
	DUET_HUB_M_CONNECTIONS,  /* gauge: open, of any kind */
	DUET_HUB_M_DEVICES,      /* gauge: devices and modules connected */
	DUET_HUB_M_CONNECTS,     /* MQTT connects that were let in */
	DUET_HUB_M_REFUSED_AUTH, /* and those that were not */
	DUET_HUB_M_REFUSED_LIMIT,
	DUET_HUB_M_CLOSED_PROTOCOL, /* ended because of what the client did */
	DUET_HUB_M_CLOSED_TIMEOUT,  /* keep-alive, handshake */
	DUET_HUB_M_CLOSED_EXPIRED,  /* the token's time was up */
	DUET_HUB_M_CLOSED_TAKEN,    /* the same id connected again */
	DUET_HUB_M_TELEMETRY,       /* messages taken */
	DUET_HUB_M_TELEMETRY_BYTES,
	DUET_HUB_M_THROTTLED,  /* times that reading from a connection was stopped */
	DUET_HUB_M_QUEUE_SENT, /* messages given to devices */
	DUET_HUB_M_QUEUE_COMPLETED,
	DUET_HUB_M_QUEUE_DEAD, /* expired, or tried too often */
	DUET_HUB_M_TWIN_READS, /* over MQTT */
	DUET_HUB_M_TWIN_REPORTS,
	DUET_HUB_M_TWIN_DESIRED, /* changes sent to devices */
	DUET_HUB_M_METHODS,      /* calls that reached a device */
	DUET_HUB_M_METHODS_TIMEOUT,
	DUET_HUB_M_REGISTRATIONS, /* over DPS */
	DUET_HUB_M_REQUESTS,      /* HTTP, all */
	DUET_HUB_M_REQUESTS_4XX,
	DUET_HUB_M_REQUESTS_5XX,
	DUET_HUB_M_REQUESTS_429,
	DUET_HUB_M_UPLOADS,
	DUET_HUB_M_UPLOAD_BYTES,
	DUET_HUB_N_METRICS,
};

struct duet_hub_metrics {
	_Alignas(64) _Atomic uint64_t values[DUET_HUB_N_METRICS];
};

/* Only the set's own loop adds: a plain load and store, no locked instruction. */
static inline void duet_hub_count(struct duet_hub_metrics *metrics, enum duet_hub_metric metric, uint64_t n)
{
	uint64_t value = atomic_load_explicit(&metrics->values[metric], memory_order_relaxed);

	atomic_store_explicit(&metrics->values[metric], value + n, memory_order_relaxed);
}

/* Gauges go down too. */
static inline void duet_hub_uncount(struct duet_hub_metrics *metrics, enum duet_hub_metric metric, uint64_t n)
{
	duet_hub_count(metrics, metric, (uint64_t)0 - n);
}

/* The sum over `n_sets` sets. Any thread. */
uint64_t duet_hub_metric_sum(const struct duet_hub_metrics *const *sets, size_t n_sets,
			     enum duet_hub_metric metric);

/* All of them in Prometheus' text format. */
void duet_hub_metrics_write(FILE *out, const struct duet_hub_metrics *const *sets, size_t n_sets);

/* One more line of the same kind, for what is counted elsewhere; `type`: "counter" or "gauge". */
void duet_hub_metric_write(FILE *out, const char *name, const char *type, const char *help, double value);

#endif
