/* SPDX-License-Identifier: Apache-2.0 */
#include "dialog/follow.h"

#include <string.h>

#include "base/arena.h"
#include "base/text.h"
#include "dialog/meaning.h"
#include "dialog/skills.h"

enum { MAX_TEXT = 512 };

static const char *text_of(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

static void add(struct duet_grammar_context *pairs, size_t *n, const char *key, const char *value)
{
	if (value && value[0])
		pairs[(*n)++] = (struct duet_grammar_context){key, value};
}

size_t duet_follow_context(const struct duet_memory *memory,
			   struct duet_grammar_context pairs[DUET_FOLLOW_PAIRS])
{
	const struct duet_about *about = &memory->about;
	size_t n = 0;

	add(pairs, &n, "asks", memory->question.asks);
	add(pairs, &n, "last",
	    text_of(duet_memory_asks(memory) ? memory->question.meaning : about->meaning, "intent"));
	add(pairs, &n, "it", text_of(about->it, "kind"));
	add(pairs, &n, "undo", json_array_size(about->undo) ? "any" : NULL);
	add(pairs, &n, "other", about->meaning ? "any" : NULL);
	return n;
}

enum duet_part duet_follow_part(const struct duet_memory *memory)
{
	static const struct {
		const char *kind;
		enum duet_part part;
	} kinds[] = {{"timer", DUET_PART_AFTER_TIME},
		     {"alarm", DUET_PART_AFTER_TIME},
		     {"reminder", DUET_PART_AFTER_TIME},
		     {"volume", DUET_PART_AFTER_TIME},
		     {"todo", DUET_PART_AFTER_ALL}};
	const char *kind = text_of(memory->about.it, "kind");

	if (duet_memory_asks(memory))
		return DUET_PART_ANSWERS;
	if (!memory->about.meaning)
		return DUET_PART_COMMANDS;
	for (size_t i = 0; kind && i < sizeof(kinds) / sizeof(*kinds); i++) {
		if (strcmp(kind, kinds[i].kind) == 0)
			return kinds[i].part;
	}
	return kind ? DUET_PART_AFTER_HOME : DUET_PART_AFTER_ALL;
}

static const struct duet_slot *slot_of(const struct duet_request *request, const char *name)
{
	for (size_t i = 0; i < request->n_slots; i++) {
		if (strcmp(request->slots[i].name, name) == 0)
			return &request->slots[i];
	}
	return NULL;
}

/* The same with what is said now; of a named thing its kind stays when only a place is said. */
static json_t *changed(const json_t *base, const struct duet_memory *memory,
		       const struct duet_request *request)
{
	json_t *meaning = duet_meaning_with(base, request);
	const char *kind = text_of(memory->about.it, "kind");
	bool is_place = slot_of(request, "area") || slot_of(request, "floor");

	if (meaning && kind && is_place && !slot_of(request, "name") && base == memory->about.meaning &&
	    duet_meaning_value(base, "name") && !duet_meaning_value(meaning, "domain")) {
		json_t *domain = json_pack("{s:s}", "domain", kind);

		duet_meaning_set(meaning, domain);
		json_decref(domain);
	}
	return meaning;
}

/* How follow-ups lean. */

static void lean_it(struct duet_follow *follow, const struct duet_memory *memory,
		    const struct duet_request *request)
{
	json_t *slots = json_object_get(memory->about.it, "slots"), *own = duet_meaning_new(request);

	follow->meaning = own ? duet_meaning_with(own, request) : NULL;
	json_decref(own);
	if (follow->meaning) {
		json_object_set(follow->meaning, "response", json_object_get(own, "response"));
		duet_meaning_set(follow->meaning, slots);
	}
}

static void lean_also(struct duet_follow *follow, const struct duet_memory *memory,
		      const struct duet_request *request)
{
	bool asks = duet_memory_asks(memory);

	follow->meaning = changed(asks ? memory->question.meaning : memory->about.meaning, memory, request);
	follow->undo = asks ? json_incref(memory->question.undo) : NULL;
}

static void lean_instead(struct duet_follow *follow, const struct duet_memory *memory,
			 const struct duet_request *request)
{
	bool asks = duet_memory_asks(memory);

	follow->meaning = changed(asks ? memory->question.meaning : memory->about.meaning, memory, request);
	follow->undo = json_incref(asks ? memory->question.undo : memory->about.undo);
}

static void lean_answer(struct duet_follow *follow, const struct duet_memory *memory,
			const struct duet_request *request)
{
	follow->meaning = changed(memory->question.meaning, memory, request);
	follow->undo = json_incref(memory->question.undo);
}

static void lean_undo(struct duet_follow *follow, const struct duet_memory *memory,
		      const struct duet_request *request)
{
	const json_t *undo = memory->about.undo, *first = json_array_get(undo, 0);

	if (json_array_size(undo) != 1) {
		follow->undo = json_incref(memory->about.undo);
		follow->reply = "undone";
		return;
	}
	follow->meaning = json_pack("{s:O, s:n, s:s, s:[]}", "intent", json_object_get(first, "intent"),
				    "response", "heard", request->heard, "slots");
	if (follow->meaning)
		duet_meaning_set(follow->meaning, json_object_get(first, "slots"));
}

/* Choices. */

static bool is_said(const json_t *choice, const struct duet_slot *slot)
{
	const json_t *known = json_object_get(json_object_get(choice, "said"), slot->name);

	if (!known)
		known = json_object_get(json_object_get(choice, "slots"), slot->name);
	if (json_is_number(known))
		return slot->value.kind == DUET_VALUE_NUMBER &&
		       json_number_value(known) == slot->value.number;
	return json_is_string(known) && slot->value.text &&
	       strcmp(json_string_value(known), slot->value.text) == 0;
}

/* All that was said of it fits. */
static bool fits(const json_t *choice, const struct duet_request *request)
{
	bool any = false;

	for (size_t i = 0; i < request->n_slots; i++) {
		const struct duet_slot *slot = &request->slots[i];

		if (strcmp(slot->name, "follow") == 0)
			continue;
		if (!is_said(choice, slot))
			return false;
		any = true;
	}
	return any;
}

/* "The second one" is 2, "the last one" -1, "all of them" 0. */
static json_t *by_number(const json_t *choices, double number)
{
	size_t n = 0, at = 0;
	json_t *choice;

	json_array_foreach(choices, at, choice) n += !json_is_true(json_object_get(choice, "all"));
	at = number > 0 ? (size_t)number - 1 : number < 0 && n ? n - 1 : n;
	return number > 0 && at >= n ? NULL : json_array_get(choices, at);
}

static json_t *only_one_that_fits(const json_t *choices, const struct duet_request *request)
{
	json_t *found = NULL, *choice;
	size_t i;

	json_array_foreach(choices, i, choice)
	{
		if (!fits(choice, request))
			continue;
		if (found)
			return NULL;
		found = choice;
	}
	return found;
}

static json_t *without(const json_t *choices, const json_t *taken)
{
	json_t *rest = json_array(), *choice;
	size_t i;

	json_array_foreach(choices, i, choice)
	{
		if (choice != taken && !json_is_true(json_object_get(choice, "all")))
			json_array_append(rest, choice);
	}
	return rest;
}

static void take_choice(struct duet_follow *follow, const json_t *meaning, const json_t *choice)
{
	const json_t *intent = json_object_get(choice, "intent");

	follow->meaning = json_deep_copy(meaning);
	if (!follow->meaning)
		return;
	if (json_object_get(json_object_get(choice, "slots"), "name"))
		duet_meaning_drop_group(follow->meaning, "name");
	if (intent)
		json_object_set(follow->meaning, "intent", (json_t *)(uintptr_t)intent);
	duet_meaning_set(follow->meaning, json_object_get(choice, "slots"));
	follow->confirmed = json_is_true(json_object_get(choice, "all"));
}

static void take_question(struct duet_follow *follow, const struct duet_memory *memory, const json_t *choice)
{
	if (!choice)
		return;
	take_choice(follow, memory->question.meaning, choice);
	follow->undo = json_incref(memory->question.undo);
	follow->others = without(memory->question.choices, choice);
}

static void lean_choose(struct duet_follow *follow, const struct duet_memory *memory,
			const struct duet_request *request)
{
	const json_t *choices = memory->question.choices;
	const struct duet_slot *number = slot_of(request, "choice");

	take_question(follow, memory,
		      number ? by_number(choices, number->value.number)
			     : only_one_that_fits(choices, request));
}

static void lean_other(struct duet_follow *follow, const struct duet_memory *memory,
		       const struct duet_request *request)
{
	const struct duet_about *about = &memory->about;

	if (json_array_size(about->others) == 0) {
		follow->reply = "no_other";
		return;
	}
	follow->undo = json_incref(about->undo);
	if (json_array_size(about->others) == 1) {
		take_choice(follow, about->meaning, json_array_get(about->others, 0));
		return;
	}
	follow->meaning = json_incref(about->meaning);
	follow->choices = json_incref(about->others);
}

static const struct {
	const char *how;
	void (*lean)(struct duet_follow *follow, const struct duet_memory *memory,
		     const struct duet_request *request);
} ways[] = {{"it", lean_it},         {"also", lean_also}, {"instead", lean_instead}, {"answer", lean_answer},
	    {"choose", lean_choose}, {"undo", lean_undo}, {"other", lean_other}};

void duet_follow_up(struct duet_follow *follow, const struct duet_memory *memory,
		    const struct duet_request *request)
{
	const struct duet_slot *how = slot_of(request, "follow");

	*follow = (struct duet_follow){.meaning = NULL};
	for (size_t i = 0; how && i < sizeof(ways) / sizeof(*ways); i++) {
		if (strcmp(ways[i].how, how->value.text) == 0)
			ways[i].lean(follow, memory, request);
	}
}

/* Folded, with a space at both ends where words have spaces. */
static bool folded(const char *text, char out[MAX_TEXT])
{
	long n = duet_text_normalise(duet_slice(text), true, out, MAX_TEXT - 1);

	if (n < 0)
		return false;
	out[n] = '\0';
	while (n > 0 && strchr(".,?!", out[n - 1]))
		out[--n] = '\0';
	return n > 0;
}

void duet_follow_words(struct duet_follow *follow, const struct duet_memory *memory, const char *text)
{
	const json_t *found = NULL;
	char said[MAX_TEXT], label[MAX_TEXT];
	json_t *choice;
	size_t i;

	*follow = (struct duet_follow){.meaning = NULL};
	if (!folded(text, said))
		return;
	json_array_foreach(memory->question.choices, i, choice)
	{
		const char *name = text_of(choice, "label");

		if (!name || !folded(name, label) || !strstr(said, label))
			continue;
		if (found)
			return;
		found = choice;
	}
	take_question(follow, memory, found);
}

void duet_follow_done(struct duet_follow *follow)
{
	json_decref(follow->meaning);
	json_decref(follow->undo);
	json_decref(follow->choices);
	json_decref(follow->others);
	*follow = (struct duet_follow){.meaning = NULL};
}

/* Taking back. */

static size_t place_of(const json_t *undo, const char *of)
{
	size_t i = 0;

	while (i < json_array_size(undo) && strcmp(text_of(json_array_get(undo, i), "of"), of) != 0)
		i++;
	return i;
}

static uint64_t take_back(struct duet_skills *skills, const struct duet_request *request, const json_t *item)
{
	json_t *meaning = json_pack("{s:O, s:n, s:s, s:[]}", "intent", json_object_get(item, "intent"),
				    "response", "heard", "", "slots");
	struct duet_request silent = *request;
	struct duet_answer answer = {.kind = DUET_ANSWER_SILENCE};
	uint64_t ticket;

	silent.turn = 0;
	silent.confirmed = false;
	if (meaning && duet_meaning_set(meaning, json_object_get(item, "slots")) == 0 &&
	    duet_meaning_read(meaning, &silent) == 0)
		duet_skills_handle(skills, &silent, &answer);
	ticket = answer.ticket;
	duet_answer_drop(&answer);
	json_decref(meaning);
	return ticket;
}

uint64_t duet_follow_take_back(struct duet_skills *skills, const struct duet_request *request,
			       const json_t *undo, struct duet_answer *answer)
{
	uint64_t ticket = 0;
	json_t *item;
	size_t i;

	json_array_foreach(undo, i, item)
	{
		const char *of = text_of(item, "of");
		size_t at = answer ? place_of(answer->undo, of ? of : "") : 0;
		uint64_t written;

		if (answer && at < json_array_size(answer->undo)) {
			json_array_set(answer->undo, at, item);
			continue;
		}
		written = take_back(skills, request, item);
		ticket = written > ticket ? written : ticket;
	}
	return ticket;
}
