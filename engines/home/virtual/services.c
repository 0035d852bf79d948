/* SPDX-License-Identifier: Apache-2.0 */
#include "services.h"

#include <errno.h>
#include <string.h>

struct job {
	const struct duet_home_entity *entity;
	json_t *state, *attributes;
	const json_t *data;
	const char *argument; /* from the table */
};

static void set_state(struct job *job, const char *state)
{
	json_object_set_new(job->state, "state", json_string(state));
}

static void set_attribute(struct job *job, const char *name, json_t *take_value)
{
	json_object_set_new(job->attributes, name, take_value);
}

static const char *state_of(const struct job *job)
{
	const char *state = json_string_value(json_object_get(job->state, "state"));

	return state ? state : "";
}

/* A number of the data; false when it is not there or out of range. */
static bool number(const struct job *job, const char *name, double min, double max, double *value)
{
	const json_t *given = json_object_get(job->data, name);

	*value = json_number_value(given);
	return json_is_number(given) && *value >= min && *value <= max;
}

static int to_state(struct job *job)
{
	set_state(job, job->argument);
	return 0;
}

static int light_on(struct job *job)
{
	const json_t *color = json_object_get(job->data, "color_name");
	bool asks_brightness = json_object_get(job->data, "brightness_pct") != NULL,
	     asks_kelvin = json_object_get(job->data, "color_temp_kelvin") != NULL;
	double brightness = 0, kelvin = 0;

	if ((asks_brightness && !job->entity->has_brightness) || (color && !job->entity->has_color) ||
	    (asks_kelvin && !job->entity->has_color_temp))
		return -ENOTSUP;
	if ((asks_brightness && !number(job, "brightness_pct", 0, 100, &brightness)) ||
	    (asks_kelvin && !number(job, "color_temp_kelvin", 1000, 10000, &kelvin)) ||
	    (color && !json_is_string(color)))
		return -EINVAL;
	set_state(job, asks_brightness && brightness < 1 ? "off" : "on");
	if (asks_brightness)
		set_attribute(job, "brightness_pct", json_integer((json_int_t)brightness));
	else if (job->entity->has_brightness && !json_object_get(job->attributes, "brightness_pct"))
		set_attribute(job, "brightness_pct", json_integer(100));
	if (asks_kelvin)
		set_attribute(job, "color_temp_kelvin", json_integer((json_int_t)kelvin));
	if (color)
		set_attribute(job, "color_name", json_string(json_string_value(color)));
	return 0;
}

static int toggle(struct job *job)
{
	bool is_cover = strcmp(job->entity->domain, "cover") == 0;

	if (is_cover) {
		bool open = strcmp(state_of(job), "closed") == 0;

		set_state(job, open ? "open" : "closed");
		set_attribute(job, "current_position", json_integer(open ? 100 : 0));
		return 0;
	}
	set_state(job, strcmp(state_of(job), "off") == 0 ? "on" : "off");
	return 0;
}

static int fan_speed(struct job *job)
{
	double percentage;

	if (!number(job, "percentage", 0, 100, &percentage))
		return -EINVAL;
	set_state(job, percentage > 0 ? "on" : "off");
	set_attribute(job, "percentage", json_integer((json_int_t)percentage));
	return 0;
}

/* open_cover and close_cover: the table's argument is the state. */
static int move_cover(struct job *job)
{
	set_state(job, job->argument);
	set_attribute(job, "current_position", json_integer(strcmp(job->argument, "open") == 0 ? 100 : 0));
	return 0;
}

static int cover_position(struct job *job)
{
	double position;

	if (!job->entity->has_position)
		return -ENOTSUP;
	if (!number(job, "position", 0, 100, &position))
		return -EINVAL;
	set_state(job, position > 0 ? "open" : "closed");
	set_attribute(job, "current_position", json_integer((json_int_t)position));
	return 0;
}

static int nothing(struct job *job)
{
	return 0;
}

static int climate_temperature(struct job *job)
{
	const json_t *min = json_object_get(job->attributes, "min_temp"),
		     *max = json_object_get(job->attributes, "max_temp");
	double temperature;

	if (!number(job, "temperature", min ? json_number_value(min) : 5, max ? json_number_value(max) : 35,
		    &temperature))
		return -EINVAL;
	set_attribute(job, "temperature", json_real(temperature));
	if (strcmp(state_of(job), "off") == 0)
		set_state(job, "heat");
	return 0;
}

static int player_volume(struct job *job)
{
	double level;

	if (!number(job, "volume_level", 0, 1, &level))
		return -EINVAL;
	set_attribute(job, "volume_level", json_real(level));
	return 0;
}

static int player_mute(struct job *job)
{
	const json_t *muted = json_object_get(job->data, "is_volume_muted");

	if (!json_is_boolean(muted))
		return -EINVAL;
	set_attribute(job, "is_volume_muted", json_boolean(json_is_true(muted)));
	return 0;
}

