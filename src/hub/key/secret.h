/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_HUB_SECRET_H
#define DUET_HUB_SECRET_H

#include <stddef.h>

#include "duet/error.h"
#include "duet/slice.h"

/*
 * Keys at rest: AES-256-GCM (NIST SP 800-38D) under a key file of mode 0600 that
 * lies beside the database. A sealed text is version, nonce, tag, cipher text;
 * what it belongs to (`context`) is authenticated with it, so that one row's
 * secret does not open in another.
 */
struct duet_hub_secret;

enum { DUET_HUB_SECRET_OVERHEAD = 1 + 12 + 16 };

/* Makes the key file; -EEXIST. */
int duet_hub_secret_create(const char *path, struct duet_error *error);
/* -EACCES: others may read it. */
int duet_hub_secret_open(struct duet_hub_secret **secret, const char *path, struct duet_error *error);
void duet_hub_secret_free(struct duet_hub_secret *secret); /* wipes it */

/* Any thread. `sealed` holds plain.len + DUET_HUB_SECRET_OVERHEAD bytes. */
int duet_hub_secret_seal(const struct duet_hub_secret *secret, const char *context, struct duet_slice plain,
			 unsigned char *sealed);
/* `plain` holds sealed.len bytes; the length, or -EBADMSG: another key, another place, or changed. */
long duet_hub_secret_unseal(const struct duet_hub_secret *secret, const char *context,
			    struct duet_slice sealed, char *plain);

/* `n` random bytes as base64 with its NUL; a new key has 32. */
int duet_hub_secret_random(size_t n, char *base64, size_t size);

#endif
