/* SPDX-License-Identifier: Apache-2.0 */
#include "skill/home_about.h"

#include <string.h>

#include "skill/request.h"

enum { MAX_OTHERS = 8 };

json_t *duet_home_it(const struct duet_targets *targets, const struct duet_request *request)
{
	static const char *const places[] = {"name", "area", "floor", "domain", "device_class"};
	json_t *slots = json_object();

	if (targets->n == 1)
		json_object_set_new(slots, "name", json_string(targets->list[0]->id));
	for (size_t i = 0; targets->n > 1 && i < sizeof(places) / sizeof(*places); i++) {
		const char *value = duet_request_value(request, places[i]);

		if (value)
			json_object_set_new(slots, places[i], json_string(value));
	}
	if (targets->n > 1 && !json_object_get(slots, "domain"))
		json_object_set_new(slots, "domain", json_string(targets->list[0]->domain));
	return json_pack("{s:s, s:o}", "kind", targets->n ? targets->list[0]->domain : "", "slots", slots);
}

static json_t *choice_of(const struct duet_home *home, const struct duet_home_entity *entity,
			 const char *label, const char *language)
{
	const struct duet_home_area *area = entity->area ? duet_home_area(home, entity->area) : NULL;

	return json_pack("{s:s, s:{s:s}, s:{s:s, s:s?}}", "label",
			 label  ? label
			 : area ? duet_home_area_name(area, language)
				: duet_home_name(entity, language),
			 "slots", "name", entity->id, "said", "name", entity->id, "area", entity->area);
}

json_t *duet_home_choices(const struct duet_home *home, const struct duet_targets *targets,
			  const char *language)
{
	json_t *choices = json_array();

	for (size_t i = 0; i < targets->n && i < MAX_OTHERS; i++)
		json_array_append_new(choices, choice_of(home, targets->list[i], NULL, language));
	return choices;
}

static json_t *all_but(const struct duet_home *home, const struct duet_home_query *query,
		       const struct duet_home_entity *but, const char *language)
{
	const struct duet_home_entity *found[MAX_OTHERS + 1];
	size_t n = duet_home_find(home, query, found, MAX_OTHERS + 1);
	json_t *others = json_array();

	for (size_t i = 0; i < n; i++) {
		if (found[i] != but)
			json_array_append_new(
				others,
				choice_of(home, found[i], duet_home_name(found[i], language), language));
	}
	return others;
}

json_t *duet_home_others(const struct duet_home *home, const struct duet_targets *targets,
			 const struct duet_request *request)
{
	const struct duet_home_entity *one = targets->list[0];
	struct duet_home_query query = {.area = targets->n ? one->area : NULL,
					.domain = targets->n ? one->domain : NULL};
	json_t *others;

	if (targets->n != 1)
		return NULL;
	others = all_but(home, &query, one, request->language);
	if (json_array_size(others) > 0 || !query.area)
		return others;
	json_decref(others);
	query.area = NULL;
	return all_but(home, &query, one, request->language);
}

/* Back to what it was. */

static json_t *item(const struct duet_home_entity *entity, const char *intent, const char *slot,
		    json_t *take_value)
{
	json_t *slots = json_pack("{s:s, s:s}", "name", entity->id, "domain", entity->domain);

	if (slot && slots)
		json_object_set(slots, slot, take_value);
	json_decref(take_value);
	return json_pack("{s:s, s:s, s:o}", "of", entity->id, "intent", intent, "slots", slots);
}

static const char *switching(const char *state)
{
	static const char *const off[] = {"off", "closed", "unlocked"};

	for (size_t i = 0; i < sizeof(off) / sizeof(*off); i++) {
		if (strcmp(state, off[i]) == 0)
			return "HassTurnOff";
	}
	return "HassTurnOn";
}

/* One number that a service sets, and the request that sets it. `unit`: of the request's number. */
static const struct setting {
	const char *service, *attribute, *intent, *slot;
	double unit;
} settings[] = {
	{"set_cover_position", "current_position", "HassSetPosition", "position", 1},
	{"set_percentage", "percentage", "HassFanSetSpeed", "percentage", 1},
	{"set_temperature", "temperature", "HassClimateSetTemperature", "temperature", 1},
	{"volume_set", "volume_level", "HassSetVolume", "volume_level", 100},
};

static json_t *undo_setting(const struct duet_home *home, const struct duet_home_entity *entity,
			    const char *service)
{
	for (size_t i = 0; i < sizeof(settings) / sizeof(*settings); i++) {
		const struct setting *s = &settings[i];
		const json_t *was = duet_home_attribute(home, entity, s->attribute);

		if (strcmp(s->service, service) == 0 && json_is_number(was))
			return item(entity, s->intent, s->slot, json_real(json_number_value(was) * s->unit));
	}
	return NULL;
}

/* A light that was off goes off again; one that was on gets back what `data` changes. */
static json_t *undo_light(const struct duet_home *home, const struct duet_home_entity *entity,
			  const json_t *data)
{
	static const struct {
		const char *attribute, *slot;
	} parts[] = {{"brightness_pct", "brightness"},
		     {"color_temp_kelvin", "temperature"},
		     {"color_name", "color"}};

	if (strcmp(duet_home_state_text(home, entity), "off") == 0)
		return item(entity, "HassTurnOff", NULL, NULL);
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
		const json_t *was = duet_home_attribute(home, entity, parts[i].attribute);

		if (json_object_get(data, parts[i].attribute) && was)
			return item(entity, "HassLightSet", parts[i].slot, json_deep_copy(was));
	}
	return NULL;
}

static bool is_one_of(const char *text, const char *const *list)
{
	while (*list && strcmp(*list, text) != 0)
		list++;
	return *list != NULL;
}

json_t *duet_home_undo(const struct duet_home *home, const struct duet_home_entity *entity,
		       const char *service, const json_t *data)
{
	static const char *const switches[] = {"turn_on",     "turn_off", "toggle", "open_cover",
					       "close_cover", "lock",     "unlock", NULL};
	static const char *const momentary[] = {"scene", "script", "button", "todo", NULL};
	const char *state = duet_home_state_text(home, entity);

	if (is_one_of(entity->domain, momentary) || strcmp(state, "unknown") == 0 ||
	    strcmp(state, "unavailable") == 0)
		return NULL;
	if (strcmp(entity->domain, "light") == 0 && data)
		return undo_light(home, entity, data);
	if (!is_one_of(service, switches))
		return undo_setting(home, entity, service);
	return item(entity, switching(state), NULL, NULL);
}
