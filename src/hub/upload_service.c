/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/upload_service.h"

#include <errno.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "hub/blob.h"
#include "hub/config.h"
#include "hub/date.h"
#include "hub/fault.h"
#include "hub/hub.h"
#include "hub/metrics.h"
#include "hub/service_client.h"
#include "hub/service_table.h"
#include "hub/upload.h"
#include "net/http.h"
#include "net/url.h"

enum { MAX_PATH_BYTES = 2048, BYTES_IN_MB = 1024 * 1024, HTTPS_PORT = 443 };

static const char container[] = "uploads";

static const char *folder_of(struct duet_hub_loop *loop)
{
	return duet_hub_config(loop->hub)->upload.folder;
}

/* A device asks where to put a file. */
struct beginning {
	struct duet_hub_upload upload;
	const char *blob; /* device/name */
};

static int begin_change(struct duet_hub_view *view, struct duet_hub_request *request)
{
	struct beginning *beginning = request->own;
	int code = duet_hub_upload_begin(view, &beginning->upload, request->now_ms);

	if (code == -EUSERS)
		return duet_hub_fault_set(
			&request->fault, DUET_HUB_FAULT_UPLOADS_FULL,
			"The device has %d uploads open; notify the hub of those that are done",
			DUET_HUB_MAX_UPLOADS);
	return code;
}

static void begin_done(struct duet_hub_request *request, int code)
{
	struct beginning *beginning = request->own;
	const struct duet_hub_config *config = duet_hub_config(request->loop->hub);
	char date[DUET_HUB_DATE_BYTES], expiry[3 * DUET_HUB_DATE_BYTES], port[16] = "";

	duet_hub_date_format(beginning->upload.expires_ms, date);
	duet_url_encode(duet_slice(date), expiry, sizeof(expiry));
	if (config->listen.https_port != HTTPS_PORT)
		snprintf(port, sizeof(port), ":%d", config->listen.https_port);
	duet_hub_reply_json(request, 200,
			    json_pack("{s:s, s:s+, s:s, s:s, s:s++++}", "correlationId",
				      beginning->upload.correlation_id, "hostName", config->hostname, port,
				      "containerName", container, "blobName", beginning->blob, "sasToken",
				      "?sv=2021-12-02&sr=b&sp=rw&se=", expiry,
				      "&sig=", beginning->upload.token, ""));
}

static int check_room(struct duet_hub_request *request)
{
	const struct duet_hub_config *config = duet_hub_config(request->loop->hub);
	const char *folder = folder_of(request->loop);

	if (duet_hub_blob_total(folder) / BYTES_IN_MB >= config->upload.total_mb)
		return duet_hub_fault_set(&request->fault, DUET_HUB_FAULT_QUOTA,
					  "The hub holds %d MB of files already", config->upload.total_mb);
	return 0;
}

static int begin_upload(struct duet_hub_request *request)
{
	struct beginning *beginning = duet_arena_alloc(request->arena, sizeof(*beginning));
	const char *name = json_string_value(json_object_get(request->body, "blobName"));
	const char *device = request->parameters[0];
	char *id = duet_arena_alloc(request->arena, 33), *token = duet_arena_alloc(request->arena, 33);
	int code = check_room(request);

	if (!beginning || !id || !token)
		return -ENOMEM;
	if (code < 0)
		return code;
	if (!name || !duet_hub_blob_name_valid(duet_slice(name)))
		return duet_hub_fault_set(&request->fault, DUET_HUB_FAULT_ARGUMENT_INVALID,
					  "blobName is missing or too long");
	duet_hub_fault_tracking(id);
	duet_hub_fault_tracking(token);
	beginning->blob = duet_arena_printf(request->arena, "%s/%s", device, name);
	beginning->upload = (struct duet_hub_upload){
		.correlation_id = id,
		.device = device,
		.blob = beginning->blob,
		.token = token,
		.begun_ms = request->now_ms,
		.expires_ms = request->now_ms + duet_hub_config(request->loop->hub)->upload.ttl_ms,
	};
	request->own = beginning;
	return beginning->blob ? duet_hub_request_write(request, begin_change, begin_done) : -ENOMEM;
}

