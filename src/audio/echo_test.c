/* SPDX-License-Identifier: Apache-2.0 */
#include "audio/echo.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "audio/delay.h"
#include "audio/fourier.h"
#include "audio/room.h"
#include "torture.h"

enum { FRAME = DUET_FRAME_SAMPLES, SECOND = 100 /* frames */, RATE_HZ = DUET_FRAME_RATE_HZ };

/* A loudspeaker and a microphone in a room, and a sound that changes as speech does: noise in syllables. */
struct scene {
	struct duet_room *room;
	struct duet_echo *echo;
	uint32_t random;
	float low;      /* state of the low pass that colours the noise */
	int64_t n;      /* frames so far */
	int lag;        /* how much the stamps come behind, in samples */
	double in, out; /* energy since scene_reset_energy */
	struct duet_frame frame;
};

static float noise(struct scene *scene)
{
	scene->random = scene->random * 1664525 + 1013904223;
	return (float)(int32_t)scene->random / 2147483648.0F;
}

static void make_sound(struct scene *scene, int16_t played[FRAME])
{
	for (int i = 0; i < FRAME; i++) {
		double s = (double)(scene->n * FRAME + i) / RATE_HZ;
		double envelope = fmax(0, sin(2 * M_PI * 3.1 * s)) * (0.6 + 0.4 * sin(2 * M_PI * 0.7 * s));

		scene->low += 0.4F * (noise(scene) - scene->low);
		played[i] = (int16_t)(12000 * envelope * (double)scene->low);
	}
}

static void open_scene(struct scene *scene, const struct duet_room_setup *room)
{
	*scene = (struct scene){.random = 7};
	scene->room = duet_room_new(room);
	scene->echo = duet_echo_new(
		&(struct duet_echo_setup){.playback_rate_hz = RATE_HZ, .tail_ms = 250, .buffer_ms = 1000});
	assert_non_null(scene->room);
	assert_non_null(scene->echo);
}

static void close_scene(struct scene *scene)
{
	duet_echo_free(scene->echo);
	duet_room_free(scene->room);
}

/* 10 ms; `voice` is added to what the microphone hears, or NULL. */
static bool step(struct scene *scene, const int16_t played[FRAME], const int16_t *voice)
{
	struct duet_frame *frame = &scene->frame;
	float heard[FRAME];
	bool sounds;

	duet_room_step(scene->room, played, heard);
	duet_echo_played(scene->echo, played, FRAME);
	for (int i = 0; i < FRAME; i++) {
		frame->pcm[i] = (int16_t)lrintf(heard[i] / 2 + (voice ? voice[i] : 0) + 2 * noise(scene));
		scene->in += (double)frame->pcm[i] * frame->pcm[i];
	}
	frame->begin = scene->n * FRAME;
	frame->mark = duet_echo_position(scene->echo) - scene->lag;
	sounds = duet_echo_cancel(scene->echo, frame);
	for (int i = 0; i < FRAME; i++)
		scene->out += (double)frame->pcm[i] * frame->pcm[i];
	scene->n++;
	return sounds;
}

/* How much softer the echo became, in dB, over these frames. */
static double play(struct scene *scene, int n_frames)
{
	int16_t played[FRAME];

	scene->in = scene->out = 0;
	for (int i = 0; i < n_frames; i++) {
		make_sound(scene, played);
		step(scene, played, NULL);
	}
	return 10 * log10((scene->in + 1) / (scene->out + 1));
}

static void check_room(double rt60_s, int delay, double drift_ppm, double least_db)
{
	struct duet_echo_report report;
	struct scene scene;
	double db;

	open_scene(&scene, &(struct duet_room_setup){.rt60_s = rt60_s,
						     .direct_db = 0,
						     .delay_samples = delay,
						     .drift_ppm = drift_ppm,
						     .seed = 3});
	play(&scene, 20 * SECOND);
	db = play(&scene, 2 * SECOND);
	duet_echo_report(scene.echo, &report);
	if (db < least_db || fabs(report.drift_ppm - drift_ppm) > 5)
		fail_msg("%.1f s, %d samples, %.0f ppm: %.1f dB softer, drift %.1f", rt60_s, delay, drift_ppm,
			 db, report.drift_ppm);
	assert_in_range(report.delay_samples, delay - 100, delay + 100);
	close_scene(&scene);
}

