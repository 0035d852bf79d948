/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <errno.h>

#include "base/arena.h"
#include "hub/key/secret.h"
#include "hub/record/identity_json.h"
#include "hub/value/date.h"
#include "net/sas.h"

enum { NEW_KEY_BYTES = 32, KEY_SIZE = 64, MAX_REASON_BYTES = 512 };

static const char *const authentication_names[] = {
	[DUET_HUB_SAS] = "sas",
	[DUET_HUB_SELF_SIGNED] = "selfSigned",
	[DUET_HUB_CA_SIGNED] = "certificateAuthority",
	[DUET_HUB_NONE] = "none",
};

const char *duet_hub_authentication_name(enum duet_hub_authentication authentication)
{
	return authentication_names[authentication];
}

/* An empty key is shown as null. */
static const char *key_of(const struct duet_hub_identity *identity, int i)
{
	return identity->keys[i] && identity->keys[i][0] ? identity->keys[i] : NULL;
}

json_t *duet_hub_authentication_json(const struct duet_hub_identity *identity)
{
	return json_pack("{s:{s:s?, s:s?}, s:{s:s?, s:s?}, s:s}", "symmetricKey", "primaryKey",
			 key_of(identity, 0), "secondaryKey", key_of(identity, 1), "x509Thumbprint",
			 "primaryThumbprint", identity->thumbprints[0], "secondaryThumbprint",
			 identity->thumbprints[1], "type", authentication_names[identity->authentication]);
}

static int add_device_members(json_t *json, const struct duet_hub_identity *identity)
{
	char date[DUET_HUB_DATE_BYTES];
	json_t *scopes;
	int code = 0;

	code |= json_object_set_new(json, "status", json_string(identity->enabled ? "enabled" : "disabled"));
	code |= json_object_set_new(json, "statusReason",
				    identity->status_reason ? json_string(identity->status_reason)
							    : json_null());
	code |= json_object_set_new(json, "statusUpdatedTime",
				    json_string(duet_hub_date_format(identity->status_changed_ms, date)));
	code |= json_object_set_new(json, "capabilities", json_pack("{s:b}", "iotEdge", identity->is_edge));
	if (identity->scope)
		code |= json_object_set_new(json, "deviceScope", json_string(identity->scope));
	if (identity->parent_scopes) {
		scopes = json_loads(identity->parent_scopes, 0, NULL);
		code |= json_object_set_new(json, "parentScopes", scopes);
	}
	return code;
}

json_t *duet_hub_identity_json(const struct duet_hub_identity *identity)
{
	char connection[DUET_HUB_DATE_BYTES], active[DUET_HUB_DATE_BYTES];
	bool is_module = identity->module[0] != '\0';
	json_t *json = json_pack(
		"{s:s, s:s, s:s, s:s, s:s, s:s, s:i, s:o}", "deviceId", identity->device, "generationId",
		identity->generation, "etag", identity->etag, "connectionState",
		identity->connected ? "Connected" : "Disconnected", "connectionStateUpdatedTime",
		duet_hub_date_format(identity->connection_changed_ms, connection), "lastActivityTime",
		duet_hub_date_format(identity->last_active_ms, active), "cloudToDeviceMessageCount",
		identity->n_queued, "authentication", duet_hub_authentication_json(identity));
	int code = json ? 0 : -1;

	if (code == 0 && is_module) {
		code |= json_object_set_new(json, "moduleId", json_string(identity->module));
		code |= json_object_set_new(json, "managedBy",
					    identity->managed_by ? json_string(identity->managed_by)
								 : json_null());
	} else if (code == 0) {
		code |= add_device_members(json, identity);
	}
	if (code == 0)
		return json;
	json_decref(json);
	return NULL;
}

