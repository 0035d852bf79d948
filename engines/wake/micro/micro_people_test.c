/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "audio/sound.h"
#include "duet/wake_engine.h"
#include "engine_options.h"

enum { SKIPPED = 77, STEP = 160, PAD_STEPS = 100 };

/* A model as it is in use, and people who say its word or another one. */
static const char *shared_path(const char *name)
{
	static char path[512];
	const char *shared = getenv("DUET_SHARED");

	snprintf(path, sizeof(path), "%s/%s", shared ? shared : "", name);
	return path;
}

struct listener {
	const struct duet_wake_engine *engine;
	struct duet_arena *arena;
	void *state;
};

static void open_listener(struct listener *listener)
{
	const struct duet_wake_phrase phrase = {
		.text = "alexa", .sensitivity = 0.5, .model = shared_path("models/microwakeword/alexa.json")};
	struct duet_wake_setup setup = {.phrases = &phrase, .n_phrases = 1};

	*listener = (struct listener){.engine = (const void *)duet_engine_find("wake", "micro"),
				      .arena = duet_arena_new(1 << 16)};
	listener->state = calloc(1, listener->engine->engine.state_size);
	setup.options = engine_options(&listener->engine->engine, listener->arena, NULL);
	assert_int_equal(listener->engine->open(listener->state, &setup, NULL), 0);
}

static void close_listener(struct listener *listener)
{
	listener->engine->close(listener->state);
	free(listener->state);
	duet_arena_free(listener->arena);
}

/* Is it heard, with a second of silence on either side? */
static bool hears(const struct listener *listener, const char *path)
{
	static const int16_t silence[STEP];
	struct duet_wake_detection detection;
	struct duet_sound sound;
	int n = 0;

	assert_int_equal(duet_sound_load(&sound, path, NULL), 0);
	listener->engine->reset(listener->state);
	for (int i = 0; i < PAD_STEPS; i++)
		n += listener->engine->feed(listener->state, silence, STEP, &detection);
	n += listener->engine->feed(listener->state, sound.samples, sound.n_samples, &detection);
	for (int i = 0; i < PAD_STEPS; i++)
		n += listener->engine->feed(listener->state, silence, STEP, &detection);
	duet_sound_done(&sound);
	return n > 0;
}

static double share_heard(const char *folder)
{
	char path[1024], dir[512];
	struct listener listener;
	struct dirent *entry;
	int n = 0, n_heard = 0;
	DIR *files;

	snprintf(dir, sizeof(dir), "%s", shared_path(folder));
	files = opendir(dir);
	assert_non_null(files);
	open_listener(&listener);
	while ((entry = readdir(files))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", dir, entry->d_name);
		n++;
		n_heard += hears(&listener, path);
	}
	closedir(files);
	close_listener(&listener);
	assert_true(n > 50);
	return (double)n_heard / n;
}

static void people_are_heard(void **state)
{
	assert_true(share_heard("data/speech/wake/alexa") >= 0.93);
}

static void other_words_are_not(void **state)
{
	assert_true(share_heard("data/speech/wake/jarvis") == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(people_are_heard),
		cmocka_unit_test(other_words_are_not),
	};

	if (access(shared_path("models/microwakeword/alexa.json"), R_OK) != 0 ||
	    access(shared_path("data/speech/wake/alexa"), R_OK) != 0) {
		print_message("skipped: %s is not there\n", shared_path("data/speech/wake"));
		return SKIPPED;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
