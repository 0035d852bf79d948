/* SPDX-License-Identifier: Apache-2.0 */
#include "dialog/memory.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "dialog/history.h"
#include "dialog/meaning.h"

/* People take a while between two sentences, and come back to nothing after a minute or two. */
enum { ABOUT_MS = 90000, QUESTION_MS = 60000 };

static void remember(struct duet_memory *memory, const char *reply)
{
	char *copy = reply ? duet_strdup(reply) : NULL;

	if (!copy)
		return;
	duet_free(memory->last_reply);
	memory->last_reply = copy;
}

static void recall(void *user, const json_t *entry)
{
	remember(user, json_string_value(json_object_get(entry, "reply")));
}

struct duet_memory *duet_memory_of(struct duet_memory **first, const char *id, struct duet_store *store)
{
	struct duet_memory *memory;

	for (memory = *first; memory; memory = memory->next) {
		if (strcmp(memory->id, id) == 0)
			return memory;
	}
	memory = duet_calloc(1, sizeof(*memory));
	if (!memory)
		return NULL;
	snprintf(memory->id, sizeof(memory->id), "%s", id);
	duet_history_each(store, id, recall, memory);
	memory->next = *first;
	*first = memory;
	return memory;
}

static void drop_about(struct duet_about *about)
{
	json_decref(about->meaning);
	json_decref(about->it);
	json_decref(about->undo);
	json_decref(about->others);
	*about = (struct duet_about){.meaning = NULL};
}

void duet_memory_drop_question(struct duet_memory *memory)
{
	struct duet_question *question = &memory->question;

	json_decref(question->meaning);
	json_decref(question->choices);
	json_decref(question->undo);
	duet_free(question->text);
	*question = (struct duet_question){.meaning = NULL};
}

void duet_memory_free_all(struct duet_memory *first)
{
	while (first) {
		struct duet_memory *next = first->next;

		duet_memory_drop_question(first);
		drop_about(&first->about);
		duet_free(first->last_reply);
		duet_free(first);
		first = next;
	}
}

bool duet_memory_expire(struct duet_memory *memory, int64_t now_ms)
{
	bool is_late = duet_memory_asks(memory) && now_ms >= memory->question.till_ms;

	if (is_late)
		duet_memory_drop_question(memory);
	if (now_ms >= memory->about.till_ms)
		drop_about(&memory->about);
	return is_late;
}

void duet_memory_ask(struct duet_memory *memory, const struct duet_request *request,
		     struct duet_answer *answer, const char *text, json_t *take_undo, int64_t now_ms)
{
	struct duet_question *question = &memory->question;

	duet_memory_drop_question(memory);
	question->meaning = duet_meaning_new(request);
	question->choices = answer->choices;
	answer->choices = NULL;
	question->undo = take_undo;
	question->text = text ? duet_strdup(text) : NULL;
	question->till_ms = now_ms + QUESTION_MS;
	snprintf(question->asks, sizeof(question->asks), "%s", answer->asks ? answer->asks : "confirm");
}

/* What is only about the talk itself changes nothing: after a "thank you", "it" is what it was. */
static bool is_only_talk(const char *intent)
{
	static const char *const intents[] = {"DuetStop",     "HassNevermind", "DuetRepeat",
					      "DuetYes",      "DuetNo",        "DuetHelp",
					      "DuetGreeting", "DuetThanks",    "DuetHowAreYou"};

	for (size_t i = 0; i < sizeof(intents) / sizeof(*intents); i++) {
		if (strcmp(intents[i], intent) == 0)
			return true;
	}
	return false;
}

void duet_memory_talk_about(struct duet_memory *memory, const struct duet_request *request,
			    struct duet_answer *answer, int64_t now_ms)
{
	struct duet_about *about = &memory->about;

	if (is_only_talk(request->intent))
		return;
	drop_about(about);
	about->meaning = duet_meaning_new(request);
	about->it = answer->it;
	about->undo = answer->undo;
	about->others = answer->choices;
	about->till_ms = now_ms + ABOUT_MS;
	answer->it = answer->undo = answer->choices = NULL;
}

void duet_memory_note(struct duet_memory *memory, struct duet_store *store,
		      const struct duet_history_keep *keep, int64_t now_s, const json_t *turn)
{
	const char *reply = json_string_value(json_object_get(turn, "reply"));

	remember(memory, reply);
	duet_history_note(store, memory->id, keep, now_s, turn);
}

void duet_memory_forget(struct duet_memory *first, const char *id)
{
	for (; first; first = first->next) {
		if (strcmp(first->id, id) != 0)
			continue;
		drop_about(&first->about);
		duet_memory_drop_question(first);
		duet_free(first->last_reply);
		first->last_reply = NULL;
	}
}
