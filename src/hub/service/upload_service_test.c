/* SPDX-License-Identifier: Apache-2.0 */
#include <sys/stat.h>

#include "base/file.h"
#include "hub/record/blob_fixture.h"
#include "hub/service/service_fixture.h"

/* Files from devices: asking for a place, putting them there whole or in blocks, saying how it went. */

enum { LARGE = 6 << 20, MAX_BYTES = 8 << 20 };

struct uploading {
	struct world world;
	struct service service;
	char path[400], id[64]; /* of the blob, with its token; the correlation's */
};

/* The member of a flat JSON object whose value is a text. */
static void read_member(const char *json, const char *name, char *out, size_t size)
{
	char pattern[40];
	const char *at;
	size_t n;

	snprintf(pattern, sizeof(pattern), "\"%s\":\"", name);
	at = strstr(json, pattern);
	assert_non_null(at);
	at += strlen(pattern);
	n = strcspn(at, "\"");
	assert_true(n < size);
	snprintf(out, size, "%.*s", (int)n, at);
}

static void sign_as_lamp(struct uploading *uploading)
{
	assert_true(duet_sas_make("localhost/devices/lamp", DEVICE_KEY, NULL, (int64_t)time(NULL) + 3600,
				  uploading->service.token, sizeof(uploading->service.token)) > 0);
}

static void uploading_ask(struct uploading *uploading)
{
	char blob[80], token[300];

	assert_int_equal(service_call(&uploading->service, "POST",
				      "/devices/lamp/files?api-version=2021-04-12",
				      "{\"blobName\":\"log/today.txt\"}"),
			 200);
	read_member(uploading->service.body, "correlationId", uploading->id, sizeof(uploading->id));
	read_member(uploading->service.body, "blobName", blob, sizeof(blob));
	read_member(uploading->service.body, "sasToken", token, sizeof(token));
	assert_string_equal(blob, "lamp/log/today.txt");
	snprintf(uploading->path, sizeof(uploading->path), "/uploads/%s%s", blob, token);
}

static void uploading_begin(struct uploading *uploading, const char *more)
{
	world_begin(&uploading->world, more);
	service_begin(&uploading->service, &uploading->world, "device");
	sign_as_lamp(uploading);
	uploading_ask(uploading);
}

static void uploading_end(struct uploading *uploading)
{
	service_end(&uploading->service);
	world_end(&uploading->world);
}

static void blob_path(const struct uploading *uploading, char *path, size_t size)
{
	snprintf(path, size, "%s/blobs/d-lamp/b-log%%2Ftoday.txt", uploading->world.storage.folder);
}

static void assert_blob(const struct uploading *uploading, struct duet_slice expected)
{
	char path[200], *bytes;
	size_t n;

	blob_path(uploading, path, sizeof(path));
	assert_int_equal(duet_file_read(path, MAX_BYTES, &bytes, &n, NULL), 0);
	assert_int_equal(n, expected.len);
	assert_memory_equal(bytes, expected.ptr, n);
	duet_free(bytes);
}

static int put(struct uploading *uploading, const char *more, struct duet_slice body)
{
	char path[600];

	snprintf(path, sizeof(path), "%s%s", uploading->path, more);
	service_send(&uploading->service, "PUT", path, "x-ms-blob-type: BlockBlob\r\n", body);
	service_read(&uploading->service);
	return uploading->service.status;
}

static void finish(struct uploading *uploading)
{
	char body[200];

	snprintf(body, sizeof(body), "{\"correlationId\":\"%s\",\"isSuccess\":true,\"statusCode\":200}",
		 uploading->id);
	assert_int_equal(service_call(&uploading->service, "POST", "/devices/lamp/files/notifications", body),
			 204);
	assert_int_equal(service_call(&uploading->service, "POST", "/devices/lamp/files/notifications", body),
			 400);
}

/* More than may wait: reading stops while the disk is behind. */
static void a_large_file_comes_whole(void **state)
{
	static struct uploading uploading;
	char *bytes = duet_alloc(LARGE);

	for (size_t i = 0; i < LARGE; i++)
		bytes[i] = (char)(i * 31 >> 5);
	uploading_begin(&uploading, "");
	assert_int_equal(put(&uploading, "", (struct duet_slice){bytes, LARGE}), 201);
	assert_blob(&uploading, (struct duet_slice){bytes, LARGE});
	/* An empty one, over the same connection. */
	assert_int_equal(put(&uploading, "", (struct duet_slice){"", 0}), 201);
	assert_blob(&uploading, (struct duet_slice){"", 0});
	finish(&uploading);
	uploading_end(&uploading);
	duet_free(bytes);
}

