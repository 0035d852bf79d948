/* SPDX-License-Identifier: Apache-2.0 */
#include "grammar/template.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "base/text.h"

struct parser {
	struct duet_slice text;
	size_t at;
	int column, depth;
	struct duet_arena *arena;
	struct duet_error *error;
	bool failed;
};

static struct duet_template *parse_choice(struct parser *p, char close, int opened);

static int peek(const struct parser *p)
{
	return p->at < p->text.len ? (unsigned char)p->text.ptr[p->at] : -1;
}

/* Continuation bytes of a character are not columns of their own. */
static int step(struct parser *p)
{
	int byte = peek(p);

	if (byte < 0)
		return byte;
	p->at++;
	if ((byte & 0xc0) != 0x80)
		p->column++;
	return byte;
}

static struct duet_template *fail(struct parser *p, int column, const char *what, const char *hint)
{
	if (!p->failed) {
		duet_error_set(p->error, -EINVAL, "%s", what);
		duet_error_at(p->error, "", 0, column);
		if (hint)
			duet_error_hint(p->error, "%s", hint);
	}
	p->failed = true;
	return NULL;
}

static struct duet_template *node_new(struct parser *p, enum duet_template_kind kind, int column)
{
	struct duet_template *node = duet_arena_alloc(p->arena, sizeof(*node));

	if (!node) {
		p->failed = true;
		duet_error_set(p->error, -ENOMEM, "the sentences take too much memory");
		return NULL;
	}
	node->kind = kind;
	node->column = column;
	return node;
}

static bool is_special(int byte)
{
	return byte > 0 && strchr("[](){}<>|;\\", byte);
}

/* Only escapes make a copy necessary; the copy is never longer than what was read. */
static struct duet_template *parse_text(struct parser *p)
{
	struct duet_template *node = node_new(p, DUET_TEMPLATE_TEXT, p->column);
	size_t begin = p->at, len = 0;
	char *copy;

	while (peek(p) >= 0 && (!is_special(peek(p)) || peek(p) == '\\')) {
		if (peek(p) == '\\' && p->at + 1 >= p->text.len)
			return fail(p, p->column, "nothing follows the \\", "write \\\\ for a backslash");
		if (step(p) == '\\')
			step(p);
	}
	copy = node ? duet_arena_copy(p->arena, (struct duet_slice){p->text.ptr + begin, p->at - begin})
		    : NULL;
	if (!copy)
		return fail(p, p->column, "the sentences take too much memory", NULL);
	for (const char *from = copy; *from; from++) {
		if (*from == '\\' && from[1])
			from++;
		copy[len++] = *from;
	}
	node->text = (struct duet_slice){copy, len};
	return node;
}

