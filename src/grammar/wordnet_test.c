/* SPDX-License-Identifier: Apache-2.0 */
#include "grammar/wordnet.h"

#include <stdio.h>
#include <string.h>

#include "grammar/grammar.h"
#include "test/compiled.h"
#include "test/torture.h"

static struct duet_wordnet *graph_of(const struct duet_grammar *grammar, const char *part)
{
	const char *const parts[] = {part, NULL};
	struct duet_wordnet *net = NULL;
	struct duet_error error = {0};

	if (duet_wordnet_new(&net, grammar, part ? parts : NULL, 100000, &error) < 0)
		fail_msg("%s", error.what);
	return net;
}

/* Deterministic, and no two states with the same future: for an acyclic graph it is enough that no two have
 * the same arcs and finality, because the first that differed would lie nearer to the end. */
static void assert_minimal(const struct duet_wordnet *net)
{
	for (size_t s = 0; s < net->n_states; s++) {
		for (uint32_t i = net->first_arc[s]; i < net->first_arc[s + 1]; i++) {
			assert_true(net->arcs[i].target > s && net->arcs[i].target < net->n_states);
			assert_true(net->arcs[i].word < net->n_words);
			for (uint32_t k = net->first_arc[s]; k < i; k++)
				assert_int_not_equal(net->arcs[i].word, net->arcs[k].word);
		}
		assert_true(net->final[s] || net->first_arc[s] < net->first_arc[s + 1]);
		for (size_t t = 0; t < s; t++) {
			size_t n = net->first_arc[s + 1] - net->first_arc[s];

			assert_false(net->final[s] == net->final[t] &&
				     net->first_arc[t + 1] - net->first_arc[t] == n &&
				     memcmp(net->arcs + net->first_arc[s], net->arcs + net->first_arc[t],
					    n * sizeof(*net->arcs)) == 0);
		}
	}
}

/* How many sentences there are: ways to an end, which are all different. */
static double count_sentences(const struct duet_wordnet *net)
{
	double *count = calloc(net->n_states, sizeof(*count)), n;

	for (size_t s = net->n_states; s-- > 0;) {
		count[s] = net->final[s];
		for (uint32_t i = net->first_arc[s]; i < net->first_arc[s + 1]; i++)
			count[s] += count[net->arcs[i].target];
	}
	n = count[0];
	free(count);
	return n;
}

static int accepts(const struct duet_wordnet *net, const char *sentence)
{
	char text[256];
	const char *words[32];
	size_t n = 0;

	snprintf(text, sizeof(text), "%s", sentence);
	for (char *rest = text, *word; (word = strsep(&rest, " "));)
		words[n++] = word;
	return duet_wordnet_accepts(net, words, n);
}

static const char coffee[] =
	"intents:\n"
	"  orderDrink:\n"
	"    data:\n"
	"      - sentences: [\"<ask> (a|an) [<modifiers>] {drink} [with <additions>]\"]\n"
	"expansion_rules:\n"
	"  ask: (brew|can I get|I'd like|make me)\n"
	"  modifiers: \"([{size}];[{roast}];[{shots}])\"\n"
	"  quantity: (some|(a|a little) bit of)\n"
	"  additions: \"({milk} [and {sugar}]|{sugar} [and {milk}])\"\n"
	"lists:\n"
	"  size: {values: [small, large, eight ounce]}\n"
	"  roast: {values: [light roast, dark roast]}\n"
	"  shots: {values: [single shot, double shot]}\n"
	"  drink: {values: [espresso, latte, iced coffee, coffee]}\n"
	"  milk: {values: [{in: \"[<quantity>] ([soy] milk|cream)\"}]}\n"
	"  sugar: {values: [{in: \"[<quantity>] [brown] sugar\"}]}\n";

static void permutations_and_lists(void **state)
{
	struct duet_grammar *grammar = compile_text("en", coffee, NULL);
	struct duet_wordnet *net = graph_of(grammar, NULL);
	/* 4 ways to ask, 2 articles, 0 to 3 modifiers in any order, 4 drinks, milk (4 × 3) and sugar (4 × 2)
	 */
	double modifiers = 1 + (3 + 2 + 2) + 2 * (3 * 2 + 3 * 2 + 2 * 2) + 6 * (3 * 2 * 2);
	double additions = 1 + 12 * (1 + 8) + 8 * (1 + 12);

	assert_minimal(net);
	assert_true(count_sentences(net) == 4 * 2 * modifiers * 4 * additions);
	assert_int_equal(accepts(net, "i'd like a dark roast small double shot latte with a little bit of "
				      "soy milk and sugar"),
			 1);
	assert_int_equal(accepts(net, "brew an espresso with"), 0);
	assert_int_equal(accepts(net, "brew small"), -ENOENT);
	duet_wordnet_free(net);
	duet_grammar_free(grammar);
}

