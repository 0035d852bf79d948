/* SPDX-License-Identifier: Apache-2.0 */
#include "dialog/history.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "assistant/config.h"
#include "base/clock.h"
#include "cmd/duet.h"
#include "cmd/order.h"
#include "loop/loop.h"
#include "speaker/scribe.h"
#include "store/store.h"

/* What is kept of what was said, shown and forgotten; and what one assistant may pass on to another. */

struct history_flags {
	const char *config, *state, *assistant;
	bool json;
};

static const struct duet_flag flags_table[] = {
	DUET_FLAG_CONFIG(struct history_flags),
	DUET_FLAG_STATE(struct history_flags),
	{'a',
	 "ID",
	 {"assistant", DUET_OPTION_TEXT, offsetof(struct history_flags, assistant), NULL,
	  "Only of this assistant", NULL, 0, 0}},
	{'j',
	 NULL,
	 {"json", DUET_OPTION_BOOL, offsetof(struct history_flags, json), NULL,
	  "Each entry as a line of JSON", NULL, 0, 0}},
	{0},
};

/* The state that is looked at. */
struct session {
	const struct duet_invocation *invocation;
	const struct history_flags *flags;
	struct duet_config *config;
	struct duet_loop *loop;
	struct duet_store *store;
	const char *id; /* whose entries are being printed */
	char dir[512];
};

static int open_session(struct session *session, struct duet_error *error)
{
	char path[640];
	int result = duet_config_load(&session->config, session->flags->config, NULL, error);

	if (result >= 0)
		result = duet_config_state_dir(session->config, session->flags->state, session->dir,
					       sizeof(session->dir), error);
	if (result < 0)
		return result;
	if (session->flags->assistant && !duet_config_assistant(session->config, session->flags->assistant))
		return duet_error_set(error, -ENOENT, "there is no assistant \"%.60s\"",
				      session->flags->assistant);
	session->loop = duet_loop_new(&duet_clock_system);
	if (!session->loop)
		return duet_error_set(error, -ENOMEM, "out of memory");
	snprintf(path, sizeof(path), "%s/duet.db", session->dir);
	return duet_store_new(
		&session->store,
		&(struct duet_store_setup){.loop = session->loop,
					   .path = session->dir[0] && access(path, F_OK) == 0 ? path : NULL,
					   .inline_worker = true},
		error);
}

static void close_session(struct session *session)
{
	duet_store_free(session->store);
	duet_loop_free(session->loop);
	duet_config_free(session->config);
}

static bool is_meant(const struct session *session, const char *id)
{
	return !session->flags->assistant || strcmp(session->flags->assistant, id) == 0;
}

/* Printing. */

static const char *text_of(const json_t *entry, const char *key)
{
	const char *text = json_string_value(json_object_get(entry, key));

	return text ? text : "";
}

static void print_json(const json_t *entry)
{
	json_dumpf(entry, stdout, JSON_COMPACT);
	putchar('\n');
}

static const char *time_of(const json_t *entry)
{
	static char text[32];
	time_t at = (time_t)json_integer_value(json_object_get(entry, "at"));
	struct tm local;

	if (at == 0 || !localtime_r(&at, &local) ||
	    strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &local) == 0)
		return "-------------------";
	return text;
}

static void print_turn(void *user, const json_t *entry)
{
	const struct session *session = user;
	json_t *whole = session->flags->json ? json_copy((json_t *)(uintptr_t)entry) : NULL;

	if (whole) {
		json_object_set_new(whole, "assistant", json_string(session->id));
		print_json(whole);
		json_decref(whole);
		return;
	}
	printf("%s  %-10s \"%s\"", time_of(entry), session->id, text_of(entry, "heard"));
	if (text_of(entry, "reply")[0])
		printf(" → %s", text_of(entry, "reply"));
	putchar('\n');
}

static void print_heard(void *user, const json_t *entry)
{
	const struct session *session = user;

	if (!is_meant(session, text_of(entry, "assistant")))
		return;
	if (session->flags->json) {
		print_json(entry);
		return;
	}
	printf("%s  %-10s \"%s\" (%s%s%s)\n", time_of(entry), text_of(entry, "assistant"),
	       text_of(entry, "words"), text_of(entry, "how"), text_of(entry, "from")[0] ? " by " : "",
	       text_of(entry, "from"));
}

static int show(struct session *session)
{
	for (size_t i = 0; i < session->config->n_assistants; i++) {
		session->id = session->config->assistants[i].id;
		if (is_meant(session, session->id))
			duet_history_each(session->store, session->id, print_turn, session);
	}
	return DUET_EXIT_DONE;
}

static int heard(struct session *session)
{
	duet_heard_each(session->store, print_heard, session);
	return DUET_EXIT_DONE;
}

/* Forgetting. A speaker that runs does it itself, since it remembers too. */

static int forget_here(struct session *session)
{
	int n = 0;

	for (size_t i = 0; i < session->config->n_assistants; i++) {
		const char *id = session->config->assistants[i].id;
		int result = is_meant(session, id) ? duet_history_forget(session->store, id) : 0;

		if (result >= 0 && is_meant(session, id) && session->dir[0])
			result += duet_scribe_forget(session->dir, id);
		if (result < 0)
			return duet_command_fail(session->invocation, DUET_EXIT_FAILED, "%s: %s", id,
						 strerror(-result));
		n += result;
	}
	if (session->flags->json)
		printf("{\"forgotten\":%d}\n", n);
	else
		printf("%d entries are forgotten\n", n);
	return DUET_EXIT_DONE;
}

