/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bigrams.h"
#include "duet/tts_engine.h"
#include "lengths.h"
#include "listener.h"

/* What the second pass finds about words that flite says. */

extern const struct duet_tts_engine duet_tts_engine_flite;

enum { RATE_HZ = 16000, SOUND_MAX = 8 * RATE_HZ };

static struct sound {
	int16_t samples[SOUND_MAX];
	size_t n;
} sound;

static bool gather(void *user, const int16_t *samples, size_t n_samples)
{
	for (size_t i = 0; i < n_samples && sound.n < SOUND_MAX; i++)
		sound.samples[sound.n++] = samples[i];
	return false;
}

static void silence(void)
{
	for (size_t i = 0; i < RATE_HZ / 2 && sound.n < SOUND_MAX; i++)
		sound.samples[sound.n++] = (int16_t)(i % 3);
}

static void say(const char *text, double rate)
{
	const struct duet_tts_engine *flite = &duet_tts_engine_flite;
	struct duet_tts_setup setup = {.language = "en-US", .voice = "rms", .rate = rate};
	void *state = calloc(1, flite->engine.state_size);

	sound.n = 0;
	silence();
	assert_int_equal(flite->open(state, &setup, NULL), 0);
	assert_int_equal(flite->speak(state, text, gather, NULL), 0);
	flite->close(state);
	free(state);
	silence();
}

/* The evidence of the likeliest place. */
struct found {
	int n;
	float odds, evidence[DUET_EVIDENCE];
};

static void note(void *user, const struct duet_verdict *verdict)
{
	struct found *found = user;

	if (found->n++ > 0 && verdict->odds <= found->odds)
		return;
	found->odds = verdict->odds;
	memcpy(found->evidence, verdict->evidence, sizeof(found->evidence));
}

static struct found listen(const char *data_dir, const char *phones)
{
	struct duet_listener listener = {0};
	struct found found = {0};

	assert_int_equal(duet_listener_open(&listener, NULL, data_dir, 1, NULL), 0);
	assert_int_equal(duet_spotter_add(listener.spotter, 0, phones, NULL), 0);
	assert_int_equal(duet_listener_feed(&listener, sound.samples, sound.n, note, &found), 0);
	duet_listener_close(&listener);
	return found;
}

static float of(const struct found *found, const char *name)
{
	for (int i = 0; i < DUET_EVIDENCE; i++)
		if (strcmp(duet_evidence_names[i], name) == 0)
			return found->evidence[i];
	fail_msg("no evidence is called %s", name);
	return 0;
}

static const char *data_dir(void)
{
	static char path[512];

	snprintf(path, sizeof(path), "%s/data", getenv("DUET_SOURCE"));
	return path;
}

static void every_piece_has_a_name_of_its_own(void **state)
{
	for (int i = 0; i < DUET_EVIDENCE; i++)
		for (int k = 0; k < i; k++)
			assert_string_not_equal(duet_evidence_names[i], duet_evidence_names[k]);
}

static void phones_have_usual_lengths(void **state)
{
	assert_true(duet_length_usual("OY") > duet_length_usual("AH"));
	assert_true(duet_length_usual("S") > duet_length_usual("D"));
	assert_float_equal(duet_length_usual("nothing"), 2, 0.2);
}

static void words_are_made_of_phones_that_follow_each_other(void **state)
{
	static const char *const some[] = {"AA", "AH", "IY", "K", "N", "NG", "S", "SIL", "T", "ZH"};
	double sum = 0;

	for (size_t i = 0; i < sizeof(some) / sizeof(some[0]); i++)
		sum += exp(duet_bigram("S", some[i]));
	assert_true(sum < 1);
	assert_true(duet_bigram("S", "T") > duet_bigram("S", "ZH") + 2);
	assert_true(duet_bigram("IY", "NG") < duet_bigram("IH", "NG"));
	assert_float_equal(duet_bigram("S", "nothing"), -log(42), 1e-6);
}

/* "Commuter" takes a phone of "computer", and what it takes counts more where its own share is known. */
static void phones_of_another_word_are_taken(void **state)
{
	struct found said, other;

	say("okay computer", 1);
	said = listen(data_dir(), "OW K EY K AH M P Y UW T ER");
	say("okay commuter", 1);
	other = listen(data_dir(), "OW K EY K AH M P Y UW T ER");
	assert_true(said.n > 0 && other.n > 0);
	assert_true(of(&said, "mean share") > 0.3F && of(&said, "mean share") <= 1.001F);
	assert_true(of(&said, "least peak") <= 0 &&
		    of(&said, "least share") <= of(&said, "second least share"));
	assert_true(of(&other, "least peak") < of(&said, "least peak"));
	assert_true(of(&other, "branch") < of(&said, "branch"));
}

static void slow_speech_is_longer(void **state)
{
	struct found slow, fast;

	say("okay computer", 0.6);
	slow = listen(data_dir(), "OW K EY K AH M P Y UW T ER");
	say("okay computer", 1.5);
	fast = listen(data_dir(), "OW K EY K AH M P Y UW T ER");
	assert_true(slow.n > 0 && fast.n > 0);
	assert_true(of(&slow, "longer") > of(&fast, "longer") + 0.2F);
	assert_true(of(&slow, "noisy longer") > of(&fast, "noisy longer") + 0.2F);
	assert_true(of(&fast, "unlike in length") >= fabsf(of(&fast, "longer")) - 0.001F);
}

static void models_agree_on_what_was_said(void **state)
{
	struct found said, other;

	say("okay computer", 1);
	said = listen(data_dir(), "OW K EY K AH M P Y UW T ER");
	assert_true(said.n > 0);
	assert_true(of(&said, "same phones") > 0.6F && of(&said, "same phones") <= 1);
	say("the colour of the water is clear", 1);
	other = listen(data_dir(), "OW K EY K AH M P Y UW T ER");
	assert_true(other.n == 0 || (of(&other, "same phones") < of(&said, "same phones") &&
				     of(&other, "bounds apart") > of(&said, "bounds apart")));
	assert_true(other.n == 0 || other.odds < said.odds);
}

static void one_model_agrees_with_itself(void **state)
{
	struct found found;

	say("okay computer", 1);
	found = listen(NULL, "OW K EY K AH M P Y UW T ER");
	assert_true(found.n > 0);
	assert_float_equal(of(&found, "bounds apart"), 0, 1e-6);
	assert_float_equal(of(&found, "same phones"), 1, 1e-6);
	assert_float_equal(of(&found, "longer"), of(&found, "noisy longer"), 1e-6);
	assert_float_equal(of(&found, "branch"), of(&found, "noisy branch"), 1e-6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_piece_has_a_name_of_its_own),
		cmocka_unit_test(phones_have_usual_lengths),
		cmocka_unit_test(words_are_made_of_phones_that_follow_each_other),
		cmocka_unit_test(phones_of_another_word_are_taken),
		cmocka_unit_test(slow_speech_is_longer),
		cmocka_unit_test(models_agree_on_what_was_said),
		cmocka_unit_test(one_model_agrees_with_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
