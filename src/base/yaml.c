/* SPDX-License-Identifier: Apache-2.0 */
#include "base/yaml.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/file.h"
#include "base/text.h"

enum {
	MAX_BYTES = 16 << 20,
	MAX_NODES = 1 << 20, /* as if each alias were written out */
	MAX_DEPTH = 64,
	MAX_ANCHORS = 256,
	MAX_ARENA_BYTES = 256 << 20,
};

struct duet_yaml {
	struct duet_arena *arena;
	const char *name;
	struct duet_yaml_node *root;
};

struct anchor {
	const char *name;
	const struct duet_yaml_node *node; /* NULL while it is being read */
	size_t n_nodes;                    /* it and all below it */
};

struct reader {
	struct duet_yaml *yaml;
	struct duet_error *error;
	yaml_parser_t parser;
	struct duet_slice rest; /* the source from line `rest_line` on */
	size_t rest_line;
	size_t n_nodes;
	struct anchor anchors[MAX_ANCHORS];
	size_t n_anchors;
};

static int read_node(struct reader *reader, yaml_event_t *event, int depth, struct duet_yaml_node **node);

static int fail_at(struct reader *reader, yaml_mark_t mark, int code, const char *what)
{
	duet_error_set(reader->error, code, "%s", what);
	duet_error_at(reader->error, reader->yaml->name, (int)mark.line + 1, (int)mark.column + 1);
	return code;
}

static int fail_memory(struct reader *reader)
{
	duet_error_set(reader->error, -ENOMEM, "out of memory");
	duet_error_at(reader->error, reader->yaml->name, 0, 0);
	return -ENOMEM;
}

/* libyaml says what it tripped over; a tab is by far the most common reason and deserves its own words. */
static int fail_parser(struct reader *reader)
{
	const yaml_parser_t *parser = &reader->parser;
	const char *problem = parser->problem ? parser->problem : "not YAML";

	if (parser->error == YAML_MEMORY_ERROR)
		return fail_memory(reader);
	fail_at(reader, parser->problem_mark, -EINVAL, problem);
	if (strstr(problem, "cannot start any token") || strstr(problem, "tab"))
		duet_error_hint(reader->error, "indent with spaces, not with tabs, and put text that begins "
					       "with a special character in quotes");
	return -EINVAL;
}

static int next_event(struct reader *reader, yaml_event_t *event)
{
	return yaml_parser_parse(&reader->parser, event) ? 0 : fail_parser(reader);
}

static struct duet_yaml_node *add_node(struct reader *reader, const yaml_event_t *event,
				       enum duet_yaml_kind kind)
{
	struct duet_yaml_node *node = duet_arena_alloc(reader->yaml->arena, sizeof(*node));

	if (!node)
		return NULL;
	node->kind = kind;
	node->line = (int)event->start_mark.line + 1;
	node->column = (int)event->start_mark.column + 1;
	node->text = "";
	return node;
}

static int begin_anchor(struct reader *reader, const yaml_event_t *event, const yaml_char_t *name,
			struct anchor **anchor)
{
	*anchor = NULL;
	if (!name)
		return 0;
	if (reader->n_anchors == MAX_ANCHORS)
		return fail_at(reader, event->start_mark, -E2BIG, "too many anchors");
	*anchor = &reader->anchors[reader->n_anchors++];
	**anchor = (struct anchor){
		.name = duet_arena_copy(reader->yaml->arena, duet_slice((const char *)name)),
		.n_nodes = reader->n_nodes,
	};
	return (*anchor)->name ? 0 : fail_memory(reader);
}

static void end_anchor(const struct reader *reader, struct anchor *anchor, const struct duet_yaml_node *node)
{
	if (!anchor)
		return;
	anchor->node = node;
	anchor->n_nodes = reader->n_nodes + 1 - anchor->n_nodes;
}

/* The alias shares the children of what it names; counting them again keeps a tree that would take for ever
 * to walk ("a billion laughs") from being built. */
