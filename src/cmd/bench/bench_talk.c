/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/bench/bench_talk.h"

#include <errno.h>
#include <speex/speex_resampler.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"

enum { EVERY = 3, QUALITY = 8, BLOCK = 2048, MAX_SAMPLES = 60 * BENCH_RATE_HZ };

/* %d: a number from 2 to 59. */
static const char *const english[] = {
	"It is %d minutes past ten.",
	"Your timer for %d minutes is set.",
	"You have %d reminders today, the first one is at noon.",
	"The light in the kitchen is on, at %d percent.",
	"Tomorrow it will be cloudy, with a high of %d degrees and some rain in the evening.",
	"I have added bread, milk and %d eggs to the shopping list.",
	"The heating in the living room is set to %d degrees.",
	"The train to the city leaves in %d minutes from the second platform.",
	"There are %d songs on this list, and I will play them one after the other.",
};

static const char *const chinese[] = {
	"现在是十点%d分。",
	"%d分钟的计时器已经设好了。",
	"今天有%d个提醒，第一个在中午。",
	"厨房的灯已经打开，亮度百分之%d。",
	"明天多云，最高气温%d度，晚上有小雨。",
	"我已经把牛奶和%d个鸡蛋加到购物清单里。",
	"客厅的暖气设成了%d度。",
	"去市中心的车还有%d分钟就要开了。",
};

/* %s: a wake word. */
static const char *const english_calls[] = {
	"To call me, say %s.",
	"%s is what people say when they want something from this speaker.",
	"Did somebody say %s just now, or was it only the radio?",
	"You can always say %s and then ask for the weather.",
};

static const char *const chinese_calls[] = {
	"要叫我，请说%s。",
	"%s，这是我的名字。",
	"刚才有人说%s吗？",
	"你可以说%s，然后问天气。",
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

int bench_talk_open(struct bench_talk *talk, struct duet_config *config, uint64_t seed,
		    struct duet_error *error)
{
	int result = 0;

	*talk = (struct bench_talk){.config = config, .seed = seed};
	talk->voices = duet_calloc(config->n_assistants, sizeof(*talk->voices));
	if (!talk->voices)
		return duet_error_set(error, -ENOMEM, "out of memory");
	for (size_t i = 0; i < config->n_assistants && result == 0; i++)
		result = voice_open(&talk->voices[i], config, &config->assistants[i], NULL, error);
	return result;
}

void bench_talk_done(struct bench_talk *talk)
{
	for (size_t i = 0; talk->voices && i < talk->config->n_assistants; i++)
		voice_done(&talk->voices[i]);
	duet_free(talk->voices);
	*talk = (struct bench_talk){0};
}

/* The tables above are the only formats there are. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"

static void compose(const struct bench_talk *talk, bool is_chinese, char *text, size_t size)
{
	uint64_t random = bench_sound_random(talk->seed, talk->n_said);
	size_t which = (size_t)(random >> 8);

	if (talk->phrases && talk->n_said % EVERY == 0) {
		const char *phrase = talk->phrases[(random >> 32) % talk->n_phrases];

		snprintf(text, size,
			 is_chinese ? chinese_calls[which % COUNT(chinese_calls)]
				    : english_calls[which % COUNT(english_calls)],
			 phrase);
		return;
	}
	snprintf(text, size, is_chinese ? chinese[which % COUNT(chinese)] : english[which % COUNT(english)],
		 2 + (int)((random >> 40) % 58));
}

#pragma GCC diagnostic pop

int bench_talk_say(struct bench_talk *talk, struct bench_sound *sound, char *text, size_t size,
		   struct duet_error *error)
{
	size_t who = (size_t)(talk->n_said / EVERY % talk->config->n_assistants);
	const char *language = talk->config->assistants[who].language;

	compose(talk, strncmp(language, "zh", 2) == 0, text, size);
	talk->n_said++;
	return bench_talk_speak(talk->voices[who].tts, text, sound, error);
}

struct gathering {
	struct bench_sound *sound;
	SpeexResamplerState *resampler;
	bool failed;
};

static void append(struct gathering *gathering, const int16_t *samples, size_t n)
{
	struct bench_sound *sound = gathering->sound;
	int16_t *grown = n > 0 ? duet_realloc(sound->samples, sound->n_samples + n, sizeof(*grown)) : NULL;

	if (n == 0)
		return;
	if (!grown) {
		gathering->failed = true;
		return;
	}
	memcpy(grown + sound->n_samples, samples, n * sizeof(*grown));
	sound->samples = grown;
	sound->n_samples += n;
}

static bool gather(void *user, const int16_t *samples, size_t n_samples)
{
	struct gathering *gathering = user;

	while (n_samples > 0 && !gathering->failed) {
		int16_t resampled[BLOCK];
		spx_uint32_t n_in = n_samples < BLOCK / 4 ? (spx_uint32_t)n_samples : BLOCK / 4,
			     n_out = BLOCK;

		speex_resampler_process_int(gathering->resampler, 0, samples, &n_in, resampled, &n_out);
		append(gathering, resampled, n_out);
		samples += n_in;
		n_samples -= n_in;
	}
	return gathering->failed || gathering->sound->n_samples > MAX_SAMPLES;
}

int bench_talk_speak(struct duet_tts *tts, const char *text, struct bench_sound *sound,
		     struct duet_error *error)
{
	struct gathering gathering = {.sound = sound};
	int result = -ENOMEM;

	*sound = (struct bench_sound){0};
	gathering.resampler =
		speex_resampler_init(1, (spx_uint32_t)duet_tts_rate_hz(tts), BENCH_RATE_HZ, QUALITY, NULL);
	if (gathering.resampler) {
		result = duet_tts_speak(tts, text, gather, &gathering);
		speex_resampler_destroy(gathering.resampler);
	}
	if (result >= 0 && !gathering.failed)
		return 0;
	bench_sound_done(sound);
	return duet_error_set(error, result < 0 ? result : -ENOMEM, "a voice failed: %s",
			      strerrordesc_np(result < 0 ? -result : ENOMEM));
}
