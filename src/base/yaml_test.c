/* SPDX-License-Identifier: Apache-2.0 */
#include "base/yaml.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "torture.h"

static const char sample[] = "# a comment\n"
			     "name: 小爱\n"
			     "rooms: [kitchen, \"bed room\"]\n"
			     "lamp: &lamp\n"
			     "  on: 'yes'\n"
			     "other: *lamp\n"
			     "text: |\n"
			     "  two\n"
			     "  lines\n";

static struct duet_yaml *parse(const char *text, struct duet_error *error)
{
	struct duet_yaml *yaml;
	int code = duet_yaml_parse(&yaml, "x.yaml", text, strlen(text), error);

	assert_int_equal(code == 0, yaml != NULL);
	return yaml;
}

static void assert_refused(const char *text, const char *expected)
{
	struct duet_error error;
	char said[600];

	assert_null(parse(text, &error));
	duet_error_format(&error, said, sizeof(said));
	assert_string_equal(said, expected);
}

static void remembers_where_everything_stood(void **state)
{
	struct duet_yaml *yaml = parse(sample, NULL);
	const struct duet_yaml_node *root = duet_yaml_root(yaml), *node;

	assert_int_equal(root->kind, DUET_YAML_MAP);
	assert_int_equal(root->n_children, 5);
	node = duet_yaml_get(root, "name");
	assert_string_equal(node->text, "小爱");
	assert_int_equal(node->line, 2);
	assert_int_equal(node->column, 7);
	assert_int_equal(node->key->column, 1);
	node = duet_yaml_get(root, "rooms");
	assert_int_equal(node->kind, DUET_YAML_LIST);
	assert_false(node->first->quoted);
	assert_true(node->first->next->quoted);
	assert_int_equal(node->first->next->column, 18);
	assert_null(node->first->next->next);
	assert_string_equal(duet_yaml_get(root, "text")->text, "two\nlines\n");
	assert_null(duet_yaml_get(root, "none"));
	assert_null(duet_yaml_get(NULL, "none"));
	duet_yaml_free(yaml);
}

static void an_alias_is_what_it_names(void **state)
{
	struct duet_yaml *yaml = parse(sample, NULL);
	const struct duet_yaml_node *other = duet_yaml_get(duet_yaml_root(yaml), "other");

	assert_string_equal(duet_yaml_get(other, "on")->text, "yes");
	assert_int_equal(other->line, 6);
	duet_yaml_free(yaml);
}

static void empty_documents_have_no_root(void **state)
{
	static const char *const texts[] = {"", "# only a comment\n", "---\n", "\n\n"};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct duet_yaml *yaml = parse(texts[i], NULL);

		assert_null(duet_yaml_root(yaml));
		duet_yaml_free(yaml);
	}
}

static void mistakes_are_told_with_their_place(void **state)
{
	assert_refused("a: 1\nb: 2\na: 3\n",
		       "x.yaml:3:1: \"a\" stands here twice (the first one is in line 1)");
	assert_refused(
		"a:\n\tb: 1\n",
		"x.yaml:2:1: found character that cannot start any token (indent with spaces, not with "
		"tabs, and put text that begins with a special character in quotes)");
	assert_refused("ok: 1\nname: h\xc3\xa9\xff\n",
		       "x.yaml:2:9: this is not UTF-8 text (byte 0xff) (save the file as UTF-8)");
	assert_refused("a: *b\n", "x.yaml:1:4: unknown alias");
	assert_refused("a: &b [*b]\n", "x.yaml:1:8: an alias cannot stand inside what it names");
	assert_refused("a: 1\n---\nb: 2\n", "x.yaml:2:1: a second document begins here");
	assert_refused("[a]: 1\n", "x.yaml:1:1: a key must be a text");
	assert_refused("a: \"\\0\"\n", "x.yaml:1:4: a text cannot hold the character NUL");
	assert_refused("a: [1, 2\n", "x.yaml:2:1: did not find expected ',' or ']'");
}

static void nothing_grows_without_bound(void **state)
{
	struct duet_text text;
	struct duet_error error;

	duet_text_init(&text, 1 << 20);
	for (int i = 0; i < 2000; i++)
		duet_text_printf(&text, "[");
	assert_null(parse(text.ptr, &error));
	assert_string_equal(error.what, "nested too deeply");
	duet_text_done(&text);

	duet_text_printf(&text, "a0: &a0 [x]\n");
	for (int i = 1; i < 30; i++)
		duet_text_printf(&text, "a%d: &a%d [*a%d, *a%d]\n", i, i, i - 1, i - 1);
	assert_null(parse(text.ptr, &error));
	assert_int_equal(error.code, -E2BIG);
	duet_text_done(&text);
}

static int parse_sample(void *user)
{
	struct duet_yaml *yaml;
	struct duet_error error;
	int code = duet_yaml_parse(&yaml, "x.yaml", sample, strlen(sample), &error);

	duet_yaml_free(yaml);
	return code;
}

static void survives_failing_memory(void **state)
{
	duet_torture(parse_sample, NULL);
}

static void a_missing_file_is_told(void **state)
{
	struct duet_yaml *yaml;
	struct duet_error error;

	assert_int_equal(duet_yaml_load(&yaml, "/no/such.yaml", &error), -ENOENT);
	assert_string_equal(error.file, "/no/such.yaml");
	assert_null(yaml);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(remembers_where_everything_stood),
		cmocka_unit_test(an_alias_is_what_it_names),
		cmocka_unit_test(empty_documents_have_no_root),
		cmocka_unit_test(mistakes_are_told_with_their_place),
		cmocka_unit_test(nothing_grows_without_bound),
		cmocka_unit_test(survives_failing_memory),
		cmocka_unit_test(a_missing_file_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
