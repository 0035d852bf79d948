/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/guard/authentication.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "hub/key/certificate.h"
#include "hub/record/identity.h"
#include "hub/record/policy.h"
#include "hub/record/provisioning.h"
#include "hub/value/fault.h"
#include "net/sas.h"
#include "net/url.h"

struct duet_hub_authority {
	X509_STORE *store;
};

int duet_hub_authority_new(struct duet_hub_authority **authority, const char *file, struct duet_error *error)
{
	struct duet_hub_authority *made = duet_calloc(1, sizeof(*made));

	*authority = NULL;
	if (made)
		made->store = X509_STORE_new();
	if (!made || !made->store) {
		duet_hub_authority_free(made);
		return duet_error_set(error, -ENOMEM, "out of memory");
	}
	if (X509_STORE_load_file(made->store, file) != 1) {
		ERR_clear_error();
		duet_hub_authority_free(made);
		duet_error_set(error, -EINVAL, "no certificate can be read from it");
		duet_error_at(error, file, 0, 0);
		return -EINVAL;
	}
	*authority = made;
	return 0;
}

void duet_hub_authority_free(struct duet_hub_authority *authority)
{
	if (!authority)
		return;
	X509_STORE_free(authority->store);
	duet_free(authority);
}

/* A certificate is worth no more than those that vouch for it. */
static void expire_with(const STACK_OF(X509) * chain, int64_t *expires_s)
{
	struct duet_hub_certificate read;

	for (int i = 0; i < sk_X509_num(chain); i++)
		if (duet_hub_certificate_read(&read, sk_X509_value(chain, i)) == 0 &&
		    read.not_after_s < *expires_s)
			*expires_s = read.not_after_s;
}

/* NULL: an authority of this hub has signed it, and *expires_s is when that ends; otherwise why not. */
static const char *judge(const struct duet_hub_login *login, int64_t *expires_s)
{
	X509_STORE_CTX *context = X509_STORE_CTX_new();
	const char *why = "its certificate was not signed by an authority of this hub";
	int error = X509_V_ERR_UNSPECIFIED;

	if (context && login->authority &&
	    X509_STORE_CTX_init(context, login->authority->store, login->certificate, login->chain) == 1) {
		X509_STORE_CTX_set_purpose(context, X509_PURPOSE_SSL_CLIENT);
		X509_STORE_CTX_set_time(context, 0, (time_t)login->now_s);
		if (X509_verify_cert(context) == 1) {
			expire_with(X509_STORE_CTX_get0_chain(context), expires_s);
			why = NULL;
		}
		error = X509_STORE_CTX_get_error(context);
	}
	if (why && (error == X509_V_ERR_CERT_HAS_EXPIRED || error == X509_V_ERR_CERT_NOT_YET_VALID))
		why = "the certificate of an authority that signed its own has expired, or does not hold yet";
	X509_STORE_CTX_free(context);
	ERR_clear_error();
	return why;
}

/* The text's part before `separator`, which is taken off it; false: there is no separator. */
static bool cut(struct duet_slice *text, char separator, struct duet_slice *part)
{
	const char *at = text->len > 0 ? memchr(text->ptr, separator, text->len) : NULL;

	if (!at)
		return false;
	*part = (struct duet_slice){text->ptr, (size_t)(at - text->ptr)};
	*text = (struct duet_slice){at + 1, text->len - part->len - 1};
	return true;
}

static bool has_prefix(struct duet_slice text, struct duet_slice prefix)
{
	return text.len >= prefix.len && (prefix.len == 0 || memcmp(text.ptr, prefix.ptr, prefix.len) == 0);
}

int duet_hub_user_name_parse(struct duet_slice text, struct duet_slice client_id,
			     struct duet_hub_user_name *name)
{
	static const struct duet_slice registrations = {"registrations/", 14};

