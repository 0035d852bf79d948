/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <string.h>

#include "base/alloc.h"
#include "grammar/compile_parts.h"
#include "grammar/spelling.h"

/* Text and numbers as arcs of bytes, spelled as the matcher reads them. */

struct text {
	struct duet_compiler *c;
	const struct duet_sentences *s;
	struct duet_automaton *a;
	uint32_t at;
};

static void put_byte(struct text *t, unsigned char byte)
{
	uint32_t next = duet_automaton_state(t->a);

	duet_automaton_arc(t->a, t->at, byte, next);
	t->at = next;
}

/* It may be a space as well, unless the template is taken as it is written. */
static void put_hyphen(struct text *t, unsigned char byte)
{
	uint32_t from = t->at;

	put_byte(t, byte);
	t->c->has_hyphen = true;
	if (!t->c->as_written)
		duet_automaton_arc(t->a, from, t->s->no_spaces ? DUET_LABEL_EMPTY : ' ', t->at);
}

/* The last dot of "a.m.", which the matcher keeps only where it knows the word for an abbreviation. */
static void put_perhaps(struct text *t, unsigned char byte)
{
	uint32_t from = t->at;

	put_byte(t, byte);
	duet_automaton_arc(t->a, from, DUET_LABEL_EMPTY, t->at);
}

struct spelled {
	struct text *t;
	uint32_t from, to;
};

static void put_words(void *user, const char *words, bool is_spoken)
{
	struct spelled *spelled = user;

	spelled->t->at = spelled->from;
	for (; *words; words++)
		put_byte(spelled->t, (unsigned char)*words);
	duet_automaton_arc(spelled->t->a, spelled->t->at, DUET_LABEL_EMPTY, spelled->to);
}

static bool stands_alone(struct duet_slice text, size_t begin, size_t end)
{
	return (begin == 0 || text.ptr[begin - 1] == ' ' || (text.ptr[begin - 1] & 0x80)) &&
	       (end == text.len || text.ptr[end] == ' ' || (text.ptr[end] & 0x80));
}

/* "lamp 2" is also "lamp two". */
static size_t put_digits(struct text *t, struct duet_slice text, size_t at)
{
	struct spelled spelled = {.t = t, .from = t->at};
	size_t end = at;
	long number = 0;

	for (; end < text.len && isdigit((unsigned char)text.ptr[end]); end++) {
		if (end - at < 6)
			number = number * 10 + (text.ptr[end] - '0');
		put_byte(t, (unsigned char)text.ptr[end]);
	}
	spelled.to = t->at;
	if (end - at <= 4 && stands_alone(text, at, end))
		duet_compile_number(t->c, (double)number, true, put_words, &spelled);
	t->at = spelled.to;
	return end;
}

/* Marks at the end of a word; the matcher drops them from what it reads. */
static bool is_end_mark(struct duet_slice text, size_t at)
{
	if (!memchr(",.;:", text.ptr[at], 4) || at == 0 || at + 1 >= text.len || text.ptr[at + 1] != ' ')
		return false;
	return text.ptr[at] != '.' || at < 2 || text.ptr[at - 2] != '.'; /* "a.c. on" keeps its own */
}

/* "up-to-date" is also "up to date"; what a mark at the edge of a text joins stands in brackets or in a rule.
 */
static bool joins_words(struct duet_slice text, size_t at)
{
	return (text.ptr[at] == '-' || text.ptr[at] == '_') && (at == 0 || text.ptr[at - 1] != ' ') &&
	       (at + 1 == text.len || text.ptr[at + 1] != ' ');
}

static void put_folded(struct text *t, struct duet_slice text)
{
	for (size_t at = 0; at < text.len;) {
		if (is_end_mark(text, at)) {
			at++;
		} else if (isspace((unsigned char)text.ptr[at])) {
			while (at < text.len && isspace((unsigned char)text.ptr[at]))
				at++;
			if (!t->s->no_spaces)
				put_byte(t, ' ');
		} else if (isdigit((unsigned char)text.ptr[at])) {
			at = put_digits(t, text, at);
		} else if (joins_words(text, at)) {
			put_hyphen(t, (unsigned char)text.ptr[at++]);
		} else if (text.ptr[at] == '.' && at > 0 && (at + 1 == text.len || text.ptr[at + 1] == ' ')) {
			put_perhaps(t, (unsigned char)text.ptr[at++]);
		} else {
			put_byte(t, (unsigned char)text.ptr[at++]);
		}
	}
}

uint32_t duet_compile_text(struct duet_compiler *c, struct duet_automaton *automaton, struct duet_slice text,
			   uint32_t from)
{
	struct text t = {.c = c, .s = c->s, .a = automaton, .at = from};
	size_t room = text.len * 4 + 64;
	char *folded = duet_alloc(room);
	long len = folded ? duet_spelling_fold(text, folded, room) : -1;

	if (len < 0)
		automaton->failed = true;
	else
		put_folded(&t, (struct duet_slice){folded, (size_t)len});
	duet_free(folded);
	return t.at;
}
