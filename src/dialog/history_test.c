/* SPDX-License-Identifier: Apache-2.0 */
#include "dialog/history.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "dialog/trace.h"
#include "loop/loop.h"
#include "store/store.h"
#include "torture.h"

enum { DAY_S = 86400, NOW_S = 1800000000 };

struct shelf {
	struct duet_loop *loop;
	struct duet_store *store;
	char text[2048];
};

static void begin(struct shelf *shelf)
{
	memset(shelf, 0, sizeof(*shelf));
	shelf->loop = duet_loop_new(&duet_clock_system);
	assert_int_equal(
		duet_store_new(&shelf->store,
			       &(struct duet_store_setup){.loop = shelf->loop, .inline_worker = true}, NULL),
		0);
}

static void end(struct shelf *shelf)
{
	duet_store_free(shelf->store);
	duet_loop_free(shelf->loop);
}

static void note(struct shelf *shelf, const char *id, const char *heard, int turns, int days, int64_t now_s)
{
	const struct duet_history_keep keep = {turns, days};
	json_t *turn =
		json_pack("{s:s, s:s, s:n, s:s}", "assistant", id, "heard", heard, "intent", "reply", "ok");

	duet_history_note(shelf->store, id, &keep, now_s, turn);
	duet_trace_keep(shelf->store, turn, 100);
	json_decref(turn);
}

static void add(void *user, const json_t *entry)
{
	struct shelf *shelf = user;
	const char *words = json_string_value(json_object_get(entry, "heard"));
	size_t length = strlen(shelf->text);

	if (!words)
		words = json_string_value(json_object_get(entry, "words"));
	snprintf(shelf->text + length, sizeof(shelf->text) - length, "%s%s%s ", words,
		 json_object_get(entry, "how") ? "/" : "",
		 json_object_get(entry, "how") ? json_string_value(json_object_get(entry, "how")) : "");
}

static bool add_turn(void *user, const json_t *turn)
{
	add(user, turn);
	return true;
}

static const char *history(struct shelf *shelf, const char *id)
{
	shelf->text[0] = '\0';
	assert_true(duet_history_each(shelf->store, id, add, shelf) >= 0);
	return shelf->text;
}

static const char *log_of(struct shelf *shelf)
{
	shelf->text[0] = '\0';
	assert_true(duet_heard_each(shelf->store, add, shelf) >= 0);
	return shelf->text;
}

static const char *trace(struct shelf *shelf)
{
	shelf->text[0] = '\0';
	assert_int_equal(duet_trace_each(shelf->store, add_turn, shelf), 0);
	return shelf->text;
}

static void each_has_its_own_and_so_much_of_it(void **state)
{
	struct shelf s;

	begin(&s);
	note(&s, "a", "one", 2, 0, NOW_S);
	note(&s, "a", "two", 2, 0, NOW_S);
	note(&s, "a", "three", 2, 0, NOW_S);
	note(&s, "b", "other", 5, 0, NOW_S);
	note(&s, "b", "nothing", 0, 0, NOW_S);
	assert_string_equal(history(&s, "a"), "two three ");
	assert_string_equal(history(&s, "b"), "other ");
	end(&s);
}

static void what_is_old_goes(void **state)
{
	struct shelf s;

	begin(&s);
	note(&s, "a", "old", 9, 30, NOW_S);
	note(&s, "a", "newer", 9, 30, NOW_S + 20 * DAY_S);
	assert_string_equal(history(&s, "a"), "old newer ");
	note(&s, "a", "now", 9, 30, NOW_S + 31 * DAY_S);
	assert_string_equal(history(&s, "a"), "newer now ");
	end(&s);
}

/* Of one assistant, everywhere; of the other one nothing. */
static void one_can_be_forgotten(void **state)
{
	struct shelf s;

	begin(&s);
	note(&s, "a", "one", 9, 0, NOW_S);
	note(&s, "b", "two", 9, 0, NOW_S);
	note(&s, "a", "three", 9, 0, NOW_S);
	duet_heard_note(s.store, 9, NOW_S, "a", "one", DUET_HOW_CALLED, NULL);
	duet_heard_note(s.store, 9, NOW_S, "b", "two", DUET_HOW_TRANSFERRED, "a");
	duet_heard_note(s.store, 0, NOW_S, "b", "not kept", DUET_HOW_CALLED, NULL);
	assert_string_equal(log_of(&s), "one/called two/transferred ");
	assert_int_equal(duet_history_forget(s.store, "a"), 5);
	assert_string_equal(history(&s, "a"), "");
	assert_string_equal(history(&s, "b"), "two ");
	assert_string_equal(trace(&s), "two ");
	assert_string_equal(log_of(&s), "two/transferred ");
	end(&s);
}

static void tell(void *user, const char *from, const char *to)
{
	struct shelf *shelf = user;
	size_t length = strlen(shelf->text);

	snprintf(shelf->text + length, sizeof(shelf->text) - length, "%s→%s ", from, to);
}

static void consents_are_kept_and_revoked(void **state)
{
	struct shelf s;

	begin(&s);
	assert_int_equal(duet_consent_put(s.store, "a", "b", true), 0);
	assert_int_equal(duet_consent_put(s.store, "b", "a", true), 0);
	duet_consent_each(s.store, tell, &s);
	assert_string_equal(s.text, "a→b b→a ");
	assert_int_equal(duet_consent_put(s.store, "a", "b", false), 0);
	s.text[0] = '\0';
	duet_consent_each(s.store, tell, &s);
	assert_string_equal(s.text, "b→a ");
	end(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_has_its_own_and_so_much_of_it),
		cmocka_unit_test(what_is_old_goes),
		cmocka_unit_test(one_can_be_forgotten),
		cmocka_unit_test(consents_are_kept_and_revoked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
