/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "base/arena.h"
#include "base/log.h"
#include "hub/config.h"
#include "hub/hub.h"
#include "hub/metrics.h"
#include "hub/record/blob.h"
#include "hub/record/upload.h"
#include "hub/service/blob_service.h"
#include "hub/service/service_table.h"
#include "hub/value/date.h"
#include "hub/value/fault.h"
#include "net/url.h"

enum { BYTES_IN_MB = 1024 * 1024, HTTPS_PORT = 443 };

/* A device asks where to put a file. */
struct beginning {
	struct duet_hub_upload upload;
	const char *blob; /* device/name */
};

static int begin_change(struct duet_hub_view *view, struct duet_hub_request *request)
{
	struct beginning *beginning = request->own;
	int most = duet_hub_config(request->loop->hub)->upload.at_once;
	int code = duet_hub_upload_begin(view, &beginning->upload, most, request->now_ms);

	if (code == -EUSERS)
		return duet_hub_fault_set(
			&request->fault, DUET_HUB_FAULT_UPLOADS_FULL,
			"The device has %d uploads open; notify the hub of those that are done", most);
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
				      "containerName", duet_hub_blob_container, "blobName", beginning->blob,
				      "sasToken", "?sv=2021-12-02&sr=b&sp=rw&se=", expiry,
				      "&sig=", beginning->upload.token, ""));
}

/* In the pool of files. */
static int look_for_room(struct duet_hub_request *request)
{
	const struct duet_hub_config *config = duet_hub_config(request->loop->hub);

	if (duet_hub_blob_total(config->upload.folder) / BYTES_IN_MB >= config->upload.total_mb)
		return duet_hub_fault_set(&request->fault, DUET_HUB_FAULT_QUOTA,
					  "The hub holds %d MB of files already", config->upload.total_mb);
	return 0;
}

static void has_room(struct duet_hub_request *request, int code)
{
	code = duet_hub_request_write(request, begin_change, begin_done);
	if (code < 0)
		duet_hub_reply_code(request, code);
}

static int begin_upload(struct duet_hub_request *request)
{
	struct beginning *beginning = duet_arena_alloc(request->arena, sizeof(*beginning));
	const char *name = json_string_value(json_object_get(request->body, "blobName"));
	const char *device = request->parameters[0];
	char *id = duet_arena_alloc(request->arena, 33), *token = duet_arena_alloc(request->arena, 33);

	if (!beginning || !id || !token)
		return -ENOMEM;
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
	if (!beginning->blob)
		return -ENOMEM;
	return duet_hub_request_work(request, duet_hub_files(request->loop->hub), look_for_room, has_room);
}

/* And says how it went. */
static int end_change(struct duet_hub_view *view, struct duet_hub_request *request)
{
	struct duet_hub_upload *upload = request->own;
	int code = duet_hub_upload_get(view, upload->correlation_id, request->arena, upload);

	if (code == 0)
		code = duet_hub_upload_end(view, upload->correlation_id, request->parameters[0]);
	if (code == -ENOENT)
		return duet_hub_fault_set(&request->fault, DUET_HUB_FAULT_ARGUMENT_INVALID,
					  "No upload of this device has that correlationId");
	return code;
}

static int forget_blocks(struct duet_hub_request *request)
{
	const struct duet_hub_upload *upload = request->own;

	duet_hub_blob_forget(duet_hub_config(request->loop->hub)->upload.folder, upload->device,
			     upload->token);
	return 0;
}

static void forgotten(struct duet_hub_request *request, int code)
{
	duet_hub_reply_empty(request, 204);
}

static void end_done(struct duet_hub_request *request, int code)
{
	const struct duet_hub_upload *upload = request->own;

	duet_info("hub", "device %s uploaded %s: %s", upload->device, upload->blob,
		  json_is_false(json_object_get(request->body, "isSuccess")) ? "failed" : "done");
	duet_hub_count(request->loop->metrics, DUET_HUB_M_UPLOADS, 1);
	/* It has ended, whatever becomes of the blocks. */
	if (duet_hub_request_work(request, duet_hub_files(request->loop->hub), forget_blocks, forgotten) < 0)
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

const struct duet_hub_route duet_hub_upload_routes[] = {
	{"POST", "/devices/{id}/files", "upload.begin", DUET_HUB_AUTH_DEVICE, 0, true, false, begin_upload},
	{"POST", "/devices/{id}/files/notifications", "upload.end", DUET_HUB_AUTH_DEVICE, 0, true, false,
	 end_upload},
	{"POST", "/devices/{id}/files/notifications/{correlation}", "upload.endOne", DUET_HUB_AUTH_DEVICE, 0,
	 true, false, end_upload},
	{0},
};
