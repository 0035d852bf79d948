/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/text.h"
#include "hub/key/certificate.h"

/* What stands in a certificate. A name with a NUL in it has fooled many a program. */

static bool is_plain(struct duet_slice text)
{
	for (size_t i = 0; i < text.len; i++)
		if ((unsigned char)text.ptr[i] < 0x20 || text.ptr[i] == 0x7f)
			return false;
	return duet_text_valid(text);
}

/* The most specific common name: the last one. */
static int read_common_name(const X509_NAME *name, char *out, size_t size)
{
	int at = -1, next, len;
	unsigned char *utf8;

	out[0] = '\0';
	while ((next = X509_NAME_get_index_by_NID(name, NID_commonName, at)) >= 0)
		at = next;
	if (at < 0)
		return 0;
	len = ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
	if (len < 0)
		return -EINVAL;
	if ((size_t)len < size && is_plain((struct duet_slice){(const char *)utf8, (size_t)len})) {
		memcpy(out, utf8, (size_t)len);
		out[len] = '\0';
		next = 0;
	} else {
		next = -EINVAL;
	}
	OPENSSL_free(utf8);
	return next;
}

static int read_thumbprint(X509 *x509, const EVP_MD *kind, char out[DUET_HUB_THUMBPRINT_SIZE])
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned n;

	if (!X509_digest(x509, kind, digest, &n) || n * 2 + 1 > DUET_HUB_THUMBPRINT_SIZE)
		return -EINVAL;
	for (unsigned i = 0; i < n; i++)
		snprintf(out + (size_t)2 * i, 3, "%02X", digest[i]);
	return 0;
}

static int read_time(const ASN1_TIME *time, int64_t *seconds)
{
	struct tm tm;

	if (ASN1_TIME_to_tm(time, &tm) != 1)
		return -EINVAL;
	*seconds = timegm(&tm);
	return 0;
}

static int read_names(const X509 *x509, char *out, size_t size)
{
	int at = X509_get_ext_by_NID(x509, NID_subject_alt_name, -1);
	BIO *bio;
	char *text;
	long len;
	int result = 0;

	out[0] = '\0';
	if (at < 0)
		return 0;
	bio = BIO_new(BIO_s_mem());
	if (!bio)
		return -ENOMEM;
	if (X509V3_EXT_print(bio, X509_get_ext(x509, at), X509V3_EXT_ERROR_UNKNOWN, 0)) {
		len = BIO_get_mem_data(bio, &text);
		if (len > 0 && is_plain((struct duet_slice){text, (size_t)len}))
			snprintf(out, size, "%.*s", (int)len, text);
		else
			result = -EINVAL;
	}
	BIO_free(bio);
	return result;
}

int duet_hub_certificate_read(struct duet_hub_certificate *read, X509 *x509)
{
	*read = (struct duet_hub_certificate){0};
	if (read_common_name(X509_get_subject_name(x509), read->common_name, sizeof(read->common_name)) < 0 ||
	    read_common_name(X509_get_issuer_name(x509), read->issuer, sizeof(read->issuer)) < 0 ||
	    read_thumbprint(x509, EVP_sha1(), read->sha1) < 0 ||
	    read_thumbprint(x509, EVP_sha256(), read->sha256) < 0 ||
	    read_names(x509, read->names, sizeof(read->names)) < 0 ||
	    read_time(X509_get0_notBefore(x509), &read->not_before_s) < 0 ||
	    read_time(X509_get0_notAfter(x509), &read->not_after_s) < 0)
		return -EINVAL;
	return 0;
}

int duet_hub_certificate_parse(struct duet_hub_certificate *read, struct duet_slice bytes)
{
	BIO *bio = bytes.len < 1 << 20 ? BIO_new_mem_buf(bytes.ptr, (int)bytes.len) : NULL;
	X509 *x509 = bio ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;
	const unsigned char *at = (const unsigned char *)bytes.ptr;
	int result = -EINVAL;

	if (bio && !x509)
		x509 = d2i_X509(NULL, &at, (long)bytes.len);
	if (x509)
		result = duet_hub_certificate_read(read, x509);
	ERR_clear_error();
	X509_free(x509);
	BIO_free(bio);
	return result;
}
