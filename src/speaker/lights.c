/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "base/alloc.h"
#include "duet/light_engine.h"
#include "speaker/body.h"

/* What the arbiter wants to be shown, on the light engine. */

struct duet_lights {
	const struct duet_light_engine *engine;
	void *state;
};

int duet_lights_open(struct duet_speaker *speaker, struct duet_error *error)
{
	const struct duet_engine_choice *choice = &speaker->crew->config->light.choice;
	const struct duet_light_engine *engine = (const struct duet_light_engine *)choice->engine;
	struct duet_lights *lights = duet_calloc(1, sizeof(*lights));
	int result;

	if (lights)
		lights->state = duet_calloc(1, engine->engine.state_size ? engine->engine.state_size : 1);
	if (!lights || !lights->state) {
		duet_free(lights);
		return duet_error_set(error, -ENOMEM, "out of memory");
	}
	result = engine->open(lights->state, choice->options, error);
	if (result < 0) {
		duet_free(lights->state);
		duet_free(lights);
		return result;
	}
	lights->engine = engine;
	speaker->lights = lights;
	return 0;
}

void duet_lights_done(struct duet_speaker *speaker)
{
	struct duet_lights *lights = speaker->lights;

	if (!lights)
		return;
	lights->engine->close(lights->state);
	duet_free(lights->state);
	duet_free(lights);
	speaker->lights = NULL;
}

static enum duet_light_state state_of(const struct duet_action *attention)
{
	static const enum duet_light_state dialogs[] = {
		[DUET_DIALOG_IDLE] = DUET_LIGHT_IDLE,
		[DUET_DIALOG_LISTENING] = DUET_LIGHT_LISTENING,
		[DUET_DIALOG_THINKING] = DUET_LIGHT_THINKING,
		[DUET_DIALOG_SPEAKING] = DUET_LIGHT_SPEAKING,
	};
	static const enum duet_light_state kinds[] = {
		[DUET_ACTIVITY_COMMUNICATION] = DUET_LIGHT_CALL,
		[DUET_ACTIVITY_ALERT] = DUET_LIGHT_ALERT,
		[DUET_ACTIVITY_NOTIFICATION] = DUET_LIGHT_NOTIFICATION,
		[DUET_ACTIVITY_CONTENT] = DUET_LIGHT_CONTENT,
	};

	return attention->activity ? kinds[attention->activity_kind] : dialogs[attention->state];
}

void duet_lights_show(struct duet_speaker *speaker, const struct duet_action *attention)
{
	const struct duet_config *config = speaker->crew->config;
	const struct duet_assistant_config *who =
		attention->assistant >= 0 && (size_t)attention->assistant < config->n_assistants
			? &config->assistants[attention->assistant]
			: NULL;
	struct duet_light light = {
		.state = state_of(attention),
		.assistant = who ? who->id : "",
		.palette = who ? who->palette : 0,
		.microphone_off = !attention->on,
	};

	if (speaker->lights)
		speaker->lights->engine->show(speaker->lights->state, &light);
}
