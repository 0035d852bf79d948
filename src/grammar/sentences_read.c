/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "base/text.h"
#include "grammar/sentences.h"

/* The members of a file, an intent and a block: each kind is a table of names and readers. */
struct file_reader {
	struct duet_sentences *s;
	const char *file;
	const char *folder, *stem; /* where the file lies */
	const char *intent, *combination;
	struct duet_block *block;
};

struct member {
	const char *name;
	void (*read)(struct file_reader *r, const struct duet_yaml_node *value);
};

static void mistake(struct file_reader *r, const struct duet_yaml_node *node, const char *what)
{
	duet_sentences_mistake(r->s, r->file, node->line, node->column, NULL, "%s", what);
}

static void *take(struct file_reader *r, size_t size)
{
	void *memory = duet_arena_alloc(r->s->arena, size);

	if (!memory)
		r->s->out_of_memory = true;
	return memory;
}

static const char *copy(struct file_reader *r, const struct duet_yaml_node *scalar)
{
	const char *text = duet_arena_copy(r->s->arena, (struct duet_slice){scalar->text, scalar->text_len});

	if (!text)
		r->s->out_of_memory = true;
	return text ? text : "";
}

static bool expect(struct file_reader *r, const struct duet_yaml_node *node, enum duet_yaml_kind kind)
{
	static const char *const wanted[] = {"a text is expected here", "a list (- …) is expected here",
					     "names with values (key: …) are expected here"};

	if (node->kind == kind)
		return true;
	mistake(r, node, wanted[kind]);
	return false;
}

static void read_members(struct file_reader *r, const struct duet_yaml_node *map,
			 const struct member *members)
{
	const char *names[32];
	size_t n = 0;

	if (!expect(r, map, DUET_YAML_MAP))
		return;
	for (const struct member *m = members; m->name; m++) {
		const struct duet_yaml_node *value = duet_yaml_get(map, m->name);

		names[n++] = m->name;
		if (value && m->read)
			m->read(r, value);
	}
	names[n] = NULL;
	duet_sentences_check_names(r->s, r->file, map, names);
}

static void read_sentences(struct file_reader *r, const struct duet_yaml_node *list)
{
	struct duet_phrase **end = &r->block->phrases;

	if (!expect(r, list, DUET_YAML_LIST))
		return;
	for (const struct duet_yaml_node *item = list->first; item; item = item->next) {
		struct duet_phrase *phrase =
			expect(r, item, DUET_YAML_SCALAR) ? take(r, sizeof(*phrase)) : NULL;

		if (!phrase)
			continue;
		*end = duet_sentences_read_phrase(r->s, r->file, item, phrase);
		end = &phrase->next;
	}
}

static void append_pairs(struct duet_pair **pairs, struct duet_pair *more)
{
	while (*pairs)
		pairs = &(*pairs)->next;
	*pairs = more;
}

static void read_slots(struct file_reader *r, const struct duet_yaml_node *map)
{
	append_pairs(&r->block->slots, duet_sentences_read_pairs(r->s, r->file, map));
}

static void read_needs(struct file_reader *r, const struct duet_yaml_node *map)
{
	append_pairs(&r->block->needs, duet_sentences_read_pairs(r->s, r->file, map));
}

static void read_excludes(struct file_reader *r, const struct duet_yaml_node *map)
{
	r->block->excludes = duet_sentences_read_pairs(r->s, r->file, map);
}

static void add_domain(struct file_reader *r, struct duet_pair **pairs, const char *domain)
{
	struct duet_pair *pair = take(r, sizeof(*pair));

	if (!pair)
		return;
	*pair = (struct duet_pair){.key = "domain", .value = domain};
	append_pairs(pairs, pair);
}

/* A group stands for the domains that the schema gives it. */
static void add_domain_group(struct file_reader *r, const struct duet_yaml_node *name)
{
	const struct duet_combination *combination =
		duet_sentences_combination(r->s, r->block->intent, r->block->combination);
	bool found = false;

	for (const struct duet_pair *group = combination ? combination->groups : NULL; group;
	     group = group->next)
		if (strcmp(group->key, name->text) == 0) {
			add_domain(r, &r->block->needs, group->value);
			found = true;
		}
	if (!found)
		mistake(r, name, "intents.yaml has no group of domains of this name for the combination");
}

