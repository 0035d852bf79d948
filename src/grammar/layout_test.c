/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "grammar/grammar.h"
#include "grammar/layout.h"
#include "grammar/network.h"
#include "test/compiled.h"

/* A folder of files, made for one test and removed behind it. */
struct folder {
	char root[64];
};

static void folder_init(struct folder *f)
{
	snprintf(f->root, sizeof(f->root), "/tmp/duet-layout-XXXXXX");
	assert_non_null(mkdtemp(f->root));
}

static void folder_done(struct folder *f)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -r %s", f->root);
	assert_int_equal(system(command), 0);
}

static void put(const struct folder *f, const char *name, const char *text)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", f->root, name);
	for (char *slash = path + strlen(f->root) + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		mkdir(path, 0700);
		*slash = '/';
	}
	assert_int_equal(duet_file_replace(path, duet_slice(text), NULL), 0);
}

static void put_checkout(const struct folder *f)
{
	put(f, "intents.yaml",
	    "Turn:\n"
	    "  slot_combinations:\n"
	    "    name_only: {slots: [name], name_domain_groups: {default: [light, fan], other: [lock]}}\n"
	    "    here: {slots: [domain], context_area: true}\n"
	    "Ask: {slot_combinations: {default: {slots: []}}}\n");
	put(f, "lists/en/colours.yaml", "lists: {colour: {values: [red]}}\n");
	put(f, "rules/en/verbs.yaml", "expansion_rules: {turn: (turn|switch)}\n");
	put(f, "responses/en/Turn.yaml", "responses: {intents: {Turn: {done: Done}}}\n");
	put(f, "sentences/en/_common.yaml", "language: en\nskip_words: [please]\n");
	put(f, "sentences/en/Ask/default.yaml", "data: [{sentences: [what]}]\n");
	put(f, "sentences/en/Turn/here.yaml",
	    "data:\n"
	    "- {sentences: ['<turn> it {colour}'], inferred_domain: light, response: done}\n"
	    "- {sentences: [lean], speech_to_phrase: true}\n");
	put(f, "sentences/en/Turn/name_only.yaml",
	    "data: [{sentences: ['<turn> {name} to {brightness}'], name_domains: default}]\n");
	put(f, "sentences/de/Turn/here.yaml", "language: de\ndata: [{sentences: [licht]}]\n");
	put(f, "tests/en/Turn/here.yaml", "tests: []\n");
}

static int collect(void *user, const struct duet_layout_file *file)
{
	char *names = user;
	size_t len = strlen(names);

	snprintf(names + len, 1024 - len, "%s/%s%s ", file->intent, file->combination,
		 file->is_schema ? "!" : "");
	return 0;
}

static const char *files_of(const struct folder *f, const char *language)
{
	static char names[1024];

	names[0] = '\0';
	assert_int_equal(duet_layout_files(f->root, language, collect, names, NULL), 0);
	return names;
}

static void a_checkout_has_its_parts(void **state)
{
	struct folder f;
	char expected[256];

	folder_init(&f);
	put_checkout(&f);
	snprintf(expected, sizeof(expected),
		 "%s/intents! en/Turn en/colours en/verbs en/_common Ask/default Turn/here Turn/name_only ",
		 strrchr(f.root, '/') + 1);
	assert_true(duet_layout_is_checkout(f.root));
	assert_string_equal(files_of(&f, "en"), expected);
	assert_string_equal(files_of(&f, "en-GB"), expected);
	assert_int_equal(duet_layout_files(f.root, "sv", collect, expected, NULL), -ENOENT);
	folder_done(&f);
}

static void own_folders(void **state)
{
	struct folder f;

	folder_init(&f);
	put(&f, "zh-CN/b.yaml", "");
	put(&f, "zh-CN/a.yml", "");
	put(&f, "zh-CN/Turn/c.yaml", "");
	put(&f, "zh-CN/note.txt", "");
	put(&f, "en/_common.yaml", "");
	put(&f, "en/Turn/d.yaml", "");
	assert_false(duet_layout_is_checkout(f.root));
	assert_string_equal(files_of(&f, "zh-cn"), "zh-CN/a zh-CN/b ");
	assert_string_equal(files_of(&f, "zh"), "zh-CN/a zh-CN/b ");
	assert_string_equal(files_of(&f, "en"), "en/_common Turn/d ");
	folder_done(&f);
}

