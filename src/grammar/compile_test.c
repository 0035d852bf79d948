/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "grammar/grammar.h"
#include "grammar/network.h"
#include "test/compiled.h"
#include "test/torture.h"

#define INTENT "intents:\n  X:\n    data:\n      - sentences:\n"

static void template_mistakes(void **state)
{
	/* Every line has its own mistake, and each is reported where it stands. */
	compile_mistakes(INTENT "          - turn (on|off the light\n"
				"          - 'turn [on'\n"
				"          - turn on] it\n"
				"          - \"{name\"\n"
				"          - go to {}\n"
				"          - x {name:}\n"
				"          - <> y\n"
				"          - a;b|c\n"
				"          - (a|b;c)\n"
				"          - (a;b;c;d;e;f)\n"
				"          - \"灯 } 开\"\n",
			 "5:18 this ( is never closed\n"
			 "6:19 this [ is never closed\n"
			 "7:20 this ] closes nothing\n"
			 "8:14 this { is never closed\n"
			 "9:20 { is not followed by the name of a list\n"
			 "10:21 the name of a slot is missing after the colon\n"
			 "11:14 < is not followed by the name of a rule\n"
			 "12:16 | and ; are mixed in one group\n"
			 "13:17 | and ; are mixed in one group\n"
			 "14:13 a permutation has more than five items\n"
			 "15:16 this } was never opened\n");
}

static void name_mistakes(void **state)
{
	compile_mistakes(INTENT "          - turn on {nmae} <polite>\n"
				"        slot: {a: b}\n"
				"expansion_rules:\n"
				"  polite: please <kind>\n"
				"langauge: en\n",
			 "6:9 \"slot\" is not known here\n"
			 "9:1 \"langauge\" is not known here\n"
			 "5:21 {nmae} is not defined\n"
			 "8:18 <kind> is not defined\n");
}

static void compile_warnings(const char *yaml, const char *expected)
{
	struct mistakes mistakes = {0};
	struct duet_grammar *grammar = compile_text("en", yaml, &mistakes);
	char *name = strstr(mistakes.text, " /tmp/");

	assert_non_null(grammar);
	for (; name; name = strstr(name, " /tmp/")) /* the file is another one each time */
		memmove(name, strstr(name, ".yaml") + 5, strlen(strstr(name, ".yaml") + 5) + 1);
	assert_string_equal(mistakes.text, expected);
	duet_grammar_free(grammar);
}

static void doubtful_sentences(void **state)
{
	compile_warnings(
		"intents:\n"
		"  X: {data: [{sentences: [\n"
		"      'turn on [the] {name}', '(one|two) times',\n"
		"      '<turn> on the {name}',\n"
		"      'two times']}]}\n"
		"  Y: {data: [{sentences: [\n"
		"      '(two|three) times',\n"
		"      'turn on {name}']}, {sentences: [\n"
		"      '{name} on'], requires_context: {domain: light}}, {sentences: [\n"
		"      '{name} on'], slots: {a: b}}, {sentences: [\n"
		"      'say {name} [loud] {n:name}', '[{name}] now [{name}]']}]}\n"
		"expansion_rules: {turn: turn}\nlists: {n: {values: [x]}}\n",
		"warning: 11:26 the slot \"name\" is filled twice\n"
		"warning: 4:8 this sentence never wins: all of it is said by:3\n"
		"warning: 5:8 this sentence never wins: all of it is said by:3\n"
		"warning: 7:8 some of what this sentence says means something else in:3, which comes first\n"
		"warning: 8:8 this sentence never wins: all of it is said by:3\n");
}

/* Each of them would be endless, or larger than any machine. */
static void hostile_sentences(void **state)
{
	char yaml[4096] = "intents: {X: {data: [{sentences: ['<r0>'], lists: {own: {values: "
			  "[a]}}}]}}\nexpansion_rules:\n";

	for (int i = 0; i < 60; i++)
		snprintf(yaml + strlen(yaml), sizeof(yaml) - strlen(yaml), "  r%d: '<r%d><r%d>'\n", i, i + 1,
			 i + 1);
	snprintf(yaml + strlen(yaml), sizeof(yaml) - strlen(yaml), "  r60: ''\n");
	compile_warnings(yaml, "");
	compile_mistakes(INTENT "          - '(a;b;c;d;(a;b;c;d;(a;b;c;d;(a;b;c;d;(a;b;c;d;e)))))'\n",
			 "5:14 the sentence is too large\n");
}

static void recursion(void **state)
{
	compile_mistakes(INTENT "          - <a>\n"
				"expansion_rules:\n"
				"  a: one <b>\n"
				"  b: two [<a>]\n",
			 "8:11 <a> contains itself\n");
	compile_mistakes(INTENT "          - '{a}'\n"
				"lists: {a: {values: [{in: 'x <b>', out: 1}]}}\n"
				"expansion_rules:\n"
				"  b: y {a}\n",
			 "8:8 {a} contains itself\n");
}

