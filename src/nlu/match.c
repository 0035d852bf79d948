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
	bool last_resort; /* skip words are left out within wildcards too */
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
		if (says(parse->sentence, duet_slice(string(m->network, m->network->pairs[p].value))))
			return true;
	return b->n_keywords == 0;
}

/*
 * Words that mean nothing may be left out: all of them, those at the begin, those at the end, those at both
 * ends. A template that begins or ends with a wildcard keeps those beside it, as they may belong to the
 * wildcard; one with a wildcard inside keeps all that stand inside ("add thank you cards to …"), unless
 * nothing else is understood.
 */
enum {
	AS_SAID = 1,
	WITHOUT = 2,
	WITHOUT_AT_BEGIN = 4,
	WITHOUT_AT_END = 8,
	WITHOUT_AT_ENDS = 16,
	N_READINGS = 5
};

static unsigned readings_of(const struct matching *m, const struct duet_parse *parse)
{
	static const unsigned readings[] = {
		[0] = AS_SAID | WITHOUT_AT_ENDS,
		[DUET_TEMPLATE_WILD_BEGIN] = AS_SAID | WITHOUT_AT_END,
		[DUET_TEMPLATE_WILD_END] = AS_SAID | WITHOUT_AT_BEGIN,
		[DUET_TEMPLATE_WILD_BEGIN | DUET_TEMPLATE_WILD_END] = AS_SAID,
	};
	unsigned flags = m->network->templates[parse->template].flags % 4;
	bool anywhere = flags == 0 && (parse->n_wildcards == 0 || m->last_resort);

	return readings[flags] | (anywhere ? WITHOUT : 0);
}

/* One way to take what was said. */
struct reading {
	struct duet_sentence sentence;
	unsigned kinds;
};

struct readings {
	struct reading all[N_READINGS];
	int n;
};

/* Adds the fitting parses of a reading to those that there are, the best first. */
static int try_reading(const struct matching *m, const struct reading *reading, struct duet_parse **fitting)
{
	const struct duet_walk_end *ends;
	struct duet_parse *parses = NULL, *next, **at;
	int rc = duet_walk(m->grammar, &reading->sentence, m->arena, &ends), n = 0;

	if (rc == 0)
		rc = duet_parse_all(m->grammar, &reading->sentence, ends, m->arena, &parses);
	if (rc < 0)
		return rc;
	for (; parses; parses = next) {
		next = parses->next;
		if (!(readings_of(m, parses) & reading->kinds) || !keywords_fit(m, parses) ||
		    !context_fits(m, parses))
			continue;
		for (at = fitting; *at && duet_parse_compare(*at, parses) <= 0;)
			at = &(*at)->next;
		parses->next = *at;
		*at = parses;
		n++;
	}
	return n;
}

static int try_readings(struct matching *m, const struct readings *readings, struct duet_parse **fitting)
{
	int n = 0;

	for (int i = 0; i < readings->n; i++) {
		int rc = try_reading(m, &readings->all[i], fitting);

		if (rc < 0)
			return rc;
		n += rc;
	}
	return n;
}

static bool skip_words(const struct matching *m, struct duet_sentence *sentence, enum duet_sentence_part part)
{
	bool found = false, again = true;

	while (again) {
		again = false;
		for (uint32_t i = 0; i < m->network->n[DUET_SECTION_SKIPS]; i++)
			again |= duet_sentence_skip(
				sentence, duet_slice(string(m->network, m->network->skips[i])), part);
		found |= again;
		again &= part != DUET_SENTENCE_WHOLE;
	}
	return found;
}

static bool same_text(const struct duet_sentence *a, const struct duet_sentence *b)
{
	return a->len == b->len && memcmp(a->text, b->text, a->len) == 0;
}

static int add_reading(struct matching *m, struct readings *r, unsigned kind)
{
	struct reading *new = &r->all[r->n];
	int rc = duet_sentence_copy(&new->sentence, &r->all[0].sentence, m->arena);

	if (rc < 0)
		return rc;
	if (kind == WITHOUT)
		skip_words(m, &new->sentence, DUET_SENTENCE_WHOLE);
	if (kind & (WITHOUT_AT_BEGIN | WITHOUT_AT_ENDS))
		skip_words(m, &new->sentence, DUET_SENTENCE_BEGIN);
	if (kind & (WITHOUT_AT_END | WITHOUT_AT_ENDS))
		skip_words(m, &new->sentence, DUET_SENTENCE_END);
	new->kinds = kind;
	for (int i = 0; i < r->n; i++)
		if (same_text(&r->all[i].sentence, &new->sentence)) {
			r->all[i].kinds |= kind;
			return 0;
		}
	r->n++;
	return 0;
}

static bool has_skip_words(const struct matching *m, const struct duet_sentence *sentence)
{
	for (uint32_t i = 0; i < m->network->n[DUET_SECTION_SKIPS]; i++)
		if (says(sentence, duet_slice(string(m->network, m->network->skips[i]))))
			return true;
	return false;
}

