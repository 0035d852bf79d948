/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_CMD_NLU_FIXTURE_H
#define DUET_CMD_NLU_FIXTURE_H

#include "base/yaml.h"
#include "grammar/grammar.h"
#include "nlu/match.h"
#include "response/datum.h"

/*
 * The home that the tests of a suite are made for: areas, floors and entities
 * that fill the lists, and states, timers and media that responses tell of.
 */
struct nlu_names {
	const char **names; /* the first is what it is called, others are aliases */
	size_t n_names;
	const char *written; /* as the file has it, maybe a template */
	const char *id;
};

struct nlu_place {
	struct nlu_place *next;
	struct nlu_names names;
	const char *floor; /* of an area: a floor's id or name */
	bool is_here;      /* where the tests are said */
};

struct nlu_entity {
	struct nlu_entity *next;
	struct nlu_names names;
	const char *domain, *area, *device_class; /* the last two may be NULL */
	struct duet_datum hass_state, state;      /* as the home has it, as a person says it */
	struct duet_datum datum;                  /* what a response gets */
	struct duet_grammar_context *context;
	size_t n_context;
};

struct nlu_fixture {
	struct duet_arena *arena;
	struct nlu_place *floors, *areas;
	struct nlu_entity *entities;
	const struct duet_yaml_node *timers, *media;
	bool as_written; /* a name means its template, else the one of its names that was said */
};

/* Reads `floors:`, `areas:` … of a file, whose tree and `arena` outlive it. 0, or negative errno and what is
 * wrong. */
int nlu_fixture_read(struct nlu_fixture *fixture, const struct duet_yaml_node *map, struct duet_arena *arena,
		     struct duet_error *error);

/* Fills name, area and floor. */
int nlu_fixture_fill(const struct nlu_fixture *fixture, struct duet_grammar *grammar,
		     struct duet_error *error);

/* The name of the area where the tests are said, or NULL. */
const char *nlu_fixture_here(const struct nlu_fixture *fixture);

/* How a layout's tests see what was matched. */
struct nlu_view {
	const struct duet_yaml_node *timers, *media; /* of the test, else the fixture's */
	bool said;   /* every slot is what was said, else only those that mean a number */
	bool search; /* timers and media are looked for, and what is named must be where it is said to be */
};

/* The variables of a response: slots, state, query, state_attr. 0 or -ENOMEM. */
int nlu_fixture_vars(const struct nlu_fixture *fixture, const struct duet_match *match,
		     const struct nlu_view *view, struct duet_arena *arena, struct duet_datum_map **vars);

/* A scalar as YAML means it, lists and maps too. UNDEFINED: out of memory. */
struct duet_datum nlu_datum(const struct duet_yaml_node *node, struct duet_arena *arena);

/* All values of the slots of this name, as a list when there are several; UNDEFINED when there is none. */
struct duet_datum nlu_slot_value(const struct duet_match *match, const char *name, struct duet_arena *arena);

#endif