/* And says how it went. */
static int end_change(struct duet_hub_view *view, struct duet_hub_request *request)
{
	struct duet_hub_upload *upload = request->own;
	const char *folder = folder_of(request->loop);
	int code = duet_hub_upload_get(view, upload->correlation_id, request->arena, upload);

	if (code == 0)
		code = duet_hub_upload_end(view, upload->correlation_id, request->parameters[0]);
	if (code == -ENOENT)
		return duet_hub_fault_set(&request->fault, DUET_HUB_FAULT_ARGUMENT_INVALID,
					  "No upload of this device has that correlationId");
	if (code == 0)
		duet_hub_blob_forget(folder, upload->device, upload->token);
	return code;
}

static void end_done(struct duet_hub_request *request, int code)
{
	const struct duet_hub_upload *upload = request->own;

	duet_info("hub", "device %s uploaded %s: %s", upload->device, upload->blob,
		  json_is_false(json_object_get(request->body, "isSuccess")) ? "failed" : "done");
	duet_hub_count(request->loop->metrics, DUET_HUB_M_UPLOADS, 1);
	duet_hub_reply_empty(request, 204);
}

static int end_upload(struct duet_hub_request *request)
{
	struct duet_hub_upload *upload = duet_arena_alloc(request->arena, sizeof(*upload));
	const char *id = request->parameters[1];

	if (!upload)
		return -ENOMEM;
	if (!id)
		id = json_string_value(json_object_get(request->body, "correlationId"));
	if (!id)
		return duet_hub_fault_set(&request->fault, DUET_HUB_FAULT_ARGUMENT_NULL,
					  "correlationId is missing");
	upload->correlation_id = id;
	request->own = upload;
	return duet_hub_request_write(request, end_change, end_done);
}

/* A request to the blob endpoint, from its head on. */
struct transfer {
	struct duet_hub_blob *blob;
	struct duet_hub_loop *loop;
	struct duet_arena *arena;
	struct duet_hub_upload upload;
	char *component; /* comp=…, or "" */
	int failed;
};

static void transfer_done(void *memory)
{
	struct transfer *transfer = memory;

	duet_hub_blob_free(transfer->blob);
	duet_arena_free(transfer->arena);
}

static struct transfer *transfer_new(struct duet_hub_loop *loop, struct duet_http_exchange *exchange)
{
	struct duet_arena *arena = duet_arena_new(64 * 1024);
	struct transfer *transfer = arena ? duet_arena_alloc(arena, sizeof(*transfer)) : NULL;

	if (!transfer) {
		duet_arena_free(arena);
		return NULL;
	}
	transfer->loop = loop;
	transfer->arena = arena;
	duet_http_keep(exchange, transfer, transfer_done);
	return transfer;
}

static const char *name_of(const struct transfer *transfer)
{
	const char *slash = strchr(transfer->upload.blob, '/');

	return slash ? slash + 1 : "";
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
	snprintf(expected, sizeof(expected), "/%s/%s", container, transfer->upload.blob);
	if (strcmp(path, expected) != 0 || transfer->upload.expires_ms < clock->wall_ns(clock) / 1000000)
		return -EACCES;
	return 0;
}

static int write_piece(void *user, struct duet_slice piece)
{
	struct transfer *transfer = user;

	duet_hub_count(transfer->loop->metrics, DUET_HUB_M_UPLOAD_BYTES, piece.len);
	transfer->failed = duet_hub_blob_write(transfer->blob, piece);
	return transfer->failed;
}

static void refuse(struct duet_http_exchange *exchange, int status, const char *code)
{
	char body[160];
	int len = snprintf(body, sizeof(body),
			   "<?xml version=\"1.0\" encoding=\"utf-8\"?><Error><Code>%s</Code></Error>", code);

	duet_http_reply_header(exchange, "x-ms-error-code", code);
	duet_http_reply(exchange, status, "application/xml", (struct duet_slice){body, (size_t)len});
}

