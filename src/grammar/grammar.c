/* SPDX-License-Identifier: Apache-2.0 */
#include "grammar/grammar.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "base/file.h"
#include "grammar/compile.h"
#include "grammar/key.h"
#include "grammar/network.h"

/* What the home filled into one list: a network of its own that has one net. */
struct filled {
	struct duet_network network;
	char *bytes;
};

struct duet_grammar {
	struct duet_slice file;
	struct duet_network network;
	struct filled *filled; /* for each net; bytes NULL: as in the file */
};

static int compile(const char *const *dirs, size_t n_dirs, const char *language, const char *out_path,
		   void (*report)(void *user, const struct duet_error *mistake), void *user, bool tolerant)
{
	struct duet_sentences sentences;
	struct duet_network_writer writer;
	struct duet_error error = {0};
	char *bytes = NULL;
	size_t n_bytes;
	uint32_t key = 0;
	int rc = duet_sentences_init(&sentences, language, report, user);

	/* Before anything is read: a file that changes meanwhile is compiled again. What cannot be read is
	 * told by who reads it. */
	duet_grammar_source_key(dirs, n_dirs, language, &key, NULL);
	sentences.tolerant = tolerant;
	duet_network_writer_init(&writer);
	for (size_t i = 0; rc == 0 && i < n_dirs; i++)
		rc = duet_sentences_read(&sentences, dirs[i]);
	if (rc == 0)
		rc = duet_compile_sentences(&sentences, &writer);
	if (rc == 0 && sentences.n_mistakes == 0)
		rc = duet_network_writer_finish(&writer, language, sentences.no_spaces, key, &bytes,
						&n_bytes);
	if (rc == 0 && bytes)
		rc = duet_file_replace(out_path, (struct duet_slice){bytes, n_bytes}, &error);
	if (error.code < 0 && report)
		report(user, &error);
	if (rc == 0)
		rc = sentences.n_mistakes;
	duet_free(bytes);
	duet_network_writer_done(&writer);
	duet_sentences_done(&sentences);
	return rc;
}

int duet_grammar_compile(const char *const *dirs, size_t n_dirs, const char *language, const char *out_path,
			 void (*report)(void *user, const struct duet_error *mistake), void *user)
{
	return compile(dirs, n_dirs, language, out_path, report, user, false);
}

int duet_grammar_compile_rest(const char *const *dirs, size_t n_dirs, const char *language,
			      const char *out_path,
			      void (*report)(void *user, const struct duet_error *mistake), void *user)
{
	return compile(dirs, n_dirs, language, out_path, report, user, true);
}

static int check_kind(const struct duet_network *network, struct duet_error *error)
{
	uint32_t n = network->n[DUET_SECTION_NETS];

	if (network->nets[n - 1].kind != DUET_NET_SENTENCES)
		return duet_error_set(error, -EINVAL, "the file of compiled sentences has none");
	for (uint32_t i = 0; i + 1 < n; i++)
		if (network->nets[i].kind == DUET_NET_SENTENCES)
			return duet_error_set(error, -EINVAL,
					      "the file of compiled sentences is inconsistent");
	return 0;
}

int duet_grammar_open(struct duet_grammar **grammar, const char *path, struct duet_error *error)
{
	struct duet_grammar *g = duet_calloc(1, sizeof(*g));
	int rc;

	*grammar = NULL;
	if (!g)
		return duet_error_set(error, -ENOMEM, "out of memory");
	rc = duet_file_map(path, &g->file, error);
	if (rc == 0) {
		rc = duet_network_read(&g->network, g->file, error);
		if (rc == 0)
			rc = check_kind(&g->network, error);
		if (rc < 0) {
			duet_error_at(error, path, 0, 0);
			duet_error_hint(error, "compile the sentences again");
		}
	}
	if (rc == 0) {
		g->filled = duet_calloc(g->network.n[DUET_SECTION_NETS], sizeof(*g->filled));
		if (!g->filled)
			rc = duet_error_set(error, -ENOMEM, "out of memory");
	}
	if (rc < 0) {
		duet_grammar_free(g);
		return rc;
	}
	*grammar = g;
	return 0;
}

void duet_grammar_free(struct duet_grammar *grammar)
{
	if (!grammar)
		return;
	for (uint32_t i = 0; grammar->filled && i < grammar->network.n[DUET_SECTION_NETS]; i++)
		duet_free(grammar->filled[i].bytes);
	duet_free(grammar->filled);
	duet_file_unmap(grammar->file);
	duet_free(grammar);
}

uint32_t duet_grammar_key(const struct duet_grammar *grammar)
{
	return grammar->network.header->key;
}

const char *duet_grammar_language(const struct duet_grammar *grammar)
{
	return grammar->network.strings + grammar->network.header->language;
}

const struct duet_network *duet_grammar_network(const struct duet_grammar *grammar)
{
	return &grammar->network;
}

struct duet_net_view duet_grammar_net(const struct duet_grammar *grammar, uint32_t net)
{
	const struct filled *filled = &grammar->filled[net];

	if (filled->bytes)
		return (struct duet_net_view){&filled->network, &filled->network.nets[0]};
	return (struct duet_net_view){&grammar->network, &grammar->network.nets[net]};
}

static struct duet_pair *pair_new(struct duet_arena *arena, const char *key, const char *value,
				  struct duet_pair *next)
{
	struct duet_pair *pair = value ? duet_arena_alloc(arena, sizeof(*pair)) : NULL;

	if (!pair)
		return next;
	*pair = (struct duet_pair){.next = next, .key = key, .value = value};
	return pair;
}

