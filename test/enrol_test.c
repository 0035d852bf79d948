/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `duet wake add` on recordings as people make them: some are no use, and it says why; what was learnt is
 * kept, beside what was before, and forgotten when that is asked for.
 */
#include "audio/sound.h"
#include "report.h"
#include "sound_files.h"

#define PHRASE "smart mirror"

static const char *build;

/* A voice in a file, so much louder or cut to a share of it. */
static void speak(const char *name, const char *text, float gain, double share)
{
	SF_INFO info = {.samplerate = 16000, .channels = 1, .format = SF_FORMAT_WAV | SF_FORMAT_PCM_16};
	struct duet_sound sound;
	char command[1024];
	SNDFILE *file;

	snprintf(command, sizeof(command), "%s/duet say -a cortana -o %s '%s'", build,
		 sound_path("voice.wav"), text);
	assert_int_equal(system(command), 0);
	assert_int_equal(duet_sound_load(&sound, sound_path("voice.wav"), NULL), 0);
	file = sf_open(sound_path(name), SFM_WRITE, &info);
	assert_non_null(file);
	sf_command(file, SFC_SET_CLIPPING, NULL, SF_TRUE);
	for (size_t i = 0; i < (size_t)((double)sound.n_samples * share); i++) {
		float sample = sound.samples[i] / 32768.0F * gain;

		assert_int_equal(sf_writef_float(file, &sample, 1), 1);
	}
	sf_close(file);
	duet_sound_done(&sound);
}

/* Files by their names in the folder, one space between. */
static int add(json_t **report, const char *files)
{
	char command[4096];

	snprintf(command, sizeof(command),
		 "cd %s && %s/duet wake add --json --state %s/state cortana '" PHRASE "' %s 2>/dev/null",
		 sound_folder(), build, sound_folder(), files);
	return report_of(report, command);
}

static const char *flaw(const json_t *report, size_t i)
{
	const json_t *one = json_array_get(json_object_get(report, "recordings"), i);
	const char *name = json_string_value(json_object_get(one, "flaw"));

	return name ? name : "";
}

/* What `duet wake list` says of the phrase: lines that were learnt, -1 when it is no wake word. */
static json_int_t listed(void)
{
	char command[1024];
	json_t *list, *one;
	json_int_t n = -1;
	size_t i;
	FILE *output;

	snprintf(command, sizeof(command), "%s/duet wake list --json --state %s/state", build,
		 sound_folder());
	output = popen(command, "r");
	assert_non_null(output);
	list = json_loadf(output, 0, NULL);
	assert_int_equal(pclose(output), 0);
	json_array_foreach(list, i, one) if (strcmp(json_string_value(json_object_get(one, "phrase")),
						    PHRASE) == 0) n = report_whole(one, "learnt");
	json_decref(list);
	return n;
}

static void what_is_no_use_is_left_out(void **state)
{
	json_t *report;

	assert_int_equal(add(&report, "quiet.wav short.wav other.wav empty.wav"), 1);
	assert_int_equal(report_whole(report, "usable"), 0);
	assert_int_equal(report_whole(report, "learnt"), 0);
	assert_string_equal(flaw(report, 0), "quiet");
	assert_string_equal(flaw(report, 1), "short");
	assert_string_equal(flaw(report, 2), "unheard");
	assert_string_equal(flaw(report, 3), "silent");
	json_decref(report);
	assert_int_equal(listed(), -1);
}

static void the_rest_is_learnt_and_kept(void **state)
{
	json_t *report;
	char command[1024];

	assert_int_equal(add(&report, "good.wav clipped.wav louder.wav softer.wav other.wav"), 0);
	assert_int_equal(report_whole(report, "n"), 5);
	assert_int_equal(report_whole(report, "usable"), 3);
	assert_true(report_whole(report, "heard_after") >= report_whole(report, "heard_before"));
	assert_string_equal(flaw(report, 0), "");
	assert_string_equal(flaw(report, 1), "clipped");
	assert_true(flaw(report, 4)[0]); /* unheard or different */
	assert_true(listed() >= 3);
	assert_int_equal(report_whole(report, "learnt"), listed());
	json_decref(report);
	assert_int_equal(add(&report, "good.wav"), 0);
	assert_true(listed() >= 4);
	json_decref(report);
	snprintf(command, sizeof(command),
		 "%s/duet wake remove --state %s/state cortana '" PHRASE "' > /dev/null", build,
		 sound_folder());
	assert_int_equal(system(command), 0);
	assert_int_equal(listed(), -1);
}

static int make_recordings(void **state)
{
	speak("good.wav", PHRASE, 1, 1);
	speak("louder.wav", PHRASE, 1.3F, 1);
	speak("softer.wav", PHRASE, 0.5F, 1);
	speak("quiet.wav", PHRASE, 0.01F, 1);
	speak("clipped.wav", PHRASE, 20, 1);
	speak("short.wav", PHRASE, 1, 0.25);
	speak("empty.wav", PHRASE, 0, 1);
	speak("other.wav", "thank you very much", 1, 1);
	return 0;
}

static int remove_recordings(void **state)
{
	sound_folder_remove();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_no_use_is_left_out),
		cmocka_unit_test(the_rest_is_learnt_and_kept),
	};

	build = getenv("DUET_BUILD");
	if (!build)
		return 77;
	return cmocka_run_group_tests(tests, make_recordings, remove_recordings);
}
