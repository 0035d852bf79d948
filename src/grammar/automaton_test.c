/* SPDX-License-Identifier: Apache-2.0 */
#include "grammar/automaton.h"

#include <string.h>

#include "test/torture.h"

static uint32_t add_word(struct duet_automaton *a, const char *word, uint32_t out)
{
	uint32_t at = 0, next;

	for (; *word; word++) {
		next = duet_automaton_state(a);
		duet_automaton_arc(a, at, (unsigned char)*word, next);
		at = next;
	}
	duet_automaton_final(a, at, out);
	return at;
}

/* The out of a word, or -1. */
static long look_up(const struct duet_automaton *a, const char *word)
{
	uint32_t at = 0;

	for (; *word; word++) {
		size_t i = 0;

		while (i < a->n_arcs && (a->arcs[i].from != at || a->arcs[i].label != (unsigned char)*word))
			i++;
		if (i == a->n_arcs)
			return -1;
		at = a->arcs[i].to;
	}
	for (size_t i = 0; i < a->n_finals; i++)
		if (a->finals[i].state == at)
			return a->finals[i].out;
	return -1;
}

static void merges_what_ends_alike(void **state)
{
	static const char *const words[] = {"tap", "taps", "top", "tops"};
	struct duet_automaton a;

	duet_automaton_init(&a);
	for (size_t i = 0; i < 4; i++)
		add_word(&a, words[i], 0);
	assert_int_equal(duet_automaton_minimise(&a, 1000, true), 0);
	/* The textbook's example: five states, five letters' arcs. */
	assert_int_equal(a.n_states, 5);
	assert_int_equal(a.n_arcs, 5);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(look_up(&a, words[i]), 0);
	assert_int_equal(look_up(&a, "ta"), -1);
	for (size_t i = 0; i < a.n_arcs; i++)
		assert_true(a.arcs[i].to > a.arcs[i].from);
	duet_automaton_done(&a);
}

static void keeps_outs_apart(void **state)
{
	struct duet_automaton a;

	duet_automaton_init(&a);
	add_word(&a, "on", 1);
	add_word(&a, "in", 2);
	add_word(&a, "on", 7);
	assert_int_equal(duet_automaton_minimise(&a, 1000, true), 0);
	assert_int_equal(look_up(&a, "on"), 1);
	assert_int_equal(look_up(&a, "in"), 2);
	assert_int_equal(a.n_finals, 3);
	duet_automaton_done(&a);
}

static void removes_empty_labels_and_dead_ends(void **state)
{
	struct duet_automaton a;
	uint32_t here, there, dead;

	duet_automaton_init(&a);
	here = duet_automaton_state(&a);
	there = duet_automaton_state(&a);
	dead = duet_automaton_state(&a);
	duet_automaton_arc(&a, 0, DUET_LABEL_EMPTY, here);
	duet_automaton_arc(&a, 0, 'a', here);
	duet_automaton_arc(&a, here, 'b', there);
	duet_automaton_arc(&a, here, 'c', dead);
	duet_automaton_final(&a, there, 0);
	assert_int_equal(duet_automaton_minimise(&a, 1000, true), 0);
	assert_int_equal(a.n_states, 3);
	assert_int_equal(a.n_arcs, 3);
	assert_int_equal(look_up(&a, "ab"), 0);
	assert_int_equal(look_up(&a, "b"), 0);
	duet_automaton_done(&a);
}

/* (a|b)^k a (a|b)^n needs 2^n subsets when it is determinised. */
static void build_explosive(struct duet_automaton *a, int n)
{
	uint32_t at = 0;

	duet_automaton_init(a);
	for (int i = 0; i < n; i++) {
		uint32_t next = duet_automaton_state(a), branch = duet_automaton_state(a), to;

		duet_automaton_arc(a, at, 'a', next);
		duet_automaton_arc(a, at, 'b', next);
		duet_automaton_arc(a, at, 'a', branch);
		for (int k = 0; k < n; k++) {
			to = duet_automaton_state(a);
			duet_automaton_arc(a, branch, 'a', to);
			duet_automaton_arc(a, branch, 'b', to);
			branch = to;
		}
		duet_automaton_final(a, branch, (uint32_t)i);
		at = next;
	}
}

static void subsets_are_bounded(void **state)
{
	struct duet_automaton a;
	uint32_t n;

	build_explosive(&a, 24);
	assert_int_equal(duet_automaton_minimise(&a, 5000, true), -E2BIG);
	n = a.n_states;
	assert_int_equal(duet_automaton_minimise(&a, 5000, false), 0);
	assert_true(a.n_states < 5000 + 2 * n);
	duet_automaton_done(&a);
}

static int minimise_once(void *user)
{
	struct duet_automaton a;
	int rc;

	duet_automaton_init(&a);
	add_word(&a, "kitchen", 1);
	add_word(&a, "kitten", 2);
	add_word(&a, "mitten", 2);
	rc = duet_automaton_minimise(&a, 1000, true);
	duet_automaton_done(&a);
	return rc;
}

static void without_memory(void **state)
{
	duet_torture(minimise_once, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(merges_what_ends_alike),
		cmocka_unit_test(keeps_outs_apart),
		cmocka_unit_test(removes_empty_labels_and_dead_ends),
		cmocka_unit_test(subsets_are_bounded),
		cmocka_unit_test(without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
