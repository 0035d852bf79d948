/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <event2/buffer.h>
#include <event2/bufferevent_ssl.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "peer_part.h"

/* The least that a TLS server over libevent can be: it accepts, reads and throws away. */
struct bare {
	struct event_base *base;
	SSL_CTX *context;
};

static void read_away(struct bufferevent *connection, void *user)
{
	evbuffer_drain(bufferevent_get_input(connection), SIZE_MAX);
}

static void happened(struct bufferevent *connection, short what, void *user)
{
	if (what & (BEV_EVENT_EOF | BEV_EVENT_ERROR))
		bufferevent_free(connection);
}

static void accepted(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *address, int len,
		     void *user)
{
	struct bare *bare = user;
	struct bufferevent *connection = bufferevent_openssl_socket_new(
		bare->base, fd, SSL_new(bare->context), BUFFEREVENT_SSL_ACCEPTING, BEV_OPT_CLOSE_ON_FREE);

	if (!connection)
		return;
	bufferevent_openssl_set_allow_dirty_shutdown(connection, 1);
	bufferevent_setcb(connection, read_away, NULL, happened, bare);
	bufferevent_enable(connection, EV_READ);
}

static int serve(int port, const char *certificate, const char *key)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	struct bare bare = {event_base_new(), SSL_CTX_new(TLS_server_method())};
	struct evconnlistener *listener;

	SSL_CTX_set_min_proto_version(bare.context, TLS1_3_VERSION);
	SSL_CTX_set_mode(bare.context, SSL_MODE_RELEASE_BUFFERS);
	if (SSL_CTX_use_certificate_chain_file(bare.context, certificate) != 1 ||
	    SSL_CTX_use_PrivateKey_file(bare.context, key, SSL_FILETYPE_PEM) != 1)
		return 1;
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	listener =
		evconnlistener_new_bind(bare.base, accepted, &bare, LEV_OPT_CLOSE_ON_FREE | LEV_OPT_REUSEABLE,
					4096, (struct sockaddr *)&address, sizeof(address));
	if (!listener)
		return 1;
	event_base_dispatch(bare.base);
	return 0;
}

int peer_start_bare(struct peer *peer, const struct place *place)
{
	*peer = (struct peer){.tls_port = free_port()};
	peer->pid = fork();
	if (peer->pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		_exit(serve(peer->tls_port, place_certificate(place), place_key(place)));
	}
	return peer_wait(peer, peer->tls_port);
}