	*name = (struct duet_hub_user_name){0};
	if (!text.ptr || !client_id.ptr || !cut(&text, '/', &name->host) || name->host.len == 0)
		return -EINVAL;
	/* A device may be called "registrations", but then something stands behind its name. */
	if (has_prefix(text, registrations) &&
	    !duet_slice_equal(client_id, (struct duet_slice){"registrations", 13})) {
		text.ptr += registrations.len;
		text.len -= registrations.len;
		name->is_registration = true;
	}
	if (client_id.len == 0 || !has_prefix(text, client_id))
		return -EINVAL;
	name->client_id = (struct duet_slice){text.ptr, client_id.len};
	text.ptr += client_id.len;
	text.len -= client_id.len;
	if (text.len > 0 && text.ptr[0] != '/')
		return -EINVAL;
	for (int i = 0; i < 2 && text.len > 0 && text.ptr[0] == "/?"[i]; i++, text.ptr++, text.len--)
		;
	name->query = text;
	return 0;
}

static int refuse(const char **why, const char *what)
{
	*why = what;
	return -EACCES;
}

/* Of the hub, or of the device on it. */
static int check_token(struct duet_hub_view *view, const struct duet_hub_login *login,
		       const struct duet_hub_identity *identity, struct duet_arena *arena,
		       struct duet_hub_admission *admission, const char **why)
{
	const char *endpoint =
		duet_arena_printf(arena, "%s/devices/%s%s%s", login->host_name, identity->device,
				  *identity->module ? "/modules/" : "", identity->module);
	const char *const *keys = identity->keys;
	struct duet_hub_policy policy;
	struct duet_sas sas;
	const char *name;
	int code;

	if (!endpoint)
		return -ENOMEM;
	if (duet_sas_parse(login->password, &sas) < 0)
		return refuse(why, "its password is no token");
	if (sas.expires_s <= login->now_s)
		return refuse(why, "its token has expired");
	if (!duet_sas_covers(&sas, endpoint))
		return refuse(why, "its token is for something else");
	admission->auth = DUET_HUB_AUTH_SAS_DEVICE;
	if (sas.policy.len > 0) {
		name = duet_arena_copy(arena, sas.policy);
		code = name ? duet_hub_policy_get(view, name, arena, &policy) : -ENOMEM;
		if (code == -ENOMEM)
			return code;
		if (code < 0 || !(policy.rights & DUET_HUB_DEVICE_CONNECT))
			return refuse(why, "its token's policy does not let devices connect");
		keys = (const char *const *)policy.keys;
		admission->auth = DUET_HUB_AUTH_SAS_HUB;
	} else if (identity->authentication != DUET_HUB_SAS) {
		return refuse(why, "it came with a token, and the registry wants a certificate");
	}
	admission->expires_s = sas.expires_s;
	if (!duet_sas_signed_with(&sas, keys[0]) && !duet_sas_signed_with(&sas, keys[1]))
		return refuse(why, "its token was signed with another key");
	return 0;
}

static bool is_thumbprint(const char *wanted, const struct duet_hub_certificate *read)
{
	return wanted && *wanted &&
	       (strcasecmp(wanted, read->sha1) == 0 || strcasecmp(wanted, read->sha256) == 0);
}

static int check_certificate(const struct duet_hub_login *login, const struct duet_hub_identity *identity,
			     struct duet_hub_admission *admission, const char **why)
{
	struct duet_hub_certificate read;

	if (duet_hub_certificate_read(&read, login->certificate) < 0)
		return refuse(why, "its certificate has a name that cannot be read");
	if (login->now_s < read.not_before_s || login->now_s > read.not_after_s)
		return refuse(why, "its certificate has expired, or does not hold yet");
	admission->expires_s = read.not_after_s;
	if (identity->authentication == DUET_HUB_SELF_SIGNED) {
		admission->auth = DUET_HUB_AUTH_THUMBPRINT;
		return is_thumbprint(identity->thumbprints[0], &read) ||
				       is_thumbprint(identity->thumbprints[1], &read)
			       ? 0
			       : refuse(why, "its certificate has another thumbprint");
	}
	if (identity->authentication != DUET_HUB_CA_SIGNED)
		return refuse(why, "it came with a certificate, and the registry wants a token");
	admission->auth = DUET_HUB_AUTH_CA;
	if (strcmp(read.common_name, *identity->module ? identity->target : identity->device) != 0)
		return refuse(why, "its certificate is of somebody else");
	*why = judge(login, &admission->expires_s);
	return *why ? -EACCES : 0;
}