static void test_rooms(void **state)
{
	check_room(0.2, 400, 0, 25);
	check_room(0.4, 3000, 0, 20);
	check_room(0.6, 7500, 0, 15);
}

static void test_clocks_that_differ(void **state)
{
	check_room(0.3, 2000, 60, 20);
	check_room(0.3, 2000, -100, 20);
}

static double energy(const int16_t samples[FRAME])
{
	double sum = 0;

	for (int i = 0; i < FRAME; i++)
		sum += (double)samples[i] * samples[i];
	return sum;
}

/* Somebody speaks meanwhile: what is left is the voice. */
static void test_a_voice_stays(void **state)
{
	int16_t played[FRAME], voice[FRAME], rest[FRAME];
	double of_voice = 0, of_rest = 0;
	struct scene scene;

	open_scene(&scene, &(struct duet_room_setup){.rt60_s = 0.3, .delay_samples = 2000, .seed = 3});
	play(&scene, 20 * SECOND);
	for (int i = 0; i < 3 * SECOND; i++) {
		for (int k = 0; k < FRAME; k++) {
			double s = (double)(i * FRAME + k) / RATE_HZ;

			voice[k] = (int16_t)(1500 * sin(2 * M_PI * 900 * s) * sin(2 * M_PI * 2 * s));
		}
		make_sound(&scene, played);
		step(&scene, played, voice);
		for (int k = 0; k < FRAME; k++)
			rest[k] = (int16_t)(scene.frame.pcm[k] - voice[k]);
		of_voice += energy(voice);
		of_rest += energy(rest);
	}
	if (of_rest > of_voice / 10)
		fail_msg("the rest is %.1f dB under the voice", 10 * log10(of_voice / of_rest));
	close_scene(&scene);
}

/* Nothing sounds: frames come out as they went in, and nothing is done. */
static void test_silence_is_left_alone(void **state)
{
	int16_t silence[FRAME] = {0};
	int16_t voice[FRAME];
	struct scene scene;

	open_scene(&scene, &(struct duet_room_setup){.rt60_s = 0.3, .delay_samples = 2000, .seed = 3});
	for (int k = 0; k < FRAME; k++)
		voice[k] = (int16_t)(1000 * sin(k / 5.0));
	for (int i = 0; i < SECOND; i++)
		assert_false(step(&scene, silence, voice));
	assert_true(scene.in == scene.out);
	play(&scene, SECOND);
	for (int i = 0; i < SECOND; i++)
		step(&scene, silence, voice);
	assert_false(step(&scene, silence, voice));
	close_scene(&scene);
}

/* The loudspeaker stood still for a moment (its stamps jump): the echo is found again by itself. */
static void test_a_device_that_stumbles(void **state)
{
	struct scene scene;

	open_scene(&scene, &(struct duet_room_setup){.rt60_s = 0.3, .delay_samples = 2000, .seed = 3});
	play(&scene, 15 * SECOND);
	scene.lag = 1600;
	play(&scene, 10 * SECOND);
	assert_true(play(&scene, 2 * SECOND) > 15);
	close_scene(&scene);
}

/* The ear was away for so long that the ring ran over. */
static void test_an_ear_that_lags(void **state)
{
	int16_t played[FRAME];
	struct scene scene;

	open_scene(&scene, &(struct duet_room_setup){.rt60_s = 0.3, .delay_samples = 2000, .seed = 3});
	play(&scene, 15 * SECOND);
	for (int i = 0; i < 10 * SECOND; i++, scene.n++) {
		float heard[FRAME];

		make_sound(&scene, played);
		duet_room_step(scene.room, played, heard);
		duet_echo_played(scene.echo, played, FRAME);
	}
	play(&scene, 10 * SECOND);
	assert_true(play(&scene, 2 * SECOND) > 15);
	close_scene(&scene);
}

