/* SPDX-License-Identifier: Apache-2.0 */
#include "nlu/match.h"

#include <stdio.h>
#include <string.h>

#include "grammar/grammar.h"
#include "test/compiled.h"
#include "test/torture.h"

/* "Intent slot=value …" of the best parse, "" when there is none. */
static void describe(const struct duet_grammar *grammar, const char *text, const char *area, char *into,
		     size_t size)
{
	struct duet_arena *arena = duet_arena_new(16 << 20);
	struct duet_match_context context = {.area = area};
	struct duet_match match;
	int rc = duet_match_text(grammar, duet_slice(text), &context, arena, &match), len = 0;

	into[0] = '\0';
	assert_true(rc == 0 || rc == 1);
	if (rc == 1)
		len = snprintf(into, size, "%s", match.intent);
	for (size_t i = 0; rc == 1 && i < match.n_slots; i++) {
		const struct duet_slot *slot = &match.slots[i];

		if (slot->value.kind == DUET_VALUE_NUMBER)
			len += snprintf(into + len, size - (size_t)len, " %s=%g", slot->name,
					slot->value.number);
		else
			len += snprintf(into + len, size - (size_t)len, " %s=%s", slot->name,
					slot->value.text);
	}
	duet_arena_free(arena);
}

static void expect_at(const struct duet_grammar *grammar, const char *text, const char *area,
		      const char *meaning)
{
	char found[512];

	describe(grammar, text, area, found, sizeof(found));
	if (strcmp(found, meaning) != 0)
		fail_msg("\"%s\" means \"%s\", not \"%s\"", text, found, meaning);
}

static void expect(const struct duet_grammar *grammar, const char *text, const char *meaning)
{
	expect_at(grammar, text, NULL, meaning);
}

static struct duet_grammar *compile(const char *language, const char *sentences, const char *more)
{
	char yaml[8192];

	snprintf(yaml, sizeof(yaml), "intents:\n  X:\n    data:\n%s%s", sentences, more);
	return compile_text(language, yaml, NULL);
}

static void templates(void **state)
{
	struct duet_grammar *g = compile("en",
					 "      - sentences:\n"
					 "          - turn(s|ed|) [the] light[s] (on;now)\n"
					 "          - \"[please ]stop[ it]\"\n"
					 "          - 'five \\[ six'\n"
					 "          - \"what's up-to-date?\"\n"
					 "          - 'go  ( to | )   lamp 2 '\n",
					 "");

	expect(g, "turn the lights on now", "X");
	expect(g, "turned light now on", "X");
	expect(g, "turn lights on", "");
	expect(g, "turn thelights on now", "");
	expect(g, "turnthe lights on now", "");
	expect(g, "please stop", "X");
	expect(g, "stop it", "X");
	expect(g, "stopit", "");
	expect(g, "five [ six", "X");
	expect(g, "what's up to date", "X");
	expect(g, "What’s up-to-date?", "X");
	expect(g, "go to lamp two", "X");
	expect(g, "go lamp 2", "X");
	expect(g, "", "");
	expect(g, "   \t ... ", "");
	duet_grammar_free(g);
}

static void what_was_said(void **state)
{
	struct duet_grammar *g = compile(
		"en", "      - sentences: ['add {item} to [the] list', '{item} at a.m.', 'öffne É']\n",
		"lists: {item: {wildcard: true}}\n");

	expect(g, "  Add \t RED Apples, to the list!", "X item=RED Apples");
	expect(g, "add to to list", "X item=to");
	expect(g, "add to list", "");
	expect(g, "add Müllers \"Milch\" to list.", "X item=Müllers Milch");
	expect(g, "seven at a.m.", "X item=seven");
	expect(g, "ÖFFNE é", "X");
	expect(g,
	       "o\xcc\x88"
	       "ffne e\xcc\x81",
	       "X");
	duet_grammar_free(g);
}

