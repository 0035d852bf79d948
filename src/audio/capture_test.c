/* SPDX-License-Identifier: Apache-2.0 */
#include "audio/capture.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { SECOND = DUET_FRAME_RATE_HZ };

static int16_t heard[4 * SECOND];

static struct duet_capture *capture_of(int rate_hz, int n_channels, enum duet_sample_type type)
{
	struct duet_capture *capture = duet_capture_new(5000);

	assert_non_null(capture);
	assert_int_equal(duet_capture_format(capture, &(struct duet_audio_format){rate_hz, n_channels, type}),
			 0);
	return capture;
}

/* Everything that is in the ring, to `heard`; how many samples. */
static size_t drain(struct duet_capture *capture)
{
	struct duet_frame frame;
	size_t n = 0;

	for (; duet_capture_read(capture, &frame); n += DUET_FRAME_SAMPLES) {
		assert_int_equal(frame.begin % DUET_FRAME_SAMPLES, 0);
		assert_true(n + DUET_FRAME_SAMPLES <= sizeof(heard) / sizeof(heard[0]));
		memcpy(heard + n, frame.pcm, sizeof(frame.pcm));
	}
	return n;
}

static double rms(const int16_t *samples, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += (double)samples[i] * samples[i];
	return n ? sqrt(sum / (double)n) : 0;
}

static double mean(const int16_t *samples, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += samples[i];
	return sum / (double)n;
}

static float tone(double hz, int rate_hz, size_t at)
{
	return (float)sin(2 * M_PI * hz * (double)at / rate_hz);
}

/* How much of `heard` is a tone of `hz`, as the amplitude of its projection. */
static double amplitude_at(double hz, const int16_t *samples, size_t n)
{
	double re = 0, im = 0;

	for (size_t i = 0; i < n; i++) {
		re += samples[i] * cos(2 * M_PI * hz * (double)i / SECOND);
		im += samples[i] * sin(2 * M_PI * hz * (double)i / SECOND);
	}
	return 2 * hypot(re, im) / (double)n;
}

static void write_floats(struct duet_capture *capture, double hz, int rate_hz, int n_channels, float gain,
			 float dc)
{
	float frame[8];

	for (size_t i = 0; i < (size_t)rate_hz; i++) {
		for (int channel = 0; channel < n_channels; channel++)
			frame[channel] = gain * tone(hz, rate_hz, i) + dc;
		duet_capture_write(capture, frame, 1);
	}
}

static void test_every_width_sounds_the_same(void **state)
{
	static const enum duet_sample_type types[] = {DUET_SAMPLE_U8, DUET_SAMPLE_S16, DUET_SAMPLE_S24,
						      DUET_SAMPLE_S32, DUET_SAMPLE_F32};

	for (size_t t = 0; t < sizeof(types) / sizeof(types[0]); t++) {
		struct duet_capture *capture = capture_of(SECOND, 1, types[t]);

		for (size_t i = 0; i < SECOND; i++) {
			float value = 0.5F * tone(1000, SECOND, i);
			int32_t wide = (int32_t)lrintf(value * 2147483520.0F);
			uint8_t u8 = (uint8_t)(128 + lrintf(value * 127));
			int16_t s16 = (int16_t)(wide >> 16);
			unsigned char s24[3] = {(unsigned char)(wide >> 8), (unsigned char)(wide >> 16),
						(unsigned char)(wide >> 24)};
			const void *at[] = {[DUET_SAMPLE_U8] = &u8,
					    [DUET_SAMPLE_S16] = &s16,
					    [DUET_SAMPLE_S24] = s24,
					    [DUET_SAMPLE_S32] = &wide,
					    [DUET_SAMPLE_F32] = &value};

			duet_capture_write(capture, at[types[t]], 1);
		}
		assert_int_equal(drain(capture), SECOND);
		assert_float_equal(amplitude_at(1000, heard, SECOND), 16384, 200);
		assert_float_equal(rms(heard, SECOND), 16384 / sqrt(2), 200);
		duet_capture_free(capture);
	}
}

