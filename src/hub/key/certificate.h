/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_HUB_CERTIFICATE_H
#define DUET_HUB_CERTIFICATE_H

#include <openssl/x509.h>
#include <stddef.h>
#include <stdint.h>

#include "duet/error.h"
#include "duet/slice.h"

/*
 * The hub's own certification authority and what it signs (X.509, P-256, RFC
 * 5280), and what is read from the certificates of others. Files are PEM;
 * private keys are made with mode 0600. Any thread; making one blocks.
 */

/* Makes DIR/ca.pem and ca.key (ten years), then DIR/server.pem and server.key as renewing does. */
int duet_hub_certificate_init(const char *dir, const char *hostname, struct duet_error *error);

/* A new server certificate by the authority in `dir`, for `hostname`, localhost, the machine's name,
 * 127.0.0.1 and ::1. The old one stays until the new one is whole. */
int duet_hub_certificate_renew(const char *dir, const char *hostname, int days, struct duet_error *error);

/* A client certificate of `name` (its common name) by the authority in `dir`, as two PEM files. */
int duet_hub_certificate_issue(const char *dir, const char *name, int days, const char *certificate_path,
			       const char *key_path, struct duet_error *error);

enum { DUET_HUB_NAME_SIZE = 256, DUET_HUB_THUMBPRINT_SIZE = 65 };

struct duet_hub_certificate {
	char common_name[DUET_HUB_NAME_SIZE]; /* UTF-8; "" when there is none */
	char issuer[DUET_HUB_NAME_SIZE];      /* the issuer's common name */
	char sha1[DUET_HUB_THUMBPRINT_SIZE], sha256[DUET_HUB_THUMBPRINT_SIZE]; /* of DER, upper-case hex */
	char names[1024];                  /* alternative names, "DNS:localhost, IP Address:127.0.0.1" */
	int64_t not_before_s, not_after_s; /* since 1970 UTC */
};

/* What stands in a certificate. -EINVAL when a name cannot be trusted to be what it seems: NUL or control
 * characters in it, broken UTF-8, too long. */
int duet_hub_certificate_read(struct duet_hub_certificate *read, X509 *x509);

/* The first certificate of a PEM text, or one of DER. -EINVAL. */
int duet_hub_certificate_parse(struct duet_hub_certificate *read, struct duet_slice bytes);

#endif
