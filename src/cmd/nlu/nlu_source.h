/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_CMD_NLU_SOURCE_H
#define DUET_CMD_NLU_SOURCE_H

#include "assistant/assistant.h"
#include "cmd/command.h"
#include "nlu/match.h"

struct duet_grammar;
struct duet_home;

/*
 * The sentences that a command works with: those of an assistant with its
 * home, or those of files with a home from a file.
 */
struct nlu_source_flags {
	const char *config, *assistant, *language, *home, *area;
	struct duet_texts sentences;
};

struct nlu_source {
	struct duet_config *config;
	struct duet_assistant *assistant; /* NULL: files */
	struct duet_grammar *files;
	struct duet_home *home;
	const struct duet_grammar *grammar; /* of the one or the other */
	struct duet_learnt *learnt;         /* the assistant's, or NULL */
	struct duet_match_context context;
	const char *language;
};

/* Fails as a command does: a duet_exit, and the message is printed. */
int nlu_source_open(struct nlu_source *source, const struct duet_invocation *invocation,
		    const struct nlu_source_flags *flags);
void nlu_source_done(struct nlu_source *source);

/* The rows of the flags, for a structure whose member `source` is the flags. */
#define NLU_SOURCE_FLAG(type, letter, value, name, kind, field, help)                                        \
	{                                                                                                    \
		letter, value,                                                                               \
		{                                                                                            \
			name, kind, offsetof(type, source.field), NULL, help, NULL, 0, 0                     \
		}                                                                                            \
	}
#define NLU_SOURCE_FLAGS(type)                                                                               \
	NLU_SOURCE_FLAG(type, 'c', "FILE", "config", DUET_OPTION_TEXT, config, "The configuration"),         \
		NLU_SOURCE_FLAG(type, 'a', "ID", "assistant", DUET_OPTION_TEXT, assistant,                   \
				"Whose sentences; without it the default assistant's"),                      \
		NLU_SOURCE_FLAG(type, 's', "PATH", "sentences", DUET_OPTION_TEXTS, sentences,                \
				"Files or folders instead of an assistant; may be repeated"),                \
		NLU_SOURCE_FLAG(type, 'l', "LANGUAGE", "language", DUET_OPTION_TEXT, language,               \
				"Of --sentences; en without it"),                                            \
		NLU_SOURCE_FLAG(type, 0, "FILE", "home", DUET_OPTION_PATH, home,                             \
				"Areas and entities instead of the assistant's home"),                       \
		NLU_SOURCE_FLAG(type, 0, "ID", "area", DUET_OPTION_TEXT, area, "Where it is said")

#endif
