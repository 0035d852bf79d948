/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "skill/home_skill.h"
#include "skill/phrase.h"
#include "skill/request.h"

/* Heating and cooling. */

enum { USUAL_DEGREES = 20, LOWEST = 5, HIGHEST = 35 };

struct warmth {
	const struct duet_home *home;
	double value, step;
	bool is_step;
};

static double attribute(const struct duet_home *home, const struct duet_home_entity *entity, const char *name,
			double otherwise)
{
	const json_t *value = duet_home_attribute(home, entity, name);

	return json_is_number(value) ? json_number_value(value) : otherwise;
}

static double wanted(const struct warmth *warmth, const struct duet_home_entity *entity)
{
	if (!warmth->is_step)
		return warmth->value;
	return attribute(warmth->home, entity, "temperature", USUAL_DEGREES) + warmth->step;
}

static const char *set_temperature(const void *user, const struct duet_home_entity *entity,
				   json_t **take_data)
{
	*take_data = json_pack("{s:f}", "temperature", wanted(user, entity));
	return "set_temperature";
}

/* One thermostat often heats the whole flat: when none is in the speaker's own room, all of them are meant.
 */
static int find_climate(struct duet_targets *targets, const struct duet_skill_host *host,
			const struct duet_request *request, struct duet_answer *answer)
{
	struct duet_request everywhere = *request;
	bool is_placed = duet_request_slot(request, "area") || duet_request_slot(request, "name");
	int result = duet_targets_find(targets, host, request, "climate", answer);

	if (result == 0 || is_placed || !request->area)
		return result;
	everywhere.area = NULL;
	return duet_targets_find(targets, host, &everywhere, "climate", answer);
}

/* False when a thing cannot be that warm, and the answer says what it can. */
static bool in_range(const struct duet_home *home, const struct duet_targets *targets,
		     const struct warmth *warmth, struct duet_answer *answer)
{
	for (size_t i = 0; i < targets->n; i++) {
		double min = attribute(home, targets->list[i], "min_temp", LOWEST),
		       max = attribute(home, targets->list[i], "max_temp", HIGHEST);
		double value = wanted(warmth, targets->list[i]);

		if (value >= min && value <= max)
			continue;
		duet_answer_set(answer, DUET_ANSWER_FAILED, "out_of_range", NULL,
				json_pack("{s:i, s:i}", "min", (int)min, "max", (int)max));
		return false;
	}
	return true;
}

void duet_home_climate_set(struct duet_home_skill *self, const struct duet_request *request,
			   struct duet_answer *answer)
{
	struct warmth warmth = {.home = self->host->home};
	struct duet_home_order order = {
		.what = "set_temperature", .service = set_temperature, .user = &warmth};
	struct duet_targets targets;
	double by;
	char text[32];

	if (find_climate(&targets, self->host, request, answer) < 0)
		return;
	warmth.is_step = !duet_request_number(request, "temperature", &warmth.value) &&
			 duet_request_number(request, "temperature_step", &warmth.step);
	if (duet_request_number(request, "temperature_by", &by))
		warmth.step *= by;
	if (!in_range(self->host->home, &targets, &warmth, answer))
		return;
	order.key = request->response ? request->response : "default";
	order.take_vars = json_pack("{s:s}", "temperature",
				    duet_phrase_number(wanted(&warmth, targets.list[0]), text, sizeof(text)));
	duet_home_run(&self->jobs, request, &targets, &order, answer);
}

/* How warm it is at a thing: what it measures itself. */
static bool measures(const struct duet_home *home, const struct duet_home_entity *entity, double *degrees)
{
	const json_t *current = duet_home_attribute(home, entity, "current_temperature");
	bool is_sensor = strcmp(entity->domain, "sensor") == 0 && entity->device_class &&
			 strcmp(entity->device_class, "temperature") == 0;
	const char *text = duet_home_state_text(home, entity);
	char *end;

	if (json_is_number(current)) {
		*degrees = json_number_value(current);
		return true;
	}
	*degrees = strtod(text, &end);
	return is_sensor && end != text && *end == '\0';
}

static const struct duet_home_entity *first_that_measures(const struct duet_home *home,
							  const struct duet_home_query *query,
							  double *degrees)
{
	const struct duet_home_entity *found[DUET_TARGETS_MAX];
	size_t n = duet_home_find(home, query, found, DUET_TARGETS_MAX);

	for (size_t i = 0; i < n; i++) {
		if (measures(home, found[i], degrees))
			return found[i];
	}
	return NULL;
}

/* In the room that was said, else here, else wherever a thermostat measures. */
static const struct duet_home_entity *thermometer(const struct duet_home *home,
						  const struct duet_request *request, double *degrees)
{
	struct duet_home_query query = {.name = duet_request_value(request, "name"),
					.area = duet_request_value(request, "area")};
	bool is_said = query.name || query.area;
	const struct duet_home_entity *found;

	if (!is_said)
		query.area = request->area;
	if (is_said || query.area) {
		found = first_that_measures(home, &query, degrees);
		if (found || is_said)
			return found;
	}
	query = (struct duet_home_query){.domain = "climate"};
	return first_that_measures(home, &query, degrees);
}

void duet_home_climate_get(struct duet_home_skill *self, const struct duet_request *request,
			   struct duet_answer *answer)
{
	const struct duet_home *home = self->host->home;
	const struct duet_home_area *area;
	const struct duet_home_entity *found;
	const char *said = duet_request_value(request, "area");
	double degrees;
	char text[32];

	if (!home || duet_home_count(home) == 0) {
		duet_answer_set(answer, DUET_ANSWER_FAILED, "no_home", NULL, NULL);
		return;
	}
	area = said ? duet_home_area(home, said) : NULL;
	said = area ? duet_home_area_name(area, request->language) : "";
	found = thermometer(home, request, &degrees);
	if (!found) {
		duet_answer_set(answer, DUET_ANSWER_FAILED, "no_temperature", NULL,
				json_pack("{s:s}", "area", said));
		return;
	}
	duet_phrase_number(degrees, text, sizeof(text));
	duet_answer_set(answer, DUET_ANSWER_REPLY, request->response ? request->response : "default",
			json_pack("{s:s, s:s, s:s, s:f}", "skill", "home", "do", "get_temperature", "entity",
				  found->id, "temperature", degrees),
			json_pack("{s:s, s:s, s:s}", "temperature", text, "area", said, "names",
				  duet_home_name(found, request->language)));
	duet_answer_about(answer, found->domain, json_pack("{s:s}", "name", found->id), NULL);
}
