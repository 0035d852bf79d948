/* SPDX-License-Identifier: Apache-2.0 */
#include "response/response.h"

#include <errno.h>
#include <stdlib.h>

#include "test/torture.h"

static const char vars_text[] =
	"{\"name\": \"bed LIGHT\", \"count\": 3, \"half\": 20.5, \"zero\": 0, \"none\": null, \"yes\": true,"
	"\"rooms\": [\"kitchen\", \"hall\", \"attic\"], \"state\": {\"value\": \"on\", \"level\": -7},"
	"\"lamps\": [{\"name\": \"b\", \"on\": true, \"at\": {\"room\": \"hall\"}},"
	"            {\"name\": \"A\", \"on\": false, \"at\": {\"room\": \"attic\"}},"
	"            {\"name\": \"c\", \"on\": true}]}";

static int double_it(void *user, struct duet_arena *arena, const struct duet_datum *arguments, size_t n,
		     struct duet_datum *result)
{
	*result = n ? duet_datum_integer(2 * arguments[0].integer) : (struct duet_datum){0};
	return n > 1 ? -EINVAL : 0;
}

static struct duet_datum_map *vars_in(struct duet_arena *arena)
{
	static const struct duet_datum_moment moment = {2013, 9, 17, 13, 2, 5};
	static const struct duet_datum_function function = {double_it, NULL};
	json_t *json = json_loads(vars_text, 0, NULL);
	struct duet_datum vars;
	int rc = json ? duet_datum_from_json(arena, json, &vars) : -ENOMEM;

	json_decref(json);
	if (rc == 0)
		rc = duet_datum_put(arena, vars.map, "date",
				    (struct duet_datum){.type = DUET_DATUM_DATE, .moment = &moment});
	if (rc == 0)
		rc = duet_datum_put(arena, vars.map, "time",
				    (struct duet_datum){.type = DUET_DATUM_TIME, .moment = &moment});
	if (rc == 0)
		rc = duet_datum_put(arena, vars.map, "double",
				    (struct duet_datum){.type = DUET_DATUM_FUNCTION, .function = &function});
	return rc < 0 ? NULL : vars.map;
}

static const char *render(const char *source, struct duet_arena *arena, struct duet_error *error)
{
	struct duet_slice program;

	*error = (struct duet_error){0};
	if (duet_response_compile(duet_slice(source), arena, &program, error) < 0)
		return NULL;
	assert_true(duet_response_valid(program));
	return duet_response_render(program, vars_in(arena), arena, error);
}

static void expect(const char *source, const char *rendered)
{
	struct duet_arena *arena = duet_arena_new(1 << 20);
	struct duet_error error;
	const char *text = render(source, arena, &error);

	if (!text)
		fail_msg("\"%s\": %d:%d %s", source, error.line, error.column, error.what);
	assert_string_equal(text, rendered);
	duet_arena_free(arena);
}

static void values(void **state)
{
	expect("plain  text\n here", "plain text here");
	expect("{{ name }} and {{ state.value }}, {{ state['level'] }}, {{ rooms[1] }}, {{ rooms[-1] }}",
	       "bed LIGHT and on, -7, hall, attic");
	expect("[{{ missing }}][{{ missing.deeper }}][{{ missing.run(1)[2] }}]{{ rooms[9] }}{{ name[99] }}",
	       "[][][]");
	expect("{{ 1 }} {{ 1.0 }} {{ 0.1 }} {{ 1e3 }} {{ 1e16 }} {{ 0.00001 }} {{ 1_000 }} {{ 12.50 }}",
	       "1 1.0 0.1 1000.0 1e+16 1e-05 1000 12.5");
	expect("{{ true }} {{ False }} {{ none }} {{ [1, 'a', 2.0, None] }} {{ {'k': \"it's\"} }} {{ (1,) }}",
	       "True False None [1, 'a', 2.0, None] {'k': \"it's\"} [1]");
	expect("{{ 'a\\tb\\u00e9\\'\\q' }} {{ 'one' \" two\" }}", "a bé'\\q one two");
	expect("{{ {1: 'one', '1': 'text'}[1] }} {{ {1: 'one'}['1'] }} {{ {1.0: 'x'}[1] }}", "one x");
	expect("{{ date }} {{ date.day }}.{{ date.month }}.{{ date.year }} {{ time }} {{ time.hour }}",
	       "2013-09-17 17.9.2013 13:02:05 13");
	expect("{{ lamps.0.name }} {{ rooms.2 }}", "b attic");
}

