/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <errno.h>

#include "response/tree.h"

/* Text, output and statements. */

enum { MAX_ELIF = 500 };

/* Reads up to a statement that one of `ends` (words with spaces between) names, which is left as the next
 * token. */
static struct duet_response_tree *parse_body(struct duet_response_parser *p, const char *ends);

static bool starts_with(const struct duet_response_parser *p, const char *text)
{
	return p->source.len - p->at >= 2 && memcmp(p->source.ptr + p->at, text, 2) == 0;
}

static bool at_tag(const struct duet_response_parser *p)
{
	return starts_with(p, "{{") || starts_with(p, "{%") || starts_with(p, "{#");
}

static void skip_space(struct duet_response_parser *p)
{
	while (p->at < p->source.len && isspace((unsigned char)p->source.ptr[p->at]))
		p->at++;
}

/* NULL when nothing stands there. */
static struct duet_response_tree *parse_text(struct duet_response_parser *p)
{
	struct duet_response_tree *text;
	size_t begin, end;

	if (p->trim)
		skip_space(p);
	p->trim = false;
	begin = p->at;
	while (p->at < p->source.len && !at_tag(p))
		p->at++;
	end = p->at;
	if (p->at + 2 < p->source.len && p->source.ptr[p->at + 2] == '-')
		while (end > begin && isspace((unsigned char)p->source.ptr[end - 1]))
			end--;
	text = end > begin ? duet_response_tree_new(p, DUET_RESPONSE_WRITE, NULL) : NULL;
	if (text)
		text->text = (struct duet_slice){p->source.ptr + begin, end - begin};
	return text;
}

static struct duet_response_tree *parse_output(struct duet_response_parser *p)
{
	struct duet_response_tree *output;

	duet_response_open(p);
	output = duet_response_tree_new(p, DUET_RESPONSE_OUTPUT, duet_response_parse_tuple(p));
	duet_response_close(p, "}}");
	return output;
}

static void skip_comment(struct duet_response_parser *p)
{
	const char *begin = p->source.ptr + p->at;
	const char *end = memmem(begin + 2, p->source.len - p->at - 2, "#}", 2);

	if (!end) {
		duet_response_mistake(p, p->at, "this comment is never closed");
		return;
	}
	p->trim = end[-1] == '-';
	p->at = (size_t)(end - p->source.ptr) + 2;
}

/* `:` before the end of a statement is Python's habit, and many write it. */
static bool end_statement(struct duet_response_parser *p)
{
	duet_response_accept(p, ":");
	return duet_response_close(p, "%}");
}

static bool end_block(struct duet_response_parser *p, const char *word)
{
	return duet_response_expect(p, word) && duet_response_close(p, "%}");
}

static struct duet_response_tree *parse_condition(struct duet_response_parser *p)
{
	struct duet_response_tree *tree =
		duet_response_tree_new(p, DUET_RESPONSE_IF, duet_response_parse_tuple(p));

	if (tree && end_statement(p))
		tree->second = parse_body(p, "elif else endif");
	return p->code < 0 ? NULL : tree;
}

static struct duet_response_tree *parse_if(struct duet_response_parser *p)
{
	struct duet_response_tree *first = parse_condition(p), *last = first;

	for (int n = 0; last && duet_response_is(p, "elif"); n++) {
		if (n == MAX_ELIF)
			return duet_response_mistake(p, p->at, "too many elif follow each other");
		duet_response_advance(p);
		last->third = parse_condition(p);
		last = last->third;
	}
	if (last && duet_response_accept(p, "else") && end_statement(p))
		last->third = parse_body(p, "endif");
	return end_block(p, "endif") ? first : NULL;
}

/* "a, b", "(a, b)": the names with commas and nothing else between. */
static struct duet_slice parse_targets(struct duet_response_parser *p)
{
	bool brackets = duet_response_accept(p, "(");
	struct duet_slice name = duet_response_parse_name(p);
	const char *all = duet_arena_copy(p->arena, name);

	while (all && p->code == 0 && duet_response_accept(p, ",")) {
		name = duet_response_parse_name(p);
		all = duet_arena_printf(p->arena, "%s,%.*s", all, (int)name.len, name.ptr);
	}
	if (brackets)
		duet_response_expect(p, ")");
	if (!all && p->code == 0)
		p->code = duet_error_set(p->error, -ENOMEM, "out of memory");
	return duet_slice(all);
}

static struct duet_response_tree *parse_for(struct duet_response_parser *p)
{
	struct duet_response_tree *tree = duet_response_tree_new(p, DUET_RESPONSE_FOR, NULL);

	if (!tree)
		return NULL;
	tree->text = parse_targets(p);
	if (duet_response_expect(p, "in"))
		tree->first = duet_response_parse_unconditional(p);
	if (tree->first && duet_response_accept(p, "if"))
		tree->first->next = duet_response_parse_expression(p);
	if (p->code < 0 || !end_statement(p))
		return NULL;
	tree->second = parse_body(p, "else endfor");
	if (duet_response_accept(p, "else") && end_statement(p))
		tree->third = parse_body(p, "endfor");
	return end_block(p, "endfor") ? tree : NULL;
}

static struct duet_response_tree *parse_set(struct duet_response_parser *p)
{
	struct duet_response_tree *tree = duet_response_tree_new(p, DUET_RESPONSE_SET, NULL), *of;

