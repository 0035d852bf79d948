/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "skill/home_skill.h"
#include "skill/request.h"

/* Brightness, colour and colour temperature. */

enum { USUAL_KELVIN = 4000, MIN_KELVIN = 2000, MAX_KELVIN = 6500 };

/* What a light shall become. */
struct wish {
	const struct duet_home *home;
	const char *attribute; /* of turn_on */
	const char *color;
	double value, step, usual, min, max;
	bool is_step;
};

static bool has_brightness(const struct duet_home_entity *entity)
{
	return entity->has_brightness;
}

static bool has_color(const struct duet_home_entity *entity)
{
	return entity->has_color;
}

static bool has_color_temp(const struct duet_home_entity *entity)
{
	return entity->has_color_temp;
}

static const struct kind {
	const char *slot, *step_slot, *attribute, *refusal;
	const char *response, *lights, *area; /* of one by its name, of those here, of those of a place */
	bool (*can)(const struct duet_home_entity *entity);
	double usual, min, max;
} kinds[] = {
	{"brightness", "brightness_step", "brightness_pct", "no_brightness", "brightness",
	 "brightness_lights", "brightness_area", has_brightness, 0, 1, 100},
	{"temperature", "temperature_step", "color_temp_kelvin", "no_color_temp", "color_temp",
	 "color_temp_lights", "color_temp_area", has_color_temp, USUAL_KELVIN, MIN_KELVIN, MAX_KELVIN},
	{"color", "color", "color_name", "no_color", "color", "color_lights", "color_area", has_color, 0, 0,
	 0},
};

static const struct kind *kind_of(const struct duet_request *request)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		if (duet_request_slot(request, kinds[i].slot) ||
		    duet_request_slot(request, kinds[i].step_slot))
			return &kinds[i];
	}
	return NULL;
}

static double now_of(const struct wish *wish, const struct duet_home_entity *entity)
{
	const json_t *now = duet_home_attribute(wish->home, entity, wish->attribute);

	if (strcmp(wish->attribute, "brightness_pct") == 0 &&
	    strcmp(duet_home_state_text(wish->home, entity), "on") != 0)
		return 0;
	return json_is_number(now) ? json_number_value(now) : wish->usual;
}

static double reach(const struct wish *wish, const struct duet_home_entity *entity)
{
	double value = wish->is_step ? now_of(wish, entity) + wish->step : wish->value;

	if (wish->is_step && value < wish->min)
		return wish->min;
	return value > wish->max ? wish->max : value;
}

static const char *light_up(const void *user, const struct duet_home_entity *entity, json_t **take_data)
{
	const struct wish *wish = user;

	*take_data = wish->color ? json_pack("{s:s}", "color_name", wish->color)
				 : json_pack("{s:i}", wish->attribute, (int)reach(wish, entity));
	return "turn_on";
}

static json_t *vars_of(const struct wish *wish, const struct kind *kind, const struct duet_request *request,
		       const struct duet_targets *targets)
{
	const char *color = duet_request_said(request, "color");

	if (wish->color)
		return json_pack("{s:s}", "color", color ? color : wish->color);
	return json_pack("{s:i}", kind->slot,
			 targets->n ? (int)reach(wish, targets->list[0]) : (int)wish->value);
}

/* In a room the lights that can do it do, and the others stay as they are. */
static void keep_those_that_can(struct duet_targets *targets, const struct kind *kind)
{
	struct duet_targets able = *targets;

	if (!targets->named && duet_targets_keep(&able, kind->can) > 0)
		*targets = able;
}

void duet_home_light_set(struct duet_home_skill *self, const struct duet_request *request,
			 struct duet_answer *answer)
{
	const struct kind *kind = kind_of(request);
	struct wish wish = {.home = self->host->home};
	struct duet_home_order order = {.what = "set_light", .service = light_up, .user = &wish};
	struct duet_targets targets;

	if (!kind) {
		duet_answer_set(answer, DUET_ANSWER_FAILED, "not_supported", NULL,
				json_pack("{s:s}", "names", ""));
		return;
	}
	if (duet_targets_find(&targets, self->host, request, "light", answer) < 0 ||
	    duet_targets_ask_area(&targets, self->host->home, request, answer))
		return;
	wish.attribute = kind->attribute;
	wish.usual = kind->usual;
	wish.min = kind->min;
	wish.max = kind->max;
	if (kind->can == has_color)
		wish.color = duet_request_value(request, "color");
	wish.is_step = !duet_request_number(request, kind->slot, &wish.value) &&
		       duet_request_number(request, kind->step_slot, &wish.step);
	keep_those_that_can(&targets, kind);
	order.key = request->response ? request->response
		    : targets.named   ? kind->response
		    : targets.area[0] ? kind->area
				      : kind->lights;
	order.not_supported = kind->refusal;
	order.take_vars = vars_of(&wish, kind, request, &targets);
	duet_home_run(&self->jobs, request, &targets, &order, answer);
}
