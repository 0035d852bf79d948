/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/nlu/nlu_suite.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"

enum { MAX_PATH_BYTES = 1024, MAX_ARENA_BYTES = 64 << 20, MAX_CONTEXT = 16, MAX_NAME_BYTES = 128 };

struct suite {
	const struct nlu_suite_run *run;
	struct duet_error *error;
	struct duet_yaml *fixtures, *failures, *schema;
	/* Of the file that is read. */
	struct duet_arena *arena;
	struct nlu_fixture fixture;
	const char *path;
	char intent[MAX_NAME_BYTES], combination[MAX_NAME_BYTES]; /* what folder and file are called, or "" */
	struct duet_grammar_context context[MAX_CONTEXT];
};

static bool is_test_file(const char *name)
{
	size_t len = strlen(name);

	return name[0] != '_' && name[0] != '.' && len > 5 && strcmp(name + len - 5, ".yaml") == 0;
}

static bool is_known_to_fail(const struct suite *s, const char *sentence)
{
	const struct duet_yaml_node *root = s->failures ? duet_yaml_root(s->failures) : NULL;
	const struct duet_yaml_node *list = root ? duet_yaml_get(root, "sentences") : NULL;

	for (const struct duet_yaml_node *item = list ? list->first : NULL; item; item = item->next)
		if (strcmp(item->text, sentence) == 0)
			return true;
	return false;
}

/* `context:` of a test, and the area where it is said. */
static void read_context(struct suite *s, const struct duet_yaml_node *context, struct nlu_case *one)
{
	size_t n = 0;

	if (s->run->layout == NLU_LAYOUT_2026) {
		one->context.area = nlu_fixture_here(&s->fixture);
		one->context.area = one->context.area ? one->context.area : "__context_area__";
	}
	if (!context || context->kind != DUET_YAML_MAP)
		return;
	for (const struct duet_yaml_node *item = context->first; item && n < MAX_CONTEXT; item = item->next) {
		if (strcmp(item->key->text, "area") == 0)
			one->context.area = item->text;
		else
			s->context[n++] = (struct duet_grammar_context){item->key->text, item->text};
	}
	one->context.more = s->context;
	one->context.n_more = n;
}

static int wrong_file(struct suite *s, const struct duet_yaml_node *node, const char *what)
{
	duet_error_set(s->error, -EINVAL, "%s", what);
	duet_error_at(s->error, s->path, node ? node->line : 0, node ? node->column : 0);
	return -EINVAL;
}

/* {sentences, intent: {name, slots, context} or slots and context themselves, response …} */
static int run_test(struct suite *s, const struct duet_yaml_node *test)
{
	const struct duet_yaml_node *sentences = duet_yaml_get(test, "sentences"),
				    *intent = duet_yaml_get(test, "intent"),
				    *of = intent && duet_yaml_get(intent, "slots") ? intent : test,
				    *name = intent ? duet_yaml_get(intent, "name") : NULL;
	struct nlu_case one = {.file = s->path,
			       .intent = name ? name->text : s->intent,
			       .combination = s->combination[0] ? s->combination : NULL,
			       .slots = duet_yaml_get(of, "slots"),
			       .responses = duet_yaml_get(test, "response"),
			       .view = {.timers = duet_yaml_get(test, "timers"),
					.media = duet_yaml_get(test, "media"),
					.said = s->run->layout == NLU_LAYOUT_2025,
					.search = s->run->layout == NLU_LAYOUT_2025}};
	int rc = 0;

	if (!sentences || !one.intent[0])
		return wrong_file(s, test, "a test has sentences, and an intent");
	read_context(s, duet_yaml_get(intent ? intent : test, "context"), &one);
	for (const struct duet_yaml_node *item = sentences->first; item && rc == 0; item = item->next) {
		one.sentence = item->text;
		one.line = item->line;
		one.known_to_fail = is_known_to_fail(s, item->text);
		rc = s->run->test(s->run->user, &s->fixture, &one);
	}
	return rc;
}

static int read_fixture(struct suite *s, const struct duet_yaml_node *root)
{
	const struct duet_yaml_node *shared = s->fixtures ? duet_yaml_root(s->fixtures) : NULL;

	s->fixture = (struct nlu_fixture){.as_written = s->run->layout == NLU_LAYOUT_2026};
	return nlu_fixture_read(&s->fixture, s->run->layout == NLU_LAYOUT_2025 ? shared : root, s->arena,
				s->error);
}