static void read_name_domains(struct file_reader *r, const struct duet_yaml_node *value)
{
	if (value->kind == DUET_YAML_SCALAR) {
		add_domain_group(r, value);
		return;
	}
	if (!expect(r, value, DUET_YAML_LIST))
		return;
	for (const struct duet_yaml_node *item = value->first; item; item = item->next)
		if (expect(r, item, DUET_YAML_SCALAR))
			add_domain(r, &r->block->needs, copy(r, item));
}

static bool has_pair(const struct duet_pair *pairs, const char *key)
{
	while (pairs && strcmp(pairs->key, key) != 0)
		pairs = pairs->next;
	return pairs;
}

static void read_keywords(struct file_reader *r, const struct duet_yaml_node *list)
{
	struct duet_pair **end = &r->block->keywords;

	if (!expect(r, list, DUET_YAML_LIST))
		return;
	for (const struct duet_yaml_node *item = list->first; item; item = item->next) {
		struct duet_pair *pair = expect(r, item, DUET_YAML_SCALAR) ? take(r, sizeof(*pair)) : NULL;

		if (!pair)
			continue;
		*pair = (struct duet_pair){.key = "", .value = copy(r, item)};
		*end = pair;
		end = &pair->next;
	}
}

/* What the sentences tell of the things they are about; where a name tells it, it is not needed. */
static void read_inferred_domain(struct file_reader *r, const struct duet_yaml_node *value)
{
	if (expect(r, value, DUET_YAML_SCALAR) && !has_pair(r->block->needs, "domain"))
		add_domain(r, &r->block->slots, copy(r, value));
}

static void read_response_key(struct file_reader *r, const struct duet_yaml_node *value)
{
	if (expect(r, value, DUET_YAML_SCALAR))
		r->block->response = copy(r, value);
}

static void read_block_lists(struct file_reader *r, const struct duet_yaml_node *map)
{
	duet_sentences_read_lists(r->s, r->file, map, &r->block->scope);
}

static void read_block_rules(struct file_reader *r, const struct duet_yaml_node *map)
{
	duet_sentences_read_rules(r->s, r->file, map, &r->block->scope);
}

/* Others may keep what they like in metadata. */
static void read_metadata(struct file_reader *r, const struct duet_yaml_node *map)
{
	const struct duet_yaml_node *spoken, *part;

	if (!expect(r, map, DUET_YAML_MAP))
		return;
	spoken = duet_yaml_get(map, "spoken");
	part = duet_yaml_get(map, "part");
	if (spoken && expect(r, spoken, DUET_YAML_SCALAR))
		r->block->spoken = strcmp(spoken->text, "false") != 0;
	if (part && expect(r, part, DUET_YAML_SCALAR))
		r->block->part = copy(r, part);
}

static const struct member block_members[] = {
	{"sentences", read_sentences},
	{"slots", read_slots},
	{"requires_context", read_needs},
	{"excludes_context", read_excludes},
	{"name_domains", read_name_domains},
	{"inferred_domain", read_inferred_domain},
	{"speech_to_phrase", NULL},
	{"example", NULL},
	{"response", read_response_key},
	{"lists", read_block_lists},
	{"expansion_rules", read_block_rules},
	{"metadata", read_metadata},
	{"required_keywords", read_keywords},
	{NULL, NULL},
};

static bool is_lean(const struct duet_yaml_node *block)
{
	const struct duet_yaml_node *tag =
		block->kind == DUET_YAML_MAP ? duet_yaml_get(block, "speech_to_phrase") : NULL;

	return tag && tag->kind == DUET_YAML_SCALAR && strcmp(tag->text, "true") == 0;
}

/* Lean blocks are a part of those beside them, for programs that cannot take all. Where all are lean, they
 * are the sentences. */
static bool has_full(const struct duet_yaml_node *list)
{
	const struct duet_yaml_node *item = list->first;

	while (item && is_lean(item))
		item = item->next;
	return item;
}

/* What the schema says of the block's combination. */
static void apply_schema(struct file_reader *r, struct duet_block *block)
{
	const struct duet_combination *known =
		duet_sentences_combination(r->s, block->intent, block->combination);
	struct duet_pair *area;

	if (!known || !known->context_area || has_pair(block->needs, "area"))
		return;
	area = take(r, sizeof(*area));
	if (!area)
		return;
	*area = (struct duet_pair){.key = "area", .slot = "area"};
	append_pairs(&block->needs, area);
}

