/* SPDX-License-Identifier: Apache-2.0 */
#include "dialog/meaning.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "dialog/follow.h"
#include "torture.h"

/* What was said before and what is said now, made one. */

static const struct duet_slot kitchen[] = {
	{"area", "kitchen", {DUET_VALUE_TEXT, 0, "kitchen"}, DUET_SLOT_LIST},
	{"domain", "light", {DUET_VALUE_TEXT, 0, "light"}, DUET_SLOT_FIXED},
	{"brightness", "forty", {DUET_VALUE_NUMBER, 40, "40"}, DUET_SLOT_RANGE},
};

static const struct duet_request dim_the_kitchen = {.intent = "HassLightSet",
						    .response = "brightness_area",
						    .heard = "dim the kitchen",
						    .slots = kitchen,
						    .n_slots = 3};

static const char *value(const json_t *meaning, const char *slot)
{
	const char *text = json_string_value(duet_meaning_value(meaning, slot));

	return text ? text : "";
}

static json_t *with(const struct duet_slot *slots, size_t n)
{
	const struct duet_request said = {.slots = slots, .n_slots = n};
	json_t *before = duet_meaning_new(&dim_the_kitchen), *after = duet_meaning_with(before, &said);

	json_decref(before);
	return after;
}

static void is_read_as_it_was_written(void **state)
{
	struct duet_arena *arena = duet_arena_new(1 << 16);
	struct duet_request read = {.arena = arena};
	json_t *meaning = duet_meaning_new(&dim_the_kitchen);

	assert_int_equal(duet_meaning_read(meaning, &read), 0);
	json_decref(meaning);
	assert_string_equal(read.intent, "HassLightSet");
	assert_string_equal(read.response, "brightness_area");
	assert_int_equal(read.n_slots, 3);
	assert_string_equal(read.slots[0].value.text, "kitchen");
	assert_float_equal(read.slots[2].value.number, 40, 0);
	assert_string_equal(read.slots[2].text, "forty");
	duet_arena_free(arena);
}

static void another_room_is_another_place_for_the_same(void **state)
{
	const struct duet_slot said[] = {
		{"follow", "", {DUET_VALUE_TEXT, 0, "also"}, DUET_SLOT_FIXED},
		{"area", "bedroom", {DUET_VALUE_TEXT, 0, "bedroom"}, DUET_SLOT_LIST}};
	json_t *meaning = with(said, 2);

	assert_string_equal(value(meaning, "area"), "bedroom");
	assert_string_equal(value(meaning, "domain"), "light");
	assert_true(json_number_value(duet_meaning_value(meaning, "brightness")) == 40);
	assert_null(duet_meaning_value(meaning, "follow"));
	assert_true(json_is_null(json_object_get(meaning, "response")));
	json_decref(meaning);
}

static void another_thing_is_no_room_any_more(void **state)
{
	const struct duet_slot said[] = {
		{"name", "tv", {DUET_VALUE_TEXT, 0, "media_player.tv"}, DUET_SLOT_LIST}};
	json_t *meaning = with(said, 1);

	assert_string_equal(value(meaning, "name"), "media_player.tv");
	assert_null(duet_meaning_value(meaning, "area"));
	assert_null(duet_meaning_value(meaning, "domain"));
	json_decref(meaning);
}

static void another_value_stays_where_it_was(void **state)
{
	const struct duet_slot said[] = {{"color", "red", {DUET_VALUE_TEXT, 0, "red"}, DUET_SLOT_LIST}};
	json_t *meaning = with(said, 1);

	assert_string_equal(value(meaning, "area"), "kitchen");
	assert_string_equal(value(meaning, "color"), "red");
	assert_null(duet_meaning_value(meaning, "brightness"));
	json_decref(meaning);
}

/* Follow-ups. */

static struct duet_memory asked_which(void)
{
	struct duet_memory memory = {.n_replies = 0};
	struct duet_answer answer = {.asks = "choice"};
	const struct duet_request cancel = {.intent = "HassCancelTimer", .heard = ""};

	answer.choices = json_pack("[{s:s, s:{s:i}, s:{s:s}}, {s:s, s:{s:i}, s:{s:i}}, {s:b, s:s, s:{}}]",
				   "label", "pizza", "slots", "id", 3, "said", "name", "pizza", "label",
				   "10 minutes", "slots", "id", 4, "said", "start_minutes", 10, "all", 1,
				   "intent", "HassCancelAllTimers", "slots");
	duet_memory_ask(&memory, &cancel, &answer, "Which one?", NULL, 1000);
	json_decref(answer.choices);
	return memory;
}

