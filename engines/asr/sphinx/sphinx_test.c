/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <malloc.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "duet/asr_engine.h"
#include "duet/tts_engine.h"
#include "grammar/wordnet.h"
#include "lexicon/lexicon.h"

#define MODEL "/usr/share/pocketsphinx/model/en-us/en-us"

extern const struct duet_asr_engine duet_asr_engine_sphinx;

static const struct duet_asr_engine *const sphinx = &duet_asr_engine_sphinx;
static struct duet_lexicon *lexicon;

/* turn (on|off) the (light|radio); open the door */
static const char *const command_words[] = {"turn", "on", "off", "the", "light", "radio", "open", "door"};
static const uint32_t command_first[] = {0, 2, 4, 5, 7, 8, 9, 9};
static const struct duet_wordnet_arc command_arcs[] = {{0, 1}, {6, 4}, {1, 2}, {2, 2}, {3, 3},
						       {4, 6}, {5, 6}, {3, 5}, {7, 6}};
static const uint8_t command_final[] = {0, 0, 0, 0, 0, 0, 1};
static const struct duet_wordnet commands = {command_words, 8, command_first, command_arcs, 7, 9,
					     command_final};

/* yes, or yes please */
static const char *const answer_words[] = {"yes", "please"};
static const uint32_t answer_first[] = {0, 1, 2, 2};
static const struct duet_wordnet_arc answer_arcs[] = {{0, 1}, {1, 2}};
static const uint8_t answer_final[] = {0, 1, 1};
static const struct duet_wordnet answers = {answer_words, 2, answer_first, answer_arcs, 3, 2, answer_final};

static int n_taken;

static const struct duet_wordnet *take_part(void *user, size_t part)
{
	n_taken += part == 1;
	return part == 1 ? &answers : NULL;
}

static void give_back(void *user, const struct duet_wordnet *net)
{
	assert_ptr_equal(net, &answers);
	n_taken--;
}

struct sound {
	int16_t samples[6 * 16000];
	size_t n;
};

static bool add(void *user, const int16_t *samples, size_t n_samples)
{
	struct sound *sound = user;

	if (n_samples > sizeof(sound->samples) / sizeof(*samples) - sound->n)
		return true;
	memcpy(sound->samples + sound->n, samples, n_samples * sizeof(*samples));
	sound->n += n_samples;
	return false;
}

static void add_silence(struct sound *sound, size_t n)
{
	memset(sound->samples + sound->n, 0, n * sizeof(*sound->samples));
	sound->n += n;
}

static void say(struct sound *sound, const char *text)
{
	extern const struct duet_tts_engine duet_tts_engine_flite;
	const struct duet_tts_engine *flite = &duet_tts_engine_flite;
	struct duet_tts_setup setup = {.language = "en-US", .voice = "slt", .rate = 1};
	void *state = calloc(1, flite->engine.state_size);

	assert_int_equal(flite->open(state, &setup, NULL), 0);
	sound->n = 0;
	add_silence(sound, 4800);
	assert_int_equal(flite->speak(state, text, add, sound), 0);
	add_silence(sound, 8000);
	flite->close(state);
	free(state);
}

static void *open_engine(const char *const *model)
{
	struct duet_asr_setup setup = {.options = model,
				       .language = "en-US",
				       .lexicon = lexicon,
				       .commands = &commands,
				       .take_part = take_part,
				       .give_back = give_back};
	void *state = calloc(1, sphinx->engine.state_size);
	struct duet_error error = {0};

	if (sphinx->open(state, &setup, &error) < 0)
		fail_msg("%s (%s)", error.what, error.hint);
	return state;
}

static void close_engine(void *state)
{
	sphinx->close(state);
	free(state);
}

/* As the ear does: in frames. */
static void feed(void *engine, const struct sound *sound)
{
	for (size_t at = 0; at + 160 <= sound->n; at += 160)
		assert_int_equal(sphinx->feed(engine, sound->samples + at, 160), 0);
}

