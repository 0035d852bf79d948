/* SPDX-License-Identifier: Apache-2.0 */
#include "sound_cable.h"

/* A sound card with a clock: ALSA's devices of the PipeWire daemon. */
enum { SKIPPED = 77 };

static struct sound_daemon sound;
static struct duet_arena *arena;

static void test_what_is_played_is_heard(void **state)
{
	struct duet_device *device = cable_device("alsa", arena, "duet_mic", "duet_in");

	assert_true(cable_carries(device, 600));
	duet_device_stop(device);
	assert_int_equal(duet_device_start(device, NULL), 0); /* again */
	assert_true(cable_carries(device, 900));
	duet_device_free(device, NULL);
}

static void test_a_card_that_vanishes(void **state)
{
	struct duet_device *device = cable_device("alsa", arena, "duet_mic", "duet_in");
	struct duet_device_health health;
	int n_lost;

	assert_true(cable_carries(device, 600));
	n_lost = cable_wait_whole(device);
	sound_daemon_kill(&sound);
	cable_wait_for(device, n_lost + 2, n_lost);
	sound_daemon_start(&sound);
	cable_wait_for(device, n_lost + 2, n_lost + 2);
	assert_true(cable_carries(device, 600));
	duet_device_health(device, &health);
	assert_true(health.lost_code < 0);
	duet_device_free(device, NULL);
}

static int set_up(void **state)
{
	static const char conf[] = "pcm.duet_mic { type pipewire capture_node \"duet-mic\" }\n"
				   "pcm.duet_in { type pipewire playback_node \"duet-in\" }\n";

	arena = duet_arena_new(1 << 16);
	sound_daemon_folder();
	assert_int_equal(setenv("ALSA_CONFIG_PATH", sound_bytes_write("asound.conf", conf, strlen(conf)), 1),
			 0);
	sound_daemon_start(&sound);
	return arena ? 0 : -1;
}

static int tear_down(void **state)
{
	sound_daemon_kill(&sound);
	duet_arena_free(arena);
	sound_folder_remove();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_played_is_heard),
		cmocka_unit_test(test_a_card_that_vanishes),
	};

	if (system("ls /usr/lib/*/alsa-lib/libasound_module_pcm_pipewire.so >/dev/null 2>&1") != 0) {
		printf("skipped: pipewire-alsa is not installed\n");
		return SKIPPED;
	}
	if (!sound_daemon_possible())
		return SKIPPED;
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
