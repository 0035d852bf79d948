/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "base/alloc.h"
#include "caller.h"
#include "net/sas.h"
#include "peer.h"
#include "report.h"
#include "stall.h"
#include "swarm.h"

/* bench/hub - loads the device hub and, with the same work in the same run, Mosquitto and a bare TLS server.
 */

/* Mosquitto takes 20 messages of one client at a time. */
enum { PAYLOAD = 256, WINDOW = 64, AT_ONCE = 20, PUBLISHERS = 50, ROUNDS = 10, MAX_READS = 1000000 };

struct options {
	double seconds; /* of each measurement */
	int idle;       /* connections */
	bool json;
	const char *only; /* scenarios whose name begins so */
};

static struct options options = {.seconds = 3, .idle = 5000};
static struct place place;

static void log_in(void *user, int number, struct swarm_login *login)
{
	char resource[128];

	snprintf(login->client_id, sizeof(login->client_id), "bench-%d", number);
	snprintf(login->user_name, sizeof(login->user_name), "localhost/%s/?api-version=2021-04-12",
		 login->client_id);
	snprintf(resource, sizeof(resource), "localhost/devices/%s", login->client_id);
	duet_sas_make(resource, bench_key, NULL, (int64_t)time(NULL) + 7200, login->password,
		      sizeof(login->password));
}

static void log_in_anonymously(void *user, int number, struct swarm_login *login)
{
	snprintf(login->client_id, sizeof(login->client_id), "bench-%d", number);
}

static SSL_CTX *client_tls(void)
{
	SSL_CTX *context = SSL_CTX_new(TLS_client_method());

	SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION);
	SSL_CTX_load_verify_file(context, place_ca(&place));
	SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL_STORE);
	SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
					  SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	return context;
}

static bool never(const struct swarm_done *done, void *user)
{
	return false;
}

static bool all_open(const struct swarm_done *done, void *user)
{
	return done->n_open >= *(int *)user;
}

static bool has_visited(const struct swarm_done *done, void *user)
{
	return done->n_connects + done->n_refused >= *(long *)user;
}

static void complain(const struct swarm_done *done)
{
	if (done->n_refused > 0 || done->n_lost > 0)
		fprintf(stderr, "%ld connections were refused, %ld broke\n", done->n_refused, done->n_lost);
}

/* How many connections a second of processor time a server takes; turns about, so that both see the same
 * machine. */
struct connects {
	struct peer peer;
	struct swarm *swarm;
	enum swarm_role role;
	double cpu_s, wall_s;
	long n;
};

static void connect_some(struct connects *connects, long n)
{
	double cpu_s = peer_cpu_s(&connects->peer);
	long before = swarm_done(connects->swarm)->n_connects, until = before + n;

	swarm_assign(connects->swarm, 0, 16, connects->role, 16);
	connects->wall_s += swarm_run(connects->swarm, has_visited, &until, 30);
	connects->cpu_s += peer_cpu_s(&connects->peer) - cpu_s;
	connects->n += swarm_done(connects->swarm)->n_connects - before;
}

static double measure_connects(bool resumes)
{
	struct connects bare = {.role = SWARM_BARE}, hub = {.role = SWARM_VISIT};
	struct hub_setup hub_setup = {.n_devices = 100, .n_loops = 1};
	struct swarm_setup setup = {
		.tls = client_tls(), .resumes = resumes, .n_clients = 16, .login = log_in};
	double ratio = 0;

	if (peer_start_bare(&bare.peer, &place) == 0 && peer_start_hub(&hub.peer, &place, &hub_setup) == 0) {
		setup.port = bare.peer.tls_port;
		bare.swarm = swarm_new(&setup);
		setup.port = hub.peer.tls_port;
		hub.swarm = swarm_new(&setup);
		connect_some(&bare, 64); /* tickets, and everything is warm */
		connect_some(&hub, 64);
		bare.cpu_s = bare.wall_s = hub.cpu_s = hub.wall_s = 0;
		bare.n = hub.n = 0;
		for (int i = 0; i < ROUNDS; i++) {
			connect_some(&bare, (long)(options.seconds * 50));
			connect_some(&hub, (long)(options.seconds * 50));
		}
		complain(swarm_done(hub.swarm));
		if (resumes && swarm_done(hub.swarm)->n_resumed < hub.n / 2)
			fputs("connections to the hub are not resumed\n", stderr);
		report_add(&(struct report_row){resumes ? "TLS connects, resumed" : "TLS connects",
						"libevent", (double)bare.n / bare.wall_s,
						(double)bare.n / bare.cpu_s, 0, 0, 0, "bare accept"});
		report_add(&(struct report_row){
			resumes ? "TLS and MQTT connects, resumed" : "TLS and MQTT connects", "duet-hub",
			(double)hub.n / hub.wall_s, (double)hub.n / hub.cpu_s, 0, 0, 0, NULL});
		ratio = (double)hub.n / hub.cpu_s / ((double)bare.n / bare.cpu_s);
	}
	swarm_free(bare.swarm);
	swarm_free(hub.swarm);
	peer_stop(&bare.peer);
	peer_stop(&hub.peer);
	SSL_CTX_free(setup.tls);
	return ratio;
}

