/* SPDX-License-Identifier: Apache-2.0 */
#include "takes.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>

#include "base/alloc.h"
#include "temporary_file.h"
#include "torture.h"

enum { N_FRAMES = 60, ROOM_FRAMES = 40 };

static uint32_t chance;

static float any(void)
{
	chance = chance * 1664525 + 1013904223;
	return (float)(chance >> 8) / (1 << 23) - 1;
}

/* A phrase of five sounds that depend on the seed, each so many times as long as it might be, from a voice so
 * much louder; a room around it. */
static void say(struct duet_history *history, uint32_t seed, float slow, float loud)
{
	float sounds[5][DUET_CEPSTRA];

	chance = seed;
	for (int i = 0; i < 5; i++)
		for (int d = 0; d < DUET_CEPSTRA; d++)
			sounds[i][d] = 8 * any();
	duet_history_reset(history);
	for (int t = -ROOM_FRAMES; t < (int)(N_FRAMES * slow) + ROOM_FRAMES; t++) {
		float frame[DUET_CEPSTRA];
		int i = (int)((float)t / slow) * 5 / N_FRAMES;

		for (int d = 0; d < DUET_CEPSTRA; d++)
			frame[d] = any() + (t >= 0 && i < 5 ? sounds[i][d] : 0);
		frame[0] += loud;
		duet_history_push(history, frame, 1e5F);
	}
}

static void cut(struct duet_take *take, uint32_t seed, float slow, float loud, int slack)
{
	static struct duet_history history;

	say(&history, seed, slow, loud);
	duet_take_cut(take, &history, ROOM_FRAMES, ROOM_FRAMES + (int)(N_FRAMES * slow) - 1, slack);
}

static void the_same_words_are_near_however_slow_or_loud(void **state)
{
	static struct duet_take take, heard;

	cut(&take, 1, 1, 30, 0);
	assert_int_equal(take.n_frames, N_FRAMES);
	cut(&heard, 1, 1, 30, DUET_TAKE_SLACK);
	assert_int_equal(heard.n_frames, N_FRAMES + 2 * DUET_TAKE_SLACK);
	assert_true(duet_take_distance(&take, &heard) < 0.05F);
	cut(&heard, 1, 1.4F, 50, DUET_TAKE_SLACK);
	assert_true(duet_take_distance(&take, &heard) < 0.1F);
	for (uint32_t seed = 2; seed < 30; seed++) {
		cut(&heard, seed, 1, 30, DUET_TAKE_SLACK);
		assert_true(duet_take_distance(&take, &heard) > 0.4F);
	}
}

static void only_what_is_near_gains(void **state)
{
	float before = 100;

	for (int i = 0; i < 40; i++) {
		float gain = duet_takes_gain((float)i / 20);

		assert_true(gain >= 0 && gain <= before);
		before = gain;
	}
	assert_true(duet_takes_gain(0.1F) > 2);
	assert_float_equal(duet_takes_gain(0.5F), 0, 0);
}

static void the_nearest_take_counts(void **state)
{
	static struct duet_takes takes;
	static struct duet_take heard;

	cut(&heard, 7, 1, 30, DUET_TAKE_SLACK);
	takes.n = 0;
	assert_float_equal(duet_takes_distance(&takes, &heard), 2, 0);
	for (uint32_t seed = 5; seed < 8; seed++)
		cut(&takes.takes[takes.n++], seed, 1, 30, 0);
	assert_true(duet_takes_distance(&takes, &heard) < 0.05F);
	heard.n_frames = 0;
	assert_float_equal(duet_takes_distance(&takes, &heard), 2, 0);
}

static void what_is_printed_is_read(void **state)
{
	static struct duet_take take;
	static struct duet_takes takes;
	char text[DUET_TAKE_BYTES], lines[2 * DUET_TAKE_BYTES + 100];

	cut(&take, 3, 4, 30, 0); /* longer than there is room */
	assert_int_equal(take.n_frames, DUET_TAKE_FRAMES);
	duet_take_print(&take, text);
	assert_int_equal(strlen(text), DUET_TAKE_BYTES - 1);
	snprintf(lines, sizeof(lines), "hello\t%s\nhello\tHH AH L OW\nhell\t%s\nhello\t=OOOO\nhello\t=\n",
		 text, text);
	takes.n = 0;
	duet_takes_read(&takes, "hello", lines);
	assert_int_equal(takes.n, 1);
	assert_int_equal(takes.takes[0].n_frames, take.n_frames);
	assert_memory_equal(takes.takes[0].frames, take.frames, sizeof(take.frames));
	snprintf(lines, sizeof(lines), "hello\t=OOOOOOOOOOO~\nhello\t%sOOOOOOOOOOOO\n", text);
	duet_takes_read(&takes, "hello", lines);
	assert_int_equal(takes.n, 1);
}

static void no_more_than_there_is_room_for(void **state)
{
	static struct duet_takes takes;

	for (int i = 0; i < 2 * DUET_TAKES_MAX; i++)
		duet_takes_read(&takes, "a", "a\t=OOOOOOOOOOOO\n");
	assert_int_equal(takes.n, DUET_TAKES_MAX);
}

static int own(void *user)
{
	struct duet_takes *takes;
	int code = duet_takes_own(&takes, user, NULL);

	if (code == 0)
		assert_int_equal(takes->n, 1);
	duet_free(takes);
	return code;
}

static void those_of_a_model_are_found(void **state)
{
	struct temporary_file file = temporary_file("a\t=OOOOOOOOOOOO\nb\tB\n");
	struct duet_wake_phrase phrase = {.text = "a", .model = file.path};
	struct duet_takes *takes;

	duet_torture(own, &phrase);
	phrase.text = "b";
	assert_int_equal(duet_takes_own(&takes, &phrase, NULL), 0);
	assert_null(takes);
	unlink(file.path);
	assert_int_equal(duet_takes_own(&takes, &phrase, NULL), -ENOENT);
	phrase.model = NULL;
	assert_int_equal(duet_takes_own(&takes, &phrase, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same_words_are_near_however_slow_or_loud),
		cmocka_unit_test(only_what_is_near_gains),
		cmocka_unit_test(the_nearest_take_counts),
		cmocka_unit_test(what_is_printed_is_read),
		cmocka_unit_test(no_more_than_there_is_room_for),
		cmocka_unit_test(those_of_a_model_are_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
