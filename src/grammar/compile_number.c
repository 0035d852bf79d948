/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <string.h>

#include "grammar/compile_parts.h"
#include "grammar/number.h"

/* Number words, where sentences have numbers: from ICU when sentences are compiled, and from the compiled
 * network itself when the home is filled in later. */

static struct duet_speller *speller_of(struct duet_compiler *c)
{
	struct duet_error error = {0};

	if (c->speller || c->failed || c->s->n_mistakes)
		return c->speller;
	if (duet_speller_new(&c->speller, c->s->language, &error) < 0) {
		if (error.code == -ENOMEM)
			c->failed = true;
		else
			duet_sentences_mistake(c->s, "", 0, 0, error.hint, "%s", error.what);
	}
	return c->speller;
}

enum { MAX_WORDS = 256, MAX_STEPS = 200000 };

/* A search for all ways through a range that mean one value. */
struct search {
	struct duet_net_view view;
	uint32_t out;
	int n_steps;
	char words[MAX_WORDS];
	duet_compile_words *each;
	void *user;
};

static void search_from(struct search *s, uint32_t at, size_t len)
{
	const struct duet_network *w = s->view.network;
	const struct duet_net_state *state = &w->states[at];

	if (s->n_steps++ > MAX_STEPS)
		return;
	for (uint32_t i = state[0].out; i < state[1].out; i++)
		if (w->outs[i] == s->out && len) {
			s->words[len] = '\0';
			s->each(s->user, s->words, true);
		}
	for (uint32_t i = state[0].arc; i < state[1].arc; i++) {
		const struct duet_net_arc *arc = &w->arcs[i];

		if (len + arc->length >= MAX_WORDS)
			continue;
		memcpy(s->words + len, w->strings + arc->text, arc->length);
		search_from(s, arc->target, len + arc->length);
	}
}

void duet_compile_number(struct duet_compiler *c, double number, bool spoken_only, duet_compile_words *each,
			 void *user)
{
	if (!c->numbers.net) {
		if (speller_of(c))
			duet_speller_words(c->speller, number, spoken_only, each, user);
	} else if (number < c->numbers.net->n_values) {
		struct search s = {.view = c->numbers, .out = (uint32_t)number, .each = each, .user = user};

		search_from(&s, c->numbers.net->state, 0);
	}
}

struct range {
	struct duet_automaton *a;
	uint32_t out, n_values;
	int n_forms, max_forms; /* of the value at hand */
};

static void put_words(void *user, const char *words, bool is_spoken)
{
	struct range *r = user;
	uint32_t at = 0, next;

	if (r->n_forms++ >= r->max_forms)
		return;
	for (; *words; words++) {
		next = duet_automaton_state(r->a);
		duet_automaton_arc(r->a, at, (unsigned char)*words, next);
		at = next;
	}
	duet_automaton_final(r->a, at, is_spoken ? r->out : r->n_values + r->out);
}

#define MAX_SPELLED 1e6

/* Large ranges are spelled in full up to a thousand, then by whole hundreds, then by ten thousands; the rest
 * is understood as digits. That keeps a net small that nobody would say all of. */
static bool is_spelled(double number)
{
	double size = fabs(number);

	return size <= 1000 || (size <= 10000 && fmod(size, 100) == 0) || fmod(size, 10000) == 0;
}

void duet_compile_range(struct duet_compiler *c, struct duet_automaton *automaton, const struct duet_net *net)
{
	struct range r = {.a = automaton, .n_values = net->n_values, .max_forms = INT_MAX};
	uint32_t end =
		(uint32_t)fmin(fmax(floor((MAX_SPELLED - net->from) / net->unit) + 1, 0), net->n_values);

	r.out = (uint32_t)fmax(ceil((-MAX_SPELLED - net->from) / net->unit), 0);
	for (; r.out < end; r.out++)
		if (is_spelled(net->from + r.out * net->unit))
			duet_compile_number(c, net->from + r.out * net->unit, false, put_words, &r);
}

uint32_t duet_compile_small_numbers(struct duet_compiler *c)
{
	struct duet_net net = {.kind = DUET_NET_RANGE, .unit = 1, .factor = 1, .n_values = 1000};
	struct duet_automaton a;
	struct range r = {.a = &a, .n_values = net.n_values, .max_forms = 4};

	duet_automaton_init(&a);
	for (; r.out < net.n_values; r.out++) {
		r.n_forms = 0;
		duet_compile_number(c, r.out, true, put_words, &r);
	}
	return duet_compile_net(c, &a, &net);
}
