/* SPDX-License-Identifier: Apache-2.0 */
#include "part.h"

#include <errno.h>
#include <sphinxbase/ckd_alloc.h>
#include <sphinxbase/fsg_model.h>
#include <stdio.h>
#include <string.h>

/* Of a choice against the sound: what halves the search and costs no recording its words. */
#define CHOICE_WEIGHT 2

static size_t n_extra_states(const struct duet_wordnet *net, const struct vocabulary *vocabulary,
			     vocabulary_choice *choices)
{
	size_t n = 1; /* the one final state */

	for (size_t i = 0; i < net->n_arcs; i++)
		for (int k = 0; k < VOCABULARY_READINGS && choices[i][k] >= 0; k++) {
			int n_pieces = vocabulary->words[choices[i][k]].n_pieces;

			n += n_pieces > 1 ? (size_t)n_pieces - 1 : 0;
		}
	return n;
}

/*
 * One arc for each way in which the piece is said. The decoder would add the
 * second and later ones by itself, but walks the whole network for each of them.
 */
static void add_piece(ps_decoder_t *decoder, fsg_model_t *fsg, const char *name, int from, int to, int logp)
{
	char other[48];
	char *phones = NULL;
	int n = 1;

	snprintf(other, sizeof(other), "%s", name);
	do {
		ckd_free(phones);
		fsg_model_trans_add(fsg, from, to, logp, fsg_model_word_add(fsg, other));
		snprintf(other, sizeof(other), "%s(%d)", name, ++n);
		phones = ps_lookup_word(decoder, other);
	} while (phones);
}

/* A chain of the word's pieces; `*next` is the first state that nobody uses. */
static void add_arc(ps_decoder_t *decoder, fsg_model_t *fsg, const struct vocabulary *vocabulary, size_t word,
		    int from, int to, int *next, int logp)
{
	int n_pieces = vocabulary->words[word].n_pieces;
	char name[32];

	for (int piece = 0; piece < n_pieces; piece++) {
		int target = piece + 1 < n_pieces ? (*next)++ : to;

		vocabulary_name(name, sizeof(name), word, piece);
		add_piece(decoder, fsg, name, from, target, piece == 0 ? logp : 0);
		from = target;
	}
}

/* All that may follow is equally likely: a word that is one of a hundred must be heard more clearly than one
 * that is one of two. */
static int choice_score(ps_decoder_t *decoder, const struct duet_wordnet *net, size_t state)
{
	double ways = net->first_arc[state + 1] - net->first_arc[state] + net->final[state];

	return ways > 0 ? (int)(logmath_log(ps_get_logmath(decoder), 1 / ways) * CHOICE_WEIGHT) : 0;
}

static fsg_model_t *build(ps_decoder_t *decoder, const char *name, const struct duet_wordnet *net,
			  const struct vocabulary *vocabulary, vocabulary_choice *choices)
{
	int n_states = (int)net->n_states, next = n_states + 1;
	fsg_model_t *fsg = fsg_model_init(name, ps_get_logmath(decoder),
					  (float)cmd_ln_float_r(ps_get_config(decoder), "-lw"),
					  n_states + (int)n_extra_states(net, vocabulary, choices));

	fsg->start_state = 0;
	fsg->final_state = n_states;
	for (int state = 0; state < n_states; state++) {
		int logp = choice_score(decoder, net, (size_t)state);

		for (uint32_t i = net->first_arc[state]; i < net->first_arc[state + 1]; i++)
			for (int k = 0; k < VOCABULARY_READINGS && choices[i][k] >= 0; k++)
				add_arc(decoder, fsg, vocabulary, (size_t)choices[i][k], state,
					(int)net->arcs[i].target, &next, logp);
		if (net->final[state])
			fsg_model_null_trans_add(fsg, state, fsg->final_state, 0);
	}
	return fsg;
}

/*
 * Once the search has its own trees of the words, it looks at the network only
 * for the arcs without a word, after every frame, by walking all arcs of a
 * state. Tables that hold nothing else save a third of the memory and time.
 * (Word graphs for rescoring would need the words; they are switched off.)
 */
static void keep_null_arcs(ps_decoder_t *decoder, fsg_model_t *fsg, const struct duet_wordnet *net)
{
	fsg_model_t *other = fsg_model_init("", ps_get_logmath(decoder), fsg->lw, fsg->n_state);
	trans_list_t *all = fsg->trans;
	listelem_alloc_t *links = other->link_alloc;

	/* The arcs that stay belong to `fsg`. */
	other->link_alloc = fsg->link_alloc;
	for (size_t state = 0; state < net->n_states; state++) {
		if (net->final[state])
			fsg_model_null_trans_add(other, (int)state, fsg->final_state, 0);
	}
	other->link_alloc = links;
	fsg->trans = other->trans;
	other->trans = all;
	fsg_model_free(other);
}

int part_add(ps_decoder_t *decoder, size_t part, const struct duet_wordnet *net,
	     const struct vocabulary *vocabulary)
{
	char name[24];
	fsg_model_t *fsg;
	int status;

	snprintf(name, sizeof(name), "%zu", part);
	fsg = build(decoder, name, net, vocabulary, vocabulary->choices[part]);
	cmd_ln_set_boolean_r(ps_get_config(decoder), "-fsgusealtpron", FALSE);
	status = ps_set_fsg(decoder, name, fsg);
	if (status == 0)
		keep_null_arcs(decoder, fsg, net);
	fsg_model_free(fsg);
	return status < 0 ? -EINVAL : 0;
}

int part_select(ps_decoder_t *decoder, size_t part)
{
	char name[24];

	snprintf(name, sizeof(name), "%zu", part);
	return ps_set_search(decoder, name) < 0 ? -EINVAL : 0;
}

int part_words(ps_decoder_t *decoder, const struct vocabulary *vocabulary, const char *space, char *text,
	       size_t size)
{
	size_t len = 0;
	int n = 0;

	text[0] = '\0';
	for (ps_seg_t *at = ps_seg_iter(decoder); at; at = ps_seg_next(at)) {
		const struct vocabulary_word *word = vocabulary_word(vocabulary, ps_seg_word(at));
		int wrote;

		if (!word)
			continue;
		wrote = snprintf(text + len, size - len, "%s%s", n ? space : "", word->text);
		if (wrote < 0 || (size_t)wrote >= size - len) {
			ps_seg_free(at);
			return -ENOSPC;
		}
		len += (size_t)wrote;
		n++;
	}
	return n;
}

/* The state behind the arc, or -1. */
static int follow(const struct duet_wordnet *net, int state, const char *word)
{
	for (uint32_t i = net->first_arc[state]; i < net->first_arc[state + 1]; i++)
		if (strcmp(net->words[net->arcs[i].word], word) == 0)
			return (int)net->arcs[i].target;
	return -1;
}

bool part_complete(ps_decoder_t *decoder, const struct vocabulary *vocabulary, const struct duet_wordnet *net)
{
	const struct vocabulary_word *last = NULL;
	int state = 0, piece = -1;

	for (ps_seg_t *at = ps_seg_iter(decoder); at; at = ps_seg_next(at)) {
		const struct vocabulary_word *word = vocabulary_word(vocabulary, ps_seg_word(at));

		piece = vocabulary_piece(ps_seg_word(at), piece);
		if (!word)
			continue;
		last = word;
		state = follow(net, state, word->text);
		if (state < 0) {
			ps_seg_free(at);
			return false;
		}
	}
	return last && piece + 1 == last->n_pieces && net->final[state];
}
