/* SPDX-License-Identifier: Apache-2.0 */
#include "nlu/match.h"

#include <errno.h>
#include <string.h>

#include "grammar/grammar.h"
#include "nlu/parse.h"
#include "nlu/sentence.h"

struct matching {
	const struct duet_grammar *grammar;
	const struct duet_network *network;
	const struct duet_match_context *context;
	struct duet_arena *arena;
	struct duet_sentence sentence;
};

static const char *string(const struct duet_network *network, uint32_t offset)
{
	return network->strings + offset;
}

/* The pair of a parse's values that has `key`; `nth` counts them. */
static const char *context_of_values(const struct duet_parse *parse, const char *key, uint32_t nth)
{
	for (uint32_t i = 0; i < parse->n_captures; i++) {
		const struct duet_capture *capture = &parse->captures[i];
		const struct duet_network *network = capture->frame->view.network;
		const struct duet_net_value *value;

		if (capture->frame->view.net->kind != DUET_NET_VALUES)
			continue;
		value = &network->values[capture->frame->view.net->value + capture->out];
		for (uint32_t p = value->pair; p < value->pair + value->n_pairs; p++)
			if (strcmp(string(network, network->pairs[p].key), key) == 0 && nth-- == 0)
				return string(network, network->pairs[p].value);
	}
	return NULL;
}

static const char *context_of_place(const struct duet_match_context *context, const char *key, uint32_t nth)
{
	if (!context)
		return NULL;
	if (context->area && strcmp(key, "area") == 0 && nth-- == 0)
		return context->area;
	for (size_t i = 0; i < context->n_more; i++)
		if (strcmp(context->more[i].key, key) == 0 && nth-- == 0)
			return context->more[i].value;
	return NULL;
}

/* What is known under `key`: from the values that were said, else from where they were said. */
static const char *context_get(const struct matching *m, const struct duet_parse *parse, const char *key,
			       uint32_t nth)
{
	if (context_of_values(parse, key, 0))
		return context_of_values(parse, key, nth);
	return context_of_place(m->context, key, nth);
}

/* The context's value that fits any pair from `first` on with the same key; NULL: none. */
static const char *fits_any(const struct matching *m, const struct duet_parse *parse, uint32_t first,
			    uint32_t end)
{
	const struct duet_net_pair *pairs = m->network->pairs;
	const char *known, *key = string(m->network, pairs[first].key);

	for (uint32_t nth = 0; (known = context_get(m, parse, key, nth)); nth++)
		for (uint32_t p = first; p < end; p++)
			if (pairs[p].key == pairs[first].key &&
			    (!pairs[p].value || strcmp(string(m->network, pairs[p].value), known) == 0))
				return known;
	return NULL;
}

static bool is_first_of_key(const struct duet_net_pair *pairs, uint32_t begin, uint32_t p)
{
	for (uint32_t i = begin; i < p; i++)
		if (pairs[i].key == pairs[p].key)
			return false;
	return true;
}

static bool context_fits(const struct matching *m, const struct duet_parse *parse)
{
	const struct duet_net_block *b = &m->network->blocks[m->network->templates[parse->template].block];

	for (uint32_t p = b->need; p < b->need + b->n_needs; p++)
		if (is_first_of_key(m->network->pairs, b->need, p) &&
		    !fits_any(m, parse, p, b->need + b->n_needs))
			return false;
	for (uint32_t p = b->exclude; p < b->exclude + b->n_excludes; p++)
		if (fits_any(m, parse, p, p + 1))
			return false;
	return true;
}

/* Whole words, where there are any. */
static bool says(const struct duet_sentence *sentence, struct duet_slice word)
{
	const char *text = sentence->text, *found = text;

	while ((found = memmem(found, sentence->len - (size_t)(found - text), word.ptr, word.len))) {
		const char *end = found + word.len;

		if (sentence->no_spaces || ((found == text || found[-1] == ' ') && *end == ' '))
			return true;
		found++;
	}
	return false;
}

static bool keywords_fit(const struct matching *m, const struct duet_parse *parse)
{
	const struct duet_net_block *b = &m->network->blocks[m->network->templates[parse->template].block];

	for (uint32_t p = b->keyword; p < b->keyword + b->n_keywords; p++)
		if (says(&m->sentence, duet_slice(string(m->network, m->network->pairs[p].value))))
			return true;
	return b->n_keywords == 0;
}

