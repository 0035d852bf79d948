/* SPDX-License-Identifier: Apache-2.0 */
#include "nlu/response.h"

#include <stdlib.h>
#include <string.h>

#include "test/torture.h"

static const char vars_text[] =
	"{\"name\": \"bed LIGHT\", \"count\": 3, \"half\": 20.5, \"zero\": 0, \"none\": null, \"yes\": true,"
	"\"rooms\": [\"kitchen\", \"hall\", \"attic\"], \"state\": {\"value\": \"on\", \"level\": -7}}";

static void expect(const char *source, const char *rendered)
{
	struct duet_arena *arena = duet_arena_new(1 << 20);
	json_t *vars = json_loads(vars_text, 0, NULL);
	struct duet_error error = {0};
	const char *text = duet_response_render(source, vars, arena, &error);

	if (!text)
		fail_msg("\"%s\": %s", source, error.what);
	assert_string_equal(text, rendered);
	assert_int_equal(duet_response_check(source, NULL), 0);
	json_decref(vars);
	duet_arena_free(arena);
}

static void expressions(void **state)
{
	expect("plain  text\n here", "plain text here");
	expect("{{ name }} and {{ state.value }}, {{ state['level'] }}, {{ rooms[1] }}, {{ rooms[-1] }}",
	       "bed LIGHT and on, -7, hall, attic");
	expect("[{{ missing }}][{{ missing.deeper }}]", "[][]");
	expect("{{ count + 1 }} {{ count * 2 - 1 }} {{ 7 // 2 }} {{ -7 // 2 }} {{ 7 % 4 }} {{ 7 / 2 }}",
	       "4 5 3 -4 3 3.5");
	expect("{{ 'a' ~ count ~ \"b\" }} {{ 'it\\'s' }}", "a3b it's");
	expect("{{ count == 3 }} {{ count != 3.0 }} {{ 'a' < 'b' }} {{ 'hall' in rooms }} {{ 'x' not in "
	       "rooms }}",
	       "True False True True True");
	expect("{{ yes and zero }} {{ zero or name }} {{ not zero }}", "0 bed LIGHT True");
	expect("{{ 'many' if count > 1 else 'one' }}{{ '!' if zero }}", "many");
	expect("{{ missing is defined }} {{ none is none }} {{ count is not string }}", "False True True");
	expect("{{ [1, 'two', count] | join('-') }}", "1-two-3");
}

static void filters(void **state)
{
	expect("{{ name | lower }} {{ name | upper }} {{ name | capitalize }} {{ name | title }}",
	       "bed light BED LIGHT Bed light Bed Light");
	expect("{{ missing | default('none yet') }} {{ '' | default('empty', true) }} {{ count | d(9) }}",
	       "none yet empty 3");
	expect("{{ rooms | length }} {{ name | length }} {{ rooms | first }} {{ rooms | last }}",
	       "3 9 kitchen attic");
	expect("{{ rooms | join(', ') }}", "kitchen, hall, attic");
	expect("{{ half | round }} {{ 2.25 | round(1) }} {{ half | int }} {{ '12' | int + 1 }} {{ '1.5' | "
	       "float }}",
	       "20 2.2 20 13 1.5");
	expect("{{ state.level | abs }} {{ ' x ' | trim }} {{ name | replace('bed ', 'ceiling ') }}",
	       "7 x ceiling LIGHT");
}

static void statements(void **state)
{
	expect("{% if zero %}a{% elif count == 3: %}b{% else %}c{% endif %}", "b");
	expect("{% if zero %}a{% elif none %}b{% else %}c{% endif %}", "c");
	expect("{% for r in rooms %}{{ loop.index }} {{ r }}{% if not loop.last %}, {% endif %}{% endfor %}",
	       "1 kitchen, 2 hall, 3 attic");
	expect("{% for r in missing %}x{% else %}nothing{% endfor %}", "nothing");
	expect("{% set n = count - 2 %}{{ n }} timer{{ 's' if n != 1 }}{# not said #}", "1 timer");
	expect("a {%- if yes -%} b {%- endif %}", "a b");
}

static void expect_mistake(const char *source, int line, int column)
{
	struct duet_error error = {0};

	assert_int_equal(duet_response_check(source, &error), -EINVAL);
	assert_true(error.what[0]);
	assert_int_equal(error.line, line);
	assert_int_equal(error.column, column);
}

static void mistakes(void **state)
{
	expect_mistake("x {{ name", 1, 10);
	expect_mistake("{% if name %}x", 1, 15);
	expect_mistake("\n{{ name | shout }}", 2, 11);
	expect_mistake("{% endif %}", 1, 4);
	expect_mistake("{{ 'open }}", 1, 12);
	expect_mistake("{% while true %}", 1, 4);
	expect_mistake("{{ name | join(1, 2) }}", 1, 21);
	expect_mistake("{# open", 1, 1);
}

/* What would run or grow without end stops with an error. */
static void bounds(void **state)
{
	static char deep[4096], wide[70000];
	struct duet_arena *arena = duet_arena_new(4 << 20);
	json_t *vars = json_loads(vars_text, 0, NULL);
	struct duet_error error = {0};

	memset(deep, '(', sizeof(deep) - 1);
	memcpy(deep, "{{", 2);
	assert_int_equal(duet_response_check(deep, NULL), -EINVAL);
	memset(wide, 'x', sizeof(wide) - 1);
	assert_int_equal(duet_response_check(wide, NULL), -EINVAL);
	assert_null(duet_response_render(
		"{% for a in rooms %}{% for b in rooms %}{% for c in rooms %}{% for d in rooms %}"
		"{% for e in rooms %}{% for f in rooms %}{% for g in rooms %}{% for h in rooms %}"
		"{% for i in rooms %}x{% endfor %}{% endfor %}{% endfor %}{% endfor %}{% endfor %}"
		"{% endfor %}{% endfor %}{% endfor %}{% endfor %}",
		vars, arena, &error));
	assert_string_equal(error.what, "the response takes too many steps");
	assert_null(duet_response_render(
		"{% set x = 'aaaaaaaaaaaaaaaa' %}{% for r in [1,2,3,4,5,6,7,8,9,10,11,12] %}"
		"{% set x = x ~ x %}{% endfor %}{{ x }}",
		vars, arena, &error));
	assert_string_equal(error.what, "the response is too long");
	assert_null(duet_response_render("{{ 1 // 0 }}", vars, arena, &error));
	json_decref(vars);
	duet_arena_free(arena);
}

static int render_once(void *user)
{
	struct duet_arena *arena = duet_arena_new(1 << 20);
	json_t *vars = json_loads(vars_text, 0, NULL);
	const char *text = NULL;

	if (arena && vars)
		text = duet_response_render(
			"{% for r in rooms | list %}{{ r | upper ~ loop.index }}{% endfor %}"
			"{{ [half, name] | join(' ') | replace('a', 'b') }}",
			vars, arena, NULL);
	if (text)
		assert_string_equal(text, "KITCHEN1HALL2ATTIC320.5 bed LIGHT");
	json_decref(vars);
	duet_arena_free(arena);
	return text ? 0 : -ENOMEM;
}

static void without_memory(void **state)
{
	json_set_alloc_funcs(duet_alloc, duet_free);
	duet_torture(render_once, NULL);
	json_set_alloc_funcs(malloc, free);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(expressions), cmocka_unit_test(filters), cmocka_unit_test(statements),
		cmocka_unit_test(mistakes),    cmocka_unit_test(bounds),  cmocka_unit_test(without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
