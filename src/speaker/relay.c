/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/log.h"
#include "nlu/understand.h"
#include "speaker/body.h"

/*
 * Words on their way from the ear to the right assistant: those that name
 * another one (rule 19), those that several have heard (20), and those that one
 * does not understand and another would (12). What it decides the arbiter is
 * told, and what the arbiter says is carried out here.
 */

enum { MAX_ARENA = 1 << 20 };

static const struct duet_assistant *assistant_of(const struct duet_speaker *speaker, int number)
{
	return speaker->crew->members[number].assistant;
}

/* 1: it says something to that assistant; what its sentences say, or with `guess` what was learnt too. */
static int understands(const struct duet_assistant *assistant, const char *text, bool guess)
{
	const struct duet_understand_setting setting = {.grammar = assistant->grammar,
							.learnt = guess ? assistant->learnt : NULL};
	struct duet_arena *arena = duet_arena_new(MAX_ARENA);
	struct duet_understanding understanding;
	int result = arena ? duet_understand(&setting, duet_slice(text), arena, &understanding) : -ENOMEM;

	duet_arena_free(arena);
	return result > 0;
}

/* By name. */

static bool hand_over(struct duet_speaker *speaker, uint64_t turn, const struct duet_assistant *own,
		      const char *text)
{
	struct duet_relay *relay = &speaker->relay;
	int whom = duet_handover_find(&own->handover, text, relay->text, sizeof(relay->text));

	if (whom < 0 || !assistant_of(speaker, whom))
		return false;
	snprintf(relay->whole, sizeof(relay->whole), "%s", text);
	relay->turn = turn;
	duet_conduct(speaker, (struct duet_event){.kind = DUET_EVENT_HAND_OVER, .turn = turn, .other = whom});
	return true;
}

void duet_relay_words(struct duet_speaker *speaker, uint64_t turn, const char *text, bool refused)
{
	int who = speaker->arbiter.assistant;
	const struct duet_assistant *own = who >= 0 ? assistant_of(speaker, who) : NULL;

	if (turn != speaker->arbiter.turn || refused || !own || !hand_over(speaker, turn, own, text))
		duet_dialog_heard(speaker->dialog, turn, text, refused);
}

/* The words are another's from now on: a turn of its own. What they say in the language of the one who heard
 * them it understands as well. */
void duet_relay_hand_over(struct duet_speaker *speaker, const struct duet_action *action)
{
	const struct duet_assistant *to = assistant_of(speaker, action->assistant),
				    *from = assistant_of(speaker, action->other);
	struct duet_relay *relay = &speaker->relay;
	enum duet_how how = action->transferred ? DUET_HOW_TRANSFERRED : DUET_HOW_HANDED_OVER;

	if (speaker->asking && (speaker->asked == relay->turn)) {
		json_decref(speaker->answer);
		speaker->answer = NULL;
		speaker->asked = action->turn;
	}
	if (!action->transferred)
		duet_dialog_passed_on(speaker->dialog, relay->turn, relay->whole, to->config->id);
	duet_dialog_begin(speaker->dialog, action->turn, to, false);
	duet_dialog_comes(speaker->dialog, action->turn, how, from->config->id);
	duet_dialog_heard_by(speaker->dialog, action->turn, from);
	duet_dialog_heard(speaker->dialog, action->turn, relay->text, false);
}

/* It cannot. */

bool duet_relay_cannot(void *user, const char *text, struct duet_other *other)
{
	struct duet_speaker *speaker = user;
	struct duet_relay *relay = &speaker->relay;

	for (size_t i = 0; i < speaker->crew->config->n_assistants; i++) {
		const struct duet_assistant *one = assistant_of(speaker, (int)i);

		if (!one || (int)i == speaker->arbiter.assistant || !understands(one, text, false))
			continue;
		snprintf(relay->text, sizeof(relay->text), "%s", text);
		relay->turn = speaker->arbiter.turn;
		*other = (struct duet_other){one->config->id,
					     one->config->name ? one->config->name : one->config->id};
		return true;
	}
	return false;
}