static void read_block(struct file_reader *r, const struct duet_yaml_node *map)
{
	struct duet_block *block = take(r, sizeof(*block));

	if (!block)
		return;
	*block = (struct duet_block){.intent = r->intent,
				     .combination = r->combination,
				     .number = r->s->n_blocks++,
				     .spoken = true,
				     .scope.outer = r->s->scope};
	r->block = block;
	read_members(r, map, block_members);
	apply_schema(r, block);
	*r->s->blocks_end = block;
	r->s->blocks_end = &block->next;
}

static void read_data(struct file_reader *r, const struct duet_yaml_node *list)
{
	bool leave_lean;

	if (!expect(r, list, DUET_YAML_LIST))
		return;
	leave_lean = has_full(list);
	for (const struct duet_yaml_node *item = list->first; item; item = item->next)
		if (!leave_lean || !is_lean(item))
			read_block(r, item);
}

static const struct member intent_members[] = {{"data", read_data}, {NULL, NULL}};

static void read_intents(struct file_reader *r, const struct duet_yaml_node *map)
{
	if (!expect(r, map, DUET_YAML_MAP))
		return;
	for (const struct duet_yaml_node *intent = map->first; intent; intent = intent->next) {
		r->intent = copy(r, intent->key);
		r->combination = NULL;
		read_members(r, intent, intent_members);
	}
}

/* The intent and the combination of slots are told by where the file lies. */
static void read_own_data(struct file_reader *r, const struct duet_yaml_node *list)
{
	r->intent = r->folder;
	r->combination = r->stem;
	read_data(r, list);
}

static void read_lists(struct file_reader *r, const struct duet_yaml_node *map)
{
	duet_sentences_read_lists(r->s, r->file, map, r->s->scope);
}

static void read_rules(struct file_reader *r, const struct duet_yaml_node *map)
{
	duet_sentences_read_rules(r->s, r->file, map, r->s->scope);
}

/* The longest first: "i'd like to" before "i'd like". */
static void add_skip(struct file_reader *r, const char *text)
{
	struct duet_skip *skip = take(r, sizeof(*skip)), **at = &r->s->skips;

	if (!skip)
		return;
	skip->text = duet_slice(text);
	while (*at && (*at)->text.len >= skip->text.len)
		at = &(*at)->next;
	skip->next = *at;
	*at = skip;
}

static void read_skip_words(struct file_reader *r, const struct duet_yaml_node *list)
{
	if (!expect(r, list, DUET_YAML_LIST))
		return;
	for (const struct duet_yaml_node *item = list->first; item; item = item->next)
		if (expect(r, item, DUET_YAML_SCALAR))
			add_skip(r, copy(r, item));
}

static struct duet_response_text *response_for(struct file_reader *r, const char *key)
{
	char *both = duet_arena_printf(r->s->arena, "%s%c%s", r->intent, '\0', key);
	struct duet_slice name = {both, strlen(r->intent) + 1 + strlen(key)};
	struct duet_response_text *response;

	if (!both) {
		r->s->out_of_memory = true;
		return NULL;
	}
	response = duet_names_find(&r->s->response_names, name);
	if (response)
		return response;
	response = take(r, sizeof(*response));
	if (!response || duet_names_add(&r->s->response_names, r->s->arena, name, response) < 0) {
		r->s->out_of_memory = true;
		return NULL;
	}
	response->intent = r->intent;
	response->key = key;
	response->next = r->s->responses;
	r->s->responses = response;
	return response;
}

/* A text begins behind a quote, or in the line below when it is a block. */
static struct duet_response_variant *read_variant(struct file_reader *r, const struct duet_yaml_node *scalar)
{
	struct duet_response_variant *variant = take(r, sizeof(*variant));
	const char *text = variant ? copy(r, scalar) : NULL;

	if (!text)
		return NULL;
	*variant = (struct duet_response_variant){
		.file = r->file,
		.line = scalar->line + (scalar->indent > 0),
		.column = scalar->indent ? scalar->indent + 1 : scalar->column + scalar->quoted,
		.is_block = scalar->indent > 0,
		.text = {text, scalar->text_len},
	};
	return variant;
}

