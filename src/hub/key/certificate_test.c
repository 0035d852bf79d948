/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/key/certificate.h"

#include <errno.h>
#include <openssl/pem.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/file.h"

static char folder[] = "/tmp/duet-certificate-XXXXXX";

static const char *at(const char *name)
{
	static char paths[4][256];
	static int next;
	char *path = paths[next++ % 4];

	snprintf(path, sizeof(paths[0]), "%s/%s", folder, name);
	return path;
}

static int make_folder(void **state)
{
	return mkdtemp(folder) && duet_hub_certificate_init(folder, "hub.example.org", NULL) == 0 ? 0 : -1;
}

static int remove_folder(void **state)
{
	char command[64];

	snprintf(command, sizeof(command), "rm -rf %s", folder);
	return system(command);
}

static void read_file(const char *name, struct duet_hub_certificate *read)
{
	char *bytes;
	size_t n_bytes;

	assert_int_equal(duet_file_read(at(name), 1 << 20, &bytes, &n_bytes, NULL), 0);
	assert_int_equal(duet_hub_certificate_parse(read, (struct duet_slice){bytes, n_bytes}), 0);
	duet_free(bytes);
}

static X509 *load(const char *name)
{
	FILE *file = fopen(at(name), "re");
	X509 *x509 = PEM_read_X509(file, NULL, NULL, NULL);

	fclose(file);
	assert_non_null(x509);
	return x509;
}

/* What a client does: does it trust that certificate for that purpose, when it trusts the authority? */
static bool trusts(const char *name, int purpose, const char *host)
{
	X509_STORE *store = X509_STORE_new();
	X509_STORE_CTX *context = X509_STORE_CTX_new();
	X509 *ca = load("ca.pem"), *x509 = load(name);
	bool trusted;

	X509_STORE_add_cert(store, ca);
	X509_STORE_CTX_init(context, store, x509, NULL);
	X509_STORE_CTX_set_purpose(context, purpose);
	if (host)
		X509_VERIFY_PARAM_set1_host(X509_STORE_CTX_get0_param(context), host, 0);
	trusted = X509_verify_cert(context) == 1;
	X509_STORE_CTX_free(context);
	X509_STORE_free(store);
	X509_free(ca);
	X509_free(x509);
	return trusted;
}

static void clients_that_trust_the_authority_trust_the_server(void **state)
{
	assert_true(trusts("server.pem", X509_PURPOSE_SSL_SERVER, "hub.example.org"));
	assert_true(trusts("server.pem", X509_PURPOSE_SSL_SERVER, "localhost"));
	assert_false(trusts("server.pem", X509_PURPOSE_SSL_SERVER, "example.org"));
	assert_false(trusts("server.pem", X509_PURPOSE_SSL_CLIENT, NULL));
}

static void the_server_has_all_its_names(void **state)
{
	struct duet_hub_certificate read;

	read_file("server.pem", &read);
	assert_string_equal(read.common_name, "hub.example.org");
	assert_string_equal(read.issuer, "Duet hub CA of hub.example.org");
	assert_non_null(strstr(read.names, "DNS:localhost"));
	assert_non_null(strstr(read.names, "IP Address:127.0.0.1"));
	assert_true(read.not_before_s < time(NULL));
	assert_true(read.not_after_s > time(NULL) + 390 * 86400);
	assert_int_equal(strlen(read.sha1), 40);
	assert_int_equal(strlen(read.sha256), 64);
}

static void keys_are_only_their_owners(void **state)
{
	static const char *const names[] = {"ca.key", "server.key"};
	struct stat info;

	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(stat(at(names[i]), &info), 0);
		assert_int_equal(info.st_mode & 0777, 0600);
	}
}

static void renewing_makes_another_by_the_same_authority(void **state)
{
	struct duet_hub_certificate before, after;

	read_file("server.pem", &before);
	assert_int_equal(duet_hub_certificate_renew(folder, "192.0.2.7", 30, NULL), 0);
	read_file("server.pem", &after);
	assert_string_not_equal(before.sha256, after.sha256);
	assert_string_equal(before.issuer, after.issuer);
	assert_non_null(strstr(after.names, "IP Address:192.0.2.7"));
	assert_true(after.not_after_s < time(NULL) + 31 * 86400);
	assert_true(trusts("server.pem", X509_PURPOSE_SSL_SERVER, "localhost"));
}

static void a_device_gets_a_certificate_of_its_name(void **state)
{
	struct duet_hub_certificate read;

	assert_int_equal(duet_hub_certificate_issue(folder, "kitchen-1", 10, at("d.pem"), at("d.key"), NULL),
			 0);
	read_file("d.pem", &read);
	assert_string_equal(read.common_name, "kitchen-1");
	assert_true(trusts("d.pem", X509_PURPOSE_SSL_CLIENT, NULL));
	assert_false(trusts("d.pem", X509_PURPOSE_SSL_SERVER, NULL));
	assert_int_equal(duet_hub_certificate_issue(folder, "", 10, at("d.pem"), at("d.key"), NULL), -EINVAL);
}

static void names_that_are_not_what_they_seem_are_refused(void **state)
{
	X509 *x509 = load("d.pem");
	X509_NAME *name = X509_get_subject_name(x509);
	struct duet_hub_certificate read;

	assert_int_equal(duet_hub_certificate_read(&read, x509), 0);
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"a\0b", 3, -1, 0);
	assert_int_equal(duet_hub_certificate_read(&read, x509), -EINVAL);
	X509_free(x509);
}

static void what_is_missing_is_named(void **state)
{
	struct duet_error error = {0};

	assert_true(duet_hub_certificate_renew("/nowhere", "x", 1, &error) < 0);
	assert_string_equal(error.file, "/nowhere/ca.pem");
	assert_int_equal(duet_hub_certificate_parse(&(struct duet_hub_certificate){0}, duet_slice("no")),
			 -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(clients_that_trust_the_authority_trust_the_server),
		cmocka_unit_test(the_server_has_all_its_names),
		cmocka_unit_test(keys_are_only_their_owners),
		cmocka_unit_test(renewing_makes_another_by_the_same_authority),
		cmocka_unit_test(a_device_gets_a_certificate_of_its_name),
		cmocka_unit_test(names_that_are_not_what_they_seem_are_refused),
		cmocka_unit_test(what_is_missing_is_named),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
