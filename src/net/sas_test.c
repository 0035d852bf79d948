/* SPDX-License-Identifier: Apache-2.0 */
#include "net/sas.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "net/url.h"

static const char key[] = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";

static void a_token_that_was_made_is_verified(void **state)
{
	char token[512], bent[512];
	struct duet_sas sas;

	assert_true(duet_sas_make("hub.example/devices/lamp", key, "service", 1700000000, token,
				  sizeof(token)) > 0);
	assert_int_equal(duet_sas_parse(duet_slice(token), &sas), 0);
	assert_int_equal(sas.expires_s, 1700000000);
	assert_true(duet_slice_equal(sas.policy, duet_slice("service")));
	assert_true(duet_sas_signed_with(&sas, key));
	assert_false(duet_sas_signed_with(&sas, "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDI="));
	assert_false(duet_sas_signed_with(&sas, ""));
	snprintf(bent, sizeof(bent), "%s1", token);
	snprintf(strstr(bent, "se=17"), 32, "se=1700000001");
	assert_int_equal(duet_sas_parse(duet_slice(bent), &sas), 0);
	assert_false(duet_sas_signed_with(&sas, key));
	assert_int_equal(duet_sas_make("r", key, NULL, 1, token, 20), -ENOSPC);
	assert_int_equal(duet_sas_make("r", "?", NULL, 1, token, sizeof(token)), -EINVAL);
}

static void a_known_token_is_verified_in_any_order(void **state)
{
	static const char *const orders[] = {
		"SharedAccessSignature sr=hub.example%2fdevices%2flamp&sig=%s&se=1700000000",
		"SharedAccessSignature se=1700000000&sig=%s&sr=hub.example%2fdevices%2flamp",
		"sharedaccesssignature sig=%s&se=1700000000&sr=hub.example%2fdevices%2flamp",
	};
	/* printf 'hub.example%%2fdevices%%2flamp\n1700000000' | openssl dgst -sha256 -hmac
	 * 01234567890123456789012345678901 -binary | base64 */
	static const char signature[] = "aAGa35%2Ba1IPwOtQ03CA77EK4uSXBMB6QWSYkJJgpq3g%3D";
	struct duet_sas sas;
	char token[512];

	for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
		const char *at = strstr(orders[i], "%s");

		snprintf(token, sizeof(token), "%.*s%s%s", (int)(at - orders[i]), orders[i], signature,
			 at + 2);
		assert_int_equal(duet_sas_parse(duet_slice(token), &sas), 0);
		assert_true(duet_sas_signed_with(&sas, key));
	}
}

static void broken_tokens_are_refused(void **state)
{
	static const char *const broken[] = {
		"",
		"SharedAccessSignature",
		"SharedAccessSignature ",
		"SharedAccessSignature sr=a&sig=b",
		"SharedAccessSignature sr=a&sig=b&se=",
		"SharedAccessSignature sr=a&sig=b&se=x",
		"SharedAccessSignature sr=a&sig=b&se=-1",
		"SharedAccessSignature sr=a&sig=b&se=1&se=2",
		"SharedAccessSignature sr=a&sig=b&se=1&other=2",
		"SharedAccessSignature sr&sig=b&se=1",
		"Bearer sr=a&sig=b&se=1",
	};
	struct duet_sas sas;

	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++)
		assert_int_equal(duet_sas_parse(duet_slice(broken[i]), &sas), -EINVAL);
}

static bool covers(const char *resource, const char *endpoint)
{
	struct duet_sas sas = {.resource = duet_slice(resource)};

	return duet_sas_covers(&sas, endpoint);
}

static void a_resource_covers_whole_segments(void **state)
{
	assert_true(covers("hub.example", "hub.example/devices/lamp"));
	assert_true(covers("HUB.example%2Fdevices%2Flamp", "hub.example/devices/lamp"));
	assert_true(covers("hub.example/devices/lamp/", "hub.example/devices/lamp/modules/bulb"));
	assert_false(covers("hub.example/devices/lam", "hub.example/devices/lamp"));
	assert_false(covers("hub.example/devices/Lamp", "hub.example/devices/lamp"));
	assert_false(covers("hub.example/devices/lamp", "hub.example/devices/la"));
	assert_false(covers("", "hub.example"));
	assert_false(covers("%zz", "hub.example"));
}

static void keys_of_a_group_are_derived(void **state)
{
	char derived[64];

	assert_int_equal(duet_sas_derive(key, "lamp-1", derived, sizeof(derived)), 44);
	assert_string_equal(derived, "OS9jFTAghHLm6YZFiyM3zYqgIB4dM4Iwuz4gmba6380=");
	assert_int_equal(duet_sas_derive(key, "lamp-1", derived, 10), -ENOSPC);
	assert_true(duet_sas_key_valid(key));
	assert_false(duet_sas_key_valid("MDEy"));
	assert_false(duet_sas_key_valid("not base64"));
}

static void urls_are_decoded_and_encoded(void **state)
{
	char out[64];

	assert_int_equal(duet_url_decode(duet_slice("a%20b+c"), false, out, sizeof(out)), 5);
	assert_string_equal(out, "a b+c");
	assert_int_equal(duet_url_decode(duet_slice("a%20b+c"), true, out, sizeof(out)), 5);
	assert_string_equal(out, "a b c");
	assert_int_equal(duet_url_decode(duet_slice("%2"), false, out, sizeof(out)), -EINVAL);
	assert_int_equal(duet_url_decode(duet_slice("%00"), false, out, sizeof(out)), -EINVAL);
	assert_int_equal(duet_url_decode(duet_slice("abc"), false, out, 3), -ENOSPC);
	assert_int_equal(duet_url_encode(duet_slice("a b/c~"), out, sizeof(out)), 10);
	assert_string_equal(out, "a%20b%2Fc~");
	assert_int_equal(duet_url_find(duet_slice("api-version=2021&x=%41&y"), "x", out, sizeof(out)), 1);
	assert_string_equal(out, "A");
	assert_int_equal(duet_url_find(duet_slice("y"), "x", out, sizeof(out)), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_token_that_was_made_is_verified),
		cmocka_unit_test(a_known_token_is_verified_in_any_order),
		cmocka_unit_test(broken_tokens_are_refused),
		cmocka_unit_test(a_resource_covers_whole_segments),
		cmocka_unit_test(keys_of_a_group_are_derived),
		cmocka_unit_test(urls_are_decoded_and_encoded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
