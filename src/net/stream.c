/* SPDX-License-Identifier: Apache-2.0 */
#include "net/stream.h"

#include <arpa/inet.h>
#include <errno.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/alloc.h"
#include "loop/loop.h"

enum {
	READ_SIZE = 32 * 1024, /* read at once, behind what was left */
	BUDGET = 4,            /* reads in a row before others have their turn */
	LINGER_S = 5,          /* for what was not sent when a stream is finished */
	BUFFER_SIZE = DUET_STREAM_MAX_INPUT + READ_SIZE,
};

struct duet_streams {
	struct duet_loop *loop;
	struct duet_stream *dirty; /* have something to send, or are over */
	struct event *flush;       /* at the end of the round */
	struct duet_streams_load load;
	char buffer[BUFFER_SIZE];
};

enum stream_state { STREAM_HANDSHAKE, STREAM_OPEN, STREAM_FINISHING, STREAM_OVER };

struct bytes {
	char *ptr;
	size_t len, room;
};

struct duet_stream {
	struct duet_streams *streams;
	struct duet_stream *next_dirty;
	const struct duet_stream_calls *calls;
	void *user;
	SSL *ssl;
	struct event read, write;
	struct bytes in, out; /* what was not used; what was not sent */
	size_t sent;          /* of out */
	int fd;
	unsigned char state;
	bool is_dirty, is_paused, has_more; /* has_more: `in` may be used without reading */
	bool owes_drained, peer_is_gone;
};

static void mark_dirty(struct duet_stream *stream)
{
	struct duet_streams *streams = stream->streams;

	if (stream->is_dirty)
		return;
	stream->is_dirty = true;
	stream->next_dirty = streams->dirty;
	streams->dirty = stream;
	event_active(streams->flush, EV_TIMEOUT, 0);
}

static void bytes_done(struct bytes *bytes)
{
	duet_free(bytes->ptr);
	*bytes = (struct bytes){0};
}

static int bytes_add(struct bytes *bytes, struct duet_slice more)
{
	size_t need = bytes->len + more.len, room = bytes->room ? bytes->room : 64;
	char *grown;

	while (room < need)
		room *= 2;
	if (room != bytes->room) {
		grown = duet_realloc(bytes->ptr, room, 1);
		if (!grown)
			return -ENOMEM;
		bytes->ptr = grown;
		bytes->room = room;
	}
	if (more.len > 0)
		memcpy(bytes->ptr + bytes->len, more.ptr, more.len);
	bytes->len = need;
	return 0;
}

static void stop_events(struct duet_stream *stream)
{
	event_del(&stream->read);
	event_del(&stream->write);
}

/* Closes at once; the memory goes at the end of the round, since its own calls may be on the stack. */
void duet_stream_free(struct duet_stream *stream)
{
	if (!stream || stream->state == STREAM_OVER)
		return;
	stream->state = STREAM_OVER;
	stream->calls = NULL;
	stop_events(stream);
	if (stream->ssl && !stream->peer_is_gone && SSL_is_init_finished(stream->ssl))
		SSL_shutdown(stream->ssl); /* close_notify, if it can be sent at once */
	SSL_free(stream->ssl);
	stream->ssl = NULL;
	if (stream->fd >= 0)
		close(stream->fd);
	stream->fd = -1;
	ERR_clear_error();
	mark_dirty(stream);
}

static void over(struct duet_stream *stream, int code, const char *why)
{
	const struct duet_stream_calls *calls = stream->calls;

	if (stream->state == STREAM_OVER)
		return;
	stop_events(stream);
	calls->closed(stream->user, code, why);
	duet_stream_free(stream);
}

/* What OpenSSL says about a call that did not succeed: -EAGAIN when it wants to read or write, 0 at the end
 * of the stream. */
static int ssl_code(struct duet_stream *stream, int result, short *wants)
{
	int error = SSL_get_error(stream->ssl, result);

	*wants = 0;
	if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) {
		*wants = error == SSL_ERROR_WANT_READ ? EV_READ : EV_WRITE;
		return -EAGAIN;
	}
	if (error == SSL_ERROR_ZERO_RETURN)
		return 0;
	if (error == SSL_ERROR_SYSCALL)
		return errno ? -errno : 0;
	/* A peer that closes without saying so is common, and not TLS's fault. */
	return ERR_GET_REASON(ERR_peek_error()) == SSL_R_UNEXPECTED_EOF_WHILE_READING ? 0 : -EPROTO;
}

