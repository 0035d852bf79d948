/* SPDX-License-Identifier: Apache-2.0 */
#include "net/sas.h"

#include <ctype.h>
#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <strings.h>

#include "net/url.h"

enum { MAX_KEY_BYTES = 64, MIN_KEY_BYTES = 16, DIGEST_BYTES = 32, DIGEST_BASE64_BYTES = 44 };

static const char scheme[] = "SharedAccessSignature";

/* Seconds since 1970; clients write whole numbers, some with a fraction. */
static int64_t parse_expiry(struct duet_slice text)
{
	int64_t value = 0;
	size_t i;

	for (i = 0; i < text.len && i < 15 && isdigit((unsigned char)text.ptr[i]); i++)
		value = value * 10 + text.ptr[i] - '0';
	if (i == 0)
		return -EINVAL;
	if (i < text.len && text.ptr[i] == '.') {
		for (i++; i < text.len && isdigit((unsigned char)text.ptr[i]); i++)
			;
	}
	return i < text.len ? -EINVAL : value;
}

static struct duet_slice *member_of(struct duet_sas *sas, struct duet_slice key)
{
	struct {
		const char *name;
		struct duet_slice *value;
	} members[] = {{"sr", &sas->resource},
		       {"sig", &sas->signature},
		       {"se", &sas->expiry},
		       {"skn", &sas->policy}};

	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		if (duet_slice_equal(key, duet_slice(members[i].name)))
			return members[i].value;
	return NULL;
}

int duet_sas_parse(struct duet_slice text, struct duet_sas *sas)
{
	const size_t scheme_len = sizeof(scheme) - 1;
	struct duet_slice key, value, *member;

	*sas = (struct duet_sas){0};
	if (text.len > DUET_SAS_MAX || text.len <= scheme_len ||
	    strncasecmp(text.ptr, scheme, scheme_len) != 0 || text.ptr[scheme_len] != ' ')
		return -EINVAL;
	text.ptr += scheme_len + 1;
	text.len -= scheme_len + 1;
	while (duet_url_next(&text, &key, &value)) {
		member = member_of(sas, key);
		if (!member || member->ptr || !value.ptr)
			return -EINVAL;
		*member = value;
	}
	if (sas->resource.len == 0 || sas->signature.len == 0 || !sas->expiry.ptr)
		return -EINVAL;
	sas->expires_s = parse_expiry(sas->expiry);
	return sas->expires_s < 0 ? -EINVAL : 0;
}

/* The bytes of base64 with its padding; how many, or -EINVAL. */
static int decode_key(const char *key, unsigned char bytes[MAX_KEY_BYTES + 3])
{
	size_t len = strlen(key);
	int n;

	if (len == 0 || len % 4 != 0 || len / 4 * 3 > MAX_KEY_BYTES + 2)
		return -EINVAL;
	n = EVP_DecodeBlock(bytes, (const unsigned char *)key, (int)len);
	if (n < 0)
		return -EINVAL;
	n -= key[len - 1] == '=' ? 1 : 0;
	n -= key[len - 2] == '=' ? 1 : 0;
	return n;
}

bool duet_sas_key_valid(const char *key)
{
	unsigned char bytes[MAX_KEY_BYTES + 3];
	int n = decode_key(key, bytes);

	OPENSSL_cleanse(bytes, sizeof(bytes));
	return n >= MIN_KEY_BYTES && n <= MAX_KEY_BYTES;
}

/* base64(HMAC-SHA256(base64⁻¹(key), text)) */
static int sign(const char *key, struct duet_slice text, char base64[DIGEST_BASE64_BYTES + 1])
{
	unsigned char bytes[MAX_KEY_BYTES + 3], digest[DIGEST_BYTES];
	int n_bytes = decode_key(key, bytes);
	bool done;

	if (n_bytes <= 0)
		return -EINVAL;
	done = HMAC(EVP_sha256(), bytes, n_bytes, (const unsigned char *)text.ptr, text.len, digest, NULL) !=
	       NULL;
	OPENSSL_cleanse(bytes, sizeof(bytes));
	if (!done)
		return -ENOMEM;
	EVP_EncodeBlock((unsigned char *)base64, digest, DIGEST_BYTES);
	OPENSSL_cleanse(digest, sizeof(digest));
	return 0;
}

static int sign_token(const char *key, struct duet_slice resource, struct duet_slice expiry,
		      char base64[DIGEST_BASE64_BYTES + 1])
{
	char text[DUET_SAS_MAX + 32];
	int len = snprintf(text, sizeof(text), "%.*s\n%.*s", (int)resource.len, resource.ptr, (int)expiry.len,
			   expiry.ptr);

	if (len < 0 || (size_t)len >= sizeof(text))
		return -EINVAL;
	return sign(key, (struct duet_slice){text, (size_t)len}, base64);
}

bool duet_sas_signed_with(const struct duet_sas *sas, const char *key)
{
	char expected[DIGEST_BASE64_BYTES + 1], signature[3 * DIGEST_BASE64_BYTES + 1];

	if (sign_token(key, sas->resource, sas->expiry, expected) < 0)
		return false;
	if (duet_url_decode(sas->signature, false, signature, sizeof(signature)) != DIGEST_BASE64_BYTES)
		return false;
	return CRYPTO_memcmp(expected, signature, DIGEST_BASE64_BYTES) == 0;
}

bool duet_sas_covers(const struct duet_sas *sas, const char *endpoint)
{
	char resource[DUET_SAS_RESOURCE_MAX];
	long len = duet_url_decode(sas->resource, false, resource, sizeof(resource));
	size_t host_len;

	if (len <= 0)
		return false;
	if (resource[len - 1] == '/')
		resource[--len] = '\0';
	host_len = strcspn(resource, "/");
	if (strlen(endpoint) < (size_t)len || strncasecmp(resource, endpoint, host_len) != 0)
		return false;
	return memcmp(resource + host_len, endpoint + host_len, (size_t)len - host_len) == 0 &&
	       (endpoint[len] == '\0' || endpoint[len] == '/');
}

static int write_token(const char *resource, const char *expiry, const char *signature, const char *policy,
		       char *text, size_t size)
{
	char encoded[3 * DIGEST_BASE64_BYTES + 1];
	int len;

	duet_url_encode(duet_slice(signature), encoded, sizeof(encoded));
	len = snprintf(text, size, "%s sr=%s&sig=%s&se=%s%s%s", scheme, resource, encoded, expiry,
		       policy ? "&skn=" : "", policy ? policy : "");
	return len < 0 || (size_t)len >= size ? -ENOSPC : len;
}

int duet_sas_make(const char *resource, const char *key, const char *policy, int64_t expires_s, char *text,
		  size_t size)
{
	char encoded[DUET_SAS_RESOURCE_MAX], expiry[24], signature[DIGEST_BASE64_BYTES + 1];
	int code;

	if (duet_url_encode(duet_slice(resource), encoded, sizeof(encoded)) < 0)
		return -ENOSPC;
	snprintf(expiry, sizeof(expiry), "%lld", (long long)expires_s);
	code = sign_token(key, duet_slice(encoded), duet_slice(expiry), signature);
	return code < 0 ? code : write_token(encoded, expiry, signature, policy, text, size);
}

int duet_sas_derive(const char *group_key, const char *registration_id, char *key, size_t size)
{
	char derived[DIGEST_BASE64_BYTES + 1];
	int code;

	if (size < sizeof(derived))
		return -ENOSPC;
	code = sign(group_key, duet_slice(registration_id), derived);
	if (code < 0)
		return code;
	memcpy(key, derived, sizeof(derived));
	return DIGEST_BASE64_BYTES;
}
