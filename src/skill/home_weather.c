/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "skill/day.h"
#include "skill/home_skill.h"
#include "skill/moment.h"
#include "skill/phrase.h"
#include "skill/request.h"

/* The weather, as the home's own weather service tells it. */

enum { MAX_DAYS = 7 };

/* What counts as rain, as snow … */
static const struct {
	const char *asked, *condition;
} falls[] = {{"rainy", "rainy"},        {"rainy", "pouring"},     {"rainy", "lightning-rainy"},
	     {"rainy", "snowy-rainy"},  {"rainy", "hail"},        {"snowy", "snowy"},
	     {"snowy", "snowy-rainy"},  {"sunny", "sunny"},       {"sunny", "clear-night"},
	     {"sunny", "partlycloudy"}, {"cloudy", "cloudy"},     {"cloudy", "partlycloudy"},
	     {"cloudy", "fog"},         {"windy", "windy"},       {"windy", "windy-variant"},
	     {"foggy", "fog"},          {"stormy", "lightning"},  {"stormy", "lightning-rainy"},
	     {"stormy", "hail"},        {"stormy", "exceptional"}};

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

static bool today_is(const struct duet_skill_host *host, int64_t *today)
{
	int64_t now_s = duet_clock_wall_s(host->clock);
	struct duet_civil now;
	struct duet_zone *zone;

	*today = 0;
	if (now_s < DUET_MOMENT_CLOCK_SET_S || duet_zone_new(&zone, host->settings->zone, NULL) < 0)
		return false;
	duet_zone_civil(zone, now_s, &now);
	duet_zone_free(zone);
	*today = duet_civil_days(now.year, now.month, now.day);
	return true;
}

/* How many days ahead; tomorrow is so even while nobody knows what day it is. Negative: that cannot be told.
 */
static int days_ahead(const struct duet_skill_host *host, const struct duet_request *request)
{
	const char *name = duet_request_value(request, "day");
	bool is_near = name && (strcmp(name, "today") == 0 || strcmp(name, "tomorrow") == 0 ||
				strcmp(name, "after_tomorrow") == 0);
	int64_t today, day;

	if (!today_is(host, &today) && name && !is_near)
		return -ENOENT;
	day = today;
	if (duet_day_read(&day, request, today) == -EINVAL || day < today || day >= today + MAX_DAYS)
		return -ENOENT;
	return (int)(day - today);
}

/* "tomorrow", "Friday" */
static const char *day_name(const struct duet_skill_host *host, int ahead, const char *language)
{
	const char *near = duet_phrase_near_day(language, ahead);
	struct duet_civil civil;
	int64_t today;

	if (near || !today_is(host, &today))
		return near ? near : "";
	duet_civil_from_days(today + ahead, &civil);
	return duet_phrase_weekday(language, civil.weekday);
}

static const char *read_forecast(const json_t *forecast, json_t *vars)
{
	set_number(vars, "high", json_object_get(forecast, "temperature"));
	set_number(vars, "low", json_object_get(forecast, "templow"));
	return json_object_get(vars, "high") && json_object_get(vars, "low")
		       ? json_string_value(json_object_get(forecast, "condition"))
		       : NULL;
}

/* Fills in what is known of the day and returns its condition, NULL when nothing is. */
static const char *read_day(const struct duet_home *home, const struct duet_home_entity *weather, int ahead,
			    json_t *vars)
{
	if (ahead > 0)
		return read_forecast(
			json_array_get(duet_home_attribute(home, weather, "forecast"), (size_t)ahead), vars);
	set_number(vars, "temperature", duet_home_attribute(home, weather, "temperature"));
	return duet_home_state_text(home, weather);
}

