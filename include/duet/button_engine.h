/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_BUTTON_ENGINE_H
#define DUET_BUTTON_ENGINE_H

#include <stdint.h>

#include "duet/engine.h"
#include "duet/error.h"

/* Button engines: what a person does by hand. */

enum duet_press_kind {
	DUET_PRESS_BUTTON,     /* number: talk to that assistant; while an alert rings it is dismissed */
	DUET_PRESS_DISMISS,    /* whatever sounds */
	DUET_PRESS_MICROPHONE, /* number: 1 on, 0 off, DUET_PRESS_OTHER: the other way */
	DUET_PRESS_VOLUME,     /* number: a step in percent */
};

#define DUET_PRESS_DEFAULT (-1) /* BUTTON: the default assistant */
#define DUET_PRESS_OTHER   (-1)

struct duet_press {
	enum duet_press_kind kind;
	int number; /* assistants are numbered from 0, in the order of the configuration */
};

struct duet_button_engine {
	struct duet_engine engine;
	/* Main thread, may block for a moment. */
	int (*open)(void *state, const void *options, struct duet_error *error);
	/* Main thread: a descriptor that can be read when something was pressed. Optional: without it the
	 * host asks every 20 ms. */
	int (*fd)(const void *state);
	/* Main thread: 1 and the next press, 0 when there is none (left), negative errno: there will be none
	 * any more. `now_ms` is the speaker's own time, which never goes back. Does not block. NULL: never
	 * anything is pressed. */
	int (*read)(void *state, int64_t now_ms, struct duet_press *press);
	void (*close)(void *state);
};

#endif
