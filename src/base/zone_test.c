/* SPDX-License-Identifier: Apache-2.0 */
#include "base/zone.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/zone_rule.h"

static int64_t utc(int year, int month, int day, int hour, int minute)
{
	return duet_civil_days(year, month, day) * 86400 + hour * 3600 + minute * 60;
}

static struct duet_zone *zone_of(const char *name)
{
	struct duet_zone *zone;
	struct duet_error error;

	if (duet_zone_new(&zone, name, &error) < 0)
		fail_msg("%s", error.what);
	return zone;
}

static void test_days(void **state)
{
	struct duet_civil civil;

	assert_int_equal(duet_civil_days(1970, 1, 1), 0);
	assert_int_equal(duet_civil_days(2000, 3, 1), 11017);
	assert_int_equal(duet_civil_days(2026, 13, 1), duet_civil_days(2027, 1, 1)); /* carries over */
	assert_int_equal(duet_civil_days(2026, 2, 29), duet_civil_days(2026, 3, 1));
	for (int64_t day = -200000; day < 200000; day += 37) {
		duet_civil_from_days(day, &civil);
		assert_int_equal(duet_civil_days(civil.year, civil.month, civil.day), day);
	}
	duet_civil_from_days(duet_civil_days(2026, 11, 22), &civil);
	assert_int_equal(civil.weekday, DUET_SUNDAY);
}

/* A zone against libc, moment by moment; where libc counts in 32 bits, up to 2038. */
static void check_against_libc(const char *name)
{
	struct duet_zone *zone = zone_of(name);

	setenv("TZ", name, 1);
	tzset();
	for (int64_t at = utc(1960, 1, 1, 0, 0); at < utc(2120, 1, 1, 0, 0); at += 86400 * 5 + 3601) {
		time_t moment = (time_t)at;
		struct duet_civil civil;
		struct tm tm;

		if (moment != at)
			continue;
		localtime_r(&moment, &tm);
		duet_zone_civil(zone, at, &civil);
		assert_int_equal(duet_zone_offset_s(zone, at), tm.tm_gmtoff);
		assert_int_equal(civil.year, tm.tm_year + 1900);
		assert_int_equal(civil.month, tm.tm_mon + 1);
		assert_int_equal(civil.day, tm.tm_mday);
		assert_int_equal(civil.hour, tm.tm_hour);
		assert_int_equal(civil.minute, tm.tm_min);
		assert_int_equal((civil.weekday + 1) % 7, tm.tm_wday);
	}
	unsetenv("TZ");
	duet_zone_free(zone);
}

static void test_zones(void **state)
{
	static const char *const names[] = {"Europe/Berlin",       "America/New_York", "Asia/Shanghai",
					    "Australia/Lord_Howe", "America/St_Johns", "Asia/Kolkata",
					    "Africa/Casablanca",   "Pacific/Apia",     "America/Sao_Paulo",
					    "Asia/Tehran",         "Pacific/Auckland"};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		check_against_libc(names[i]);
}

static void test_gap_and_overlap(void **state)
{
	struct duet_zone *zone = zone_of("Europe/Berlin");
	struct duet_civil gap = {.year = 2027, .month = 3, .day = 28, .hour = 2, .minute = 30};
	struct duet_civil twice = {.year = 2026, .month = 10, .day = 25, .hour = 2, .minute = 30};
	struct duet_civil once = {.year = 2026, .month = 10, .day = 25, .hour = 7}, shown;
	enum duet_zone_fit fit;

	assert_int_equal(duet_zone_utc(zone, &gap, &fit), utc(2027, 3, 28, 1, 30));
	assert_int_equal(fit, DUET_ZONE_GAP);
	duet_zone_civil(zone, utc(2027, 3, 28, 1, 30), &shown);
	assert_int_equal(shown.hour, 3); /* half past three, as wide as the gap */
	assert_int_equal(duet_zone_utc(zone, &twice, &fit), utc(2026, 10, 25, 0, 30));
	assert_int_equal(fit, DUET_ZONE_TWICE);
	assert_int_equal(duet_zone_utc(zone, &once, &fit), utc(2026, 10, 25, 6, 0));
	assert_int_equal(fit, DUET_ZONE_ONCE);
	duet_zone_free(zone);
}