static int read_alias(struct reader *reader, const yaml_event_t *event, struct duet_yaml_node **node)
{
	const char *name = (const char *)event->data.alias.anchor;
	const struct anchor *anchor = NULL;

	for (size_t i = 0; i < reader->n_anchors; i++)
		if (strcmp(reader->anchors[i].name, name) == 0)
			anchor = &reader->anchors[i];
	if (!anchor || !anchor->node)
		return fail_at(reader, event->start_mark, -EINVAL,
			       anchor ? "an alias cannot stand inside what it names" : "unknown alias");
	*node = add_node(reader, event, anchor->node->kind);
	if (!*node)
		return fail_memory(reader);
	(*node)->quoted = anchor->node->quoted;
	(*node)->text = anchor->node->text;
	(*node)->text_len = anchor->node->text_len;
	(*node)->first = anchor->node->first;
	(*node)->n_children = anchor->node->n_children;
	reader->n_nodes += anchor->n_nodes;
	return 0;
}

/* Nodes come in the order of the file, so that no line is passed twice. */
static int indent_below(struct reader *reader, size_t line)
{
	struct duet_slice *rest = &reader->rest;
	size_t n = 0;

	while (rest->len && (reader->rest_line <= line || rest->ptr[0] == '\n')) {
		const char *end = memchr(rest->ptr, '\n', rest->len);
		size_t used = end ? (size_t)(end - rest->ptr) + 1 : rest->len;

		*rest = (struct duet_slice){rest->ptr + used, rest->len - used};
		reader->rest_line++;
	}
	while (n < rest->len && rest->ptr[n] == ' ')
		n++;
	return (int)n;
}

static int read_scalar(struct reader *reader, const yaml_event_t *event, struct duet_yaml_node **node)
{
	struct duet_slice text = {(const char *)event->data.scalar.value, event->data.scalar.length};
	struct anchor *anchor;
	int code = begin_anchor(reader, event, event->data.scalar.anchor, &anchor);

	if (code < 0)
		return code;
	if (memchr(text.ptr, '\0', text.len))
		return fail_at(reader, event->start_mark, -EINVAL, "a text cannot hold the character NUL");
	*node = add_node(reader, event, DUET_YAML_SCALAR);
	if (!*node)
		return fail_memory(reader);
	(*node)->quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
	if (event->data.scalar.style == YAML_LITERAL_SCALAR_STYLE)
		(*node)->indent = indent_below(reader, event->start_mark.line);
	(*node)->text = duet_arena_copy(reader->yaml->arena, text);
	(*node)->text_len = text.len;
	end_anchor(reader, anchor, *node);
	return (*node)->text ? 0 : fail_memory(reader);
}

static int read_list(struct reader *reader, const yaml_event_t *event, int depth,
		     struct duet_yaml_node **node)
{
	struct duet_yaml_node *list = *node, **end = &list->first;
	yaml_event_t child;
	int code;

	while ((code = next_event(reader, &child)) == 0) {
		if (child.type == YAML_SEQUENCE_END_EVENT)
			break;
		code = read_node(reader, &child, depth + 1, end);
		if (code < 0)
			return code;
		end = &(*end)->next;
		list->n_children++;
	}
	return code;
}

static int by_key(const void *a, const void *b)
{
	const struct duet_yaml_node *x = *(const struct duet_yaml_node *const *)a;
	const struct duet_yaml_node *y = *(const struct duet_yaml_node *const *)b;
	int order = strcmp(x->key->text, y->key->text);

	if (order)
		return order;
	return x->key->line != y->key->line ? x->key->line - y->key->line : x->key->column - y->key->column;
}

static int fail_duplicate(struct reader *reader, const struct duet_yaml_node *key, int first_line)
{
	duet_error_set(reader->error, -EINVAL, "\"%.100s\" stands here twice", key->text);
	duet_error_at(reader->error, reader->yaml->name, key->line, key->column);
	duet_error_hint(reader->error, "the first one is in line %d", first_line);
	return -EINVAL;
}

