/* SPDX-License-Identifier: Apache-2.0 */
#include "grammar/wordnet.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "grammar/automaton_parts.h"
#include "grammar/wordnet_expand.h"

/* What duet_wordnet_free frees beside the graph's own arrays. */
struct owned {
	struct duet_wordnet net; /* first: what the caller holds */
	struct duet_strings strings;
	const char **words;
	uint32_t *first_arc;
	struct duet_wordnet_arc *arcs;
	uint8_t *final;
	char *prefixes; /* text of their words */
};

static bool is_taken(const struct duet_network *w, const struct duet_net_block *block,
		     const char *const *parts)
{
	for (; block->spoken && *parts; parts++)
		if (strcmp(w->strings + block->part, *parts) == 0)
			return true;
	return false;
}

static bool same_pairs(const struct duet_network *w, uint32_t a, uint32_t n_a, uint32_t b, uint32_t n_b)
{
	if (n_a != n_b)
		return false;
	for (uint32_t i = 0; i < n_a; i++)
		if (w->pairs[a + i].key != w->pairs[b + i].key ||
		    w->pairs[a + i].value != w->pairs[b + i].value)
			return false;
	return true;
}

static bool same_context(const struct duet_network *w, const struct duet_net_block *a,
			 const struct duet_net_block *b)
{
	return same_pairs(w, a->need, a->n_needs, b->need, b->n_needs) &&
	       same_pairs(w, a->exclude, a->n_excludes, b->exclude, b->n_excludes);
}

/* Takes the templates of all blocks with the context of `block` that are not `done`, and marks them. */
static void take_group(struct duet_wordnet_expansion *x, const struct duet_net_block *block,
		       const char *const *parts, bool *done)
{
	const struct duet_network *w = x->network;

	x->block = block;
	memset(x->templates, 0, w->n[DUET_SECTION_TEMPLATES] * sizeof(*x->templates));
	for (uint32_t t = 0; t < w->n[DUET_SECTION_TEMPLATES]; t++) {
		const struct duet_net_block *of = &w->blocks[w->templates[t].block];

		x->templates[t] = is_taken(w, of, parts) && same_context(w, of, block);
		if (x->templates[t])
			done[w->templates[t].block] = true;
	}
}

/* One context after the other, each minimal before it is added. */
static int expand_all(struct duet_wordnet_expansion *x, const char *const *parts, struct duet_automaton *all)
{
	const struct duet_network *w = x->network;
	uint32_t root = w->n[DUET_SECTION_NETS] - 1, end = duet_automaton_state(all);
	bool *done = duet_calloc((size_t)w->n[DUET_SECTION_BLOCKS] + 1, sizeof(*done));
	int rc = done ? 0 : -ENOMEM;

	duet_automaton_final(all, end, 0);
	for (uint32_t b = 0; rc == 0 && b < w->n[DUET_SECTION_BLOCKS]; b++) {
		if (done[b] || !is_taken(w, &w->blocks[b], parts))
			continue;
		take_group(x, &w->blocks[b], parts, done);
		duet_wordnet_expansion_forget(x);
		duet_automaton_done(&x->nets[root]);
		x->nets[root].n_states = 0;
		rc = duet_wordnet_expand(x, root);
		if (rc == 0)
			duet_wordnet_expansion_append(all, &x->nets[root], 0, end);
	}
	duet_free(done);
	if (rc == 0)
		rc = duet_automaton_minimise(all, x->max_arcs * 2, true);
	return rc == 0 && all->n_arcs > x->max_arcs ? -E2BIG : rc;
}

/* Too large: the template that alone is the largest is named. */
static int blame(struct duet_wordnet_expansion *x, const char *const *parts, struct duet_error *error)
{
	const struct duet_network *w = x->network;
	uint32_t root = w->n[DUET_SECTION_NETS] - 1, worst = 0;
	size_t most = 0;

	for (uint32_t t = 0; t < w->n[DUET_SECTION_TEMPLATES]; t++) {
		const struct duet_net_block *block = &w->blocks[w->templates[t].block];
		int rc;

		if (!is_taken(w, block, parts))
			continue;
		x->block = block;
		memset(x->templates, 0, w->n[DUET_SECTION_TEMPLATES] * sizeof(*x->templates));
		x->templates[t] = true;
		duet_wordnet_expansion_forget(x);
		duet_automaton_done(&x->nets[root]);
		x->nets[root].n_states = 0;
		rc = duet_wordnet_expand(x, root);
		if (rc == 0 && x->nets[root].n_arcs <= most)
			continue;
		worst = t;
		most = x->nets[root].n_arcs;
		if (rc < 0)
			break;
	}
	duet_error_set(error, -E2BIG,
		       "the sentences are too many to listen for: more than %zu words in the graph",
		       x->max_arcs);
	duet_error_at(error, w->strings + w->templates[worst].file, (int)w->templates[worst].line, 0);
	duet_error_hint(error,
			"this one is the largest; mark what is only typed with metadata: {spoken: false}");
	return -E2BIG;
}

