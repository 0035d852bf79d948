/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/port.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

static bool read_address(const char *text, int port, union address *address, socklen_t *len)
{
	*address = (union address){0};
	if (inet_pton(AF_INET, text, &address->v4.sin_addr) == 1) {
		address->v4.sin_family = AF_INET;
		address->v4.sin_port = htons((uint16_t)port);
		*len = sizeof(address->v4);
		return true;
	}
	if (inet_pton(AF_INET6, *text ? text : "::", &address->v6.sin6_addr) != 1)
		return false;
	address->v6.sin6_family = AF_INET6;
	address->v6.sin6_port = htons((uint16_t)port);
	*len = sizeof(address->v6);
	return true;
}

static int port_of(int fd)
{
	union address bound = {0};
	socklen_t len = sizeof(bound);

	if (getsockname(fd, &bound.any, &len) < 0)
		return 0;
	return ntohs(bound.any.sa_family == AF_INET ? bound.v4.sin_port : bound.v6.sin6_port);
}

static int open_socket(const union address *address, socklen_t len, int backlog, bool joins)
{
	int fd = socket(address->any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), one = 1,
	    zero = 0;
	int code;

	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (joins)
		setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof(one));
	if (address->any.sa_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &zero, sizeof(zero));
	if (bind(fd, &address->any, len) == 0 && listen(fd, backlog) == 0)
		return fd;
	code = -errno;
	close(fd);
	return code;
}

/* The first socket has the port to itself, so that two hubs never share one, and lets the others join once
 * it listens. */
static int open_all(int *fds, int n_fds, union address *address, socklen_t len, int backlog)
{
	int one = 1, n = 0, port = 0;

	for (; n < n_fds; n++) {
		fds[n] = open_socket(address, len, backlog, n > 0);
		if (fds[n] < 0)
			break;
		if (n > 0)
			continue;
		port = port_of(fds[0]);
		if (address->any.sa_family == AF_INET)
			address->v4.sin_port = htons((uint16_t)port);
		else
			address->v6.sin6_port = htons((uint16_t)port);
		setsockopt(fds[0], SOL_SOCKET, SO_REUSEPORT, &one, sizeof(one));
	}
	if (n == n_fds)
		return port;
	port = fds[n];
	while (n > 0)
		close(fds[--n]);
	return port;
}

static int complain(struct duet_error *error, int code, const char *address, int port)
{
	char owner[64];

	duet_error_set(error, code, "%s%sport %d cannot be listened on: %s", address, *address ? " " : "",
		       port, strerror(-code));
	if (code == -EACCES)
		duet_error_hint(error, "let the program have low ports: sudo setcap cap_net_bind_service=+ep "
				       "$(command -v duet-hub), or choose another port");
	else if (code == -EADDRINUSE && duet_hub_port_owner(port, owner, sizeof(owner)))
		duet_error_hint(error, "%s listens there; end it or choose another port", owner);
	else if (code == -EADDRINUSE)
		duet_error_hint(error, "another program listens there; end it or choose another port");
	return code;
}

int duet_hub_port_listen(int *fds, int n_fds, const char *address, int port, int backlog,
			 struct duet_error *error)
{
	union address bound;
	socklen_t len;
	int code;

	if (!read_address(address, port, &bound, &len))
		return duet_error_set(error, -EINVAL, "%s is no address", address);
	code = open_all(fds, n_fds, &bound, len, backlog);
	/* A machine without IPv6. */
	if (code == -EAFNOSUPPORT && !*address && read_address("0.0.0.0", port, &bound, &len))
		code = open_all(fds, n_fds, &bound, len, backlog);
	return code < 0 ? complain(error, code, address, port) : code;
}