static int check_keys(struct reader *reader, const struct duet_yaml_node *map)
{
	const struct duet_yaml_node **members = duet_calloc(map->n_children, sizeof(*members));
	size_t n = 0;
	int code = 0;

	if (!members)
		return fail_memory(reader);
	for (const struct duet_yaml_node *member = map->first; member; member = member->next)
		members[n++] = member;
	qsort(members, n, sizeof(*members), by_key);
	for (size_t i = 1; i < n && code == 0; i++)
		if (strcmp(members[i]->key->text, members[i - 1]->key->text) == 0)
			code = fail_duplicate(reader, members[i]->key, members[i - 1]->key->line);
	duet_free(members);
	return code;
}

static int read_member(struct reader *reader, yaml_event_t *event, int depth, struct duet_yaml_node **member)
{
	yaml_mark_t mark = event->start_mark;
	struct duet_yaml_node *key;
	yaml_event_t value;
	int code = read_node(reader, event, depth, &key);

	if (code < 0)
		return code;
	if (key->kind != DUET_YAML_SCALAR)
		return fail_at(reader, mark, -EINVAL, "a key must be a text");
	code = next_event(reader, &value);
	if (code == 0)
		code = read_node(reader, &value, depth, member);
	if (code == 0)
		(*member)->key = key;
	return code;
}

static int read_map(struct reader *reader, const yaml_event_t *event, int depth, struct duet_yaml_node **node)
{
	struct duet_yaml_node *map = *node, **end = &map->first;
	yaml_event_t child;
	int code;

	while ((code = next_event(reader, &child)) == 0) {
		if (child.type == YAML_MAPPING_END_EVENT)
			break;
		code = read_member(reader, &child, depth + 1, end);
		if (code < 0)
			return code;
		end = &(*end)->next;
		map->n_children++;
	}
	return code == 0 && map->n_children > 1 ? check_keys(reader, map) : code;
}

static int read_collection(struct reader *reader, const yaml_event_t *event, int depth,
			   struct duet_yaml_node **node)
{
	bool is_list = event->type == YAML_SEQUENCE_START_EVENT;
	const yaml_char_t *name =
		is_list ? event->data.sequence_start.anchor : event->data.mapping_start.anchor;
	struct anchor *anchor;
	int code = begin_anchor(reader, event, name, &anchor);

	if (code < 0)
		return code;
	*node = add_node(reader, event, is_list ? DUET_YAML_LIST : DUET_YAML_MAP);
	if (!*node)
		return fail_memory(reader);
	code = (is_list ? read_list : read_map)(reader, event, depth, node);
	end_anchor(reader, anchor, *node);
	return code;
}

/* Takes the event; on failure `*node` may be half built, which the arena does not mind. */
static int read_node(struct reader *reader, yaml_event_t *event, int depth, struct duet_yaml_node **node)
{
	int code;

	if (depth > MAX_DEPTH || reader->n_nodes > MAX_NODES)
		code = fail_at(reader, event->start_mark, -E2BIG,
			       depth > MAX_DEPTH ? "nested too deeply" : "too large");
	else if (event->type == YAML_ALIAS_EVENT)
		code = read_alias(reader, event, node);
	else if (event->type == YAML_SCALAR_EVENT)
		code = read_scalar(reader, event, node);
	else
		code = read_collection(reader, event, depth, node);
	reader->n_nodes++;
	yaml_event_delete(event);
	return code;
}

/* One document at most; "---" alone is as empty as an empty file. */
static int read_stream(struct reader *reader)
{
	struct duet_yaml_node *root = NULL;
	yaml_event_t event;
	bool ended = false;
	int code = 0, n_documents = 0;

	while (code == 0 && !ended && (code = next_event(reader, &event)) == 0) {
		switch (event.type) {
		case YAML_STREAM_START_EVENT:
		case YAML_DOCUMENT_END_EVENT:
			yaml_event_delete(&event);
			break;
		case YAML_STREAM_END_EVENT:
			ended = true;
			break;
		case YAML_DOCUMENT_START_EVENT:
			if (n_documents++)
				code = fail_at(reader, event.start_mark, -EINVAL,
					       "a second document begins here");
			yaml_event_delete(&event);
			break;
		default:
			code = read_node(reader, &event, 0, &root);
		}
	}
	if (root && (root->kind != DUET_YAML_SCALAR || root->quoted || root->text_len))
		reader->yaml->root = root;
	return code;
}

