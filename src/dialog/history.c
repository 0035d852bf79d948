/* SPDX-License-Identifier: Apache-2.0 */
#include "dialog/history.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "store/store.h"

enum { DAY_S = 86400 };

#define HEARD    "heard"
#define TRACE    "turns"
#define CONSENTS "consent"

static void journal_name(const char *id, char name[80])
{
	snprintf(name, 80, "history.%.60s", id);
}

static int append(struct duet_store *store, const char *journal, json_t *take_entry, int keep)
{
	char *text = take_entry ? json_dumps(take_entry, JSON_COMPACT) : NULL;
	int64_t ticket = text ? duet_store_append(store, journal, duet_slice(text), keep) : -ENOMEM;

	free(text);
	json_decref(take_entry);
	return ticket < 0 ? (int)ticket : 0;
}

/* Going through a journal. */

struct walk {
	struct duet_store *store;
	const char *journal;
	const char *assistant;                         /* whose entries are forgotten; NULL: all … */
	int64_t before_s;                              /* … that are older than this; 0: of any age */
	void (*each)(void *user, const json_t *entry); /* or NULL, and they are forgotten */
	void *user;
	int n, code;
};

static bool is_meant(const struct walk *walk, const json_t *entry)
{
	const char *id = json_string_value(json_object_get(entry, "assistant"));

	if (walk->before_s)
		return json_integer_value(json_object_get(entry, "at")) < walk->before_s;
	return !walk->assistant || (id && strcmp(id, walk->assistant) == 0);
}

static bool visit(void *user, int64_t number, struct duet_slice bytes)
{
	struct walk *walk = user;
	json_t *entry = json_loadb(bytes.ptr, bytes.len, 0, NULL);

	if (walk->each) {
		walk->each(walk->user, entry);
	} else if (is_meant(walk, entry)) {
		int64_t ticket = duet_store_forget(walk->store, walk->journal, number);

		walk->code = ticket < 0 ? (int)ticket : walk->code;
		walk->n++;
	}
	json_decref(entry);
	return walk->code == 0;
}

static int go(struct walk walk)
{
	int result = duet_store_journal(walk.store, walk.journal, visit, &walk);

	if (walk.code < 0)
		return walk.code;
	return result < 0 ? result : walk.n;
}

/* History. */

/* An entry that does not say when it is from is from before they did. */
static void let_go(struct duet_store *store, const char *name, int days, int64_t now_s)
{
	if (days > 0 && now_s > (int64_t)days * DAY_S)
		go((struct walk){.store = store, .journal = name, .before_s = now_s - (int64_t)days * DAY_S});
}

void duet_history_note(struct duet_store *store, const char *assistant, const struct duet_history_keep *keep,
		       int64_t now_s, const json_t *turn)
{
	char name[80];
	json_t *entry;

	journal_name(assistant, name);
	let_go(store, name, keep->days, now_s);
	if (keep->turns <= 0)
		return;
	entry = json_pack("{s:I, s:O, s:O?, s:O?}", "at", (json_int_t)now_s, "heard",
			  json_object_get(turn, "heard"), "intent", json_object_get(turn, "intent"), "reply",
			  json_object_get(turn, "reply"));
	if (append(store, name, entry, keep->turns) < 0)
		duet_warn("dialog", "the history of %s cannot be kept", assistant);
}

int duet_history_each(struct duet_store *store, const char *assistant,
		      void (*each)(void *user, const json_t *entry), void *user)
{
	char name[80];

	journal_name(assistant, name);
	return go((struct walk){.store = store, .journal = name, .each = each, .user = user});
}

int duet_history_forget(struct duet_store *store, const char *assistant)
{
	char name[80];
	int n, more;

	journal_name(assistant, name);
	n = go((struct walk){.store = store, .journal = name});
	more = go((struct walk){.store = store, .journal = TRACE, .assistant = assistant});
	n = n < 0 || more < 0 ? (n < 0 ? n : more) : n + more;
	more = go((struct walk){.store = store, .journal = HEARD, .assistant = assistant});
	return n < 0 || more < 0 ? (n < 0 ? n : more) : n + more;
}

/* The log. */

void duet_heard_note(struct duet_store *store, int keep, int64_t now_s, const char *assistant,
		     const char *words, enum duet_how how, const char *from)
{
	static const char *const hows[] = {"called", "shared", "handed_over", "transferred"};
	json_t *entry;

	if (keep <= 0)
		return;
	entry = json_pack("{s:I, s:s, s:s, s:s, s:s?}", "at", (json_int_t)now_s, "assistant", assistant,
			  "words", words, "how", hows[how], "from", from);
	if (append(store, HEARD, entry, keep) < 0)
		duet_warn("dialog", "what %s heard is not in the log", assistant);
}

int duet_heard_each(struct duet_store *store, void (*each)(void *user, const json_t *entry), void *user)
{
	return go((struct walk){.store = store, .journal = HEARD, .each = each, .user = user});
}

/* Consents: records "FROM>TO". */

int duet_consent_put(struct duet_store *store, const char *from, const char *to, bool on)
{
	char key[160];
	int64_t ticket;

	snprintf(key, sizeof(key), "%.64s>%.64s", from, to);
	ticket = on ? duet_store_put(store, CONSENTS, key, duet_slice("on"))
		    : duet_store_delete(store, CONSENTS, key);
	return ticket < 0 ? (int)ticket : 0;
}

struct consents {
	void (*each)(void *user, const char *from, const char *to);
	void *user;
};

static bool split(void *user, const char *key, struct duet_slice value)
{
	const struct consents *consents = user;
	const char *sign = strchr(key, '>');
	char from[80];

	if (!sign)
		return true;
	snprintf(from, sizeof(from), "%.*s", (int)(sign - key), key);
	consents->each(consents->user, from, sign + 1);
	return true;
}

void duet_consent_each(struct duet_store *store, void (*each)(void *user, const char *from, const char *to),
		       void *user)
{
	duet_store_each(store, CONSENTS, split, &(struct consents){each, user});
}
