/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "skill/home_skill.h"
#include "skill/phrase.h"
#include "skill/request.h"

/* The weather, as the home's own weather service tells it. */

/* What counts as rain, and as snow. */
static const struct {
	const char *asked, *condition;
} falls[] = {{"rainy", "rainy"}, {"rainy", "pouring"}, {"rainy", "lightning-rainy"}, {"rainy", "snowy-rainy"},
	     {"rainy", "hail"},  {"snowy", "snowy"},   {"snowy", "snowy-rainy"}};

static bool comes(const char *asked, const char *condition)
{
	for (size_t i = 0; i < sizeof(falls) / sizeof(*falls); i++) {
		if (strcmp(falls[i].asked, asked) == 0 && strcmp(falls[i].condition, condition) == 0)
			return true;
	}
	return false;
}

static const struct duet_home_entity *find_weather(const struct duet_home *home,
						   const struct duet_request *request)
{
	struct duet_home_query query = {.name = duet_request_value(request, "name"), .domain = "weather"};
	const struct duet_home_entity *found;

	return duet_home_find(home, &query, &found, 1) ? found : NULL;
}

static void set_number(json_t *vars, const char *name, const json_t *number)
{
	char text[32];

	if (json_is_number(number))
		json_object_set_new(
			vars, name,
			json_string(duet_phrase_number(json_number_value(number), text, sizeof(text))));
}

/* Fills in what is known of the day and returns its condition, NULL when nothing is. */
static const char *read_day(const struct duet_home *home, const struct duet_home_entity *weather,
			    const char *day, json_t *vars)
{
	const json_t *forecast = duet_home_attribute(home, weather, "forecast");

	if (strcmp(day, "tomorrow") == 0) {
		forecast = json_array_get(forecast, 1);
		set_number(vars, "high", json_object_get(forecast, "temperature"));
		set_number(vars, "low", json_object_get(forecast, "templow"));
		return json_object_get(vars, "high") && json_object_get(vars, "low")
			       ? json_string_value(json_object_get(forecast, "condition"))
			       : NULL;
	}
	set_number(vars, "temperature", duet_home_attribute(home, weather, "temperature"));
	return duet_home_state_text(home, weather);
}

/* Rain that falls now, or that today's forecast has. */
static bool rains(const struct duet_home *home, const struct duet_home_entity *weather, const char *day,
		  const char *condition, const char *asked)
{
	const json_t *forecast = json_array_get(duet_home_attribute(home, weather, "forecast"), 0);
	const char *later = json_string_value(json_object_get(forecast, "condition"));

	return comes(asked, condition) || (strcmp(day, "today") == 0 && later && comes(asked, later));
}

void duet_home_weather(struct duet_home_skill *self, const struct duet_request *request,
		       struct duet_answer *answer)
{
	const struct duet_home *home = self->host->home;
	const struct duet_home_entity *weather = home ? find_weather(home, request) : NULL;
	const char *day = duet_request_value(request, "day"),
		   *asked = duet_request_value(request, "condition"), *condition;
	bool yes;
	json_t *vars;

	if (!weather) {
		duet_answer_set(answer, DUET_ANSWER_FAILED, "no_weather", NULL, NULL);
		return;
	}
	day = day ? day : "today";
	vars = json_pack("{s:s, s:s}", "day", day, "name",
			 duet_request_slot(request, "name") ? duet_home_name(weather, request->language)
							    : "");
	condition = read_day(home, weather, day, vars);
	if (!condition || (request->response && strcmp(request->response, "temperature") == 0 &&
			   !json_object_get(vars, "temperature"))) {
		duet_answer_set(answer, DUET_ANSWER_FAILED, "no_forecast", NULL, vars);
		return;
	}
	yes = asked && rains(home, weather, day, condition, asked);
	json_object_set_new(vars, "yes", json_boolean(yes));
	json_object_set_new(vars, "condition",
			    json_string(duet_phrase_weather(request->language, yes ? asked : condition)));
	duet_answer_set(answer, DUET_ANSWER_REPLY, request->response ? request->response : "default",
			json_pack("{s:s, s:s, s:s, s:s}", "skill", "home", "do", "get_weather", "entity",
				  weather->id, "condition", condition),
			vars);
}