static void connects(void)
{
	report_target("connects, of a bare TLS accept", 100 * measure_connects(false), "%", 85, false);
	report_ratio("connects that resume, of a bare TLS accept", measure_connects(true));
}

static void idle(void)
{
	struct hub_setup hub_setup = {.n_devices = options.idle, .n_loops = 1};
	struct swarm_setup setup = {.tls = client_tls(), .n_clients = options.idle, .login = log_in};
	struct swarm *swarm = NULL;
	struct peer hub;
	long before, after;
	int wanted = options.idle;
	double bytes;

	if (peer_start_hub(&hub, &place, &hub_setup) == 0) {
		setup.port = hub.tls_port;
		swarm = swarm_new(&setup);
		/* The first few pay for what all share. */
		swarm_assign(swarm, 0, 50, SWARM_STAY, 16);
		swarm_run(swarm, all_open, &(int){50}, 30);
		swarm_run(swarm, never, NULL, 2);
		before = peer_memory_kib(&hub);
		swarm_assign(swarm, 0, wanted, SWARM_STAY, 64);
		swarm_run(swarm, all_open, &wanted, 120);
		swarm_run(swarm, never, NULL, 2);
		after = peer_memory_kib(&hub);
		complain(swarm_done(swarm));
		bytes = (double)(after - before) * 1024 / (swarm_done(swarm)->n_open - 50);
		report_add(&(struct report_row){"idle TLS connections", "duet-hub", 0, 0, 0, 0, bytes, NULL});
		report_target("an idle TLS connection", bytes / 1024, "KiB", 20, true);
	}
	swarm_free(swarm);
	peer_stop(&hub);
	SSL_CTX_free(setup.tls);
}

/* Telemetry to a server that runs: messages a second of its processor time. */
static double publish(const struct peer *peer, const struct swarm_setup *setup, struct report_row *row)
{
	struct swarm *swarm = swarm_new(setup);
	struct swarm_done *done = swarm_done(swarm);
	int n_clients = setup->n_clients;
	double cpu_s, wall_s;
	long n;

	swarm_assign(swarm, 0, n_clients, SWARM_PUBLISH, 16);
	swarm_run(swarm, all_open, &n_clients, 30);
	swarm_run(swarm, never, NULL, 0.5);
	done->message_us.n = 0;
	n = done->n_messages;
	cpu_s = peer_cpu_s(peer);
	wall_s = swarm_run(swarm, never, NULL, options.seconds);
	cpu_s = peer_cpu_s(peer) - cpu_s;
	n = done->n_messages - n;
	complain(done);
	row->per_s = (double)n / wall_s;
	row->per_core = (double)n / cpu_s;
	row->p50_us = sample_percentile(&done->message_us, 50);
	row->p99_us = sample_percentile(&done->message_us, 99);
	report_add(row);
	swarm_free(swarm);
	return row->per_core;
}

struct telemetry {
	const char *what;
	bool tls, durable;
	int qos, window;
	double target; /* a core; 0: none */
};

static double telemetry_of(const struct telemetry *telemetry, double *per_s)
{
	struct hub_setup hub_setup = {.n_devices = PUBLISHERS, .n_loops = 1, .durable = telemetry->durable};
	struct swarm_setup setup = {.tls = telemetry->tls ? client_tls() : NULL,
				    .n_clients = PUBLISHERS,
				    .n_payload = PAYLOAD,
				    .qos = telemetry->qos,
				    .window = telemetry->window,
				    .login = log_in};
	struct report_row row = {.what = telemetry->what, .peer = "duet-hub"};
	struct peer hub;
	double per_core = 0;

	if (peer_start_hub(&hub, &place, &hub_setup) == 0) {
		setup.port = telemetry->tls ? hub.tls_port : hub.plain_port;
		per_core = publish(&hub, &setup, &row);
	}
	peer_stop(&hub);
	SSL_CTX_free(setup.tls);
	*per_s = row.per_s;
	return per_core;
}