static bool is_name_byte(int byte)
{
	return byte >= 0x80 || (byte && strchr(" _-.,", byte)) || (byte >= '0' && byte <= '9') ||
	       (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z');
}

static struct duet_slice parse_name(struct parser *p)
{
	size_t begin = p->at;

	while (is_name_byte(peek(p)))
		step(p);
	return (struct duet_slice){p->text.ptr + begin, p->at - begin};
}

/* "@name" is told, but no slot. */
static struct duet_slice parse_slot(struct parser *p)
{
	size_t begin = p->at;

	if (peek(p) == '@')
		step(p);
	parse_name(p);
	return (struct duet_slice){p->text.ptr + begin, p->at - begin};
}

/* {list}, {list:slot}, {list:@name}, {@name} and <rule> */
static struct duet_template *parse_reference(struct parser *p)
{
	int opened = p->column;
	bool is_list = step(p) == '{', is_told = false;
	struct duet_template *node = node_new(p, is_list ? DUET_TEMPLATE_LIST : DUET_TEMPLATE_RULE, opened);

	if (!node)
		return NULL;
	if (is_list && peek(p) == '@') /* {@x} is {x:@x} */
		is_told = step(p);
	node->text = parse_name(p);
	node->slot = node->text;
	if (is_told)
		node->slot = (struct duet_slice){node->text.ptr - 1, node->text.len + 1};
	if (node->text.len == 0)
		return fail(p, p->column,
			    is_list ? "{ is not followed by the name of a list"
				    : "< is not followed by the name of a rule",
			    is_list ? "write \\{ for the character itself"
				    : "write \\< for the character itself");
	if (is_list && peek(p) == ':') {
		step(p);
		node->slot = parse_slot(p);
		if (node->slot.len == 0 || (node->slot.len == 1 && node->slot.ptr[0] == '@'))
			return fail(p, p->column, "the name of a slot is missing after the colon", NULL);
	}
	if (step(p) != (is_list ? '}' : '>'))
		return fail(p, opened, is_list ? "this { is never closed" : "this < is never closed",
			    "names are letters, digits, spaces, _, - and .");
	node->glued = peek(p) >= 0 && !isspace(peek(p));
	return node;
}

/* [x] is (x|) */
static struct duet_template *parse_group(struct parser *p)
{
	int opened = p->column;
	char close = step(p) == '[' ? ']' : ')';
	struct duet_template *inner, *group, *empty;

	if (++p->depth > DUET_TEMPLATE_DEPTH)
		return fail(p, opened, "brackets are nested too deeply", "use a rule");
	inner = parse_choice(p, close, opened);
	p->depth--;
	if (!inner || close == ')')
		return inner;
	group = node_new(p, DUET_TEMPLATE_CHOICE, opened);
	empty = node_new(p, DUET_TEMPLATE_SEQUENCE, opened);
	if (!group || !empty)
		return NULL;
	group->first = inner;
	inner->next = empty;
	return group;
}

static struct duet_template *parse_item(struct parser *p)
{
	switch (peek(p)) {
	case '[':
	case '(':
		return parse_group(p);
	case '{':
	case '<':
		return parse_reference(p);
	case '}':
		return fail(p, p->column, "this } was never opened", "write \\} for the character itself");
	case '>':
		return fail(p, p->column, "this > was never opened", "write \\> for the character itself");
	default:
		return parse_text(p);
	}
}

static struct duet_template *parse_sequence(struct parser *p)
{
	struct duet_template *sequence = node_new(p, DUET_TEMPLATE_SEQUENCE, p->column), **end;

	if (!sequence)
		return NULL;
	end = &sequence->first;
	while (peek(p) >= 0 && !strchr("|;)]", peek(p))) {
		*end = parse_item(p);
		if (!*end)
			return NULL;
		end = &(*end)->next;
	}
	return sequence;
}

static struct duet_template *check_end(struct parser *p, struct duet_template *choice, char close, int opened)
{
	int column = p->column, byte = step(p);

	if (byte == (close ? close : -1))
		return choice;
	if (byte == -1)
		return fail(p, opened, close == ')' ? "this ( is never closed" : "this [ is never closed",
			    NULL);
	if (byte == ';' || byte == '|')
		return fail(p, column, "| and ; are mixed in one group",
			    "put the alternatives into ( ) of their own");
	return fail(p, column, byte == ')' ? "this ) closes nothing" : "this ] closes nothing", NULL);
}

/* What stands between brackets, or the whole template when `close` is 0. */
static struct duet_template *parse_choice(struct parser *p, char close, int opened)
{
	struct duet_template *choice = node_new(p, DUET_TEMPLATE_CHOICE, opened), **end;
	int separator = 0, n = 0;

	if (!choice)
		return NULL;
	end = &choice->first;
	for (;;) {
		*end = parse_sequence(p);
		if (!*end)
			return NULL;
		end = &(*end)->next;
		n++;
		if (!separator && (peek(p) == '|' || peek(p) == ';'))
			separator = peek(p);
		if (!separator || peek(p) != separator)
			break;
		step(p);
	}
	if (separator == ';')
		choice->kind = DUET_TEMPLATE_PERMUTED;
	if (separator == ';' && n > DUET_TEMPLATE_PERMUTATION)
		return fail(p, opened, "a permutation has more than five items", "split the sentence in two");
	return check_end(p, choice, close, opened);
}

struct duet_template *duet_template_parse(struct duet_slice text, struct duet_arena *arena,
					  struct duet_error *error)
{
	struct parser p = {.text = text, .column = 1, .arena = arena, .error = error};

	if (!duet_text_valid(text))
		return fail(&p, 1, "the text is not UTF-8", NULL);
	return parse_choice(&p, 0, 1);
}