static int player_skip(struct job *job)
{
	json_int_t step = strcmp(job->argument, "next") == 0 ? 1 : -1;
	json_int_t track = json_integer_value(json_object_get(job->attributes, "media_track"));

	set_attribute(job, "media_track", json_integer(track + step < 0 ? 0 : track + step));
	set_state(job, "playing");
	return 0;
}

/* To-do lists. */

static json_t *list_items(struct job *job)
{
	if (!json_is_array(json_object_get(job->attributes, "items")))
		set_attribute(job, "items", json_array());
	return json_object_get(job->attributes, "items");
}

static bool is_open_item(const json_t *item)
{
	const char *status = json_string_value(json_object_get(item, "status"));

	return !status || strcmp(status, "completed") != 0;
}

static void count_items(struct job *job)
{
	json_t *items = list_items(job), *item;
	char text[24];
	size_t i;
	int n = 0;

	json_array_foreach(items, i, item) n += is_open_item(item);
	snprintf(text, sizeof(text), "%d", n);
	set_state(job, text);
}

static int todo_add(struct job *job)
{
	const json_t *item = json_object_get(job->data, "item");

	if (!json_is_string(item) || json_array_size(list_items(job)) >= 1000)
		return -EINVAL;
	json_array_append_new(list_items(job), json_pack("{s:s, s:s}", "summary", json_string_value(item),
							 "status", "needs_action"));
	count_items(job);
	return 0;
}

static int todo_update(struct job *job)
{
	const char *wanted = json_string_value(json_object_get(job->data, "item"));
	const json_t *status = json_object_get(job->data, "status");
	json_t *item;
	size_t i;

	if (!wanted || !json_is_string(status))
		return -EINVAL;
	json_array_foreach(list_items(job), i, item)
	{
		const char *summary = json_string_value(json_object_get(item, "summary"));

		if (!summary || strcmp(summary, wanted) != 0 || !is_open_item(item))
			continue;
		json_object_set_new(item, "status", json_string(json_string_value(status)));
		count_items(job);
		return 0;
	}
	return -EINVAL;
}

static int todo_clear(struct job *job)
{
	json_array_clear(list_items(job));
	count_items(job);
	return 0;
}

static const struct {
	const char *domain, *service;
	int (*run)(struct job *job);
	const char *argument;
} services[] = {
	{"light", "turn_on", light_on, NULL},
	{"light", "turn_off", to_state, "off"},
	{"light", "toggle", toggle, NULL},
	{"switch", "turn_on", to_state, "on"},
	{"switch", "turn_off", to_state, "off"},
	{"switch", "toggle", toggle, NULL},
	{"input_boolean", "turn_on", to_state, "on"},
	{"input_boolean", "turn_off", to_state, "off"},
	{"input_boolean", "toggle", toggle, NULL},
	{"fan", "turn_on", to_state, "on"},
	{"fan", "turn_off", to_state, "off"},
	{"fan", "toggle", toggle, NULL},
	{"fan", "set_percentage", fan_speed, NULL},
	{"cover", "open_cover", move_cover, "open"},
	{"cover", "close_cover", move_cover, "closed"},
	{"cover", "stop_cover", nothing, NULL},
	{"cover", "set_cover_position", cover_position, NULL},
	{"cover", "toggle", toggle, NULL},
	{"lock", "lock", to_state, "locked"},
	{"lock", "unlock", to_state, "unlocked"},
	{"climate", "turn_on", to_state, "heat"},
	{"climate", "turn_off", to_state, "off"},
	{"climate", "set_temperature", climate_temperature, NULL},
	{"media_player", "turn_on", to_state, "idle"},
	{"media_player", "turn_off", to_state, "off"},
	{"media_player", "toggle", toggle, NULL},
	{"media_player", "media_play", to_state, "playing"},
	{"media_player", "media_pause", to_state, "paused"},
	{"media_player", "media_next_track", player_skip, "next"},
	{"media_player", "media_previous_track", player_skip, "previous"},
	{"media_player", "volume_set", player_volume, NULL},
	{"media_player", "volume_mute", player_mute, NULL},
	{"scene", "turn_on", nothing, NULL},
	{"script", "turn_on", nothing, NULL},
	{"todo", "add_item", todo_add, NULL},
	{"todo", "update_item", todo_update, NULL},
	{"todo", "remove_all_items", todo_clear, NULL},
};

int service_run(const struct duet_home_entity *entity, json_t *state, const char *service, const json_t *data)
{
	struct job job = {entity, state, json_object_get(state, "attributes"), data, NULL};

	for (size_t i = 0; i < sizeof(services) / sizeof(*services); i++) {
		if (strcmp(services[i].domain, entity->domain) != 0 ||
		    strcmp(services[i].service, service) != 0)
			continue;
		job.argument = services[i].argument;
		return services[i].run(&job);
	}
	return -ENOTSUP;
}
