/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <dlfcn.h>
#include <errno.h>
#include <flite/flite.h>

#include "duet/tts_engine.h"

/*
 * Flite, linked. A voice is a library of its own, loaded when it is wanted, so
 * that the others cost no memory. Sound streams out of the vocoder while it is
 * made: the utterance carries the stream, the voice (shared by every engine
 * that has it) is never written to.
 */

struct flite_state {
	void *library;
	cst_voice *voice;
	int rate_hz;
	float stretch;
};

static const struct voice {
	const char *name, *library, *entry;
	int rate_hz;
} voices[] = {
	{"slt", "libflite_cmu_us_slt.so.1", "register_cmu_us_slt", 16000},
	{"rms", "libflite_cmu_us_rms.so.1", "register_cmu_us_rms", 16000},
	{"awb", "libflite_cmu_us_awb.so.1", "register_cmu_us_awb", 16000},
	{"kal16", "libflite_cmu_us_kal16.so.1", "register_cmu_us_kal16", 16000},
	{"kal", "libflite_cmu_us_kal.so.1", "register_cmu_us_kal", 8000},
};
#define N_VOICES (sizeof(voices) / sizeof(*voices))

static const struct voice *find_voice(const char *name)
{
	for (size_t i = 0; i < N_VOICES; i++)
		if (!name || strcmp(voices[i].name, name) == 0)
			return &voices[i];
	return NULL;
}

static bool is_english(const char *language)
{
	return strncmp(language, "en", 2) == 0 && !isalnum((unsigned char)language[2]);
}

static int load_voice(struct flite_state *self, const struct voice *voice, struct duet_error *error)
{
	cst_voice *(*entry)(const char *) = NULL;
	void *symbol;

	self->library = dlopen(voice->library, RTLD_NOW | RTLD_LOCAL);
	symbol = self->library ? dlsym(self->library, voice->entry) : NULL;
	if (!symbol) {
		duet_error_set(error, -ENOENT, "the flite voice %s cannot be loaded: %s", voice->name,
			       dlerror());
		duet_error_hint(error, "install the package libflite1");
		return -ENOENT;
	}
	memcpy(&entry, &symbol, sizeof(entry));
	self->voice = entry(NULL);
	return self->voice ? 0
			   : duet_error_set(error, -ENOMEM, "flite's voice %s does not start", voice->name);
}

static void flite_engine_close(void *state)
{
	struct flite_state *self = state;

	/* flite keeps registered voices for ever, so the library stays too */
	self->voice = NULL;
}

static int flite_engine_open(void *state, const struct duet_tts_setup *setup, struct duet_error *error)
{
	const struct voice *voice = find_voice(setup->voice);
	struct flite_state *self = state;

	if (!is_english(setup->language)) {
		duet_error_set(error, -ENOTSUP, "flite speaks English, not %s", setup->language);
		duet_error_hint(error, "choose `tts: {engine: espeak-ng}` for this assistant");
		return -ENOTSUP;
	}
	if (!voice) {
		duet_error_set(error, -ENOENT, "flite has no voice called %s", setup->voice);
		duet_error_hint(error, "voices: slt, rms, awb, kal16, kal");
		return -ENOENT;
	}
	flite_init();
	self->rate_hz = voice->rate_hz;
	self->stretch = setup->rate > 0 ? (float)(1 / setup->rate) : 1;
	return load_voice(self, voice, error);
}

static int flite_engine_rate_hz(const void *state)
{
	const struct flite_state *self = state;

	return self->rate_hz;
}

struct stream {
	duet_tts_sink *sink;
	void *user;
};

static int stream_chunk(const cst_wave *wave, int start, int size, int last, cst_audio_streaming_info *info)
{
	struct stream *stream = info->userdata;

	if (size > 0 && stream->sink(stream->user, wave->samples + start, (size_t)size))
		return CST_AUDIO_STREAM_STOP;
	return CST_AUDIO_STREAM_CONT;
}

static cst_utterance *new_streaming_utterance(struct flite_state *self, const char *sentence,
					      struct stream *stream)
{
	cst_audio_streaming_info *info = new_audio_streaming_info();
	cst_utterance *utterance = new_utterance();

	info->asc = stream_chunk;
	info->userdata = stream;
	info->min_buffsize = 256;
	utt_set_input_text(utterance, sentence);
	utt_init(utterance, self->voice);
	feat_set(utterance->features, "streaming_info", audio_streaming_info_val(info));
	feat_set_float(utterance->features, "duration_stretch", self->stretch);
	return utterance;
}

static int flite_engine_speak(void *state, const char *sentence, duet_tts_sink *sink, void *user)
{
	struct stream stream = {.sink = sink, .user = user};
	struct flite_state *self = state;
	cst_utterance *utterance = new_streaming_utterance(self, sentence, &stream);
	int result = utt_synth(utterance) ? 0 : -EIO;

	delete_utterance(utterance);
	return result;
}

static int flite_engine_voices(void (*each)(void *user, const char *voice, const char *language), void *user)
{
	for (size_t i = 0; i < N_VOICES; i++)
		each(user, voices[i].name, "en-US");
	return (int)N_VOICES;
}

extern const struct duet_tts_engine duet_tts_engine_flite;
const struct duet_tts_engine duet_tts_engine_flite = {
	.engine = {.stage = "tts",
		   .name = "flite",
		   .summary = "English voices, in process, streamed",
		   .state_size = sizeof(struct flite_state)},
	.open = flite_engine_open,
	.rate_hz = flite_engine_rate_hz,
	.speak = flite_engine_speak,
	.close = flite_engine_close,
	.voices = flite_engine_voices,
};
