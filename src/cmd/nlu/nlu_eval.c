/* SPDX-License-Identifier: Apache-2.0 */
#include <jansson.h>

#include "cmd/nlu/nlu.h"
#include "learnt/evaluate.h"

/* Measures a model on query files. */

struct eval_flags {
	struct duet_texts data;
	const char *model;
	bool json;
};

static const struct duet_flag flags_table[] = {
	{'m',
	 "MODEL",
	 {"model", DUET_OPTION_TEXT, offsetof(struct eval_flags, model), NULL,
	  "The model, from `duet nlu train`", NULL, 0, 0}},
	{'d',
	 "FILE…",
	 {"data", DUET_OPTION_TEXTS, offsetof(struct eval_flags, data), NULL,
	  "Files of queries that it has not learnt from", NULL, 0, 0}},
	{'j',
	 NULL,
	 {"json", DUET_OPTION_BOOL, offsetof(struct eval_flags, json), NULL, "As one line of JSON", NULL, 0,
	  0}},
	{0},
};

static int print(const struct duet_evaluation *evaluation, bool as_json)
{
	json_t *json;
	int result;

	if (!as_json) {
		printf("%zu queries: intent %.2f %%, slots F1 %.2f %%, all right %.2f %%, median %.1f µs\n",
		       evaluation->n, 100 * evaluation->intent_accuracy, 100 * evaluation->slot_f1,
		       100 * evaluation->exact, evaluation->median_us);
		return 0;
	}
	json = json_pack("{s:I, s:f, s:f, s:f, s:f}", "n", (json_int_t)evaluation->n, "intent_accuracy",
			 evaluation->intent_accuracy, "slot_f1", evaluation->slot_f1, "exact",
			 evaluation->exact, "median_us", evaluation->median_us);
	result = json ? json_dumpf(json, stdout, JSON_COMPACT | JSON_REAL_PRECISION(6)) : -1;
	json_decref(json);
	puts("");
	return result;
}

static int evaluate(const struct duet_invocation *invocation, const struct duet_model *model,
		    struct duet_queries *queries)
{
	const struct eval_flags *flags = invocation->flags;
	struct duet_evaluation evaluation;
	struct duet_error error = {0};

	for (size_t i = 0; i < flags->data.n_items; i++) {
		if (duet_queries_read(queries, flags->data.items[i], &error) < 0)
			return duet_command_error(invocation, DUET_EXIT_CONFIG, &error);
	}
	if (duet_evaluate(model, queries, &evaluation) < 0 || print(&evaluation, flags->json) < 0)
		return duet_command_fail(invocation, DUET_EXIT_FAILED, "out of memory");
	return DUET_EXIT_DONE;
}

static int run(const struct duet_invocation *invocation)
{
	const struct eval_flags *flags = invocation->flags;
	struct duet_error error = {0};
	struct duet_queries queries;
	struct duet_model model;
	int result;

	if (flags->data.n_items == 0 || !flags->model)
		return duet_command_usage(invocation, "measure what, on what? --model MODEL --data FILE…");
	if (duet_model_open(&model, flags->model, &error) < 0)
		return duet_command_error(invocation, DUET_EXIT_CONFIG, &error);
	if (duet_queries_init(&queries) < 0) {
		duet_model_close(&model);
		return duet_command_fail(invocation, DUET_EXIT_FAILED, "out of memory");
	}
	result = evaluate(invocation, &model, &queries);
	duet_queries_done(&queries);
	duet_model_close(&model);
	return result;
}

const struct duet_command duet_nlu_eval = {
	.name = "eval",
	.summary = "Measure a model on queries that it has not learnt from",
	.description =
		"Says how many intents are right, F1 of slots (micro; a slot is right when its name and both "
		"its ends are), how many queries are right as a whole, and how long one takes.",
	.flags = flags_table,
	.flags_size = sizeof(struct eval_flags),
	.run = run,
};