static int add_value(struct duet_sentences *s, struct duet_list *list, const struct duet_grammar_value *value)
{
	struct duet_list_value *item = duet_arena_alloc(s->arena, sizeof(*item));

	if (!item)
		return -ENOMEM;
	item->in = (struct duet_phrase){.file = list->name, .column = 1, .text = duet_slice(value->text)};
	duet_phrase_parse(s, &item->in);
	item->out = pair_new(s->arena, "out", value->value, NULL);
	item->context = pair_new(s->arena, "domain", value->domain, NULL);
	item->context = pair_new(s->arena, "area", value->area, item->context);
	for (size_t i = 0; i < value->n_context; i++)
		item->context =
			pair_new(s->arena, value->context[i].key, value->context[i].value, item->context);
	*list->values_end = item;
	list->values_end = &item->next;
	return 0;
}

/* Keeps the first mistake for the caller's error. */
static void keep_first(void *user, const struct duet_error *mistake)
{
	struct duet_error *first = user;

	if (first->code == 0)
		*first = *mistake;
}

static int fill_compile(const struct duet_grammar *grammar, struct duet_list *list,
			const struct duet_grammar_value *values, size_t n_values, struct filled *filled,
			struct duet_error *first)
{
	struct duet_sentences s;
	struct duet_network_writer writer;
	struct duet_net_view numbers = duet_grammar_net(grammar, grammar->network.header->numbers);
	size_t n_bytes;
	int rc = duet_sentences_init(&s, duet_grammar_language(grammar), keep_first, first);

	duet_network_writer_init(&writer);
	s.no_spaces = grammar->network.header->no_spaces;
	for (size_t i = 0; rc == 0 && i < n_values; i++)
		rc = add_value(&s, list, &values[i]);
	if (rc == 0)
		rc = duet_compile_list(&s, list, numbers, &writer);
	if (rc == 0 && s.n_mistakes)
		rc = first->code;
	if (rc == 0)
		rc = duet_network_writer_finish(&writer, s.language, s.no_spaces, 0, &filled->bytes,
						&n_bytes);
	if (rc == 0)
		rc = duet_network_read(&filled->network, (struct duet_slice){filled->bytes, n_bytes}, first);
	duet_network_writer_done(&writer);
	duet_sentences_done(&s);
	return rc;
}

/* The next net from `net` on that the list's values go into; n: no more. A list that has values of its own is
 * replaced only where none waits for them. */
static uint32_t next_net(const struct duet_network *w, const char *list, bool waiting, uint32_t net)
{
	for (; net < w->n[DUET_SECTION_NETS]; net++)
		if (w->nets[net].kind == DUET_NET_VALUES &&
		    strcmp(w->strings + w->nets[net].name, list) == 0 &&
		    (!waiting || (w->nets[net].flags & DUET_NET_FILLED)))
			break;
	return net;
}

static int fill_net(struct duet_grammar *grammar, uint32_t net, const char *list,
		    const struct duet_grammar_value *values, size_t n_values, struct duet_error *error)
{
	struct duet_list source = {.name = list, .file = list, .step = 1, .multiplier = 1};
	struct duet_error first = {0};
	struct filled filled = {0};
	int rc;

	source.values_end = &source.values;
	rc = fill_compile(grammar, &source, values, n_values, &filled, &first);
	if (rc < 0) {
		duet_free(filled.bytes);
		if (error)
			*error = first;
		return error && error->code == 0 ? duet_error_set(error, rc, "out of memory") : rc;
	}
	duet_free(grammar->filled[net].bytes);
	grammar->filled[net] = filled;
	return 0;
}

int duet_grammar_fill(struct duet_grammar *grammar, const char *list, const struct duet_grammar_value *values,
		      size_t n_values, struct duet_error *error)
{
	const struct duet_network *w = &grammar->network;
	uint32_t n = w->n[DUET_SECTION_NETS], net = next_net(w, list, true, 0);
	bool waiting = net < n;
	int rc = 0;

	if (!waiting)
		net = next_net(w, list, false, 0);
	if (net == n)
		return duet_error_set(error, -ENOENT, "the sentences have no list {%s} to fill", list);
	for (; rc == 0 && net < n; net = waiting ? next_net(w, list, true, net + 1) : n)
		rc = fill_net(grammar, net, list, values, n_values, error);
	return rc;
}

static int compare_response(const struct duet_network *w, const struct duet_net_response *r,
			    const char *intent, const char *key)
{
	int order = strcmp(intent, w->strings + r->intent);

	return order ? order : strcmp(key, w->strings + r->key);
}

static const struct duet_net_response *find_response(const struct duet_network *w, const char *intent,
						     const char *key)
{
	uint32_t low = 0, high = w->n[DUET_SECTION_RESPONSES];

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		int order = compare_response(w, &w->responses[middle], intent, key);

		if (order == 0)
			return &w->responses[middle];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

struct duet_slice duet_grammar_response(const struct duet_grammar *grammar, const char *intent,
					const char *key, unsigned variant)
{
	const struct duet_network *w = &grammar->network;
	const struct duet_net_response *r = NULL;
	const struct duet_net_variant *v;

	key = key ? key : "default";
	if (intent)
		r = find_response(w, intent, key);
	if (!r)
		r = find_response(w, DUET_RESPONSES_COMMON, key);
	if (!r)
		r = find_response(w, DUET_RESPONSES_ERRORS, key);
	if (!r)
		return (struct duet_slice){0};
	v = &w->variants[r->variant + variant % r->n_variants];
	return (struct duet_slice){(const char *)&w->programs[v->word], v->n_bytes};
}
