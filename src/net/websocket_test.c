/* SPDX-License-Identifier: Apache-2.0 */
#include "net/websocket.h"

#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "loop/loop.h"
#include "net/stream.h"
#include "torture.h"

struct world {
	struct duet_loop *loop;
	struct duet_streams *streams;
	struct duet_stream *stream;
	struct duet_websocket *websocket;
	int peer;
};

static void closed(void *user, int code, const char *why)
{
}

static long received(void *user, struct duet_slice bytes)
{
	return (long)bytes.len;
}

static const struct duet_stream_calls calls = {received, NULL, closed, NULL};

static void begin(struct world *world)
{
	int pair[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	world->peer = pair[1];
	world->loop = duet_loop_new(&duet_clock_system);
	world->streams = duet_streams_new(world->loop);
	assert_int_equal(duet_stream_new(&world->stream, world->streams, pair[0], NULL, &calls, world), 0);
	assert_int_equal(duet_websocket_new(&world->websocket, world->stream, 1000), 0);
	duet_loop_turn(world->loop);
}

static void end(struct world *world)
{
	duet_websocket_free(world->websocket);
	duet_stream_free(world->stream);
	duet_streams_free(world->streams);
	duet_loop_free(world->loop);
	close(world->peer);
}

/* A client's frame with the mask "mask"; its length. */
static size_t frame(char *out, unsigned first, const char *body)
{
	size_t len = strlen(body);

	out[0] = (char)first;
	out[1] = (char)(0x80 | len);
	memcpy(out + 2, "mask", 4);
	for (size_t i = 0; i < len; i++)
		out[6 + i] = body[i] ^ "mask"[i % 4];
	return 6 + len;
}

static int feed(struct world *world, unsigned first, const char *body)
{
	char bytes[200];
	size_t len = frame(bytes, first, body);

	return duet_websocket_feed(world->websocket, (struct duet_slice){bytes, len});
}

static void assert_data(struct world *world, const char *expected)
{
	assert_true(duet_slice_equal(duet_websocket_data(world->websocket), duet_slice(expected)));
}

/* The example of RFC 6455, section 1.3. */
static void the_key_is_answered(void **state)
{
	char accept[29];

	duet_websocket_accept(duet_slice("dGhlIHNhbXBsZSBub25jZQ=="), accept);
	assert_string_equal(accept, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

static void messages_come_in_pieces(void **state)
{
	struct world world;
	char bytes[64];
	size_t len;

	begin(&world);
	assert_int_equal(feed(&world, 0x82, "one"), 0);
	assert_data(&world, "one");
	assert_int_equal(feed(&world, 0x02, "tw"), 0);
	assert_int_equal(feed(&world, 0x00, ""), 0);
	assert_int_equal(feed(&world, 0x89, "are you there"), 0); /* in between */
	assert_int_equal(feed(&world, 0x80, "o"), 0);
	assert_data(&world, "onetwo");
	duet_websocket_used(world.websocket, 4);
	assert_data(&world, "wo");
	duet_websocket_used(world.websocket, 2);
	len = frame(bytes, 0x82, "byte by byte");
	for (size_t i = 0; i < len; i++)
		assert_int_equal(duet_websocket_feed(world.websocket, (struct duet_slice){bytes + i, 1}), 0);
	assert_data(&world, "byte by byte");
	duet_loop_turn(world.loop);
	assert_int_equal(read(world.peer, bytes, sizeof(bytes)), 2 + 13);
	assert_memory_equal(bytes,
			    "\x8a\x0d"
			    "are you there",
			    15);
	end(&world);
}

static void what_is_sent(void **state)
{
	struct world world;
	char bytes[16];

	begin(&world);
	assert_int_equal(duet_websocket_write_head(world.websocket, 3), 0);
	assert_int_equal(duet_websocket_write_head(world.websocket, 300), 0);
	assert_int_equal(duet_websocket_write_head(world.websocket, 70000), 0);
	duet_loop_turn(world.loop);
	assert_int_equal(read(world.peer, bytes, sizeof(bytes)), 16);
	assert_memory_equal(bytes, "\x82\x03\x82\x7e\x01\x2c\x82\x7f\x00\x00\x00\x00\x00\x01\x11\x70", 16);
	end(&world);
}

static void a_close_is_answered(void **state)
{
	struct world world;
	char bytes[16];

	begin(&world);
	assert_int_equal(feed(&world, 0x88,
			      "\x03\xe8"
			      "bye"),
			 -EPIPE);
	duet_loop_turn(world.loop);
	assert_int_equal(read(world.peer, bytes, sizeof(bytes)), 4);
	assert_memory_equal(bytes, "\x88\x02\x03\xe8", 4);
	end(&world);
}

static void broken_frames(void **state)
{
	static const struct {
		unsigned first;
		int code;
	} cases[] = {
		{0x81, -EBADMSG}, /* text */
		{0x80, -EBADMSG}, /* goes on with nothing */
		{0x83, -EBADMSG}, /* no such opcode */
		{0xc2, -EBADMSG}, /* a reserved bit */
		{0x09, -EBADMSG}, /* a ping in pieces */
	};
	struct world world;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		begin(&world);
		assert_int_equal(feed(&world, cases[i].first, "x"), cases[i].code);
		end(&world);
	}
	begin(&world);
	assert_int_equal(duet_websocket_feed(world.websocket, (struct duet_slice){"\x82\x01x", 3}), -EBADMSG);
	end(&world);
	begin(&world);
	for (int i = 0; i < 10; i++)
		assert_int_equal(feed(&world, i ? 0x00 : 0x02,
				      "0123456789012345678901234567890123456789"
				      "012345678901234567890123456789012345678901234567890123456789"),
				 0);
	assert_int_equal(feed(&world, 0x80, "x"), -EMSGSIZE);
	end(&world);
}

static int read_one(void *user)
{
	struct world *world = user;
	struct duet_websocket *websocket;
	char bytes[64];
	size_t len = frame(bytes, 0x82, "hello");
	int code = duet_websocket_new(&websocket, world->stream, 1000);

	if (code == 0)
		code = duet_websocket_feed(websocket, (struct duet_slice){bytes, len});
	duet_websocket_free(websocket);
	return code;
}

static void survives_failing_memory(void **state)
{
	struct world world;

	begin(&world);
	duet_torture(read_one, &world);
	end(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_key_is_answered), cmocka_unit_test(messages_come_in_pieces),
		cmocka_unit_test(what_is_sent),        cmocka_unit_test(a_close_is_answered),
		cmocka_unit_test(broken_frames),       cmocka_unit_test(survives_failing_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