static void operations(void **state)
{
	expect("{{ count + 1 }} {{ count * 2 - 1 }} {{ 7 // 2 }} {{ -7 // 2 }} {{ 7 % 4 }} {{ -7 % 4 }} {{ 7 "
	       "/ 2 "
	       "}} {{ 4 / 2 }}",
	       "4 5 3 -4 3 1 3.5 2.0");
	expect("{{ 2 ** 10 }} {{ 2 ** -1 }} {{ 27 ** (1 / 3) }} {{ 7.5 // 2 }} {{ -7.5 % 2 }} {{ 0.1 + 0.2 "
	       "}}",
	       "1024 0.5 3.0 3.0 0.5 0.30000000000000004");
	expect("{{ 'a' ~ count ~ \"b\" }} {{ 1 ~ 2 + 3 ~ 4 }} {{ 'ab' * 2 }} {{ [1] + [2] }} {{ true + 1 }}",
	       "a3b 1234 abab [1, 2] 2");
	expect("{{ '%02d:%s' % (5, 'x') }} {{ '%.1f%%' % 2.55 }} {{ '{:02d} {1} {0:>4}'.format(7, 'b') }}",
	       "05:x 2.5% 07 b 7");
	expect("{{ '{:,.2f}'.format(1234567.891) }} {{ '{:+d}{:<3}|'.format(3, 'a') }} {{ '{{}}'.format() }}",
	       "1,234,567.89 +3a | {}");
	expect("{{ count == 3.0 }} {{ 'a' < 'b' }} {{ 1 < count < 4 }} {{ 1 < count < 2 }} {{ 'x' < 3 }}",
	       "True True True False False");
	expect("{{ 'hall' in rooms }} {{ 'x' not in rooms }} {{ 'all' in 'hall' }} {{ 'value' in state }} {{ "
	       "1 in "
	       "missing }}",
	       "True True True True False");
	expect("{{ yes and zero }} {{ zero or name }} {{ not zero }} {{ not yes or yes }}",
	       "0 bed LIGHT True True");
	expect("{{ 'many' if count > 1 else 'one' }}{{ '!' if zero }} {{ 1 if zero else 2 if none else 3 }}",
	       "many 3");
	expect("{{ -2 | abs }} {{ -count | abs }} {{ 10 - -3 | abs }} {{ 5 % 3 | abs }}", "2 3 7 2");
	expect("{{ rooms[1:] | join('-') }} {{ rooms[:-1] | length }} {{ name[::-1] }} {{ 'äöü'[1:2] }} {{ "
	       "rooms[5:] }}",
	       "hall-attic 2 THGIL deb ö []");
}

