/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/wake_learn.h"

#include <errno.h>
#include <unistd.h>

#include "assistant/enrolled.h"
#include "lexicon/lexicon.h"

enum { FILES_MAX = 32 };

static int no_engine(struct duet_error *error)
{
	duet_error_set(error, -ENOTSUP,
		       "no wake engine of the configuration can learn how somebody says a phrase");
	duet_error_hint(error, "write wake: {engine: sphinx}");
	return -ENOTSUP;
}

int wake_learn(const struct wake_lesson *lesson, struct duet_wake_recording *recordings, size_t n_recordings,
	       char **lines, struct duet_error *error)
{
	const struct duet_engine_choice *choice = duet_enrolled_engine(lesson->config);
	const struct duet_assistant_config *one = lesson->assistant;
	const char *files[FILES_MAX + 1] = {0};
	const struct duet_lexicon_setup dictionary = {.language = one->language,
						      .data_dir = lesson->config->data_dir,
						      .dictionary = one->dictionary,
						      .user_files = files};
	struct duet_wake_phrase phrase = {
		.text = lesson->phrase, .language = one->language, .sensitivity = 0.5};
	struct duet_wake_setup setup = {
		.data_dir = lesson->config->data_dir, .phrases = &phrase, .n_phrases = 1};
	struct duet_lexicon *lexicon;
	int result;

	if (!choice)
		return no_engine(error);
	for (size_t i = 0; i < one->pronunciations.n_items && i < FILES_MAX; i++)
		files[i] = one->pronunciations.items[i];
	result = duet_lexicon_new(&lexicon, &dictionary, error);
	if (result < 0)
		return result;
	phrase.lexicon = lexicon;
	phrase.model = access(lesson->model, R_OK) == 0 ? lesson->model : NULL;
	setup.options = choice->options;
	result = ((const struct duet_wake_engine *)(const void *)choice->engine)
			 ->enrol(&setup, recordings, n_recordings, lines, error);
	duet_lexicon_free(lexicon);
	return result;
}
