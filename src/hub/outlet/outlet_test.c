/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/outlet/outlet.h"

#include <arpa/inet.h>
#include <errno.h>
#include <openssl/hmac.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/file.h"
#include "hub/key/secret.h"
#include "hub/log/log.h"
#include "loop/loop.h"

struct fixture {
	char folder[32], log_dir[64], key[64];
	struct duet_loop *loop;
	struct duet_hub_log *log;
	struct duet_hub_lane *lane;
	struct duet_hub_secret *secret;
	struct duet_hub_outlets *outlets;
};

static void open_outlets(struct fixture *fixture)
{
	struct duet_hub_outlets_setup setup = {fixture->folder, fixture->log, fixture->secret};

	assert_int_equal(duet_hub_outlets_new(&fixture->outlets, &setup, NULL), 0);
}

static void begin(struct fixture *fixture)
{
	struct duet_hub_log_setup log = {.segment_bytes = 1 << 20,
					 .retention_bytes = 1 << 24,
					 .retention_ms = 3600000,
					 .lane_bytes = 1 << 20};

	*fixture = (struct fixture){.folder = "/tmp/duet-outlet-XXXXXX"};
	assert_non_null(mkdtemp(fixture->folder));
	snprintf(fixture->log_dir, sizeof(fixture->log_dir), "%s/log", fixture->folder);
	snprintf(fixture->key, sizeof(fixture->key), "%s/key", fixture->folder);
	log.dir = fixture->log_dir;
	fixture->loop = duet_loop_new(&duet_clock_system);
	assert_int_equal(duet_hub_log_new(&fixture->log, &log, NULL), 0);
	assert_int_equal(duet_hub_lane_new(&fixture->lane, fixture->log, fixture->loop, NULL, NULL), 0);
	assert_int_equal(duet_hub_secret_create(fixture->key, NULL), 0);
	assert_int_equal(duet_hub_secret_open(&fixture->secret, fixture->key, NULL), 0);
	open_outlets(fixture);
}

static void end(struct fixture *fixture)
{
	char command[64];

	duet_hub_outlets_free(fixture->outlets);
	duet_hub_secret_free(fixture->secret);
	duet_hub_lane_free(fixture->lane);
	duet_hub_log_free(fixture->log);
	duet_loop_free(fixture->loop);
	snprintf(command, sizeof(command), "rm -rf %s", fixture->folder);
	assert_int_equal(system(command), 0);
}

static void put(struct fixture *fixture, const char *name, const char *text)
{
	json_t *route = json_loads(text, 0, NULL);
	struct duet_error error = {0};

	assert_non_null(route);
	if (duet_hub_outlets_put(fixture->outlets, name, route, &error) < 0)
		fail_msg("%s", error.what);
	json_decref(route);
}

/* Returns when the log has them. */
static void append(struct fixture *fixture, int from, int to)
{
	uint64_t next = duet_hub_log_range(fixture->log).next + (uint64_t)(to - from + 1);

	for (int i = from; i <= to; i++) {
		char body[32], properties[32];
		struct duet_hub_event event = {.device = duet_slice("d1"), .enqueued_ms = 1700000000000 + i};

		snprintf(body, sizeof(body), "{\"i\":%d}", i);
		snprintf(properties, sizeof(properties), "odd=%s", i % 2 ? "yes" : "no");
		event.body = duet_slice(body);
		event.properties = duet_slice(properties);
		assert_true(duet_hub_log_append(fixture->lane, &event, NULL, NULL) >= 0);
	}
	for (int i = 0; i < 10000 && duet_hub_log_range(fixture->log).next < next; i++)
		usleep(1000);
	assert_int_equal(duet_hub_log_range(fixture->log).next, next);
}

static json_int_t status(struct fixture *fixture, const char *name, const char *member)
{
	json_t *route = duet_hub_outlets_get(fixture->outlets, name);
	json_int_t value = json_integer_value(json_object_get(json_object_get(route, "status"), member));

	json_decref(route);
	return value;
}

static void wait_status(struct fixture *fixture, const char *name, const char *member, json_int_t value)
{
	json_int_t now = -1;

	for (int i = 0; i < 10000 && (now = status(fixture, name, member)) != value; i++)
		usleep(1000);
	assert_int_equal(now, value);
}

/* How many lines a file has, and the number in the last one's body. */
static int count_lines(struct fixture *fixture, const char *name, int *last)
{
	char path[128], line[1024];
	FILE *file;
	int n = 0;

	snprintf(path, sizeof(path), "%s/%s", fixture->folder, name);
	file = fopen(path, "re");
	*last = -1;
	while (file && fgets(line, sizeof(line), file)) {
		json_t *json = json_loads(line, 0, NULL);

		assert_non_null(json);
		*last = (int)json_integer_value(json_object_get(json_object_get(json, "body"), "i"));
		json_decref(json);
		n++;
	}
	if (file)
		fclose(file);
	return n;
}

