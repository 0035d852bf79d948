/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "grammar/automaton_parts.h"
#include "grammar/wordnet_expand.h"

#define NONE UINT32_MAX

enum { MAX_WORD = 128 };

struct join {
	struct duet_automaton *from, *into;
	struct duet_automaton_index index;
	struct duet_strings *strings;
	uint32_t *state_of; /* state of `from` where a word begins → of `into` */
	uint32_t *queue;
	size_t n_queue;
	uint32_t at, end;
	bool no_spaces, in_word; /* of the state at hand: whether a piece may have been read before it */
	size_t max_arcs;
	int rc;
};

static uint32_t state_for(struct join *j, uint32_t old)
{
	if (j->state_of[old] == NONE) {
		j->state_of[old] = old == 0 ? 0 : duet_automaton_state(j->into);
		j->queue[j->n_queue++] = old;
	}
	return j->state_of[old];
}

/* "a.m." is said; without its last dot, or "mr." with it, is another spelling of what stands beside it. */
static bool is_abbreviation(struct duet_slice word)
{
	for (size_t i = 0; i < word.len; i++)
		if ((word.ptr[i] == '.') != (i % 2 == 1))
			return false;
	return word.len % 2 == 0;
}

/* Digits, % and the like are typed. What they mean is said in words, which stand beside them in the network.
 */
static bool is_said(struct duet_slice word)
{
	static const int32_t signs[] = {0xb0, 0x2103, 0xff05, 0x2030, 0xb7};

	if (word.len && memchr(word.ptr, '.', word.len))
		return is_abbreviation(word);
	while (word.len) {
		int32_t c = duet_text_next(&word);

		if (c < 0x80 && !isalpha(c) && c != '\'')
			return false;
		for (size_t i = 0; i < sizeof(signs) / sizeof(*signs); i++)
			if (c == signs[i])
				return false;
	}
	return true;
}

static void put(struct join *j, const char *text, size_t len, bool is_word, uint32_t to)
{
	struct duet_slice word = {text, len};
	uint32_t string;

	if (!(j->no_spaces && !is_word) && !is_said(word))
		return;
	if (j->into->n_arcs > j->max_arcs)
		j->rc = -E2BIG;
	string = duet_strings_add(j->strings, word);
	duet_automaton_arc(j->into, j->at, is_word ? duet_wordnet_word(string) : duet_wordnet_piece(string),
			   to);
}

static uint32_t end_state(struct join *j)
{
	if (j->end == NONE) {
		j->end = duet_automaton_state(j->into);
		duet_automaton_final(j->into, j->end, 0);
	}
	return j->end;
}

static bool is_character(const char *text, size_t len)
{
	struct duet_slice rest = {text, len};

	return len > 0 && duet_text_valid(rest) && (duet_text_next(&rest), rest.len == 0);
}

static void follow(struct join *j, uint32_t state, char *text, size_t len);

static void follow_arc(struct join *j, const struct duet_automaton_arc *arc, char *text, size_t len)
{
	const char *piece = duet_strings_at(j->strings, arc->label / 2);
	size_t n = strlen(piece);

	if (len + n > MAX_WORD)
		return;
	memcpy(text + len, piece, n + 1);
	len += n;
	if (arc->label % 2 == 0 && !(j->no_spaces && is_character(text, len)))
		follow(j, arc->to, text, len);
	else if (len == 0 && !j->in_word) /* a space behind a space */
		follow(j, arc->to, text, 0);
	else
		put(j, text, len, true, state_for(j, arc->to));
}

/* All ways from where a word begins to where it ends. */
static void follow(struct join *j, uint32_t state, char *text, size_t len)
{
	if (j->rc < 0)
		return;
	if (j->index.final[state] != j->index.final[state + 1]) {
		if (len)
			put(j, text, len, false, end_state(j));
		else
			duet_automaton_final(j->into, j->at, 0);
	}
	for (uint32_t i = j->index.arc[state]; i < j->index.arc[state + 1]; i++)
		follow_arc(j, &j->from->arcs[i], text, len);
}

int duet_wordnet_join(struct duet_automaton *into, struct duet_automaton *from, struct duet_strings *strings,
		      bool no_spaces, bool at_begin, size_t max_arcs)
{
	struct join j = {.from = from, .into = into, .strings = strings, .end = NONE, .no_spaces = no_spaces};
	char text[MAX_WORD + 1];

	j.max_arcs = max_arcs;
	j.rc = duet_automaton_index(&j.index, from);
	j.state_of = duet_calloc(from->n_states, sizeof(*j.state_of));
	j.queue = duet_calloc(from->n_states, sizeof(*j.queue));
	if (!j.state_of || !j.queue)
		j.rc = -ENOMEM;
	for (uint32_t i = 0; j.rc == 0 && i < from->n_states; i++)
		j.state_of[i] = NONE;
	if (j.rc == 0)
		state_for(&j, 0);
	for (size_t i = 0; j.rc == 0 && i < j.n_queue; i++) {
		j.in_word = j.queue[i] == 0 && !at_begin;
		j.at = j.state_of[j.queue[i]];
		follow(&j, j.queue[i], text, 0);
	}
	duet_automaton_index_done(&j.index);
	duet_free(j.state_of);
	duet_free(j.queue);
	return j.rc == 0 && (into->failed || strings->failed) ? -ENOMEM : j.rc;
}