static int read_all(struct matching *m, struct duet_slice text, struct readings *r)
{
	int rc = duet_sentence_init(&r->all[0].sentence, text, m->network->header->no_spaces, m->arena);

	r->n = 1;
	r->all[0].kinds = AS_SAID;
	if (rc == 0 && !has_skip_words(m, &r->all[0].sentence)) {
		r->all[0].kinds |= WITHOUT | WITHOUT_AT_BEGIN | WITHOUT_AT_END | WITHOUT_AT_ENDS;
		return 0;
	}
	for (unsigned kind = WITHOUT; rc == 0 && kind <= WITHOUT_AT_ENDS; kind <<= 1)
		rc = add_reading(m, r, kind);
	return rc;
}

/* Words that a mark joins are split only when nothing else is understood. */
static int try_all(struct matching *m, struct duet_slice text, struct duet_parse **fitting)
{
	struct readings *readings = duet_arena_alloc(m->arena, sizeof(*readings));
	bool joined = false;
	int rc = readings ? read_all(m, text, readings) : -ENOMEM;

	if (rc == 0)
		rc = try_readings(m, readings, fitting);
	if (rc != 0)
		return rc;
	for (int i = 0; i < readings->n; i++)
		joined |= duet_sentence_split_joined(&readings->all[i].sentence);
	if (joined)
		rc = try_readings(m, readings, fitting);
	m->last_resort = true;
	return rc == 0 && readings->n > 1 ? try_readings(m, readings, fitting) : rc;
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
	const char *text = known ? known : string(m->network, pair->value);
	struct duet_slot slot = {.name = string(m->network, pair->slot ? pair->slot : pair->key),
				 .text = text};

	slot.source = known ? DUET_SLOT_CONTEXT : DUET_SLOT_FIXED;
	slot.value.kind = pair->is_number        ? DUET_VALUE_NUMBER
			  : pair->value || known ? DUET_VALUE_TEXT
						 : DUET_VALUE_NONE;
	slot.value.number = pair->number;
	slot.value.text = text;
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

static enum duet_slot_source source_of(const struct duet_capture *capture)
{
	switch ((enum duet_net_kind)capture->frame->view.net->kind) {
	case DUET_NET_RANGE:
		return DUET_SLOT_RANGE;
	case DUET_NET_WILDCARD:
		return DUET_SLOT_WILDCARD;
	case DUET_NET_VALUES:
	case DUET_NET_RULE:
	case DUET_NET_SENTENCES:
		break;
	}
	return DUET_SLOT_LIST;
}

/* What was said: slots, or those that are only told (`is_capture`). How many, or -ENOMEM. */
static int fill_said(const struct matching *m, const struct duet_parse *parse, bool is_capture,
		     struct duet_slot *slots)
{
	size_t n = 0;

	for (uint32_t i = 0; i < parse->n_captures; i++) {
		const struct duet_capture *capture = &parse->captures[i];
		const char *name = string(m->network, capture->slot);
		struct duet_slot *slot = &slots[n];

		if ((*name == '@') != is_capture)
			continue;
		slot->name = name + is_capture;
		slot->text = duet_sentence_said(parse->sentence, capture->begin, capture->end, m->arena);
		slot->source = source_of(capture);
		slot->value = value_of(m, capture, slot->text);
		if (!slot->text || !slot->value.text)
			return -ENOMEM;
		n += 1 + add_more(capture, slot, slot + 1);
	}
	return (int)n;
}

/* What the block's sentences mean without saying it; something that was said comes first. */
static size_t fill_meant(const struct matching *m, const struct duet_parse *parse, struct duet_slot *slots,
			 size_t n)
{
	const struct duet_net_block *b = &m->network->blocks[m->network->templates[parse->template].block];
	const struct duet_net_pair *pairs = m->network->pairs;
	size_t n_said = n;

	for (uint32_t p = b->slot; p < b->slot + b->n_slots; p++)
		if (!has_slot(slots, n_said, string(m->network, pairs[p].key)))
			slots[n++] = pair_slot(m, &pairs[p], NULL);
	for (uint32_t p = b->need; p < b->need + b->n_needs; p++)
		if (pairs[p].slot && !has_slot(slots, n, string(m->network, pairs[p].slot)))
			slots[n++] = pair_slot(m, &pairs[p], fits_any(m, parse, p, b->need + b->n_needs));
	return n;
}

static int fill_slots(const struct matching *m, const struct duet_parse *parse, struct duet_match *match)
{
	const struct duet_net_block *b = &m->network->blocks[m->network->templates[parse->template].block];
	size_t n_said = parse->n_captures + count_more(parse) + 1;
	struct duet_slot *slots =
		duet_arena_alloc(m->arena, (n_said + b->n_slots + b->n_needs) * sizeof(*slots));
	struct duet_slot *captures = duet_arena_alloc(m->arena, n_said * sizeof(*captures));
	int n_slots = slots ? fill_said(m, parse, false, slots) : -ENOMEM;
	int n_captures = captures ? fill_said(m, parse, true, captures) : -ENOMEM;

	if (n_slots < 0 || n_captures < 0)
		return -ENOMEM;
	match->slots = slots;
	match->n_slots = fill_meant(m, parse, slots, (size_t)n_slots);
	match->captures = captures;
	match->n_captures = (size_t)n_captures;
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
		.part = string(m->network, block->part),
		.template = string(m->network, template->text),
		.file = string(m->network, template->file),
		.line = (int)template->line,
		.n_parses = n_parses,
		.rank = {parse->name_length, parse->n_wildcards, parse->n_literal, parse->n_wild_bytes,
			 parse->template},
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