static void blocks_are_put_together(void **state)
{
	static struct uploading uploading;

	uploading_begin(&uploading, "");
	assert_int_equal(put(&uploading, "&comp=block&blockid=Mg%3D%3D", duet_slice("world")), 201);
	assert_int_equal(put(&uploading, "&comp=block&blockid=MQ%3D%3D", duet_slice("hello ")), 201);
	assert_int_equal(put(&uploading, "&comp=blocklist",
			     duet_slice("<BlockList><Latest>MQ==</Latest><Latest>Mw==</Latest></BlockList>")),
			 400);
	assert_int_equal(put(&uploading, "&comp=blocklist", duet_slice("none")), 400);
	assert_int_equal(put(&uploading, "&comp=blocklist",
			     duet_slice("<BlockList><Latest>MQ==</Latest><Latest>Mg==</Latest></BlockList>")),
			 201);
	assert_blob(&uploading, duet_slice("hello world"));
	finish(&uploading);
	uploading_end(&uploading);
}

static void only_what_was_asked_for_is_taken(void **state)
{
	static struct uploading uploading;
	static const char *const wrong[] = {
		"/uploads/lamp/log/today.txt",
		"/uploads/lamp/log/today.txt?sig=0123456789abcdef0123456789abcdef",
		"/uploads/lamp/other.txt",
	};

	uploading_begin(&uploading, "");
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		service_send(&uploading.service, "PUT", wrong[i], "", duet_slice("bytes"));
		service_read(&uploading.service);
		assert_int_equal(uploading.service.status, 403);
		/* What is refused before its body ends the connection. */
		service_disconnect(&uploading.service);
		service_connect(&uploading.service);
	}
	assert_int_equal(put(&uploading, "&comp=nothing", duet_slice("bytes")), 400);
	service_disconnect(&uploading.service);
	service_connect(&uploading.service);
	assert_int_equal(service_call(&uploading.service, "GET", uploading.path, ""), 405);
	assert_int_equal(put(&uploading, "", duet_slice("bytes")), 201);
	uploading_end(&uploading);
}

static void what_is_too_large_is_refused(void **state)
{
	static struct uploading uploading;
	char head[700];
	int len;

	uploading_begin(&uploading, "upload: {max_mb: 1}\n");
	len = snprintf(head, sizeof(head),
		       "PUT %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1048577\r\n\r\n",
		       uploading.path);
	assert_int_equal(SSL_write(uploading.service.ssl, head, len), len);
	service_read(&uploading.service);
	assert_int_equal(uploading.service.status, 413);
	uploading_end(&uploading);
}

static int count_files(const struct uploading *uploading)
{
	char folder[200];

	snprintf(folder, sizeof(folder), "%s/blobs", uploading->world.storage.folder);
	return count_uploads(folder, "lamp");
}

static void who_goes_away_leaves_nothing_behind(void **state)
{
	static struct uploading uploading;
	char head[700], bytes[1000] = "";
	int len, tries = 0;

	uploading_begin(&uploading, "");
	len = snprintf(head, sizeof(head),
		       "PUT %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n",
		       uploading.path);
	assert_int_equal(SSL_write(uploading.service.ssl, head, len), len);
	assert_int_equal(SSL_write(uploading.service.ssl, bytes, sizeof(bytes)), sizeof(bytes));
	while (count_files(&uploading) == 0 && tries++ < 1000)
		usleep(10000);
	assert_int_equal(count_files(&uploading), 1);
	service_disconnect(&uploading.service);
	for (tries = 0; count_files(&uploading) > 0 && tries < 1000; tries++)
		usleep(10000);
	assert_int_equal(count_files(&uploading), 0);
	service_connect(&uploading.service);
	assert_int_equal(put(&uploading, "", duet_slice("again")), 201);
	assert_blob(&uploading, duet_slice("again"));
	uploading_end(&uploading);
}

static void a_full_hub_takes_no_more(void **state)
{
	static struct uploading uploading;
	char *bytes = duet_calloc(1, 1 << 20);

	uploading_begin(&uploading, "upload: {total_mb: 1}\n");
	assert_int_equal(put(&uploading, "", (struct duet_slice){bytes, 1 << 20}), 201);
	assert_int_equal(
		service_call(&uploading.service, "POST", "/devices/lamp/files", "{\"blobName\":\"b\"}"), 403);
	uploading_end(&uploading);
	duet_free(bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_large_file_comes_whole),
		cmocka_unit_test(blocks_are_put_together),
		cmocka_unit_test(only_what_was_asked_for_is_taken),
		cmocka_unit_test(what_is_too_large_is_refused),
		cmocka_unit_test(who_goes_away_leaves_nothing_behind),
		cmocka_unit_test(a_full_hub_takes_no_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