static void telemetry(void)
{
	static const struct telemetry kinds[] = {
		{"telemetry, QoS 0, TLS", true, false, 0, 1, 0},
		{"telemetry, QoS 1, TLS, in memory", true, false, 1, 1, 25000},
		{"telemetry, QoS 1, TLS, durable", true, true, 1, 1, 10000},
		{"the same, 64 at a time, in memory", true, false, 1, WINDOW, 0},
		{"the same, 64 at a time, durable", true, true, 1, WINDOW, 0},
	};
	double per_s;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		double per_core = telemetry_of(&kinds[i], &per_s);

		if (kinds[i].target > 0)
			report_target(kinds[i].what, per_core, "messages/s a core", kinds[i].target, false);
	}
}

/* A subscriber that is away, for whom everything is queued. */
static void subscribe_and_leave(int port)
{
	struct swarm_setup setup = {.port = port, .n_clients = 1000, .login = log_in_anonymously};
	struct swarm *swarm = swarm_new(&setup);

	swarm_assign(swarm, 999, 1, SWARM_SUBSCRIBE, 1);
	swarm_run(swarm, has_visited, &(long){1}, 5);
	swarm_free(swarm);
}

static double mosquitto(const char *what, bool saves_at_once)
{
	struct swarm_setup setup = {.n_clients = PUBLISHERS,
				    .n_payload = PAYLOAD,
				    .qos = 1,
				    .window = AT_ONCE,
				    .login = log_in_anonymously};
	struct report_row row = {.what = what, .peer = "mosquitto"};
	struct peer peer;

	if (peer_start_mosquitto(&peer, &place, saves_at_once) < 0) {
		fputs("Mosquitto is not here, so nothing is measured beside it (Debian: mosquitto)\n",
		      stderr);
		return 0;
	}
	subscribe_and_leave(peer.plain_port);
	setup.port = peer.plain_port;
	publish(&peer, &setup, &row);
	peer_stop(&peer);
	return row.per_s;
}

static void beside_mosquitto(void)
{
	static const struct telemetry memory = {
		"telemetry, QoS 1, no TLS, in memory", false, false, 1, AT_ONCE, 0};
	static const struct telemetry durable = {
		"telemetry, QoS 1, no TLS, durable", false, true, 1, AT_ONCE, 0};
	double in_memory, on_disk, defaults, saving;

	telemetry_of(&memory, &in_memory);
	defaults = mosquitto("QoS 1, no TLS, defaults", false);
	telemetry_of(&durable, &on_disk);
	saving = mosquitto("QoS 1, no TLS, autosave_on_changes", true);
	if (defaults > 0) {
		report_ratio("durable, of Mosquitto with its defaults", on_disk / defaults);
		report_ratio("in memory, of Mosquitto with its defaults", in_memory / defaults);
	}
	if (saving > 0)
		report_target("durable, times Mosquitto that saves at once", on_disk / saving, "x", 1, false);
}

/* When each twin was due and came, to be held against when the machine stood still. */
struct reads {
	struct {
		int64_t due_ns, answered_ns;
	} * all;
	size_t n;
};

static void note_read(void *user, int64_t due_ns, int64_t answered_ns)
{
	struct reads *reads = user;

	if (reads->all && reads->n < MAX_READS) {
		reads->all[reads->n].due_ns = due_ns;
		reads->all[reads->n++].answered_ns = answered_ns;
	}
}