/* A whole blob or a block goes to its file while it comes. */
static int open_file(struct transfer *transfer, struct duet_http_exchange *exchange)
{
	const struct duet_http_request *http = duet_http_request(exchange);
	const char *folder = folder_of(transfer->loop);
	const char *component = duet_hub_query_value(transfer->arena, http->query, "comp");
	const char *block = duet_hub_query_value(transfer->arena, http->query, "blockid");
	size_t max = (size_t)duet_hub_config(transfer->loop->hub)->upload.max_mb * BYTES_IN_MB;
	bool is_block = component && strcmp(component, "block") == 0;
	int code;

	transfer->component = duet_arena_copy(transfer->arena, duet_slice(component ? component : ""));
	if (!transfer->component)
		return -ENOMEM;
	if (strcmp(transfer->component, "blocklist") == 0)
		return 0;
	if (transfer->component[0] && !(is_block && block))
		return -EINVAL;
	code = duet_hub_blob_begin(&transfer->blob, folder, transfer->upload.device, name_of(transfer),
				   transfer->upload.token, is_block ? block : NULL);
	if (code == 0)
		duet_http_stream(exchange, max, write_piece, transfer);
	return code;
}

static bool is_blob(const struct duet_http_request *http)
{
	size_t n = sizeof(container) - 1;

	return http->path.len > n + 2 && http->path.ptr[0] == '/' &&
	       memcmp(http->path.ptr + 1, container, n) == 0 && http->path.ptr[n + 1] == '/';
}

void duet_hub_blob_head(struct duet_hub_loop *loop, struct duet_http_exchange *exchange)
{
	const struct duet_http_request *http = duet_http_request(exchange);
	struct transfer *transfer;
	int code;

	if (!is_blob(http) || strcmp(http->method, "PUT") != 0)
		return;
	transfer = transfer_new(loop, exchange);
	code = transfer ? check_token(transfer, http) : -ENOMEM;
	if (code == 0)
		code = open_file(transfer, exchange);
	if (code == -EACCES)
		refuse(exchange, 403, "AuthenticationFailed");
	else if (code == -EINVAL || code == -ENAMETOOLONG)
		refuse(exchange, 400, "InvalidQueryParameterValue");
	else if (code < 0)
		refuse(exchange, 500, "InternalError");
}

static int finish(struct transfer *transfer, struct duet_slice body)
{
	const char *folder = folder_of(transfer->loop);

	if (transfer->blob)
		return duet_hub_blob_end(transfer->blob);
	return duet_hub_blob_commit(folder, transfer->upload.device, name_of(transfer),
				    transfer->upload.token, body);
}

bool duet_hub_blob_requested(struct duet_hub_request *request)
{
	struct duet_http_exchange *exchange = request->exchange;
	const struct duet_http_request *http = duet_http_request(exchange);
	struct transfer *transfer = duet_http_kept(exchange, transfer_done);
	int code;

	if (!is_blob(http))
		return false;
	if (!transfer) {
		refuse(exchange, 405, "UnsupportedHttpVerb");
		return true;
	}
	code = finish(transfer, http->body);
	if (code < 0) {
		duet_warn("hub", "the upload %s failed: %s", transfer->upload.blob, strerror(-code));
		refuse(exchange,
		       code == -EINVAL || code == -ENOENT ? 400
		       : code == -ENOSPC                  ? 507
							  : 500,
		       code == -ENOENT ? "InvalidBlockList" : "InternalError");
		return true;
	}
	duet_http_reply_header(exchange, "x-ms-version", "2021-12-02");
	duet_http_reply_header(exchange, "x-ms-request-server-encrypted", "false");
	duet_hub_reply_etag(request, transfer->upload.correlation_id);
	duet_http_reply(exchange, 201, NULL, duet_slice(""));
	return true;
}

const struct duet_hub_route duet_hub_upload_routes[] = {
	{"POST", "/devices/{id}/files", "upload.begin", DUET_HUB_AUTH_DEVICE, 0, true, false, begin_upload},
	{"POST", "/devices/{id}/files/notifications", "upload.end", DUET_HUB_AUTH_DEVICE, 0, true, false,
	 end_upload},
	{"POST", "/devices/{id}/files/notifications/{correlation}", "upload.endOne", DUET_HUB_AUTH_DEVICE, 0,
	 true, false, end_upload},
	{0},
};
