/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `duet bench speech` on sound as it lies about: of every width and rate, clipped, shifted, with numbers that
 * are none, cut short, empty. What it prints is read by programs.
 */
#include "audio/sound.h"
#include "report.h"
#include "sound_files.h"
#include "temporary_file.h"

#define ORDER "turn on the kitchen light"

static const char *build;

static const char sentences[] = "language: en-US\n"
				"intents:\n"
				"  On: {data: [{sentences: [\"turn on the kitchen light\"]}]}\n"
				"  Off: {data: [{sentences: [\"turn off the kitchen light\"]}]}\n"
				"  Door: {data: [{sentences: [\"open the garage door\"]}]}\n";

/* The order as a voice says it, and the same in files of all kinds. */
static struct duet_sound said;

static int run(json_t **report, const char *arguments)
{
	struct temporary_file file = temporary_file(sentences);
	char command[2048];
	int status;

	snprintf(command, sizeof(command), "%s/duet bench speech --json --sentences %s %s", build, file.path,
		 arguments);
	status = report_of(report, command);
	unlink(file.path);
	return status;
}

static json_t *bench(const char *options)
{
	char arguments[1024];
	json_t *report;

	snprintf(arguments, sizeof(arguments), "--audio %s/said %s", sound_folder(), options);
	assert_int_equal(run(&report, arguments), 0);
	assert_non_null(report);
	return report;
}

struct kind {
	const char *name;
	int format, n_channels;
	float gain, dc;
	size_t nan_every; /* 0: never */
};

static void write_said(const struct kind *kind)
{
	SF_INFO info = {.samplerate = 16000, .channels = kind->n_channels, .format = kind->format};
	SNDFILE *file = sf_open(sound_path(kind->name), SFM_WRITE, &info);

	assert_non_null(file);
	sf_command(file, SFC_SET_CLIPPING, NULL, SF_TRUE);
	for (size_t i = 0; i < said.n_samples; i++) {
		float value = said.samples[i] / 32768.0F * kind->gain + kind->dc, frame[] = {value, value};

		if (kind->nan_every && i % kind->nan_every == 0)
			frame[0] = NAN;
		assert_int_equal(sf_writef_float(file, frame, 1), 1);
	}
	sf_close(file);
}

/* The first bytes of a file. */
static void cut(const char *from, const char *to, double share)
{
	char *bytes = malloc(1 << 20);
	FILE *file = fopen(sound_path(from), "rb");
	size_t n;

	assert_non_null(bytes);
	assert_non_null(file);
	n = fread(bytes, 1, 1 << 20, file);
	fclose(file);
	sound_bytes_write(to, bytes, (size_t)((double)n * share));
	free(bytes);
}

