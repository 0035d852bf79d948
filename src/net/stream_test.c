/* SPDX-License-Identifier: Apache-2.0 */
#include "net/stream.h"

#include <fcntl.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "loop/loop.h"
#include "net/tls.h"
#include "torture.h"

struct world {
	struct duet_loop *loop;
	struct duet_streams *streams;
	struct duet_stream *stream;
	int peer;
	long uses; /* of what comes: at most so many bytes at a time */
	char seen[2000];
	size_t n_seen;
	size_t most; /* bytes that were shown at once */
	int n_closed, n_drained, n_ready, code;
	bool frees, echoes;
};

static long received(void *user, struct duet_slice bytes)
{
	struct world *world = user;
	size_t n = bytes.len;

	if (bytes.len > world->most)
		world->most = bytes.len;
	if (world->uses >= 0 && n > (size_t)world->uses)
		n = (size_t)world->uses;
	for (size_t i = 0; i < n && world->n_seen < sizeof(world->seen); i++)
		world->seen[world->n_seen++] = bytes.ptr[i];
	if (world->echoes)
		duet_stream_write(world->stream, (struct duet_slice){bytes.ptr, n});
	if (world->frees) {
		duet_stream_free(world->stream);
		world->stream = NULL;
	}
	return (long)n;
}

static void drained(void *user)
{
	((struct world *)user)->n_drained++;
}

static void closed(void *user, int code, const char *why)
{
	struct world *world = user;

	assert_non_null(why);
	world->n_closed++;
	world->code = code;
	world->stream = NULL;
}

static void ready(void *user)
{
	((struct world *)user)->n_ready++;
}

static const struct duet_stream_calls calls = {received, drained, closed, ready};

static void begin(struct world *world, SSL *ssl)
{
	int pair[2];

	*world = (struct world){.uses = -1};
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	world->loop = duet_loop_new(&duet_clock_system);
	world->streams = duet_streams_new(world->loop);
	assert_int_equal(duet_stream_new(&world->stream, world->streams, pair[0], ssl, &calls, world), 0);
	world->peer = pair[1];
}

static void end(struct world *world)
{
	duet_stream_free(world->stream);
	duet_streams_free(world->streams);
	duet_loop_free(world->loop);
	close(world->peer);
}

static void turn(struct world *world)
{
	for (int i = 0; i < 5; i++)
		duet_loop_turn(world->loop);
}

static void say(struct world *world, const char *text)
{
	assert_int_equal(write(world->peer, text, strlen(text)), strlen(text));
	turn(world);
}

static void assert_hears(struct world *world, const char *text)
{
	char heard[64];

	assert_int_equal(read(world->peer, heard, sizeof(heard)), strlen(text));
	assert_memory_equal(heard, text, strlen(text));
}

static void bytes_come_and_go(void **state)
{
	struct world world;

	begin(&world, NULL);
	turn(&world);
	assert_int_equal(world.n_ready, 1);
	world.echoes = true;
	say(&world, "hello");
	assert_hears(&world, "hello");
	assert_int_equal(duet_stream_unsent(world.stream), 0);
	close(world.peer);
	turn(&world);
	assert_int_equal(world.n_closed, 1);
	assert_int_equal(world.code, 0);
	assert_null(world.stream);
	world.peer = -1;
	end(&world);
}

static void what_is_not_used_is_shown_again(void **state)
{
	struct world world;

	begin(&world, NULL);
	world.uses = 0;
	say(&world, "abc");
	say(&world, "def");
	assert_int_equal(world.most, 6);
	world.uses = -1;
	say(&world, "ghi");
	assert_int_equal(world.n_seen, 9);
	assert_memory_equal(world.seen, "abcdefghi", 9);
	end(&world);
}

static void a_pause_keeps_what_came(void **state)
{
	struct world world;

	begin(&world, NULL);
	world.uses = 1;
	say(&world, "abc");
	assert_int_equal(world.n_seen, 1);
	duet_stream_pause(world.stream, true);
	say(&world, "def");
	assert_int_equal(world.n_seen, 1);
	world.uses = -1;
	duet_stream_pause(world.stream, false);
	turn(&world);
	assert_int_equal(world.n_seen, 6);
	assert_memory_equal(world.seen, "abcdef", 6);
	end(&world);
}

static void too_long_a_message_ends_it(void **state)
{
	static char much[64 * 1024];
	struct world world;

	begin(&world, NULL);
	world.uses = 0;
	for (int i = 0; i < 8 && world.stream; i++) {
		/* As much as fits, while the loop takes it out. */
		for (size_t sent = 0; sent < sizeof(much) && world.stream;) {
			ssize_t n = send(world.peer, much + sent, sizeof(much) - sent,
					 MSG_DONTWAIT | MSG_NOSIGNAL);

			sent += n > 0 ? (size_t)n : 0;
			turn(&world);
		}
	}
	assert_int_equal(world.code, -EMSGSIZE);
	end(&world);
}