static void filters(void **state)
{
	expect("{{ name | lower }} {{ name | upper }} {{ name | capitalize }} {{ \"it's on-off\" | title }}",
	       "bed light BED LIGHT Bed light It's On-Off");
	expect("{{ 'ÄRGER straße' | capitalize }} {{ 'ΟΔΟΣ' | lower }} {{ 'straße' | upper }} {{ 'ёлка' | "
	       "title }}",
	       "Ärger straße οδος STRASSE Ёлка");
	expect("{{ missing | default('none yet') }} {{ '' | default('empty', true) }} {{ none | d(9) }}",
	       "none yet empty None");
	expect("{{ rooms | length }} {{ 'größe' | count }} {{ rooms | first }} {{ rooms | last }} {{ 'ab' | "
	       "list }}",
	       "3 5 kitchen attic ['a', 'b']");
	expect("{{ half | round }} {{ 2.25 | round(1) }} {{ 2.675 | round(2) }} {{ 3 | round }} {{ 2.1 | "
	       "round(0, "
	       "'ceil') }} {{ half | round | int }}",
	       "20.0 2.2 2.67 3 3.0 20");
	expect("{{ '12' | int + 1 }} {{ '12.9' | int }} {{ 'x' | int(7) }} {{ '1.5' | float }} {{ 'x' | "
	       "float(default=2) }} {{ 5 | string + '!' }}",
	       "13 12 7 1.5 2 5!");
	expect("{{ ' x ' | trim }} {{ name | replace('bed ', 'ceiling ') }} {{ 20.5 | replace('.', ',') }}",
	       "x ceiling LIGHT 20,5");
	expect("{{ lamps | map(attribute='name') | sort | join(', ') }} {{ ['b', 'A'] | "
	       "sort(case_sensitive=true) }}",
	       "A, b, c ['A', 'b']");
	expect("{{ lamps | selectattr('on') | map(attribute='name') | list }} {{ lamps | rejectattr('on') | "
	       "list | "
	       "length }} {{ lamps | selectattr('name', 'equalto', 'c') | map(attribute='on') | first }}",
	       "['b', 'c'] 1 True");
	expect("{{ lamps | sort(attribute='at.room', reverse=true) | map(attribute='at.room', default='-') | "
	       "join }}",
	       "hallattic-");
	expect("{{ [3, 1, 2] | max }}{{ [3, 1, 2] | min }} {{ [1, 2] | sum }} {{ ['a', 'A', 'b'] | unique | "
	       "join }} {{ "
	       "[1, 2] | reverse | list }}",
	       "31 3 ab [2, 1]");
	expect("{{ [1, '', 'x'] | select | list }} {{ ['a', 'b'] | select('in', ['b']) | list }} {{ [1, 2] | "
	       "reject('odd') | list }} {{ [' a '] | map('trim') | list }}",
	       "[1, 'x'] ['b'] [2] ['a']");
	expect("{{ {'b': 1, 'a': 2} | dictsort }} {{ {'b': 1} | items | list }}",
	       "[['a', 2], ['b', 1]] [['b', 1]]");
}

static void tests(void **state)
{
	expect("{{ missing is defined }} {{ none is none }} {{ count is not string }} {{ half is number }}",
	       "False True True True");
	expect("{{ 3 is odd }} {{ 4 is even }} {{ 9 is divisibleby 3 }} {{ 'a' is in rooms }} {{ rooms is "
	       "sequence }}",
	       "True True True False True");
	expect("{{ 'x' is eq('x') }} {{ 1 is integer }} {{ 1.0 is float }} {{ 'ab' is lower }} {{ {} is "
	       "mapping }}",
	       "True True True True True");
	expect("{% if missing is not defined and 'a' is string or zero %}yes{% endif %}", "yes");
}

static void methods(void **state)
{
	expect("{{ name.lower() }} {{ name.title() }} {{ \"o'neil\".title() }} {{ ' x'.strip() }} {{ "
	       "'a,b'.split(',')[1] }} {{ ' a  b c '.split() }} {{ 'a b c'.split(' ', 1) }}",
	       "bed light Bed Light O'Neil x b ['a', 'b', 'c'] ['a', 'b c']");
	expect("{{ 'ab'.startswith('a') }} {{ 'ab'.endswith(('x', 'ab')) }} {{ '-'.join(['a', 1]) }} {{ "
	       "'aXbX'.replace('X', "
	       "'-', 1) }} {{ 'abc'.find('c') }} {{ '7'.zfill(3) }}",
	       "True True a-1 a-bX 2 007");
	expect("{{ state.get('value') }} {{ state.get('x', 'else') }} {{ state.get('x') }} {{ state.items() "
	       "}}",
	       "on else None [['value', 'on'], ['level', -7]]");
	expect("{% set l = [] %}{% set _ = l.append(1) %}{% set _ = l.extend([2]) %}{{ l }} {{ l.index(2) }}",
	       "[1, 2] 1");
	expect("{{ (2.0).is_integer() }} {{ half.is_integer() }} {{ date.weekday() }} {{ "
	       "time.strftime('%I:%M %p') }} {{ dict.fromkeys(['a', 'a', 'b']) | length }}",
	       "True False 1 01:02 PM 2");
	expect("{{ double(4) }} {{ dict(a=1).a }} {{ range(3) | list }} {{ range(4, 0, -2) | list }}",
	       "8 1 [0, 1, 2] [4, 2]");
}

