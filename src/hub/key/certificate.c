/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/key/certificate.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"

enum { CA_DAYS = 3650, SERVER_DAYS = 397, BACKDATE_S = 86400, PATH_SIZE = 4096 };

/* A certificate on its way: whose it is, who signs it. */
struct making {
	X509 *x509;
	EVP_PKEY *key;
	X509 *ca; /* NULL: itself */
	EVP_PKEY *ca_key;
};

static int fail_openssl(struct duet_error *error, const char *doing)
{
	unsigned long code = ERR_get_error();
	const char *reason = code ? ERR_reason_error_string(code) : NULL;

	ERR_clear_error();
	return duet_error_set(error, -EIO, "cannot %s: %s", doing, reason ? reason : "out of memory");
}

static int write_bio(BIO *bio, const char *path, mode_t mode, struct duet_error *error)
{
	char *bytes;
	long n_bytes = BIO_get_mem_data(bio, &bytes);
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, mode);

	/* Replacing keeps the old one's mode, so that a key is never open to others, not even for a moment.
	 */
	if (fd < 0) {
		int code = duet_error_set(error, -errno, "cannot write: %s", strerrordesc_np(errno));

		duet_error_at(error, path, 0, 0);
		return code;
	}
	close(fd);
	return duet_file_replace(path, (struct duet_slice){bytes, (size_t)n_bytes}, error);
}

static int write_certificate(X509 *x509, const char *path, struct duet_error *error)
{
	BIO *bio = BIO_new(BIO_s_mem());
	int result;

	if (bio && PEM_write_bio_X509(bio, x509))
		result = write_bio(bio, path, 0644, error);
	else
		result = fail_openssl(error, "write a certificate");
	BIO_free(bio);
	return result;
}

static int write_key(EVP_PKEY *key, const char *path, struct duet_error *error)
{
	BIO *bio = BIO_new(BIO_s_secmem());
	int result;

	if (bio && PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL))
		result = write_bio(bio, path, 0600, error);
	else
		result = fail_openssl(error, "write a key");
	BIO_free(bio);
	return result;
}

static bool set_serial(X509 *x509)
{
	unsigned char bytes[16];
	BIGNUM *number;
	bool done;

	if (RAND_bytes(bytes, sizeof(bytes)) != 1)
		return false;
	bytes[0] = (bytes[0] & 0x7f) | 0x40; /* positive, and always of the same length */
	number = BN_bin2bn(bytes, sizeof(bytes), NULL);
	done = number && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(x509));
	BN_free(number);
	return done;
}

static bool set_name(X509_NAME *name, const char *common_name)
{
	return X509_NAME_add_entry_by_txt(name, "O", MBSTRING_UTF8, (const unsigned char *)"Duet", -1, -1,
					  0) &&
	       X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)common_name, -1,
					  -1, 0);
}

static bool extend(const struct making *making, int nid, const char *value)
{
	X509V3_CTX context;
	X509_EXTENSION *extension;
	bool done;

	X509V3_set_ctx(&context, making->ca ? making->ca : making->x509, making->x509, NULL, NULL, 0);
	extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
	done = extension && X509_add_ext(making->x509, extension, -1);
	X509_EXTENSION_free(extension);
	return done;
}

static bool begin(struct making *making, const char *name, int days)
{
	making->key = EVP_EC_gen("P-256");
	making->x509 = X509_new();
	return making->key && making->x509 && X509_set_version(making->x509, X509_VERSION_3) &&
	       set_serial(making->x509) && X509_gmtime_adj(X509_getm_notBefore(making->x509), -BACKDATE_S) &&
	       X509_gmtime_adj(X509_getm_notAfter(making->x509), (long)days * 86400) &&
	       X509_set_pubkey(making->x509, making->key) &&
	       set_name(X509_get_subject_name(making->x509), name);
}

static bool sign(const struct making *making)
{
	X509 *issuer = making->ca ? making->ca : making->x509;

	return X509_set_issuer_name(making->x509, X509_get_subject_name(issuer)) &&
	       extend(making, NID_subject_key_identifier, "hash") &&
	       extend(making, NID_authority_key_identifier, "keyid:always") &&
	       X509_sign(making->x509, making->ca_key ? making->ca_key : making->key, EVP_sha256());
}

static void end(struct making *making)
{
	X509_free(making->x509);
	EVP_PKEY_free(making->key);
	X509_free(making->ca);
	EVP_PKEY_free(making->ca_key);
}

static int place(char *path, const char *dir, const char *name, struct duet_error *error)
{
	if (snprintf(path, PATH_SIZE, "%s/%s", dir, name) < PATH_SIZE)
		return 0;
	return duet_error_set(error, -ENAMETOOLONG, "the name of the hub's folder is too long");
}

static int save(const struct making *making, const char *certificate_path, const char *key_path,
		struct duet_error *error)
{
	int result = write_key(making->key, key_path, error);

