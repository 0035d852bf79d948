/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_GRAMMAR_SENTENCES_H
#define DUET_GRAMMAR_SENTENCES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/yaml.h"
#include "duet/error.h"
#include "grammar/names.h"
#include "grammar/template.h"

/*
 * Sentence files as they are written, read and merged but not yet compiled. Which
 * files a folder consists of is told by grammar/layout.h. A file has any of these
 * members; `intents:` is what Home Assistant's `custom_sentences` use (the layout of
 * 2025), `data:` stands in the files of the layout of 2026, whose folder names the intent and
 * whose own name the combination of slots:
 *
 *   language: en
 *   settings: {ignore_whitespace: true}        words are not separated (default: for zh)
 *   intents:
 *     NAME:
 *       data:
 *         - sentences: [template …]
 *           slots: {device_class: [blind, shutter]}
 *           requires_context: {domain: light, area: {slot: true}}
 *           excludes_context: {domain: cover}
 *           name_domains: [light]              short for requires_context: domain; or the name of a group
 *           inferred_domain: light             otherwise, short for slots: domain
 *           speech_to_phrase: true             left out, unless all blocks beside it are so
 *           required_keywords: [light]         one of these words must have been said
 *           response: KEY
 *           lists: {…}, expansion_rules: {…}   for this block alone
 *           metadata: {spoken: false}          never in the word graph
 *           metadata: {part: answers}          in a word graph of its own
 *   data: [the same blocks]
 *   lists:
 *     NAME: {values: [plain, {in: template, out: value, context: {…}}]}
 *     NAME: {range: {from, to, step, multiplier, fractions: halves}}
 *     NAME: {wildcard: true, values: […]}        any words; the values are what a microphone may hear there
 *     NAME: {values: []}                         filled when the home is known, as name, area, floor always
 * are expansion_rules: {NAME: template} skip_words: [please] responses: {errors: {KEY: text}, intents: {NAME:
 * {KEY: text or list of variants}}}
 *
 * Files add up: values and sentences are appended, rules and responses replaced.
 */

struct duet_scope;

/* A template and where it stands. */
struct duet_phrase {
	struct duet_phrase *next;
	const char *file;
	int line, column; /* of the first character */
	struct duet_slice text;
	const struct duet_template *tree; /* NULL: it was wrong, and has been reported */
	const struct duet_scope *scope;   /* for the compiler: where the names of a sentence are looked up */
	uint32_t number;                  /* … and its number among the templates */
	bool has_hyphen;
};

/* "key: value", "key: {value: v, slot: true or NAME}"; several values are several pairs with the same key. */
struct duet_pair {
	struct duet_pair *next;
	const char *key, *value; /* value NULL: any */
	const char *slot;        /* the slot that gets a copy, or NULL */
	bool is_number;
	double number;
};

struct duet_list_value {
	struct duet_list_value *next;
	struct duet_phrase in;
	struct duet_pair *out; /* NULL: what was said; several: all of them */
	struct duet_pair *context;
};

enum duet_list_kind { DUET_LIST_VALUES, DUET_LIST_RANGE, DUET_LIST_WILDCARD };

struct duet_list {
	struct duet_list *next;
	const char *name, *file;
	int line, column;
	enum duet_list_kind kind;
	struct duet_list_value *values, **values_end;
	double from, to, step, multiplier;
	bool halves;
};

struct duet_rule {
	const char *name;
	uint32_t asked; /* for the compiler */
	struct duet_phrase phrase;
};

/* Names that sentences may use: a block's own, then those of its source, then those of the sources before. A
 * checkout has names of its own; other files share theirs with what was read before. */
struct duet_scope {
	struct duet_scope *outer;
	struct duet_list *lists; /* the last first */
	struct duet_names list_names, rule_names;
};

struct duet_block {
	struct duet_block *next;
	const char *intent, *response, *part;
	const char *combination; /* of slots, or NULL */
	uint32_t number;         /* as they were read */
	uint32_t order;          /* number of the intent's first block */
	bool spoken;
	struct duet_phrase *phrases;
	struct duet_pair *slots, *needs, *excludes;
	struct duet_pair *keywords; /* values only: one of them must have been said */
	struct duet_scope scope;
};

#define DUET_RESPONSES_COMMON ":common"
#define DUET_RESPONSES_ERRORS ":errors"

/* What intents.yaml says of a combination of slots. */
struct duet_combination {
	struct duet_combination *next;
	const char *intent, *name;
	bool context_area;        /* the area is that of the speaker */
	struct duet_pair *groups; /* of domains that a block may name: key is the group */
};

