/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/record/enrollment.h"

#include <ctype.h>
#include <errno.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

#include "hub/key/certificate.h"
#include "hub/key/secret.h"
#include "hub/record/provisioning.h"
#include "hub/value/date.h"
#include "net/sas.h"
#include "net/url.h"

enum { NEW_KEY_BYTES = 64, KEY_SIZE = 96, MAX_ID_BYTES = 128, MAX_CERTIFICATE_BYTES = 16 * 1024 };

static const char *const key_names[] = {"primaryKey", "secondaryKey"};
static const char *const certificate_names[] = {"primary", "secondary"};

static const char *text_of(const json_t *json, const char *name)
{
	return json_string_value(json_object_get(json, name));
}

static bool is_id(const char *text)
{
	size_t n = strlen(text);

	for (size_t i = 0; i < n; i++)
		if (!isalnum((unsigned char)text[i]) && !strchr("-._:", text[i]))
			return false;
	return n > 0 && n <= MAX_ID_BYTES;
}

static int bad(struct duet_hub_fault *fault, const char *what)
{
	return duet_hub_fault_set(fault, DUET_HUB_FAULT_ARGUMENT_INVALID, "%s", what);
}

/* PEM, or base64 of DER. */
static X509 *parse_certificate(const char *text)
{
	unsigned char der[MAX_CERTIFICATE_BYTES];
	const unsigned char *at = der;
	size_t n = 0;
	BIO *bio;
	X509 *x509;
	int len;

	if (!text || strlen(text) >= sizeof(der))
		return NULL;
	if (strstr(text, "-----BEGIN")) {
		bio = BIO_new_mem_buf(text, -1);
		x509 = bio ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;
		BIO_free(bio);
		return x509;
	}
	for (const char *c = text; *c; c++)
		if (!isspace((unsigned char)*c))
			der[n++] = (unsigned char)*c;
	if (n == 0 || n % 4 != 0)
		return NULL;
	/* Base64 is decoded in place: it becomes shorter. */
	len = EVP_DecodeBlock(der, der, (int)n);
	return len > 0 ? d2i_X509(NULL, &at, len) : NULL;
}

static json_t *certificate_info(X509 *x509)
{
	struct duet_hub_certificate read;
	char from[DUET_HUB_DATE_BYTES], to[DUET_HUB_DATE_BYTES], *serial;
	BIGNUM *number;
	json_t *info;

	if (duet_hub_certificate_read(&read, x509) < 0)
		return NULL;
	number = ASN1_INTEGER_to_BN(X509_get_serialNumber(x509), NULL);
	serial = number ? BN_bn2hex(number) : NULL;
	info = json_pack("{s:s+, s:s, s:s, s:s+, s:s, s:s, s:s, s:i}", "subjectName", "CN=", read.common_name,
			 "sha1Thumbprint", read.sha1, "sha256Thumbprint", read.sha256, "issuerName",
			 "CN=", read.issuer, "notBeforeUtc",
			 duet_hub_date_format(read.not_before_s * 1000, from), "notAfterUtc",
			 duet_hub_date_format(read.not_after_s * 1000, to), "serialNumber",
			 serial ? serial : "", "version", (int)X509_get_version(x509) + 1);
	OPENSSL_free(serial);
	BN_free(number);
	return info;
}

/* What the certificates say stands beside them. */
static int read_certificates(json_t *certificates, struct duet_hub_fault *fault)
{
	int n = 0;

	for (int i = 0; i < 2; i++) {
		json_t *one = json_object_get(certificates, certificate_names[i]), *info;
		X509 *x509;

		if (!text_of(one, "certificate"))
			continue;
		x509 = parse_certificate(text_of(one, "certificate"));
		info = x509 ? certificate_info(x509) : NULL;
		X509_free(x509);
		if (!info)
			return bad(
				fault,
				"A certificate must be PEM, or base64 of DER, with names that can be read");
		if (json_object_set_new(one, "info", info) < 0)
			return -ENOMEM;
		n++;
	}
	return n > 0 ? 0 : bad(fault, "attestation.x509 needs a certificate");
}

static int read_x509(json_t *attestation, enum duet_hub_document_kind kind, struct duet_hub_fault *fault)
{
	json_t *x509 = json_object_get(attestation, "x509");
	json_t *certificates = json_object_get(x509, kind == DUET_HUB_ENROLLMENT ? "clientCertificates"
										 : "signingCertificates");

	if (!certificates)
		return bad(fault, kind == DUET_HUB_ENROLLMENT
					  ? "attestation.x509.clientCertificates is missing"
					  : "attestation.x509.signingCertificates is missing");
	return read_certificates(certificates, fault);
}

