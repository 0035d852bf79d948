/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/value/event.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "hub/value/crc.h"

static struct duet_hub_event sample(void)
{
	return (struct duet_hub_event){.source = DUET_HUB_TWIN_CHANGE,
				       .auth = DUET_HUB_AUTH_CA,
				       .enqueued_ms = 1700000000123,
				       .device = duet_slice("kitchen"),
				       .module = duet_slice("m"),
				       .generation = duet_slice("638"),
				       .properties = duet_slice("%24.mid=1&alert=true"),
				       .body = duet_slice("{\"t\":21}")};
}

static void the_checksum_is_castagnolis(void **state)
{
	unsigned char zeroes[32] = {0};

	/* RFC 3720, appendix B.4 */
	assert_int_equal(duet_hub_crc(zeroes, sizeof(zeroes)), 0x8A9136AA);
	assert_int_equal(duet_hub_crc("123456789", 9), 0xE3069283);
}

static void what_is_encoded_is_decoded(void **state)
{
	struct duet_hub_event event = sample(), back;
	unsigned char bytes[256];
	long n = duet_hub_event_size(&event);

	duet_hub_event_encode(&event, bytes);
	for (long i = 0; i < n; i++) /* a piece is not enough */
		assert_int_equal(duet_hub_event_decode(&back, (struct duet_slice){(char *)bytes, (size_t)i}),
				 0);
	assert_int_equal(duet_hub_event_decode(&back, (struct duet_slice){(char *)bytes, sizeof(bytes)}), n);
	assert_int_equal(back.source, event.source);
	assert_int_equal(back.auth, event.auth);
	assert_int_equal(back.enqueued_ms, event.enqueued_ms);
	assert_true(duet_slice_equal(back.device, event.device));
	assert_true(duet_slice_equal(back.module, event.module));
	assert_true(duet_slice_equal(back.generation, event.generation));
	assert_true(duet_slice_equal(back.properties, event.properties));
	assert_true(duet_slice_equal(back.body, event.body));
}

static void any_flipped_bit_is_noticed(void **state)
{
	struct duet_hub_event event = sample(), back;
	unsigned char bytes[256];
	long n = duet_hub_event_size(&event);

	duet_hub_event_encode(&event, bytes);
	for (long bit = 0; bit < n * 8; bit++) {
		bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
		assert_true(duet_hub_event_decode(&back, (struct duet_slice){(char *)bytes, (size_t)n}) <= 0);
		bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
	}
}

static void what_is_too_large_is_refused(void **state)
{
	struct duet_hub_event event = sample();

	event.body.len = DUET_HUB_EVENT_MAX_BODY + 1;
	assert_int_equal(duet_hub_event_size(&event), -EMSGSIZE);
	event = sample();
	event.device.len = DUET_HUB_EVENT_MAX_NAME + 1;
	assert_int_equal(duet_hub_event_size(&event), -EMSGSIZE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_checksum_is_castagnolis),
		cmocka_unit_test(what_is_encoded_is_decoded),
		cmocka_unit_test(any_flipped_bit_is_noticed),
		cmocka_unit_test(what_is_too_large_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
