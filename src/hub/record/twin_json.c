/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/record/twin_json.h"

#include "hub/record/identity.h"
#include "hub/record/identity_json.h"
#include "hub/record/twin_record.h"
#include "hub/value/date.h"

static json_t *parse(struct duet_slice text)
{
	return json_loadb(text.ptr, text.len, 0, NULL);
}

/* Properties with what is known about them. */
static json_t *properties_json(struct duet_slice text, struct duet_slice metadata, int64_t version)
{
	json_t *json = parse(text);

	if (json && json_object_set_new(json, "$metadata", parse(metadata)) == 0 &&
	    json_object_set_new(json, "$version", json_integer(version)) == 0)
		return json;
	json_decref(json);
	return NULL;
}

static int add_device_members(json_t *json, const struct duet_hub_identity *identity)
{
	int code = 0;

	code |= json_object_set_new(json, "capabilities", json_pack("{s:b}", "iotEdge", identity->is_edge));
	if (identity->scope)
		code |= json_object_set_new(json, "deviceScope", json_string(identity->scope));
	if (identity->parent_scopes)
		code |= json_object_set_new(json, "parentScopes",
					    json_loads(identity->parent_scopes, 0, NULL));
	if (identity->status_reason)
		code |= json_object_set_new(json, "statusReason", json_string(identity->status_reason));
	return code;
}

static int add_twin_members(json_t *json, const struct duet_hub_twin_record *record)
{
	json_t *properties = json_object(), *configurations = parse(record->configurations);
	int code = json_object_set_new(json, "tags", parse(record->tags));

	code |= json_object_set_new(
		properties, "desired",
		properties_json(record->desired, record->desired_metadata, record->desired_version));
	code |= json_object_set_new(
		properties, "reported",
		properties_json(record->reported, record->reported_metadata, record->reported_version));
	code |= json_object_set_new(json, "properties", properties);
	if (json_object_size(configurations) > 0)
		code |= json_object_set(json, "configurations", configurations);
	json_decref(configurations);
	return code;
}

json_t *duet_hub_twin_json(const struct duet_hub_identity *identity,
			   const struct duet_hub_twin_record *record)
{
	char status[DUET_HUB_DATE_BYTES], active[DUET_HUB_DATE_BYTES];
	json_t *json = json_pack(
		"{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:i, s:s, s:{s:s?, s:s?}, s:s, s:I}", "deviceId",
		identity->device, "etag", record->etag, "deviceEtag", identity->etag, "status",
		identity->enabled ? "enabled" : "disabled", "statusUpdateTime",
		duet_hub_date_format(identity->status_changed_ms, status), "connectionState",
		identity->connected ? "Connected" : "Disconnected", "lastActivityTime",
		duet_hub_date_format(identity->last_active_ms, active), "cloudToDeviceMessageCount",
		identity->n_queued, "authenticationType",
		duet_hub_authentication_name(identity->authentication), "x509Thumbprint", "primaryThumbprint",
		identity->thumbprints[0], "secondaryThumbprint", identity->thumbprints[1], "modelId",
		identity->model_id, "version", (json_int_t)record->version);
	int code = json ? add_twin_members(json, record) : -1;

	if (code == 0 && identity->module[0])
		code = json_object_set_new(json, "moduleId", json_string(identity->module));
	else if (code == 0)
		code = add_device_members(json, identity);
	if (code == 0)
		return json;
	json_decref(json);
	return NULL;
}