static void it_may_be_freed_in_its_call(void **state)
{
	struct world world;
	struct duet_streams_load load;

	begin(&world, NULL);
	world.frees = true;
	say(&world, "bye");
	assert_null(world.stream);
	assert_int_equal(world.n_closed, 0);
	duet_streams_measure(world.streams, &load);
	assert_int_equal(load.n_open, 0);
	end(&world);
}

/* A peer that does not read fills the socket; then everything arrives, once. */
static void output_waits_for_the_peer(void **state)
{
	static char much[1 << 20], got[1 << 20];
	struct world world;
	size_t n_got = 0;

	begin(&world, NULL);
	turn(&world);
	for (size_t i = 0; i < sizeof(much); i++)
		much[i] = (char)(i * 7 >> 3);
	assert_int_equal(duet_stream_write(world.stream, (struct duet_slice){much, sizeof(much)}), 0);
	turn(&world);
	assert_true(duet_stream_unsent(world.stream) > 0);
	assert_int_equal(world.n_drained, 0);
	while (n_got < sizeof(got)) {
		ssize_t n = recv(world.peer, got + n_got, sizeof(got) - n_got, MSG_DONTWAIT);

		n_got += n > 0 ? (size_t)n : 0;
		turn(&world);
	}
	assert_memory_equal(much, got, sizeof(got));
	assert_int_equal(world.n_drained, 1);
	end(&world);
}

static void finishing_sends_the_rest(void **state)
{
	struct world world;
	char byte;

	begin(&world, NULL);
	turn(&world);
	duet_stream_write(world.stream, duet_slice("last words"));
	duet_stream_finish(world.stream);
	turn(&world);
	assert_int_equal(world.n_closed, 1);
	assert_hears(&world, "last words");
	assert_int_equal(read(world.peer, &byte, 1), 0);
	end(&world);
}

/* A server's certificate of one's own, P-256, in two files. */
static void write_certificate(const char *certificate_file, const char *key_file)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *certificate = X509_new();
	X509_NAME *name = X509_get_subject_name(certificate);
	FILE *file;

	X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
	X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
	X509_set_pubkey(certificate, key);
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)"localhost", -1, -1, 0);
	X509_set_issuer_name(certificate, name);
	assert_true(X509_sign(certificate, key, EVP_sha256()) > 0);
	file = fopen(certificate_file, "w");
	assert_non_null(file);
	PEM_write_X509(file, certificate);
	fclose(file);
	file = fopen(key_file, "w");
	assert_non_null(file);
	PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL);
	fclose(file);
	X509_free(certificate);
	EVP_PKEY_free(key);
}

struct keys {
	char folder[32], certificate[64], key[64];
	struct duet_tls *tls;
};

static void keys_begin(struct keys *keys)
{
	struct duet_tls_setup setup = {keys->certificate, keys->key, true, false, false};

	snprintf(keys->folder, sizeof(keys->folder), "/tmp/duet-tls-XXXXXX");
	assert_non_null(mkdtemp(keys->folder));
	snprintf(keys->certificate, sizeof(keys->certificate), "%s/c.pem", keys->folder);
	snprintf(keys->key, sizeof(keys->key), "%s/k.pem", keys->folder);
	write_certificate(keys->certificate, keys->key);
	assert_int_equal(duet_tls_new(&keys->tls, &setup, NULL), 0);
}

static void keys_end(struct keys *keys)
{
	duet_tls_free(keys->tls);
	unlink(keys->certificate);
	unlink(keys->key);
	rmdir(keys->folder);
}

/* A client on the other end of the pair; both sides are driven from here. */
static void shake_hands(struct world *world, SSL *client)
{
	int result = 0;

	SSL_set_fd(client, world->peer);
	SSL_set_connect_state(client);
	for (int i = 0; i < 100 && result != 1; i++) {
		result = SSL_do_handshake(client);
		turn(world);
	}
	assert_int_equal(result, 1);
	assert_int_equal(world->n_ready, 1);
}

static void echo_over_tls(struct world *world, SSL *client)
{
	char heard[64];
	int n = 0;

	world->echoes = true;
	assert_int_equal(SSL_write(client, "over TLS", 8), 8);
	for (int i = 0; i < 100 && n <= 0; i++) {
		turn(world);
		n = SSL_read(client, heard, sizeof(heard));
	}
	assert_int_equal(n, 8);
	assert_memory_equal(heard, "over TLS", 8);
}

