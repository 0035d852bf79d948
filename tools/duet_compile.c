/* SPDX-License-Identifier: Apache-2.0 */
/*
 * duet-compile: checks sentences while they are written.
 *
 *   duet-compile LANGUAGE FOLDER… [-o FILE] [--home FIXTURES] [--parse TEXT]… [--area ID] [--wordnet[=dump]]
 *
 * Compiles the folders (or files) and prints every mistake with its line and a caret, those of responses too;
 * without mistakes it says how large the network is. --home fills name, area and floor from a file as the
 * virtual home reads it (data/home.yaml). --parse shows all parses of a sentence, best first; `--parse -`
 * reads sentences from standard input. --area says where they are said. --wordnet shows the size of the word
 * graph of each part, =dump prints its arcs. Exit status: 0 good, 1 mistakes or a sentence without a parse, 2
 * usage.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/file.h"
#include "base/text.h"
#include "grammar/grammar.h"
#include "grammar/network.h"
#include "grammar/wordnet.h"
#include "nlu/match.h"
#include "skill/home.h"

enum { MAX_ARGUMENTS = 64 };

struct arguments {
	const char *language, *out, *home, *area, *wordnet;
	const char *folders[MAX_ARGUMENTS], *sentences[MAX_ARGUMENTS];
	size_t n_folders, n_sentences;
};

static double now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* The line that is wrong, and a caret under the character. */
static void print_mistake(void *user, const struct duet_error *mistake)
{
	char text[768], *bytes = NULL, *line;
	size_t n_bytes;

	duet_error_format(mistake, text, sizeof(text));
	fprintf(stderr, "%s%s\n", mistake->code ? "" : "warning: ", text);
	if (mistake->line <= 0 || duet_file_read(mistake->file, 64 << 20, &bytes, &n_bytes, NULL) < 0)
		return;
	line = bytes;
	for (int n = 1; n < mistake->line && line; n++) {
		line = strchr(line, '\n');
		line = line ? line + 1 : NULL;
	}
	if (line && mistake->column > 0) {
		struct duet_slice before = {line, strcspn(line, "\n")}, rest = before;

		for (int n = 1; n < mistake->column && rest.len; n++)
			duet_text_next(&rest);
		before.len = (size_t)(rest.ptr - line);
		fprintf(stderr, "  %.*s\n  %*s^\n", (int)strcspn(line, "\n"), line, duet_text_width(before),
			"");
	}
	duet_free(bytes);
}

static int fill_home(struct duet_grammar *grammar, const char *path)
{
	struct duet_error error = {0};
	struct duet_home *home = NULL;
	int rc = duet_home_new_file(&home, path, &error);

	if (rc == 0)
		rc = duet_home_fill(home, grammar, &error);
	if (rc < 0)
		print_mistake(NULL, &error);
	duet_home_free(home);
	return rc;
}

static int parse(const struct duet_grammar *grammar, const char *text, const char *area)
{
	struct duet_arena *arena = duet_arena_new(64 << 20);
	struct duet_match_context context = {.area = area};
	struct duet_match matches[8];
	double begin = now_us();
	int n = duet_match_all(grammar, duet_slice(text), &context, arena, matches, 8);

	printf("\"%s\": %d of %d parses, %.0f µs\n", text, n, n > 0 ? matches[0].n_parses : n,
	       now_us() - begin);
	for (int i = 0; i < n; i++) {
		printf("  %s", matches[i].intent);
		for (size_t s = 0; s < matches[i].n_slots; s++)
			printf(" %s=%s (\"%s\")", matches[i].slots[s].name, matches[i].slots[s].value.text,
			       matches[i].slots[s].text);
		printf(" → %s  %s:%d\n", matches[i].response ? matches[i].response : "default",
		       matches[i].file, matches[i].line);
	}
	duet_arena_free(arena);
	return n > 0 ? 0 : 1;
}

static int parse_lines(const struct duet_grammar *grammar, const char *area)
{
	char line[8192];
	int rc = 0;

	while (fgets(line, sizeof(line), stdin)) {
		line[strcspn(line, "\r\n")] = '\0';
		if (line[0])
			rc |= parse(grammar, line, area);
	}
	return rc;
}