static void test_every_local_hour_comes_back(void **state)
{
	static const char *const names[] = {"Europe/London", "America/St_Johns", "Australia/Lord_Howe"};

	for (size_t i = 0; i < 3; i++) {
		struct duet_zone *zone = zone_of(names[i]);

		for (int64_t at = utc(2026, 1, 1, 0, 0); at < utc(2028, 1, 1, 0, 0); at += 1800) {
			struct duet_civil civil;
			enum duet_zone_fit fit;
			int64_t back;

			duet_zone_civil(zone, at, &civil);
			back = duet_zone_utc(zone, &civil, &fit);
			assert_int_not_equal(fit, DUET_ZONE_GAP);
			assert_true(back == at || (fit == DUET_ZONE_TWICE && back < at));
		}
		duet_zone_free(zone);
	}
}

static void test_rules(void **state)
{
	static const char *const bad[] = {"",
					  "C0",
					  "CET",
					  "CET-1CEST",
					  "CET-1CEST,M3.5.0",
					  "CET-1CEST,M13.5.0,M10.5.0",
					  "CET-1CEST,M3.6.0,M10.5.0",
					  "CET-1CEST,M3.5.0,M10.5.0x",
					  "<+03-3",
					  "CET-99"};
	struct duet_zone_rule rule;
	struct duet_zone *zone = zone_of("<-03>3<-02>,M3.5.0/-2,M10.5.0/-1"); /* Nuuk */

	assert_int_equal(duet_zone_offset_s(zone, utc(2024, 7, 1, 0, 0)), -7200);
	assert_int_equal(duet_zone_offset_s(zone, utc(2024, 1, 1, 0, 0)), -10800);
	assert_int_equal(duet_zone_offset_s(zone, utc(2024, 3, 31, 0, 59)), -10800);
	assert_int_equal(duet_zone_offset_s(zone, utc(2024, 3, 31, 1, 0)), -7200);
	duet_zone_free(zone);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_int_equal(duet_zone_rule_parse(&rule, duet_slice(bad[i])), -EINVAL);
	assert_int_equal(duet_zone_rule_parse(&rule, duet_slice("EST5EDT,J60/0,J300")), 0);
	assert_int_equal(duet_zone_rule_offset_s(&rule, utc(2024, 3, 1, 5, 0)), -14400); /* J60 is 1 March */
	assert_int_equal(duet_zone_rule_offset_s(&rule, utc(2024, 2, 29, 12, 0)), -18000);
}

static void test_unknown(void **state)
{
	static const char *const bad[] = {
		"Nowhere/City", "../../../etc/passwd", "/etc/passwd", "", "Europe//Berlin", "Europe"};
	struct duet_zone *zone;
	struct duet_error error;

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_int_equal(duet_zone_new(&zone, bad[i], &error), -ENOENT);
	assert_string_equal(error.what, "there is no time zone \"Europe\"");
}

static void test_broken_files(void **state)
{
	static const char bytes[] = "TZif2";
	struct duet_zone *zone;
	char head[44] = "TZif2";

	assert_int_equal(duet_zone_parse(&zone, duet_slice("")), -EINVAL);
	assert_int_equal(duet_zone_parse(&zone, duet_slice(bytes)), -EINVAL);
	assert_int_equal(duet_zone_parse(&zone, (struct duet_slice){head, sizeof(head)}), -EINVAL);
	head[39] = 1; /* one type that is not there */
	assert_int_equal(duet_zone_parse(&zone, (struct duet_slice){head, sizeof(head)}), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_days),
		cmocka_unit_test(test_zones),
		cmocka_unit_test(test_gap_and_overlap),
		cmocka_unit_test(test_every_local_hour_comes_back),
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_broken_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