static void numbers(void **state)
{
	struct duet_grammar *g = compile(
		"en",
		"      - sentences: ['set {n}[ ]%', 'heat {t} degrees', 'cold {m}', 'x{n}y', 'far {d}']\n",
		"lists:\n"
		"  n: {range: {from: 0, to: 100, step: 5, multiplier: 2}}\n"
		"  t: {range: {from: 10, to: 30, fractions: halves}}\n"
		"  d: {range: {from: 1, to: 1000000000}}\n"
		"  m: {range: {from: -1000000, to: 1000000}}\n");

	expect(g, "set 50%", "X n=100");
	expect(g, "set 50 %", "X n=100");
	expect(g, "set fifty five %", "X n=110");
	expect(g, "set fifty-five %", "X n=110");
	expect(g, "set 51%", "");
	expect(g, "set 105%", "");
	expect(g, "heat 20.5 degrees", "X t=20.5");
	expect(g, "heat 20,5 degrees", "X t=20.5");
	expect(g, "heat twenty and a half degrees", "X t=20.5");
	expect(g, "heat 20.25 degrees", "");
	expect(g, "cold -12345", "X m=-12345");
	expect(g, "cold minus five", "X m=-5");
	expect(g, "cold two thousand", "X m=2000");
	expect(g, "far three thousand five hundred", "X d=3500");
	expect(g, "far 123456789", "X d=1.23457e+08");
	expect(g, "x5y", "X n=10");
	expect(g, "cold 99999999999999999999999999", "");
	duet_grammar_free(g);
}

static void mandarin(void **state)
{
	struct duet_grammar *g = compile(
		"zh-CN",
		"      - sentences: ['(打开|关闭) [一下] {what}', '音量 调到 {n}[%]', '记住{any}吧']\n",
		"lists:\n"
		"  what: {values: [{in: '[大]灯', out: light}, {in: TV, out: tv}]}\n"
		"  n: {range: {from: 0, to: 100}}\n"
		"  any: {wildcard: true}\n");

	expect(g, "打开大灯", "X what=light");
	expect(g, "打 开 一下 灯。", "X what=light");
	expect(g, "关闭tv！", "X what=tv");
	expect(g, "音量调到二十五", "X n=25");
	expect(g, "音量调到25%", "X n=25");
	expect(g, "音量调到２５", "X n=25");
	expect(g, "音量调到两", "X n=2");
	expect(g, "记住吧吧", "X any=吧");
	expect(g, "请打开灯", "");
	duet_grammar_free(g);
}

static struct duet_grammar *home(void)
{
	const struct duet_grammar_value names[] = {
		{.text = "Bed Light", .value = "light.bed", .domain = "light", .area = "bedroom"},
		{.text = "(TV|television)", .value = "media.tv", .domain = "media_player"},
		{.text = "door", .value = "lock.door", .domain = "lock"},
		{.text = "door", .value = "cover.door", .domain = "cover"},
	};
	const struct duet_grammar_value areas[] = {{.text = "bedroom", .value = "bedroom"},
						   {.text = "bed", .value = "bed_area"}};
	struct duet_grammar *g = compile(
		"en",
		"      - sentences: ['turn on [the] {name}']\n"
		"        excludes_context: {domain: [lock, cover]}\n"
		"      - sentences: ['turn on [the] {area} light[s]']\n"
		"        slots: {domain: light, level: 3}\n"
		"      - sentences: ['turn on the lights']\n"
		"        requires_context: {area: {slot: true}}\n"
		"        response: here\n"
		"      - sentences: ['open [the] {name}']\n"
		"        requires_context: {domain: cover}\n"
		"      - sentences: ['dim {name}']\n"
		"        requires_context: {domain: [fan, light], area: {value: bedroom, slot: true}}\n",
		"");

	assert_int_equal(duet_grammar_fill(g, "name", names, 4, NULL), 0);
	assert_int_equal(duet_grammar_fill(g, "area", areas, 2, NULL), 0);
	return g;
}