static void a_file_gets_what_fulfils_the_condition_and_goes_on_after_a_restart(void **state)
{
	struct fixture fixture;
	int last;

	begin(&fixture);
	put(&fixture, "odd",
	    "{\"condition\":\"odd = 'yes' AND $body.i > 4\",\"endpoint\":{\"type\":\"file\","
	    "\"options\":{\"path\":\"odd.jsonl\"}}}");
	append(&fixture, 1, 20);
	wait_status(&fixture, "odd", "sent", 8);
	assert_int_equal(count_lines(&fixture, "routes/odd.jsonl", &last), 8);
	assert_int_equal(last, 19);
	duet_hub_outlets_free(fixture.outlets);
	append(&fixture, 21, 30); /* while nobody routes */
	open_outlets(&fixture);
	wait_status(&fixture, "odd", "sent", 5);
	assert_int_equal(count_lines(&fixture, "routes/odd.jsonl", &last), 13);
	assert_int_equal(duet_hub_outlets_remove(fixture.outlets, "odd"), 0);
	assert_int_equal(duet_hub_outlets_remove(fixture.outlets, "odd"), -ENOENT);
	end(&fixture);
}

static void sqlite_keeps_the_recent_past(void **state)
{
	struct fixture fixture;
	struct duet_error error = {0};
	json_t *rows = NULL;

	begin(&fixture);
	put(&fixture, "recent", "{\"endpoint\":{\"type\":\"sqlite\",\"options\":{\"keep\":10}}}");
	append(&fixture, 1, 30);
	wait_status(&fixture, "recent", "sent", 30);
	assert_int_equal(duet_hub_outlets_query(fixture.outlets, "recent", "1", 100, &rows, NULL), 0);
	assert_int_equal(json_array_size(rows), 10);
	json_decref(rows);
	assert_int_equal(duet_hub_outlets_query(fixture.outlets, "recent",
						"json_extract(properties, '$.odd') = 'no' AND number > 25",
						100, &rows, NULL),
			 0);
	assert_int_equal(json_array_size(rows), 3);
	json_decref(rows);
	assert_int_equal(duet_hub_outlets_query(fixture.outlets, "recent", "1); DELETE FROM events; --", 1,
						&rows, &error),
			 -EINVAL);
	assert_int_equal(duet_hub_outlets_query(fixture.outlets, "recent",
						"1 IN (SELECT rootpage FROM sqlite_master)", 1, &rows,
						&error),
			 -EINVAL);
	assert_int_equal(duet_hub_outlets_query(fixture.outlets, "none", "1", 1, &rows, NULL), -ENOENT);
	end(&fixture);
}

/* Not what the log holds beside them. */
static void sqlite_counts_the_route_s_own_events(void **state)
{
	struct fixture fixture;
	json_t *rows = NULL;

	begin(&fixture);
	put(&fixture, "odd",
	    "{\"condition\":\"odd = 'yes'\",\"endpoint\":{\"type\":\"sqlite\",\"options\":{\"keep\":10}}}");
	append(&fixture, 1, 16);
	wait_status(&fixture, "odd", "sent", 8);
	assert_int_equal(duet_hub_outlets_query(fixture.outlets, "odd", "1", 100, &rows, NULL), 0);
	assert_int_equal(json_array_size(rows), 8);
	json_decref(rows);
	append(&fixture, 17, 40);
	wait_status(&fixture, "odd", "sent", 20);
	assert_int_equal(duet_hub_outlets_query(fixture.outlets, "odd", "number < 21", 100, &rows, NULL), 0);
	assert_int_equal(json_array_size(rows), 0);
	json_decref(rows);
	assert_int_equal(duet_hub_outlets_query(fixture.outlets, "odd", "1", 100, &rows, NULL), 0);
	assert_int_equal(json_array_size(rows), 10);
	json_decref(rows);
	end(&fixture);
}

/* A server that answers each request with the next of these. */
struct server {
	int fd, port;
	const int *answers;
	int n_answers;
	pthread_t thread;
	atomic_int n_requests, n_events;
	atomic_bool unsigned_one;
};

static size_t read_request(int client, char *text, size_t size)
{
	size_t len = 0, head = 0, body = 0;

	while (len < size - 1 && (!head || len < head + body)) {
		ssize_t n = read(client, text + len, size - 1 - len);
		const char *end, *length;

		if (n <= 0)
			return 0;
		len += (size_t)n;
		text[len] = '\0';
		end = strstr(text, "\r\n\r\n");
		length = strcasestr(text, "content-length:");
		if (end && length && !head) {
			head = (size_t)(end - text) + 4;
			body = (size_t)strtol(length + 15, NULL, 10);
		}
	}
	return head;
}

