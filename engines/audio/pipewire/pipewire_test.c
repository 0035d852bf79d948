/* SPDX-License-Identifier: Apache-2.0 */
#include "sound_cable.h"

enum { SKIPPED = 77 };

static struct sound_daemon sound;
static struct duet_arena *arena;

static void test_what_is_played_is_heard(void **state)
{
	struct duet_device *device = cable_device("pipewire", arena, "duet-mic", "duet-in");
	struct duet_device_health health;

	assert_true(duet_device_moves(device));
	assert_true(cable_carries(device, 600));
	duet_device_health(device, &health);
	assert_int_equal(health.n_lost, health.n_returned);
	duet_device_stop(device);
	duet_device_stop(device);
	assert_int_equal(duet_device_start(device, NULL), 0); /* again */
	assert_true(cable_carries(device, 900));
	duet_device_free(device, NULL);
}

static void test_the_systems_own_devices(void **state)
{
	struct duet_device *device = cable_device("pipewire", arena, NULL, NULL);

	assert_true(cable_carries(device, 700));
	duet_device_free(device, NULL);
}

static void test_the_monitor_of_a_loudspeaker(void **state)
{
	struct duet_device *device = cable_device("pipewire", arena, "duet-in.monitor", "duet-in");

	assert_true(cable_carries(device, 500));
	duet_device_free(device, NULL);
}

static void test_a_cable_that_is_pulled(void **state)
{
	struct duet_device *device = cable_device("pipewire", arena, "duet-mic", "duet-in");
	struct duet_device_health health;
	int n_lost;

	assert_true(cable_carries(device, 600));
	n_lost = cable_wait_whole(device);
	sound_cable_pull(&sound);
	cable_wait_for(device, n_lost + 2, n_lost);
	duet_device_health(device, &health);
	assert_int_equal(health.n_returned, n_lost);
	sound_cable_start(&sound);
	cable_wait_for(device, n_lost + 2, n_lost + 2);
	assert_true(cable_carries(device, 600));
	duet_device_free(device, NULL);
}

static void test_a_daemon_that_is_killed(void **state)
{
	struct duet_device *device = cable_device("pipewire", arena, "duet-mic", "duet-in");
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

struct found {
	bool microphone, loudspeaker;
};

static void look_at(void *user, const struct duet_audio_device *device)
{
	struct found *found = user;

	assert_true(device->name && device->label);
	if (strcmp(device->name, "duet-mic") == 0)
		found->microphone = device->is_microphone && !device->is_loudspeaker;
	if (strcmp(device->name, "duet-in") == 0)
		found->loudspeaker = device->is_loudspeaker && !device->is_microphone;
}

static void test_devices_are_listed(void **state)
{
	const struct duet_audio_engine *engine = (const void *)duet_engine_find("audio", "pipewire");
	struct found found = {false, false};

	assert_int_equal(engine->list(look_at, &found, NULL), 0);
	assert_true(found.microphone && found.loudspeaker);
}

static void test_no_daemon_is_waited_for(void **state)
{
	const struct duet_audio_engine *engine = (const void *)duet_engine_find("audio", "pipewire");
	struct duet_device *device;
	struct duet_error error;

	sound_daemon_kill(&sound);
	assert_true(engine->list(look_at, &(struct found){false, false}, &error) < 0);
	assert_true(error.what[0] && error.hint[0]);
	device = cable_device("pipewire", arena, "duet-mic", "duet-in");
	cable_wait_for(device, 2, 0);
	sound_daemon_start(&sound);
	cable_wait_for(device, 2, 2);
	assert_true(cable_carries(device, 600));
	duet_device_free(device, NULL);
}

static int set_up(void **state)
{
	arena = duet_arena_new(1 << 16);
	sound_daemon_folder();
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
		cmocka_unit_test(test_the_systems_own_devices),
		cmocka_unit_test(test_the_monitor_of_a_loudspeaker),
		cmocka_unit_test(test_a_cable_that_is_pulled),
		cmocka_unit_test(test_a_daemon_that_is_killed),
		cmocka_unit_test(test_devices_are_listed),
		cmocka_unit_test(test_no_daemon_is_waited_for),
	};

	if (!sound_daemon_possible())
		return SKIPPED;
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
