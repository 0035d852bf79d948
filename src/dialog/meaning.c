/* SPDX-License-Identifier: Apache-2.0 */
#include "dialog/meaning.h"

#include <errno.h>
#include <string.h>

#include "base/arena.h"

/* Slots that stand for one thing together. `response`: the sentence's own answer spoke of them. */
static const struct group {
	const char *slots[10];
	bool response;
} groups[] = {
	{{"name", "area", "floor", "domain", "device_class", "id"}, true},
	{{"hours", "minutes", "seconds", "hour", "minute", "minutes_to", "named"}, false},
	{{"period"}, false},
	{{"day", "month", "monthday", "repeat"}, false},
	{{"start_hours", "start_minutes", "start_seconds"}, false},
	{{"brightness", "brightness_step", "color", "temperature", "temperature_step"}, true},
	{{"volume_level", "volume_step", "percent"}, false},
};

static const struct group *group_of(const char *slot)
{
	for (size_t i = 0; i < sizeof(groups) / sizeof(*groups); i++) {
		for (const char *const *one = groups[i].slots; *one; one++) {
			if (strcmp(*one, slot) == 0)
				return &groups[i];
		}
	}
	return NULL;
}

static const char *name_of(const json_t *slot)
{
	const char *name = json_string_value(json_object_get(slot, "name"));

	return name ? name : "";
}

static json_t *value_of(const struct duet_value *value)
{
	if (value->kind == DUET_VALUE_NUMBER)
		return json_real(value->number);
	return value->kind == DUET_VALUE_TEXT ? json_string(value->text) : json_null();
}

/* Slots that only say how the sentence leans on others. */
static bool leans(const struct duet_slot *slot)
{
	return strcmp(slot->name, "follow") == 0 || strcmp(slot->name, "choice") == 0;
}

static json_t *slot_of(const struct duet_slot *slot)
{
	return json_pack("{s:s, s:s, s:o}", "name", slot->name, "text", slot->text ? slot->text : "", "value",
			 value_of(&slot->value));
}

json_t *duet_meaning_new(const struct duet_request *request)
{
	json_t *slots = json_array();

	for (size_t i = 0; slots && i < request->n_slots; i++) {
		if (!leans(&request->slots[i]))
			json_array_append_new(slots, slot_of(&request->slots[i]));
	}
	return json_pack("{s:s, s:s?, s:s, s:o}", "intent", request->intent, "response", request->response,
			 "heard", request->heard ? request->heard : "", "slots", slots);
}

/* Reading. */

static const char *copy(struct duet_arena *arena, const char *text)
{
	return text ? duet_arena_copy(arena, duet_slice(text)) : NULL;
}

static int read_value(const json_t *value, const char *said, struct duet_arena *arena, struct duet_value *out)
{
	*out = (struct duet_value){.kind = DUET_VALUE_NONE, .text = said};
	if (json_is_number(value)) {
		out->kind = DUET_VALUE_NUMBER;
		out->number = json_number_value(value);
		out->text = duet_arena_printf(arena, "%.10g", out->number);
	} else if (json_is_string(value)) {
		out->kind = DUET_VALUE_TEXT;
		out->text = copy(arena, json_string_value(value));
	}
	return out->text ? 0 : -ENOMEM;
}

static int read_slot(const json_t *json, struct duet_arena *arena, struct duet_slot *slot)
{
	const char *text = json_string_value(json_object_get(json, "text"));

	*slot = (struct duet_slot){.name = copy(arena, name_of(json)),
				   .text = copy(arena, text ? text : ""),
				   .source = DUET_SLOT_CONTEXT};
	if (!slot->name || !slot->text)
		return -ENOMEM;
	return read_value(json_object_get(json, "value"), slot->text, arena, &slot->value);
}

