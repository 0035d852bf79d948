/* SPDX-License-Identifier: Apache-2.0 */
#include "nlu/understand.h"

#include <errno.h>
#include <string.h>

#include "nlu/opinion.h"

enum { MAX_PARSES = 8 };

const char *duet_source_name(enum duet_source source)
{
	static const char *const names[] = {"exact", "learnt"};

	return names[source];
}

static bool is_answer(const struct duet_match *match)
{
	return strcmp(match->intent, "DuetYes") == 0 || strcmp(match->intent, "DuetNo") == 0;
}

/*
 * "Stop" and "cancel" are orders, and a no when there is a question. What leans on what was said before is
 * meant where it can be ("turn it off"), unless it takes any words at all.
 */
static int precedence(const struct duet_match *match, bool answering)
{
	bool follows = strncmp(match->part, "follow", 6) == 0;

	if (is_answer(match))
		return answering ? 0 : 4;
	if (follows)
		return match->rank.n_wildcards ? 3 : 1;
	return 2;
}

/* Of all parses, which are in the order of their ranks, the first of the foremost kind. */
static const struct duet_match *choose(const struct duet_match *parses, int n, bool answering)
{
	const struct duet_match *best = &parses[0];

	for (int i = 1; i < n; i++)
		if (precedence(&parses[i], answering) < precedence(best, answering))
			best = &parses[i];
	return best;
}

int duet_understand(const struct duet_understand_setting *setting, struct duet_slice text,
		    struct duet_arena *arena, struct duet_understanding *understanding)
{
	struct duet_match *parses = duet_arena_alloc(arena, MAX_PARSES * sizeof(*parses));
	int n;

	if (!parses)
		return -ENOMEM;
	n = duet_match_all(setting->grammar, text, &setting->context, arena, parses, MAX_PARSES);
	if (n == 0 && setting->learnt && !setting->answering)
		return duet_opinion(setting, text, arena, understanding);
	if (n <= 0)
		return n;
	*understanding = (struct duet_understanding){
		.match = *choose(parses, n, setting->answering),
		.source = DUET_SOURCE_EXACT,
		.score = 1,
	};
	return 1;
}
