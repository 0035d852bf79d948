/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/service/blob_service.h"

#include <errno.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "hub/config.h"
#include "hub/hub.h"
#include "hub/metrics.h"
#include "hub/pool.h"
#include "hub/record/blob.h"
#include "hub/record/upload.h"
#include "hub/service/service_client.h"
#include "net/http.h"
#include "net/url.h"

enum {
	MAX_PATH_BYTES = 2048,
	BYTES_IN_MB = 1024 * 1024,
	ARENA_BYTES = 64 * 1024,
	HIGH_BYTES = 256 * 1024, /* so much waits before nothing more is read */
	MAX_WAITING = 2 * 1024 * 1024,
};

const char duet_hub_blob_container[] = "uploads";

/* A request to the endpoint, from its head on. While a task of it is under way, `blob` and `writing` are that
 * thread's; what comes meanwhile waits. */
struct transfer {
	struct duet_hub_loop *loop;
	struct duet_http_exchange *exchange; /* NULL: it is over, and nobody wants to know how it went */
	struct duet_hub_request *request;    /* once all of it has been read */
	struct duet_arena *arena;
	struct duet_hub_upload upload;
	const char *folder, *name, *block; /* block NULL: the whole blob */
	bool is_list;                      /* the body lists blocks */
	struct duet_hub_blob *blob;
	struct duet_text waiting, writing;
	struct duet_hub_task task;
	bool is_busy, ends; /* ends: the task is the last one */
};

static void transfer_free(struct transfer *transfer)
{
	struct duet_arena *arena = transfer->arena;

	duet_hub_blob_free(transfer->blob);
	duet_text_done(&transfer->waiting);
	duet_text_done(&transfer->writing);
	duet_arena_free(arena);
}

static int discard(struct duet_hub_view *view, void *user)
{
	struct transfer *transfer = user;

	duet_hub_blob_free(transfer->blob);
	transfer->blob = NULL;
	return 0;
}

static void discarded(void *user, int code)
{
	transfer_free(user);
}

/* Its file is thrown away where files are. */
static void transfer_over(struct transfer *transfer)
{
	transfer->task.work = discard;
	transfer->task.done = discarded;
	if (!transfer->blob || duet_hub_pool_post(duet_hub_files(transfer->loop->hub), &transfer->task) < 0)
		transfer_free(transfer);
}

/* With the exchange; what is under way is waited for. */
static void transfer_done(void *memory)
{
	struct transfer *transfer = memory;

	transfer->exchange = NULL;
	if (!transfer->is_busy)
		transfer_over(transfer);
}

static struct transfer *transfer_new(struct duet_hub_loop *loop, struct duet_http_exchange *exchange)
{
	struct duet_arena *arena = duet_arena_new(ARENA_BYTES);
	struct transfer *transfer = arena ? duet_arena_alloc(arena, sizeof(*transfer)) : NULL;

	if (!transfer) {
		duet_arena_free(arena);
		return NULL;
	}
	transfer->loop = loop;
	transfer->exchange = exchange;
	transfer->arena = arena;
	duet_text_init(&transfer->waiting, MAX_WAITING);
	duet_text_init(&transfer->writing, MAX_WAITING);
	duet_http_keep(exchange, transfer, transfer_done);
	return transfer;
}

static void refuse(struct duet_http_exchange *exchange, int status, const char *code)
{
	char body[160];
	int len = snprintf(body, sizeof(body),
			   "<?xml version=\"1.0\" encoding=\"utf-8\"?><Error><Code>%s</Code></Error>", code);

	duet_http_reply_header(exchange, "x-ms-error-code", code);
	duet_http_reply(exchange, status, "application/xml", (struct duet_slice){body, (size_t)len});
}

static void refuse_code(struct duet_http_exchange *exchange, int code)
{
	static const struct {
		int code, status;
		const char *name;
	} answers[] = {
		{-EACCES, 403, "AuthenticationFailed"},
		{-EINVAL, 400, "InvalidQueryParameterValue"},
		{-ENAMETOOLONG, 400, "InvalidQueryParameterValue"},
		{-ENOENT, 400, "InvalidBlockList"},
		{-EBADMSG, 400, "InvalidBlockList"},
		{-ENOSPC, 507, "InsufficientStorage"},
		{-EDQUOT, 507, "InsufficientStorage"},
		{-EAGAIN, 503, "ServerBusy"},
		{-ESHUTDOWN, 503, "ServerBusy"},
	};

	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++)
		if (answers[i].code == code) {
			refuse(exchange, answers[i].status, answers[i].name);
			return;
		}
	refuse(exchange, 500, "InternalError");
}

static void fail(struct transfer *transfer, int code)
{
	duet_warn("hub", "the upload %s failed: %s", transfer->upload.blob, strerror(-code));
	refuse_code(transfer->exchange, code);
}

static void succeed(struct transfer *transfer)
{
	struct duet_hub_request *request = transfer->request;

	duet_http_reply_header(request->exchange, "x-ms-version", "2021-12-02");
	duet_http_reply_header(request->exchange, "x-ms-request-server-encrypted", "false");
	duet_hub_reply_etag(request, transfer->upload.correlation_id);
	duet_http_reply(request->exchange, 201, NULL, duet_slice(""));
}

static int write_file(struct transfer *transfer)
{
	int code = 0;

	if (!transfer->blob)
		code = duet_hub_blob_begin(&transfer->blob, transfer->folder, transfer->upload.device,
					   transfer->name, transfer->upload.token, transfer->block);
	if (code == 0)
		code = duet_hub_blob_write(transfer->blob,
					   (struct duet_slice){transfer->writing.ptr, transfer->writing.len});
	if (code == 0 && transfer->ends)
		code = duet_hub_blob_end(transfer->blob);
	return code;
}