/* A member's text, copied; *text stays as it is when there is none. */
static int read_text(const json_t *body, const char *name, struct duet_arena *arena, const char **text)
{
	const json_t *value = json_object_get(body, name);

	if (!value)
		return 0;
	if (json_is_null(value)) {
		*text = NULL;
		return 0;
	}
	if (!json_is_string(value))
		return -EINVAL;
	*text = duet_arena_copy(arena, duet_slice(json_string_value(value)));
	return *text ? 0 : -ENOMEM;
}

static int read_status(const json_t *body, struct duet_arena *arena, int64_t now_ms,
		       struct duet_hub_identity *identity, struct duet_hub_fault *fault)
{
	const char *status = NULL;
	bool was_enabled = identity->enabled;

	if (read_text(body, "status", arena, &status) < 0 ||
	    read_text(body, "statusReason", arena, &identity->status_reason) < 0 ||
	    (identity->status_reason && strlen(identity->status_reason) > MAX_REASON_BYTES))
		return duet_hub_fault_set(
			fault, DUET_HUB_FAULT_ARGUMENT_INVALID,
			"status and statusReason must be texts, the reason of at most %d bytes",
			MAX_REASON_BYTES);
	if (status && strcmp(status, "enabled") != 0 && strcmp(status, "disabled") != 0)
		return duet_hub_fault_set(fault, DUET_HUB_FAULT_ARGUMENT_INVALID,
					  "status must be enabled or disabled");
	if (status)
		identity->enabled = strcmp(status, "enabled") == 0;
	if (identity->enabled != was_enabled)
		identity->status_changed_ms = now_ms;
	return 0;
}

/* One of two keys: what was sent, what was there, or a new one. */
static int read_key(const json_t *keys, const char *name, struct duet_arena *arena, const char **key)
{
	const char *sent = json_string_value(json_object_get(keys, name));
	char *made;

	if (sent && sent[0]) {
		*key = duet_arena_copy(arena, duet_slice(sent));
		return !*key ? -ENOMEM : duet_sas_key_valid(*key) ? 0 : -EINVAL;
	}
	if (*key && (*key)[0])
		return 0;
	made = duet_arena_alloc(arena, KEY_SIZE);
	*key = made;
	return made ? duet_hub_secret_random(NEW_KEY_BYTES, made, KEY_SIZE) : -ENOMEM;
}

static int read_keys(const json_t *authentication, struct duet_arena *arena,
		     struct duet_hub_identity *identity, struct duet_hub_fault *fault)
{
	const json_t *keys = json_object_get(authentication, "symmetricKey");
	int code = read_key(keys, "primaryKey", arena, &identity->keys[0]);

	if (code == 0)
		code = read_key(keys, "secondaryKey", arena, &identity->keys[1]);
	if (code == -EINVAL)
		return duet_hub_fault_set(fault, DUET_HUB_FAULT_ARGUMENT_INVALID,
					  "A symmetric key must be base64 of 16 to 64 bytes");
	return code;
}

static bool is_thumbprint(const char *text)
{
	size_t n = strlen(text);

	for (size_t i = 0; i < n; i++)
		if (!isxdigit((unsigned char)text[i]))
			return false;
	return n == 40 || n == 64;
}

static int read_thumbprints(const json_t *authentication, struct duet_arena *arena,
			    struct duet_hub_identity *identity, struct duet_hub_fault *fault)
{
	static const char *const names[] = {"primaryThumbprint", "secondaryThumbprint"};
	const json_t *thumbprints = json_object_get(authentication, "x509Thumbprint");

	for (int i = 0; i < 2; i++) {
		const char *text = identity->thumbprints[i];

		if (read_text(thumbprints, names[i], arena, &text) < 0 ||
		    (text && text[0] && !is_thumbprint(text)))
			return duet_hub_fault_set(fault, DUET_HUB_FAULT_ARGUMENT_INVALID,
						  "A thumbprint must be 40 or 64 hexadecimal digits");
		identity->thumbprints[i] = text && text[0] ? text : NULL;
	}
	if (!identity->thumbprints[0] && !identity->thumbprints[1])
		return duet_hub_fault_set(fault, DUET_HUB_FAULT_ARGUMENT_INVALID,
					  "selfSigned needs a thumbprint");
	return 0;
}