static void describe(const struct duet_grammar *grammar)
{
	const struct duet_network *w = duet_grammar_network(grammar);

	printf("%u bytes: %u sentences in %u blocks, %u nets, %u states, %u arcs, %u calls, %u bytes of "
	       "text\n",
	       w->header->size, w->n[DUET_SECTION_TEMPLATES], w->n[DUET_SECTION_BLOCKS],
	       w->n[DUET_SECTION_NETS], w->n[DUET_SECTION_STATES], w->n[DUET_SECTION_ARCS],
	       w->n[DUET_SECTION_CALLS], w->n[DUET_SECTION_STRINGS]);
}

static void dump(const struct duet_wordnet *net)
{
	for (size_t s = 0; s < net->n_states; s++) {
		if (net->final[s])
			printf("%zu\n", s);
		for (uint32_t i = net->first_arc[s]; i < net->first_arc[s + 1]; i++)
			printf("%zu %u %s\n", s, net->arcs[i].target, net->words[net->arcs[i].word]);
	}
}

static int word_graph(const struct duet_grammar *grammar, const char *part, bool with_arcs)
{
	struct duet_wordnet *net;
	struct duet_error error = {0};
	double begin = now_us();

	if (duet_wordnet_new(&net, grammar, part, 1 << 20, &error) < 0) {
		print_mistake(NULL, &error);
		return 1;
	}
	printf("word graph of %s: %zu states, %zu arcs, %zu words, %.1f ms\n", part ? part : "commands",
	       net->n_states, net->n_arcs, net->n_words, (now_us() - begin) / 1000);
	if (with_arcs)
		dump(net);
	duet_wordnet_free(net);
	return 0;
}

static int usage(void)
{
	fprintf(stderr, "usage: duet-compile LANGUAGE FOLDER… [-o FILE] [--home FIXTURES] [--parse TEXT]… "
			"[--area ID] [--wordnet[=dump]]\n");
	return 2;
}

static int read_arguments(struct arguments *a, int argc, char **argv)
{
	for (int i = 1; i < argc && i < MAX_ARGUMENTS; i++) {
		const char *next = i + 1 < argc ? argv[i + 1] : NULL;

		if (strcmp(argv[i], "-o") == 0 && next)
			a->out = argv[++i];
		else if (strcmp(argv[i], "--home") == 0 && next)
			a->home = argv[++i];
		else if (strcmp(argv[i], "--area") == 0 && next)
			a->area = argv[++i];
		else if (strcmp(argv[i], "--parse") == 0 && next)
			a->sentences[a->n_sentences++] = argv[++i];
		else if (strncmp(argv[i], "--wordnet", 9) == 0)
			a->wordnet = argv[i] + 9;
		else if (argv[i][0] == '-')
			return -1;
		else if (!a->language)
			a->language = argv[i];
		else
			a->folders[a->n_folders++] = argv[i];
	}
	return a->language && a->n_folders ? 0 : -1;
}

static int use(const struct arguments *a, const char *path)
{
	struct duet_grammar *grammar = NULL;
	struct duet_error error = {0};
	int rc = 0;

	if (duet_grammar_open(&grammar, path, &error) < 0) {
		print_mistake(NULL, &error);
		return 1;
	}
	describe(grammar);
	if (a->home && fill_home(grammar, a->home) < 0)
		rc = 1;
	for (size_t i = 0; i < a->n_sentences; i++)
		rc |= strcmp(a->sentences[i], "-") == 0 ? parse_lines(grammar, a->area)
							: parse(grammar, a->sentences[i], a->area);
	if (a->wordnet) {
		rc |= word_graph(grammar, NULL, strcmp(a->wordnet, "=dump") == 0);
		rc |= word_graph(grammar, "answers", strcmp(a->wordnet, "=dump") == 0);
	}
	duet_grammar_free(grammar);
	return rc;
}

int main(int argc, char **argv)
{
	struct arguments a = {0};
	char temporary[] = "/tmp/duet-compile-XXXXXX";
	int n, fd, rc;

	if (read_arguments(&a, argc, argv) < 0)
		return usage();
	if (!a.out) {
		fd = mkstemp(temporary);
		if (fd < 0)
			return 1;
		close(fd);
	}
	n = duet_grammar_compile(a.folders, a.n_folders, a.language, a.out ? a.out : temporary, print_mistake,
				 NULL);
	if (n != 0)
		fprintf(stderr, n > 0 ? "%d mistakes\n" : "failed: %d\n", n);
	rc = n == 0 ? use(&a, a.out ? a.out : temporary) : 1;
	if (!a.out)
		unlink(temporary);
	return rc;
}
