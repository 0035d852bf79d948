/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_NET_STREAM_H
#define DUET_NET_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "duet/slice.h"

struct duet_loop;
struct ssl_st;
struct sockaddr;

/*
 * Connections of bytes, TLS or plain, over the event loop. What is read lands in one buffer that all streams
 * of a loop share, and a stream holds memory only for what was not used or not sent yet: an idle one costs
 * its struct and what OpenSSL keeps. What is written goes out at the end of the loop's round, so that many
 * small writes become one record. Loop thread.
 */
struct duet_streams;
struct duet_stream;

struct duet_streams *duet_streams_new(struct duet_loop *loop);
void duet_streams_free(struct duet_streams *streams); /* after its streams have been freed */
struct duet_loop *duet_streams_loop(const struct duet_streams *streams);

/* Since the start, but `n_open`. */
struct duet_streams_load {
	size_t n_open;
	uint64_t n_handshakes, n_resumed, n_failed; /* of TLS */
};
void duet_streams_measure(const struct duet_streams *streams, struct duet_streams_load *load);

/* At most so many bytes of one message may wait to be used (a whole MQTT packet, an HTTP head). */
enum { DUET_STREAM_MAX_INPUT = 320 * 1024 };

/* Who speaks over a stream; a table of constants. */
struct duet_stream_calls {
	/* Bytes that came, with those that were not used before. Returns how many were used; the rest is
	 * shown again with what follows. A negative errno ends the stream (with `closed`). May free it, pause
	 * it or give it to somebody else. */
	long (*received)(void *user, struct duet_slice bytes);
	/* Everything was sent, after duet_stream_unsent was more than 0; NULL: no interest. */
	void (*drained)(void *user);
	/* It is over, and the stream is freed after the call. `code`: 0 the peer closed, -EPROTO a TLS
	 * failure, or another negative errno; `why` in words. */
	void (*closed)(void *user, int code, const char *why);
	/* TLS is established (a plain stream calls it at once, in the loop's next round); NULL: no interest.
	 */
	void (*ready)(void *user);
};

/* Takes the descriptor and, when not NULL, the SSL (made by duet_tls_accept or duet_tls_connect), also when
 * it fails. 0 or negative errno. */
int duet_stream_new(struct duet_stream **stream, struct duet_streams *streams, int take_fd,
		    struct ssl_st *take_ssl, const struct duet_stream_calls *calls, void *user);
/* At once, without `closed`. What was not sent is lost. May be called in its calls. */
void duet_stream_free(struct duet_stream *stream);
/* Somebody else speaks from now on (an upgrade). */
void duet_stream_give(struct duet_stream *stream, const struct duet_stream_calls *calls, void *user);

/* Copies; -ENOMEM. There is no maximum: whoever writes without being asked looks at duet_stream_unsent. */
int duet_stream_write(struct duet_stream *stream, struct duet_slice bytes);
size_t duet_stream_unsent(const struct duet_stream *stream);
/* Sends what was written, then closes, also when the peer takes nothing for 5 s; `closed` is still called. */
void duet_stream_finish(struct duet_stream *stream);
/* While paused nothing is read and `received` is not called; going on shows what was left first. */
void duet_stream_pause(struct duet_stream *stream, bool paused);

struct ssl_st *duet_stream_ssl(const struct duet_stream *stream); /* NULL: plain */
/* "192.0.2.1" or "2001:db8::1", without the port; "?" when it is not known. */
const char *duet_stream_peer(const struct duet_stream *stream, char text[46]);
const char *duet_stream_name_peer(const struct sockaddr *peer, char text[46]);

#endif
