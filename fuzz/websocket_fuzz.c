/* SPDX-License-Identifier: Apache-2.0 */
#include "net/websocket.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "fuzz.h"
#include "loop/loop.h"
#include "net/stream.h"

enum { MAX = 2000 };

static long received(void *user, struct duet_slice bytes)
{
	return (long)bytes.len;
}

static void closed(void *user, int code, const char *why)
{
}

/* The first byte says in what pieces the rest comes. */
static void feed(struct duet_websocket *websocket, const uint8_t *bytes, size_t n_bytes)
{
	size_t piece = n_bytes > 0 ? 1 + bytes[0] : 1;
	int code = 0;

	for (size_t at = 1; at < n_bytes && code == 0; at += piece) {
		size_t n = n_bytes - at < piece ? n_bytes - at : piece;

		code = duet_websocket_feed(websocket, (struct duet_slice){(const char *)bytes + at, n});
		FUZZ_ASSERT(code == 0 || code == -EPIPE || code == -EBADMSG || code == -EMSGSIZE);
		FUZZ_ASSERT(duet_websocket_data(websocket).len <= MAX);
	}
	duet_websocket_used(websocket, duet_websocket_data(websocket).len / 2);
	duet_websocket_used(websocket, duet_websocket_data(websocket).len);
	FUZZ_ASSERT(duet_websocket_data(websocket).len == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes)
{
	static const struct duet_stream_calls calls = {received, NULL, closed, NULL};
	struct duet_loop *loop = duet_loop_new(&duet_clock_system);
	struct duet_streams *streams = duet_streams_new(loop);
	struct duet_websocket *websocket;
	struct duet_stream *stream;
	int pair[2];

	FUZZ_ASSERT(loop && streams && socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
	FUZZ_ASSERT(duet_stream_new(&stream, streams, pair[0], NULL, &calls, NULL) == 0);
	FUZZ_ASSERT(duet_websocket_new(&websocket, stream, MAX) == 0);
	feed(websocket, bytes, n_bytes);
	duet_websocket_free(websocket);
	duet_stream_free(stream);
	duet_streams_free(streams);
	duet_loop_free(loop);
	close(pair[1]);
	return 0;
}