static int try_sentence(const struct matching *m, struct duet_parse **fitting)
{
	const struct duet_walk_end *ends;
	struct duet_parse *parses = NULL, *next, **at;
	int rc = duet_walk(m->grammar, &m->sentence, m->arena, &ends), n = 0;

	*fitting = NULL;
	if (rc == 0)
		rc = duet_parse_all(m->grammar, &m->sentence, ends, m->arena, &parses);
	if (rc < 0)
		return rc;
	for (; parses; parses = next) {
		next = parses->next;
		if (!keywords_fit(m, parses) || !context_fits(m, parses))
			continue;
		for (at = fitting; *at && duet_parse_compare(*at, parses) <= 0;)
			at = &(*at)->next;
		parses->next = *at;
		*at = parses;
		n++;
	}
	return n;
}

static bool skip_words(struct matching *m)
{
	bool found = false;

	for (uint32_t i = 0; i < m->network->n[DUET_SECTION_SKIPS]; i++)
		found |= duet_sentence_skip(&m->sentence,
					    duet_slice(string(m->network, m->network->skips[i])));
	return found;
}

/* As it was said; with joined words split; without the words that mean nothing; both. */
static int try_all(struct matching *m, struct duet_slice text, struct duet_parse **fitting)
{
	bool no_spaces = m->network->header->no_spaces;
	int rc = duet_sentence_init(&m->sentence, text, no_spaces, m->arena);

	if (rc == 0)
		rc = try_sentence(m, fitting);
	if (rc == 0 && duet_sentence_split_joined(&m->sentence))
		rc = try_sentence(m, fitting);
	if (rc != 0)
		return rc;
	rc = duet_sentence_init(&m->sentence, text, no_spaces, m->arena);
	if (rc < 0 || !skip_words(m))
		return rc;
	rc = try_sentence(m, fitting);
	if (rc == 0 && duet_sentence_split_joined(&m->sentence))
		rc = try_sentence(m, fitting);
	return rc;
}

static struct duet_value range_value(const struct matching *m, const struct duet_net *net, uint32_t out)
{
	struct duet_value value = {DUET_VALUE_NUMBER, (net->from + out * net->unit) * net->factor, NULL};

	value.text = duet_arena_printf(m->arena, "%.10g", value.number);
	return value;
}

static struct duet_value value_of(const struct matching *m, const struct duet_capture *capture,
				  const char *said)
{
	const struct duet_network *network = capture->frame->view.network;
	const struct duet_net *net = capture->frame->view.net;
	const struct duet_net_value *value;

	if (net->kind == DUET_NET_RANGE)
		return range_value(m, net, capture->out);
	if (net->kind != DUET_NET_VALUES)
		return (struct duet_value){DUET_VALUE_TEXT, 0, said};
	value = &network->values[net->value + capture->out];
	return (struct duet_value){value->is_number ? DUET_VALUE_NUMBER : DUET_VALUE_TEXT, value->number,
				   value->text ? string(network, value->text) : said};
}

static struct duet_slot pair_slot(const struct matching *m, const struct duet_net_pair *pair,
				  const char *known)
{
	struct duet_slot slot = {.name = string(m->network, pair->slot ? pair->slot : pair->key)};

	if (known || pair->value)
		slot.text = known ? known : string(m->network, pair->value);
	else
		slot.text = "";
	slot.value.kind = pair->is_number        ? DUET_VALUE_NUMBER
			  : pair->value || known ? DUET_VALUE_TEXT
						 : DUET_VALUE_NONE;
	slot.value.number = pair->number;
	slot.value.text = slot.text;
	return slot;
}

static bool has_slot(const struct duet_slot *slots, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(slots[i].name, name) == 0)
			return true;
	return false;
}

static const struct duet_net_value *captured_value(const struct duet_capture *capture)
{
	const struct duet_net *net = capture->frame->view.net;

	return net->kind == DUET_NET_VALUES ? &capture->frame->view.network->values[net->value + capture->out]
					    : NULL;
}