static const char *reason(int code)
{
	const char *tls = code == -EPROTO ? ERR_reason_error_string(ERR_peek_error()) : NULL;

	if (tls)
		return tls;
	return code == 0 ? "the peer closed the connection" : strerror(-code);
}

static void fail(struct duet_stream *stream, int code)
{
	stream->peer_is_gone = true;
	over(stream, code, reason(code));
	ERR_clear_error();
}

static void handshake(struct duet_stream *stream)
{
	short wants;
	int result, code;

	if (stream->ssl) {
		ERR_clear_error();
		errno = 0;
		result = SSL_do_handshake(stream->ssl);
		if (result != 1) {
			code = ssl_code(stream, result, &wants);
			if (code != -EAGAIN) {
				stream->streams->load.n_failed++;
				fail(stream, code);
			}
			if (code == -EAGAIN && wants == EV_WRITE)
				event_add(&stream->write, NULL);
			return;
		}
		stream->streams->load.n_handshakes++;
		stream->streams->load.n_resumed += SSL_session_reused(stream->ssl) ? 1 : 0;
	}
	stream->state = STREAM_OPEN;
	if (stream->calls->ready)
		stream->calls->ready(stream->user);
	if (stream->state != STREAM_OVER && stream->out.len > 0)
		mark_dirty(stream);
}

static long read_some(struct duet_stream *stream, char *out, size_t size, short *wants)
{
	long n;

	*wants = EV_READ;
	errno = 0;
	if (!stream->ssl) {
		n = recv(stream->fd, out, size, 0);
		return n < 0 ? -errno : n;
	}
	ERR_clear_error();
	n = SSL_read(stream->ssl, out, (int)size);
	if (n > 0)
		return n;
	n = ssl_code(stream, (int)n, wants);
	return n;
}

/* Keeps what was not used of `bytes`, which lie in the shared buffer. */
static int keep(struct duet_stream *stream, struct duet_slice bytes)
{
	if (bytes.len == 0) {
		bytes_done(&stream->in);
		return 0;
	}
	if (bytes.len > DUET_STREAM_MAX_INPUT)
		return -EMSGSIZE;
	stream->in.len = 0;
	return bytes_add(&stream->in, bytes);
}

/* Shows what lies in the shared buffer; false: the stream is over. */
static bool show(struct duet_stream *stream, struct duet_slice bytes)
{
	const struct duet_stream_calls *calls;
	long used;
	int code;

	do { /* again when the stream was given to somebody else meanwhile */
		calls = stream->calls;
		used = bytes.len > 0 ? calls->received(stream->user, bytes) : 0;
		if (stream->state == STREAM_OVER)
			return false;
		if (used < 0) {
			fail(stream, (int)used);
			return false;
		}
		bytes.ptr += used;
		bytes.len -= (size_t)used;
	} while (stream->calls != calls && !stream->is_paused && stream->state == STREAM_OPEN);
	code = keep(stream, bytes);
	if (code < 0)
		over(stream, code, code == -EMSGSIZE ? "a message is too long" : strerror(-code));
	return code == 0;
}

static struct duet_slice left_over(struct duet_stream *stream)
{
	char *buffer = stream->streams->buffer;

	if (stream->in.len > 0)
		memcpy(buffer, stream->in.ptr, stream->in.len);
	return (struct duet_slice){buffer, stream->in.len};
}

/* Is there more than was read, as far as can be said without asking the system? */
static bool may_have_more(const struct duet_stream *stream, long n_read)
{
	return stream->ssl ? SSL_has_pending(stream->ssl) : n_read == READ_SIZE;
}

/* Reads once and shows it; false: nothing more for now. */
static bool receive(struct duet_stream *stream)
{
	struct duet_slice bytes = left_over(stream);
	short wants;
	long n;

	if (stream->has_more) {
		stream->has_more = false;
		return show(stream, bytes);
	}
	n = read_some(stream, stream->streams->buffer + bytes.len, READ_SIZE, &wants);
	if (n == -EAGAIN || n == -EINTR) {
		if (wants == EV_WRITE)
			event_add(&stream->write, NULL);
		return false;
	}
	if (n <= 0) {
		fail(stream, (int)n);
		return false;
	}
	bytes.len += (size_t)n;
	return show(stream, bytes) && may_have_more(stream, n);
}

/* Nobody wants what still comes, but the end must be seen. */
static void discard(struct duet_stream *stream)
{
	short wants;
	long n = read_some(stream, stream->streams->buffer, READ_SIZE, &wants);

	if (n <= 0 && n != -EAGAIN && n != -EINTR)
		fail(stream, (int)n);
}

