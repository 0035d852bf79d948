/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_NET_TLS_H
#define DUET_NET_TLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "duet/error.h"

struct ssl_st;
struct ssl_ctx_st;
struct x509_st;

/*
 * What a TLS listener needs, over OpenSSL: TLS 1.2 and 1.3 with modern ciphers, one ticket for each
 * connection (stateless; its keys change every 12 hours and outlive a reload), buffers given back while idle.
 * A client may show a certificate, and whoever listens judges it. Any thread.
 */
struct duet_tls;

struct duet_tls_setup {
	const char *certificate_file; /* PEM, the chain: the server's first */
	const char *key_file;         /* PEM */
	bool asks_certificate;        /* of clients; one that shows none is served as well */
	bool only_tls13, no_tickets;
};

int duet_tls_new(struct duet_tls **tls, const struct duet_tls_setup *setup, struct duet_error *error);
void duet_tls_free(struct duet_tls *tls);
/* Reads the files again; connections that exist go on with the old ones. When it fails the old ones stay. */
int duet_tls_reload(struct duet_tls *tls, struct duet_error *error);
/* When the files had changed, as a number that is for comparing: as they are now, and as they were read. */
int64_t duet_tls_stamp(const struct duet_tls *tls);
int64_t duet_tls_stamp_read(struct duet_tls *tls);
long duet_tls_expires_s(
	struct duet_tls *tls); /* seconds until the server's certificate ends; may be negative */

/* What tickets are sealed with, for who keeps it so that tickets outlive a restart: when the newest key was
 * made, in seconds since 1970, the key, and the one before it. A secret. */
enum { DUET_TLS_TICKET_KEYS = 8 + 2 * 80 };
void duet_tls_ticket_keys(struct duet_tls *tls, unsigned char keys[DUET_TLS_TICKET_KEYS]);
int duet_tls_set_ticket_keys(struct duet_tls *tls,
			     const unsigned char keys[DUET_TLS_TICKET_KEYS]); /* -ESTALE: too old */

struct ssl_st *duet_tls_accept(struct duet_tls *tls); /* for duet_stream_new; NULL: out of memory */
struct x509_st *duet_tls_peer(struct ssl_st *ssl); /* what the client showed, or NULL; lives as long as ssl */

#endif
