/* SPDX-License-Identifier: Apache-2.0 */
#include "dialog/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/log.h"
#include "store/store.h"

static void journal_name(const char *id, char name[80])
{
	snprintf(name, 80, "history.%.60s", id);
}

static void remember(struct duet_memory *memory, const char *reply)
{
	char *copy = reply ? duet_strdup(reply) : NULL;

	if (!copy)
		return;
	duet_free(memory->last_reply);
	memory->last_reply = copy;
}

static bool recall(void *user, int64_t number, struct duet_slice entry)
{
	json_t *turn = json_loadb(entry.ptr, entry.len, 0, NULL);

	remember(user, json_string_value(json_object_get(turn, "reply")));
	json_decref(turn);
	return true;
}

struct duet_memory *duet_memory_of(struct duet_memory **first, const char *id, struct duet_store *store)
{
	struct duet_memory *memory;
	char name[80];

	for (memory = *first; memory; memory = memory->next) {
		if (strcmp(memory->id, id) == 0)
			return memory;
	}
	memory = duet_calloc(1, sizeof(*memory));
	if (!memory)
		return NULL;
	snprintf(memory->id, sizeof(memory->id), "%s", id);
	journal_name(id, name);
	duet_store_journal(store, name, recall, memory);
	memory->next = *first;
	*first = memory;
	return memory;
}

void duet_memory_free_all(struct duet_memory *first)
{
	while (first) {
		struct duet_memory *next = first->next;

		duet_memory_drop_question(first);
		duet_free(first->last_reply);
		duet_free(first);
		first = next;
	}
}

void duet_memory_ask(struct duet_memory *memory, const struct duet_request *request,
		     struct duet_arena *take_arena)
{
	duet_memory_drop_question(memory);
	memory->question = *request;
	memory->question_arena = take_arena;
}

void duet_memory_drop_question(struct duet_memory *memory)
{
	duet_arena_free(memory->question_arena);
	memory->question_arena = NULL;
	memory->question = (struct duet_request){0};
}

void duet_memory_note(struct duet_memory *memory, struct duet_store *store, int keep, const json_t *turn)
{
	const char *reply = json_string_value(json_object_get(turn, "reply"));
	json_t *entry;
	char name[80], *text;

	remember(memory, reply);
	if (keep <= 0)
		return;
	entry = json_pack("{s:O, s:O?, s:O?}", "heard", json_object_get(turn, "heard"), "intent",
			  json_object_get(turn, "intent"), "reply", json_object_get(turn, "reply"));
	text = entry ? json_dumps(entry, JSON_COMPACT) : NULL;
	journal_name(memory->id, name);
	if (text && duet_store_append(store, name, duet_slice(text), keep) < 0)
		duet_warn("dialog", "the history of %s cannot be kept", memory->id);
	free(text);
	json_decref(entry);
}
