/* SPDX-License-Identifier: Apache-2.0 */
#include "duet/speaker.h"

#include <jansson.h>
#include <pthread.h>
#include <stdatomic.h>

#include "sound_daemon.h"

/*
 * The whole speaker, live: a PipeWire daemon, real-time threads, the clock on
 * the wall. A synthetic person asks through one virtual cable, the answer goes
 * into another one. Then the microphone's cable is pulled, put back, and the
 * person asks again.
 */
enum { SKIPPED = 77, PATIENCE_MS = 10000, ATTEMPTS = 3 };

static const char config[] = "audio: {engine: pipewire, microphone: duet-mic, loudspeaker: duet-room}\n"
			     "assistants:\n"
			     "  - {id: cortana, name: Cortana, language: en-US, wake: [hey cortana],\n"
			     "     asr: {engine: sphinx}, tts: {engine: flite}}\n";

static const struct {
	const char *file, *words;
} parts[] = {{"call.wav", "hey cortana"}, {"question.wav", "what time is it"}};

struct evening {
	struct sound_daemon sound;
	pid_t room; /* the loudspeaker's cable */
	struct duet_speaker *speaker;
	atomic_int n_turns, n_understood;
	int n_answered; /* questions */
};

static void on_turn(void *user, const json_t *turn)
{
	struct evening *evening = user;
	const char *heard = json_string_value(json_object_get(turn, "heard"));

	if (heard && strcmp(heard, parts[1].words) == 0)
		atomic_fetch_add(&evening->n_understood, 1);
	atomic_fetch_add(&evening->n_turns, 1);
}

static void make_voice(void)
{
	char command[1000];

	for (size_t i = 0; i < 2; i++) {
		snprintf(command, sizeof(command), "espeak-ng -v en-us+f3 -s 150 -w '%s' '%s'",
			 sound_path(parts[i].file), parts[i].words);
		assert_int_equal(system(command), 0);
	}
}

static void ask(void)
{
	for (size_t i = 0; i < 2; i++) {
		const char *const words[] = {"pw-cat", "-p", "--target", "duet-in", sound_path(parts[i].file),
					     NULL};
		pid_t player = sound_spawn(words);

		waitpid(player, NULL, 0);
	}
}

/* Asks until the answer comes: on a machine that is busy with other things a cable can stutter. */
static bool is_answered(struct evening *evening)
{
	for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
		int n_turns = atomic_load(&evening->n_turns),
		    n_understood = atomic_load(&evening->n_understood);

		ask();
		for (int ms = 0; ms < PATIENCE_MS && atomic_load(&evening->n_turns) == n_turns; ms += 20)
			sound_wait_ms(20);
		sound_wait_ms(3000); /* the answer is spoken */
		if (atomic_load(&evening->n_understood) > n_understood)
			return true;
	}
	return false;
}

static void *person(void *user)
{
	struct evening *evening = user;

	sound_wait_ms(3000);
	evening->n_answered += is_answered(evening);
	sound_cable_pull(&evening->sound);
	sound_wait_ms(2500);
	sound_cable_start(&evening->sound);
	sound_wait_ms(4000);
	evening->n_answered += is_answered(evening);
	duet_speaker_quit(evening->speaker);
	return NULL;
}

static void test_an_evening_with_a_loose_cable(void **state)
{
	static const char *const room[] = {
		"pw-loopback",
		"--capture-props=media.class=Audio/Sink node.name=duet-room audio.position=[MONO]",
		"--playback-props=media.class=Audio/Source node.name=duet-room-mic audio.position=[MONO]",
		NULL};
	struct evening evening = {0};
	const struct duet_speaker_setup setup = {
		.config_path = sound_bytes_write("duet.yaml", config, strlen(config)),
		.state_dir = sound_path("state"),
		.record_path = sound_path("evening.wav"),
		.user = &evening,
		.on_turn = on_turn,
	};
	struct duet_error error;
	pthread_t thread;

	make_voice();
	sound_daemon_start(&evening.sound);
	evening.room = sound_spawn(room);
	if (duet_speaker_new(&evening.speaker, &setup, &error) < 0)
		fail_msg("%s", error.what);
	assert_int_equal(pthread_create(&thread, NULL, person, &evening), 0);
	assert_int_equal(duet_speaker_run(evening.speaker), 0);
	pthread_join(thread, NULL);
	duet_speaker_free(evening.speaker);
	sound_kill(&evening.room, SIGTERM);
	sound_daemon_kill(&evening.sound);
	assert_int_equal(evening.n_answered, 2);
}

static int tear_down(void **state)
{
	sound_folder_remove();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_an_evening_with_a_loose_cable)};

	if (!sound_daemon_possible())
		return SKIPPED;
	if (system("command -v espeak-ng >/dev/null") != 0 || system("command -v pw-cat >/dev/null") != 0) {
		printf("skipped: espeak-ng or pw-cat is not installed\n");
		return SKIPPED;
	}
	sound_daemon_folder();
	return cmocka_run_group_tests(tests, NULL, tear_down);
}