static void test_resamples_and_mixes_channels(void **state)
{
	static const int rates[] = {8000, 11025, 22050, 44100, 48000, 96000, 192000};

	for (size_t r = 0; r < sizeof(rates) / sizeof(rates[0]); r++) {
		struct duet_capture *capture = capture_of(rates[r], 2, DUET_SAMPLE_F32);
		size_t n;

		write_floats(capture, 1000, rates[r], 2, 0.5F, 0);
		n = drain(capture);
		assert_in_range(n, SECOND - 3 * DUET_FRAME_SAMPLES, SECOND);
		assert_float_equal(amplitude_at(1000, heard + 1600, 12800), 16384, 300);
		assert_float_equal(rms(heard + 1600, 12800), 16384 / sqrt(2), 200);
		duet_capture_free(capture);
	}
}

static void test_no_alias_of_what_16_khz_cannot_hold(void **state)
{
	struct duet_capture *capture = capture_of(48000, 1, DUET_SAMPLE_F32);

	write_floats(capture, 13000, 48000, 1, 1, 0);
	drain(capture);
	assert_true(rms(heard + 1600, 12800) < 32768 * 0.001); /* 60 dB down */
	duet_capture_free(capture);
}

static void test_dc_is_removed_without_a_thump(void **state)
{
	struct duet_capture *capture = capture_of(SECOND, 1, DUET_SAMPLE_F32);

	write_floats(capture, 1000, SECOND, 1, 0.1F, 0.6F);
	drain(capture);
	assert_true(fabs(mean(heard + 3200, 12800)) < 2);
	assert_true(rms(heard, DUET_FRAME_SAMPLES) < 3000);
	assert_float_equal(amplitude_at(1000, heard + 3200, 12800), 3277, 40);
	duet_capture_free(capture);
}

static void test_nan_and_infinity_do_not_last(void **state)
{
	struct duet_capture *capture = capture_of(44100, 1, DUET_SAMPLE_F32);
	const float bad[] = {NAN, INFINITY, -INFINITY, 1e30F, -NAN};

	for (size_t i = 0; i < 100; i++)
		duet_capture_write(capture, bad, 5);
	drain(capture);
	write_floats(capture, 1000, 44100, 1, 0.5F, 0);
	drain(capture);
	assert_float_equal(amplitude_at(1000, heard + 3200, SECOND / 2), 16384, 300);
	duet_capture_free(capture);
}

static void test_loud_sound_is_clipped_not_wrapped(void **state)
{
	struct duet_capture *capture = capture_of(SECOND, 1, DUET_SAMPLE_F32);

	write_floats(capture, 100, SECOND, 1, 40, 0);
	drain(capture);
	for (size_t i = 0; i < SECOND; i++) {
		float true_tone = tone(100, SECOND, i);

		if (fabsf(true_tone) >
		    0.2F) /* the high-pass tilts the flat tops a little, never across zero */
			assert_true(heard[i] * true_tone > 0);
	}
	duet_capture_free(capture);
}

static void test_frames_without_room_are_counted(void **state)
{
	struct duet_capture *capture = duet_capture_new(30);
	static const int16_t silence[DUET_FRAME_SAMPLES];
	struct duet_frame frame;
	int n_read = 0;

	assert_int_equal(
		duet_capture_format(capture, &(struct duet_audio_format){SECOND, 1, DUET_SAMPLE_S16}), 0);
	for (int i = 0; i < 20; i++)
		duet_capture_write(capture, silence, DUET_FRAME_SAMPLES);
	while (duet_capture_read(capture, &frame))
		n_read++;
	assert_in_range(n_read, 3, 8);
	assert_int_equal(duet_capture_lost(capture), 20 - n_read);
	duet_capture_write(capture, silence, DUET_FRAME_SAMPLES);
	assert_int_equal(duet_capture_read(capture, &frame), 1);
	assert_int_equal(frame.begin, 20 * DUET_FRAME_SAMPLES); /* time went on while frames were lost */
	duet_capture_free(capture);
}