/* The type that is named, or follows from what is there. */
static int type_of(const json_t *authentication, const struct duet_hub_identity *identity)
{
	const char *type = json_string_value(json_object_get(authentication, "type"));
	const json_t *thumbprints = json_object_get(authentication, "x509Thumbprint");
	const char *thumbprint = json_string_value(json_object_get(thumbprints, "primaryThumbprint"));

	for (size_t i = 0; type && i < sizeof(authentication_names) / sizeof(authentication_names[0]); i++)
		if (strcmp(type, authentication_names[i]) == 0)
			return (int)i;
	if (type)
		return -EINVAL;
	if (thumbprint && thumbprint[0])
		return DUET_HUB_SELF_SIGNED;
	return json_object_get(authentication, "symmetricKey") ? DUET_HUB_SAS : (int)identity->authentication;
}

static int read_authentication(const json_t *authentication, struct duet_arena *arena,
			       struct duet_hub_identity *identity, struct duet_hub_fault *fault)
{
	int type = type_of(authentication, identity);

	if (type < 0)
		return duet_hub_fault_set(
			fault, DUET_HUB_FAULT_ARGUMENT_INVALID,
			"authentication.type must be sas, selfSigned, certificateAuthority or none");
	identity->authentication = (enum duet_hub_authentication)type;
	if (type != DUET_HUB_SAS)
		identity->keys[0] = identity->keys[1] = "";
	if (type != DUET_HUB_SELF_SIGNED)
		identity->thumbprints[0] = identity->thumbprints[1] = NULL;
	if (type == DUET_HUB_SAS)
		return read_keys(authentication, arena, identity, fault);
	return type == DUET_HUB_SELF_SIGNED ? read_thumbprints(authentication, arena, identity, fault) : 0;
}

static int read_scopes(const json_t *body, struct duet_arena *arena, struct duet_hub_identity *identity)
{
	const json_t *capabilities = json_object_get(body, "capabilities");
	const json_t *edge = json_object_get(capabilities, "iotEdge"),
		     *parents = json_object_get(body, "parentScopes");
	json_free_t release = NULL;
	char *text;

	if (json_is_boolean(edge))
		identity->is_edge = json_is_true(edge);
	if (read_text(body, "deviceScope", arena, &identity->scope) < 0 ||
	    read_text(body, "managedBy", arena, &identity->managed_by) < 0)
		return -EINVAL;
	if (!json_is_array(parents))
		return 0;
	text = json_dumps(parents, JSON_COMPACT);
	if (!text)
		return -ENOMEM;
	identity->parent_scopes = duet_arena_copy(arena, duet_slice(text));
	json_get_alloc_funcs(NULL, &release);
	release(text);
	return identity->parent_scopes ? 0 : -ENOMEM;
}

int duet_hub_identity_read(const json_t *body, struct duet_arena *arena, int64_t now_ms,
			   struct duet_hub_identity *identity, struct duet_hub_fault *fault)
{
	int code;

	if (!json_is_object(body))
		return duet_hub_fault_set(fault, DUET_HUB_FAULT_ARGUMENT_INVALID,
					  "The body must be a JSON object");
	code = read_status(body, arena, now_ms, identity, fault);
	if (code == 0)
		code = read_authentication(json_object_get(body, "authentication"), arena, identity, fault);
	if (code == 0)
		code = read_scopes(body, arena, identity);
	/* An edge device is its own scope. */
	if (code == 0 && identity->is_edge && !identity->scope) {
		identity->scope = duet_arena_printf(arena, "ms-azure-iot-edge://%s-%lld", identity->device,
						    (long long)now_ms);
		code = identity->scope ? 0 : -ENOMEM;
	}
	return code;
}