/* What is left when those are not counted in whose time a processor stood still. */
static void report_undisturbed(const struct reads *reads, const struct stall_watch *stalls)
{
	struct sample us = {0};
	char note[160];

	for (size_t i = 0; i < reads->n; i++)
		if (!stall_touches(stalls, reads->all[i].due_ns, reads->all[i].answered_ns))
			sample_add(&us, (double)(reads->all[i].answered_ns - reads->all[i].due_ns) / 1e3);
	snprintf(note, sizeof(note),
		 "%.1f %% of them; processors stood still %d times, %.1f %% of the time, at most %.0f ms",
		 100.0 * (double)us.n / (double)(reads->n ? reads->n : 1), stall_count(stalls),
		 100 * stall_share(stalls), stall_longest_ms(stalls));
	report_add(&(struct report_row){"the same, while no processor stood still", "duet-hub", 0, 0,
					sample_percentile(&us, 50), sample_percentile(&us, 99), 0, note});
	sample_done(&us);
}

static void read_twins(struct swarm *swarm, const struct peer *hub, struct reads *reads)
{
	struct swarm_done *done = swarm_done(swarm);
	double cpu_s, wall_s, p99_us;
	struct stall_watch *stalls;
	long n;

	done->read_us.n = reads->n = 0;
	n = done->n_reads;
	cpu_s = peer_cpu_s(hub);
	stalls = stall_begin();
	wall_s = swarm_run(swarm, never, NULL, options.seconds);
	stall_end(stalls);
	cpu_s = peer_cpu_s(hub) - cpu_s;
	n = done->n_reads - n;
	complain(done);
	p99_us = sample_percentile(&done->read_us, 99);
	report_add(&(struct report_row){"twin GET, 2,000/s with 5,000 messages/s", "duet-hub",
					(double)n / wall_s, (double)n / cpu_s,
					sample_percentile(&done->read_us, 50), p99_us, 0, NULL});
	report_target("twin GET under load, p99", p99_us / 1e3, "ms", 5, true);
	if (stalls)
		report_undisturbed(reads, stalls);
	stall_free(stalls);
}

static void twins(void)
{
	enum { READERS = 50, LOAD = 5000, READS = 2000 };
	struct hub_setup hub_setup = {.n_devices = PUBLISHERS + READERS, .n_loops = 1, .durable = true};
	struct reads reads = {.all = duet_calloc(MAX_READS, sizeof(*reads.all))};
	struct swarm_setup setup = {.tls = client_tls(),
				    .n_clients = PUBLISHERS + READERS,
				    .n_payload = PAYLOAD,
				    .qos = 1,
				    .window = WINDOW,
				    .rate = LOAD,
				    .read_rate = READS,
				    .login = log_in,
				    .read = note_read,
				    .user = &reads};
	struct swarm *swarm = NULL;
	struct peer hub;

	if (peer_start_hub(&hub, &place, &hub_setup) == 0) {
		setup.port = hub.tls_port;
		swarm = swarm_new(&setup);
		swarm_assign(swarm, 0, PUBLISHERS, SWARM_PUBLISH, 16);
		swarm_assign(swarm, PUBLISHERS, READERS, SWARM_READ, 16);
		swarm_run(swarm, all_open, &(int){PUBLISHERS + READERS}, 30);
		swarm_run(swarm, never, NULL, 0.5);
		read_twins(swarm, &hub, &reads);
	}
	swarm_free(swarm);
	peer_stop(&hub);
	SSL_CTX_free(setup.tls);
	duet_free(reads.all);
}

static void methods(void)
{
	enum { DEVICES = 50, CALLERS = 4 };
	struct hub_setup hub_setup = {.n_devices = DEVICES, .n_loops = 1};
	struct swarm_setup setup = {.tls = client_tls(), .n_clients = DEVICES, .window = 1, .login = log_in};
	struct caller callers[CALLERS];
	struct swarm *swarm = NULL;
	struct sample us = {0};
	struct peer hub;
	double cpu_s;
	long failed;

	if (peer_start_hub(&hub, &place, &hub_setup) == 0) {
		setup.port = hub.tls_port;
		swarm = swarm_new(&setup);
		swarm_assign(swarm, 0, DEVICES, SWARM_ANSWER, 16);
		swarm_run(swarm, all_open, &(int){DEVICES}, 30);
		cpu_s = peer_cpu_s(&hub);
		for (int i = 0; i < CALLERS; i++)
			caller_start(&callers[i], hub.https_port, place_ca(&place), bench_service_token(),
				     DEVICES, options.seconds);
		swarm_run(swarm, never, NULL, options.seconds + 0.5);
		cpu_s = peer_cpu_s(&hub) - cpu_s;
		for (int i = 0; i < CALLERS; i++) {
			failed = caller_finish(&callers[i], &us);
			if (failed != 0)
				fprintf(stderr, "%ld calls of methods failed\n", failed);
		}
		complain(swarm_done(swarm));
		report_add(&(struct report_row){"methods, called over HTTPS", "duet-hub",
						(double)us.n / options.seconds, (double)us.n / cpu_s,
						sample_percentile(&us, 50), sample_percentile(&us, 99), 0,
						NULL});
	}
	sample_done(&us);
	swarm_free(swarm);
	peer_stop(&hub);
	SSL_CTX_free(setup.tls);
}