static bool is_readable(const struct duet_stream *stream)
{
	return stream->state == STREAM_OPEN && !stream->is_paused;
}

static void readable(evutil_socket_t fd, short what, void *user)
{
	struct duet_stream *stream = user;
	bool more = true;

	if (stream->state == STREAM_HANDSHAKE)
		handshake(stream);
	if (stream->state == STREAM_FINISHING) {
		discard(stream);
		return;
	}
	for (int i = 0; more && i < BUDGET && is_readable(stream); i++)
		more = receive(stream);
	/* Others have their turn now; OpenSSL may hold bytes of which the descriptor knows nothing. */
	if (more && is_readable(stream))
		event_active(&stream->read, EV_READ, 0);
}

static long send_some(struct duet_stream *stream, short *wants)
{
	const char *bytes = stream->out.ptr + stream->sent;
	size_t n_bytes = stream->out.len - stream->sent;
	long n;

	*wants = EV_WRITE;
	errno = 0;
	if (!stream->ssl) {
		n = send(stream->fd, bytes, n_bytes, MSG_NOSIGNAL);
		return n < 0 ? -errno : n;
	}
	ERR_clear_error();
	n = SSL_write(stream->ssl, bytes, (int)(n_bytes > 1 << 20 ? 1 << 20 : n_bytes));
	if (n > 0)
		return n;
	n = ssl_code(stream, (int)n, wants);
	return n == 0 ? -EPIPE : n;
}

/* Who is being left has so long to take something. */
static void wait_to_write(struct duet_stream *stream)
{
	struct timeval linger = {.tv_sec = LINGER_S};

	event_add(&stream->write, stream->state == STREAM_FINISHING ? &linger : NULL);
}

/* False: the stream is over. */
static bool send_all(struct duet_stream *stream)
{
	short wants;
	long n;

	while (stream->sent < stream->out.len) {
		n = send_some(stream, &wants);
		if (n == -EAGAIN || n == -EINTR) {
			stream->owes_drained = true;
			if (wants == EV_WRITE)
				wait_to_write(stream);
			return true;
		}
		if (n < 0) {
			fail(stream, (int)n);
			return false;
		}
		stream->sent += (size_t)n;
	}
	bytes_done(&stream->out);
	stream->sent = 0;
	return true;
}

static void send_out(struct duet_stream *stream)
{
	if (stream->state == STREAM_HANDSHAKE || !send_all(stream) || stream->out.len > 0)
		return;
	if (stream->state == STREAM_FINISHING)
		over(stream, 0, "finished");
	else if (stream->owes_drained && stream->calls->drained) {
		stream->owes_drained = false;
		stream->calls->drained(stream->user);
	}
}

static void writable(evutil_socket_t fd, short what, void *user)
{
	struct duet_stream *stream = user;

	if (what & EV_TIMEOUT) {
		over(stream, -ETIMEDOUT, "the peer does not read");
		return;
	}
	if (stream->state == STREAM_HANDSHAKE)
		handshake(stream);
	if (stream->state == STREAM_OPEN || stream->state == STREAM_FINISHING)
		send_out(stream);
	/* OpenSSL may have wanted to write in order to read. */
	if (stream->state == STREAM_OPEN && stream->ssl && !stream->is_paused)
		event_active(&stream->read, EV_READ, 0);
}

static void flush(evutil_socket_t fd, short what, void *user)
{
	struct duet_streams *streams = user;
	struct duet_stream *stream;

	while ((stream = streams->dirty)) {
		streams->dirty = stream->next_dirty;
		stream->is_dirty = false;
		if (stream->state == STREAM_OVER) {
			bytes_done(&stream->in);
			bytes_done(&stream->out);
			duet_free(stream);
			streams->load.n_open--;
		} else {
			send_out(stream);
		}
	}
}

struct duet_streams *duet_streams_new(struct duet_loop *loop)
{
	struct duet_streams *streams = duet_calloc(1, sizeof(*streams));

	if (!streams)
		return NULL;
	streams->loop = loop;
	streams->flush = event_new(duet_loop_base(loop), -1, 0, flush, streams);
	if (!streams->flush) {
		duet_streams_free(streams);
		return NULL;
	}
	return streams;
}

void duet_streams_free(struct duet_streams *streams)
{
	if (!streams)
		return;
	if (streams->flush) {
		flush(-1, 0, streams);
		event_free(streams->flush);
	}
	duet_free(streams);
}

