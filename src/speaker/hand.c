/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "audio/device.h"
#include "base/alloc.h"
#include "base/log.h"
#include "duet/button_engine.h"
#include "loop/loop.h"
#include "speaker/body.h"
#include "store/store.h"

/* What is done by hand: buttons, keys and commands; the microphone's switch, which outlives a restart. */

enum { ASK_EVERY_MS = 20 };

struct duet_hand {
	struct duet_speaker *speaker;
	const struct duet_button_engine *engine;
	void *state;
	struct duet_watch *watch; /* of the engine's descriptor, or … */
	struct duet_timer *timer; /* … NULL, and it is asked now and then */
};

/* Presses. */

int duet_hand_button(struct duet_speaker *speaker, const char *assistant)
{
	int who = duet_crew_find(speaker->crew, assistant);

	if (who < 0)
		return who;
	speaker->from_wake = false;
	duet_conduct(speaker, (struct duet_event){.kind = DUET_EVENT_BUTTON, .assistant = who});
	return 0;
}

void duet_hand_dismiss(struct duet_speaker *speaker)
{
	duet_conduct(speaker, (struct duet_event){.kind = DUET_EVENT_DISMISS});
}

void duet_hand_microphone(struct duet_speaker *speaker, bool on)
{
	duet_conduct(speaker, (struct duet_event){.kind = DUET_EVENT_MICROPHONE, .on = on});
}

static void press_button(struct duet_speaker *speaker, int number)
{
	const struct duet_config *config = speaker->crew->config;

	if (number < 0)
		duet_hand_button(speaker, NULL);
	else if ((size_t)number < config->n_assistants)
		duet_hand_button(speaker, config->assistants[number].id);
	else
		duet_warn("button", "button %d belongs to no assistant", number + 1);
}

static void press(struct duet_speaker *speaker, const struct duet_press *what)
{
	switch (what->kind) {
	case DUET_PRESS_BUTTON:
		press_button(speaker, what->number);
		break;
	case DUET_PRESS_DISMISS:
		duet_hand_dismiss(speaker);
		break;
	case DUET_PRESS_MICROPHONE:
		duet_hand_microphone(speaker, what->number == DUET_PRESS_OTHER
						      ? !speaker->arbiter.microphone_on
						      : what->number > 0);
		break;
	case DUET_PRESS_VOLUME:
		duet_volume_set(speaker, duet_volume_get(speaker) + what->number);
		break;
	}
}

static void look(void *user)
{
	struct duet_hand *hand = user;
	struct duet_press what;
	int result;

	while ((result = hand->engine->read(hand->state, duet_clock_mono_ms(hand->speaker->clock), &what)) >
	       0)
		press(hand->speaker, &what);
	if (result == 0) {
		if (!hand->watch)
			duet_timer_set(hand->timer, ASK_EVERY_MS);
		return;
	}
	duet_warn("button", "the buttons are gone: %s", strerror(-result));
	duet_watch_free(hand->watch);
	hand->watch = NULL;
}

/* The microphone. */

void duet_hand_do_microphone(struct duet_speaker *speaker, bool on)
{
	if (speaker->device)
		duet_device_mute(speaker->device, !on);
	if (duet_store_put(speaker->store, "speaker", "microphone", duet_slice(on ? "on" : "off")) < 0)
		duet_warn("speaker", "how the microphone's switch stands will not outlive a restart");
	duet_info("speaker", "the microphone is %s", on ? "on" : "off");
}

static void got_microphone(void *user, struct duet_slice value)
{
	if (duet_slice_equal(value, duet_slice("off")))
		duet_hand_microphone(user, false);
}

/* Opening. */

static int watch(struct duet_hand *hand)
{
	int fd = hand->engine->fd ? hand->engine->fd(hand->state) : -1;

	if (!hand->engine->read)
		return 0;
	if (fd >= 0)
		hand->watch = duet_watch_read(hand->speaker->loop, fd, look, hand);
	else
		hand->timer = duet_timer_new(hand->speaker->loop, look, hand);
	if (!hand->watch && !hand->timer)
		return -ENOMEM;
	look(hand); /* a switch may stand somewhere already */
	return 0;
}

static int open_engine(struct duet_hand *hand, struct duet_error *error)
{
	const struct duet_engine_choice *choice = &hand->speaker->crew->config->button.choice;
	const struct duet_button_engine *engine = (const struct duet_button_engine *)choice->engine;
	int result;

	hand->state = duet_calloc(1, engine->engine.state_size ? engine->engine.state_size : 1);
	if (!hand->state)
		return duet_error_set(error, -ENOMEM, "out of memory");
	result = engine->open(hand->state, choice->options, error);
	if (result == 0)
		hand->engine = engine;
	return result;
}

int duet_hand_open(struct duet_speaker *speaker, struct duet_error *error)
{
	struct duet_hand *hand = duet_calloc(1, sizeof(*hand));
	int result;

	if (!hand)
		return duet_error_set(error, -ENOMEM, "out of memory");
	hand->speaker = speaker;
	speaker->hand = hand;
	duet_store_get(speaker->store, "speaker", "microphone", got_microphone, speaker);
	result = open_engine(hand, error);
	if (result == 0 && watch(hand) < 0)
		result = duet_error_set(error, -ENOMEM, "out of memory");
	return result;
}

void duet_hand_done(struct duet_speaker *speaker)
{
	struct duet_hand *hand = speaker->hand;

	if (!hand)
		return;
	duet_watch_free(hand->watch);
	duet_timer_free(hand->timer);
	if (hand->engine)
		hand->engine->close(hand->state);
	duet_free(hand->state);
	duet_free(hand);
	speaker->hand = NULL;
}