static void storm(void)
{
	enum { DEVICES = 1000 };
	struct hub_setup hub_setup = {.n_devices = DEVICES, .n_loops = 1};
	struct swarm_setup setup = {.tls = client_tls(), .n_clients = DEVICES, .login = log_in};
	char note[64];

	for (int resumes = 0; resumes < 2; resumes++) {
		struct swarm *swarm = NULL;
		struct peer hub;
		double cpu_s, wall_s;

		setup.resumes = resumes;
		if (peer_start_hub(&hub, &place, &hub_setup) == 0) {
			setup.port = hub.tls_port;
			swarm = swarm_new(&setup);
			swarm_assign(swarm, 0, DEVICES, SWARM_STAY, 64);
			swarm_run(swarm, all_open, &(int){DEVICES}, 60);
			cpu_s = peer_cpu_s(&hub);
			swarm_break(swarm);
			swarm_assign(swarm, 0, DEVICES, SWARM_STAY, DEVICES);
			wall_s = swarm_run(swarm, all_open, &(int){DEVICES}, 60);
			cpu_s = peer_cpu_s(&hub) - cpu_s;
			complain(swarm_done(swarm));
			snprintf(note, sizeof(note), "all back after %.1f s", wall_s);
			report_add(&(struct report_row){
				resumes ? "reconnect storm of 1,000, resumed" : "reconnect storm of 1,000",
				"duet-hub", DEVICES / wall_s, DEVICES / cpu_s, 0, 0, 0, note});
		}
		swarm_free(swarm);
		peer_stop(&hub);
	}
	SSL_CTX_free(setup.tls);
}

static const struct {
	const char *name;
	void (*run)(void);
} scenarios[] = {
	{"connects", connects},   {"idle", idle},
	{"telemetry", telemetry}, {"mosquitto", beside_mosquitto},
	{"twins", twins},         {"methods", methods},
	{"storm", storm},
};

static int usage(int status)
{
	fputs("usage: hub [--seconds S] [--idle N] [--only SCENARIO] [--json]\n"
	      "Loads the device hub, and Mosquitto and a bare TLS server with the same work in the same "
	      "run.\n"
	      "Scenarios: connects idle telemetry mosquitto twins methods storm\n",
	      status ? stderr : stdout);
	return status;
}

static int read_options(int argc, char **argv)
{
	static const struct option known[] = {
		{"seconds", required_argument, NULL, 's'}, {"idle", required_argument, NULL, 'i'},
		{"only", required_argument, NULL, 'o'},    {"json", no_argument, NULL, 'j'},
		{"help", no_argument, NULL, 'h'},          {NULL, 0, NULL, 0},
	};
	int letter;

	while ((letter = getopt_long(argc, argv, "", known, NULL)) != -1) {
		switch (letter) {
		case 's':
			options.seconds = strtod(optarg, NULL);
			break;
		case 'i':
			options.idle = (int)strtol(optarg, NULL, 10);
			break;
		case 'o':
			options.only = optarg;
			break;
		case 'j':
			options.json = true;
			break;
		case 'h':
			exit(usage(0));
		default:
			return -EINVAL;
		}
	}
	return options.seconds > 0 && options.idle > 50 && optind == argc ? 0 : -EINVAL;
}

int main(int argc, char **argv)
{
	struct rlimit limit;

	if (read_options(argc, argv) < 0)
		return usage(2);
	signal(SIGPIPE, SIG_IGN); /* OpenSSL writes to connections that ended */
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
	if (place_make(&place) < 0)
		return 1;
	report_begin(options.json);
	for (size_t i = 0; i < sizeof(scenarios) / sizeof(scenarios[0]); i++)
		if (!options.only || strncmp(scenarios[i].name, options.only, strlen(options.only)) == 0)
			scenarios[i].run();
	report_end();
	place_remove(&place);
	return 0;
}
