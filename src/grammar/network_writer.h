/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_GRAMMAR_NETWORK_WRITER_H
#define DUET_GRAMMAR_NETWORK_WRITER_H

#include "grammar/automaton.h"
#include "grammar/network.h"
#include "grammar/strings.h"

/*
 * Collects the sections of a network and lays them out. An allocation that fails
 * is remembered and reported by duet_network_writer_finish.
 */
struct duet_network_writer {
	struct {
		char *items;
		size_t n, room;
	} sections[DUET_SECTIONS];
	struct duet_strings strings;
	uint32_t numbers; /* the net of small numbers */
	bool failed;
};

/* Labels of automata that become nets: below 256 a byte, from here on a call. */
#define DUET_LABEL_CALL 256

void duet_network_writer_init(struct duet_network_writer *writer);
void duet_network_writer_done(struct duet_network_writer *writer);

/* Appends one item; its number. */
uint32_t duet_network_writer_add(struct duet_network_writer *writer, enum duet_network_section section,
				 const void *item);
uint32_t duet_network_writer_string(struct duet_network_writer *writer, struct duet_slice text);
uint32_t duet_network_writer_count(const struct duet_network_writer *writer,
				   enum duet_network_section section);

/* Appends a minimised automaton as a net with the properties of `net`; calls[label - DUET_LABEL_CALL] has the
 * callee and the slot of a call. Its number. */
uint32_t duet_network_writer_net(struct duet_network_writer *writer, const struct duet_net *net,
				 struct duet_automaton *automaton, const struct duet_net_call *calls);

/* The whole file; *bytes is freed with duet_free. 0, -ENOMEM, or -E2BIG beyond 2 GB. */
int duet_network_writer_finish(struct duet_network_writer *writer, const char *language, bool no_spaces,
			       uint32_t key, char **bytes, size_t *n_bytes);

#endif
