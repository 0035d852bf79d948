/* SPDX-License-Identifier: Apache-2.0 */
#include "speaker/mouth.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

#include "audio/mixer.h"
#include "base/alloc.h"
#include "base/log.h"
#include "loop/worker.h"
#include "tts/tts.h"

enum { FULL_MS = 10, MAX_LANES = 8 };

struct duet_mouth {
	struct duet_mixer *mixer;
	struct duet_worker *worker;
	bool is_inline;
	int64_t last;                 /* main: number of the latest speech */
	unsigned lanes;               /* main: a bit for each that was ever spoken into */
	_Atomic int64_t dropped_till; /* speeches up to this one are not wanted any more */
	_Atomic int64_t begun, done;
};

struct speech {
	struct duet_mouth *mouth;
	int64_t number;
	size_t lane;
	struct duet_tts *tts;
	char text[];
};

static bool is_dropped(const struct speech *speech)
{
	return speech->number <= atomic_load(&speech->mouth->dropped_till);
}

/* The lane is full: it is being played, there is time. Inline nobody plays meanwhile, the rest is lost. */
static bool wait_for_room(const struct speech *speech)
{
	const struct timespec moment = {.tv_nsec = FULL_MS * 1000000L};

	if (speech->mouth->is_inline) {
		duet_warn("mouth", "a speech is too long to be said inline");
		return false;
	}
	nanosleep(&moment, NULL);
	return true;
}

static bool sink(void *user, const int16_t *samples, size_t n_samples)
{
	const struct speech *speech = user;
	int rate_hz = duet_tts_rate_hz(speech->tts);

	while (n_samples > 0 && !is_dropped(speech)) {
		size_t taken =
			duet_mixer_write(speech->mouth->mixer, speech->lane, samples, n_samples, rate_hz);

		if (taken > 0)
			atomic_store(&speech->mouth->begun, speech->number);
		samples += taken;
		n_samples -= taken;
		if (n_samples > 0 && taken == 0 && !wait_for_room(speech))
			return true;
	}
	return is_dropped(speech);
}

static void say(void *user)
{
	struct speech *speech = user;
	struct duet_mouth *mouth = speech->mouth;
	int result = is_dropped(speech) ? 0 : duet_tts_speak(speech->tts, speech->text, sink, speech);

	if (result < 0)
		duet_error_log("mouth", "cannot say \"%.60s\": %s", speech->text, strerror(-result));
	duet_mixer_end(mouth->mixer, speech->lane);
	atomic_store(&mouth->done, speech->number);
	duet_free(speech);
}

int duet_mouth_new(struct duet_mouth **mouth, struct duet_mixer *mixer, bool is_inline)
{
	struct duet_mouth *made = duet_calloc(1, sizeof(*made));

	if (!made)
		return -ENOMEM;
	made->mixer = mixer;
	made->is_inline = is_inline;
	made->worker = duet_worker_new("duet-mouth", is_inline);
	if (!made->worker) {
		duet_free(made);
		return -ENOMEM;
	}
	*mouth = made;
	return 0;
}

void duet_mouth_free(struct duet_mouth *mouth)
{
	if (!mouth)
		return;
	duet_mouth_hush(mouth);
	duet_worker_free(mouth->worker);
	duet_free(mouth);
}

int64_t duet_mouth_say(struct duet_mouth *mouth, size_t lane, struct duet_tts *tts, const char *text)
{
	size_t length = strlen(text) + 1;
	struct speech *speech = duet_alloc(sizeof(*speech) + length);
	int64_t number = mouth->last + 1;
	int result;

	if (!speech)
		return -ENOMEM;
	*speech = (struct speech){.mouth = mouth, .number = number, .lane = lane, .tts = tts};
	memcpy(speech->text, text, length);
	mouth->lanes |= 1U << lane;
	result = duet_worker_post(mouth->worker, say, speech);
	if (result < 0) {
		duet_free(speech);
		return result;
	}
	mouth->last = number;
	return number;
}

void duet_mouth_hush(struct duet_mouth *mouth)
{
	atomic_store(&mouth->dropped_till, mouth->last);
	for (size_t lane = 0; lane < MAX_LANES; lane++) {
		if (mouth->lanes & (1U << lane))
			duet_mixer_flush(mouth->mixer, lane);
	}
}

bool duet_mouth_begun(const struct duet_mouth *mouth, int64_t speech)
{
	return atomic_load(&mouth->begun) >= speech;
}

bool duet_mouth_done(const struct duet_mouth *mouth, int64_t speech)
{
	return atomic_load(&mouth->done) >= speech;
}
