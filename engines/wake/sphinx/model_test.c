/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine_options.h"

#include "../../sphinx/mixtures.h"
#include "base/alloc.h"
#include "base/file.h"
#include "history.h"
#include "lexicon/lexicon.h"
#include "sounds.h"
#include "torture.h"
#include "ways.h"

/* The acoustic model as wake words read it, against the same worked out plainly from the files. */

#define MODEL "/usr/share/pocketsphinx/model/en-us/en-us"

enum { N_DENSITIES = 128, HEAD = 40 }; /* bytes of text before the numbers of the packaged files */

static struct duet_sounds sounds;

static struct duet_slice map(const char *name)
{
	struct duet_slice bytes;
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", MODEL, name);
	assert_int_equal(duet_file_map(path, &bytes, NULL), 0);
	return bytes;
}

/* Number `i` behind the head, the order of bytes, six counts and the number of values. */
static double value(struct duet_slice bytes, size_t i)
{
	float number;

	memcpy(&number, bytes.ptr + HEAD + 4 * (1 + 6 + 1 + i), sizeof(number));
	return (double)number;
}

static double density(struct duet_slice means, struct duet_slice variances, int phone, int stream, int k,
		      const float *features)
{
	size_t at =
		(((size_t)phone * DUET_STREAMS + (size_t)stream) * N_DENSITIES + (size_t)k) * DUET_CEPSTRA;
	double sum = 0;

	for (size_t d = 0; d < DUET_CEPSTRA; d++) {
		double variance = fmax(value(variances, at + d), 1e-4),
		       distance = (double)features[(size_t)stream * DUET_CEPSTRA + d] - value(means, at + d);

		sum -= 0.5 * (log(2 * M_PI * variance) + distance * distance / variance);
	}
	return sum;
}

static double plainly(struct duet_slice means, struct duet_slice variances, struct duet_slice weights,
		      int state, const float *features)
{
	int n_states = duet_phones_n_states(sounds.phones),
	    phone = duet_phones_of_state(sounds.phones, state);
	const uint8_t *bytes = (const uint8_t *)weights.ptr + weights.len -
			       (size_t)DUET_STREAMS * N_DENSITIES * (size_t)n_states;
	double sum = 0;

	for (int s = 0; s < DUET_STREAMS; s++) {
		double logs[N_DENSITIES], likely = 0, most = -INFINITY;

		for (int k = 0; k < N_DENSITIES; k++)
			logs[k] = density(means, variances, phone, s, k, features);
		for (int n = 0; n < DUET_NEAREST; n++) {
			int best = 0;

			for (int k = 1; k < N_DENSITIES; k++)
				best = logs[k] > logs[best] ? k : best;
			most = n == 0 ? logs[best] : most;
			likely += pow(1.0001, -1024.0 * bytes[((size_t)s * N_DENSITIES + (size_t)best) *
								      (size_t)n_states +
							      (size_t)state]) *
				  exp(logs[best] - most);
			logs[best] = -INFINITY;
		}
		sum += most + log(likely + 1e-12);
	}
	return sum;
}

static int chance(int n)
{
	static uint32_t state = 1;

	state = state * 1664525 + 1013904223;
	return (int)(state >> 8) % n;
}

static void states_are_as_likely_as_the_files_say(void **state)
{
	struct duet_slice means = map("means"), variances = map("variances"), weights = map("sendump");
	static struct duet_nearest nearest;
	float features[DUET_FEATURES];

	for (int round = 0; round < 20; round++) {
		int one = chance(duet_phones_n_states(sounds.phones));

		for (int d = 0; d < DUET_FEATURES; d++)
			features[d] = (float)(chance(2000) - 1000) / 200 * (d < DUET_CEPSTRA ? 3 : 1);
		duet_mixtures_look(sounds.models[0], features, &nearest);
		assert_float_equal(duet_mixtures_state(sounds.models[0], &nearest, one),
				   plainly(means, variances, weights, one, features), 0.02);
	}
	duet_file_unmap(means);
	duet_file_unmap(variances);
	duet_file_unmap(weights);
}

static void a_way_goes_through_states_in_context(void **state)
{
	struct duet_way way;
	int n_same = 0;

	assert_int_equal(duet_way_read(&way, &sounds, "K AH M P Y UW T ER"), 0);
	assert_int_equal(way.n_phones, 8);
	assert_int_equal(way.n_states, 24);
	for (int i = 0; i < way.n_states; i++) {
		assert_int_equal(duet_phones_of_state(sounds.phones, way.states[i]), way.phones[i / 3]);
		n_same += way.states[i] == sounds.states[way.phones[i / 3]][i % 3];
	}
	assert_true(n_same < way.n_states / 2);
	assert_int_equal(duet_way_read(&way, &sounds, "K XX M"), -EINVAL);
	assert_int_equal(duet_way_read(&way, &sounds, "K SIL M"), -EINVAL);
	assert_int_equal(duet_way_read(&way, &sounds, " "), -EINVAL);
}