/* Keys are taken out of what is readable. */
static int read_keys(json_t *attestation, json_t **secret, struct duet_hub_fault *fault)
{
	json_t *keys = json_object_get(attestation, "symmetricKey");
	char made[KEY_SIZE];
	int code = 0;

	*secret = json_object();
	for (int i = 0; i < 2 && code == 0; i++) {
		const char *key = text_of(keys, key_names[i]);

		if (key && key[0] && !duet_sas_key_valid(key))
			return bad(fault, "A symmetric key must be base64 of 16 to 64 bytes");
		if (!key || !key[0]) {
			code = duet_hub_secret_random(NEW_KEY_BYTES, made, sizeof(made));
			key = made;
		}
		if (code == 0 && json_object_set_new(*secret, key_names[i], json_string(key)) < 0)
			code = -ENOMEM;
	}
	json_object_del(attestation, "symmetricKey");
	return code;
}

static int read_attestation(json_t *json, enum duet_hub_document_kind kind, json_t **secret,
			    struct duet_hub_fault *fault)
{
	json_t *attestation = json_object_get(json, "attestation");
	const char *type = text_of(attestation, "type");

	if (!json_is_object(attestation))
		return bad(fault, "attestation is missing");
	if (!type) {
		type = json_object_get(attestation, "x509") ? "x509" : "symmetricKey";
		if (json_object_set_new(attestation, "type", json_string(type)) < 0)
			return -ENOMEM;
	}
	if (strcmp(type, "symmetricKey") == 0)
		return read_keys(attestation, secret, fault);
	if (strcmp(type, "x509") == 0)
		return read_x509(attestation, kind, fault);
	return bad(fault, "attestation.type must be symmetricKey or x509; this hub has no TPM attestation");
}

static int set_default(json_t *json, const char *name, json_t *take_value)
{
	json_t *there = json_object_get(json, name);

	if (there && !json_is_null(there)) {
		json_decref(take_value);
		return 0;
	}
	return json_object_set_new(json, name, take_value) < 0 ? -ENOMEM : 0;
}

static int complete(json_t *json, const char *id_name, const char *id)
{
	int code = json_object_set_new(json, id_name, json_string(id)) < 0 ? -ENOMEM : 0;

	if (code == 0)
		code = set_default(json, "provisioningStatus", json_string("enabled"));
	if (code == 0)
		code = set_default(json, "capabilities", json_pack("{s:b}", "iotEdge", 0));
	if (code == 0)
		code = set_default(json, "reprovisionPolicy",
				   json_pack("{s:b, s:b}", "updateHubAssignment", 1, "migrateDeviceData", 1));
	if (code == 0)
		code = set_default(json, "allocationPolicy", json_string("hashed"));
	json_object_del(json, "etag");
	json_object_del(json, "registrationState");
	json_object_del(json, "createdDateTimeUtc");
	json_object_del(json, "lastUpdatedDateTimeUtc");
	return code;
}

static int check_members(const json_t *json, const char *id_name, const char *id,
			 struct duet_hub_fault *fault)
{
	const char *named = text_of(json, id_name), *status = text_of(json, "provisioningStatus");
	const char *policy = text_of(json, "allocationPolicy");

	if (!is_id(id))
		return bad(fault, "An id has 1 to 128 letters, digits and - . _ :");
	if (named && strcmp(named, id) != 0)
		return bad(fault, "The body's id is not the path's");
	if (status && strcmp(status, "enabled") != 0 && strcmp(status, "disabled") != 0)
		return bad(fault, "provisioningStatus must be enabled or disabled");
	if (policy && strcmp(policy, "custom") == 0)
		return bad(fault,
			   "allocationPolicy custom calls a web hook: this hub assigns to itself only");
	return 0;
}

int duet_hub_enrollment_read(const json_t *body, enum duet_hub_document_kind kind, const char *id,
			     json_t **json, json_t **secret, struct duet_hub_fault *fault)
{
	const char *id_name = kind == DUET_HUB_ENROLLMENT ? "registrationId" : "enrollmentGroupId";
	int code;

	*secret = NULL;
	*json = NULL;
	if (!json_is_object(body))
		return bad(fault, "An enrollment must be a JSON object");
	code = check_members(body, id_name, id, fault);
	if (code < 0)
		return code;
	*json = json_deep_copy(body);
	if (!*json)
		return -ENOMEM;
	code = read_attestation(*json, kind, secret, fault);
	if (code == 0)
		code = complete(*json, id_name, id);
	return code;
}

static json_t *parse(struct duet_slice text)
{
	return text.len ? json_loadb(text.ptr, text.len, 0, NULL) : NULL;
}

