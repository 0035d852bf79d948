/* SPDX-License-Identifier: Apache-2.0 */
#include "asr/asr.h"

#include <errno.h>

#include "base/alloc.h"

struct duet_asr {
	const struct duet_asr_engine *engine;
	void *state;
};

int duet_asr_new(struct duet_asr **asr, const struct duet_asr_engine *engine,
		 const struct duet_asr_setup *setup, struct duet_error *error)
{
	struct duet_asr *self = duet_calloc(1, sizeof(*self));
	void *state = duet_calloc(1, engine->engine.state_size);
	int status = -ENOMEM;

	*asr = NULL;
	if (self && state)
		status = engine->open(state, setup, error);
	else
		duet_error_set(error, status, "out of memory");
	if (!self || status < 0) {
		duet_free(state);
		duet_free(self);
		return status;
	}
	*self = (struct duet_asr){engine, state};
	*asr = self;
	return 0;
}

void duet_asr_free(struct duet_asr *asr)
{
	if (!asr)
		return;
	asr->engine->close(asr->state);
	duet_free(asr->state);
	duet_free(asr);
}

int duet_asr_begin(struct duet_asr *asr, size_t part, float noise_db)
{
	return asr->engine->begin(asr->state, part, noise_db);
}

int duet_asr_feed(struct duet_asr *asr, const int16_t *samples, size_t n_samples)
{
	return asr->engine->feed(asr->state, samples, n_samples);
}

int duet_asr_partial(struct duet_asr *asr, struct duet_asr_partial *partial)
{
	*partial = (struct duet_asr_partial){0};
	return asr->engine->partial ? asr->engine->partial(asr->state, partial) : 0;
}

int duet_asr_pause(struct duet_asr *asr, bool silent)
{
	return asr->engine->pause ? asr->engine->pause(asr->state, silent) : 0;
}

int duet_asr_finish(struct duet_asr *asr, struct duet_asr_result *result)
{
	*result = (struct duet_asr_result){0};
	return asr->engine->finish(asr->state, result);
}

void duet_asr_cancel(struct duet_asr *asr)
{
	asr->engine->cancel(asr->state);
}
