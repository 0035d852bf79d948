/* SPDX-License-Identifier: Apache-2.0 */
/* duet nlu sample: sentences that mean an intent. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cmd/nlu/nlu.h"
#include "cmd/nlu/nlu_source.h"
#include "nlu/sample.h"

enum { MAX_SENTENCE_BYTES = 1 << 16, MAX_ARENA_BYTES = 16 << 20, MAX_TRIES = 1000 };

struct flags {
	struct nlu_source_flags source;
	int n, seed;
	bool spoken;
};

struct sampling {
	const struct duet_invocation *invocation;
	const struct flags *flags;
	const struct nlu_source *source;
	struct duet_sampler *sampler;
	struct duet_arena *arena;
};

/* What a template says may be ruled out by what is named in it ("dim the lock"), or mean something else
 * first. */
static bool means_it(const struct sampling *s, const char *text)
{
	struct duet_match_context context = s->source->context;
	struct duet_match match;
	bool means;

	context.area = context.area ? context.area : "here";
	means = duet_match_text(s->source->grammar, duet_slice(text), &context, s->arena, &match) > 0 &&
		strcmp(match.intent, s->invocation->arguments[0]) == 0;
	duet_arena_reset(s->arena);
	return means;
}

/* 1: a sentence was printed; 0: this one was none; negative errno. */
static int print_one(const struct sampling *s)
{
	struct duet_text text;
	int rc;

	duet_text_init(&text, MAX_SENTENCE_BYTES);
	rc = duet_sampler_next(s->sampler, &text);
	if (rc == 0 && text.ptr && means_it(s, text.ptr))
		rc = puts(text.ptr) < 0 ? -errno : 1;
	duet_text_done(&text);
	return rc;
}

static int sample(const struct sampling *s)
{
	int n = 0, rc = 0;

	for (int tries = 0; n < s->flags->n && tries < MAX_TRIES && rc >= 0; tries++) {
		rc = print_one(s);
		n += rc > 0;
		tries = rc > 0 ? -1 : tries;
	}
	if (n == s->flags->n)
		return DUET_EXIT_DONE;
	return duet_command_fail(
		s->invocation, DUET_EXIT_FAILED,
		"no sentence was found; lists that it needs may hold nothing (--home fills them)");
}

static int sample_intent(const struct duet_invocation *invocation, const struct nlu_source *source)
{
	const struct flags *flags = invocation->flags;
	struct sampling s = {invocation, flags, source, NULL, duet_arena_new(MAX_ARENA_BYTES)};
	int rc = s.arena ? duet_sampler_new(&s.sampler, source->grammar, invocation->arguments[0],
					    (uint64_t)flags->seed)
			 : -ENOMEM,
	    code;

	if (rc == 0 && flags->spoken)
		rc = duet_sampler_only_spoken(s.sampler);
	if (rc == -ENOENT)
		code = duet_command_fail(invocation, DUET_EXIT_FAILED, "no sentence means %s",
					 invocation->arguments[0]);
	else
		code = rc < 0 ? duet_command_fail(invocation, DUET_EXIT_FAILED, "out of memory") : sample(&s);
	duet_sampler_free(s.sampler);
	duet_arena_free(s.arena);
	return code;
}

static int run(const struct duet_invocation *invocation)
{
	const struct flags *flags = invocation->flags;
	struct nlu_source source;
	int code;

	if (invocation->n_arguments != 1)
		return duet_command_usage(invocation, "say which intent");
	code = nlu_source_open(&source, invocation, &flags->source);
	if (code != DUET_EXIT_DONE)
		return code;
	code = sample_intent(invocation, &source);
	nlu_source_done(&source);
	return code;
}

static const struct duet_flag flags_table[] = {
	NLU_SOURCE_FLAGS(struct flags),
	{'n', "N", {"n", DUET_OPTION_INT, offsetof(struct flags, n), "10", "How many", NULL, 1, 1000000}},
	{0,
	 "N",
	 {"seed", DUET_OPTION_INT, offsetof(struct flags, seed), "1", "The same number, the same sentences",
	  NULL, 0, 1e9}},
	{0,
	 NULL,
	 {"spoken", DUET_OPTION_BOOL, offsetof(struct flags, spoken), "no",
	  "Only what a microphone may hear at any time", NULL, 0, 0}},
	{0},
};

const struct duet_command duet_nlu_sample = {
	.name = "sample",
	.arguments = "INTENT",
	.summary = "Print random sentences that mean an intent",
	.description =
		"Goes random ways through the templates of the intent, with values of lists and numbers of "
		"ranges, in words or digits.",
	.flags = flags_table,
	.flags_size = sizeof(struct flags),
	.run = run,
};
