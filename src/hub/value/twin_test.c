/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/value/twin.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hub/value/bag.h"
#include "hub/value/date.h"
#include "torture.h"

static json_t *parse(const char *text)
{
	return json_loads(text, 0, NULL);
}

static void assert_json(const json_t *json, const char *expected)
{
	char *text = json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS);

	assert_string_equal(text, expected);
	free(text);
}

static void merge(json_t *document, json_t *metadata, const char *patch, int64_t version)
{
	json_t *json = parse(patch);

	assert_int_equal(duet_hub_twin_merge(document, metadata, json, 1000, version), 0);
	json_decref(json);
}

static void patches_merge(void **state)
{
	static const char *const cases[][3] = {
		/* RFC 7396, appendix A, as far as it speaks of objects */
		{"{\"a\":\"b\"}", "{\"a\":\"c\"}", "{\"a\":\"c\"}"},
		{"{\"a\":\"b\"}", "{\"b\":\"c\"}", "{\"a\":\"b\",\"b\":\"c\"}"},
		{"{\"a\":\"b\"}", "{\"a\":null}", "{}"},
		{"{\"a\":\"b\",\"b\":\"c\"}", "{\"a\":null}", "{\"b\":\"c\"}"},
		{"{\"a\":[\"b\"]}", "{\"a\":\"c\"}", "{\"a\":\"c\"}"},
		{"{\"a\":\"c\"}", "{\"a\":[\"b\"]}", "{\"a\":[\"b\"]}"},
		{"{\"a\":{\"b\":\"c\"}}", "{\"a\":{\"b\":\"d\",\"c\":null}}", "{\"a\":{\"b\":\"d\"}}"},
		{"{}", "{\"a\":{\"bb\":{\"ccc\":null}}}", "{\"a\":{\"bb\":{}}}"},
		{"{\"x\":1}", "{\"$version\":7,\"$metadata\":{},\"x\":2}", "{\"x\":2}"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		json_t *document = parse(cases[i][0]);

		merge(document, NULL, cases[i][1], 0);
		assert_json(document, cases[i][2]);
		json_decref(document);
	}
}

static void metadata_follows(void **state)
{
	json_t *document = json_object(), *metadata = json_object();

	merge(document, metadata, "{\"a\":{\"b\":1}}", 2);
	assert_json(metadata,
		    "{\"$lastUpdated\":\"1970-01-01T00:00:01.000Z\",\"$lastUpdatedVersion\":2,"
		    "\"a\":{\"$lastUpdated\":\"1970-01-01T00:00:01.000Z\",\"$lastUpdatedVersion\":2,"
		    "\"b\":{\"$lastUpdated\":\"1970-01-01T00:00:01.000Z\",\"$lastUpdatedVersion\":2}}}");
	merge(document, metadata, "{\"a\":null}", 3);
	assert_json(metadata, "{\"$lastUpdated\":\"1970-01-01T00:00:01.000Z\",\"$lastUpdatedVersion\":3}");
	json_decref(document);
	json_decref(metadata);
}

static int check(const char *text)
{
	json_t *json = parse(text);
	struct duet_hub_fault fault = {0};
	int code = duet_hub_twin_check(json, &fault);

	json_decref(json);
	assert_true(code == 0 || fault.what[0]);
	return code;
}

/* {"a":{"a":…1}} with so many keys. */
static int check_depth(int depth)
{
	char text[200] = "";

	for (int i = 0; i < depth; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "{\"a\":");
	snprintf(text + strlen(text), sizeof(text) - strlen(text), "1");
	for (int i = 0; i < depth; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "}");
	return check(text);
}

static void limits_are_held(void **state)
{
	char text[6000], value[5000];

	assert_int_equal(check("{\"a\":[1,{\"b\":null}],\"c\":{}}"), 0);
	assert_int_equal(check("[]"), -EINVAL);
	assert_int_equal(check("{\"a.b\":1}"), -EINVAL);
	assert_int_equal(check("{\"a b\":1}"), -EINVAL);
	assert_int_equal(check("{\"a\":{\"$b\":1}}"), -EINVAL);
	assert_int_equal(check("{\"\":1}"), -EINVAL);
	assert_int_equal(check("{\"a\":4503599627370495}"), 0);
	assert_int_equal(check("{\"a\":4503599627370496}"), -EINVAL);
	assert_int_equal(check("{\"a\":-4503599627370497}"), -EINVAL);
	/* Ten objects within each other, and what the innermost holds. */
	assert_int_equal(check_depth(11), 0);
	assert_int_equal(check_depth(12), -EINVAL);
	memset(value, 'x', sizeof(value) - 1);
	value[4097] = '\0';
	snprintf(text, sizeof(text), "{\"a\":\"%s\"}", value);
	assert_int_equal(check(text), -EINVAL);
	value[4096] = '\0';
	snprintf(text, sizeof(text), "{\"a\":\"%s\"}", value);
	assert_int_equal(check(text), 0);
}

static void sizes_are_those_of_keys_and_values(void **state)
{
	json_t *json = parse("{\"ab\":\"cde\",\"n\":1,\"t\":true,\"z\":null,\"l\":[\"x\"]}");

	/* 2+3, 1+8, 1+4, 1+0, 1+1 */
	assert_int_equal(duet_hub_twin_check_size(json, 22, "tags", NULL), 0);
	assert_int_equal(duet_hub_twin_check_size(json, 21, "tags", NULL), -EMSGSIZE);
	json_decref(json);
}

static void a_difference_leads_there(void **state)
{
	json_t *from = parse("{\"a\":{\"b\":1,\"c\":2},\"d\":3}"),
	       *to = parse("{\"a\":{\"b\":1,\"e\":{}},\"f\":[1]}");
	json_t *difference = duet_hub_twin_difference(from, to);

	assert_json(difference, "{\"a\":{\"c\":null,\"e\":{}},\"d\":null,\"f\":[1]}");
	json_decref(from);
	json_decref(to);
	json_decref(difference);
}

static void bags_are_decoded(void **state)
{
	static struct duet_hub_bag bag;
	char text[64] = "";

	assert_int_equal(duet_hub_bag_parse(&bag, duet_slice("%24.mid=a%20b&x=&y&%24.ct=json")), 0);
	assert_int_equal(bag.n_items, 4);
	assert_true(duet_slice_equal(duet_hub_bag_find(&bag, "$.mid"), duet_slice("a b")));
	assert_int_equal(duet_hub_bag_find(&bag, "x").len, 0);
	assert_non_null(duet_hub_bag_find(&bag, "x").ptr);
	assert_null(duet_hub_bag_find(&bag, "y").ptr);
	assert_int_equal(duet_hub_bag_parse(&bag, duet_slice("%2")), -EINVAL);
	assert_int_equal(duet_hub_bag_parse(&bag, duet_slice("=x")), -EINVAL);
	assert_int_equal(duet_hub_bag_append(text, sizeof(text), duet_slice("$.a"), duet_slice("b c")), 11);
	assert_int_equal(
		duet_hub_bag_append(text, sizeof(text), duet_slice("n"), (struct duet_slice){NULL, 0}), 13);
	assert_string_equal(text, "%24.a=b%20c&n");
	assert_int_equal(duet_hub_bag_append(text, 15, duet_slice("long"), duet_slice("x")), -ENOSPC);
	assert_string_equal(text, "%24.a=b%20c&n");
}

static void dates_go_there_and_back(void **state)
{
	char text[DUET_HUB_DATE_BYTES];
	int64_t ms;

	assert_int_equal(duet_hub_date_parse(duet_slice("2026-11-28T14:30:59.123Z"), &ms), 0);
	assert_string_equal(duet_hub_date_format(ms, text), "2026-11-28T14:30:59.123Z");
	assert_int_equal(duet_hub_date_parse(duet_slice("2026-11-28T15:30:59.1234567+01:00"), &ms), 0);
	assert_string_equal(duet_hub_date_format(ms, text), "2026-11-28T14:30:59.123Z");
	assert_int_equal(duet_hub_date_parse(duet_slice("0001-01-01T00:00:00Z"), &ms), 0);
	assert_int_equal(ms, 0);
	assert_string_equal(duet_hub_date_format(0, text), "0001-01-01T00:00:00Z");
	assert_int_equal(duet_hub_date_parse(duet_slice("2026-13-28"), &ms), -EINVAL);
	assert_int_equal(duet_hub_date_parse(duet_slice("yesterday"), &ms), -EINVAL);
}

static int merge_with_little_memory(void *user)
{
	json_t *document = json_object(), *patch = json_loads("{\"a\":{\"b\":1},\"c\":\"d\"}", 0, NULL);
	json_t *metadata = json_object();
	int code = document && patch && metadata ? duet_hub_twin_merge(document, metadata, patch, 1, 1)
						 : -ENOMEM;

	json_decref(document);
	json_decref(metadata);
	json_decref(patch);
	return code;
}

static void merging_survives_failing_memory(void **state)
{
	json_set_alloc_funcs(duet_alloc, duet_free);
	duet_torture(merge_with_little_memory, NULL);
	json_set_alloc_funcs(malloc, free);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(patches_merge),
		cmocka_unit_test(metadata_follows),
		cmocka_unit_test(limits_are_held),
		cmocka_unit_test(sizes_are_those_of_keys_and_values),
		cmocka_unit_test(a_difference_leads_there),
		cmocka_unit_test(bags_are_decoded),
		cmocka_unit_test(dates_go_there_and_back),
		cmocka_unit_test(merging_survives_failing_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