	return result < 0 ? result : write_certificate(making->x509, certificate_path, error);
}

static int save_in(const struct making *making, const char *dir, const char *certificate, const char *key,
		   struct duet_error *error)
{
	char certificate_path[PATH_SIZE], key_path[PATH_SIZE];

	if (place(certificate_path, dir, certificate, error) < 0 || place(key_path, dir, key, error) < 0)
		return -ENAMETOOLONG;
	return save(making, certificate_path, key_path, error);
}

static int make_ca(const char *dir, const char *hostname, struct duet_error *error)
{
	struct making making = {0};
	char name[64];
	int result;

	snprintf(name, sizeof(name), "Duet hub CA of %.45s", hostname);
	if (begin(&making, name, CA_DAYS) && extend(&making, NID_basic_constraints, "critical,CA:TRUE") &&
	    extend(&making, NID_key_usage, "critical,keyCertSign,cRLSign") && sign(&making))
		result = save_in(&making, dir, "ca.pem", "ca.key", error);
	else
		result = fail_openssl(error, "make a certification authority");
	end(&making);
	return result;
}

static FILE *open_in(const char *dir, const char *name, struct duet_error *error)
{
	char path[PATH_SIZE];
	FILE *file;

	if (place(path, dir, name, error) < 0)
		return NULL;
	file = fopen(path, "re");
	if (!file) {
		duet_error_set(error, -errno, "cannot open: %s", strerrordesc_np(errno));
		duet_error_at(error, path, 0, 0);
	}
	return file;
}

static int load_ca(struct making *making, const char *dir, struct duet_error *error)
{
	FILE *certificate = open_in(dir, "ca.pem", error);
	FILE *key = certificate ? open_in(dir, "ca.key", error) : NULL;
	int result = key ? 0 : -ENOENT;

	if (key) {
		making->ca = PEM_read_X509(certificate, NULL, NULL, NULL);
		making->ca_key = PEM_read_PrivateKey(key, NULL, NULL, NULL);
		if (!making->ca || !making->ca_key)
			result = fail_openssl(error, "read the certification authority");
		fclose(key);
	}
	if (certificate)
		fclose(certificate);
	return result;
}

static void add_name(char *names, size_t size, const char *name)
{
	struct in6_addr address;
	bool is_ip = inet_pton(AF_INET, name, &address) == 1 || inet_pton(AF_INET6, name, &address) == 1;
	size_t len = strlen(names);

	snprintf(names + len, size - len, "%s%s:%s", len ? "," : "", is_ip ? "IP" : "DNS", name);
}

int duet_hub_certificate_renew(const char *dir, const char *hostname, int days, struct duet_error *error)
{
	char names[1024] = "", machine[256] = "";
	struct making making = {0};
	int result = load_ca(&making, dir, error);

	if (gethostname(machine, sizeof(machine) - 1) < 0)
		machine[0] = '\0';
	add_name(names, sizeof(names), hostname);
	if (strcmp(hostname, "localhost") != 0)
		add_name(names, sizeof(names), "localhost");
	if (machine[0] && strcmp(machine, hostname) != 0 && strcmp(machine, "localhost") != 0)
		add_name(names, sizeof(names), machine);
	add_name(names, sizeof(names), "127.0.0.1");
	add_name(names, sizeof(names), "::1");
	if (result == 0 && begin(&making, hostname, days ? days : SERVER_DAYS) &&
	    extend(&making, NID_basic_constraints, "critical,CA:FALSE") &&
	    extend(&making, NID_key_usage, "critical,digitalSignature") &&
	    extend(&making, NID_ext_key_usage, "serverAuth") &&
	    extend(&making, NID_subject_alt_name, names) && sign(&making))
		result = save_in(&making, dir, "server.pem", "server.key", error);
	else if (result == 0)
		result = fail_openssl(error, "make the server's certificate");
	end(&making);
	return result;
}

int duet_hub_certificate_issue(const char *dir, const char *name, int days, const char *certificate_path,
			       const char *key_path, struct duet_error *error)
{
	struct making making = {0};
	int result = load_ca(&making, dir, error);

	if (result == 0 && (!name[0] || strlen(name) > 64))
		result = duet_error_set(error, -EINVAL, "a common name has 1 to 64 characters");
	if (result == 0 && begin(&making, name, days) &&
	    extend(&making, NID_basic_constraints, "critical,CA:FALSE") &&
	    extend(&making, NID_key_usage, "critical,digitalSignature") &&
	    extend(&making, NID_ext_key_usage, "clientAuth") && sign(&making))
		result = save(&making, certificate_path, key_path, error);
	else if (result == 0)
		result = fail_openssl(error, "make a certificate");
	end(&making);
	return result;
}

int duet_hub_certificate_init(const char *dir, const char *hostname, struct duet_error *error)
{
	int result = make_ca(dir, hostname, error);

	return result < 0 ? result : duet_hub_certificate_renew(dir, hostname, SERVER_DAYS, error);
}