static void the_home(void **state)
{
	struct duet_grammar *g = home();
	const struct duet_grammar_value bad = {.text = "lamp (", .value = "x"},
					good = {.text = "lamp", .value = "y"};
	struct duet_error error;

	expect(g, "turn on the bed light", "X name=light.bed");
	expect(g, "turn on the bedroom light", "X area=bedroom domain=light level=3");
	expect(g, "turn on television", "X name=media.tv");
	expect(g, "turn on the door", "");
	expect(g, "open the door", "X name=cover.door");
	expect(g, "turn on the lights", "");
	expect_at(g, "turn on the lights", "attic", "X area=attic");
	expect(g, "dim bed light", "X name=light.bed area=bedroom");
	expect(g, "dim tv", "");
	assert_int_equal(duet_grammar_fill(g, "name", &bad, 1, &error), -EINVAL);
	assert_string_equal(error.what, "this ( is never closed");
	expect(g, "turn on the bed light", "X name=light.bed");
	assert_int_equal(duet_grammar_fill(g, "name", &good, 1, &error), 0);
	expect(g, "turn on the bed light", "X area=bed_area domain=light level=3");
	expect(g, "turn on lamp", "X name=y");
	assert_int_equal(duet_grammar_fill(g, "name", NULL, 0, &error), 0);
	expect(g, "turn on lamp", "");
	assert_int_equal(duet_grammar_fill(g, "planet", &good, 1, &error), -ENOENT);
	duet_grammar_free(g);
}

static void ranking(void **state)
{
	const struct duet_grammar_value names[] = {{.text = "lamp", .value = "short"},
						   {.text = "big lamp", .value = "long"}};
	struct duet_grammar *g = compile(
		"en",
		"      - sentences:\n"
		"          - '{w:one} {w:two} now'\n"
		"          - '{w:one} now'\n"
		"          - 'use {list:value} (now|later)'\n"
		"          - 'use {w:value} now'\n"
		"          - 'try {name} now'\n"
		"          - 'try [big] {name} now'\n"
		"          - 'try {list:value} [big] [lamp] now'\n"
		"          - '(first|same)'\n"
		"      - sentences: ['same']\n"
		"        slots: {second: yes}\n",
		"lists: {w: {wildcard: true}, list: {values: [this, {in: 'big lamp', out: thing}]}}\n");
	struct duet_arena *arena = duet_arena_new(16 << 20);
	struct duet_match matches[8];

	assert_int_equal(duet_grammar_fill(g, "name", names, 2, NULL), 0);
	expect(g, "say it now", "X one=say it");
	expect(g, "use this now", "X value=this");
	expect(g, "use other now", "X value=other");
	expect(g, "try big lamp now", "X name=long");
	expect(g, "same", "X");
	assert_int_equal(duet_match_all(g, duet_slice("try big lamp now"), NULL, arena, matches, 8), 7);
	/* name long, name short, list, and wildcards split in different places; all once. The best first. */
	assert_int_equal(matches[0].n_parses, 7);
	assert_string_equal(matches[2].slots[0].value.text, "short");
	assert_string_equal(matches[3].slots[0].value.text, "thing");
	assert_int_equal(matches[0].line, 9);
	duet_arena_free(arena);
	duet_grammar_free(g);
}

static void skip_words(void **state)
{
	struct duet_grammar *g =
		compile("en", "      - sentences: ['turn on {w}', 'please hold', 'run']\n",
			"lists: {w: {wildcard: true}}\nskip_words: [please, could, 'could you']\n");

	expect(g, "please run", "X");
	expect(g, "could you please run please", "X");
	expect(g, "please hold", "X");
	expect(g, "turn on please", "X w=please");
	expect(g, "pleased run", "");
	expect(g, "please", "");
	duet_grammar_free(g);
}

