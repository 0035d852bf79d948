/* SPDX-License-Identifier: Apache-2.0 */
#include "part.h"

#include <errno.h>
#include <sphinxbase/ckd_alloc.h>
#include <sphinxbase/fsg_model.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"

/* Of a choice against the sound: what halves the search and costs no recording its words. */
#define CHOICE_WEIGHT 2

#define SEARCH "part"

/* A piece in the decoder's words: way 0 is word `first` of the search, way 1 the next one … */
struct piece {
	int first, n_ways; /* 0: not in this part */
};

/* The states after the first piece of a word that leads to `target`, whichever arc it began with. */
struct tail {
	size_t word;
	uint32_t target;
	int state; /* the first of them */
	int next;  /* tail to the same target, or -1 */
};

/* A part while it becomes a search. */
struct builder {
	ps_decoder_t *decoder;
	const struct duet_wordnet *net;
	const struct vocabulary *vocabulary;
	vocabulary_choice *choices; /* of the net's arcs */
	size_t *first_piece;        /* of each word */
	struct piece *pieces;
	int n_ways;
	struct tail *tails;
	int *tails_to; /* each state of the net: its latest tail, or -1 */
	int n_tails, n_states;
	fsg_model_t *fsg;
};

static void builder_done(struct builder *builder)
{
	duet_free(builder->first_piece);
	duet_free(builder->pieces);
	duet_free(builder->tails);
	duet_free(builder->tails_to);
}

static int builder_init(struct builder *builder)
{
	const struct vocabulary *vocabulary = builder->vocabulary;
	const struct duet_wordnet *net = builder->net;
	size_t n_pieces = 0;

	builder->first_piece = duet_calloc(vocabulary->n_words + 1, sizeof(*builder->first_piece));
	builder->tails = duet_calloc(net->n_arcs * VOCABULARY_READINGS + 1, sizeof(*builder->tails));
	builder->tails_to = duet_calloc(net->n_states, sizeof(*builder->tails_to));
	if (!builder->first_piece || !builder->tails || !builder->tails_to)
		return -ENOMEM;
	for (size_t word = 0; word < vocabulary->n_words; word++) {
		builder->first_piece[word] = n_pieces;
		n_pieces += (size_t)vocabulary->words[word].n_pieces;
	}
	for (size_t state = 0; state < net->n_states; state++)
		builder->tails_to[state] = -1;
	builder->n_states = (int)net->n_states + 1; /* the one final state */
	builder->pieces = duet_calloc(n_pieces + 1, sizeof(*builder->pieces));
	return builder->pieces ? 0 : -ENOMEM;
}

static void way_name(char *name, size_t size, size_t word, int piece, int way)
{
	size_t len;

	vocabulary_name(name, size, word, piece);
	len = strlen(name);
	if (way > 0)
		snprintf(name + len, size - len, "(%d)", way + 1);
}

static int count_ways(ps_decoder_t *decoder, size_t word, int piece)
{
	char name[48];
	char *phones;
	int n = 0;

	do {
		way_name(name, sizeof(name), word, piece, ++n);
		phones = ps_lookup_word(decoder, name);
		ckd_free(phones);
	} while (phones);
	return n;
}

static void number_word(struct builder *builder, size_t word)
{
	struct piece *pieces = builder->pieces + builder->first_piece[word];

	for (int i = 0; i < builder->vocabulary->words[word].n_pieces && pieces[i].n_ways == 0; i++) {
		pieces[i] = (struct piece){builder->n_ways, count_ways(builder->decoder, word, i)};
		builder->n_ways += pieces[i].n_ways;
	}
}

static int find_tail(const struct builder *builder, size_t word, uint32_t target)
{
	int i = builder->tails_to[target];

	while (i >= 0 && builder->tails[i].word != word)
		i = builder->tails[i].next;
	return i;
}

static void plan_tail(struct builder *builder, size_t word, uint32_t target)
{
	int n_pieces = builder->vocabulary->words[word].n_pieces;

	if (n_pieces < 2 || find_tail(builder, word, target) >= 0)
		return;
	builder->tails[builder->n_tails] =
		(struct tail){word, target, builder->n_states, builder->tails_to[target]};
	builder->tails_to[target] = builder->n_tails++;
	builder->n_states += n_pieces - 1;
}

/* Which words and states there will be. */
static void plan(struct builder *builder)
{
	for (size_t i = 0; i < builder->net->n_arcs; i++)
		for (int k = 0; k < VOCABULARY_READINGS && builder->choices[i][k] >= 0; k++) {
			number_word(builder, (size_t)builder->choices[i][k]);
			plan_tail(builder, (size_t)builder->choices[i][k], builder->net->arcs[i].target);
		}
}

