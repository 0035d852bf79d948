/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"
#include "base/yaml.h"
#include "nlu/match.h"
#include "shipped.h"

/* Every shipped template is read, and the sentences of test/sentences mean what stands there. */

static const char *text_of(const struct duet_yaml_node *map, const char *key)
{
	const struct duet_yaml_node *node = map ? duet_yaml_get(map, key) : NULL;

	return node ? node->text : NULL;
}

/* Slots that come from the block itself (domain: light …) need not be written down. */
static bool is_fixed(const char *name)
{
	return strcmp(name, "domain") == 0;
}

static bool has_slots(const struct duet_match *match, const struct duet_yaml_node *slots)
{
	size_t n_wanted = slots ? slots->n_children : 0, n = 0;

	for (size_t i = 0; i < match->n_slots; i++) {
		const char *wanted = text_of(slots, match->slots[i].name);

		if (!wanted && is_fixed(match->slots[i].name))
			continue;
		if (!wanted ||
		    strcmp(wanted, match->slots[i].value.text ? match->slots[i].value.text : "") != 0)
			return false;
		n++;
	}
	return n == n_wanted;
}

static void print_match(const struct duet_match *match)
{
	print_error("    understood: %s", match->intent);
	for (size_t i = 0; i < match->n_slots; i++)
		print_error(" %s=%s", match->slots[i].name, match->slots[i].value.text);
	print_error(" -> %s (%s:%d)\n", match->response ? match->response : "default", match->file,
		    match->line);
}

/* Answers to a question come second to orders that are said with the same words. */
static int match_order(const struct duet_grammar *grammar, const char *say, struct duet_arena *arena,
		       struct duet_match *match)
{
	struct duet_match_context context = {0};
	struct duet_match all[8];
	int n = duet_match_all(grammar, duet_slice(say), &context, arena, all, 8), best = 0;

	while (best + 1 < n &&
	       (strcmp(all[best].intent, "DuetYes") == 0 || strcmp(all[best].intent, "DuetNo") == 0))
		best++;
	if (n > 0)
		*match = all[best];
	return n;
}

static bool is_right(const struct duet_grammar *grammar, const char *path, const char *intent,
		     const struct duet_yaml_node *line, struct duet_arena *arena)
{
	const char *say = text_of(line, "say"), *response = text_of(line, "response");
	struct duet_match match;
	int n = match_order(grammar, say, arena, &match);
	bool none = strcmp(intent, "none") == 0, right;

	assert_true(n >= 0);
	right = none ? n == 0
		     : n > 0 && strcmp(match.intent, intent) == 0 &&
				has_slots(&match, duet_yaml_get(line, "slots")) &&
				strcmp(match.response ? match.response : "default",
				       response ? response : "default") == 0;
	if (right)
		return true;
	print_error("%s:%d: \"%s\" is not %s\n", path, line->line, say, none ? "refused" : intent);
	if (n > 0)
		print_match(&match);
	return false;
}

static void check_language(const char *language)
{
	struct duet_home *home = shipped_home();
	struct duet_grammar *grammar = shipped_grammar(language, home);
	struct duet_arena *arena = duet_arena_new(64 << 20);
	char path[512], relative[64];
	struct duet_error error = {0};
	struct duet_yaml *yaml;
	int n = 0, n_wrong = 0;

	snprintf(relative, sizeof(relative), "test/sentences/%s.yaml", language);
	if (duet_yaml_load(&yaml, shipped_path(relative, path, sizeof(path)), &error) < 0)
		fail_msg("%s:%d: %s", error.file, error.line, error.what);
	for (const struct duet_yaml_node *intent = duet_yaml_root(yaml)->first; intent;
	     intent = intent->next) {
		for (const struct duet_yaml_node *line = intent->first; line; line = line->next, n++) {
			n_wrong += !is_right(grammar, path, intent->key->text, line, arena);
			duet_arena_reset(arena);
		}
	}
	print_message("%s: %d of %d sentences are understood\n", language, n - n_wrong, n);
	assert_true(n > 100);
	assert_int_equal(n_wrong, 0);
	duet_yaml_free(yaml);
	duet_arena_free(arena);
	duet_grammar_free(grammar);
	duet_home_free(home);
}

static void test_english(void **state)
{
	check_language("en");
}

static void test_mandarin(void **state)
{
	check_language("zh-CN");
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_english), cmocka_unit_test(test_mandarin)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
