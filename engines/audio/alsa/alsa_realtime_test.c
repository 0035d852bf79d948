/* SPDX-License-Identifier: Apache-2.0 */
#include "realtime_host.h"
#include "sound_files.h"

enum { SKIPPED = 77 };

/* On a sound card (here ALSA's `null`, which is handled as one) the threads make no call that could make them
 * wait for anything but the card. The library's own locks are off: it has none for hardware. */
static void test_the_threads_never_wait(void **state)
{
	static const char conf[] = "pcm.card { type null }\n";

	assert_int_equal(setenv("LIBASOUND_THREAD_SAFE", "0", 1), 0);
	assert_int_equal(setenv("ALSA_CONFIG_PATH", sound_bytes_write("asound.conf", conf, strlen(conf)), 1),
			 0);
	assert_int_equal(realtime_run("alsa", "card", "card", 2000, REALTIME_THREAD), 0);
}

static int tear_down(void **state)
{
	sound_folder_remove();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_the_threads_never_wait)};

	if (REALTIME_WITH_SANITIZER) {
		printf("skipped: a sanitizer stands between already\n");
		return SKIPPED;
	}
	return cmocka_run_group_tests(tests, NULL, tear_down);
}
