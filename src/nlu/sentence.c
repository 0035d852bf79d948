/* SPDX-License-Identifier: Apache-2.0 */
#include "nlu/sentence.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "base/text.h"
#include "grammar/spelling.h"

/* Dropped wherever they stand. */
static bool is_mark(int32_t c)
{
	return duet_spelling_plain(c) == 0;
}

/* Dropped at the edges of words. */
static bool is_edge(int32_t c)
{
	return c == '.' || c == ',' || c == ';' || c == ':' || c == '(' || c == ')' || is_mark(c);
}

/* Where words are not separated, it stands within one. */
static bool is_comma(int32_t c)
{
	return c == ',' || c == ';';
}

static bool is_space(int32_t c)
{
	return duet_spelling_plain(c) == ' ';
}

/* "A.C.", "p.m.": the dots belong to it. */
static bool is_initialism(struct duet_slice word)
{
	int n = 0;

	while (word.len) {
		int32_t c = duet_text_next(&word);

		if (is_edge(c) || (c < 0x80 && !isalpha(c)))
			return n >= 2 && word.len == 0;
		if (word.len == 0 || duet_text_next(&word) != '.')
			return false;
		n++;
	}
	return n >= 2;
}

/* The word without its punctuation in front and behind. */
static struct duet_slice trim(struct duet_slice word)
{
	struct duet_slice rest = word, kept = {word.ptr, 0};

	while (rest.len) {
		struct duet_slice before = rest;

		if (!is_edge(duet_text_next(&rest))) {
			rest = before;
			break;
		}
	}
	if (is_initialism(rest)) {
		while (rest.len && is_mark((unsigned char)rest.ptr[rest.len - 1]))
			rest.len--;
		return rest;
	}
	kept.ptr = rest.ptr;
	while (rest.len)
		if (!is_edge(duet_text_next(&rest)))
			kept.len = (size_t)(rest.ptr - kept.ptr);
	return kept;
}

static void put(struct duet_sentence *s, char byte, size_t begin, size_t end)
{
	s->text[s->len] = byte;
	s->begin[s->len] = (uint16_t)begin;
	s->end[s->len++] = (uint16_t)end;
}

static void put_character(struct duet_sentence *s, int32_t c, size_t begin, size_t end)
{
	char encoded[4], folded[64];
	long len;

	c = duet_spelling_plain(c);
	if (c < 0x80) {
		put(s, (char)tolower(c), begin, end);
		return;
	}
	len = duet_text_normalise((struct duet_slice){encoded, duet_text_encode(c, encoded)}, true, folded,
				  sizeof(folded));
	for (long i = 0; i < len && s->len < DUET_SENTENCE_MAX; i++)
		put(s, folded[i], begin, end);
}

static void put_word(struct duet_sentence *s, struct duet_slice word)
{
	uint32_t before = s->len;

	word = trim(word);
	while (word.len && s->len < DUET_SENTENCE_MAX) {
		size_t begin = (size_t)(word.ptr - s->said);
		int32_t c = duet_text_next(&word);

		if (!is_mark(c) && !(s->no_spaces && is_comma(c)))
			put_character(s, c, begin, (size_t)(word.ptr - s->said));
	}
	if (s->len > before && !s->no_spaces)
		put(s, ' ', s->end[s->len - 1], s->end[s->len - 1]);
}

static int allocate(struct duet_sentence *s, struct duet_slice said, struct duet_arena *arena)
{
	size_t room = DUET_SENTENCE_MAX;
	char *copy;
	long len;

	if (said.len > DUET_SENTENCE_MAX)
		return -E2BIG;
	if (!duet_text_valid(said) || (said.len && memchr(said.ptr, 0, said.len)))
		return -EILSEQ;
	room = said.len * 3 + 64 < room ? said.len * 3 + 64 : room;
	copy = duet_arena_alloc(arena, room);
	len = copy ? duet_text_normalise(said, false, copy, room) : -ENOMEM;
	if (len < 0)
		return len == -ENOSPC ? -E2BIG : (int)len;
	s->said = copy;
	room = (size_t)len * 3 + 64 < DUET_SENTENCE_MAX ? (size_t)len * 3 + 64 : DUET_SENTENCE_MAX;
	s->text = duet_arena_alloc(arena, room + 2);
	s->begin = duet_arena_alloc(arena, (room + 2) * sizeof(*s->begin));
	s->end = duet_arena_alloc(arena, (room + 2) * sizeof(*s->end));
	return s->text && s->begin && s->end ? 0 : -ENOMEM;
}