static void layout_mistakes(void **state)
{
	compile_mistakes("language: de\n"
			 "intents:\n"
			 "  X:\n"
			 "    data:\n"
			 "      - sentences: hello\n"
			 "lists:\n"
			 "  a: {values: [{out: 1}]}\n"
			 "  b: {range: {from: 5}}\n"
			 "  c: {range: {from: 5, to: 1}}\n"
			 "  d: {}\n"
			 "  e: {range: {from: x, to: 2}}\n"
			 "skip_words: please\n",
			 "1:11 the file is for the language \"de\", not \"en\"\n"
			 "5:20 a list (- …) is expected here\n"
			 "7:16 a value is a text, or {in: text, out: value}\n"
			 "8:14 a range needs from: and to:\n"
			 "9:14 a range counts upwards in whole steps, within a thousand million\n"
			 "10:6 a list has values, a range, or wildcard: true\n"
			 "11:21 from is not a number\n"
			 "12:13 a list (- …) is expected here\n");
	compile_mistakes("a: [", "2:1 did not find expected node content\n");
}

/* A tower of rules, a permutation of permutations: bounded work. */
static void towers(void **state)
{
	char text[16384] = INTENT "          - <r0>\nexpansion_rules:\n";
	struct mistakes mistakes = {0};
	struct duet_grammar *grammar;
	size_t len = strlen(text);

	for (int i = 0; i < 60; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "  r%d: (a <r%d>|b <r%d>|<r%d>)\n", i,
					i + 1, i + 1, i + 1);
	snprintf(text + len, sizeof(text) - len, "  r60: end\n");
	grammar = compile_text("en", text, NULL);
	assert_true(duet_grammar_network(grammar)->header->size < 100000);
	duet_grammar_free(grammar);
	snprintf(text, sizeof(text),
		 INTENT "          - (((a;b;c;d;e);f;g;h;i);((j;k;l;m;n);o;p;q;r);((s;t;u;v;w);x;y;z;0);"
			"((1;2;3;4;5);6;7;8;9);((a1;a2;a3;a4;a5);a6;a7;a8;a9))\n");
	grammar = compile_text("en", text, &mistakes);
	assert_true(grammar || mistakes.n > 0);
	duet_grammar_free(grammar);
}

static void a_huge_list(void **state)
{
	struct mistakes mistakes = {0};
	struct temporary_file source = temporary_file("");
	char path[64];
	const char *paths[] = {path};
	FILE *file;

	snprintf(path, sizeof(path), "%s.yaml", source.path);
	file = fopen(path, "w");
	fprintf(file, "lists:\n  a:\n    values:\n");
	for (int i = 0; i < 300000; i++)
		fprintf(file, "      - v%d\n", i);
	fclose(file);
	assert_null(compile_paths("en", paths, 1, &mistakes));
	assert_string_equal(mistakes.text, "2:3 the list {a} is too large\n");
	unlink(path);
	unlink(source.path);
}

static void a_range_of_a_million(void **state)
{
	struct duet_grammar *grammar = compile_text(
		"en", INTENT "          - '{n}'\nlists: {n: {range: {from: -1000000, to: 1000000}}}\n", NULL);

	assert_true(duet_grammar_network(grammar)->header->size < 500000);
	duet_grammar_free(grammar);
}

static void a_wrong_response_is_left_out(void **state)
{
	struct mistakes mistakes = {0};
	struct duet_grammar *grammar = compile_text("en",
						    INTENT "          - x\n"
							   "responses:\n"
							   "  intents:\n"
							   "    X:\n"
							   "      default: good\n"
							   "      plain: an {{ x\n"
							   "      quoted: \"a {% fi %}\"\n"
							   "      block: |\n"
							   "        first\n"
							   "        {{ 1 | wrong }}\n"
							   "      some: [good, '{{']\n",
						    &mistakes);

	assert_string_equal(mistakes.text,
			    "warning: 14:16 there is no filter \"wrong\"\n"
			    "warning: 10:21 }} is expected before the end\n"
			    "warning: 11:21 if, for, set, macro or raw is expected, not \"fi\"\n"
			    "warning: 15:23 a value is expected before the end\n");
	expect_response(grammar, "X", NULL, 0, "good");
	expect_response(grammar, "X", "some", 1, "good");
	assert_int_equal(duet_grammar_response(grammar, "X", "plain", 0).len, 0);
	duet_grammar_free(grammar);
}