static const struct kind kinds[] = {
	{"said/" ORDER ".wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16, 1, 1, 0, 0},
	{"said/Turn On the Kitchen Light.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_U8, 1, 1, 0, 0},
	{"said/turn on the Kitchen light.flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_24, 2, 0.5F, 0, 0},
	{"said/turn on The kitchen light.wav", SF_FORMAT_WAV | SF_FORMAT_FLOAT, 1, 1, 0, 1000},
	{"said/turn On the kitchen light.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16, 1, 6, 0, 0},
	{"said/Turn on the kitchen light.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16, 1, 0.5F, 0.3F, 0},
};

enum { N_KINDS = sizeof(kinds) / sizeof(kinds[0]) };

static int speak(void **state)
{
	char command[1024];
	struct duet_error error;

	assert_int_equal(mkdir(sound_path("said"), 0700), 0);
	assert_int_equal(mkdir(sound_path("broken"), 0700), 0);
	snprintf(command, sizeof(command), "%s/duet say -a cortana -o %s '%s'", build,
		 sound_path("voice.wav"), ORDER);
	assert_int_equal(system(command), 0);
	assert_int_equal(duet_sound_load(&said, sound_path("voice.wav"), &error), 0);
	for (size_t i = 0; i < N_KINDS; i++)
		write_said(&kinds[i]);
	cut(kinds[0].name, "broken/turn on the kitchen light.wav", 0.97);
	cut(kinds[0].name, "broken/turn off the kitchen light.wav", 0.001);
	cut(kinds[0].name, "broken/open the garage door.wav", 0);
	cut(kinds[0].name, "broken/oov_1.wav", 0.0005);
	return 0;
}

static int remove_files(void **state)
{
	duet_sound_done(&said);
	sound_folder_remove();
	return 0;
}

static const json_t *condition(const json_t *report, size_t i)
{
	const json_t *found = json_array_get(json_object_get(report, "conditions"), i);

	assert_non_null(found);
	return found;
}

static void every_kind_of_sound_is_heard(void **state)
{
	json_t *report = bench("--jobs 1");

	assert_int_equal(json_object_size(report), 6);
	assert_int_equal(json_array_size(json_object_get(report, "conditions")), 1);
	assert_true(json_is_null(json_object_get(condition(report, 0), "snr")));
	assert_int_equal(report_whole(condition(report, 0), "n"), N_KINDS);
	assert_int_equal(report_whole(condition(report, 0), "accepted"), N_KINDS);
	assert_true(json_number_value(json_object_get(condition(report, 0), "acceptance")) == 1);
	assert_true(json_is_null(json_object_get(report, "mean_acceptance")));
	assert_int_equal(report_whole(report, "rejected"), 0);
	assert_int_equal(report_whole(report, "reject_n"), 0);
	assert_true(json_number_value(json_object_get(report, "cpu_xrt")) > 0);
	assert_true(report_whole(report, "peak_rss_kb") > 0);
	json_decref(report);
}

/* Silence and files that break off right away count as wrong; the others are heard all the same. */
static void broken_files_count_as_wrong(void **state)
{
	char arguments[512];
	json_t *report;

	snprintf(arguments, sizeof(arguments), "--audio %s/broken 2>/dev/null", sound_folder());
	assert_int_equal(run(&report, arguments), 0);
	assert_int_equal(report_whole(condition(report, 0), "n"), 3);
	assert_int_equal(report_whole(condition(report, 0), "accepted"), 1);
	assert_int_equal(report_whole(report, "reject_n"), 1);
	assert_int_equal(report_whole(report, "rejected"), 0);
	json_decref(report);
}

/* A report without what differs from run to run. */
static char *dump(const char *options)
{
	json_t *report = bench(options);
	char *text;

	json_object_del(report, "cpu_xrt");
	json_object_del(report, "peak_rss_kb");
	text = json_dumps(report, JSON_SORT_KEYS);
	json_decref(report);
	return text;
}

static void the_same_seed_gives_the_same_figures(void **state)
{
	char options[512];
	char *one, *two;

	snprintf(options, sizeof(options), "--noise %s --snr 3,-6 --seed 5 --jobs 1",
		 sound_file_write(&(struct sound_file){"tone.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16, 16000, 1,
						       437, 8, 0.4, 0}));
	one = dump(options);
	options[strlen(options) - 1] = '3';
	two = dump(options);
	assert_string_equal(one, two);
	assert_non_null(strstr(one, "\"snr\": -6.0"));
	assert_null(strstr(one, "\"mean_acceptance\": null"));
	free(one);
	free(two);
}

static void the_language_ignores_case(void **state)
{
	json_t *report = bench("--language EN-us --only-known");

	assert_int_equal(report_whole(condition(report, 0), "accepted"), N_KINDS);
	json_decref(report);
}

static void what_must_be_refused_is_counted_apart(void **state)
{
	char options[512];
	json_t *report;

	snprintf(options, sizeof(options), "--reject %s/said", sound_folder());
	report = bench(options);
	assert_int_equal(report_whole(condition(report, 0), "n"), N_KINDS);
	assert_int_equal(report_whole(report, "reject_n"), N_KINDS);
	assert_int_equal(report_whole(report, "rejected"), 0); /* they are sentences, after all */
	json_decref(report);
}

static void nonsense_is_a_usage_error(void **state)
{
	json_t *report;
	char arguments[512];

	snprintf(arguments, sizeof(arguments), "--audio %s/said --noise x.wav --snr 6,nan 2>/dev/null",
		 sound_folder());
	assert_int_equal(run(&report, arguments), 2);
	assert_null(report);
	assert_int_equal(run(&report, "2>/dev/null"), 2);
	snprintf(arguments, sizeof(arguments), "--audio %s/nowhere 2>/dev/null", sound_folder());
	assert_int_equal(run(&report, arguments), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind_of_sound_is_heard),
		cmocka_unit_test(broken_files_count_as_wrong),
		cmocka_unit_test(the_same_seed_gives_the_same_figures),
		cmocka_unit_test(the_language_ignores_case),
		cmocka_unit_test(what_must_be_refused_is_counted_apart),
		cmocka_unit_test(nonsense_is_a_usage_error),
	};

	build = getenv("DUET_BUILD");
	if (!build)
		return 77;
	return cmocka_run_group_tests(tests, speak, remove_files);
}