static SSL_SESSION *connect_once(struct keys *keys, SSL_CTX *context, SSL_SESSION *session, bool resumes)
{
	struct duet_streams_load load;
	SSL *client = SSL_new(context);
	struct world world;

	begin(&world, duet_tls_accept(keys->tls));
	if (session)
		SSL_set_session(client, session);
	fcntl(world.peer, F_SETFL, O_NONBLOCK);
	shake_hands(&world, client);
	echo_over_tls(&world, client);
	assert_int_equal(SSL_session_reused(client), resumes);
	duet_streams_measure(world.streams, &load);
	assert_int_equal(load.n_handshakes, 1);
	assert_int_equal(load.n_resumed, resumes);
	session = SSL_get1_session(client);
	SSL_shutdown(client);
	turn(&world);
	assert_int_equal(world.n_closed, 1);
	assert_int_equal(world.code, 0);
	SSL_free(client);
	end(&world);
	return session;
}

static void tls_and_tickets(void **state)
{
	SSL_CTX *context = SSL_CTX_new(TLS_client_method());
	SSL_SESSION *first, *second, *third;
	struct keys keys;

	keys_begin(&keys);
	first = connect_once(&keys, context, NULL, false);
	second = connect_once(&keys, context, first, true);
	/* Another certificate, the same keys of tickets. */
	write_certificate(keys.certificate, keys.key);
	assert_int_equal(duet_tls_reload(keys.tls, NULL), 0);
	third = connect_once(&keys, context, second, true);
	assert_true(duet_tls_expires_s(keys.tls) > 3500 && duet_tls_expires_s(keys.tls) <= 3600);
	SSL_SESSION_free(first);
	SSL_SESSION_free(second);
	SSL_SESSION_free(third);
	SSL_CTX_free(context);
	keys_end(&keys);
}

static void no_tls_at_all(void **state)
{
	struct duet_streams_load load;
	struct world world;
	struct keys keys;

	keys_begin(&keys);
	begin(&world, duet_tls_accept(keys.tls));
	say(&world, "GET / HTTP/1.1\r\n\r\n");
	assert_int_equal(world.n_closed, 1);
	assert_int_equal(world.code, -EPROTO);
	duet_streams_measure(world.streams, &load);
	assert_int_equal(load.n_failed, 1);
	end(&world);
	keys_end(&keys);
}

static void a_broken_certificate_keeps_the_old_one(void **state)
{
	struct duet_error error = {0};
	struct keys keys;
	FILE *file;

	keys_begin(&keys);
	file = fopen(keys.certificate, "w");
	fputs("no certificate", file);
	fclose(file);
	assert_true(duet_tls_reload(keys.tls, &error) < 0);
	assert_string_equal(error.file, keys.certificate);
	assert_true(duet_tls_expires_s(keys.tls) > 3500);
	keys_end(&keys);
}

static int make_tls(void *user)
{
	struct keys *keys = user;
	struct duet_tls_setup setup = {keys->certificate, keys->key, true, false, false};
	struct duet_tls *tls;
	int code = duet_tls_new(&tls, &setup, NULL);

	duet_tls_free(tls);
	return code;
}

static void tls_survives_failing_memory(void **state)
{
	struct keys keys;

	keys_begin(&keys);
	duet_torture(make_tls, &keys);
	keys_end(&keys);
}

static int write_and_read(void *user)
{
	struct world world = {.uses = 2};
	int pair[2], code = -ENOMEM;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0)
		return -errno;
	world.loop = duet_loop_new(&duet_clock_system);
	world.streams = world.loop ? duet_streams_new(world.loop) : NULL;
	if (world.streams) {
		code = duet_stream_new(&world.stream, world.streams, pair[0], NULL, &calls, &world);
	} else {
		close(pair[0]);
	}
	if (code == 0)
		code = duet_stream_write(world.stream, duet_slice("hello"));
	if (code == 0 && write(pair[1], "abcde", 5) == 5)
		turn(&world);
	code = code == 0 && world.n_closed ? -ENOMEM : code;
	duet_stream_free(world.stream);
	duet_streams_free(world.streams);
	duet_loop_free(world.loop);
	close(pair[1]);
	return code;
}

static void survives_failing_memory(void **state)
{
	duet_torture(write_and_read, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_come_and_go),
		cmocka_unit_test(what_is_not_used_is_shown_again),
		cmocka_unit_test(a_pause_keeps_what_came),
		cmocka_unit_test(too_long_a_message_ends_it),
		cmocka_unit_test(it_may_be_freed_in_its_call),
		cmocka_unit_test(output_waits_for_the_peer),
		cmocka_unit_test(finishing_sends_the_rest),
		cmocka_unit_test(tls_and_tickets),
		cmocka_unit_test(no_tls_at_all),
		cmocka_unit_test(a_broken_certificate_keeps_the_old_one),
		cmocka_unit_test(tls_survives_failing_memory),
		cmocka_unit_test(survives_failing_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
