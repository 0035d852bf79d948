/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_HUB_BLOB_SERVICE_H
#define DUET_HUB_BLOB_SERVICE_H

#include <stdbool.h>

struct duet_http_exchange;
struct duet_hub_loop;
struct duet_hub_request;

/*
 * The embedded blob endpoint: what devices upload goes to disk as it comes, by
 * the tokens that POST /devices/{id}/files gives out. A subset of Azure's blob
 * service: Put Blob, Put Block, Put Block List. The loop only gathers bytes; the
 * pool of files writes them, and nothing more is read while it is behind.
 */

extern const char duet_hub_blob_container[];

/* The head of a request was read: a blob's body goes to its file. */
void duet_hub_blob_head(struct duet_hub_loop *loop, struct duet_http_exchange *exchange);

/* Is the request for the blob endpoint? Then it will be answered, if it has not been. */
bool duet_hub_blob_requested(struct duet_hub_request *request);

#endif
