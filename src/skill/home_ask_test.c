/* SPDX-License-Identifier: Apache-2.0 */
#include "skill_bench.h"

/* Questions to the house: windows and doors, the weather, how warm it shall be. */

static const char house[] =
	"areas: [{name: kitchen}, {name: office}]\n"
	"entities:\n"
	"- {id: binary_sensor.left, name: left window, area: kitchen, device_class: window, state: \"on\"}\n"
	"- {id: binary_sensor.right, name: right window, area: office, device_class: window, state: "
	"\"off\"}\n"
	"- {id: cover.skylight, name: skylight, area: office, device_class: window, state: closed}\n"
	"- {id: cover.blind, name: blind, area: kitchen, device_class: blind, state: open}\n"
	"- {id: binary_sensor.door, name: door, area: kitchen, device_class: door, state: \"off\"}\n"
	"- {id: climate.heat, name: heating, area: kitchen, attributes: {temperature: 20, min_temp: 5, "
	"max_temp: 25}}\n"
	"- id: weather.home\n"
	"  name: home\n"
	"  state: cloudy\n"
	"  attributes:\n"
	"    temperature: 8\n"
	"    forecast:\n"
	"    - {condition: rainy, temperature: 10, templow: 4}\n"
	"    - {condition: sunny, temperature: 12, templow: 3}\n"
	"    - {condition: windy, temperature: 9, templow: 2}\n";

static void test_openings(void **state)
{
	struct skill_bench bench;

	bench_open(&bench, &duet_skill_home, house);
	bench_ask(&bench, "HassGetState", "domain=cover;device_class=window;state=open", "which");
	assert_string_equal(bench_var(&bench, "names"), "left window"); /* no blind, and no closed skylight */
	bench_ask(&bench, "HassGetState", "opening=window;state=closed", "all");
	assert_true(json_is_false(json_object_get(bench.answer.vars, "yes")));
	assert_string_equal(bench_var(&bench, "names"), "left window");
	bench_ask(&bench, "HassGetState", "opening=window;state=open;area=office", "which");
	assert_int_equal(bench_number(&bench, "count"), 0);
	bench_ask(&bench, "HassGetState", "opening=door;state=open", "which");
	assert_int_equal(bench_number(&bench, "count"), 0);
	assert_string_equal(bench_ask(&bench, "HassGetState", "opening=gate;state=open", "which"),
			    "no_opening");
	bench_close(&bench);
	bench_open(&bench, &duet_skill_home, NULL);
	assert_string_equal(bench_ask(&bench, "HassGetState", "opening=door;state=open", "which"), "no_home");
	bench_close(&bench);
}

static void test_days_of_the_weather(void **state)
{
	struct skill_bench bench;

	bench_open(&bench, &duet_skill_home, house);
	bench_ask(&bench, "HassGetWeather", "", NULL);
	assert_string_equal(bench_var(&bench, "temperature"), "8");
	bench_ask(&bench, "HassGetWeather", "day=wed", NULL); /* in two days */
	assert_string_equal(bench_var(&bench, "condition"), "windy");
	assert_string_equal(bench_var(&bench, "day_name"), "Wednesday");
	assert_string_equal(bench_ask(&bench, "HassGetWeather", "day=thu", NULL), "no_forecast");
	assert_string_equal(bench_ask(&bench, "HassGetWeather", "day=yesterday", NULL), "no_forecast");
	assert_string_equal(bench_ask(&bench, "HassGetWeather", "days=100", NULL), "no_forecast");
	assert_string_equal(bench_ask(&bench, "HassGetWeather", "day=week", NULL), "week");
	assert_int_equal(json_array_size(json_object_get(bench.answer.vars, "days")), 3);
	bench_close(&bench);
}

static void test_conditions(void **state)
{
	struct skill_bench bench;

	bench_open(&bench, &duet_skill_home, house);
	bench_ask(&bench, "HassGetWeather", "condition=rainy", "condition"); /* not now, but later today */
	assert_true(json_is_true(json_object_get(bench.answer.vars, "yes")));
	bench_ask(&bench, "HassGetWeather", "condition=rainy;day=tomorrow", "condition");
	assert_true(json_is_false(json_object_get(bench.answer.vars, "yes")));
	assert_string_equal(bench_var(&bench, "condition"), "sunny");
	bench_ask(&bench, "HassGetWeather", "condition=cloudy", "condition");
	assert_true(json_is_true(json_object_get(bench.answer.vars, "yes")));
	bench_close(&bench);
}

static void test_weather_elsewhere(void **state)
{
	struct skill_bench bench;

	bench_open(&bench, &duet_skill_home, house);
	bench.settings.city = "Berlin";
	assert_string_equal(bench_ask(&bench, "HassGetWeather", "place=paris", NULL), "elsewhere");
	assert_string_equal(bench_var(&bench, "place"), "paris");
	assert_string_equal(bench_ask(&bench, "HassGetWeather", "place=berlin", NULL), "default");
	bench_close(&bench);
}

static void test_some_degrees_more(void **state)
{
	struct skill_bench bench;

	bench_open(&bench, &duet_skill_home, house);
	bench_ask(&bench, "HassClimateSetTemperature", "temperature_step=1;temperature_by=3", NULL);
	assert_string_equal(bench_var(&bench, "temperature"), "23");
	assert_string_equal(
		bench_ask(&bench, "HassClimateSetTemperature", "temperature_step=1;temperature_by=9", NULL),
		"out_of_range");
	bench_close(&bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_openings),          cmocka_unit_test(test_days_of_the_weather),
		cmocka_unit_test(test_conditions),        cmocka_unit_test(test_weather_elsewhere),
		cmocka_unit_test(test_some_degrees_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