static int forget(struct session *session)
{
	struct duet_order order = {.kind = DUET_ORDER_FORGET};
	struct duet_error error = {0};
	json_t *answer = NULL;
	int result;

	snprintf(order.assistant, sizeof(order.assistant), "%s",
		 session->flags->assistant ? session->flags->assistant : "");
	result = session->dir[0] ? duet_order_send(session->dir, &order, &answer, &error) : -ENOENT;
	if (result == -ENOENT)
		return forget_here(session);
	if (result < 0)
		return duet_command_error(session->invocation, DUET_EXIT_FAILED, &error);
	puts(session->flags->json ? "{\"forgotten\":true}" : "the speaker has forgotten it");
	json_decref(answer);
	return DUET_EXIT_DONE;
}

static int history(const struct duet_invocation *invocation)
{
	static const struct {
		const char *name;
		int (*run)(struct session *session);
	} parts[] = {{"show", show}, {"heard", heard}, {"delete", forget}};
	struct session session = {.invocation = invocation, .flags = invocation->flags};
	const char *what = invocation->n_arguments ? invocation->arguments[0] : "show";
	struct duet_error error = {0};
	int result = -1;

	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts) && result < 0; i++) {
		if (strcmp(parts[i].name, what) != 0)
			continue;
		result = open_session(&session, &error) < 0
				 ? duet_command_error(invocation, DUET_EXIT_CONFIG, &error)
				 : parts[i].run(&session);
		close_session(&session);
	}
	return result < 0 ? duet_command_usage(invocation, "it is show, heard or delete, not %s", what)
			  : result;
}

const struct duet_command duet_history = {
	.name = "history",
	.arguments = "[show|heard|delete]",
	.summary = "Show or delete what is kept of what was said",
	.description =
		"show: each assistant's own history. heard: the log of which assistant got which words, and "
		"how "
		"(called, shared, handed_over, transferred). delete: history, log, traces and recordings, of "
		"one "
		"assistant or of all; also while the speaker runs. How much is kept, and for how long, is "
		"configured for each assistant.",
	.flags = flags_table,
	.flags_size = sizeof(struct history_flags),
	.run = history,
};

/* Consents. */

struct consents {
	struct session *session;
	int n;
};

static void print_consent(void *user, const char *from, const char *to)
{
	struct consents *consents = user;

	consents->n++;
	if (consents->session->flags->json)
		printf("{\"from\":\"%s\",\"to\":\"%s\"}\n", from, to);
	else
		printf("%s may pass on to %s what it has heard and cannot do\n", from, to);
}

static int show_consents(struct session *session)
{
	struct consents consents = {.session = session};

	duet_consent_each(session->store, print_consent, &consents);
	if (consents.n == 0 && !session->flags->json)
		puts("no assistant passes on what it has heard");
	return DUET_EXIT_DONE;
}

static int set_consent(struct session *session, bool on)
{
	const struct duet_invocation *invocation = session->invocation;
	struct duet_order order = {.kind = DUET_ORDER_CONSENT, .has_on = true, .on = on};
	struct duet_error error = {0};
	json_t *answer = NULL;
	int result;

	if (invocation->n_arguments != 3 ||
	    !duet_config_assistant(session->config, invocation->arguments[1]) ||
	    !duet_config_assistant(session->config, invocation->arguments[2]))
		return duet_command_usage(invocation, "say from which assistant to which one");
	snprintf(order.assistant, sizeof(order.assistant), "%s", invocation->arguments[1]);
	snprintf(order.other, sizeof(order.other), "%s", invocation->arguments[2]);
	result = session->dir[0] ? duet_order_send(session->dir, &order, &answer, &error) : -ENOENT;
	json_decref(answer);
	if (result == -ENOENT)
		result = duet_consent_put(session->store, order.assistant, order.other, on);
	if (result < 0 && error.code)
		return duet_command_error(invocation, DUET_EXIT_FAILED, &error);
	return result < 0 ? duet_command_fail(invocation, DUET_EXIT_FAILED, "%s", strerror(-result))
			  : DUET_EXIT_DONE;
}

static int consent(const struct duet_invocation *invocation)
{
	struct session session = {.invocation = invocation, .flags = invocation->flags};
	const char *what = invocation->n_arguments ? invocation->arguments[0] : "show";
	struct duet_error error = {0};
	int result;

	if (open_session(&session, &error) < 0)
		result = duet_command_error(invocation, DUET_EXIT_CONFIG, &error);
	else if (strcmp(what, "show") == 0)
		result = show_consents(&session);
	else if (strcmp(what, "allow") == 0 || strcmp(what, "revoke") == 0)
		result = set_consent(&session, what[0] == 'a');
	else
		result = duet_command_usage(invocation, "it is show, allow or revoke, not %s", what);
	close_session(&session);
	return result;
}

static const struct duet_flag consent_flags[] = {
	DUET_FLAG_CONFIG(struct history_flags),
	DUET_FLAG_STATE(struct history_flags),
	{'j',
	 NULL,
	 {"json", DUET_OPTION_BOOL, offsetof(struct history_flags, json), NULL, "Each one as a line of JSON",
	  NULL, 0, 0}},
	{0},
};

const struct duet_command duet_consent = {
	.name = "consent",
	.arguments = "[show|allow FROM TO|revoke FROM TO]",
	.summary = "Say which assistant may pass words on to which",
	.description =
		"When an assistant cannot do what it was asked and names another one, that one listens, "
		"and nothing is passed on. With this consent it gets the words instead, so that nobody "
		"has to say them again; `duet history heard` shows each time.",
	.flags = consent_flags,
	.flags_size = sizeof(struct history_flags),
	.run = consent,
};
