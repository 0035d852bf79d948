/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_NET_WEBSOCKET_H
#define DUET_NET_WEBSOCKET_H

#include <stddef.h>

#include "duet/slice.h"

/*
 * The server's side of WebSocket (RFC 6455) after the upgrade: bytes of the stream in, bytes of the messages
 * out; wslay reads the frames. Control frames are answered here.
 */
struct duet_websocket;
struct duet_stream;

/* The answer's Sec-WebSocket-Accept for a request's Sec-WebSocket-Key. */
void duet_websocket_accept(struct duet_slice key, char accept[29]);

int duet_websocket_new(struct duet_websocket **websocket, struct duet_stream *stream, size_t max_message);
void duet_websocket_free(struct duet_websocket *websocket);

/* Bytes of the stream: all are used. What they carried is appended to duet_websocket_data. 0; -EPIPE: the
 * peer said close (answered); -EBADMSG: the frames are broken, not binary, or not masked; -EMSGSIZE; -ENOMEM.
 */
int duet_websocket_feed(struct duet_websocket *websocket, struct duet_slice bytes);
struct duet_slice duet_websocket_data(const struct duet_websocket *websocket);
void duet_websocket_used(struct duet_websocket *websocket, size_t n_bytes); /* of the data, from its front */

/* The head of a binary message of n_bytes, which the caller writes to the stream next. */
int duet_websocket_write_head(struct duet_websocket *websocket, size_t n_bytes);

#endif
