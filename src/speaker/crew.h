/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_SPEAKER_CREW_H
#define DUET_SPEAKER_CREW_H

#include <stdbool.h>
#include <stddef.h>

#include "arbiter/arbiter.h"
#include "assistant/assistant.h"
#include "duet/error.h"
#include "duet/wake_engine.h"

struct duet_asr;
struct duet_gate;
struct duet_halt;
struct duet_halt_word;
struct duet_home;
struct duet_tts;
struct duet_wake;

/*
 * The assistants with their opened engines, and the wake engine that they
 * share: all that a reload makes anew. An assistant that cannot hear is out of
 * service and says why; one without a voice answers with cues.
 */
struct duet_member {
	struct duet_assistant *assistant; /* NULL: out of service */
	struct duet_asr *asr;
	struct duet_tts *tts; /* NULL: no voice */
	struct duet_error error;
};

struct duet_crew {
	struct duet_config *config;
	struct duet_member *members; /* config->n_assistants, in its order */
	struct duet_wake *wake;      /* NULL: words only */
	struct duet_gate *gate;      /* NULL: nothing cancels echoes here */
	struct duet_wake_phrase *phrases;
	int *owners;      /* of each phrase: the member, or DUET_ANYONE: several have it */
	uint32_t sharers; /* who has a wake word that others have too, 1 << member */
	size_t n_phrases;
	struct duet_halt *halt; /* NULL: a bare "stop" is not heard */
	struct duet_halt_word *halt_words;
};

struct duet_crew_setup {
	struct duet_config *take_config;
	const char *cache_dir;        /* for compiled sentences, or NULL */
	const struct duet_home *home; /* whose names are filled in, or NULL */
	bool words_only;              /* no engines */
};

/* Takes the configuration, also when it fails: when no assistant at all is in service or nothing listens for
 * wake words. Main thread; blocks. */
int duet_crew_new(struct duet_crew **crew, const struct duet_crew_setup *setup, struct duet_error *error);
void duet_crew_free(struct duet_crew *crew);

/* The member with this id (NULL: the default one), if it is in service; its number, or -ENOENT. */
int duet_crew_find(const struct duet_crew *crew, const char *id);

#endif