/* "today cloudy, 4 to 10 degrees; tomorrow …": as far as the forecast goes. */
static void tell_week(struct duet_home_skill *self, const struct duet_request *request,
		      const struct duet_home_entity *weather, struct duet_answer *answer)
{
	const json_t *forecast = duet_home_attribute(self->host->home, weather, "forecast");
	json_t *days = json_array();

	for (size_t i = 0; i < json_array_size(forecast) && i < MAX_DAYS; i++) {
		json_t *day = json_object();
		const char *condition = read_forecast(json_array_get(forecast, i), day);
		const char *name = day_name(self->host, (int)i, request->language);

		if (condition && *name) {
			json_object_set_new(day, "name", json_string(name));
			json_object_set_new(day, "condition",
					    json_string(duet_phrase_weather(request->language, condition)));
			json_array_append(days, day);
		}
		json_decref(day);
	}
	if (json_array_size(days) == 0)
		duet_answer_set(answer, DUET_ANSWER_FAILED, "no_forecast", NULL, NULL);
	else
		duet_answer_set(answer, DUET_ANSWER_REPLY, "week",
				json_pack("{s:s, s:s, s:s}", "skill", "home", "do", "get_weather", "entity",
					  weather->id),
				json_pack("{s:O}", "days", days));
	json_decref(days);
}

/* Rain that falls now, or that today's forecast has. */
static bool rains(const struct duet_home *home, const struct duet_home_entity *weather, int ahead,
		  const char *condition, const char *asked)
{
	const json_t *forecast = json_array_get(duet_home_attribute(home, weather, "forecast"), 0);
	const char *later = json_string_value(json_object_get(forecast, "condition"));

	return comes(asked, condition) || (ahead == 0 && later && comes(asked, later));
}

static const char *place_asked(const struct duet_skill_host *host, const struct duet_request *request)
{
	const char *place = duet_request_said(request, "place");

	return place && host->settings->city && duet_phrase_same(place, host->settings->city) ? NULL : place;
}

static void tell_day(struct duet_home_skill *self, const struct duet_request *request,
		     const struct duet_home_entity *weather, int ahead, struct duet_answer *answer)
{
	const struct duet_home *home = self->host->home;
	const char *day = duet_request_value(request, "day"),
		   *asked = duet_request_value(request, "condition");
	json_t *vars = json_pack(
		"{s:s, s:s, s:s}", "day",
		ahead == 0 ? "today"
		: day      ? day
			   : "",
		"day_name", day_name(self->host, ahead, request->language), "name",
		duet_request_slot(request, "name") ? duet_home_name(weather, request->language) : "");
	const char *condition = read_day(home, weather, ahead, vars);
	bool no_degrees = !json_object_get(vars, "temperature") && !json_object_get(vars, "high"), yes;

	if (!condition ||
	    (request->response && strcmp(request->response, "temperature") == 0 && no_degrees)) {
		duet_answer_set(answer, DUET_ANSWER_FAILED, "no_forecast", NULL, vars);
		return;
	}
	yes = asked && rains(home, weather, ahead, condition, asked);
	json_object_set_new(vars, "yes", json_boolean(yes));
	json_object_set_new(vars, "condition",
			    json_string(duet_phrase_weather(request->language, yes ? asked : condition)));
	duet_answer_set(answer, DUET_ANSWER_REPLY, request->response ? request->response : "default",
			json_pack("{s:s, s:s, s:s, s:s}", "skill", "home", "do", "get_weather", "entity",
				  weather->id, "condition", condition),
			vars);
}

void duet_home_weather(struct duet_home_skill *self, const struct duet_request *request,
		       struct duet_answer *answer)
{
	const struct duet_home *home = self->host->home;
	const struct duet_home_entity *weather = home ? find_weather(home, request) : NULL;
	const char *day = duet_request_value(request, "day"), *place = place_asked(self->host, request);
	int ahead;

	if (!weather) {
		duet_answer_set(answer, DUET_ANSWER_FAILED, "no_weather", NULL, NULL);
		return;
	}
	if (place) {
		duet_answer_set(answer, DUET_ANSWER_FAILED, "elsewhere", NULL,
				json_pack("{s:s}", "place", place));
		return;
	}
	if (day && strcmp(day, "week") == 0) {
		tell_week(self, request, weather, answer);
		return;
	}
	ahead = days_ahead(self->host, request);
	if (ahead < 0)
		duet_answer_set(answer, DUET_ANSWER_FAILED, "no_forecast", NULL, NULL);
	else
		tell_day(self, request, weather, ahead, answer);
}
