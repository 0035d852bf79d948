/* SPDX-License-Identifier: Apache-2.0 */
#include "skill/moment.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "skill/phrase.h"

/* "hour=7 period=pm" as a request has it. */
struct asked {
	struct duet_request request;
	struct duet_slot slots[8];
	char text[160];
};

static void ask(struct asked *asked, const char *slots)
{
	char *rest = asked->text, *pair;

	memset(asked, 0, sizeof(*asked));
	snprintf(asked->text, sizeof(asked->text), "%s", slots);
	asked->request.slots = asked->slots;
	while ((pair = strsep(&rest, " "))) {
		struct duet_slot *slot = &asked->slots[asked->request.n_slots];
		char *value = strchr(pair, '='), *end;

		if (!value)
			continue;
		*value++ = '\0';
		slot->name = pair;
		slot->text = slot->value.text = value;
		slot->value.number = strtod(value, &end);
		slot->value.kind = *end ? DUET_VALUE_TEXT : DUET_VALUE_NUMBER;
		asked->request.n_slots++;
	}
}

/* Monday, 23 November 2026, 9:30 in Berlin. */
static int64_t now_s(void)
{
	return duet_civil_days(2026, 11, 23) * 86400 + 8 * 3600 + 30 * 60;
}

static struct duet_zone *berlin(void)
{
	struct duet_zone *zone;

	assert_int_equal(duet_zone_new(&zone, "Europe/Berlin", NULL), 0);
	return zone;
}

static void check(const char *slots, bool morning, const char *wanted)
{
	struct duet_zone *zone = berlin();
	struct duet_moment moment;
	struct asked asked;
	char phrase[160];
	int result;

	ask(&asked, slots);
	result = duet_moment_read(&moment, &asked.request, zone, now_s(), morning);
	if (result < 0)
		snprintf(phrase, sizeof(phrase), "%s",
			 result == -ENOENT   ? "nothing"
			 : result == -ERANGE ? "over"
					     : "wrong");
	else
		duet_moment_phrase(&moment, "en", zone, now_s(), true, phrase, sizeof(phrase));
	if (strcmp(phrase, wanted) != 0)
		fail_msg("%s is \"%s\", not \"%s\"", slots, phrase, wanted);
	duet_zone_free(zone);
}

static void test_next_of_its_kind(void **state)
{
	check("hour=10", true, "today at 10:00 AM");
	check("hour=9", true, "today at 9:00 PM");
	check("hour=9 minute=30", true, "today at 9:30 PM");
	check("hour=12", true, "today at 12:00 PM");
	check("hour=9 period=am", true, "tomorrow at 9:00 AM");
	check("hour=21", true, "today at 9:00 PM");
	check("hour=0", true, "tomorrow at 12:00 AM");
	check("hour=24", true, "tomorrow at 12:00 AM");
	check("hour=10 minutes_to=15", true, "today at 9:45 AM");
	check("named=noon", true, "today at 12:00 PM");
	check("named=midnight", true, "tomorrow at 12:00 AM");
}

static void test_parts_of_the_day(void **state)
{
	check("hour=12 period=am", true, "tomorrow at 12:00 AM");
	check("hour=12 period=pm", true, "today at 12:00 PM");
	check("hour=12 period=night", true, "tomorrow at 12:00 AM");
	check("hour=1 period=night", true, "tomorrow at 1:00 AM");
	check("hour=11 period=night", true, "today at 11:00 PM");
	check("hour=11 period=noon", true, "today at 11:00 AM");
	check("hour=1 period=noon", true, "today at 1:00 PM");
	check("hour=4 period=dawn", true, "tomorrow at 4:00 AM");
	check("hour=7 minute=15 period=pm", true, "today at 7:15 PM");
}