static int run_tree(struct suite *s, const struct duet_yaml_node *root)
{
	const struct duet_yaml_node *tests =
		root && root->kind == DUET_YAML_MAP ? duet_yaml_get(root, "tests") : NULL;
	int rc;

	if (!tests)
		return wrong_file(s, root, "there are no tests in it");
	rc = read_fixture(s, root);
	if (rc == 0)
		rc = s->run->begin(s->run->user, s->path, &s->fixture, s->error);
	for (const struct duet_yaml_node *test = tests->first; test && rc == 0; test = test->next)
		rc = test->kind == DUET_YAML_MAP ? run_test(s, test) : wrong_file(s, test, "a test is a map");
	return rc;
}

static int run_file(struct suite *s, const char *path)
{
	struct duet_yaml *yaml = NULL;
	int rc = duet_yaml_load(&yaml, path, s->error);

	s->path = path;
	if (rc == 0)
		rc = run_tree(s, duet_yaml_root(yaml));
	s->path = NULL;
	duet_yaml_free(yaml);
	duet_arena_reset(s->arena);
	return rc;
}

static int run_folder(struct suite *s, const char *folder, bool below);

static void copy_stem(char *stem, const char *name)
{
	snprintf(stem, MAX_NAME_BYTES, "%.*s", (int)strcspn(name, "."), name);
}

/* A combination that intents.yaml does not name has no sentences. */
static bool is_in_schema(const struct suite *s)
{
	const struct duet_yaml_node *node = s->schema ? duet_yaml_root(s->schema) : NULL;
	const char *const keys[] = {s->intent, "slot_combinations", s->combination};

	if (!node)
		return true;
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys) && node; i++)
		node = node->kind == DUET_YAML_MAP ? duet_yaml_get(node, keys[i]) : NULL;
	return node;
}

/* A file, or in the layout of 2026 a folder that is named after an intent. */
static int run_entry(struct suite *s, const char *folder, const char *name, bool below)
{
	char path[MAX_PATH_BYTES];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	if (s->run->layout == NLU_LAYOUT_2026 && !below) {
		copy_stem(s->intent, name);
		return strchr(name, '.') ? 0 : run_folder(s, path, true);
	}
	if (!is_test_file(name))
		return 0;
	if (below)
		copy_stem(s->combination, name);
	return below && !is_in_schema(s) ? 0 : run_file(s, path);
}

static int run_folder(struct suite *s, const char *folder, bool below)
{
	struct dirent **entries = NULL;
	int n = scandir(folder, &entries, NULL, alphasort), rc = n < 0 ? -errno : 0;

	if (n < 0) {
		duet_error_set(s->error, rc, "cannot read the folder: %s", strerror(-rc));
		duet_error_at(s->error, folder, 0, 0);
	}
	for (int i = 0; i < n; i++) {
		if (rc == 0)
			rc = run_entry(s, folder, entries[i]->d_name, below);
		free(entries[i]);
	}
	free(entries);
	return rc;
}

/* A file that need not be there. */
static int load_optional(struct suite *s, const char *name, struct duet_yaml **yaml)
{
	char path[MAX_PATH_BYTES];

	snprintf(path, sizeof(path), "%s/%s", s->run->folder, name);
	return access(path, F_OK) == 0 ? duet_yaml_load(yaml, path, s->error) : 0;
}

int nlu_suite_run(const struct nlu_suite_run *run, struct duet_error *error)
{
	struct suite s = {.run = run, .error = error, .arena = duet_arena_new(MAX_ARENA_BYTES)};
	int rc = s.arena ? 0 : duet_error_set(error, -ENOMEM, "out of memory");

	if (rc == 0)
		rc = load_optional(&s, "_fixtures.yaml", &s.fixtures);
	if (rc == 0)
		rc = load_optional(&s, "_test_failures.yaml", &s.failures);
	if (rc == 0)
		rc = load_optional(&s, "../../intents.yaml", &s.schema);
	if (rc == 0)
		rc = run_folder(&s, run->folder, false);
	duet_yaml_free(s.schema);
	duet_yaml_free(s.fixtures);
	duet_yaml_free(s.failures);
	duet_arena_free(s.arena);
	return rc;
}