/* A wildcard keeps the words beside it; where no wildcard is, fewer wildcards win whatever is left out. */
static void skip_words_and_wildcards(void **state)
{
	struct duet_grammar *g = compile("en", "      - sentences: ['play {w}', 'next song', '{w} on']\n",
					 "lists: {w: {wildcard: true}}\nskip_words: [please, 'i want']\n");

	expect(g, "please play jazz", "X w=jazz");
	expect(g, "please play jazz please", "X w=jazz please");
	expect(g, "please lamp on please", "X w=please lamp");
	expect(g, "i want please next song", "X");
	duet_grammar_free(g);
}

/* What stands inside goes only when nothing else is understood; what begins a template is no courtesy. */
static void skip_words_inside_wildcards(void **state)
{
	struct duet_grammar *g =
		compile("en", "      - sentences: ['add {w} to it', 'i want {w}']\n",
			"lists: {w: {wildcard: true}}\nskip_words: [please, thanks, 'i want']\n");

	expect(g, "please add thanks cards to it thanks", "X w=thanks cards");
	expect(g, "add milk to please it", "X w=milk");
	expect(g, "i want cake", "X w=cake");
	duet_grammar_free(g);
}

/* A room that any home may have, and the one that this home has. */
static void what_the_home_has_comes_first(void **state)
{
	struct duet_grammar *g = compile(
		"en",
		"      - sentences: ['light the ({other:area}|{area})', 'start [the] {device:name}',\n"
		"                    'start [the] fan (now|soon)']\n",
		"lists: {other: {values: [kitchen, attic]}, area: {values: []},\n"
		"        device: {values: [fan now, radio]}}\n");
	const struct duet_grammar_value area = {.text = "kitchen", .value = "area.1"};

	assert_int_equal(duet_grammar_fill(g, "area", &area, 1, NULL), 0);
	expect(g, "light the kitchen", "X area=area.1");
	expect(g, "light the attic", "X area=attic");
	expect(g, "start the fan now", "X"); /* no name of the home: the words of the template win */
	expect(g, "start the radio", "X name=radio");
	duet_grammar_free(g);
}

static void wildcards_within_words(void **state)
{
	struct duet_grammar *g =
		compile("en", "      - sentences: ['say {w}ish', 'tell {w} off', 'put {w}[ away]']\n",
			"lists: {w: {wildcard: true}}\n");

	expect(g, "say greenish", "X w=green");
	expect(g, "say green ish", "X w=green");
	expect(g, "say ish", "");
	expect(g, "tell them off", "X w=them");
	expect(g, "tell themoff", "");
	expect(g, "put it away", "X w=it");
	expect(g, "put itaway", "X w=itaway");
	duet_grammar_free(g);
}

/* Where vowels are signs, what follows may be written to the last of them. */
static void wildcards_before_what_is_joined(void **state)
{
	struct duet_grammar *g =
		compile("ne", "      - sentences: ['{w} को टाइमर']\n", "lists: {w: {wildcard: true}}\n");

	expect(g, "पिज्जा को टाइमर", "X w=पिज्जा");
	expect(g, "पिज्जाको टाइमर", "X w=पिज्जा");
	expect(g, "घरको टाइमर", "");
	duet_grammar_free(g);
}

/* What a slot has is what was said, without the marks that nobody says. */
static void words_of_slots(void **state)
{
	struct duet_grammar *g =
		compile("en", "      - sentences: ['add {w} now']\n", "lists: {w: {wildcard: true}}\n");

	expect(g, "Add Milk,  «Eggs» and  Crème-Fraîche, now!", "X w=Milk «Eggs» and Crème-Fraîche");
	expect(g, "add Straße 5.5 A.C. now", "X w=Straße 5.5 A.C.");
	expect(g, "add the cook’s hat now", "X w=the cook's hat");
	duet_grammar_free(g);
}