int duet_sentence_init(struct duet_sentence *s, struct duet_slice said, bool no_spaces,
		       struct duet_arena *arena)
{
	struct duet_slice rest;
	int rc;

	memset(s, 0, sizeof(*s));
	s->no_spaces = no_spaces;
	rc = allocate(s, said, arena);
	if (rc < 0)
		return rc;
	rest = duet_slice(s->said);
	while (rest.len) {
		struct duet_slice word = {rest.ptr, 0}, before = rest;

		while (rest.len) {
			before = rest;
			if (is_space(duet_text_next(&rest)))
				break;
			before = rest;
		}
		word.len = (size_t)(before.ptr - word.ptr);
		put_word(s, word);
	}
	return s->len >= DUET_SENTENCE_MAX ? -E2BIG : 0;
}

static void remove_bytes(struct duet_sentence *s, uint32_t at, uint32_t n)
{
	uint32_t behind = s->len - at - n;

	memmove(s->text + at, s->text + at + n, behind + 1);
	memmove(s->begin + at, s->begin + at + n, behind * sizeof(*s->begin));
	memmove(s->end + at, s->end + at + n, behind * sizeof(*s->end));
	s->len -= n;
}

bool duet_sentence_split_joined(struct duet_sentence *s)
{
	bool found = false;

	for (uint32_t i = 0; i < s->len;) {
		if (s->text[i] != '-' && s->text[i] != '_') {
			i++;
			continue;
		}
		found = true;
		s->text[i] = ' ';
		if (s->no_spaces || i == 0 || s->text[i - 1] == ' ' || s->text[i + 1] == ' ')
			remove_bytes(s, i, 1);
	}
	return found;
}

static bool stands_at(const struct duet_sentence *s, uint32_t at, struct duet_slice words)
{
	bool whole = s->no_spaces || ((at == 0 || s->text[at - 1] == ' ') && s->text[at + words.len] == ' ');

	return whole && memcmp(s->text + at, words.ptr, words.len) == 0;
}

bool duet_sentence_skip(struct duet_sentence *s, struct duet_slice words, enum duet_sentence_part part)
{
	uint32_t n = (uint32_t)words.len, n_all = n + !s->no_spaces, at = 0;
	bool found = false;

	if (n == 0)
		return false;
	while (at + n_all <= s->len) {
		if (part == DUET_SENTENCE_END)
			at = s->len - n_all;
		if (stands_at(s, at, words)) {
			remove_bytes(s, at, n_all);
			found = true;
		} else if (part == DUET_SENTENCE_WHOLE) {
			at++;
		} else {
			break;
		}
	}
	return found;
}

int duet_sentence_copy(struct duet_sentence *copy, const struct duet_sentence *s, struct duet_arena *arena)
{
	size_t n = s->len + 2;

	*copy = *s;
	copy->text = duet_arena_alloc(arena, n);
	copy->begin = duet_arena_alloc(arena, n * sizeof(*copy->begin));
	copy->end = duet_arena_alloc(arena, n * sizeof(*copy->end));
	if (!copy->text || !copy->begin || !copy->end)
		return -ENOMEM;
	memcpy(copy->text, s->text, s->len + 1);
	memcpy(copy->begin, s->begin, s->len * sizeof(*copy->begin));
	memcpy(copy->end, s->end, s->len * sizeof(*copy->end));
	return 0;
}

/* A character may have become several bytes, which all tell where it came from. */
static size_t put_said(const struct duet_sentence *s, uint32_t i, char *out)
{
	struct duet_slice said = {s->said + s->begin[i], (size_t)(s->end[i] - s->begin[i])};
	bool is_first = i == 0 || s->begin[i - 1] != s->begin[i] || s->text[i - 1] == ' ';

	if (s->text[i] == ' ' || s->text[i] == '\'') {
		*out = s->text[i];
		return 1;
	}
	if (is_first)
		memcpy(out, said.ptr, said.len);
	return is_first ? said.len : 0;
}

const char *duet_sentence_said(const struct duet_sentence *s, uint32_t begin, uint32_t end,
			       struct duet_arena *arena)
{
	size_t len = 0;
	char *out;

	while (end > begin && s->text[end - 1] == ' ')
		end--;
	while (begin < end && s->text[begin] == ' ')
		begin++;
	if (begin >= end)
		return "";
	len = (size_t)(s->end[end - 1] - s->begin[begin]);
	if (s->no_spaces)
		return duet_arena_copy(arena, (struct duet_slice){s->said + s->begin[begin], len});
	out = duet_arena_alloc(arena, len + (end - begin) + 1);
	len = 0;
	for (uint32_t i = begin; out && i < end; i++)
		len += put_said(s, i, out + len);
	return out;
}