void duet_streams_measure(const struct duet_streams *streams, struct duet_streams_load *load)
{
	*load = streams->load;
}

struct duet_loop *duet_streams_loop(const struct duet_streams *streams)
{
	return streams->loop;
}

static int prepare(struct duet_stream *stream, int fd)
{
	struct event_base *base = duet_loop_base(stream->streams->loop);
	int one = 1;

	if (evutil_make_socket_nonblocking(fd) < 0)
		return -errno;
	/* Fails on sockets that are not TCP; they need it not. */
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (event_assign(&stream->read, base, fd, EV_READ | EV_PERSIST, readable, stream) < 0 ||
	    event_assign(&stream->write, base, fd, EV_WRITE, writable, stream) < 0)
		return -EINVAL;
	if (stream->ssl && SSL_set_fd(stream->ssl, fd) != 1)
		return -ENOMEM;
	return event_add(&stream->read, NULL) < 0 ? -ENOMEM : 0;
}

int duet_stream_new(struct duet_stream **stream, struct duet_streams *streams, int take_fd,
		    struct ssl_st *take_ssl, const struct duet_stream_calls *calls, void *user)
{
	struct duet_stream *made = duet_calloc(1, sizeof(*made));
	int code = -ENOMEM;

	*stream = NULL;
	if (made) {
		*made = (struct duet_stream){
			.streams = streams, .calls = calls, .user = user, .ssl = take_ssl, .fd = take_fd};
		code = prepare(made, take_fd);
	}
	if (code < 0) {
		duet_free(made);
		SSL_free(take_ssl);
		close(take_fd);
		return code;
	}
	/* A plain one is open in the next round; a TLS one begins when the client's hello is there. */
	if (!take_ssl)
		event_active(&made->read, EV_READ, 0);
	streams->load.n_open++;
	*stream = made;
	return 0;
}

void duet_stream_give(struct duet_stream *stream, const struct duet_stream_calls *calls, void *user)
{
	stream->calls = calls;
	stream->user = user;
}

int duet_stream_write(struct duet_stream *stream, struct duet_slice bytes)
{
	int code;

	if (stream->state != STREAM_OPEN && stream->state != STREAM_HANDSHAKE)
		return 0;
	code = bytes_add(&stream->out, bytes);
	mark_dirty(stream);
	return code;
}

size_t duet_stream_unsent(const struct duet_stream *stream)
{
	return stream->out.len - stream->sent;
}

void duet_stream_finish(struct duet_stream *stream)
{
	if (stream->state == STREAM_OVER || stream->state == STREAM_FINISHING)
		return;
	duet_stream_pause(stream, false);
	stream->state = STREAM_FINISHING;
	wait_to_write(stream);
	mark_dirty(stream);
}

void duet_stream_pause(struct duet_stream *stream, bool paused)
{
	if (stream->is_paused == paused || stream->state == STREAM_OVER)
		return;
	stream->is_paused = paused;
	if (paused) {
		event_del(&stream->read);
		return;
	}
	event_add(&stream->read, NULL);
	stream->has_more = stream->in.len > 0;
	event_active(&stream->read, EV_READ, 0);
}

struct ssl_st *duet_stream_ssl(const struct duet_stream *stream)
{
	return stream->ssl;
}

/* An IPv4 address that came over IPv6 ("::ffff:192.0.2.1") is the IPv4 address. */
const char *duet_stream_name_peer(const struct sockaddr *peer, char text[46])
{
	union {
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} address = {0};

	snprintf(text, 46, "?");
	if (peer->sa_family == AF_INET) {
		memcpy(&address.v4, peer, sizeof(address.v4));
		inet_ntop(AF_INET, &address.v4.sin_addr, text, 46);
	} else if (peer->sa_family == AF_INET6) {
		memcpy(&address.v6, peer, sizeof(address.v6));
		if (IN6_IS_ADDR_V4MAPPED(&address.v6.sin6_addr))
			inet_ntop(AF_INET, address.v6.sin6_addr.s6_addr + 12, text, 46);
		else
			inet_ntop(AF_INET6, &address.v6.sin6_addr, text, 46);
	}
	return text;
}

const char *duet_stream_peer(const struct duet_stream *stream, char text[46])
{
	struct sockaddr_storage peer = {0};
	socklen_t len = sizeof(peer);

	/* What fails leaves a family that is none. */
	getpeername(stream->fd, (struct sockaddr *)&peer, &len);
	return duet_stream_name_peer((struct sockaddr *)&peer, text);
}
