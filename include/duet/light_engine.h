/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_LIGHT_ENGINE_H
#define DUET_LIGHT_ENGINE_H

#include "duet/engine.h"
#include "duet/error.h"

/* Light engines: what shows who listens, thinks and speaks, what rings, and that the microphone is off. */

enum duet_light_state {
	DUET_LIGHT_IDLE,
	DUET_LIGHT_LISTENING,
	DUET_LIGHT_THINKING,
	DUET_LIGHT_SPEAKING,
	DUET_LIGHT_CALL, /* what is in the foreground while nobody speaks */
	DUET_LIGHT_ALERT,
	DUET_LIGHT_NOTIFICATION,
	DUET_LIGHT_CONTENT,
	DUET_N_LIGHTS
};

struct duet_light {
	enum duet_light_state state;
	const char *assistant; /* its id; "" when it is not known yet which */
	int palette;           /* its colours, as its cues have a timbre */
	bool microphone_off;
};

struct duet_light_engine {
	struct duet_engine engine;
	/* Main thread, may block for a moment. */
	int (*open)(void *state, const void *options, struct duet_error *error);
	/* Main thread, whenever something has changed; does not block. */
	void (*show)(void *state, const struct duet_light *light);
	/* Main thread; lights out. */
	void (*close)(void *state);
};

/* "listening", "alert". */
static inline const char *duet_light_name(enum duet_light_state state)
{
	static const char *const names[DUET_N_LIGHTS] = {"idle", "listening", "thinking",     "speaking",
							 "call", "alert",     "notification", "content"};

	return names[state];
}

#endif