/* One wake word for several. */

/* The more of this holds the better: it heard a sentence of its language, it makes sense, and how sure it is.
 */
static int compare(const struct duet_candidate *a, const struct duet_candidate *b)
{
	if (a->refused != b->refused)
		return a->refused ? -1 : 1;
	if (a->understood != b->understood)
		return a->understood ? 1 : -1;
	if (a->confidence == b->confidence)
		return 0;
	return a->confidence > b->confidence ? 1 : -1;
}

static const char *reason(const struct duet_candidate *best, const struct duet_candidate *second)
{
	if (!second)
		return "nobody else heard it";
	if (best->refused != second->refused)
		return "only it heard a sentence of its language";
	if (best->understood != second->understood)
		return "only to it does that mean something";
	return best->confidence == second->confidence ? "both are as sure, and it comes first"
						      : "it is surer";
}

static json_t *explain(const struct duet_speaker *speaker, const struct duet_relay *relay,
		       const struct duet_candidate *best, const struct duet_candidate *second)
{
	json_t *list = json_array();

	for (size_t i = 0; i < relay->n_candidates; i++) {
		const struct duet_candidate *one = &relay->candidates[i];

		json_array_append_new(list,
				      json_pack("{s:s, s:s, s:f, s:b, s:b}", "assistant",
						speaker->crew->config->assistants[one->assistant].id, "heard",
						one->text, "confidence", (double)one->confidence, "refused",
						one->refused, "understood", one->understood));
	}
	return json_pack("{s:s, s:o}", "why", reason(best, second), "candidates", list);
}

/* The assistants come in the order of the configuration, and the default one is the first. */
static void choose(struct duet_speaker *speaker, uint64_t turn)
{
	struct duet_relay *relay = &speaker->relay;
	const struct duet_candidate *best = &relay->candidates[0], *second = NULL;

	for (size_t i = 1; i < relay->n_candidates; i++) {
		const struct duet_candidate *one = &relay->candidates[i];

		if (compare(one, best) > 0) {
			second = best;
			best = one;
		} else if (!second || compare(one, second) > 0) {
			second = one;
		}
	}
	duet_conduct(speaker, (struct duet_event){
				      .kind = DUET_EVENT_CHOOSE, .turn = turn, .assistant = best->assistant});
	duet_dialog_choose(speaker->dialog, turn, assistant_of(speaker, best->assistant),
			   explain(speaker, relay, best, second));
	duet_dialog_comes(speaker->dialog, turn, DUET_HOW_SHARED, NULL);
	relay->n_candidates = 0;
	duet_dialog_heard(speaker->dialog, turn, best->text, best->refused);
}

static size_t count(uint32_t bits)
{
	size_t n = 0;

	for (; bits; bits &= bits - 1)
		n++;
	return n;
}

void duet_relay_candidate(struct duet_speaker *speaker, const struct duet_heard *heard)
{
	struct duet_relay *relay = &speaker->relay;
	const struct duet_assistant *one = assistant_of(speaker, heard->assistant);
	struct duet_candidate *candidate;

	if (heard->turn != speaker->arbiter.turn || !one)
		return;
	if (relay->turn != heard->turn)
		relay->n_candidates = 0;
	relay->turn = heard->turn;
	candidate = &relay->candidates[relay->n_candidates++];
	*candidate = (struct duet_candidate){
		.assistant = heard->assistant,
		.confidence = heard->confidence,
		.refused = heard->refused || !heard->text[0],
	};
	snprintf(candidate->text, sizeof(candidate->text), "%s", heard->text);
	candidate->understood = !candidate->refused && understands(one, candidate->text, true);
	if (relay->n_candidates == count(speaker->crew->sharers) ||
	    relay->n_candidates == DUET_CANDIDATES_MAX)
		choose(speaker, heard->turn);
}