static void choose(const struct duet_memory *memory, const char *slot, const struct duet_value *said, int id,
		   const char *intent)
{
	const struct duet_slot slots[] = {{"follow", "", {DUET_VALUE_TEXT, 0, "choose"}, DUET_SLOT_FIXED},
					  {slot, "", *said, DUET_SLOT_LIST}};
	const struct duet_request request = {.slots = slots, .n_slots = 2};
	struct duet_follow follow;

	duet_follow_up(&follow, memory, &request);
	if (id < 0) {
		assert_null(follow.meaning);
	} else {
		assert_string_equal(json_string_value(json_object_get(follow.meaning, "intent")), intent);
		assert_int_equal(json_integer_value(duet_meaning_value(follow.meaning, "id")), id);
		assert_int_equal(follow.confirmed, id == 0);
	}
	duet_follow_done(&follow);
}

static void one_is_chosen_by_what_is_said_of_it(void **state)
{
	struct duet_memory memory = asked_which();

	choose(&memory, "name", &(struct duet_value){DUET_VALUE_TEXT, 0, "pizza"}, 3, "HassCancelTimer");
	choose(&memory, "name", &(struct duet_value){DUET_VALUE_TEXT, 0, "pasta"}, -1, NULL);
	choose(&memory, "start_minutes", &(struct duet_value){DUET_VALUE_NUMBER, 10, "10"}, 4,
	       "HassCancelTimer");
	choose(&memory, "choice", &(struct duet_value){DUET_VALUE_NUMBER, 1, "1"}, 3, "HassCancelTimer");
	choose(&memory, "choice", &(struct duet_value){DUET_VALUE_NUMBER, -1, "-1"}, 4, "HassCancelTimer");
	choose(&memory, "choice", &(struct duet_value){DUET_VALUE_NUMBER, 3, "3"}, -1, NULL);
	choose(&memory, "choice", &(struct duet_value){DUET_VALUE_NUMBER, 0, "0"}, 0, "HassCancelAllTimers");
	duet_memory_drop_question(&memory);
}

static void or_by_its_name_in_any_words(void **state)
{
	struct duet_memory memory = asked_which();
	struct duet_follow follow;

	duet_follow_words(&follow, &memory, "well, the Pizza, of course");
	assert_int_equal(json_integer_value(duet_meaning_value(follow.meaning, "id")), 3);
	duet_follow_done(&follow);
	duet_follow_words(&follow, &memory, "pizza, not 10 minutes");
	assert_null(follow.meaning);
	duet_follow_done(&follow);
	duet_memory_drop_question(&memory);
}

static void what_is_asked_is_over_after_a_minute(void **state)
{
	struct duet_memory memory = asked_which();

	assert_false(duet_memory_expire(&memory, 60999));
	assert_true(duet_memory_asks(&memory));
	assert_true(duet_memory_expire(&memory, 61000));
	assert_false(duet_memory_asks(&memory));
	assert_false(duet_memory_expire(&memory, 61000));
}

static int make_one(void *user)
{
	const struct duet_slot said[] = {
		{"area", "bedroom", {DUET_VALUE_TEXT, 0, "bedroom"}, DUET_SLOT_LIST}};
	struct duet_arena *arena = duet_arena_new(1 << 16);
	struct duet_request read = {.arena = arena};
	json_t *meaning = arena ? with(said, 1) : NULL;
	int result = meaning ? duet_meaning_read(meaning, &read) : -ENOMEM;

	json_decref(meaning);
	duet_arena_free(arena);
	return result;
}

static void without_memory(void **state)
{
	json_set_alloc_funcs(duet_alloc, duet_free);
	duet_torture(make_one, NULL);
	json_set_alloc_funcs(malloc, free);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_read_as_it_was_written),
		cmocka_unit_test(another_room_is_another_place_for_the_same),
		cmocka_unit_test(another_thing_is_no_room_any_more),
		cmocka_unit_test(another_value_stays_where_it_was),
		cmocka_unit_test(one_is_chosen_by_what_is_said_of_it),
		cmocka_unit_test(or_by_its_name_in_any_words),
		cmocka_unit_test(what_is_asked_is_over_after_a_minute),
		cmocka_unit_test(without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
