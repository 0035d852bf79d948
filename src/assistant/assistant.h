/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_ASSISTANT_ASSISTANT_H
#define DUET_ASSISTANT_ASSISTANT_H

#include "assistant/config.h"
#include "assistant/handover.h"

/*
 * Who an assistant is: its sentences, how its words sound, what a microphone
 * may say to it. Made on the main thread; once the lists of the home are filled
 * nothing in it changes, and any thread may read it.
 */
struct duet_grammar;
struct duet_learnt;
struct duet_lexicon;
struct duet_wordnet;

/* What may be said: as an order; as an answer to a question, or leaning on what was said before. */
enum duet_part {
	DUET_PART_COMMANDS,
	DUET_PART_ANSWERS,    /* a question was asked */
	DUET_PART_AFTER_HOME, /* the talk was of something in the house … */
	DUET_PART_AFTER_TIME, /* … of a timer, an alarm, a reminder, the volume */
	DUET_PART_AFTER_ALL,  /* … of anything else: a question about the world, a list */
	DUET_N_PARTS
};

struct duet_assistant {
	const struct duet_assistant_config *config;
	int number; /* as the arbiter knows it: its place in the configuration */
	struct duet_grammar *grammar;
	struct duet_learnt *learnt; /* NULL: there is no model of its language */
	struct duet_lexicon *lexicon;
	struct duet_handover handover; /* how it is asked to pass words on */
	struct duet_wordnet *commands; /* NULL until they are built: what a microphone may say at any time */
};

/* Compiled sentences are kept in `cache_dir` (NULL: not kept) under the digest of all that they came from. */
int duet_assistant_new(struct duet_assistant **assistant, const struct duet_config *config, int number,
		       const char *cache_dir, struct duet_error *error);
void duet_assistant_free(struct duet_assistant *assistant);

/* The files and folders of an assistant's sentences: the shipped ones and then its own. */
#define DUET_SOURCES_MAX 32

struct duet_sources {
	const char *paths[DUET_SOURCES_MAX];
	size_t n;
	char shipped[512];
};

int duet_assistant_sources(struct duet_sources *sources, const struct duet_config *config,
			   const struct duet_assistant_config *own, struct duet_error *error);

/* Only how an assistant's words sound. */
int duet_assistant_lexicon(struct duet_lexicon **lexicon, const struct duet_config *config,
			   const struct duet_assistant_config *own, struct duet_error *error);

/* After the lists of the home are filled: what a microphone may say as the part, duet_wordnet_free ends it.
 * Takes some hundredths of a second; any thread. */
int duet_assistant_graph(const struct duet_assistant *assistant, enum duet_part part,
			 struct duet_wordnet **net, struct duet_error *error);
/* The graph of `commands`, once. Main thread, before anybody listens. */
int duet_assistant_build_commands(struct duet_assistant *assistant, struct duet_error *error);

/* See duet_grammar_response. */
struct duet_slice duet_assistant_response(const struct duet_assistant *assistant, const char *intent,
					  const char *key, unsigned variant);

#endif
