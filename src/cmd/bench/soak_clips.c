/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "cmd/bench/bench_files.h"
#include "cmd/bench/bench_talk.h"
#include "cmd/bench/soak.h"
#include "speaker/halt.h"

struct order {
	const char *text, *intent;
	int timer_s;
	bool is_long;
};

static const struct order english[] = {
	{"what time is it", "HassGetCurrentTime", 0, false},
	{"turn on the kitchen light", "HassTurnOn", 0, false},
	{"turn off the living room light", "HassTurnOff", 0, false},
	{"what can you do", "DuetHelp", 0, true},
	{"tell me a joke", "DuetJoke", 0, true},
	{"add milk to my shopping list", "HassListAddItem", 0, false},
	{"what day is it", "HassGetCurrentDate", 0, false},
	{"set the volume to fifty percent", "HassSetVolume", 0, false},
	{"set a timer for one minute", "HassStartTimer", 60, false},
	{"set a timer for three minutes", "HassStartTimer", 180, false},
	{"set a timer for ten minutes", "HassStartTimer", 600, false},
};

static const struct order chinese[] = {
	{"现在几点", "HassGetCurrentTime", 0, false},
	{"打开厨房的灯", "HassTurnOn", 0, false},
	{"关掉客厅的灯", "HassTurnOff", 0, false},
	{"你会什么", "DuetHelp", 0, true},
	{"今天星期几", "HassGetCurrentDate", 0, false},
	{"音量调到百分之五十", "HassSetVolume", 0, false},
	{"设一个两分钟的计时器", "HassStartTimer", 120, false},
	{"设一个五分钟的计时器", "HassStartTimer", 300, false},
};

static const struct order english_stop = {"stop", "DuetStop", 0, false};
static const struct order chinese_stop = {"停止", "DuetStop", 0, false};

/* Made of recordings: the recogniser refuses half of what espeak-ng's formants say in English, in silence
 * too. */
static const char *const english_voices[] = {"flite:rms", "flite:awb", "flite:kal16"};
static const char *const chinese_voices[] = {"espeak-ng:cmn-latn-pinyin+f2", "espeak-ng:cmn-latn-pinyin+f3",
					     "espeak-ng:cmn-latn-pinyin+m3"};