static void hears(void *engine, size_t part, const char *spoken, const char *heard)
{
	static struct sound sound;
	struct duet_asr_result result;

	say(&sound, spoken);
	assert_int_equal(sphinx->begin(engine, part, 0), 0);
	feed(engine, &sound);
	assert_int_equal(sphinx->finish(engine, &result), 0);
	assert_string_equal(result.text, heard);
	assert_false(result.refused);
	assert_true(result.confidence > 0.5f);
}

static void refuses_what_is_no_sentence(void **state)
{
	static const char *const spoken[] = {
		"my brother bought seven yellow umbrellas",
		"yesterday it rained all over the country",
		"please",
	};
	static struct sound sound;
	void *engine = open_engine(NULL);
	struct duet_asr_result result;

	for (size_t i = 0; i < sizeof(spoken) / sizeof(spoken[0]); i++) {
		say(&sound, spoken[i]);
		assert_int_equal(sphinx->begin(engine, 0, 0), 0);
		feed(engine, &sound);
		assert_int_equal(sphinx->finish(engine, &result), 0);
		assert_true(result.refused || !result.text[0]);
	}
	close_engine(engine);
}

static void hears_sentences_of_the_part(void **state)
{
	void *engine = open_engine(NULL);

	hears(engine, 0, "turn on the radio", "turn on the radio");
	hears(engine, 0, "open the door", "open the door");
	hears(engine, 1, "yes please", "yes please");
	assert_int_equal(n_taken, 1);
	hears(engine, 0, "turn off the light", "turn off the light");
	assert_int_equal(n_taken, 0);
	hears(engine, 1, "yes", "yes");
	close_engine(engine);
	assert_int_equal(n_taken, 0);
}

static float confidence_in(void *engine, const struct sound *sound)
{
	struct duet_asr_result result;

	assert_int_equal(sphinx->begin(engine, 0, 0), 0);
	feed(engine, sound);
	assert_int_equal(sphinx->finish(engine, &result), 0);
	assert_string_equal(result.text, "open the door");
	return result.confidence;
}

static void what_was_heard_before_does_not_matter(void **state)
{
	static struct sound sound, other;
	void *engine = open_engine(NULL);
	float first;

	say(&sound, "open the door");
	say(&other, "turn on the radio");
	for (size_t i = 1; i < other.n; i++) /* duller */
		other.samples[i] = (int16_t)((other.samples[i - 1] * 9 + other.samples[i]) / 10);
	first = confidence_in(engine, &sound);
	assert_int_equal(sphinx->begin(engine, 0, 0), 0);
	feed(engine, &other);
	sphinx->cancel(engine);
	assert_float_equal(confidence_in(engine, &sound), first, 1e-6);
	close_engine(engine);
}

/* The end of the tone that told to speak, still in the room. */
static void skips_a_cue(void **state)
{
	static struct sound sound;
	void *engine = open_engine(NULL);

	say(&sound, "open the door");
	memmove(sound.samples + 4800, sound.samples, (sound.n - 4800) * sizeof(*sound.samples));
	for (size_t i = 0; i < 4800; i++)
		sound.samples[i] = (int16_t)(9000 * exp(-(double)i / 1200) * sin((double)i * 0.35));
	assert_true(confidence_in(engine, &sound) > 0.5f);
	close_engine(engine);
}

static void says_when_a_sentence_could_be_complete(void **state)
{
	static struct sound sound;
	void *engine = open_engine(NULL);
	struct duet_asr_partial partial;

	say(&sound, "turn on the light");
	assert_int_equal(sphinx->begin(engine, 0, 0), 0);
	assert_int_equal(sphinx->partial(engine, &partial), 0);
	assert_false(partial.complete);
	feed(engine, &sound);
	assert_int_equal(sphinx->partial(engine, &partial), 0);
	assert_string_equal(partial.text, "turn on the light");
	assert_true(partial.complete);
	sphinx->cancel(engine);

	say(&sound, "turn on the");
	assert_int_equal(sphinx->begin(engine, 0, 0), 0);
	feed(engine, &sound);
	assert_int_equal(sphinx->partial(engine, &partial), 0);
	assert_false(partial.complete);
	close_engine(engine);
}

