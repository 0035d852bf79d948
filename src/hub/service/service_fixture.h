/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_HUB_SERVICE_FIXTURE_H
#define DUET_HUB_SERVICE_FIXTURE_H

#include <openssl/ssl.h>

#include "hub/session/session_fixture.h"

/* A service that speaks HTTPS to the hub of session_fixture.h, one request after the other. */

struct service {
	struct world *world;
	SSL_CTX *context;
	SSL *ssl;
	int fd;
	char token[500];
	char answer[1 << 20]; /* the last one, head and body */
	const char *body;
	int status;
};

static inline void service_connect(struct service *service)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)duet_hub_port(service->world->hub, DUET_HUB_PORT_HTTPS)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

	service->fd = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(connect(service->fd, (struct sockaddr *)&address, sizeof(address)), 0);
	service->ssl = SSL_new(service->context);
	assert_int_equal(SSL_set_fd(service->ssl, service->fd), 1);
	assert_int_equal(SSL_connect(service->ssl), 1);
}

static inline void service_disconnect(struct service *service)
{
	SSL_free(service->ssl);
	close(service->fd);
}

/* With the token of a policy; "nobody": of one that there is not. */
static inline void service_sign(struct service *service, const char *policy)
{
	struct duet_hub_policy found = {.keys = {OTHER_KEY}};

	if (strcmp(policy, "nobody") != 0)
		assert_int_equal(duet_hub_policy_get(service->world->storage.view, policy,
						     service->world->storage.arena, &found),
				 0);
	assert_true(duet_sas_make("localhost", found.keys[0], policy, (int64_t)time(NULL) + 3600,
				  service->token, sizeof(service->token)) > 0);
}

static inline void service_begin(struct service *service, struct world *world, const char *policy)
{
	service->world = world;
	service->context = SSL_CTX_new(TLS_client_method());
	assert_non_null(service->context);
	service_sign(service, policy);
	service_connect(service);
}

static inline void service_end(struct service *service)
{
	service_disconnect(service);
	SSL_CTX_free(service->context);
}

/* The whole answer, which has a Content-Length, or 204. */
static inline void service_read(struct service *service)
{
	size_t n = 0, whole = sizeof(service->answer) - 1;
	const char *end, *length;
	int got;

	service->body = "";
	while (n < whole) {
		got = SSL_read(service->ssl, service->answer + n, (int)(whole - n));
		assert_true(got > 0);
		n += (size_t)got;
		service->answer[n] = '\0';
		end = strstr(service->answer, "\r\n\r\n");
		if (!end)
			continue;
		service->body = end + 4;
		length = strcasestr(service->answer, "Content-Length: ");
		whole = (size_t)(end + 4 - service->answer) +
			(length && length < end ? strtoul(length + 16, NULL, 10) : 0);
	}
	assert_int_equal(sscanf(service->answer, "HTTP/1.1 %d", &service->status), 1);
}

/* `headers`: further ones, each with its end of line. */
static inline void service_send(struct service *service, const char *method, const char *path,
				const char *headers, struct duet_slice body)
{
	char head[2000];
	int len = snprintf(head, sizeof(head),
			   "%s %s HTTP/1.1\r\nHost: localhost\r\nAuthorization: %s\r\n%sContent-Length: "
			   "%zu\r\n\r\n",
			   method, path, service->token, headers, body.len);

	assert_true(SSL_write(service->ssl, head, len) == len);
	if (body.len > 0)
		assert_true(SSL_write(service->ssl, body.ptr, (int)body.len) == (int)body.len);
}

static inline int service_call(struct service *service, const char *method, const char *path,
			       const char *body)
{
	service_send(service, method, path, "", duet_slice(body));
	service_read(service);
	return service->status;
}

#endif