/* The spoken orders' domain as it stands; the count is worked out from the file by hand. */
static void spoken_orders(void **state)
{
	const char *shared = getenv("DUET_SHARED");
	char path[512];
	const char *paths[] = {path};
	struct duet_grammar *grammar;
	struct duet_wordnet *net;
	double modifiers = 1 + 13 + 2 * (21 + 21 + 9) + 6 * 63, additions = 1 + 36 * 19 + 18 * 37;

	snprintf(path, sizeof(path), "%s/data/speech/commands/coffee.yaml", shared ? shared : "../shared");
	if (access(path, R_OK) < 0) {
		printf("skipped: %s is not there\n", path);
		skip();
	}
	grammar = compile_paths("en", paths, 1, NULL);
	net = graph_of(grammar, NULL);
	assert_minimal(net);
	assert_true(count_sentences(net) == 9 * 2 * modifiers * 10 * additions);
	duet_wordnet_free(net);
	duet_grammar_free(grammar);
}

static void parts_of_words(void **state)
{
	struct duet_grammar *grammar =
		compile_text("en",
			     "intents:\n  X:\n    data:\n      - sentences:\n"
			     "          - turn(s|ed) [the] light[s] {n}[([ ]%)| percent]\n"
			     "          - up-to-date lamp 2\n"
			     "          - \"<pre>lock <un>do[<s>] it\"\n"
			     "lists: {n: {range: {from: 20, to: 22}}}\n"
			     "expansion_rules: {pre: '(un|re-)', un: '[un]', s: s }\n",
			     NULL);
	struct duet_wordnet *net = graph_of(grammar, NULL);

	assert_minimal(net);
	/* what no one says is left out: digits, %, and words that are joined by a sign */
	assert_true(count_sentences(net) == 2 * 2 * 2 * 3 * 2 + 1 + 2 * 2 * 2);
	assert_int_equal(accepts(net, "turned the lights twenty one percent"), 1);
	assert_int_equal(accepts(net, "turns light twenty"), 1);
	assert_int_equal(accepts(net, "up to date lamp two"), 1);
	assert_int_equal(accepts(net, "unlock undos it"), 1);
	assert_int_equal(accepts(net, "re lock do it"), 1);
	duet_wordnet_free(net);
	duet_grammar_free(grammar);
}

static const char home[] =
	"intents:\n"
	"  On:\n"
	"    data:\n"
	"      - sentences: ['turn on {name}']\n"
	"        requires_context: {domain: [light, fan]}\n"
	"      - sentences: ['open {name}']\n"
	"        excludes_context: {domain: light}\n"
	"      - sentences: ['{area} off']\n"
	"      - sentences: ['typed only']\n"
	"        metadata: {spoken: false}\n"
	"      - sentences: ['yes', 'no']\n"
	"        metadata: {part: answers}\n"
	"      - sentences: ['add {item}', 'note {any}']\n"
	"lists: {item: {wildcard: true, values: [oat milk, tea]}, any: {wildcard: true}}\n";

static void what_the_home_says(void **state)
{
	const struct duet_grammar_value names[] = {
		{.text = "desk lamp", .value = "1", .domain = "light"},
		{.text = "(ceiling|big) fan", .value = "2", .domain = "fan"},
		{.text = "door", .value = "3", .domain = "cover"},
	};
	const struct duet_grammar_value areas[] = {{.text = "attic", .value = "a"}};
	struct duet_grammar *grammar = compile_text("en", home, NULL);
	struct duet_wordnet *net = graph_of(grammar, NULL);

	assert_true(count_sentences(net) == 2);
	duet_wordnet_free(net);
	assert_int_equal(duet_grammar_fill(grammar, "name", names, 3, NULL), 0);
	assert_int_equal(duet_grammar_fill(grammar, "area", areas, 1, NULL), 0);
	net = graph_of(grammar, NULL);
	assert_minimal(net);
	assert_true(count_sentences(net) == 3 + 3 + 1 + 2);
	assert_int_equal(accepts(net, "turn on desk lamp"), 1);
	assert_int_equal(accepts(net, "turn on door"), -ENOENT);
	assert_int_equal(accepts(net, "open big fan"), 1);
	assert_int_equal(accepts(net, "open desk lamp"), -ENOENT);
	assert_int_equal(accepts(net, "attic off"), 1);
	assert_int_equal(accepts(net, "add oat milk"), 1);
	duet_wordnet_free(net);
	net = graph_of(grammar, "answers");
	assert_true(count_sentences(net) == 2);
	duet_wordnet_free(net);
	duet_grammar_free(grammar);
}