static void statements(void **state)
{
	expect("{% if zero %}a{% elif count == 3: %}b{% else %}c{% endif %}", "b");
	expect("{% if zero %}a{% elif none %}b{% else %}{% if yes %}c{% endif %}d{% endif %}", "cd");
	expect("{% for r in rooms %}{{ loop.index }} {{ r }}{% if not loop.last %}, {% endif %}{% endfor %}",
	       "1 kitchen, 2 hall, 3 attic");
	expect("{% for r in missing %}x{% else %}nothing{% endfor %} {% for c in 'ab' %}{{ c }}.{% endfor %}",
	       "nothing a.b.");
	expect("{% for k, v in state.items() %}{{ k }}={{ v }} {% endfor %}{% for a in [1, 2, 3] if a != 2 "
	       "%}{{ a ~ "
	       "loop.revindex }}{% endfor %}",
	       "value=on level=-7 1231");
	expect("{% set n = count - 2 %}{{ n }} timer{{ 's' if n != 1 }}{# not said #}", "1 timer");
	expect("{% set a, b = [1, 2] %}{{ b }}{% set t %}<{{ a }}>{% endset %}{{ t | length }}{{ t }}",
	       "23<1>");
	/* A loop and a block have names of their own, an if has not. */
	expect("{% set x = 1 %}{% for i in [1, 2] %}{% set x = x + i %}{{ x }}{% endfor %}{{ x }}{% if yes "
	       "%}{% "
	       "set x = 9 %}{% endif %}{{ x }}",
	       "2319");
	expect("{% set ns = namespace(x=1) %}{% for i in [1, 2] %}{% set ns.x = ns.x + i %}{% endfor %}{{ "
	       "ns.x }}",
	       "4");
	expect("{% macro plural(n, one, many='s') %}{{ n }} {{ one }}{% if n != 1 %}{{ many }}{% endif %}{% "
	       "endmacro "
	       "%}{{ plural(1, 'hour') }}, {{ plural(2, one='box', many='es') | upper }}",
	       "1 hour, 2 BOXES");
	expect("a {%- if yes -%} b {%- endif %} {{- ' c ' -}} d {#- x -#} e", "ab c de");
	expect("{% raw %}{{ name }} {% if %}{% endraw %}", "{{ name }} {% if %}");
	expect("a\xc2\xa0\xe3\x80\x80 b\xe2\x80\xaf", "a b");
	expect("", "");
}

static void expect_mistake(const char *source, int line, int column, const char *what)
{
	struct duet_arena *arena = duet_arena_new(1 << 20);
	struct duet_error error = {0};
	struct duet_slice program;

	assert_int_equal(duet_response_compile(duet_slice(source), arena, &program, &error), -EINVAL);
	assert_string_equal(error.what, what);
	assert_int_equal(error.line, line);
	assert_int_equal(error.column, column);
	duet_arena_free(arena);
}