json_t *duet_hub_enrollment_json(const struct duet_hub_document *document, bool with_keys)
{
	json_t *json = parse(document->json), *keys = with_keys ? parse(document->secret) : NULL;
	char date[DUET_HUB_DATE_BYTES];
	int code = json ? 0 : -1;

	if (code == 0)
		code = json_object_set_new(json, "etag", json_string(document->etag));
	if (code == 0)
		code = json_object_set_new(json, "createdDateTimeUtc",
					   json_string(duet_hub_date_format(document->created_ms, date)));
	if (code == 0)
		code = json_object_set_new(json, "lastUpdatedDateTimeUtc",
					   json_string(duet_hub_date_format(document->updated_ms, date)));
	if (code == 0 && keys)
		code = json_object_set(json_object_get(json, "attestation"), "symmetricKey", keys);
	json_decref(keys);
	if (code == 0)
		return json;
	json_decref(json);
	return NULL;
}

bool duet_hub_enrollment_enabled(const struct duet_hub_document *document)
{
	json_t *json = parse(document->json);
	const char *status = text_of(json, "provisioningStatus");
	bool enabled = !status || strcmp(status, "enabled") == 0;

	json_decref(json);
	return enabled;
}

int duet_hub_enrollment_key(const struct duet_hub_document *document, const char *registration_id, int which,
			    char *key, size_t size)
{
	json_t *keys = parse(document->secret);
	const char *own = text_of(keys, key_names[which]);
	int code = own ? 0 : -ENOENT;

	if (own && document->kind == DUET_HUB_ENROLLMENT_GROUP)
		code = duet_sas_derive(own, registration_id, key, size);
	else if (own)
		code = snprintf(key, size, "%s", own) < (int)size ? 0 : -ENOSPC;
	json_decref(keys);
	return code < 0 ? code : 0;
}

static bool token_fits(const struct duet_hub_document *document, const struct duet_hub_proof *proof)
{
	char endpoint[2 * MAX_ID_BYTES + 64], key[KEY_SIZE];

	snprintf(endpoint, sizeof(endpoint), "%s/registrations/%s", proof->id_scope, proof->registration_id);
	if (proof->sas->expires_s <= proof->now_s || !duet_sas_covers(proof->sas, endpoint))
		return false;
	for (int i = 0; i < 2; i++)
		if (duet_hub_enrollment_key(document, proof->registration_id, i, key, sizeof(key)) == 0 &&
		    duet_sas_signed_with(proof->sas, key))
			return true;
	return false;
}

/* Does the device's certificate go back to this authority, which need not be a root? */
static bool is_signed_by(const struct duet_hub_proof *proof, X509 *authority)
{
	X509_STORE *store = X509_STORE_new();
	X509_STORE_CTX *context = X509_STORE_CTX_new();
	X509 *leaf = (X509 *)(uintptr_t)proof->certificate;
	STACK_OF(X509) *chain = (STACK_OF(X509) *)(uintptr_t)proof->chain;
	bool signed_by = false;

	if (store && context && X509_STORE_add_cert(store, authority) == 1 &&
	    X509_STORE_CTX_init(context, store, leaf, chain) == 1) {
		X509_STORE_CTX_set_flags(context, X509_V_FLAG_PARTIAL_CHAIN);
		signed_by = X509_verify_cert(context) == 1;
	}
	X509_STORE_CTX_free(context);
	X509_STORE_free(store);
	return signed_by;
}

static bool is_named(const struct duet_hub_proof *proof)
{
	struct duet_hub_certificate read;

	return duet_hub_certificate_read(&read, (X509 *)(uintptr_t)proof->certificate) == 0 &&
	       strcmp(read.common_name, proof->registration_id) == 0;
}

static bool certificate_fits(const struct duet_hub_document *document, const json_t *json,
			     const struct duet_hub_proof *proof)
{
	bool is_group = document->kind == DUET_HUB_ENROLLMENT_GROUP, fits = false;
	const json_t *x509 = json_object_get(json_object_get(json, "attestation"), "x509");
	const json_t *certificates =
		json_object_get(x509, is_group ? "signingCertificates" : "clientCertificates");

	if (!is_named(proof))
		return false;
	for (int i = 0; i < 2 && !fits; i++) {
		X509 *one = parse_certificate(
			text_of(json_object_get(certificates, certificate_names[i]), "certificate"));

		if (one && is_group)
			fits = is_signed_by(proof, one);
		else if (one)
			fits = X509_cmp(one, (X509 *)(uintptr_t)proof->certificate) == 0;
		X509_free(one);
	}
	return fits;
}

bool duet_hub_enrollment_fits(const struct duet_hub_document *document, const struct duet_hub_proof *proof)
{
	json_t *json = parse(document->json);
	const char *type = text_of(json_object_get(json, "attestation"), "type");
	bool fits = false;

	if (type && strcmp(type, "symmetricKey") == 0 && proof->sas)
		fits = token_fits(document, proof);
	else if (type && strcmp(type, "x509") == 0 && proof->certificate)
		fits = certificate_fits(document, json, proof);
	json_decref(json);
	return fits;
}