static void test_days(void **state)
{
	check("hour=7 day=tomorrow", true, "tomorrow at 7:00 AM");
	check("hour=3 day=tomorrow", true, "tomorrow at 3:00 AM");
	check("hour=3 day=tomorrow", false, "tomorrow at 3:00 PM");
	check("hour=8 day=tomorrow", false, "tomorrow at 8:00 AM");
	check("hour=8 day=today", true, "today at 8:00 PM");
	check("hour=8 day=today period=am", true, "over");
	check("hour=8 day=mon", true, "today at 8:00 PM");
	check("hour=8 day=mon period=am", true, "on November 30 at 8:00 AM");
	check("hour=8 day=wed", true, "on Wednesday at 8:00 AM");
	check("hour=8 day=sun", true, "on Sunday at 8:00 AM");
	check("day=tomorrow", false, "tomorrow at 9:00 AM");
	check("day=today", false, "today at 6:00 PM");
}

static void test_repeats(void **state)
{
	check("hour=7 repeat=daily", true, "every day at 7:00 AM");
	check("hour=3 repeat=weekdays", false, "on weekdays at 3:00 PM");
	check("hour=7 period=pm repeat=mon", true, "every Monday at 7:00 PM");
	check("repeat=weekends", false, "on weekends at 9:00 AM");
	check("hour=7 repeat=never", true, "wrong");
}

static void test_in_a_while(void **state)
{
	check("minutes=10", true, "in 10 minutes");
	check("hours=1 minutes=30", true, "in 1 hour and 30 minutes");
	check("", true, "nothing");
	check("hour=25", true, "wrong");
	check("hour=7 minute=75", true, "wrong");
	check("minutes=99999999999", true, "in 11574 days and 1 hour");
}

static void test_next_ring(void **state)
{
	struct duet_zone *zone = berlin();
	struct duet_moment weekdays = {
		.kind = DUET_MOMENT_REPEAT, .days = 0x1f, .civil = {.hour = 2, .minute = 30}};
	struct duet_moment sundays = {
		.kind = DUET_MOMENT_REPEAT, .days = 0x40, .civil = {.hour = 2, .minute = 30}};
	int64_t friday = duet_civil_days(2026, 11, 27) * 86400 + 12 * 3600;
	int64_t march = duet_civil_days(2027, 3, 27) * 86400;
	enum duet_zone_fit fit;

	assert_int_equal(duet_moment_next(&weekdays, zone, friday, &fit),
			 friday + 3 * 86400 - 12 * 3600 + 5400);
	assert_int_equal(fit, DUET_ZONE_ONCE);
	assert_int_equal(duet_moment_next(&sundays, zone, march, &fit),
			 march + 86400 + 5400); /* 3:30, the clocks change */
	assert_int_equal(fit, DUET_ZONE_GAP);
	assert_true(duet_moment_next(&sundays, zone, march + 86400 + 5400, NULL) > march + 7 * 86400);
	duet_zone_free(zone);
}

static void check_json(const char *text, int wanted)
{
	struct duet_moment moment, again;
	json_t *json = json_loads(text, JSON_DECODE_ANY, NULL), *back;

	assert_int_equal(duet_moment_from_json(&moment, json), wanted);
	if (wanted == 0) {
		back = duet_moment_json(&moment);
		assert_int_equal(duet_moment_from_json(&again, back), 0);
		assert_true(duet_moment_equal(&moment, &again));
		json_decref(back);
	}
	json_decref(json);
}

static void test_records(void **state)
{
	check_json("{\"at\": 1800000000}", 0);
	check_json("{\"days\": 31, \"hour\": 7, \"minute\": 15}", 0);
	check_json("{\"year\": 2026, \"month\": 11, \"day\": 24, \"hour\": 7, \"minute\": 0}", 0);
	check_json("{\"days\": 0, \"hour\": 7, \"minute\": 15}", -EINVAL);
	check_json("{\"days\": 31, \"hour\": 77, \"minute\": 15}", -EINVAL);
	check_json("{\"year\": 99999, \"month\": 11, \"day\": 24, \"hour\": 7, \"minute\": 0}", -EINVAL);
	check_json("{\"at\": \"soon\"}", -EINVAL);
	check_json("[]", -EINVAL);
	check_json("null", -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_next_of_its_kind),
		cmocka_unit_test(test_parts_of_the_day),
		cmocka_unit_test(test_days),
		cmocka_unit_test(test_repeats),
		cmocka_unit_test(test_in_a_while),
		cmocka_unit_test(test_next_ring),
		cmocka_unit_test(test_records),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