/* Every script is folded alike in templates and in what is said. */
static void scripts(void **state)
{
	struct duet_grammar *g =
		compile("tr",
			"      - sentences: ['Işıkları aç', 'ΦΩΣ ανοιχτό', 'می‌خواهم "
			"{n}', 'เปิด\u200bไฟ', 'थोड़ा।', "
			"'l’heure？']\n",
			"lists: {n: {range: {from: 1, to: 30}}}\nskip_words: ['s’il']\n");

	expect(g, "IŞIKLARI AÇ", "X");
	expect(g, "ışıkları aç.", "X");
	expect(g, "φως ΑΝΟΙΧΤΌ;", "X");
	expect(g, "میخواهم ۲۱", "X n=21");
	expect(g, "เปิดไฟ", "X");
	expect(g, "थोड़ा", "X");
	expect(g, "s'il l'heure", "X");
	duet_grammar_free(g);
}

static void hyphens(void **state)
{
	struct duet_grammar *g = compile("en",
					 "      - sentences: ['is-it late']\n        slots: {hyphen: yes}\n"
					 "      - sentences: ['is it late', 'on-off']\n",
					 "");

	expect(g, "is-it late", "X hyphen=yes");
	expect(g, "is it late", "X");
	expect(g, "on off", "X");
	expect(g, "on-off", "X");
	duet_grammar_free(g);
}

static void keywords(void **state)
{
	struct duet_grammar *g = compile(
		"en", "      - sentences: ['[turn] {w} on']\n        required_keywords: [Lamp, light]\n",
		"lists: {w: {wildcard: true}}\n");

	expect(g, "turn big lamp on", "X w=big lamp");
	expect(g, "turn lamps on", "");
	duet_grammar_free(g);
}

static void values_of_all_kinds(void **state)
{
	struct duet_grammar *g =
		compile("en", "      - sentences: ['{v}', '{1..9,4:n} {v:@told} {@v}']\n",
			"lists: {v: {values: [{in: blinds, out: [blind, shade]}, {in: two, out: 2}]}}\n");
	struct duet_arena *arena = duet_arena_new(1 << 20);
	struct duet_match match;

	expect(g, "blinds", "X v=blind v=shade");
	expect(g, "two", "X v=2");
	expect(g, "5 two blinds", "X n=5");
	expect(g, "4 two blinds", "");
	assert_int_equal(duet_match_text(g, duet_slice("five two blinds"), NULL, arena, &match), 1);
	assert_int_equal(match.n_captures, 3);
	assert_string_equal(match.captures[0].name, "told");
	assert_int_equal(match.captures[0].source, DUET_SLOT_LIST);
	assert_string_equal(match.captures[2].name, "v");
	assert_string_equal(match.captures[2].value.text, "shade");
	assert_int_equal(match.slots[0].source, DUET_SLOT_RANGE);
	assert_string_equal(match.slots[0].text, "five");
	assert_string_equal(match.template, "{1..9,4:n} {v:@told} {@v}");
	duet_arena_free(arena);
	duet_grammar_free(g);
}

static void local_names(void **state)
{
	struct duet_grammar *g = compile(
		"en",
		"      - sentences: ['a <outer>']\n"
		"        expansion_rules: {inner: two}\n"
		"        lists: {n: {values: [red]}}\n"
		"      - sentences: ['b <outer>']\n",
		"expansion_rules: {outer: '<inner> {n}', inner: one}\nlists: {n: {values: [blue]}}\n");

	expect(g, "a two red", "X n=red");
	expect(g, "a one red", "");
	expect(g, "b one blue", "X n=blue");
	expect(g, "b two red", "");
	duet_grammar_free(g);
}

static void spaces_around_values(void **state)
{
	struct duet_grammar *g = compile("en",
					 "      - sentences: ['{room}light {n} %', 'for{n}minutes', '<r>s']\n"
					 "      - sentences: ['here']\n"
					 "        requires_context: {area: {slot: preferred}, mode: day}\n",
					 "lists: {room: {values: [hall]}, n: {range: {from: 1, to: 9}}}\n"
					 "expansion_rules: {r: '{room} door'}\n");
	const struct duet_grammar_context mode = {"mode", "day"};
	struct duet_match_context context = {.area = "attic", .more = &mode, .n_more = 1};
	struct duet_arena *arena = duet_arena_new(1 << 20);
	struct duet_match match;

	expect(g, "hall light 5%", "X room=hall n=5");
	expect(g, "halllight 5 %", "X room=hall n=5");
	expect(g, "for 5 minutes", "X n=5");
	expect(g, "halldoors", "X room=hall");
	expect(g, "hall do ors", "");
	expect_at(g, "here", "attic", "");
	assert_int_equal(duet_match_text(g, duet_slice("here"), &context, arena, &match), 1);
	assert_string_equal(match.slots[0].name, "preferred");
	assert_string_equal(match.slots[0].text, "attic");
	duet_arena_free(arena);
	duet_grammar_free(g);
}