static void test_formats_that_make_no_sense(void **state)
{
	static const struct duet_audio_format formats[] = {
		{0, 1, DUET_SAMPLE_S16},         {-16000, 1, DUET_SAMPLE_S16},
		{INT32_MAX, 1, DUET_SAMPLE_S16}, {16000, 0, DUET_SAMPLE_S16},
		{16000, 1000, DUET_SAMPLE_S16},  {16000, 1, (enum duet_sample_type)77},
		{16000, -1, DUET_SAMPLE_F32},    {16000, 1, (enum duet_sample_type) - 1},
	};
	struct duet_capture *capture = duet_capture_new(100);
	struct duet_frame frame;

	duet_capture_write(capture, "ignored", 2); /* no format yet */
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		assert_int_equal(duet_capture_format(capture, &formats[i]), -ENOTSUP);
	assert_int_equal(duet_capture_read(capture, &frame), 0);
	duet_capture_free(capture);
	duet_capture_free(NULL);
}

static void test_the_format_may_change(void **state)
{
	struct duet_capture *capture = capture_of(48000, 2, DUET_SAMPLE_F32);
	size_t n;

	write_floats(capture, 1000, 48000, 2, 0.5F, 0);
	assert_int_equal(duet_capture_format(capture, &(struct duet_audio_format){8000, 1, DUET_SAMPLE_F32}),
			 0);
	write_floats(capture, 1000, 8000, 1, 0.5F, 0);
	n = drain(capture);
	assert_in_range(n, 2 * SECOND - 4 * DUET_FRAME_SAMPLES, 2 * SECOND);
	assert_float_equal(amplitude_at(1000, heard + SECOND + 3200, 9600), 16384, 300);
	duet_capture_free(capture);
}

static int loudest(struct duet_capture *capture)
{
	size_t n = drain(capture);
	int most = 0;

	for (size_t i = 0; i < n; i++)
		most = abs(heard[i]) > most ? abs(heard[i]) : most;
	return most;
}

/* Whatever the device delivers, and however much of it was waiting or in the filters already. */
static void test_a_microphone_that_is_off_gives_zeros(void **state)
{
	static const int rates_hz[] = {16000, 48000};

	for (size_t i = 0; i < 2; i++) {
		struct duet_capture *capture = capture_of(rates_hz[i], 1, DUET_SAMPLE_F32);

		write_floats(capture, 1000, rates_hz[i], 1, 0.9F, 0.3F);
		duet_capture_mute(capture, true);
		assert_true(duet_capture_muted(capture));
		assert_int_equal(loudest(capture), 0);
		write_floats(capture, 1000, rates_hz[i], 1, 0.9F, 0.3F);
		duet_capture_mute(capture, false);
		assert_int_equal(loudest(capture), 0);
		write_floats(capture, 1000, rates_hz[i], 1, 0.9F, 0);
		assert_true(loudest(capture) > 20000);
		duet_capture_free(capture);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_width_sounds_the_same),
		cmocka_unit_test(test_resamples_and_mixes_channels),
		cmocka_unit_test(test_no_alias_of_what_16_khz_cannot_hold),
		cmocka_unit_test(test_dc_is_removed_without_a_thump),
		cmocka_unit_test(test_nan_and_infinity_do_not_last),
		cmocka_unit_test(test_loud_sound_is_clipped_not_wrapped),
		cmocka_unit_test(test_frames_without_room_are_counted),
		cmocka_unit_test(test_formats_that_make_no_sense),
		cmocka_unit_test(test_the_format_may_change),
		cmocka_unit_test(test_a_microphone_that_is_off_gives_zeros),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