static bool is_signed(const char *text, const char *body)
{
	const char *header = strstr(text, "x-duet-signature: sha256=");
	unsigned char digest[32];
	char hex[65];

	HMAC(EVP_sha256(), "s3cret", 6, (const unsigned char *)body, strlen(body), digest, NULL);
	for (int i = 0; i < 32; i++)
		snprintf(hex + (size_t)2 * (size_t)i, 3, "%02x", digest[i]);
	return header && strncmp(header + 25, hex, 64) == 0;
}

static void *serve(void *user)
{
	static char text[1 << 20];
	struct server *server = user;

	for (int i = 0; i < server->n_answers; i++) {
		int client = accept(server->fd, NULL, NULL);
		size_t head = client >= 0 ? read_request(client, text, sizeof(text)) : 0;
		json_t *events = head ? json_loads(text + head, 0, NULL) : NULL;
		char answer[128];

		if (!is_signed(text, text + head))
			atomic_store(&server->unsigned_one, true);
		if (server->answers[i] == 200)
			atomic_fetch_add(&server->n_events, (int)json_array_size(events));
		json_decref(events);
		atomic_fetch_add(&server->n_requests, 1); /* before the answer: who has it may count */
		snprintf(answer, sizeof(answer),
			 "HTTP/1.1 %d x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
			 server->answers[i]);
		assert_true(write(client, answer, strlen(answer)) > 0);
		close(client);
	}
	return NULL;
}

static void start(struct server *server, const int *answers, int n_answers)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(address);

	*server = (struct server){.answers = answers, .n_answers = n_answers};
	server->fd = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(bind(server->fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(server->fd, 8), 0);
	getsockname(server->fd, (struct sockaddr *)&address, &size);
	server->port = ntohs(address.sin_port);
	pthread_create(&server->thread, NULL, serve, server);
}

static void http_is_signed_retried_and_what_is_refused_is_a_dead_letter(void **state)
{
	/* down, down, then taken; then one batch of two is refused, each is tried by itself, one is refused
	 */
	static const int answers[] = {500, 429, 200, 400, 200, 400};
	struct fixture fixture;
	struct server server;
	char route[256];
	json_t *shown;
	int last;

	begin(&fixture);
	start(&server, answers, 6);
	snprintf(route, sizeof(route),
		 "{\"endpoint\":{\"type\":\"http\",\"options\":{\"url\":\"http://127.0.0.1:%d/"
		 "x\",\"secret\":\"s3cret\"}}}",
		 server.port);
	append(&fixture, 1, 3); /* before there is a route */
	put(&fixture, "web", route);
	append(&fixture, 4, 4);
	wait_status(&fixture, "web", "sent", 1);
	assert_int_equal(atomic_load(&server.n_requests), 3);
	/* Two at once: the route finds both when it begins. */
	duet_hub_outlets_free(fixture.outlets);
	append(&fixture, 5, 6);
	open_outlets(&fixture);
	wait_status(&fixture, "web", "deadLettered", 1);
	pthread_join(server.thread, NULL);
	assert_int_equal(atomic_load(&server.n_events), 2);
	assert_false(atomic_load(&server.unsigned_one));
	assert_int_equal(count_lines(&fixture, "dead/web.jsonl", &last), 1);
	shown = duet_hub_outlets_get(fixture.outlets, "web");
	assert_string_equal(
		json_string_value(json_object_get(
			json_object_get(json_object_get(shown, "endpoint"), "options"), "secret")),
		"****");
	json_decref(shown);
	close(server.fd);
	end(&fixture);
}

static void mistakes_are_told(void **state)
{
	static const struct {
		const char *route, *what;
	} rows[] = {{"{}", "endpoint.type"},
		    {"{\"endpoint\":{\"type\":\"http\"}}", "url:"},
		    {"{\"endpoint\":{\"type\":\"mqtt\"}}", "host:"},
		    {"{\"endpoint\":{\"type\":\"file\",\"options\":{\"path\":\"../x\"}}}", "path:"},
		    {"{\"endpoint\":{\"type\":\"file\",\"options\":{\"pth\":\"x\"}}}", "no option of file"},
		    {"{\"condition\":\"a =\",\"endpoint\":{\"type\":\"file\"}}", "condition:"},
		    {"{\"source\":\"x\",\"endpoint\":{\"type\":\"file\"}}", "source:"}};
	struct fixture fixture;

	begin(&fixture);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		json_t *route = json_loads(rows[i].route, 0, NULL);
		struct duet_error error = {0};

		assert_int_equal(duet_hub_outlets_put(fixture.outlets, "x", route, &error), -EINVAL);
		if (!strstr(error.what, rows[i].what))
			fail_msg("%s: %s", rows[i].route, error.what);
		json_decref(route);
	}
	end(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_gets_what_fulfils_the_condition_and_goes_on_after_a_restart),
		cmocka_unit_test(sqlite_keeps_the_recent_past),
		cmocka_unit_test(sqlite_counts_the_route_s_own_events),
		cmocka_unit_test(http_is_signed_retried_and_what_is_refused_is_a_dead_letter),
		cmocka_unit_test(mistakes_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
