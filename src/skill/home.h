/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_SKILL_HOME_H
#define DUET_SKILL_HOME_H

#include <stdbool.h>

#include "duet/home_engine.h"

struct duet_grammar;
struct duet_learnt;
struct duet_store;

/*
 * The house: all that the home drivers know, as one. Finds rooms and things by
 * what people call them and passes orders on to the driver that has the thing.
 * Main thread only; what it returns lives until the drivers rename things.
 */
struct duet_home;

struct duet_home_driver {
	const struct duet_home_engine *engine;
	const void *options; /* as read by the engine's table; NULL: its defaults */
};

/* `store` (or NULL: nothing is kept) is where drivers keep records. No driver is a house with nothing in it.
 */
int duet_home_new(struct duet_home **home, const struct duet_home_driver *drivers, size_t n_drivers,
		  struct duet_store *store, const char *data_dir, struct duet_error *error);
/* A house as a file describes it (data/home.yaml, or a list of `fixtures:`), by the built-in virtual driver;
 * keeps nothing. For benchmarks and tests. */
int duet_home_new_file(struct duet_home **home, const char *path, struct duet_error *error);
void duet_home_free(struct duet_home *home);

/* `renamed(user)`: names came or went, so the grammars must be filled anew. */
void duet_home_watch(struct duet_home *home, void (*renamed)(void *user), void *user);

/*
 * Fills the lists `name`, `area` and `floor` of a grammar with what is said in its language: of a thing's
 * name and aliases those that are written in the language's script, else all.
 */
int duet_home_fill(const struct duet_home *home, struct duet_grammar *grammar, struct duet_learnt *learnt,
		   struct duet_error *error);

size_t duet_home_count(const struct duet_home *home); /* things */

/* What to look for; NULL: any. Names are compared without case. */
struct duet_home_query {
	const char *name;   /* a thing's id, name or alias */
	const char *area;   /* an area's id, name or alias */
	const char *floor;  /* its name */
	const char *domain; /* "light" */
	const char *device_class;
};

/* Up to `max` things, in the drivers' order; how many. */
size_t duet_home_find(const struct duet_home *home, const struct duet_home_query *query,
		      const struct duet_home_entity **found, size_t max);
/* By id, name or alias; NULL when there is none. */
const struct duet_home_area *duet_home_area(const struct duet_home *home, const char *area);

/* What to call it in a language: the first name or alias in its script. */
const char *duet_home_name(const struct duet_home_entity *entity, const char *language);
const char *duet_home_area_name(const struct duet_home_area *area, const char *language);

/* As in the driver's interface. */
const json_t *duet_home_state(const struct duet_home *home, const struct duet_home_entity *entity);
/* The word ("on"), "unknown" when there is none; one of the attributes, or NULL. */
const char *duet_home_state_text(const struct duet_home *home, const struct duet_home_entity *entity);
const json_t *duet_home_attribute(const struct duet_home *home, const struct duet_home_entity *entity,
				  const char *name);

/* As in the driver's interface; `done` is called once, unless duet_home_forget takes `user` off first. */
int duet_home_call(struct duet_home *home, const struct duet_home_entity *entity, const char *service,
		   const json_t *data, duet_home_done *done, void *user);
void duet_home_forget(struct duet_home *home, void *user);

#endif
