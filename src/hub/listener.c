/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/listener.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/log.h"
#include "hub/config.h"
#include "hub/guard/limit.h"
#include "hub/metrics.h"
#include "hub/service/service.h"
#include "hub/session/session.h"
#include "loop/loop.h"
#include "loop/wheel.h"
#include "net/stream.h"
#include "net/tls.h"

/* So many at once, before those that are connected have their turn; a pause when descriptors run out. */
enum { BATCH = 16, PAUSE_MS = 100 };

struct duet_hub_listener {
	struct duet_hub_loop *loop;
	struct duet_watch *watch;
	struct duet_spoke again;
	enum duet_hub_port port;
	int fd;
};

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

static int serve(struct duet_hub_listener *listener, struct duet_stream *take_stream)
{
	if (listener->port == DUET_HUB_PORT_HTTPS)
		return duet_hub_service_accept(listener->loop, take_stream);
	return duet_session_new(listener->loop, take_stream, false);
}

static bool is_refused(struct duet_hub_listener *listener, const union address *peer)
{
	struct duet_hub_loop *loop = listener->loop;
	char text[46];

	duet_stream_name_peer(&peer->any, text);
	if (duet_hub_limit_take(duet_hub_connects(loop->hub), text, duet_wheel_now_ms(loop->wheel)) &&
	    duet_hub_count_open(loop->hub) < (size_t)duet_hub_config(loop->hub)->limits.connections)
		return false;
	duet_hub_count(loop->metrics, DUET_HUB_M_REFUSED_LIMIT, 1);
	duet_log(DUET_LOG_DEBUG, "hub", "%s is refused: too many connections", text);
	return true;
}

static void take(struct duet_hub_listener *listener, int take_fd, const union address *peer)
{
	struct duet_hub_loop *loop = listener->loop;
	struct duet_stream *stream;
	struct ssl_st *ssl = NULL;

	duet_hub_count(loop->metrics, DUET_HUB_M_ACCEPTED, 1);
	if (is_refused(listener, peer)) {
		close(take_fd);
		return;
	}
	if (listener->port != DUET_HUB_PORT_PLAIN) {
		ssl = duet_tls_accept(duet_hub_tls(loop->hub));
		if (!ssl) {
			close(take_fd);
			return;
		}
	}
	if (duet_stream_new(&stream, loop->streams, take_fd, ssl, NULL, NULL) < 0 ||
	    serve(listener, stream) < 0)
		duet_log(DUET_LOG_WARN, "hub", "a connection is refused: out of memory");
}

static void accept_some(void *user)
{
	struct duet_hub_listener *listener = user;

	for (int i = 0; i < BATCH; i++) {
		union address peer = {0};
		socklen_t len = sizeof(peer);
		int fd = accept4(listener->fd, &peer.any, &len, SOCK_CLOEXEC | SOCK_NONBLOCK);

		if (fd >= 0) {
			take(listener, fd, &peer);
			continue;
		}
		if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS) {
			duet_log(DUET_LOG_WARN, "hub", "connections wait: %s", strerror(errno));
			duet_watch_free(listener->watch);
			listener->watch = NULL;
			duet_wheel_set(listener->loop->wheel, &listener->again, PAUSE_MS);
		}
		return;
	}
}

static void watch(void *user)
{
	struct duet_hub_listener *listener = user;

	listener->watch = duet_watch_read(listener->loop->loop, listener->fd, accept_some, listener);
	if (!listener->watch)
		duet_wheel_set(listener->loop->wheel, &listener->again, PAUSE_MS);
}

struct duet_hub_listener *duet_hub_listener_new(struct duet_hub_loop *loop, int take_fd,
						enum duet_hub_port port)
{
	struct duet_hub_listener *listener = duet_calloc(1, sizeof(*listener));

	if (!listener) {
		close(take_fd);
		return NULL;
	}
	listener->loop = loop;
	listener->port = port;
	listener->fd = take_fd;
	listener->again = (struct duet_spoke){.call = watch, .user = listener};
	watch(listener);
	return listener;
}

void duet_hub_listener_free(struct duet_hub_listener *listener)
{
	if (!listener)
		return;
	duet_wheel_stop(listener->loop->wheel, &listener->again);
	duet_watch_free(listener->watch);
	close(listener->fd);
	duet_free(listener);
}