/* Silence before the endpoint: what was said is understood in it. */
static void understands_in_the_pause(void **state)
{
	static struct sound sound;
	void *engine = open_engine(NULL);
	struct duet_asr_result result;
	struct duet_asr_partial partial;

	say(&sound, "turn on the light");
	assert_int_equal(sphinx->begin(engine, 0, 0), 0);
	feed(engine, &sound);
	assert_int_equal(sphinx->pause(engine, true), 0);
	sound.n = 0;
	add_silence(&sound, 8000);
	feed(engine, &sound);
	assert_int_equal(sphinx->partial(engine, &partial), 0);
	assert_true(partial.complete);
	assert_int_equal(sphinx->finish(engine, &result), 0);
	assert_string_equal(result.text, "turn on the light");
	assert_false(result.refused);
	close_engine(engine);
}

static void a_pause_may_be_none(void **state)
{
	static struct sound sound;
	void *engine = open_engine(NULL);
	struct duet_asr_result result;
	size_t half;

	say(&sound, "turn off the radio");
	half = sound.n / 2 / 160 * 160;
	assert_int_equal(sphinx->begin(engine, 0, 0), 0);
	for (size_t at = 0; at < half; at += 160)
		assert_int_equal(sphinx->feed(engine, sound.samples + at, 160), 0);
	assert_int_equal(sphinx->pause(engine, true), 0);
	assert_int_equal(sphinx->pause(engine, false), 0);
	for (size_t at = half; at + 160 <= sound.n; at += 160)
		assert_int_equal(sphinx->feed(engine, sound.samples + at, 160), 0);
	assert_int_equal(sphinx->finish(engine, &result), 0);
	assert_string_equal(result.text, "turn off the radio");
	close_engine(engine);
}

static size_t taken_bytes(void)
{
	struct mallinfo2 info = mallinfo2();

	return info.uordblks + info.hblkhd;
}

static void gives_back_what_listening_took(void **state)
{
	static struct sound sound;
	void *engine = open_engine(NULL);
	size_t before = taken_bytes();

	if (before == 0) { /* a sanitizer's allocator does not count */
		close_engine(engine);
		skip();
		return;
	}
	say(&sound, "open the door");
	for (int i = 0; i < 3; i++) {
		struct duet_asr_result result;
		size_t listening;

		assert_int_equal(sphinx->begin(engine, 0, 0), 0);
		feed(engine, &sound);
		assert_int_equal(sphinx->finish(engine, &result), 0);
		listening = taken_bytes();
		sphinx->cancel(engine);
		assert_true(taken_bytes() + (1 << 20) < listening);
	}
	assert_true(taken_bytes() < before + (64 << 10));
	close_engine(engine);
}

static void nothing_said_is_no_error(void **state)
{
	static struct sound sound;
	void *engine = open_engine(NULL);
	struct duet_asr_result result;

	assert_int_equal(sphinx->begin(engine, 0, 0), 0);
	assert_int_equal(sphinx->finish(engine, &result), 0);
	assert_string_equal(result.text, "");
	assert_false(result.refused);
	sound.n = 0;
	add_silence(&sound, 2 * 16000);
	assert_int_equal(sphinx->begin(engine, 0, 0), 0);
	feed(engine, &sound);
	assert_int_equal(sphinx->finish(engine, &result), 0);
	assert_string_equal(result.text, "");
	assert_false(result.refused);
	close_engine(engine);
}

