/* SPDX-License-Identifier: Apache-2.0 */
#include "skill_bench.h"

static const char two_lists[] = "entities:\n"
				"- {id: todo.chores, name: Chores, attributes: {items: [mow the lawn]}}\n"
				"- {id: todo.shopping, name: Shopping List, attributes: {items: [eggs]}}\n";

static void test_which_list(void **state)
{
	struct skill_bench bench;

	bench_open(&bench, &duet_skill_list, two_lists);
	bench_ask(&bench, "HassShoppingListAddItem", "item=milk", NULL);
	assert_string_equal(bench_var(&bench, "list"), "Shopping List");
	bench_ask(&bench, "HassListAddItem", "item=laundry;list=todo", NULL);
	assert_string_equal(bench_var(&bench, "list"), "Chores");
	assert_string_equal(bench_ask(&bench, "HassListAddItem", "item=nails;name=hardware", NULL),
			    "no_entity");
	bench_ask(&bench, "DuetReadList", "", NULL);
	assert_string_equal(bench_var(&bench, "items"), "eggs and milk");
	assert_string_equal(bench_ask(&bench, "DuetReadList", "", "lists"), "lists");
	assert_string_equal(bench_var(&bench, "lists"), "Chores and Shopping List");
	bench_close(&bench);
}

/* One list is all lists. */
static void test_only_list(void **state)
{
	struct skill_bench bench;

	bench_open(&bench, &duet_skill_list, "entities: [{id: todo.all, name: Everything}]\n");
	bench_ask(&bench, "HassListAddItem", "item=laundry;list=todo", NULL);
	assert_string_equal(bench_var(&bench, "list"), "Everything");
	bench_close(&bench);
	bench_open(&bench, &duet_skill_list, "entities: [{id: light.one, name: lamp}]\n");
	assert_string_equal(bench_ask(&bench, "HassListAddItem", "item=laundry;list=todo", NULL),
			    "no_domain");
	bench_close(&bench);
	bench_open(&bench, &duet_skill_list, NULL);
	assert_string_equal(bench_ask(&bench, "DuetReadList", "", "lists"), "no_home");
	bench_close(&bench);
}

static void test_items(void **state)
{
	struct skill_bench bench;

	bench_open(&bench, &duet_skill_list, two_lists);
	assert_string_equal(bench_ask(&bench, "HassShoppingListAddItem", "", NULL), "no_item");
	assert_string_equal(bench_ask(&bench, "HassShoppingListCompleteItem", "", NULL), "no_item");
	assert_string_equal(bench_ask(&bench, "HassShoppingListAddItem", "item=Eggs", NULL), "already");
	assert_string_equal(bench_ask(&bench, "DuetReadList", "item=eggs", NULL), "has");
	assert_string_equal(bench_ask(&bench, "DuetReadList", "item=milk", NULL), "has_not");
	assert_string_equal(bench_ask(&bench, "HassShoppingListCompleteItem", "item=milk", NULL),
			    "not_on_list");
	assert_string_equal(bench_ask(&bench, "HassShoppingListCompleteItem", "item=eggs", NULL), "default");
	assert_string_equal(bench_ask(&bench, "DuetReadList", "item=eggs", NULL), "has_not");
	assert_string_equal(bench_ask(&bench, "DuetReadList", "", NULL), "empty");
	bench_close(&bench);
}

static void test_clearing_is_asked_about(void **state)
{
	struct skill_bench bench;

	bench_open(&bench, &duet_skill_list, two_lists);
	assert_string_equal(bench_ask(&bench, "DuetClearList", "", NULL), "confirm");
	assert_int_equal(bench.answer.kind, DUET_ANSWER_QUESTION);
	assert_string_equal(bench_ask(&bench, "DuetReadList", "item=eggs", NULL), "has");
	bench_close(&bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_which_list),
		cmocka_unit_test(test_only_list),
		cmocka_unit_test(test_items),
		cmocka_unit_test(test_clearing_is_asked_about),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
