/* SPDX-License-Identifier: Apache-2.0 */
#include "skill/home.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/clock.h"
#include "engine_options.h"
#include "loop/loop.h"
#include "skill/home_job.h"
#include "skill/request.h"
#include "skill/skills.h"
#include "temporary_file.h"

/* The house with a driver that answers as a script says: at once, late, never, or with a failure. */

static const char script[] = "areas: [{name: kitchen}, {name: office}]\n"
			     "entities:\n"
			     "- {id: light.one, name: lamp, area: kitchen, brightness: true}\n"
			     "- {id: light.two, name: lamp, area: office}\n"
			     "- {id: light.three, name: spot, area: kitchen}\n";

struct house {
	struct duet_arena *arena;
	struct duet_home *home;
	struct duet_clock_manual clock;
	struct duet_loop *loop;
	struct duet_skill_host host;
	struct duet_skill_settings settings;
	void *skill;
	struct duet_answer late;
	uint64_t late_turn;
};

static void answered(void *user, uint64_t turn, struct duet_answer *answer)
{
	struct house *house = user;

	house->late_turn = turn;
	house->late = *answer;
	*answer = (struct duet_answer){0};
}

static void house_open(struct house *house, const char *results)
{
	const struct duet_home_engine *engine = (const void *)duet_engine_find("home", "scripted");
	struct duet_home_driver driver = {engine, NULL};
	struct temporary_file file;
	struct duet_error error = {0};
	char text[1024];

	memset(house, 0, sizeof(*house));
	snprintf(text, sizeof(text), "%sresults: [%s]\n", script, results);
	file = temporary_file(text);
	house->arena = duet_arena_new(1 << 20);
	driver.options = engine_options(&engine->engine, house->arena, "script", file.path, NULL);
	if (duet_home_new(&house->home, &driver, 1, NULL, ".", &error) < 0)
		fail_msg("%s", error.what);
	unlink(file.path);
	duet_clock_manual_init(&house->clock, 0);
	house->loop = duet_loop_new(&house->clock.clock);
	house->host = (struct duet_skill_host){.loop = house->loop,
					       .clock = &house->clock.clock,
					       .home = house->home,
					       .settings = &house->settings,
					       .user = house,
					       .answered = answered};
	house->skill = duet_calloc(1, duet_skill_home.state_size);
	assert_int_equal(duet_skill_home.open(house->skill, &house->host, NULL), 0);
}

static void house_close(struct house *house)
{
	duet_skill_home.close(house->skill);
	duet_free(house->skill);
	duet_home_free(house->home);
	duet_loop_free(house->loop);
	duet_arena_free(house->arena);
	duet_answer_set(&house->late, DUET_ANSWER_SILENCE, NULL, NULL, NULL);
}

/* "Turn on NAME", "… the lights in AREA", said in `here`. */
static struct duet_answer turn_on(struct house *house, const char *name, const char *area, const char *here)
{
	struct duet_slot slots[2] = {
		{.name = "domain", .text = "light", .value = {DUET_VALUE_TEXT, 0, "light"}}};
	struct duet_request request = {.turn = 7,
				       .assistant = "a",
				       .language = "en",
				       .area = here,
				       .intent = "HassTurnOn",
				       .slots = slots,
				       .n_slots = 1};
	struct duet_answer answer = {0};

	if (name || area)
		slots[request.n_slots++] =
			(struct duet_slot){.name = name ? "name" : "area",
					   .text = name ? name : area,
					   .value = {DUET_VALUE_TEXT, 0, name ? name : area}};
	duet_skill_home.handle(house->skill, &request, &answer);
	return answer;
}

static const char *var(const struct duet_answer *answer, const char *name)
{
	const char *text = json_string_value(json_object_get(answer->vars, name));

	return text ? text : "";
}

static void drop(struct duet_answer *answer)
{
	duet_answer_set(answer, DUET_ANSWER_SILENCE, NULL, NULL, NULL);
}