static bool has(const struct duet_ways *ways, const char *phones)
{
	for (int i = 0; i < ways->n; i++)
		if (strcmp(ways->phones[i], phones) == 0)
			return true;
	return false;
}

static struct duet_ways ways_of(const char *text)
{
	const struct duet_lexicon_setup setup = {.language = "en-US", .data_dir = "/nowhere"};
	struct duet_wake_phrase phrase = {.text = text, .language = "en-US"};
	struct duet_lexicon *lexicon;
	struct duet_ways ways;

	assert_int_equal(duet_lexicon_new(&lexicon, &setup, NULL), 0);
	phrase.lexicon = lexicon;
	assert_int_equal(duet_ways_of(&ways, "/nowhere", &phrase, NULL), 0);
	duet_lexicon_free(lexicon);
	return ways;
}

static void people_say_things_in_several_ways(void **state)
{
	struct duet_ways ways = ways_of("computer");

	assert_string_equal(ways.phones[0], "K AH M P Y UW T ER");
	assert_true(has(&ways, "K AH M P Y UW T AH"));
	ways = ways_of("smart mirror");
	assert_true(has(&ways, "S M AA R T M IH R ER"));
	assert_true(has(&ways, "S M AA R T M IH ER"));
	assert_true(has(&ways, "S M AA R M IH R ER"));
	assert_true(ways.n <= DUET_WAYS_MAX);
}

static void lines_of_other_phrases_are_passed_over(void **state)
{
	struct duet_ways ways = {0};

	duet_ways_read(&ways, "hello",
		       "# hello\tX\nhell\tHH EH L\nhello\tHH AH L OW\nhello\thello\n\nhello\t");
	assert_int_equal(ways.n, 2);
	assert_string_equal(ways.phones[0], "HH AH L OW");
}

static void what_stands_out_is_voiced(void **state)
{
	static struct duet_history history;
	float quiet[DUET_CEPSTRA] = {10}, loud[DUET_CEPSTRA] = {40, 5}, mean[DUET_CEPSTRA];

	duet_history_reset(&history);
	for (int i = 0; i < 600; i++)
		duet_history_push(&history, quiet, 1e2F);
	assert_int_equal(duet_history_first(&history), 600 - DUET_HISTORY_FRAMES);
	assert_false(duet_history_voiced(&history, 500, 100));
	for (int i = 0; i < 100; i++)
		duet_history_push(&history, loud, 1e5F);
	assert_true(duet_history_voiced(&history, 605, 1));
	assert_float_equal(duet_history_loudness(&history, 620, 680), 30, 0.01);
	assert_float_equal(duet_history_rise(&history, 605, 680), 30, 0.1);
	assert_float_equal(duet_history_rise(&history, 670, 690), 0, 0.1);
	duet_history_mean(&history, 620, 680, mean);
	assert_true(mean[0] > 38 && mean[0] < 41.5f);
	for (int i = 0; i < 40; i++)
		duet_history_push(&history, quiet, 1e2F);
	assert_false(duet_history_voiced(&history, 735, 4));
}

/* A gate or a file's conversion leaves levels of next to nothing that rise and fall. */
static void what_rounding_left_of_silence_is_nobody(void **state)
{
	static struct duet_history history;

	duet_history_reset(&history);
	for (int t = 0; t < 400; t++) {
		float frame[DUET_CEPSTRA] = {t / 10 % 2 ? -20 : -60, 1, -1};

		duet_history_push(&history, frame, t / 10 % 2 ? 12 : 0.5F);
	}
	assert_false(duet_history_voiced(&history, 100, 300));
	assert_memory_equal(duet_history_running_mean(&history, 200),
			    duet_history_running_mean(&history, 399), DUET_CEPSTRA * sizeof(float));
}

static int open_and_close(void *user)
{
	struct duet_sounds one;
	int code = duet_sounds_open(&one, NULL, NULL, NULL);

	duet_sounds_close(&one);
	return code;
}

static void survives_failing_memory(void **state)
{
	duet_torture(open_and_close, NULL);
}

static void a_missing_or_broken_model_is_told(void **state)
{
	struct duet_error error = {0};
	struct duet_sounds one;

	assert_int_equal(duet_sounds_open(&one, "/nowhere", NULL, &error), -ENOENT);
	assert_non_null(strstr(error.hint, "pocketsphinx-en-us"));
}

static int set_up(void **state)
{
	return duet_sounds_open(&sounds, NULL, NULL, NULL);
}

static int tear_down(void **state)
{
	duet_sounds_close(&sounds);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(states_are_as_likely_as_the_files_say),
		cmocka_unit_test(a_way_goes_through_states_in_context),
		cmocka_unit_test(people_say_things_in_several_ways),
		cmocka_unit_test(lines_of_other_phrases_are_passed_over),
		cmocka_unit_test(what_stands_out_is_voiced),
		cmocka_unit_test(what_rounding_left_of_silence_is_nobody),
		cmocka_unit_test(survives_failing_memory),
		cmocka_unit_test(a_missing_or_broken_model_is_told),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
