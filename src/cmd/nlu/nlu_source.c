/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/nlu/nlu_source.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "assistant/cache.h"
#include "assistant/config.h"
#include "base/file.h"
#include "grammar/grammar.h"
#include "skill/home.h"

/* Compiled sentences begin with a mark of their own. */
static bool is_compiled(const char *path)
{
	char begin[8] = {0};
	FILE *file = fopen(path, "rb");
	bool compiled = file && fread(begin, 1, sizeof(begin), file) == sizeof(begin) &&
			memcmp(begin, "duetnet", sizeof(begin)) == 0;

	if (file)
		fclose(file);
	return compiled;
}

static int open_files(struct nlu_source *source, const struct nlu_source_flags *flags,
		      struct duet_error *error)
{
	const struct duet_texts *paths = &flags->sentences;
	int rc;

	source->language = flags->language ? flags->language : "en";
	if (paths->n_items == 1 && is_compiled(paths->items[0]))
		rc = duet_grammar_open(&source->files, paths->items[0], error);
	else
		rc = duet_cache_open(&source->files, paths->items, paths->n_items, source->language,
				     &(struct duet_cache_places){0}, error);
	source->grammar = source->files;
	return rc;
}

/* Compiled sentences are kept where the speaker keeps them. */
static const char *cache_dir(const struct duet_config *config, char *dir, size_t size)
{
	char state[512];

	if (duet_config_state_dir(config, NULL, state, sizeof(state), NULL) != 0)
		return NULL;
	snprintf(dir, size, "%s/sentences", state);
	return duet_file_mkdirs(dir, NULL) == 0 ? dir : NULL;
}

static int open_assistant(struct nlu_source *source, const struct nlu_source_flags *flags,
			  struct duet_error *error)
{
	const struct duet_assistant_config *own;
	char dir[640];
	int rc = duet_config_load(&source->config, flags->config, NULL, error);

	if (rc < 0)
		return rc;
	own = duet_config_assistant(source->config, flags->assistant);
	if (!own)
		return duet_error_set(error, -ENOENT, "there is no assistant %s", flags->assistant);
	rc = duet_assistant_new(&source->assistant, source->config, (int)(own - source->config->assistants),
				cache_dir(source->config, dir, sizeof(dir)), error);
	if (rc < 0)
		return rc;
	source->grammar = source->assistant->grammar;
	source->learnt = source->assistant->learnt;
	source->language = own->language;
	source->context.area = source->config->speaker.area;
	return 0;
}

static int open_home(struct nlu_source *source, const struct nlu_source_flags *flags,
		     struct duet_error *error)
{
	struct duet_grammar *grammar = source->assistant ? source->assistant->grammar : source->files;
	int rc = 0;

	if (flags->home) {
		rc = duet_home_new_file(&source->home, flags->home, error);
	} else if (source->config) {
		const struct duet_engine_choice *choice = &source->config->home.choice;
		struct duet_home_driver driver = {(const struct duet_home_engine *)choice->engine,
						  choice->options};

		rc = duet_home_new(&source->home, &driver, 1, NULL, source->config->data_dir, error);
	}
	return rc == 0 && source->home ? duet_home_fill(source->home, grammar, source->learnt, error) : rc;
}

int nlu_source_open(struct nlu_source *source, const struct duet_invocation *invocation,
		    const struct nlu_source_flags *flags)
{
	struct duet_error error = {0};
	int rc;

	*source = (struct nlu_source){0};
	rc = flags->sentences.n_items ? open_files(source, flags, &error)
				      : open_assistant(source, flags, &error);
	if (rc == 0)
		rc = open_home(source, flags, &error);
	if (flags->area)
		source->context.area = flags->area;
	if (rc == 0)
		return DUET_EXIT_DONE;
	nlu_source_done(source);
	return duet_command_error(invocation, DUET_EXIT_CONFIG, &error);
}

void nlu_source_done(struct nlu_source *source)
{
	duet_home_free(source->home);
	duet_assistant_free(source->assistant);
	duet_grammar_free(source->files);
	duet_config_free(source->config);
	*source = (struct nlu_source){0};
}
