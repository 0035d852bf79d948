/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/guard/authentication.h"

#include <openssl/pem.h>
#include <sys/stat.h>
#include <time.h>

#include "hub/key/certificate.h"
#include "hub/record/storage_fixture.h"

/* Certificates of devices; tokens are session_test's. */
struct world {
	struct storage_fixture storage;
	struct duet_hub_authority *authority;
	X509 *lamp, *other, *foreign; /* the last one by another authority, for "lamp" */
};

static X509 *issue(const char *dir, const char *name)
{
	char certificate[120], key[120];
	X509 *x509;
	FILE *file;

	snprintf(certificate, sizeof(certificate), "%s/%s.pem", dir, name);
	snprintf(key, sizeof(key), "%s/%s.key", dir, name);
	assert_int_equal(duet_hub_certificate_issue(dir, name, 10, certificate, key, NULL), 0);
	file = fopen(certificate, "r");
	assert_non_null(file);
	x509 = PEM_read_X509(file, NULL, NULL, NULL);
	fclose(file);
	assert_non_null(x509);
	return x509;
}

static void begin(struct world *world)
{
	char elsewhere[80], ca[120];

	fixture_begin(&world->storage, true);
	snprintf(elsewhere, sizeof(elsewhere), "%s/elsewhere", world->storage.folder);
	snprintf(ca, sizeof(ca), "%s/ca.pem", world->storage.folder);
	assert_int_equal(duet_hub_certificate_init(world->storage.folder, "localhost", NULL), 0);
	assert_int_equal(mkdir(elsewhere, 0700), 0);
	assert_int_equal(duet_hub_certificate_init(elsewhere, "localhost", NULL), 0);
	assert_int_equal(duet_hub_authority_new(&world->authority, ca, NULL), 0);
	world->lamp = issue(world->storage.folder, "lamp");
	world->other = issue(world->storage.folder, "other");
	world->foreign = issue(elsewhere, "lamp");
}

static void end(struct world *world)
{
	X509_free(world->lamp);
	X509_free(world->other);
	X509_free(world->foreign);
	duet_hub_authority_free(world->authority);
	fixture_end(&world->storage);
}

static int add(struct duet_hub_view *view, void *user)
{
	struct duet_hub_identity *identity = user;
	struct duet_arena *arena = duet_arena_new(1 << 16);
	int code = duet_hub_identity_add(view, arena, identity);

	duet_arena_free(arena);
	return code;
}

static void add_lamp(struct world *world, enum duet_hub_authentication authentication, const char *thumbprint)
{
	struct duet_hub_identity identity = {.target = "lamp",
					     .device = "lamp",
					     .module = "",
					     .enabled = true,
					     .authentication = authentication,
					     .keys = {"", ""},
					     .thumbprints = {NULL, thumbprint}};

	assert_int_equal(duet_hub_storage_write_now(world->storage.storage, add, &identity), 0);
}

static int log_in(struct world *world, X509 *certificate, int64_t now_s, struct duet_hub_admission *admission)
{
	struct duet_hub_login login = {.host_name = "localhost",
				       .id_scope = "scope",
				       .authority = world->authority,
				       .client_id = duet_slice("lamp"),
				       .user_name = duet_slice("localhost/lamp/?api-version=2021-04-12"),
				       .certificate = certificate,
				       .now_s = now_s};
	const char *why = NULL;
	int code = duet_hub_authenticate(world->storage.view, &login, world->storage.arena, admission, &why);

	assert_true((code == -EACCES) == (why != NULL));
	return code;
}

static void by_thumbprint(void **state)
{
	struct duet_hub_certificate read;
	struct duet_hub_admission admission;
	struct world world;
	int64_t now_s = time(NULL);

	begin(&world);
	assert_int_equal(duet_hub_certificate_read(&read, world.foreign), 0);
	add_lamp(&world, DUET_HUB_SELF_SIGNED, read.sha256);
	assert_int_equal(log_in(&world, world.foreign, now_s, &admission), 0);
	assert_int_equal(admission.auth, DUET_HUB_AUTH_THUMBPRINT);
	assert_true(admission.expires_s > now_s + 9 * 86400);
	assert_int_equal(log_in(&world, world.lamp, now_s, &admission), -EACCES);
	assert_int_equal(log_in(&world, world.foreign, now_s + 11 * 86400, &admission), -EACCES);
	assert_int_equal(log_in(&world, NULL, now_s, &admission), -EACCES);
	end(&world);
}

static void by_authority(void **state)
{
	struct duet_hub_admission admission;
	struct world world;
	int64_t now_s = time(NULL);

	begin(&world);
	add_lamp(&world, DUET_HUB_CA_SIGNED, NULL);
	assert_int_equal(log_in(&world, world.lamp, now_s, &admission), 0);
	assert_int_equal(admission.auth, DUET_HUB_AUTH_CA);
	assert_string_equal(admission.target, "lamp");
	assert_int_equal(log_in(&world, world.other, now_s, &admission), -EACCES);
	assert_int_equal(log_in(&world, world.foreign, now_s, &admission), -EACCES);
	end(&world);
}

static void a_key_is_wanted(void **state)
{
	struct duet_hub_admission admission;
	struct world world;

	begin(&world);
	add_lamp(&world, DUET_HUB_SAS, NULL);
	assert_int_equal(log_in(&world, world.lamp, time(NULL), &admission), -EACCES);
	end(&world);
}

static void user_names(void **state)
{
	static const struct {
		const char *text, *client_id;
		bool is_registration;
		const char *query; /* NULL: refused */
	} cases[] = {
		{"h/d/?api-version=1", "d", false, "api-version=1"},
		{"h/d/api-version=1", "d", false, "api-version=1"},
		{"h/d/m/?api-version=1&x=y", "d/m", false, "api-version=1&x=y"},
		{"h/d", "d", false, ""},
		{"s/registrations/r/api-version=1", "r", true, "api-version=1"},
		{"h/registrations/?api-version=1", "registrations", false, "api-version=1"},
		{"h/d2/?api-version=1", "d", false, NULL},
		{"h/d/?api-version=1", "e", false, NULL},
		{"/d/?api-version=1", "d", false, NULL},
		{"h", "d", false, NULL},
		{"", "", false, NULL},
	};
	struct duet_hub_user_name name;
	int code;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		code = duet_hub_user_name_parse(duet_slice(cases[i].text), duet_slice(cases[i].client_id),
						&name);
		assert_int_equal(code, cases[i].query ? 0 : -EINVAL);
		if (code < 0)
			continue;
		assert_int_equal(name.is_registration, cases[i].is_registration);
		assert_true(duet_slice_equal(name.query, duet_slice(cases[i].query)));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(by_thumbprint),
		cmocka_unit_test(by_authority),
		cmocka_unit_test(a_key_is_wanted),
		cmocka_unit_test(user_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