/* The library's own function looks through all words for each. */
static void add_words(struct builder *builder)
{
	fsg_model_t *fsg = builder->fsg;
	char name[48];

	fsg->n_word = fsg->n_word_alloc = builder->n_ways;
	fsg->vocab = ckd_calloc((size_t)builder->n_ways + 1, sizeof(*fsg->vocab));
	for (size_t word = 0; word < builder->vocabulary->n_words; word++)
		for (int piece = 0; piece < builder->vocabulary->words[word].n_pieces; piece++) {
			struct piece *ways = builder->pieces + builder->first_piece[word] + piece;

			for (int i = 0; i < ways->n_ways; i++) {
				way_name(name, sizeof(name), word, piece, i);
				fsg->vocab[ways->first + i] = ckd_salloc(name);
			}
		}
}

/*
 * One arc for each way in which the piece is said. The decoder would add the
 * second and later ones by itself, but walks the whole network for each of them.
 */
static void add_piece(struct builder *builder, size_t word, int piece, int from, int to, int logp)
{
	const struct piece *ways = builder->pieces + builder->first_piece[word] + piece;

	for (int i = 0; i < ways->n_ways; i++)
		fsg_model_trans_add(builder->fsg, from, to, logp, ways->first + i);
}

static void add_tail(struct builder *builder, const struct tail *tail)
{
	int n_pieces = builder->vocabulary->words[tail->word].n_pieces;

	for (int piece = 1; piece < n_pieces; piece++) {
		int from = tail->state + piece - 1;

		add_piece(builder, tail->word, piece, from,
			  piece + 1 < n_pieces ? from + 1 : (int)tail->target, 0);
	}
}

static void add_arc(struct builder *builder, size_t word, int from, uint32_t target, int logp)
{
	int tail = find_tail(builder, word, target);

	if (builder->vocabulary->words[word].n_pieces > 0)
		add_piece(builder, word, 0, from, tail < 0 ? (int)target : builder->tails[tail].state, logp);
}

/* All that may follow is equally likely: a word that is one of a hundred must be heard more clearly than one
 * that is one of two. */
static int choice_score(ps_decoder_t *decoder, const struct duet_wordnet *net, size_t state)
{
	double ways = net->first_arc[state + 1] - net->first_arc[state] + net->final[state];

	return ways > 0 ? (int)(logmath_log(ps_get_logmath(decoder), 1 / ways) * CHOICE_WEIGHT) : 0;
}

static void add_arcs(struct builder *builder)
{
	const struct duet_wordnet *net = builder->net;

	for (size_t state = 0; state < net->n_states; state++) {
		int logp = choice_score(builder->decoder, net, state);

		for (uint32_t i = net->first_arc[state]; i < net->first_arc[state + 1]; i++)
			for (int k = 0; k < VOCABULARY_READINGS && builder->choices[i][k] >= 0; k++)
				add_arc(builder, (size_t)builder->choices[i][k], (int)state,
					net->arcs[i].target, logp);
		if (net->final[state])
			fsg_model_null_trans_add(builder->fsg, (int)state, builder->fsg->final_state, 0);
	}
	for (int i = 0; i < builder->n_tails; i++)
		add_tail(builder, &builder->tails[i]);
}

static int build(struct builder *builder)
{
	ps_decoder_t *decoder = builder->decoder;
	int status = builder_init(builder);

	if (status < 0)
		return status;
	plan(builder);
	builder->fsg =
		fsg_model_init(SEARCH, ps_get_logmath(decoder),
			       (float)cmd_ln_float_r(ps_get_config(decoder), "-lw"), builder->n_states);
	builder->fsg->start_state = 0;
	builder->fsg->final_state = (int)builder->net->n_states;
	add_words(builder);
	add_arcs(builder);
	return 0;
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

static int search_for(ps_decoder_t *decoder, fsg_model_t *fsg, const struct duet_wordnet *net)
{
	cmd_ln_set_boolean_r(ps_get_config(decoder), "-fsgusealtpron", FALSE);
	if (ps_set_fsg(decoder, SEARCH, fsg) < 0)
		return -EINVAL;
	keep_null_arcs(decoder, fsg, net);
	return ps_set_search(decoder, SEARCH) < 0 ? -EINVAL : 0;
}

int part_set(ps_decoder_t *decoder, const struct duet_wordnet *net, const struct vocabulary *vocabulary)
{
	struct builder builder = {
		.decoder = decoder, .net = net, .vocabulary = vocabulary, .choices = vocabulary->choices};
	int status = build(&builder);

	builder_done(&builder); /* before the search takes its room */
	if (status == 0)
		status = search_for(decoder, builder.fsg, net);
	fsg_model_free(builder.fsg);
	return status;
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