/* In the pool. */
static int write_some(struct duet_hub_view *view, void *user)
{
	struct transfer *transfer = user;
	int code;

	if (!transfer->is_list)
		return write_file(transfer);
	code = duet_hub_blob_commit(transfer->folder, transfer->upload.device, transfer->name,
				    transfer->upload.token, duet_http_request(transfer->exchange)->body);
	return code == -EINVAL ? -EBADMSG : code;
}

static int write_on(struct transfer *transfer);

static void written(void *user, int code)
{
	struct transfer *transfer = user;

	transfer->is_busy = false;
	duet_hub_count(transfer->loop->metrics, DUET_HUB_M_UPLOAD_BYTES, transfer->writing.len);
	if (!transfer->exchange) {
		transfer_over(transfer);
		return;
	}
	if (code == 0 && transfer->ends) {
		succeed(transfer);
		return;
	}
	/* Once all has been read, the connection waits for the answer. */
	if (code == 0 && !transfer->request)
		duet_http_pause(transfer->exchange, false);
	if (code == 0 && (transfer->waiting.len > 0 || transfer->request))
		code = write_on(transfer);
	if (code < 0)
		fail(transfer, code);
}

/* Hands over what waits. */
static int write_on(struct transfer *transfer)
{
	struct duet_text empty = transfer->writing;
	int code;

	empty.len = 0;
	transfer->writing = transfer->waiting;
	transfer->waiting = empty;
	transfer->ends = transfer->request;
	code = duet_hub_pool_post(duet_hub_files(transfer->loop->hub), &transfer->task);
	transfer->is_busy = code == 0;
	return code;
}

/* On the loop: a piece of the body. */
static int take_piece(void *user, struct duet_slice piece)
{
	struct transfer *transfer = user;
	int code = duet_text_add(&transfer->waiting, piece);

	if (code == 0 && !transfer->is_busy)
		code = write_on(transfer);
	if (transfer->waiting.len > HIGH_BYTES)
		duet_http_pause(transfer->exchange, true);
	return code;
}

/* Is the path the blob's, for which the token was given out, and the time not up? */
static int check_token(struct transfer *transfer, const struct duet_http_request *http)
{
	const struct duet_clock *clock = duet_hub_clock(transfer->loop->hub);
	const char *token = duet_hub_query_value(transfer->arena, http->query, "sig");
	char path[MAX_PATH_BYTES], expected[MAX_PATH_BYTES];
	int code;

	if (!token || duet_url_decode(http->path, false, path, sizeof(path)) < 0)
		return -EACCES;
	code = duet_hub_upload_find(transfer->loop->view, token, transfer->arena, &transfer->upload);
	if (code < 0)
		return code == -ENOENT ? -EACCES : code;
	snprintf(expected, sizeof(expected), "/%s/%s", duet_hub_blob_container, transfer->upload.blob);
	if (strcmp(path, expected) != 0 || transfer->upload.expires_ms < clock->wall_ns(clock) / 1000000)
		return -EACCES;
	return 0;
}

/* What is to be done, and where. */
static int read_request(struct transfer *transfer, const struct duet_http_request *http)
{
	const char *component = duet_hub_query_value(transfer->arena, http->query, "comp");
	const char *slash = strchr(transfer->upload.blob, '/');

	transfer->folder = duet_hub_config(transfer->loop->hub)->upload.folder;
	transfer->name = slash ? slash + 1 : "";
	transfer->task = (struct duet_hub_task){
		.work = write_some, .done = written, .user = transfer, .loop = transfer->loop->loop};
	if (!component)
		return 0;
	transfer->is_list = strcmp(component, "blocklist") == 0;
	if (strcmp(component, "block") == 0)
		transfer->block = duet_hub_query_value(transfer->arena, http->query, "blockid");
	return transfer->is_list || transfer->block ? 0 : -EINVAL;
}

static bool is_blob(const struct duet_http_request *http)
{
	size_t n = strlen(duet_hub_blob_container);

	return http->path.len > n + 2 && http->path.ptr[0] == '/' &&
	       memcmp(http->path.ptr + 1, duet_hub_blob_container, n) == 0 && http->path.ptr[n + 1] == '/';
}

void duet_hub_blob_head(struct duet_hub_loop *loop, struct duet_http_exchange *exchange)
{
	const struct duet_http_request *http = duet_http_request(exchange);
	size_t max = (size_t)duet_hub_config(loop->hub)->upload.max_mb * BYTES_IN_MB;
	struct transfer *transfer;
	int code;

	if (!is_blob(http) || strcmp(http->method, "PUT") != 0)
		return;
	transfer = transfer_new(loop, exchange);
	code = transfer ? check_token(transfer, http) : -ENOMEM;
	if (code == 0)
		code = read_request(transfer, http);
	if (code < 0)
		refuse_code(exchange, code);
	else if (!transfer->is_list)
		duet_http_stream(exchange, max, take_piece, transfer);
}

bool duet_hub_blob_requested(struct duet_hub_request *request)
{
	struct transfer *transfer = duet_http_kept(request->exchange, transfer_done);
	int code = 0;

	if (!is_blob(duet_http_request(request->exchange)))
		return false;
	if (!transfer) {
		refuse(request->exchange, 405, "UnsupportedHttpVerb");
		return true;
	}
	transfer->request = request;
	if (!transfer->is_busy)
		code = write_on(transfer);
	if (code < 0)
		fail(transfer, code);
	return true;
}