struct duet_response_variant {
	struct duet_response_variant *next;
	const char *file;
	int line, column; /* of the first character */
	bool is_block;    /* its lines are those of the file, and begin in this column */
	struct duet_slice text;
};

struct duet_response_text {
	struct duet_response_text *next;
	const char *intent; /* or one of the groups above */
	const char *key;
	struct duet_response_variant *variants;
};

struct duet_skip {
	struct duet_skip *next;
	struct duet_slice text;
};

/* A checkout of sentences that others maintain. */
struct duet_checkout {
	struct duet_checkout *next;
	const char *path;
};

struct duet_sentences {
	struct duet_arena *arena;
	bool tolerant; /* mistakes in checkouts are warnings */
	struct duet_checkout *checkouts;
	const char *language;
	bool no_spaces; /* words are not separated */
	struct duet_scope outermost;
	struct duet_scope *scope; /* of what is read now: the innermost */
	bool is_checkout;         /* what is read now has a scope of its own */
	struct duet_block *blocks, **blocks_end;
	uint32_t n_blocks;
	struct duet_combination *combinations; /* of the source that is read */
	struct duet_response_text *responses;
	struct duet_names response_names; /* intent and key, each with its NUL */
	struct duet_skip *skips;
	void (*report)(void *user, const struct duet_error *mistake);
	void *user;
	int n_mistakes;
	bool out_of_memory;
};

int duet_sentences_init(struct duet_sentences *sentences, const char *language,
			void (*report)(void *user, const struct duet_error *mistake), void *user);
void duet_sentences_done(struct duet_sentences *sentences);

/* Adds a file or a folder, see grammar/layout.h. Mistakes are reported and counted; negative errno only when
 * out of memory. */
int duet_sentences_read(struct duet_sentences *sentences, const char *path);

/* Adds one parsed file; blocks of its own `data:` are for `intent` and `combination`. The tree may be freed
 * afterwards. */
int duet_sentences_add(struct duet_sentences *sentences, const struct duet_yaml *yaml, const char *intent,
		       const char *combination);

/* Reads intents.yaml of a checkout into `combinations`. */
int duet_sentences_add_schema(struct duet_sentences *sentences, const struct duet_yaml *yaml);

/* Ends a source: the blocks of each intent are put behind one another; those lists that all languages of a
 * checkout share are there even when it lacks them. `first` is where its blocks begin. */
int duet_sentences_close_source(struct duet_sentences *sentences, struct duet_block **first);

/* NULL: nothing is known of it. */
const struct duet_combination *duet_sentences_combination(const struct duet_sentences *sentences,
							  const char *intent, const char *name);

/* Counts and reports one mistake; what it is about is left out. */
void duet_sentences_mistake(struct duet_sentences *sentences, const char *file, int line, int column,
			    const char *hint, const char *format, ...) __attribute__((format(printf, 6, 7)));

/* The same for what is left out or looks wrong, and is no reason to compile nothing: the error's code is 0.
 */
void duet_sentences_warn(struct duet_sentences *sentences, const char *file, int line, int column,
			 const char *hint, const char *format, ...) __attribute__((format(printf, 6, 7)));

/* Parses a phrase's text; mistakes are reported and leave the tree NULL. */
void duet_phrase_parse(struct duet_sentences *sentences, struct duet_phrase *phrase);

/* By name, the block's own first; NULL: no such thing. */
struct duet_list *duet_scope_list(const struct duet_scope *scope, struct duet_slice name);
struct duet_rule *duet_scope_rule(const struct duet_scope *scope, struct duet_slice name);
int duet_scope_add_list(struct duet_scope *scope, struct duet_arena *arena, struct duet_list *list);

/* Reads the members of `lists:` and `expansion_rules:` into a scope. For the reader's own files. */
void duet_sentences_read_lists(struct duet_sentences *sentences, const char *file,
			       const struct duet_yaml_node *map, struct duet_scope *scope);
void duet_sentences_read_rules(struct duet_sentences *sentences, const char *file,
			       const struct duet_yaml_node *map, struct duet_scope *scope);
struct duet_pair *duet_sentences_read_pairs(struct duet_sentences *sentences, const char *file,
					    const struct duet_yaml_node *map);
struct duet_phrase *duet_sentences_read_phrase(struct duet_sentences *sentences, const char *file,
					       const struct duet_yaml_node *scalar, struct duet_phrase *into);

/* Reports a member of `map` that is not among `names` (NULL-terminated), with the nearest right one. */
void duet_sentences_check_names(struct duet_sentences *sentences, const char *file,
				const struct duet_yaml_node *map, const char *const *names);

#endif