static void words_without_spaces(void **state)
{
	struct duet_grammar *grammar = compile_text("zh-CN",
						    "intents:\n  X:\n    data:\n      - sentences:\n"
						    "          - '(打开|打断)音乐[吧]'\n"
						    "          - '打开 TV {n}%'\n"
						    "          - '播放音乐'\n"
						    "lists: {n: {range: {from: 1, to: 3}}}\n",
						    NULL);
	struct duet_wordnet *net = graph_of(grammar, NULL);

	assert_true(count_sentences(net) == 2 * 2 + 1);
	assert_int_equal(accepts(net, "播放音乐"), 1);
	assert_int_equal(accepts(net, "打 开 音乐"), 1);
	assert_int_equal(accepts(net, "打 断 音乐 吧"), 1);
	duet_wordnet_free(net);
	duet_grammar_free(grammar);
}

static void a_bound_names_the_largest(void **state)
{
	struct duet_grammar *grammar = compile_text("en",
						    "intents:\n  X:\n    data:\n      - sentences:\n"
						    "          - small\n"
						    "          - '{n} times {n}'\n"
						    "lists: {n: {range: {from: 0, to: 900}}}\n",
						    NULL);
	struct duet_wordnet *net;
	struct duet_error error = {0};

	assert_int_equal(duet_wordnet_new(&net, grammar, NULL, 50, &error), -E2BIG);
	assert_null(net);
	assert_int_equal(error.line, 6);
	duet_grammar_free(grammar);
}

static int build_once(void *user)
{
	struct duet_wordnet *net;
	int rc = duet_wordnet_new(&net, user, NULL, 100000, NULL);

	duet_wordnet_free(net);
	return rc;
}

static void without_memory(void **state)
{
	struct duet_grammar *grammar = compile_text("en", home, NULL);

	duet_torture(build_once, grammar);
	duet_grammar_free(grammar);
	grammar = compile_text("zh", "intents: {X: {data: [{sentences: ['播放[音乐]']}]}}\n", NULL);
	duet_torture(build_once, grammar);
	duet_grammar_free(grammar);
}

static int build_prefixed(void *user)
{
	static const char *const prefixes[] = {"ask the other one to", "tell"};
	struct duet_wordnet *net;
	int rc = duet_wordnet_new(&net, user, NULL, 100000, NULL);

	if (rc == 0)
		rc = duet_wordnet_prefix(net, prefixes, 2);
	duet_wordnet_free(net);
	return rc;
}

static void sentences_may_follow_a_prefix(void **state)
{
	static const char *const prefixes[] = {"ask the other one to", "tell", "ask the other one"};
	struct duet_grammar *grammar = compile_text("en", home, NULL);
	struct duet_wordnet *net = graph_of(grammar, NULL);
	size_t n_arcs = net->n_arcs;

	assert_int_equal(duet_wordnet_prefix(net, prefixes, 0), 0);
	assert_int_equal(net->n_arcs, n_arcs);
	assert_int_equal(duet_wordnet_prefix(net, prefixes, 2), 0);
	assert_int_equal(accepts(net, "add oat milk"), 1);
	assert_int_equal(accepts(net, "tell add oat milk"), 1);
	assert_int_equal(accepts(net, "ask the other one to add tea"), 1);
	assert_int_equal(accepts(net, "ask the other one to"), 0);
	assert_int_equal(accepts(net, "ask the add tea"), -ENOENT);
	assert_int_equal(accepts(net, "tell tell add tea"), -ENOENT);
	assert_int_equal(net->first_arc[net->n_states], net->n_arcs);
	duet_wordnet_free(net);
	duet_torture(build_prefixed, grammar);
	duet_grammar_free(grammar);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(permutations_and_lists), cmocka_unit_test(spoken_orders),
		cmocka_unit_test(parts_of_words),         cmocka_unit_test(what_the_home_says),
		cmocka_unit_test(words_without_spaces),   cmocka_unit_test(a_bound_names_the_largest),
		cmocka_unit_test(without_memory),         cmocka_unit_test(sentences_may_follow_a_prefix),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