static void files_add_up(void **state)
{
	struct temporary_file a = temporary_file(""), b = temporary_file("");
	char folder[2][64], path[2][80];
	const char *paths[] = {folder[0], path[1]};
	struct duet_grammar *grammar;
	FILE *file;

	snprintf(folder[0], sizeof(folder[0]), "%s.d", a.path);
	snprintf(path[0], sizeof(path[0]), "%s/one.yaml", folder[0]);
	snprintf(path[1], sizeof(path[1]), "%s.yaml", b.path);
	assert_int_equal(mkdir(folder[0], 0700), 0);
	file = fopen(path[0], "w");
	fputs(INTENT "          - go <where>\nexpansion_rules: {where: home}\nlists: {n: {values: [a]}}\n"
		     "responses: {intents: {X: {default: one, other: [a, b]}}, common: {c: common}, errors: "
		     "{e: error}}\n",
	      file);
	fclose(file);
	file = fopen(path[1], "w");
	fputs("expansion_rules: {where: away}\nlists: {n: {values: [b]}}\nresponses: {intents: {X: {default: "
	      "two}}}\n",
	      file);
	fclose(file);
	grammar = compile_paths("en", paths, 2, NULL);
	expect_response(grammar, "X", NULL, 0, "two");
	expect_response(grammar, "X", "other", 3, "b");
	expect_response(grammar, "X", "c", 0, "common");
	expect_response(grammar, NULL, "e", 9, "error");
	assert_int_equal(duet_grammar_response(grammar, "X", "nothing", 0).len, 0);
	assert_string_equal(duet_grammar_language(grammar), "en");
	duet_grammar_free(grammar);
	unlink(path[0]);
	unlink(path[1]);
	rmdir(folder[0]);
	unlink(a.path);
	unlink(b.path);
}

static const char small[] =
	INTENT "          - (turn;<on>) [the] {name} {n} {c}\n"
	       "        requires_context: {domain: light}\n"
	       "lists: {n: {range: {from: 0, to: 9}}, c: {values: [{in: 're[a]d', out: 1}]}}\n"
	       "expansion_rules: {on: (on|off)}\n"
	       "skip_words: [please]\n"
	       "responses: {intents: {X: {default: yes it is}}}\n";

static void write_small(char path[64])
{
	struct temporary_file source = temporary_file("");
	FILE *file;

	snprintf(path, 64, "%s.yaml", source.path);
	unlink(source.path);
	file = fopen(path, "w");
	fputs(small, file);
	fclose(file);
}

/* Any byte that is wrong is noticed: by the checksum, and where that was mended, by the checks. */
static void damaged_files(void **state)
{
	struct temporary_file out = temporary_file("");
	char path[64], *bytes;
	const char *paths[] = {path};
	struct duet_error error;
	struct duet_network network;
	struct duet_network_header *header;
	size_t n_bytes;
	int n_refused = 0, n_tried = 0;

	write_small(path);
	assert_int_equal(duet_grammar_compile(paths, 1, "en", out.path, NULL, NULL), 0);
	assert_int_equal(duet_file_read(out.path, 1 << 20, &bytes, &n_bytes, NULL), 0);
	header = (void *)bytes;
	for (size_t i = 0; i < n_bytes; i += 3) {
		bytes[i] ^= 0x41;
		assert_int_equal(duet_network_read(&network, (struct duet_slice){bytes, n_bytes}, &error),
				 -EINVAL);
		bytes[i] ^= 0x41;
	}
	for (size_t i = sizeof(*header); i < n_bytes; i++, n_tried++) {
		bytes[i] ^= (char)0x91;
		header->checksum = duet_network_checksum(header, n_bytes);
		n_refused += duet_network_read(&network, (struct duet_slice){bytes, n_bytes}, &error) < 0;
		bytes[i] ^= (char)0x91;
	}
	assert_true(n_refused > n_tried / 4);
	for (size_t n = 0; n < n_bytes; n += 7)
		assert_int_equal(duet_network_read(&network, (struct duet_slice){bytes, n}, &error), -EINVAL);
	duet_free(bytes);
	unlink(path);
	unlink(out.path);
}

static int compile_once(void *user)
{
	struct temporary_file out = temporary_file("");
	const char *paths[] = {user};
	struct duet_grammar *grammar = NULL;
	const struct duet_grammar_value values[] = {
		{.text = "bed [room] lamp", .value = "l", .domain = "light"}};
	/* A language without number words: they take their time, and number_test has them. */
	int rc = duet_grammar_compile(paths, 1, "xx", out.path, NULL, NULL);

	if (rc == 0)
		rc = duet_grammar_open(&grammar, out.path, NULL);
	if (rc == 0)
		rc = duet_grammar_fill(grammar, "name", values, 1, NULL);
	duet_grammar_free(grammar);
	unlink(out.path);
	return rc;
}

static void without_memory(void **state)
{
	char path[64];

	write_small(path);
	duet_torture(compile_once, path);
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(template_mistakes),
		cmocka_unit_test(name_mistakes),
		cmocka_unit_test(recursion),
		cmocka_unit_test(doubtful_sentences),
		cmocka_unit_test(hostile_sentences),
		cmocka_unit_test(layout_mistakes),
		cmocka_unit_test(towers),
		cmocka_unit_test(a_huge_list),
		cmocka_unit_test(a_range_of_a_million),
		cmocka_unit_test(a_wrong_response_is_left_out),
		cmocka_unit_test(files_add_up),
		cmocka_unit_test(damaged_files),
		cmocka_unit_test(without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