static void refuses_calls_out_of_order(void **state)
{
	void *engine = open_engine(NULL);
	struct duet_asr_result result;
	struct duet_asr_partial partial;
	int16_t sample = 0;

	assert_int_equal(sphinx->feed(engine, &sample, 1), -EINVAL);
	assert_int_equal(sphinx->partial(engine, &partial), -EINVAL);
	assert_int_equal(sphinx->finish(engine, &result), -EINVAL);
	assert_int_equal(sphinx->begin(engine, 2, 0), -EINVAL);
	sphinx->cancel(engine);
	close_engine(engine);
}

static void a_missing_model_names_the_package(void **state)
{
	const char *model = "/nowhere";
	struct duet_asr_setup setup = {
		.options = &model, .language = "en-US", .lexicon = lexicon, .commands = &commands};
	void *engine = calloc(1, sphinx->engine.state_size);
	struct duet_error error = {0};

	assert_int_equal(sphinx->open(engine, &setup, &error), -ENOENT);
	assert_non_null(strstr(error.hint, "pocketsphinx-en-us"));
	free(engine);
}

/* A folder like the model's in which one file is cut to `size` bytes. */
static void make_broken(const char *folder, const char *name, long size)
{
	static const char *const names[] = {"mdef",        "means",   "variances", "transition_matrices",
					    "feat.params", "sendump", "noisedict"};
	char command[512];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(names[i], name) == 0)
			snprintf(command, sizeof(command), "head -c %ld " MODEL "/%s > %s/%s", size, name,
				 folder, name);
		else
			snprintf(command, sizeof(command), "ln -s " MODEL "/%s %s", names[i], folder);
		assert_int_equal(system(command), 0);
	}
}

static void a_broken_model_is_an_error(void **state)
{
	static const struct {
		const char *name;
		long size;
	} rows[] = {{"means", 0},   {"means", 1000},  {"variances", 400000}, {"mdef", 0},
		    {"mdef", 5000}, {"sendump", 100}, {"sendump", 1000000},  {"transition_matrices", 100}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char folder[] = "/tmp/duet-sphinx-XXXXXX", command[64];
		const char *model = mkdtemp(folder);
		struct duet_asr_setup setup = {
			.options = &model, .language = "en-US", .lexicon = lexicon, .commands = &commands};
		void *engine = calloc(1, sphinx->engine.state_size);
		struct duet_error error = {0};

		assert_non_null(model);
		make_broken(folder, rows[i].name, rows[i].size);
		assert_int_equal(sphinx->open(engine, &setup, &error), -EINVAL);
		assert_true(error.what[0]);
		free(engine);
		snprintf(command, sizeof(command), "rm -r %s", folder);
		assert_int_equal(system(command), 0);
	}
}

static int open_lexicon(void **state)
{
	struct duet_lexicon_setup setup = {.language = "en-US"};

	return duet_lexicon_new(&lexicon, &setup, NULL);
}

static int close_lexicon(void **state)
{
	duet_lexicon_free(lexicon);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hears_sentences_of_the_part),
		cmocka_unit_test(refuses_what_is_no_sentence),
		cmocka_unit_test(what_was_heard_before_does_not_matter),
		cmocka_unit_test(skips_a_cue),
		cmocka_unit_test(says_when_a_sentence_could_be_complete),
		cmocka_unit_test(understands_in_the_pause),
		cmocka_unit_test(a_pause_may_be_none),
		cmocka_unit_test(gives_back_what_listening_took),
		cmocka_unit_test(nothing_said_is_no_error),
		cmocka_unit_test(refuses_calls_out_of_order),
		cmocka_unit_test(a_missing_model_names_the_package),
		cmocka_unit_test(a_broken_model_is_an_error),
	};

	if (access(MODEL "/mdef", R_OK) < 0) {
		fprintf(stderr, "skipped: the package pocketsphinx-en-us is not installed\n");
		return 77;
	}
	return cmocka_run_group_tests(tests, open_lexicon, close_lexicon);
}