static const char *string(const struct duet_grammar *grammar, uint32_t offset)
{
	return duet_grammar_network(grammar)->strings + offset;
}

static void a_checkout_compiles(void **state)
{
	struct folder f;
	const char *paths[] = {f.root};
	struct duet_grammar *grammar;
	const struct duet_network *w;
	const struct duet_net_block *b;

	folder_init(&f);
	put_checkout(&f);
	grammar = compile_paths("en", paths, 1, NULL);
	assert_non_null(grammar);
	w = duet_grammar_network(grammar);
	assert_int_equal(w->n[DUET_SECTION_BLOCKS], 3); /* in the order of the files */
	b = w->blocks;
	assert_string_equal(string(grammar, b[0].intent), "Ask");
	assert_string_equal(string(grammar, b[1].combination), "here");
	assert_string_equal(string(grammar, w->pairs[b[1].slot].value), "light");
	assert_string_equal(string(grammar, w->pairs[b[1].need].key), "area");
	assert_string_equal(string(grammar, w->pairs[b[1].need].slot), "area");
	assert_string_equal(string(grammar, b[2].combination), "name_only");
	assert_int_equal(b[2].n_needs, 2);
	assert_string_equal(string(grammar, w->pairs[b[2].need].key), "domain");
	assert_string_equal(string(grammar, w->pairs[b[2].need + 1].value), "fan");
	expect_response(grammar, "Turn", "done", 0, "Done");
	duet_grammar_free(grammar);
	folder_done(&f);
}

static void groups_are_checked(void **state)
{
	struct folder f;
	const char *paths[] = {f.root};
	struct mistakes mistakes = {0};

	folder_init(&f);
	put_checkout(&f);
	put(&f, "sentences/en/Turn/name_only.yaml",
	    "data: [{sentences: ['<turn> {name}'], name_domains: defalt}]\n");
	assert_null(compile_paths("en", paths, 1, &mistakes));
	assert_string_equal(mistakes.text,
			    "1:53 intents.yaml has no group of domains of this name for the combination\n");
	folder_done(&f);
}

/* Names of a checkout are its own; a later file of one's own uses and extends what it finds. */
static void checkouts_have_names_of_their_own(void **state)
{
	struct folder f, own, later;
	const char *paths[] = {own.root, f.root, later.root};
	struct duet_grammar *grammar;
	const struct duet_network *w;
	uint32_t n_turn = 0, n_colour = 0;

	folder_init(&f);
	folder_init(&own);
	folder_init(&later);
	put_checkout(&f);
	put(&own, "a.yaml",
	    "intents: {Own: {data: [{sentences: ['<turn> {colour}']}]}}\n"
	    "expansion_rules: {turn: spin}\nlists: {colour: {values: [blue]}}\n");
	put(&later, "b.yaml",
	    "intents: {Own: {data: [{sentences: ['again <turn> {colour}']}]}}\nlists: {colour: {values: "
	    "[green]}}\n");
	grammar = compile_paths("en", paths, 3, NULL);
	assert_non_null(grammar);
	w = duet_grammar_network(grammar);
	for (uint32_t i = 0; i < w->n[DUET_SECTION_NETS]; i++) {
		n_turn += strcmp(string(grammar, w->nets[i].name), "turn") == 0;
		if (strcmp(string(grammar, w->nets[i].name), "colour") == 0)
			n_colour = n_colour * 10 + w->nets[i].n_values;
	}
	assert_int_equal(n_turn, 2);
	assert_true(n_colour == 21 || n_colour == 12);
	duet_grammar_free(grammar);
	folder_done(&f);
	folder_done(&own);
	folder_done(&later);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_checkout_has_its_parts),
		cmocka_unit_test(own_folders),
		cmocka_unit_test(a_checkout_compiles),
		cmocka_unit_test(groups_are_checked),
		cmocka_unit_test(checkouts_have_names_of_their_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
