/* SPDX-License-Identifier: Apache-2.0 */
#include "peer.h"
#include "peer_part.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "duet/error.h"
#include "hub/key/certificate.h"

int place_make(struct place *place)
{
	struct duet_error error = {0};

	snprintf(place->folder, sizeof(place->folder), "/tmp/duet-bench-XXXXXX");
	if (!mkdtemp(place->folder))
		return -errno;
	if (duet_hub_certificate_init(place->folder, "localhost", &error) < 0) {
		fprintf(stderr, "%s\n", error.what);
		return error.code;
	}
	return 0;
}

void place_remove(const struct place *place)
{
	char command[96];

	snprintf(command, sizeof(command), "rm -rf '%s'", place->folder);
	if (system(command) != 0)
		fprintf(stderr, "%s is left\n", place->folder);
}

static const char *file_of(const struct place *place, const char *name, char *path, size_t size)
{
	snprintf(path, size, "%s/%s", place->folder, name);
	return path;
}

const char *place_certificate(const struct place *place)
{
	static char path[96];

	return file_of(place, "server.pem", path, sizeof(path));
}

const char *place_key(const struct place *place)
{
	static char path[96];

	return file_of(place, "server.key", path, sizeof(path));
}

const char *place_ca(const struct place *place)
{
	static char path[96];

	return file_of(place, "ca.pem", path, sizeof(path));
}

int free_port(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	socklen_t len = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), port = 0;

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0 &&
	    getsockname(fd, (struct sockaddr *)&address, &len) == 0)
		port = ntohs(address.sin_port);
	close(fd);
	return port;
}

static bool can_connect(int port)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool connected;

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	connected = connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0;
	close(fd);
	return connected;
}

int peer_wait(struct peer *peer, int port)
{
	for (int i = 0; i < 600; i++) {
		if (can_connect(port))
			return 0;
		if (waitpid(peer->pid, NULL, WNOHANG) == peer->pid)
			break;
		usleep(50000);
	}
	peer_stop(peer);
	return -ECONNREFUSED;
}

void peer_stop(struct peer *peer)
{
	if (peer->pid <= 0)
		return;
	kill(peer->pid, SIGTERM);
	for (int i = 0; i < 300 && waitpid(peer->pid, NULL, WNOHANG) == 0; i++)
		usleep(50000);
	kill(peer->pid, SIGKILL);
	waitpid(peer->pid, NULL, 0);
	peer->pid = 0;
}

double peer_cpu_s(const struct peer *peer)
{
	struct timespec spent = {0};
	clockid_t clock;

	if (clock_getcpuclockid(peer->pid, &clock) == 0)
		clock_gettime(clock, &spent);
	return (double)spent.tv_sec + (double)spent.tv_nsec / 1e9;
}

long peer_memory_kib(const struct peer *peer)
{
	char path[64], line[128];
	long kib = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)peer->pid);
	file = fopen(path, "r");
	while (file && fgets(line, sizeof(line), file))
		if (strncmp(line, "RssAnon:", 8) == 0)
			kib = strtol(line + 8, NULL, 10);
	if (file)
		fclose(file);
	return kib;
}

static int write_mosquitto_config(const struct place *place, const char *path, int port, bool saves_at_once)
{
	FILE *file = fopen(path, "w");

	if (!file)
		return -errno;
	fprintf(file,
		"listener %d 127.0.0.1\nallow_anonymous true\npersistence true\npersistence_location %s/\n"
		"persistence_file mosquitto%d.db\nlog_dest none\n",
		port, place->folder, port);
	if (geteuid() == 0)
		fputs("user root\n", file); /* its own user could not write here */
	if (saves_at_once)
		/* It would save no more once a queue is full and messages are thrown away. */
		fputs("autosave_on_changes true\nautosave_interval 1\nmax_queued_messages 0\n", file);
	return fclose(file) == 0 ? 0 : -errno;
}

int peer_start_mosquitto(struct peer *peer, const struct place *place, bool saves_at_once)
{
	static const char program[] = "/usr/sbin/mosquitto";
	char path[96];
	int code;

	*peer = (struct peer){.plain_port = free_port()};
	if (access(program, X_OK) < 0)
		return -ENOENT;
	code = write_mosquitto_config(place, file_of(place, "mosquitto.conf", path, sizeof(path)),
				      peer->plain_port, saves_at_once);
	if (code < 0)
		return code;
	peer->pid = fork();
	if (peer->pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		execl(program, program, "-c", path, (char *)NULL);
		_exit(127);
	}
	return peer_wait(peer, peer->plain_port);
}