int duet_meaning_read(const json_t *meaning, struct duet_request *request)
{
	const json_t *slots = json_object_get(meaning, "slots");
	size_t n = json_array_size(slots);
	struct duet_slot *read = duet_arena_alloc(request->arena, (n + 1) * sizeof(*read));
	const char *response = json_string_value(json_object_get(meaning, "response"));

	request->intent = copy(request->arena, json_string_value(json_object_get(meaning, "intent")));
	request->heard = copy(request->arena, json_string_value(json_object_get(meaning, "heard")));
	request->response = copy(request->arena, response);
	if (!read || !request->intent || !request->heard || (response && !request->response))
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		if (read_slot(json_array_get(slots, i), request->arena, &read[i]) < 0)
			return -ENOMEM;
	}
	request->slots = read;
	request->n_slots = n;
	return 0;
}

/* Changing. */

static void drop_slot(json_t *meaning, const char *name)
{
	json_t *slots = json_object_get(meaning, "slots");

	for (size_t i = json_array_size(slots); i-- > 0;) {
		if (strcmp(name_of(json_array_get(slots, i)), name) == 0)
			json_array_remove(slots, i);
	}
}

void duet_meaning_drop_group(json_t *meaning, const char *name)
{
	const struct group *group = group_of(name);

	for (const char *const *one = group ? group->slots : NULL; one && *one; one++)
		drop_slot(meaning, *one);
	drop_slot(meaning, name);
	if (group && group->response)
		json_object_set_new(meaning, "response", json_null());
}

/* Another room (or all), the same kind of thing: "and in the bedroom?" of the lights. */
static bool is_only_a_place(const struct duet_request *request)
{
	bool is_place = false;

	for (size_t i = 0; i < request->n_slots; i++) {
		const struct duet_slot *slot = &request->slots[i];
		bool is_name = strcmp(slot->name, "name") == 0;

		if (is_name && strcmp(slot->value.text, "all") != 0)
			return false;
		is_place |= is_name || strcmp(slot->name, "area") == 0 || strcmp(slot->name, "floor") == 0;
	}
	return is_place;
}

json_t *duet_meaning_with(const json_t *meaning, const struct duet_request *request)
{
	json_t *made = json_deep_copy(meaning), *slots = json_object_get(made, "slots");
	json_t *domain = json_incref((json_t *)(uintptr_t)duet_meaning_value(meaning, "domain")),
	       *class = json_incref((json_t *)(uintptr_t)duet_meaning_value(meaning, "device_class"));

	for (size_t i = 0; i < request->n_slots; i++) {
		if (!leans(&request->slots[i]))
			duet_meaning_drop_group(made, request->slots[i].name);
	}
	for (size_t i = 0; i < request->n_slots; i++) {
		if (!leans(&request->slots[i]))
			json_array_append_new(slots, slot_of(&request->slots[i]));
	}
	if (is_only_a_place(request)) {
		json_t *kept = json_pack("{s:O?, s:O?}", "domain", domain, "device_class", class);

		duet_meaning_set(made, kept);
		json_decref(kept);
	}
	json_decref(domain);
	json_decref(class);
	return made;
}

int duet_meaning_set(json_t *meaning, const json_t *slots)
{
	json_t *list = json_object_get(meaning, "slots"), *value;
	const char *name;

	json_object_foreach((json_t *)(uintptr_t)slots, name, value)
	{
		json_t *slot;

		if (json_is_null(value))
			continue;
		slot = json_pack("{s:s, s:s, s:O}", "name", name, "text",
				 json_is_string(value) ? json_string_value(value) : "", "value", value);
		drop_slot(meaning, name);
		if (json_array_append_new(list, slot) < 0)
			return -ENOMEM;
	}
	return 0;
}

const json_t *duet_meaning_value(const json_t *meaning, const char *name)
{
	const json_t *slots = json_object_get(meaning, "slots");

	for (size_t i = 0; i < json_array_size(slots); i++) {
		if (strcmp(name_of(json_array_get(slots, i)), name) == 0)
			return json_object_get(json_array_get(slots, i), "value");
	}
	return NULL;
}