static void mistakes(void **state)
{
	expect_mistake("x {{ name", 1, 10, "}} is expected before the end");
	expect_mistake("{% if name %}x", 1, 15, "endif is missing");
	expect_mistake("\nö {{ name | shout }}", 2, 13, "there is no filter \"shout\"");
	expect_mistake("{{ name is loud }}", 1, 12, "there is no test \"loud\"");
	expect_mistake("{% endif %}", 1, 4, "if, for, set, macro or raw is expected, not \"endif\"");
	expect_mistake("{{ 'open }}", 1, 4, "this text is never closed with '");
	expect_mistake("{% while true %}", 1, 4, "if, for, set, macro or raw is expected, not \"while\"");
	expect_mistake("{# open", 1, 1, "this comment is never closed");
	expect_mistake("{{ a b }}", 1, 6, "}} is expected, not \"b\"");
	expect_mistake("{{ [1, 2 }}", 1, 10, "\"]\" is expected, not \"}}\"");
	expect_mistake("{{ a ? b }}", 1, 6, "\"?\" means nothing here");
	expect_mistake("{% for in rooms %}{% endfor %}", 1, 8, "a name is expected, not \"in\"");
	expect_mistake("{{ 1 + }}", 1, 8, "a value is expected, not \"}}\"");
	expect_mistake("{% set x = %}", 1, 12, "a value is expected, not \"%}\"");
	expect_mistake("{% for x in rooms %}{% endif %}", 1, 24,
		       "if, for, set, macro or raw is expected, not \"endif\"");
}

static void expect_failure(const char *source, const char *what)
{
	struct duet_arena *arena = duet_arena_new(64 << 20);
	struct duet_error error;

	assert_null(render(source, arena, &error));
	assert_string_equal(error.what, what);
	assert_true(error.code < 0);
	duet_arena_free(arena);
}

static void failures(void **state)
{
	expect_failure("{{ 1 // 0 }}", "a division by zero");
	expect_failure("{{ 9223372036854775807 + 1 }}", "a number is too large");
	expect_failure("{{ 2 ** 64 }}", "a number is too large");
	expect_failure("{{ 'a' - 1 }}", "a text - a number cannot be reckoned");
	expect_failure("{{ 'a'.fly() }}", "there is no method fly() here");
	expect_failure("{{ unknown(1) }}", "there is no function \"unknown\"");
	expect_failure("{{ double(1, 2) }}", "a function failed");
	expect_failure("{{ rooms | join(1, 2, 3) }}", "the filter join takes no such argument");
	expect_failure("{{ 3 | length }}", "only text, lists and dicts have a length");
	expect_failure("{% set a, b = [1] %}", "there are not as many values as names");
}

/* What would run or grow without end stops with an error. */
static void bounds(void **state)
{
	static char deep[4096], wide[70000];
	struct duet_arena *arena = duet_arena_new(4 << 20);
	struct duet_slice program;

	memset(deep, '(', sizeof(deep) - 1);
	memcpy(deep, "{{", 2);
	assert_int_equal(duet_response_compile(duet_slice(deep), arena, &program, NULL), -EINVAL);
	memset(wide, 'x', sizeof(wide) - 1);
	assert_int_equal(duet_response_compile(duet_slice(wide), arena, &program, NULL), -E2BIG);
	duet_arena_free(arena);
	expect_failure("{% for a in rooms %}{% for b in rooms %}{% for c in rooms %}{% for d in rooms %}"
		       "{% for e in rooms %}{% for f in rooms %}{% for g in rooms %}{% for h in rooms %}"
		       "{% for i in rooms %}{% for j in rooms %}{% for k in rooms %}{% for l in rooms %}"
		       "{% if zero %}x{% endif %}{% endfor %}{% endfor %}{% endfor %}{% endfor %}{% endfor %}"
		       "{% endfor %}{% endfor %}{% endfor %}{% endfor %}{% endfor %}{% endfor %}{% endfor %}",
		       "the response takes too many steps");
	expect_failure("{% set ns = namespace(x='aaaaaaaaaaaaaaaa') %}{% for r in range(20) %}"
		       "{% set ns.x = ns.x ~ ns.x %}{% endfor %}{{ ns.x }}",
		       "the response is too long");
	expect_failure("{{ 'aaaaaaaa' * 9999999 }}", "the response is too long");
	expect_failure("{{ range(9999999) | length }}", "the response takes too many steps");
	expect_failure("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
		       "the response is nested too deeply");
	expect("{% set l = [] %}{% set _ = l.append(l) %}{{ (l ~ '') | length > 10 }} {{ l == l }}",
	       "True True");
}