/* 48 kHz: what was played is brought to the rate of what is heard. */
static void test_another_rate(void **state)
{
	const struct duet_echo_setup setup = {.playback_rate_hz = 48000, .tail_ms = 250, .buffer_ms = 1000};
	struct scene scene;
	double in = 0, out = 0;

	open_scene(&scene, &(struct duet_room_setup){.rt60_s = 0.3, .delay_samples = 2000, .seed = 3});
	duet_echo_free(scene.echo);
	scene.echo = duet_echo_new(&setup);
	for (; scene.n < 15 * SECOND; scene.n++) {
		int16_t played[FRAME], thrice[3 * FRAME];
		float heard[FRAME];

		make_sound(&scene, played);
		for (int i = 0; i < 3 * FRAME; i++) /* steps: the images lie above what is heard */
			thrice[i] = played[i / 3];
		duet_room_step(scene.room, played, heard);
		duet_echo_played(scene.echo, thrice, 3 * FRAME);
		for (int i = 0; i < FRAME; i++)
			scene.frame.pcm[i] = (int16_t)lrintf(heard[i] / 2);
		scene.frame.begin = scene.n * FRAME;
		scene.frame.mark = duet_echo_position(scene.echo);
		in += scene.n > 12 * SECOND ? energy(scene.frame.pcm) : 0;
		duet_echo_cancel(scene.echo, &scene.frame);
		out += scene.n > 12 * SECOND ? energy(scene.frame.pcm) : 0;
	}
	assert_true(in > 50 * out);
	close_scene(&scene);
}

static void test_a_transform_is_that_of_its_definition(void **state)
{
	enum { N = 16 };
	struct duet_fourier *fourier = duet_fourier_new(N);
	struct duet_complex at[N], by_definition[N] = {{0, 0}};

	for (int i = 0; i < N; i++)
		at[i] = (struct duet_complex){(float)(i * i % 7), (float)(i % 5)};
	for (int k = 0; k < N; k++) {
		for (int i = 0; i < N; i++) {
			double angle = -2 * M_PI * k * i / N;
			struct duet_complex one = duet_complex_times(
				at[i], (struct duet_complex){(float)cos(angle), (float)sin(angle)});

			by_definition[k].re += one.re;
			by_definition[k].im += one.im;
		}
	}
	duet_fourier(fourier, at);
	for (int k = 0; k < N; k++) {
		assert_float_equal(at[k].re, by_definition[k].re, 1e-4);
		assert_float_equal(at[k].im, by_definition[k].im, 1e-4);
	}
	duet_fourier_free(fourier);
}

/* What has nothing to do with what is played has no delay. */
static void test_unrelated_sounds_have_no_delay(void **state)
{
	struct duet_delay *delay = duet_delay_new();
	struct scene one = {.random = 1}, other = {.random = 99};
	int16_t played[FRAME], heard[FRAME];

	for (; one.n < 30 * SECOND; one.n++) {
		make_sound(&one, played);
		other.n = one.n + 57;
		make_sound(&other, heard);
		assert_int_equal(duet_delay_feed(delay, played, heard), -1);
	}
	duet_delay_free(delay);
}

static int make_one(void *user)
{
	struct duet_echo *echo = duet_echo_new(
		&(struct duet_echo_setup){.playback_rate_hz = 48000, .tail_ms = 100, .buffer_ms = 100});

	duet_echo_free(echo);
	return echo ? 0 : -ENOMEM;
}

static void test_survives_failing_memory(void **state)
{
	duet_torture(make_one, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_transform_is_that_of_its_definition),
		cmocka_unit_test(test_unrelated_sounds_have_no_delay),
		cmocka_unit_test(test_rooms),
		cmocka_unit_test(test_clocks_that_differ),
		cmocka_unit_test(test_a_voice_stays),
		cmocka_unit_test(test_silence_is_left_alone),
		cmocka_unit_test(test_a_device_that_stumbles),
		cmocka_unit_test(test_an_ear_that_lags),
		cmocka_unit_test(test_another_rate),
		cmocka_unit_test(test_survives_failing_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