#define INNER      UINT32_MAX
#define MAX_JOINED 32 /* characters of one word */

static void put_joined(struct duet_automaton *into, const struct duet_automaton *a,
		       const struct duet_automaton_index *index, const uint32_t *number,
		       struct duet_strings *strings, uint32_t arc)
{
	char text[MAX_JOINED * 8];
	size_t len = 0;
	uint32_t from = number[a->arcs[arc].from];

	for (;; arc = index->arc[a->arcs[arc].to]) {
		const char *piece = duet_strings_at(strings, a->arcs[arc].label / 2);
		size_t n = strlen(piece);

		if (len + n < sizeof(text)) {
			memcpy(text + len, piece, n + 1);
			len += n;
		}
		if (number[a->arcs[arc].to] != INNER)
			break;
	}
	duet_automaton_arc(into, from,
			   duet_wordnet_word(duet_strings_add(strings, (struct duet_slice){text, len})),
			   number[a->arcs[arc].to]);
}

/* A character that no sentence parts from its neighbours becomes one word with them. */
static int join_characters(struct duet_automaton *into, struct duet_automaton *a,
			   struct duet_strings *strings)
{
	struct duet_automaton_index index = {0};
	uint32_t *n_in = duet_calloc(a->n_states, sizeof(*n_in)),
		 *number = duet_calloc(a->n_states, sizeof(*number));
	int rc = duet_automaton_index(&index, a);
	uint32_t run = 0, n = 0;

	if (!n_in || !number)
		rc = -ENOMEM;
	for (size_t i = 0; rc == 0 && i < a->n_arcs; i++)
		n_in[a->arcs[i].to]++;
	/* The states of a chain follow each other, as minimising numbers them. */
	for (uint32_t s = 0; rc == 0 && s < a->n_states; s++) {
		bool inner = s > 0 && n_in[s] == 1 && index.arc[s + 1] - index.arc[s] == 1 &&
			     index.final[s] == index.final[s + 1];

		run = inner && run < MAX_JOINED ? run + 1 : 0;
		number[s] = run ? INNER : n++;
	}
	for (uint32_t s = 0; rc == 0 && s < a->n_states; s++) {
		if (number[s] == INNER)
			continue;
		if (index.final[s] != index.final[s + 1])
			duet_automaton_final(into, number[s], 0);
		for (uint32_t i = index.arc[s]; i < index.arc[s + 1]; i++)
			put_joined(into, a, &index, number, strings, i);
	}
	into->n_states = n ? n : 1;
	duet_automaton_index_done(&index);
	duet_free(n_in);
	duet_free(number);
	return rc;
}

