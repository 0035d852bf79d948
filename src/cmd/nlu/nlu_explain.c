/* SPDX-License-Identifier: Apache-2.0 */
/* duet nlu explain: every way to understand a sentence, and why one won. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd/nlu/nlu.h"
#include "cmd/nlu/nlu_source.h"

enum { MAX_ARENA_BYTES = 64 << 20, MAX_PARSES = 64 };

struct flags {
	struct nlu_source_flags source;
};

static void print_slots(const struct duet_match *match)
{
	static const char *const sources[] = {
		[DUET_SLOT_LIST] = "list",          [DUET_SLOT_RANGE] = "range",
		[DUET_SLOT_WILDCARD] = "any words", [DUET_SLOT_FIXED] = "fixed",
		[DUET_SLOT_CONTEXT] = "context",    [DUET_SLOT_LEARNT] = "learnt",
	};

	for (size_t i = 0; i < match->n_slots; i++)
		printf("     %-14s %s  (\"%s\", %s)\n", match->slots[i].name,
		       match->slots[i].value.kind == DUET_VALUE_NONE ? "null" : match->slots[i].value.text,
		       match->slots[i].text, sources[match->slots[i].source]);
}

/* The first thing in which they differ decided. */
static void print_reason(const struct duet_match_rank *won, const struct duet_match_rank *lost)
{
	if (won->name_bytes != lost->name_bytes)
		printf("   lost: its name is %s (%u against %u bytes)\n",
		       lost->name_bytes ? "shorter" : "missing", lost->name_bytes, won->name_bytes);
	else if (won->n_wildcards != lost->n_wildcards)
		printf("   lost: more wildcards (%u against %u)\n", lost->n_wildcards, won->n_wildcards);
	else if (won->literal_bytes != lost->literal_bytes)
		printf("   lost: fewer bytes of its own words (%u against %u)\n", lost->literal_bytes,
		       won->literal_bytes);
	else if (won->wild_bytes != lost->wild_bytes)
		printf("   lost: more bytes are left to wildcards (%u against %u)\n", lost->wild_bytes,
		       won->wild_bytes);
	else if (won->order != lost->order)
		printf("   lost: it stands behind the other in the files\n");
	else
		printf("   lost: its values stand behind those of the other\n");
}

static void print_parse(const struct duet_match *match, int number, const struct duet_match *winner)
{
	bool colour = isatty(STDOUT_FILENO) && number == 1;

	printf("%s%d. %s%s%s%s\n   %s\n   %s:%d, answer %s\n", colour ? "\x1b[1m" : "", number, match->intent,
	       match->combination ? "/" : "", match->combination ? match->combination : "",
	       colour ? "\x1b[0m" : "", match->template, match->file, match->line,
	       match->response ? match->response : "default");
	printf("   name %u, wildcards %u, own words %u, wild %u, place %u\n", match->rank.name_bytes,
	       match->rank.n_wildcards, match->rank.literal_bytes, match->rank.wild_bytes, match->rank.order);
	print_slots(match);
	if (number > 1)
		print_reason(&winner->rank, &match->rank);
}

static int explain(const struct duet_invocation *invocation, const struct nlu_source *source,
		   const char *text, struct duet_arena *arena)
{
	static struct duet_match matches[MAX_PARSES];
	int n = duet_match_all(source->grammar, duet_slice(text), &source->context, arena, matches,
			       MAX_PARSES);

	if (n < 0)
		return duet_command_fail(invocation, DUET_EXIT_FAILED, "%s", strerror(-n));
	if (n == 0) {
		printf("no sentence says \"%s\"\n", text);
		return DUET_EXIT_FAILED;
	}
	printf("%d way%s to understand it%s\n", matches[0].n_parses, matches[0].n_parses == 1 ? "" : "s",
	       matches[0].n_parses > n ? ", the first of them:" : ":");
	for (int i = 0; i < n; i++)
		print_parse(&matches[i], i + 1, &matches[0]);
	return DUET_EXIT_DONE;
}

static const char *joined(const struct duet_invocation *invocation)
{
	const char *all = invocation->arguments[0];

	for (int i = 1; all && i < invocation->n_arguments; i++)
		all = duet_arena_printf(invocation->arena, "%s %s", all, invocation->arguments[i]);
	return all;
}

static int run(const struct duet_invocation *invocation)
{
	const struct flags *flags = invocation->flags;
	struct nlu_source source;
	struct duet_arena *arena;
	int code;

	if (invocation->n_arguments == 0)
		return duet_command_usage(invocation, "say what is to be explained");
	code = nlu_source_open(&source, invocation, &flags->source);
	if (code != DUET_EXIT_DONE)
		return code;
	arena = duet_arena_new(MAX_ARENA_BYTES);
	code = arena ? explain(invocation, &source, joined(invocation), arena)
		     : duet_command_fail(invocation, DUET_EXIT_FAILED, "out of memory");
	duet_arena_free(arena);
	nlu_source_done(&source);
	return code;
}

static const struct duet_flag flags_table[] = {
	NLU_SOURCE_FLAGS(struct flags),
	{0},
};

const struct duet_command duet_nlu_explain = {
	.name = "explain",
	.arguments = "TEXT",
	.summary = "Show every way to understand a sentence, and why one won",
	.description =
		"Prints all parses, best first: intent, template and its place, slots, what ranking looked "
		"at, and in what the others lost: a name first and the longest, fewer wildcards, more of "
		"the template's own words, less left to wildcards, the order of the files. Exit code 1 means "
		"that no sentence says it.",
	.flags = flags_table,
	.flags_size = sizeof(struct flags),
	.run = run,
};