static int check_identity(struct duet_hub_view *view, const char *target, struct duet_arena *arena,
			  struct duet_hub_identity *identity, const char **why)
{
	struct duet_hub_identity device;
	int code = duet_hub_identity_get(view, target, arena, identity);

	if (code == -ENOENT)
		return refuse(why, "the registry does not know it");
	if (code < 0)
		return code;
	device = *identity;
	if (*identity->module)
		code = duet_hub_identity_get(view, identity->device, arena, &device);
	if (code < 0 && code != -ENOENT)
		return code;
	return code == 0 && device.enabled && identity->enabled ? 0 : refuse(why, "it is disabled");
}

static const char *model_id_of(struct duet_slice query, struct duet_arena *arena)
{
	char text[DUET_HUB_MODEL_MAX];
	long len = duet_url_find(query, "model-id", text, sizeof(text));

	return len > 0 ? duet_arena_copy(arena, (struct duet_slice){text, (size_t)len}) : "";
}

static int admit_device(struct duet_hub_view *view, const struct duet_hub_login *login,
			struct duet_arena *arena, struct duet_hub_admission *admission, const char **why)
{
	struct duet_hub_identity identity;
	int code = check_identity(view, admission->target, arena, &identity, why);

	if (code < 0)
		return code;
	admission->generation = identity.generation;
	if (login->password.len > 0)
		return check_token(view, login, &identity, arena, admission, why);
	if (login->certificate)
		return check_certificate(login, &identity, admission, why);
	return refuse(why, "it came with neither token nor certificate");
}

static int admit_registration(struct duet_hub_view *view, const struct duet_hub_login *login,
			      const char *id_scope, struct duet_arena *arena,
			      struct duet_hub_admission *admission, const char **why)
{
	struct duet_hub_proof proof = {.registration_id = admission->target,
				       .id_scope = id_scope,
				       .now_s = login->now_s,
				       .certificate = login->certificate,
				       .chain = login->chain};
	struct duet_hub_fault fault = {0};
	struct duet_sas sas;
	int code;

	admission->generation = "";
	admission->expires_s = INT64_MAX;
	if (login->password.len > 0) {
		if (duet_sas_parse(login->password, &sas) < 0)
			return refuse(why, "its password is no token");
		proof.sas = &sas;
		admission->expires_s = sas.expires_s;
	}
	code = duet_hub_provision_check(view, &proof, arena, &fault);
	if (code == 0 && proof.group)
		admission->generation = proof.group;
	if (code < 0 && code != -ENOMEM) {
		*why = duet_arena_copy(arena, duet_slice(fault.what));
		return *why ? -EACCES : -ENOMEM;
	}
	return code;
}

int duet_hub_authenticate(struct duet_hub_view *view, const struct duet_hub_login *login,
			  struct duet_arena *arena, struct duet_hub_admission *admission, const char **why)
{
	struct duet_hub_user_name name;
	const char *host;

	*admission = (struct duet_hub_admission){.model_id = "", .generation = ""};
	if (duet_hub_user_name_parse(login->user_name, login->client_id, &name) < 0)
		return refuse(why,
			      "its user name is not HOST/CLIENT-ID/?api-version=…, or of another client id");
	host = duet_arena_copy(arena, name.host);
	admission->target = duet_arena_copy(arena, name.client_id);
	admission->model_id = model_id_of(name.query, arena);
	if (!host || !admission->target || !admission->model_id)
		return -ENOMEM;
	admission->is_registration = name.is_registration;
	if (name.is_registration)
		return admit_registration(view, login, host, arena, admission, why);
	if (strcasecmp(host, login->host_name) != 0)
		return refuse(why, "its user name is for another hub");
	return admit_device(view, login, arena, admission, why);
}
