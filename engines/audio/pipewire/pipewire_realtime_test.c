/* SPDX-License-Identifier: Apache-2.0 */
#include "realtime_host.h"
#include "sound_daemon.h"

enum { SKIPPED = 77 };

static struct sound_daemon sound;

static void test_the_thread_never_waits(void **state)
{
	assert_int_equal(realtime_run("pipewire", "duet-mic", "duet-in", 200, REALTIME_THREAD), 0);
}

static int set_up(void **state)
{
	sound_daemon_folder();
	sound_daemon_start(&sound);
	return 0;
}

static int tear_down(void **state)
{
	sound_daemon_kill(&sound);
	sound_folder_remove();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_the_thread_never_waits)};

	if (REALTIME_WITH_SANITIZER) {
		printf("skipped: a sanitizer stands between already\n");
		return SKIPPED;
	}
	if (!sound_daemon_possible())
		return SKIPPED;
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
