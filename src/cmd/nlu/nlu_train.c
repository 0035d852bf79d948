/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/nlu/nlu.h"
#include "learnt/sample.h"
#include "learnt/train.h"

/* Learns a model from query files. */

struct train_flags {
	struct duet_texts data, sentences;
	const char *output, *language;
	int rounds, samples;
	bool quiet;
};

static const struct duet_flag flags_table[] = {
	{'d',
	 "FILE…",
	 {"data", DUET_OPTION_TEXTS, offsetof(struct train_flags, data), NULL,
	  "Files of queries, in the format of SNIPS or Duet's own", NULL, 0, 0}},
	{'s',
	 "FOLDER…",
	 {"sentences", DUET_OPTION_TEXTS, offsetof(struct train_flags, sentences), NULL,
	  "Sentence templates, of which samples are learnt too", NULL, 0, 0}},
	{'l',
	 "LANGUAGE",
	 {"language", DUET_OPTION_TEXT, offsetof(struct train_flags, language), "en", "Of the sentences",
	  NULL, 0, 0}},
	{'n',
	 "N",
	 {"samples", DUET_OPTION_INT, offsetof(struct train_flags, samples), "6000",
	  "How many samples, about", NULL, 1, 200000}},
	{'o',
	 "MODEL",
	 {"output", DUET_OPTION_TEXT, offsetof(struct train_flags, output), NULL,
	  "Where the model is written", NULL, 0, 0}},
	{'r',
	 "N",
	 {"rounds", DUET_OPTION_INT, offsetof(struct train_flags, rounds), "0",
	  "How often all queries are gone through; 0: by how many there are", NULL, 0, 1000}},
	{'q',
	 NULL,
	 {"quiet", DUET_OPTION_BOOL, offsetof(struct train_flags, quiet), NULL, "Without progress", NULL, 0,
	  0}},
	{0},
};

static void progress(void *user, int round, int rounds, double loss)
{
	fprintf(stderr, "round %d of %d, loss %.4f\n", round, rounds, loss);
}

static int train(const struct duet_invocation *invocation, struct duet_queries *queries)
{
	const struct train_flags *flags = invocation->flags;
	const struct duet_train_setting setting = {.rounds = flags->rounds,
						   .progress = flags->quiet ? NULL : progress};
	struct duet_error error = {0};

	for (size_t i = 0; i < flags->data.n_items; i++) {
		if (duet_queries_read(queries, flags->data.items[i], &error) < 0)
			return duet_command_error(invocation, DUET_EXIT_CONFIG, &error);
	}
	if (flags->sentences.n_items > 0 &&
	    duet_queries_sample(queries, flags->sentences.items, flags->sentences.n_items, flags->language,
				(size_t)flags->samples, &error) < 0)
		return duet_command_error(invocation, DUET_EXIT_CONFIG, &error);
	if (duet_train(queries, &setting, flags->output, &error) < 0)
		return duet_command_error(invocation, DUET_EXIT_FAILED, &error);
	return DUET_EXIT_DONE;
}

static int run(const struct duet_invocation *invocation)
{
	const struct train_flags *flags = invocation->flags;
	struct duet_queries queries;
	int result;

	if (flags->data.n_items == 0 || !flags->output)
		return duet_command_usage(invocation,
					  "train from what, into which file? --data FILE… -o MODEL");
	if (duet_queries_init(&queries) < 0)
		return duet_command_fail(invocation, DUET_EXIT_FAILED, "out of memory");
	result = train(invocation, &queries);
	duet_queries_done(&queries);
	return result;
}

const struct duet_command duet_nlu_train = {
	.name = "train",
	.summary = "Learn a model from queries",
	.description = "Learns intents and slots from files of queries, on one thread, in minutes. A file is "
		       "JSON as "
		       "in the SNIPS collection, or YAML: `queries:` is a list of groups with `intent`, "
		       "`say` (sentences "
		       "with [what was said](slot) in them) and `means` (the sentence that templates "
		       "understand, with "
		       "{slot} in it); a group without an intent says what no assistant should act on.",
	.flags = flags_table,
	.flags_size = sizeof(struct train_flags),
	.run = run,
};