static void test_which_one(void **state)
{
	struct house house;
	struct duet_answer answer;

	house_open(&house, "");
	answer = turn_on(&house, "lamp", NULL, NULL);
	assert_int_equal(answer.kind, DUET_ANSWER_QUESTION);
	assert_string_equal(answer.asks, "choice");
	assert_int_equal(json_array_size(answer.choices), 2);
	assert_string_equal(answer.reply, "which_entity");
	assert_string_equal(var(&answer, "areas"), "kitchen and office");
	drop(&answer);
	answer = turn_on(&house, "lamp", NULL, "office");
	assert_string_equal(answer.reply, "default");
	assert_string_equal(json_string_value(json_array_get(json_object_get(answer.act, "entities"), 0)),
			    "light.two");
	drop(&answer);
	answer = turn_on(&house, "heater", NULL, NULL);
	assert_string_equal(answer.reply, "no_entity");
	drop(&answer);
	answer = turn_on(&house, NULL, "attic", NULL);
	assert_string_equal(answer.reply, "no_area");
	drop(&answer);
	house_close(&house);
}

static void test_some_fail(void **state)
{
	struct house house;
	struct duet_answer answer;

	house_open(&house, "ok, fails, fails");
	answer = turn_on(&house, NULL, "kitchen", NULL);
	assert_int_equal(answer.kind, DUET_ANSWER_FAILED);
	assert_string_equal(answer.reply, "partly_failed");
	assert_string_equal(var(&answer, "names"), "lamp");
	assert_string_equal(var(&answer, "failed"), "spot");
	drop(&answer);
	answer = turn_on(&house, "spot", NULL, NULL);
	assert_int_equal(answer.kind, DUET_ANSWER_FAILED);
	assert_string_equal(var(&answer, "failed"), "spot");
	drop(&answer);
	house_close(&house);
}

static void test_a_late_answer(void **state)
{
	struct house house;
	struct duet_answer answer, second;

	house_open(&house, "later, ok");
	answer = turn_on(&house, "spot", NULL, NULL);
	assert_true(answer.pending);
	assert_int_equal(house.late_turn, 0);
	second = turn_on(&house, "spot", NULL, NULL); /* with it the script answers the first */
	assert_int_equal(house.late_turn, 7);
	assert_int_equal(house.late.kind, DUET_ANSWER_REPLY);
	assert_string_equal(house.late.reply, "default");
	drop(&answer);
	drop(&second);
	house_close(&house);
}

static void test_no_answer_at_all(void **state)
{
	struct house house;
	struct duet_answer answer;

	house_open(&house, "ok, never");
	answer = turn_on(&house, NULL, "kitchen", NULL);
	assert_true(answer.pending);
	duet_clock_manual_advance(&house.clock, 4900000000);
	duet_loop_turn(house.loop);
	assert_int_equal(house.late_turn, 0);
	duet_clock_manual_advance(&house.clock, 200000000);
	duet_loop_turn(house.loop);
	assert_int_equal(house.late_turn, 7);
	assert_string_equal(house.late.reply, "partly_failed");
	assert_string_equal(var(&house.late, "failed"), "spot");
	drop(&answer);
	house_close(&house);
}

/* The skill goes before a driver answers: nobody is called any more. */
static void test_closed_while_waiting(void **state)
{
	struct house house;
	struct duet_answer answer;

	house_open(&house, "later, never");
	answer = turn_on(&house, NULL, "kitchen", NULL);
	assert_true(answer.pending);
	drop(&answer);
	house_close(&house);
	assert_int_equal(house.late_turn, 0);
}

static void test_an_empty_house(void **state)
{
	struct house house;
	struct duet_answer answer;
	struct duet_home *full, *empty;

	house_open(&house, "");
	full = house.home;
	assert_int_equal(duet_home_new(&empty, NULL, 0, NULL, ".", NULL), 0);
	house.host.home = empty;
	answer = turn_on(&house, "lamp", NULL, NULL);
	assert_string_equal(answer.reply, "no_home");
	drop(&answer);
	house.host.home = full;
	duet_home_free(empty);
	house_close(&house);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_which_one),
		cmocka_unit_test(test_some_fail),
		cmocka_unit_test(test_a_late_answer),
		cmocka_unit_test(test_no_answer_at_all),
		cmocka_unit_test(test_closed_while_waiting),
		cmocka_unit_test(test_an_empty_house),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