/* Sentences made to take long, and bytes that are no text. */
static void hostile(void **state)
{
	struct duet_grammar *g = compile(
		"en",
		"      - sentences: ['{a} {b} {c} {d} {e} {f}', '[a] [a] [a] [a] [a] [a] {a} [a] [a] [a] [a] "
		"b', "
		"'<r>', 'x{a} y{b} z']\n",
		"lists: {a: {wildcard: true}, b: {wildcard: true}, c: {wildcard: true}, d: {wildcard: true}, "
		"e: {wildcard: true}, f: {wildcard: true}}\n"
		"expansion_rules: {r: '(a|a a|<s>) (a|a a|<s>) (a|a a|<s>) (a|a a|<s>)', s: '(a|{a}) "
		"(a|{b})'}\n");
	struct duet_arena *arena = duet_arena_new(256 << 20);
	struct duet_match match;
	static char text[1 << 20];

	for (size_t i = 0; i + 2 < 2000; i += 2)
		memcpy(text + i, "a ", 3);
	assert_true(duet_match_text(g, duet_slice(text), NULL, arena, &match) != -ENOMEM);
	for (size_t i = 0; i + 2 < 60; i += 2)
		memcpy(text + i, "a ", 3);
	assert_int_equal(duet_match_text(g, duet_slice(text), NULL, arena, &match), 1);
	memset(text, 'a', sizeof(text) - 1);
	assert_int_equal(duet_match_text(g, duet_slice(text), NULL, arena, &match), -E2BIG);
	assert_int_equal(duet_match_text(g, (struct duet_slice){"a \xff b", 5}, NULL, arena, &match),
			 -EILSEQ);
	assert_int_equal(duet_match_text(g, (struct duet_slice){"a \0 b", 5}, NULL, arena, &match), -EILSEQ);
	duet_arena_free(arena);
	duet_grammar_free(g);
}

static int match_once(void *user)
{
	struct duet_arena *arena = duet_arena_new(1 << 20);
	struct duet_match match;
	int rc = arena ? duet_match_text(user, duet_slice("Turn on the big bed-light, please"),
					 &(struct duet_match_context){.area = "attic"}, arena, &match)
		       : -ENOMEM;

	duet_arena_free(arena);
	return rc;
}

static void without_memory(void **state)
{
	struct duet_grammar *g = home();

	duet_torture(match_once, g);
	duet_grammar_free(g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(templates),
		cmocka_unit_test(what_was_said),
		cmocka_unit_test(numbers),
		cmocka_unit_test(mandarin),
		cmocka_unit_test(the_home),
		cmocka_unit_test(ranking),
		cmocka_unit_test(skip_words),
		cmocka_unit_test(skip_words_and_wildcards),
		cmocka_unit_test(skip_words_inside_wildcards),
		cmocka_unit_test(what_the_home_has_comes_first),
		cmocka_unit_test(wildcards_within_words),
		cmocka_unit_test(wildcards_before_what_is_joined),
		cmocka_unit_test(words_of_slots),
		cmocka_unit_test(scripts),
		cmocka_unit_test(hyphens),
		cmocka_unit_test(keywords),
		cmocka_unit_test(values_of_all_kinds),
		cmocka_unit_test(local_names),
		cmocka_unit_test(spaces_around_values),
		cmocka_unit_test(hostile),
		cmocka_unit_test(without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
