/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_GRAMMAR_NETWORK_H
#define DUET_GRAMMAR_NETWORK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "duet/error.h"
#include "duet/slice.h"

/*
 * The compiled network, as it lies in the file and is read in place.
 *
 * A network is many nets: one of all sentences (the last), one for each rule, list
 * and range. A net is an acyclic automaton over bytes of folded UTF-8 and calls of other nets. Arcs carry
 * whole strings: a state stands only where ways part or meet. What a net accepts is an `out`: the
 * number of a template, of a list's value, of a step in a range; 0 for a rule.
 *
 * Words are separated by exactly one space, and a sentence ends with one. A space in
 * an arc's text reads a space, or nothing where one has just been read (or nothing was read yet, or between a
 * digit and what is none, or next to a value): so "turn [the] on" needs no states for what is left out.
 * Languages without word boundaries have no spaces at all.
 *
 * Order is checked when a file is opened and stands for "acyclic": an arc leads to a higher state, a call
 * to a lower net. Everything is little-endian as the machine; offsets count items, strings are
 * offsets into the string section and end with NUL; string 0 is "".
 */
#define DUET_NETWORK_MAGIC   "duetnet"
#define DUET_NETWORK_VERSION 3

enum duet_network_section {
	DUET_SECTION_STRINGS,
	DUET_SECTION_NETS,
	DUET_SECTION_STATES,
	DUET_SECTION_ARCS,
	DUET_SECTION_CALLS,
	DUET_SECTION_OUTS,
	DUET_SECTION_VALUES,
	DUET_SECTION_PAIRS,
	DUET_SECTION_BLOCKS,
	DUET_SECTION_TEMPLATES,
	DUET_SECTION_RESPONSES,
	DUET_SECTION_VARIANTS,
	DUET_SECTION_PROGRAMS,
	DUET_SECTION_SKIPS,
	DUET_SECTIONS
};

struct duet_network_header {
	char magic[8];
	uint32_t version, size;
	uint64_t checksum; /* of all bytes behind it */
	uint32_t language; /* string */
	uint32_t no_spaces;
	uint32_t numbers; /* the net of small numbers: out i is said as i */
	uint32_t key;     /* grammar/key.h */
	struct {
		uint32_t offset, n; /* bytes from the file's begin, items */
	} sections[DUET_SECTIONS];
};

enum duet_net_kind { DUET_NET_RULE, DUET_NET_VALUES, DUET_NET_RANGE, DUET_NET_WILDCARD, DUET_NET_SENTENCES };

enum {
	DUET_NET_CAPTURES = 1, /* there is a list in it, so that its way through must be remembered */
	DUET_NET_EMPTY = 2,    /* it may read nothing */
	DUET_NET_FILLED = 4,   /* its values come when the home is known */
	DUET_NET_GLUED = 8,    /* WILDCARD: it may end within a word */
};

struct duet_net {
	uint32_t kind, flags;
	uint32_t name;            /* string */
	uint32_t state, n_states; /* the first is its start */
	uint32_t value, n_values; /* VALUES */
	uint32_t spoken;          /* WILDCARD: number + 1 of the net whose words are said there, or 0 */
	double from, unit,
		factor;    /* RANGE: out i, as well as n_values + i, means (from + i × unit) × factor */
	uint32_t first[8]; /* bit set of bytes that it may begin with */
};

/* What belongs to state s ends where that of s + 1 begins; one more state closes the section. */
struct duet_net_state {
	uint32_t arc, call, out;
};

struct duet_net_arc { /* sorted by first byte within a state */
	uint32_t target;
	uint32_t text; /* offset into the strings; not terminated */
	uint16_t length;
	uint8_t first, reserved;
};

struct duet_net_call {
	uint32_t target, net;
	uint32_t slot; /* string; where a list's value goes */
};

struct duet_net_value {
	uint32_t text; /* string; what it means, 0: what was said */
	uint32_t is_number;
	double number;
	uint32_t pair, n_pairs; /* its context */
	uint32_t more, n_more;  /* pairs: what else it means, for several slots of the same name */
};

struct duet_net_pair {
	uint32_t key, value; /* strings; value 0: any */
	uint32_t slot;       /* string: the slot that gets a copy of what was found, or 0 */
	uint32_t is_number;
	double number;
};

struct duet_net_block {
	uint32_t intent, response, part, combination; /* strings, all but the first may be 0 */
	uint32_t spoken;
	uint32_t slot, n_slots, need, n_needs, exclude, n_excludes; /* pairs */
	uint32_t keyword, n_keywords; /* pairs: values are folded words of which one must have been said */
};

/* What decides which of the words that mean nothing may be left out: those beside a wildcard may belong to
 * it. */
enum { DUET_TEMPLATE_WILD_BEGIN = 1, DUET_TEMPLATE_WILD_END = 2 };

struct duet_net_template {
	uint32_t block, file, text; /* file and text are strings */
	uint32_t line;
	uint32_t flags;
	uint32_t exact; /* its own number; or of the same template, whose hyphens are read as written */
};

struct duet_net_response { /* sorted by intent and key; intent "" has the errors */
	uint32_t intent, key;
	uint32_t variant, n_variants;
};

struct duet_net_variant {
	uint32_t word, n_bytes; /* of a compiled response among the programs */
};

/* A network in memory that somebody else owns, checked. */
struct duet_network {
	const struct duet_network_header *header;
	const char *strings;
	const struct duet_net *nets;
	const struct duet_net_state *states;
	const struct duet_net_arc *arcs;
	const struct duet_net_call *calls;
	const uint32_t *outs;
	const struct duet_net_value *values;
	const struct duet_net_pair *pairs;
	const struct duet_net_block *blocks;
	const struct duet_net_template *templates;
	const struct duet_net_response *responses;
	const struct duet_net_variant *variants;
	const uint32_t *programs, *skips;
	uint32_t n[DUET_SECTIONS];
};

/* Checks every offset, so that walking it later needs no checks. 0, or -EINVAL and what is wrong. `bytes`
 * must be aligned to 8 and outlive the network. */
int duet_network_read(struct duet_network *network, struct duet_slice bytes, struct duet_error *error);

/* How large an item of a section is. */
size_t duet_network_item_size(enum duet_network_section section);

/* The checksum that a file of these bytes must have. */
uint64_t duet_network_checksum(const void *file, size_t n_bytes);

/* Where a net's states, arcs and values are: in the file, or in what the home filled in. */
struct duet_net_view {
	const struct duet_network *network;
	const struct duet_net *net;
};

struct duet_grammar;

const struct duet_network *duet_grammar_network(const struct duet_grammar *grammar);
struct duet_net_view duet_grammar_net(const struct duet_grammar *grammar, uint32_t net);

/* What an out of a net stands for. Ordinals, years and the like are read as numbers, but no microphone waits
 * for them: their outs in a range begin at n_values. */
static inline uint32_t duet_net_out(const struct duet_net *net, uint32_t out)
{
	return net->kind == DUET_NET_RANGE && out >= net->n_values ? out - net->n_values : out;
}

static inline bool duet_net_may_begin(const struct duet_net *net, unsigned char byte)
{
	return net->first[byte / 32] >> (byte % 32) & 1;
}

#endif