static void read_variants(struct file_reader *r, const struct duet_yaml_node *value)
{
	struct duet_response_text *response = response_for(r, copy(r, value->key));
	struct duet_response_variant **end;
	const struct duet_yaml_node *item = value->kind == DUET_YAML_LIST ? value->first : value;

	if (!response)
		return;
	if (value->kind == DUET_YAML_MAP || !item) {
		mistake(r, value, "a text, or a list of texts to vary between, is expected here");
		return;
	}
	response->variants = NULL;
	for (end = &response->variants; item; item = value->kind == DUET_YAML_LIST ? item->next : NULL) {
		*end = expect(r, item, DUET_YAML_SCALAR) ? read_variant(r, item) : NULL;
		if (*end)
			end = &(*end)->next;
	}
}

static void read_keys(struct file_reader *r, const struct duet_yaml_node *map)
{
	if (!expect(r, map, DUET_YAML_MAP))
		return;
	for (const struct duet_yaml_node *value = map->first; value; value = value->next)
		read_variants(r, value);
}

static void read_response_errors(struct file_reader *r, const struct duet_yaml_node *map)
{
	r->intent = DUET_RESPONSES_ERRORS;
	read_keys(r, map);
}

static void read_response_common(struct file_reader *r, const struct duet_yaml_node *map)
{
	r->intent = DUET_RESPONSES_COMMON;
	read_keys(r, map);
}

static void read_response_intents(struct file_reader *r, const struct duet_yaml_node *map)
{
	if (!expect(r, map, DUET_YAML_MAP))
		return;
	for (const struct duet_yaml_node *intent = map->first; intent; intent = intent->next) {
		r->intent = copy(r, intent->key);
		read_keys(r, intent);
	}
}

static const struct member response_members[] = {{"common", read_response_common},
						 {"errors", read_response_errors},
						 {"intents", read_response_intents},
						 {NULL, NULL}};

static void read_responses(struct file_reader *r, const struct duet_yaml_node *map)
{
	read_members(r, map, response_members);
}

/* "zh-cn" and "zh-CN" and "zh" go together; "en" and "zh" do not. */
static void read_language(struct file_reader *r, const struct duet_yaml_node *value)
{
	size_t len = strcspn(r->s->language, "-_");

	if (!expect(r, value, DUET_YAML_SCALAR))
		return;
	if (strcspn(value->text, "-_") != len || strncasecmp(value->text, r->s->language, len) != 0)
		duet_sentences_mistake(r->s, r->file, value->line, value->column,
				       "move the file to the folder of its language",
				       "the file is for the language \"%s\", not \"%s\"", value->text,
				       r->s->language);
}

static void read_settings(struct file_reader *r, const struct duet_yaml_node *map)
{
	const struct duet_yaml_node *ignore;

	if (!expect(r, map, DUET_YAML_MAP))
		return;
	ignore = duet_yaml_get(map, "ignore_whitespace");
	if (ignore && expect(r, ignore, DUET_YAML_SCALAR))
		r->s->no_spaces = strcmp(ignore->text, "true") == 0;
}

static const struct member file_members[] = {
	{"language", read_language},     {"settings", read_settings},   {"intents", read_intents},
	{"data", read_own_data},         {"lists", read_lists},         {"expansion_rules", read_rules},
	{"skip_words", read_skip_words}, {"responses", read_responses}, {NULL, NULL},
};

static const char *copy_text(struct file_reader *r, const char *text)
{
	const char *copied = duet_arena_copy(r->s->arena, duet_slice(text));

	if (!copied)
		r->s->out_of_memory = true;
	return copied;
}

int duet_sentences_add(struct duet_sentences *s, const struct duet_yaml *yaml, const char *intent,
		       const char *combination)
{
	struct file_reader r = {.s = s};

	r.file = copy_text(&r, duet_yaml_name(yaml));
	r.folder = copy_text(&r, intent);
	r.stem = copy_text(&r, combination);
	if (duet_yaml_root(yaml) && !s->out_of_memory)
		read_members(&r, duet_yaml_root(yaml), file_members);
	return s->out_of_memory ? -ENOMEM : 0;
}