/* A value may mean several things; each is a slot of the same name. */
static size_t count_more(const struct duet_parse *parse)
{
	size_t n = 0;

	for (uint32_t i = 0; i < parse->n_captures; i++)
		n += captured_value(&parse->captures[i]) ? captured_value(&parse->captures[i])->n_more : 0;
	return n;
}

static size_t add_more(const struct duet_capture *capture, const struct duet_slot *first,
		       struct duet_slot *slots)
{
	const struct duet_net_value *value = captured_value(capture);
	const struct duet_network *network = capture->frame->view.network;

	for (uint32_t i = 0; value && i < value->n_more; i++) {
		const struct duet_net_pair *pair = &network->pairs[value->more + i];

		slots[i] = *first;
		slots[i].value = (struct duet_value){pair->is_number ? DUET_VALUE_NUMBER : DUET_VALUE_TEXT,
						     pair->number, string(network, pair->value)};
	}
	return value ? value->n_more : 0;
}

static int fill_slots(const struct matching *m, const struct duet_parse *parse, struct duet_match *match)
{
	const struct duet_net_block *b = &m->network->blocks[m->network->templates[parse->template].block];
	const struct duet_net_pair *pairs = m->network->pairs;
	size_t n = parse->n_captures + b->n_slots + b->n_needs + count_more(parse), n_said;
	struct duet_slot *slots = duet_arena_alloc(m->arena, (n + 1) * sizeof(*slots));

	if (!slots)
		return -ENOMEM;
	n = 0;
	for (uint32_t i = 0; i < parse->n_captures; i++) {
		const struct duet_capture *capture = &parse->captures[i];
		const char *said = duet_arena_copy(
			m->arena, duet_sentence_said(&m->sentence, capture->begin, capture->end));

		slots[n].name = string(m->network, capture->slot);
		slots[n].text = said;
		slots[n].value = value_of(m, capture, said);
		if (!said || !slots[n++].value.text)
			return -ENOMEM;
		n += add_more(capture, &slots[n - 1], &slots[n]);
	}
	n_said = n;
	for (uint32_t p = b->slot; p < b->slot + b->n_slots; p++)
		if (!has_slot(slots, n_said, string(m->network, pairs[p].key)))
			slots[n++] = pair_slot(m, &pairs[p], NULL);
	for (uint32_t p = b->need; p < b->need + b->n_needs; p++)
		if (pairs[p].slot && !has_slot(slots, n, string(m->network, pairs[p].slot)))
			slots[n++] = pair_slot(m, &pairs[p], fits_any(m, parse, p, b->need + b->n_needs));
	match->slots = slots;
	match->n_slots = n;
	return 0;
}

static int describe(const struct matching *m, const struct duet_parse *parse, int n_parses,
		    struct duet_match *match)
{
	const struct duet_net_template *template = &m->network->templates[parse->template];
	const struct duet_net_block *block = &m->network->blocks[template->block];

	*match = (struct duet_match){
		.intent = string(m->network, block->intent),
		.combination = block->combination ? string(m->network, block->combination) : NULL,
		.response = block->response ? string(m->network, block->response) : NULL,
		.template = string(m->network, template->text),
		.file = string(m->network, template->file),
		.line = (int)template->line,
		.n_parses = n_parses,
	};
	return fill_slots(m, parse, match);
}

int duet_match_all(const struct duet_grammar *grammar, struct duet_slice text,
		   const struct duet_match_context *context, struct duet_arena *arena,
		   struct duet_match *matches, int max)
{
	struct matching m = {.grammar = grammar, .context = context, .arena = arena};
	struct duet_parse *parse = NULL;
	int n, i = 0, rc = 0;

	m.network = duet_grammar_network(grammar);
	n = try_all(&m, text, &parse);
	for (; rc == 0 && n > 0 && parse && i < max; parse = parse->next)
		rc = describe(&m, parse, n, &matches[i++]);
	if (rc < 0)
		return rc;
	return n < 0 ? n : i;
}

int duet_match_text(const struct duet_grammar *grammar, struct duet_slice text,
		    const struct duet_match_context *context, struct duet_arena *arena,
		    struct duet_match *match)
{
	return duet_match_all(grammar, text, context, arena, match, 1);
}