static void a_damaged_program_is_refused(void **state)
{
	struct duet_arena *arena = duet_arena_new(1 << 20);
	struct duet_slice program, part;
	char *bytes;
	int n_refused = 0;

	assert_int_equal(duet_response_compile(duet_slice("{{ name | upper }}, {{ rooms[1] }}"), arena,
					       &program, NULL),
			 0);
	bytes = (char *)(uintptr_t)program.ptr;
	for (size_t len = 0; len < program.len; len++) {
		part = (struct duet_slice){program.ptr, len};
		assert_false(duet_response_valid(part));
	}
	assert_false(duet_response_valid((struct duet_slice){program.ptr + 1, program.len - 1}));
	for (size_t i = 0; i < program.len; i++)
		for (int bit = 0; bit < 8; bit++) {
			bytes[i] = (char)(bytes[i] ^ 1 << bit);
			n_refused += !duet_response_valid(program);
			if (duet_response_valid(program)) /* then it is another one, and can be rendered */
				duet_response_render(program, vars_in(arena), arena, NULL);
			bytes[i] = (char)(bytes[i] ^ 1 << bit);
		}
	assert_true(n_refused > 100);
	assert_true(duet_response_valid(program));
	duet_arena_free(arena);
}

static int render_once(void *user)
{
	struct duet_arena *arena = duet_arena_new(1 << 20);
	struct duet_datum_map *vars = arena ? vars_in(arena) : NULL;
	struct duet_error error = {0};
	const char *text = NULL;
	struct duet_slice program;

	if (vars && duet_response_compile(
			    duet_slice("{% for r in rooms | list %}{{ r | upper ~ loop.index }}{% endfor %}"
				       "{{ [half, name] | join(' ') | replace('a', 'b') }}"),
			    arena, &program, &error) == 0)
		text = duet_response_render(program, vars, arena, &error);
	if (text)
		assert_string_equal(text, "KITCHEN1HALL2ATTIC320.5 bed LIGHT");
	duet_arena_free(arena);
	return text ? 0 : -ENOMEM;
}

static void without_memory(void **state)
{
	json_set_alloc_funcs(duet_alloc, duet_free);
	duet_torture(render_once, NULL);
	json_set_alloc_funcs(malloc, free);
}

/* However small the arena is, that is an error and nothing worse. */
static void a_small_arena(void **state)
{
	static const char source[] =
		"{% for r in rooms | sort %}{{ r | title }}{% set x %}{{ r }}{% endset %}{% "
		"endfor %}{{ lamps | map(attribute='name') | join(' ') }}";
	struct duet_arena *arena = duet_arena_new(1 << 20);
	struct duet_slice program;
	const char *text = NULL;

	assert_int_equal(duet_response_compile(duet_slice(source), arena, &program, NULL), 0);
	for (size_t size = 0; size < 1 << 20 && !text; size += 64 + size / 8) {
		struct duet_arena *small = duet_arena_new(size);
		struct duet_datum_map *vars = vars_in(small);
		struct duet_error error = {0};

		text = vars ? duet_response_render(program, vars, small, &error) : NULL;
		assert_true(text || !vars || error.code == -ENOMEM);
		if (text)
			assert_string_equal(text, "AtticHallKitchenb A c");
		duet_arena_free(small);
	}
	assert_non_null(text);
	duet_arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest all[] = {
		cmocka_unit_test(values),         cmocka_unit_test(operations),
		cmocka_unit_test(filters),        cmocka_unit_test(tests),
		cmocka_unit_test(methods),        cmocka_unit_test(statements),
		cmocka_unit_test(mistakes),       cmocka_unit_test(failures),
		cmocka_unit_test(bounds),         cmocka_unit_test(a_damaged_program_is_refused),
		cmocka_unit_test(without_memory), cmocka_unit_test(a_small_arena),
	};

	return cmocka_run_group_tests(all, NULL, NULL);
}
