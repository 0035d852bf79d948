/* SPDX-License-Identifier: Apache-2.0 */
#include "wake/wake.h"

#include <errno.h>

#include "base/alloc.h"

struct duet_wake {
	const struct duet_wake_engine *engine;
	void *state;
};

int duet_wake_new(struct duet_wake **wake, const struct duet_wake_engine *engine,
		  const struct duet_wake_setup *setup, struct duet_error *error)
{
	struct duet_wake *self = duet_calloc(1, sizeof(*self));
	void *state = duet_calloc(1, engine->engine.state_size);
	int status = -ENOMEM;

	*wake = NULL;
	if (self && state)
		status = engine->open(state, setup, error);
	else
		duet_error_set(error, status, "out of memory");
	if (!self || status < 0) {
		duet_free(state);
		duet_free(self);
		return status;
	}
	*self = (struct duet_wake){engine, state};
	*wake = self;
	return 0;
}

void duet_wake_free(struct duet_wake *wake)
{
	if (!wake)
		return;
	wake->engine->close(wake->state);
	duet_free(wake->state);
	duet_free(wake);
}

void duet_wake_reset(struct duet_wake *wake)
{
	wake->engine->reset(wake->state);
}

int duet_wake_feed(struct duet_wake *wake, const int16_t *samples, size_t n_samples,
		   struct duet_wake_detection *detection)
{
	*detection = (struct duet_wake_detection){0};
	return wake->engine->feed(wake->state, samples, n_samples, detection);
}
