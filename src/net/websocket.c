/* SPDX-License-Identifier: Apache-2.0 */
#include "net/websocket.h"

#include <errno.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdbool.h>
#include <stdint.h>
#include <wslay/wslay.h>

#include "base/alloc.h"
#include "net/stream.h"

enum { MAX_CONTROL = 125, MAX_KEY = 64 };

struct duet_websocket {
	struct duet_stream *stream;
	wslay_frame_context_ptr frames;
	struct duet_slice input; /* what wslay has not seen yet */
	char *data;              /* of messages; NULL while there is none */
	size_t len, room, max;
	uint64_t n_read; /* of the frame that is being read */
	bool in_message;
	unsigned char n_control;
	char control[MAX_CONTROL];
};

void duet_websocket_accept(struct duet_slice key, char accept[29])
{
	static const char guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
	unsigned char digest[SHA_DIGEST_LENGTH];
	char text[MAX_KEY + sizeof(guid)];
	size_t len = key.len < MAX_KEY ? key.len : MAX_KEY;

	if (len > 0)
		memcpy(text, key.ptr, len);
	memcpy(text + len, guid, sizeof(guid) - 1);
	SHA1((unsigned char *)text, len + sizeof(guid) - 1, digest);
	EVP_EncodeBlock((unsigned char *)accept, digest, sizeof(digest));
}

static ssize_t give_input(uint8_t *out, size_t size, int flags, void *user)
{
	struct duet_websocket *websocket = user;
	size_t n = websocket->input.len < size ? websocket->input.len : size;

	if (n == 0)
		return -1;
	memcpy(out, websocket->input.ptr, n);
	websocket->input.ptr += n;
	websocket->input.len -= n;
	return (ssize_t)n;
}

int duet_websocket_new(struct duet_websocket **websocket, struct duet_stream *stream, size_t max_message)
{
	struct wslay_frame_callbacks callbacks = {.recv_callback = give_input};
	struct duet_websocket *made = duet_calloc(1, sizeof(*made));

	*websocket = NULL;
	if (!made)
		return -ENOMEM;
	made->stream = stream;
	made->max = max_message;
	if (wslay_frame_context_init(&made->frames, &callbacks, made) != 0) {
		duet_free(made);
		return -ENOMEM;
	}
	*websocket = made;
	return 0;
}

void duet_websocket_free(struct duet_websocket *websocket)
{
	if (!websocket)
		return;
	wslay_frame_context_free(websocket->frames);
	duet_free(websocket->data);
	duet_free(websocket);
}

/* RFC 6455, section 5.2; a server's frames are not masked. */
static int write_head(struct duet_websocket *websocket, unsigned opcode, size_t n_bytes)
{
	char head[10] = {(char)(0x80 | opcode)};
	size_t n_length = n_bytes < 126 ? 0 : n_bytes < 65536 ? 2 : 8;

	head[1] = (char)(n_length == 0 ? n_bytes : n_length == 2 ? 126 : 127);
	for (size_t i = 0; i < n_length; i++)
		head[1 + n_length - i] = (char)((uint64_t)n_bytes >> 8 * i);
	return duet_stream_write(websocket->stream, (struct duet_slice){head, 2 + n_length});
}

int duet_websocket_write_head(struct duet_websocket *websocket, size_t n_bytes)
{
	return write_head(websocket, WSLAY_BINARY_FRAME, n_bytes);
}

static int add_data(struct duet_websocket *websocket, const uint8_t *bytes, size_t n_bytes)
{
	size_t need = websocket->len + n_bytes, room = websocket->room ? websocket->room : 256;
	char *grown;

	if (n_bytes == 0)
		return 0;
	if (need > websocket->max)
		return -EMSGSIZE;
	while (room < need)
		room *= 2;
	if (room != websocket->room) {
		grown = duet_realloc(websocket->data, room, 1);
		if (!grown)
			return -ENOMEM;
		websocket->data = grown;
		websocket->room = room;
	}
	memcpy(websocket->data + websocket->len, bytes, n_bytes);
	websocket->len = need;
	return 0;
}

/* A whole control frame has come. */
static int answer_control(struct duet_websocket *websocket, unsigned opcode)
{
	unsigned answer = opcode == WSLAY_PING ? WSLAY_PONG : WSLAY_CONNECTION_CLOSE;
	struct duet_slice body = {websocket->control, websocket->n_control};
	int code;

	if (opcode == WSLAY_PONG)
		return 0;
	if (opcode == WSLAY_CONNECTION_CLOSE && body.len > 2)
		body.len = 2; /* the status; the reason is theirs */
	code = write_head(websocket, answer, body.len);
	if (code == 0 && body.len > 0)
		code = duet_stream_write(websocket->stream, body);
	return code == 0 && opcode == WSLAY_CONNECTION_CLOSE ? -EPIPE : code;
}

static bool frame_is_wrong(const struct duet_websocket *websocket, const struct wslay_frame_iocb *frame)
{
	if (!frame->mask || frame->rsv)
		return true;
	switch (frame->opcode) {
	case WSLAY_CONTINUATION_FRAME:
		return !websocket->in_message;
	case WSLAY_BINARY_FRAME:
		return websocket->in_message && websocket->n_read == 0;
	case WSLAY_CONNECTION_CLOSE:
	case WSLAY_PING:
	case WSLAY_PONG:
		return !frame->fin || frame->payload_length > MAX_CONTROL;
	default:
		return true;
	}
}

/* A frame, or a piece of one. */
static int take_piece(struct duet_websocket *websocket, const struct wslay_frame_iocb *frame)
{
	bool is_control = wslay_is_ctrl_frame(frame->opcode), is_whole;
	int code = 0;

	if (frame_is_wrong(websocket, frame))
		return -EBADMSG;
	if (!is_control)
		code = add_data(websocket, frame->data, frame->data_length);
	else if (frame->data_length > 0)
		memcpy(websocket->control + websocket->n_read, frame->data, frame->data_length);
	websocket->n_read += frame->data_length;
	is_whole = websocket->n_read == frame->payload_length;
	if (is_control) {
		websocket->n_control = (unsigned char)websocket->n_read;
		if (is_whole)
			code = answer_control(websocket, frame->opcode);
	} else {
		websocket->in_message = !(is_whole && frame->fin);
	}
	if (is_whole)
		websocket->n_read = 0;
	return code;
}

int duet_websocket_feed(struct duet_websocket *websocket, struct duet_slice bytes)
{
	struct wslay_frame_iocb frame;
	ssize_t n;
	int code = 0;

	websocket->input = bytes;
	while (code == 0) {
		memset(&frame, 0, sizeof(frame));
		n = wslay_frame_recv(websocket->frames, &frame);
		if (n == WSLAY_ERR_WANT_READ)
			break;
		code = n < 0 ? -EBADMSG : take_piece(websocket, &frame);
	}
	return code;
}

struct duet_slice duet_websocket_data(const struct duet_websocket *websocket)
{
	return (struct duet_slice){websocket->data, websocket->len};
}

void duet_websocket_used(struct duet_websocket *websocket, size_t n_bytes)
{
	websocket->len -= n_bytes;
	if (websocket->len > 0) {
		memmove(websocket->data, websocket->data + n_bytes, websocket->len);
		return;
	}
	duet_free(websocket->data);
	websocket->data = NULL;
	websocket->room = 0;
}