/* Of other things, to other people. */
static const char *const talks[] = {
	"Did you see the game last night? They lost again, and in the last minute.",
	"I think we should leave at six, otherwise the traffic will be terrible.",
	"My sister called, she is coming over on Sunday with the children.",
	"The soup needs more salt, and perhaps a little lemon. What do you think?",
	"He said that the meeting was moved to Thursday because nobody had time.",
	"Stop it, you two! Put your shoes on, we are late.",
	"The computer at work broke down again, so I could not finish the report.",
	"Can you pass me the bread, please? And then turn the page for your brother.",
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static int fail_memory(struct duet_error *error)
{
	return duet_error_set(error, -ENOMEM, "out of memory");
}

static struct soak_clip *add(struct soak_clips *clips, enum soak_kind kind)
{
	size_t n = clips->n[kind];
	struct soak_clip *more = duet_realloc(clips->items[kind], n + 1, sizeof(*more));

	if (!more)
		return NULL;
	clips->items[kind] = more;
	clips->n[kind]++;
	more[n] = (struct soak_clip){0};
	return &more[n];
}

/* A voice that is open, and whom it calls. */
struct speaking {
	struct soak_clips *clips;
	const struct duet_assistant_config *own;
	size_t assistant;
	struct voice voice;
};

static int say(struct speaking *speaking, enum soak_kind kind, const char *text, const struct order *order,
	       struct duet_error *error)
{
	struct soak_clip *clip = add(speaking->clips, kind);

	if (!clip)
		return fail_memory(error);
	clip->assistant = speaking->assistant;
	clip->text = order ? order->text : text;
	if (order) {
		clip->intent = order->intent;
		clip->timer_s = order->timer_s;
		clip->is_long = order->is_long;
	}
	return bench_talk_speak(speaking->voice.tts, text, &clip->sound, error);
}

static int call(struct speaking *speaking, enum soak_kind kind, const struct order *order,
		struct duet_error *error)
{
	char text[256];

	snprintf(text, sizeof(text), "%s, %s", speaking->own->wake.items[0].word, order->text);
	return say(speaking, kind, text, order, error);
}

static int say_all(struct speaking *speaking, bool is_chinese, struct duet_error *error)
{
	const struct order *orders = is_chinese ? chinese : english;
	size_t n = is_chinese ? COUNT(chinese) : COUNT(english);
	int result = call(speaking, SOAK_STOP, is_chinese ? &chinese_stop : &english_stop, error);

	for (size_t i = 0; i < n && result == 0; i++)
		result = call(speaking, SOAK_ORDER, &orders[i], error);
	if (result == 0)
		result = say(speaking, SOAK_BARE_STOP, duet_halt_word(speaking->own->language), NULL, error);
	for (size_t i = 0; i < COUNT(talks) && !is_chinese && result == 0; i++)
		result = say(speaking, SOAK_TALK, talks[i], NULL, error);
	return result;
}

/* Every voice of the assistant's language says everything. */
static int make_for(struct soak_clips *clips, struct duet_config *config, size_t number,
		    struct duet_error *error)
{
	const struct duet_assistant_config *own = &config->assistants[number];
	bool is_chinese = strncmp(own->language, "zh", 2) == 0;
	const char *const *voices = is_chinese ? chinese_voices : english_voices;
	size_t n_voices = is_chinese ? COUNT(chinese_voices) : COUNT(english_voices);
	int result = 0;

	if (own->wake.n_items == 0 || !duet_halt_word(own->language))
		return 0;
	for (size_t i = 0; i < n_voices && result == 0; i++) {
		struct speaking speaking = {.clips = clips, .own = own, .assistant = number};

		result = voice_open(&speaking.voice, config, own, voices[i], error);
		if (result == 0)
			result = say_all(&speaking, is_chinese, error);
		voice_done(&speaking.voice);
	}
	return result;
}

static int load_talk(struct soak_clips *clips, const char *folder, struct duet_error *error)
{
	struct bench_files files;
	int result = bench_files_list(&files, folder, error);

	if (result < 0)
		return result;
	for (size_t i = 0; i < files.n && result == 0; i++) {
		struct soak_clip *clip = add(clips, SOAK_TALK);
		char path[1024];

		snprintf(path, sizeof(path), "%s/%s", folder, files.names[i]);
		result = clip ? bench_sound_load(&clip->sound, path, error) : fail_memory(error);
	}
	bench_files_done(&files);
	return result;
}

int soak_clips_make(struct soak_clips *clips, struct duet_config *config, const struct duet_texts *talk,
		    struct duet_error *error)
{
	int result = 0;

	*clips = (struct soak_clips){0};
	for (size_t i = 0; i < config->n_assistants && result == 0; i++)
		result = make_for(clips, config, i, error);
	for (size_t i = 0; i < talk->n_items && result == 0; i++)
		result = load_talk(clips, talk->items[i], error);
	for (int kind = 0; kind < SOAK_KINDS && result == 0; kind++) {
		if (clips->n[kind] == 0)
			result = duet_error_set(error, -EINVAL,
						"there is nothing to say in the languages of the assistants");
	}
	return result;
}

size_t soak_clips_bytes(const struct soak_clips *clips)
{
	size_t n_bytes = 0;

	for (int kind = 0; kind < SOAK_KINDS; kind++)
		for (size_t i = 0; i < clips->n[kind]; i++)
			n_bytes += clips->items[kind][i].sound.n_samples *
				   sizeof(clips->items[kind][i].sound.samples[0]);
	return n_bytes;
}

void soak_clips_done(struct soak_clips *clips)
{
	for (int kind = 0; kind < SOAK_KINDS; kind++) {
		for (size_t i = 0; i < clips->n[kind]; i++)
			bench_sound_done(&clips->items[kind][i].sound);
		duet_free(clips->items[kind]);
	}
	*clips = (struct soak_clips){0};
}
