/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/metrics.h"

#include <stdbool.h>

static const struct {
	const char *name, *help;
	bool is_gauge;
} rows[DUET_HUB_N_METRICS] = {
	[DUET_HUB_M_ACCEPTED] = {"accepted_total", "TCP connections accepted", false},
	[DUET_HUB_M_TLS_HANDSHAKES] = {"tls_handshakes_total", "TLS handshakes that succeeded", false},
	[DUET_HUB_M_TLS_RESUMED] = {"tls_resumed_total", "TLS handshakes that resumed a session", false},
	[DUET_HUB_M_TLS_FAILED] = {"tls_failed_total", "TLS handshakes that failed", false},
	[DUET_HUB_M_CONNECTIONS] = {"connections", "Open connections of any kind", true},
	[DUET_HUB_M_DEVICES] = {"devices_connected", "Devices and modules connected", true},
	[DUET_HUB_M_CONNECTS] = {"connects_total", "MQTT connects let in", false},
	[DUET_HUB_M_REFUSED_AUTH] = {"refused_authentication_total", "Connects refused for who they are",
				     false},
	[DUET_HUB_M_REFUSED_LIMIT] = {"refused_limit_total", "Connects refused by a limit", false},
	[DUET_HUB_M_CLOSED_PROTOCOL] = {"closed_protocol_total", "Connections ended for what the client did",
					false},
	[DUET_HUB_M_CLOSED_TIMEOUT] = {"closed_timeout_total", "Connections ended by a time-out", false},
	[DUET_HUB_M_CLOSED_EXPIRED] = {"closed_expired_total", "Connections ended when their token expired",
				       false},
	[DUET_HUB_M_CLOSED_TAKEN] = {"closed_taken_total", "Connections ended by a second one of the same id",
				     false},
	[DUET_HUB_M_TELEMETRY] = {"telemetry_messages_total", "Messages from devices", false},
	[DUET_HUB_M_TELEMETRY_BYTES] = {"telemetry_bytes_total", "Bytes of their bodies", false},
	[DUET_HUB_M_THROTTLED] = {"throttled_total", "Times that reading from a connection was stopped",
				  false},
	[DUET_HUB_M_QUEUE_SENT] = {"queue_sent_total", "Messages given to devices", false},
	[DUET_HUB_M_QUEUE_COMPLETED] = {"queue_completed_total", "Messages that devices acknowledged", false},
	[DUET_HUB_M_QUEUE_DEAD] = {"queue_dead_total", "Messages that expired or were tried too often",
				   false},
	[DUET_HUB_M_TWIN_READS] = {"twin_reads_total", "Twins read by devices", false},
	[DUET_HUB_M_TWIN_REPORTS] = {"twin_reports_total", "Changes reported by devices", false},
	[DUET_HUB_M_TWIN_DESIRED] = {"twin_desired_total", "Desired changes sent to devices", false},
	[DUET_HUB_M_METHODS] = {"methods_total", "Methods that reached a device", false},
	[DUET_HUB_M_METHODS_TIMEOUT] = {"methods_timeout_total", "Methods that were not answered in time",
					false},
	[DUET_HUB_M_REGISTRATIONS] = {"registrations_total", "Devices that registered themselves", false},
	[DUET_HUB_M_REQUESTS] = {"http_requests_total", "HTTP requests", false},
	[DUET_HUB_M_REQUESTS_4XX] = {"http_4xx_total", "HTTP requests answered 4xx", false},
	[DUET_HUB_M_REQUESTS_5XX] = {"http_5xx_total", "HTTP requests answered 5xx", false},
	[DUET_HUB_M_REQUESTS_429] = {"http_429_total", "HTTP requests refused by a limit", false},
	[DUET_HUB_M_UPLOADS] = {"uploads_total", "Files uploaded", false},
	[DUET_HUB_M_UPLOAD_BYTES] = {"upload_bytes_total", "Bytes of uploaded files", false},
};

uint64_t duet_hub_metric_sum(const struct duet_hub_metrics *const *sets, size_t n_sets,
			     enum duet_hub_metric metric)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < n_sets; i++)
		sum += atomic_load_explicit(&sets[i]->values[metric], memory_order_relaxed);
	return sum;
}

void duet_hub_metric_write(FILE *out, const char *name, const char *type, const char *help, double value)
{
	fprintf(out, "# HELP duet_hub_%s %s.\n# TYPE duet_hub_%s %s\nduet_hub_%s %.17g\n", name, help, name,
		type, name, value);
}

void duet_hub_metrics_write(FILE *out, const struct duet_hub_metrics *const *sets, size_t n_sets)
{
	for (int i = 0; i < DUET_HUB_N_METRICS; i++)
		duet_hub_metric_write(
			out, rows[i].name, rows[i].is_gauge ? "gauge" : "counter", rows[i].help,
			(double)(int64_t)duet_hub_metric_sum(sets, n_sets, (enum duet_hub_metric)i));
}