static int check_text(const struct duet_yaml *yaml, struct duet_slice text, struct duet_error *error)
{
	struct duet_slice good = {text.ptr, duet_text_valid_len(text)};
	int line = 1, column = 1;
	int32_t code_point;

	if (good.len == text.len)
		return 0;
	duet_error_set(error, -EILSEQ, "this is not UTF-8 text (byte 0x%02x)",
		       (unsigned char)text.ptr[good.len]);
	while ((code_point = duet_text_next(&good)) >= 0) {
		column = code_point == '\n' ? 1 : column + 1;
		line += code_point == '\n';
	}
	duet_error_at(error, yaml->name, line, column);
	duet_error_hint(error, "save the file as UTF-8");
	return -EILSEQ;
}

static int parse(struct duet_yaml *yaml, const char *bytes, size_t n_bytes, struct duet_error *error)
{
	struct reader *reader;
	int code = check_text(yaml, (struct duet_slice){bytes, n_bytes}, error);

	if (code < 0)
		return code;
	reader = duet_calloc(1, sizeof(*reader));
	if (!reader)
		return duet_error_set(error, -ENOMEM, "out of memory");
	reader->yaml = yaml;
	reader->error = error;
	reader->rest = (struct duet_slice){bytes, n_bytes};
	if (yaml_parser_initialize(&reader->parser)) {
		yaml_parser_set_encoding(&reader->parser, YAML_UTF8_ENCODING);
		yaml_parser_set_input_string(&reader->parser, (const unsigned char *)bytes, n_bytes);
		code = read_stream(reader);
		yaml_parser_delete(&reader->parser);
	} else {
		code = fail_memory(reader);
	}
	duet_free(reader);
	return code;
}

int duet_yaml_parse(struct duet_yaml **yaml, const char *name, const char *bytes, size_t n_bytes,
		    struct duet_error *error)
{
	struct duet_arena *arena;
	int code;

	*yaml = NULL;
	if (n_bytes > MAX_BYTES) {
		duet_error_set(error, -EFBIG, "larger than %d MB", MAX_BYTES >> 20);
		duet_error_at(error, name, 0, 0);
		return -EFBIG;
	}
	arena = duet_arena_new(MAX_ARENA_BYTES);
	*yaml = arena ? duet_arena_alloc(arena, sizeof(**yaml)) : NULL;
	if (!*yaml) {
		duet_arena_free(arena);
		return duet_error_set(error, -ENOMEM, "out of memory");
	}
	(*yaml)->arena = arena;
	(*yaml)->name = duet_arena_copy(arena, duet_slice(name));
	code = (*yaml)->name ? parse(*yaml, bytes, n_bytes, error)
			     : duet_error_set(error, -ENOMEM, "out of memory");
	if (code < 0) {
		duet_yaml_free(*yaml);
		*yaml = NULL;
	}
	return code;
}

int duet_yaml_load(struct duet_yaml **yaml, const char *path, struct duet_error *error)
{
	char *bytes;
	size_t n_bytes;
	int code;

	*yaml = NULL;
	code = duet_file_read(path, MAX_BYTES, &bytes, &n_bytes, error);
	if (code < 0)
		return code;
	code = duet_yaml_parse(yaml, path, bytes, n_bytes, error);
	duet_free(bytes);
	return code;
}

void duet_yaml_free(struct duet_yaml *yaml)
{
	if (yaml)
		duet_arena_free(yaml->arena);
}

const struct duet_yaml_node *duet_yaml_root(const struct duet_yaml *yaml)
{
	return yaml->root;
}

const char *duet_yaml_name(const struct duet_yaml *yaml)
{
	return yaml->name;
}

const struct duet_yaml_node *duet_yaml_get(const struct duet_yaml_node *map, const char *key)
{
	if (!map || map->kind != DUET_YAML_MAP)
		return NULL;
	for (const struct duet_yaml_node *member = map->first; member; member = member->next)
		if (strcmp(member->key->text, key) == 0)
			return member;
	return NULL;
}