	if (!tree)
		return NULL;
	tree->text = parse_targets(p);
	if (duet_response_accept(p, ".")) {
		of = duet_response_tree_new(p, DUET_RESPONSE_NAME, NULL);
		if (!of)
			return NULL;
		of->text = tree->text;
		tree->kind = DUET_RESPONSE_SET_MEMBER;
		tree->text = duet_response_parse_name(p);
		tree->first = of;
		if (duet_response_expect(p, "="))
			tree->second = duet_response_parse_tuple(p);
	} else if (p->token == DUET_TOKEN_CLOSE) {
		tree->kind = DUET_RESPONSE_SET_BLOCK;
		if (!duet_response_close(p, "%}"))
			return NULL;
		tree->first = parse_body(p, "endset");
		return end_block(p, "endset") ? tree : NULL;
	} else if (duet_response_expect(p, "=")) {
		tree->first = duet_response_parse_tuple(p);
	}
	return p->code == 0 && end_statement(p) ? tree : NULL;
}

static struct duet_response_tree *parse_parameters(struct duet_response_parser *p)
{
	struct duet_response_tree *first = NULL, **end = &first;

	if (!duet_response_expect(p, "("))
		return NULL;
	while (p->code == 0 && !duet_response_is(p, ")")) {
		*end = duet_response_tree_new(p, DUET_RESPONSE_PARAMETER, NULL);
		if (!*end)
			return NULL;
		(*end)->text = duet_response_parse_name(p);
		if (duet_response_accept(p, "="))
			(*end)->first = duet_response_parse_expression(p);
		end = &(*end)->next;
		if (!duet_response_accept(p, ","))
			break;
	}
	duet_response_expect(p, ")");
	return first;
}

static struct duet_response_tree *parse_macro(struct duet_response_parser *p)
{
	struct duet_response_tree *tree = duet_response_tree_new(p, DUET_RESPONSE_MACRO, NULL);

	if (!tree)
		return NULL;
	tree->text = duet_response_parse_name(p);
	tree->first = parse_parameters(p);
	if (p->code < 0 || !end_statement(p))
		return NULL;
	tree->second = parse_body(p, "endmacro");
	return end_block(p, "endmacro") ? tree : NULL;
}

/* Everything up to endraw is text. */
static struct duet_response_tree *parse_raw(struct duet_response_parser *p)
{
	struct duet_response_tree *tree = duet_response_tree_new(p, DUET_RESPONSE_WRITE, NULL);
	size_t begin;

	if (!tree || !duet_response_close(p, "%}"))
		return NULL;
	if (p->trim)
		skip_space(p);
	begin = p->at;
	for (; p->at < p->source.len; p->at++) {
		size_t end = p->at;

		if (!starts_with(p, "{%"))
			continue;
		duet_response_open(p);
		if (duet_response_accept(p, "endraw")) {
			tree->text = (struct duet_slice){p->source.ptr + begin, end - begin};
			return duet_response_close(p, "%}") ? tree : NULL;
		}
		p->code = p->code == -ENOMEM ? p->code : 0; /* no tag, only text that looks like one */
		p->at = end;
	}
	return duet_response_mistake(p, begin, "endraw is missing");
}

static const struct statement {
	const char *word;
	struct duet_response_tree *(*parse)(struct duet_response_parser *p);
} statements[] = {
	{"if", parse_if}, {"for", parse_for}, {"set", parse_set}, {"macro", parse_macro}, {"raw", parse_raw},
};

static struct duet_response_tree *parse_statement(struct duet_response_parser *p)
{
	for (size_t i = 0; i < sizeof(statements) / sizeof(*statements); i++)
		if (duet_response_accept(p, statements[i].word))
			return statements[i].parse(p);
	return duet_response_unexpected(p, "if, for, set, macro or raw");
}

static bool is_end(const struct duet_response_parser *p, const char *ends)
{
	for (size_t len; *ends; ends += len + (ends[len] == ' ')) {
		len = strcspn(ends, " ");
		if (p->token == DUET_TOKEN_NAME && p->text.len == len && memcmp(p->text.ptr, ends, len) == 0)
			return true;
	}
	return false;
}

/* One piece; false at the end of the body. */
static bool parse_piece(struct duet_response_parser *p, const char *ends, struct duet_response_tree **piece)
{
	*piece = parse_text(p);
	if (*piece || p->code < 0)
		return p->code == 0;
	if (p->at >= p->source.len) {
		if (*ends)
			duet_response_mistake(p, p->source.len, "%s is missing",
					      strrchr(ends, ' ') ? strrchr(ends, ' ') + 1 : ends);
		return false;
	}
	if (starts_with(p, "{#")) {
		skip_comment(p);
	} else if (starts_with(p, "{{")) {
		*piece = parse_output(p);
	} else {
		duet_response_open(p);
		if (is_end(p, ends))
			return false;
		*piece = parse_statement(p);
	}
	return p->code == 0;
}

static struct duet_response_tree *parse_body(struct duet_response_parser *p, const char *ends)
{
	struct duet_response_tree *first = NULL, **end = &first, *piece;

	if (p->code < 0)
		return NULL;
	if (p->depth >= DUET_RESPONSE_MAX_NESTING)
		return duet_response_mistake(p, p->at, "the response is nested too deeply");
	p->depth++;
	while (parse_piece(p, ends, &piece)) {
		*end = piece;
		if (piece)
			end = &piece->next;
	}
	p->depth--;
	return p->code < 0 ? NULL : first;
}

struct duet_response_tree *duet_response_parse_template(struct duet_response_parser *p)
{
	return parse_body(p, "");
}
