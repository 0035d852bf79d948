/* SPDX-License-Identifier: Apache-2.0 */
#include "caller.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"

static const char body[] = "{\"methodName\":\"blink\",\"payload\":{\"n\":1},\"responseTimeoutInSeconds\":10}";

static SSL *open_connection(int port, const char *ca_file)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	SSL_CTX *context = SSL_CTX_new(TLS_client_method());
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;
	SSL *ssl;

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	SSL_CTX_load_verify_file(context, ca_file);
	SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		return NULL;
	ssl = SSL_new(context);
	SSL_set_fd(ssl, fd);
	return SSL_connect(ssl) == 1 ? ssl : NULL;
}

/* The answer's status; 0: the connection broke. */
static int read_answer(SSL *ssl)
{
	char answer[8192];
	size_t len = 0;
	const char *end = NULL, *length;
	int n;

	do {
		n = SSL_read(ssl, answer + len, (int)(sizeof(answer) - 1 - len));
		if (n <= 0)
			return 0;
		len += (size_t)n;
		answer[len] = 0;
		end = strstr(answer, "\r\n\r\n");
		length = strcasestr(answer, "\r\ncontent-length:");
	} while (!end || (length && len < (size_t)(end + 4 - answer) + strtoul(length + 17, NULL, 10)));
	return (int)strtol(answer + 9, NULL, 10);
}

static int call(SSL *ssl, const char *token, int device)
{
	char request[1024];
	int len = snprintf(
		request, sizeof(request),
		"POST /twins/bench-%d/methods?api-version=2021-04-12 HTTP/1.1\r\nHost: localhost\r\n"
		"Authorization: %s\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
		device, token, strlen(body), body);

	return SSL_write(ssl, request, len) == len ? read_answer(ssl) : 0;
}

static int call_all(int port, const char *ca_file, const char *token, int n_devices, double seconds,
		    FILE *results)
{
	int64_t began_ns = duet_clock_system.mono_ns(&duet_clock_system), before_ns, now_ns = began_ns;
	SSL *ssl = open_connection(port, ca_file);
	int status = 200;
	float us;

	if (!ssl)
		return 1;
	for (int i = 0; status && (double)(now_ns - began_ns) < seconds * 1e9; i++) {
		before_ns = now_ns;
		status = call(ssl, token, i % n_devices);
		now_ns = duet_clock_system.mono_ns(&duet_clock_system);
		us = status == 200 ? (float)(now_ns - before_ns) / 1000 : -1;
		fwrite(&us, sizeof(us), 1, results);
	}
	return 0;
}

int caller_start(struct caller *caller, int port, const char *ca_file, const char *token, int n_devices,
		 double seconds)
{
	int ends[2];
	FILE *results;
	int code;

	if (pipe(ends) < 0)
		return -errno;
	fflush(NULL);
	caller->results = ends[0];
	caller->pid = fork();
	if (caller->pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(ends[0]);
		results = fdopen(ends[1], "w");
		setvbuf(results, NULL, _IOFBF, 1 << 20);
		code = call_all(port, ca_file, token, n_devices, seconds, results);
		fclose(results);
		_exit(code);
	}
	close(ends[1]);
	return 0;
}

long caller_finish(struct caller *caller, struct sample *us)
{
	long n_failed = 0;
	int status = 0;
	float value;

	while (read(caller->results, &value, sizeof(value)) == sizeof(value)) {
		if (value >= 0)
			sample_add(us, value);
		else
			n_failed++;
	}
	close(caller->results);
	waitpid(caller->pid, &status, 0);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? n_failed : -1;
}
