/* SPDX-License-Identifier: Apache-2.0 */
#include "assistant/assistant.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "assistant/cache.h"
#include "base/alloc.h"
#include "base/log.h"
#include "grammar/grammar.h"
#include "grammar/wordnet.h"
#include "learnt/learnt.h"
#include "lexicon/lexicon.h"

enum { MAX_FILES = 32, MAX_ARCS = 4000000 };

/* Somebody who was asked may answer, come back to what was done, or want something else. */
static const char *const part_names[DUET_N_PARTS][6] = {
	[DUET_PART_COMMANDS] = {"", NULL},
	[DUET_PART_ANSWERS] = {"", "answers", "follow", "follow_answer", "follow_home", NULL},
	[DUET_PART_AFTER_HOME] = {"", "follow", "follow_home", NULL},
	[DUET_PART_AFTER_TIME] = {"", "follow", "follow_time", NULL},
	[DUET_PART_AFTER_ALL] = {"", "follow", "follow_ask", NULL},
};

/* "zh-CN", else "zh": the shipped sentences of a language. */
static int shipped_sentences(const struct duet_config *config, const char *language, char *dir, size_t size,
			     struct duet_error *error)
{
	snprintf(dir, size, "%s/sentences/%s", config->data_dir, language);
	if (access(dir, R_OK) == 0)
		return 0;
	snprintf(dir, size, "%s/sentences/%.*s", config->data_dir, (int)strcspn(language, "-_"), language);
	if (access(dir, R_OK) == 0)
		return 0;
	duet_error_set(error, -ENOENT, "there are no sentences for the language \"%s\"", language);
	duet_error_hint(error, "looked in %.120s/sentences", config->data_dir);
	return -ENOENT;
}

int duet_assistant_sources(struct duet_sources *sources, const struct duet_config *config,
			   const struct duet_assistant_config *own, struct duet_error *error)
{
	int result =
		shipped_sentences(config, own->language, sources->shipped, sizeof(sources->shipped), error);

	if (result < 0)
		return result;
	sources->paths[0] = sources->shipped;
	sources->n = 1;
	for (size_t i = 0; i < own->sentences.n_items && sources->n < DUET_SOURCES_MAX; i++)
		sources->paths[sources->n++] = own->sentences.items[i];
	return 0;
}

static int open_grammar(struct duet_assistant *assistant, const struct duet_config *config,
			const char *cache_dir, struct duet_error *error)
{
	const char *language = assistant->config->language;
	struct duet_sources sources;
	char ready[640];
	bool has_ready = duet_config_network(config, language, ready, sizeof(ready)) == 0;
	int result = duet_assistant_sources(&sources, config, assistant->config, error);

	if (result < 0)
		return result;
	return duet_cache_open(&assistant->grammar, sources.paths, sources.n, language,
			       &(struct duet_cache_places){has_ready ? ready : NULL, cache_dir}, error);
}

/* Without a model an assistant understands what its sentences say, and no more. */
static void open_learnt(struct duet_assistant *assistant, const struct duet_config *config)
{
	struct duet_error error = {0};
	char path[640], text[900];

	if (duet_config_model(config, assistant->config->language, path, sizeof(path)) < 0 ||
	    duet_learnt_new(&assistant->learnt, path, &error) == 0)
		return;
	duet_error_format(&error, text, sizeof(text));
	duet_warn("nlu", "%s does without what was learnt: %s", assistant->config->id, text);
}

int duet_assistant_lexicon(struct duet_lexicon **lexicon, const struct duet_config *config,
			   const struct duet_assistant_config *own, struct duet_error *error)
{
	const char *files[MAX_FILES + 1] = {NULL};

	for (size_t i = 0; i < own->pronunciations.n_items && i < MAX_FILES; i++)
		files[i] = own->pronunciations.items[i];
	return duet_lexicon_new(lexicon,
				&(struct duet_lexicon_setup){.language = own->language,
							     .data_dir = config->data_dir,
							     .dictionary = own->dictionary,
							     .user_files = files},
				error);
}

int duet_assistant_new(struct duet_assistant **assistant, const struct duet_config *config, int number,
		       const char *cache_dir, struct duet_error *error)
{
	struct duet_assistant *made = duet_calloc(1, sizeof(*made));
	int result;

	if (!made)
		return duet_error_set(error, -ENOMEM, "out of memory");
	made->config = &config->assistants[number];
	made->number = number;
	result = open_grammar(made, config, cache_dir, error);
	open_learnt(made, config);
	if (result == 0)
		result = duet_handover_init(&made->handover, config, number, error);
	if (result == 0)
		result = duet_assistant_lexicon(&made->lexicon, config, made->config, error);
	if (result < 0) {
		duet_assistant_free(made);
		return result;
	}
	*assistant = made;
	return 0;
}

void duet_assistant_free(struct duet_assistant *assistant)
{
	if (!assistant)
		return;
	duet_wordnet_free(assistant->commands);
	duet_handover_done(&assistant->handover);
	duet_lexicon_free(assistant->lexicon);
	duet_grammar_free(assistant->grammar);
	duet_learnt_free(assistant->learnt);
	duet_free(assistant);
}

int duet_assistant_graph(const struct duet_assistant *assistant, enum duet_part part,
			 struct duet_wordnet **net, struct duet_error *error)
{
	int result = duet_wordnet_new(net, assistant->grammar, part_names[part], MAX_ARCS, error);

	if (result < 0)
		return result;
	result = duet_wordnet_prefix(*net, assistant->handover.prefixes, assistant->handover.n);
	if (result < 0) {
		duet_wordnet_free(*net);
		*net = NULL;
	}
	return result;
}

int duet_assistant_build_commands(struct duet_assistant *assistant, struct duet_error *error)
{
	return assistant->commands
		       ? 0
		       : duet_assistant_graph(assistant, DUET_PART_COMMANDS, &assistant->commands, error);
}

struct duet_slice duet_assistant_response(const struct duet_assistant *assistant, const char *intent,
					  const char *key, unsigned variant)
{
	return duet_grammar_response(assistant->grammar, intent, key, variant);
}