static int compare_labels(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

/* The different labels, sorted: a word's number is its place. */
static size_t sort_labels(const struct duet_automaton *a, uint32_t *labels)
{
	size_t n = 0;

	for (size_t i = 0; i < a->n_arcs; i++)
		labels[i] = a->arcs[i].label;
	if (a->n_arcs)
		qsort(labels, a->n_arcs, sizeof(*labels), compare_labels);
	for (size_t i = 0; i < a->n_arcs; i++)
		if (n == 0 || labels[n - 1] != labels[i])
			labels[n++] = labels[i];
	return n;
}

static int put_graph(struct owned *o, struct duet_automaton *a)
{
	struct duet_automaton_index index = {0};
	uint32_t *labels = duet_calloc(a->n_arcs + 1, sizeof(*labels));
	int rc = duet_automaton_index(&index, a);

	o->words = duet_calloc(a->n_arcs + 1, sizeof(*o->words));
	o->arcs = duet_calloc(a->n_arcs + 1, sizeof(*o->arcs));
	o->final = duet_calloc(a->n_states, sizeof(*o->final));
	if (!labels || !o->words || !o->arcs || !o->final)
		rc = -ENOMEM;
	if (rc == 0) {
		o->net.n_words = sort_labels(a, labels);
		for (size_t i = 0; i < o->net.n_words; i++)
			o->words[i] = duet_strings_at(&o->strings, labels[i] / 2);
		for (size_t i = 0; i < a->n_arcs; i++) {
			const uint32_t *at = bsearch(&a->arcs[i].label, labels, o->net.n_words,
						     sizeof(*labels), compare_labels);

			o->arcs[i] = (struct duet_wordnet_arc){(uint32_t)(at - labels), a->arcs[i].to};
		}
		for (size_t i = 0; i < a->n_finals; i++)
			o->final[a->finals[i].state] = 1;
		o->first_arc = index.arc;
		index.arc = NULL;
		o->net = (struct duet_wordnet){.words = o->words,
					       .n_words = o->net.n_words,
					       .first_arc = o->first_arc,
					       .arcs = o->arcs,
					       .n_states = a->n_states,
					       .n_arcs = a->n_arcs,
					       .final = o->final};
	}
	duet_automaton_index_done(&index);
	duet_free(labels);
	return rc;
}

static int build(struct duet_wordnet_expansion *x, struct owned *o, const char *const *parts)
{
	struct duet_automaton all, joined;
	bool no_spaces = x->network->header->no_spaces;
	int rc;

	duet_automaton_init(&all);
	duet_automaton_init(&joined);
	rc = expand_all(x, parts, &all);
	if (rc == 0 && no_spaces)
		rc = join_characters(&joined, &all, &x->strings);
	if (rc == 0 && (joined.failed || x->strings.failed))
		rc = -ENOMEM;
	if (rc == 0) {
		o->strings = x->strings;
		memset(&x->strings, 0, sizeof(x->strings));
		rc = put_graph(o, no_spaces ? &joined : &all);
	}
	duet_automaton_done(&all);
	duet_automaton_done(&joined);
	return rc;
}

int duet_wordnet_new(struct duet_wordnet **net, const struct duet_grammar *grammar, const char *const *parts,
		     size_t max_arcs, struct duet_error *error)
{
	static const char *const always[] = {"", NULL};
	struct owned *o = duet_calloc(1, sizeof(*o));
	struct duet_wordnet_expansion x;
	int rc = duet_wordnet_expansion_init(&x, grammar, max_arcs);

	*net = NULL;
	parts = parts ? parts : always;
	if (!o)
		rc = -ENOMEM;
	if (rc == 0)
		rc = build(&x, o, parts);
	if (rc == -E2BIG)
		blame(&x, parts, error);
	else if (rc < 0)
		duet_error_set(error, rc, "out of memory");
	duet_wordnet_expansion_done(&x);
	if (rc == 0)
		*net = &o->net;
	else
		duet_wordnet_free(o ? &o->net : NULL);
	return rc;
}

void duet_wordnet_free(struct duet_wordnet *net)
{
	struct owned *o = (struct owned *)net; /* net is its first member */

	if (!o)
		return;
	duet_strings_done(&o->strings);
	duet_free(o->words);
	duet_free(o->first_arc);
	duet_free(o->arcs);
	duet_free(o->final);
	duet_free(o->prefixes);
	duet_free(o);
}

static const struct duet_wordnet_arc *find_arc(const struct duet_wordnet *net, uint32_t state,
					       const char *word)
{
	for (uint32_t i = net->first_arc[state]; i < net->first_arc[state + 1]; i++)
		if (strcmp(net->words[net->arcs[i].word], word) == 0)
			return &net->arcs[i];
	return NULL;
}

int duet_wordnet_accepts(const struct duet_wordnet *net, const char *const *words, size_t n_words)
{
	const struct duet_wordnet_arc *arc;
	uint32_t state = 0;

	for (size_t i = 0; i < n_words; i++) {
		arc = find_arc(net, state, words[i]);
		if (!arc)
			return -ENOENT;
		state = arc->target;
	}
	return net->final[state];
}

/* Prefixes: each a path of states of its own, to a copy of the start that all share. */

struct prefixing {
	struct owned grown;
	size_t n_paths; /* words of all prefixes */
	size_t at_word, at_state, at_arc;
};

static size_t count_words(const char *prefix)
{
	size_t n = 0;

	for (const char *at = prefix; *at; at += strspn(at, " ")) {
		at += strcspn(at, " ");
		n++;
	}
	return n;
}

static int make_room(struct prefixing *p, const struct duet_wordnet *net, const char *const *prefixes,
		     size_t n_prefixes)
{
	size_t text = 1, n_start = net->first_arc[1] - net->first_arc[0];
	struct owned *grown = &p->grown;

	for (size_t i = 0; i < n_prefixes; i++) {
		p->n_paths += count_words(prefixes[i]);
		text += strlen(prefixes[i]) + 1;
	}
	grown->prefixes = duet_calloc(text, 1);
	grown->words = duet_calloc(net->n_words + p->n_paths, sizeof(*grown->words));
	grown->first_arc = duet_calloc(net->n_states + p->n_paths + 2, sizeof(*grown->first_arc));
	grown->arcs = duet_calloc(net->n_arcs + n_start + p->n_paths, sizeof(*grown->arcs));
	grown->final = duet_calloc(net->n_states + p->n_paths + 1, sizeof(*grown->final));
	return grown->prefixes && grown->words && grown->first_arc && grown->arcs && grown->final ? 0
												  : -ENOMEM;
}

static uint32_t number_of(struct prefixing *p, const char *word)
{
	for (size_t i = 0; i < p->at_word; i++) {
		if (strcmp(p->grown.words[i], word) == 0)
			return (uint32_t)i;
	}
	p->grown.words[p->at_word] = word;
	return (uint32_t)p->at_word++;
}

static void put_arcs(struct prefixing *p, const struct duet_wordnet *net, size_t state)
{
	size_t n = net->first_arc[state + 1] - net->first_arc[state];

	if (n > 0)
		memcpy(p->grown.arcs + p->at_arc, net->arcs + net->first_arc[state], n * sizeof(*net->arcs));
	p->at_arc += n;
}

/* The words of one prefix as arcs: the first from the start, which is being written, the others kept for
 * later in `paths`. */
static void put_prefix(struct prefixing *p, char *words, uint32_t copy, struct duet_wordnet_arc *paths,
		       size_t *n_paths)
{
	char *rest = words;
	bool first = true;

	for (char *word = strsep(&rest, " "); word; word = strsep(&rest, " ")) {
		bool last = !rest || rest[strspn(rest, " ")] == '\0';
		struct duet_wordnet_arc arc = {.target = last ? copy : (uint32_t)p->at_state};

		if (!word[0])
			continue;
		arc.word = number_of(p, word);
		if (first)
			p->grown.arcs[p->at_arc++] = arc;
		else
			paths[(*n_paths)++] = arc;
		p->at_state += !last;
		first = false;
	}
}

static void put_prefixes(struct prefixing *p, const struct duet_wordnet *net, const char *const *prefixes,
			 size_t n_prefixes, struct duet_wordnet_arc *paths)
{
	uint32_t copy = (uint32_t)net->n_states;
	char *text = p->grown.prefixes;
	size_t n_paths = 0;

	memcpy(p->grown.words, net->words, net->n_words * sizeof(*net->words));
	p->at_word = net->n_words;
	p->at_state = copy + 1;
	put_arcs(p, net, 0);
	for (size_t i = 0; i < n_prefixes; i++) {
		size_t size = strlen(prefixes[i]) + 1;

		memcpy(text, prefixes[i], size);
		put_prefix(p, text, copy, paths, &n_paths);
		text += size;
	}
	for (size_t state = 1; state < net->n_states; state++) {
		p->grown.first_arc[state] = (uint32_t)p->at_arc;
		put_arcs(p, net, state);
	}
	p->grown.first_arc[copy] = (uint32_t)p->at_arc;
	put_arcs(p, net, 0);
	for (size_t i = 0; i < n_paths; i++) {
		p->grown.first_arc[copy + 1 + i] = (uint32_t)p->at_arc;
		p->grown.arcs[p->at_arc++] = paths[i];
	}
	p->grown.first_arc[p->at_state] = (uint32_t)p->at_arc;
	memcpy(p->grown.final, net->final, net->n_states);
	p->grown.final[copy] = net->final[0];
}

static void swap_in(struct owned *o, struct prefixing *p)
{
	struct owned old = *o;

	o->words = p->grown.words;
	o->first_arc = p->grown.first_arc;
	o->arcs = p->grown.arcs;
	o->final = p->grown.final;
	o->prefixes = p->grown.prefixes;
	o->net = (struct duet_wordnet){.words = o->words,
				       .n_words = p->at_word,
				       .first_arc = o->first_arc,
				       .arcs = o->arcs,
				       .n_states = p->at_state,
				       .n_arcs = p->at_arc,
				       .final = o->final};
	p->grown = old;
}

int duet_wordnet_prefix(struct duet_wordnet *net, const char *const *prefixes, size_t n_prefixes)
{
	struct prefixing p = {.n_paths = 0};
	struct duet_wordnet_arc *paths;
	int rc;

	if (n_prefixes == 0 || net->n_states == 0)
		return 0;
	rc = make_room(&p, net, prefixes, n_prefixes);
	paths = duet_calloc(p.n_paths + 1, sizeof(*paths));
	if (!paths)
		rc = -ENOMEM;
	if (rc == 0) {
		put_prefixes(&p, net, prefixes, n_prefixes, paths);
		swap_in((struct owned *)net, &p);
	}
	duet_free(paths);
	duet_free(p.grown.words);
	duet_free(p.grown.first_arc);
	duet_free(p.grown.arcs);
	duet_free(p.grown.final);
	duet_free(p.grown.prefixes);
	return rc;
}
