/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/bench/bench_music.h"

#include <math.h>

#include "cmd/bench/bench_sound.h"

enum { BEAT = BENCH_RATE_HZ * 60 / 108, BEATS_A_CHORD = 4, N_PARTIALS = 5, TONES = 3 };

static double random_01(struct bench_music *music)
{
	music->random = bench_sound_random(music->random, 1);
	return (double)(music->random >> 11) / 9007199254740992.0;
}

void bench_music_init(struct bench_music *music, uint64_t seed)
{
	*music = (struct bench_music){.random = bench_sound_random(seed, 7)};
	music->key = (int)(random_01(music) * 12);
}

static double pitch_hz(const struct bench_music *music, int semitones)
{
	return 220 * pow(2, (music->key + semitones) / 12.0);
}

/* I vi IV V, as a thousand songs have it. */
static int chord_tone(const struct bench_music *music, int tone)
{
	static const int chords[][TONES] = {{0, 4, 7}, {-3, 0, 4}, {-7, -3, 0}, {-5, -1, 2}};

	return chords[music->chord][tone];
}

static void begin_beat(struct bench_music *music, uint64_t beat)
{
	static const int scale[] = {0, 2, 4, 7, 9, 12, 14};

	if (beat % BEATS_A_CHORD == 0)
		music->chord = (int)(beat / BEATS_A_CHORD % 4);
	if (random_01(music) < 0.75)
		music->melody_hz = 2 * pitch_hz(music, scale[(int)(random_01(music) * 7)]);
}

static double note(double *phase, double hz, double since_s, double decay, int n_partials)
{
	double sum = 0;

	*phase += 2 * M_PI * hz / BENCH_RATE_HZ;
	if (*phase > 2 * M_PI)
		*phase -= 2 * M_PI;
	for (int i = 1; i <= n_partials && hz * i < 7000; i++)
		sum += sin(*phase * i) / i * exp(-decay * i * since_s);
	return sum;
}

static double drums(struct bench_music *music, uint64_t beat, double since_s)
{
	double white = 2 * random_01(music) - 1, half_s = fmod(since_s, BEAT / 2.0 / BENCH_RATE_HZ);
	double hat = (white - music->noise) * exp(-50 * half_s) * 0.4;
	double kick = beat % 2 == 0 ? sin(2 * M_PI * 55 * since_s) * exp(-14 * since_s) : 0;
	double snare = beat % 2 == 1 ? white * exp(-18 * since_s) * 0.6 : 0;

	music->noise = white;
	return hat + 1.5 * kick + snare;
}

void bench_music_make(struct bench_music *music, int16_t *samples, size_t n_samples)
{
	for (size_t i = 0; i < n_samples; i++, music->n++) {
		uint64_t beat = music->n / BEAT;
		double since_s = (double)(music->n % BEAT) / BENCH_RATE_HZ, sum;

		if (music->n % BEAT == 0)
			begin_beat(music, beat);
		sum = 1.2 *
		      note(&music->phases[0], pitch_hz(music, chord_tone(music, 0) - 24), since_s, 2, 3);
		for (int tone = 0; tone < TONES; tone++)
			sum += 0.6 * note(&music->phases[1 + tone], pitch_hz(music, chord_tone(music, tone)),
					  since_s, 1.5, N_PARTIALS);
		sum += 0.8 * note(&music->phases[4], music->melody_hz * (1 + 0.004 * sin(33 * since_s)),
				  since_s, 0.8, N_PARTIALS);
		sum += drums(music, beat, since_s);
		samples[i] = (int16_t)lrint(32767 * tanh(sum * 0.09));
	}
}
