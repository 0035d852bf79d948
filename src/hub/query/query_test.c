/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/query/query.h"

#include <errno.h>

#include "hub/record/document.h"
#include "hub/record/storage_fixture.h"
#include "hub/record/twin_record.h"

struct filling {
	const char *target, *tags, *desired, *reported;
};

static int fill(struct duet_hub_view *view, void *user)
{
	const struct filling *filling = user;
	json_t *tags = json_loads(filling->tags, 0, NULL), *desired = json_loads(filling->desired, 0, NULL);
	json_t *reported = json_loads(filling->reported, 0, NULL);
	struct duet_hub_twin_change change = {.tags = tags, .desired = desired, .now_ms = 1000};
	int64_t version;
	int code = duet_hub_twin_change(view, filling->target, &change, NULL);

	if (code == 0)
		code = duet_hub_twin_report(view, filling->target, reported, 2000, &version, NULL);
	json_decref(change.desired_patch);
	json_decref(tags);
	json_decref(desired);
	json_decref(reported);
	return code;
}

static const struct filling fillings[] = {
	{"d1", "{\"floor\":1,\"room\":\"kitchen\",\"x\":null}", "{\"rate\":5}", "{\"rate\":5,\"on\":true}"},
	{"d2", "{\"floor\":2,\"room\":\"hall\"}", "{\"rate\":5}", "{\"rate\":6,\"on\":false}"},
	{"d3", "{\"floor\":\"2\",\"room\":\"kitchen\"}", "{}", "{\"deep\":{\"er\":3.5}}"},
	{"d4", "{}", "{}", "{}"},
};

static void begin(struct storage_fixture *fixture)
{
	fixture_begin(fixture, true);
	for (size_t i = 0; i < sizeof(fillings) / sizeof(fillings[0]); i++) {
		struct filling filling = fillings[i];

		assert_int_equal(fixture_add(fixture, filling.target), 0);
		assert_int_equal(fixture_write(fixture, fill, &filling), 0);
	}
	assert_int_equal(fixture_add(fixture, "d1/m1"), 0);
	assert_int_equal(fixture_add(fixture, "d2/m1"), 0);
}

static int run_page(struct storage_fixture *fixture, const char *text, struct duet_hub_page *page,
		    json_t *rows)
{
	struct duet_hub_query *query;
	struct duet_hub_fault fault = {0};
	int code = duet_hub_query_parse(duet_slice(text), fixture->arena, &query, &fault);

	if (code == 0)
		code = duet_hub_query_run(fixture->view, query, fixture->arena, page, rows, &fault);
	if (code < 0)
		assert_true(fault.what[0] != '\0');
	return code;
}

/* The rows of SELECT deviceId, one letter's number after the other: "13" for d1 and d3. */
static void assert_finds(struct storage_fixture *fixture, const char *condition, const char *expected)
{
	char text[512], found[32] = "";
	struct duet_hub_page page = {.max = 100};
	json_t *rows = json_array();

	snprintf(text, sizeof(text), "SELECT deviceId FROM devices WHERE %s", condition);
	assert_int_equal(run_page(fixture, text, &page, rows), 0);
	for (size_t i = 0; i < json_array_size(rows); i++) {
		const char *id = json_string_value(json_object_get(json_array_get(rows, i), "deviceId"));

		snprintf(found + i, sizeof(found) - i, "%s", id + 1);
	}
	if (strcmp(found, expected) != 0)
		fail_msg("%s finds %s, not %s", condition, found, expected);
	json_decref(rows);
	duet_arena_reset(fixture->arena);
}

static void conditions_find_what_they_say(void **state)
{
	struct storage_fixture fixture;
	static const char *const cases[][2] = {
		{"deviceId = 'd2'", "2"},
		{"deviceId IN ['d1', 'd4', 'd9']", "14"},
		{"deviceId IN ('d1')", "1"},
		{"deviceId NIN ['d1', 'd2']", "34"},
		{"tags.floor = 2", "2"},
		{"tags.floor = '2'", "3"},
		{"devices.tags.room = 'kitchen' AND tags.floor = 1", "1"},
		{"tags['room'] = 'kitchen'", "13"},
		{"tags.floor > 1", "2"},
		{"tags.floor <> 1", "2"},
		{"tags.room != 'kitchen'", "2"},
		{"NOT tags.room = 'kitchen'", "2"},
		{"NOT IS_DEFINED(tags.room)", "4"},
		{"tags.room = 'hall' OR tags.floor = 1", "12"},
		{"properties.reported.on = true", "1"},
		{"properties.reported.on", "1"},
		{"properties.reported.on = 1", ""},
		{"properties.desired.rate = properties.reported.rate", "1"},
		{"properties.desired.rate != properties.reported.rate", "2"},
		{"properties.reported.rate - 1 = 5", "2"},
		{"properties.reported.rate / 4 = 1.25", "1"},
		{"-properties.reported.rate = -6", "2"},
		{"properties.reported.deep.er >= 3.5", "3"},
		{"properties.reported.$version >= 2", "1234"},
		{"IS_DEFINED(properties.reported.deep)", "3"},
		{"IS_OBJECT(properties.reported.deep)", "3"},
		{"IS_NUMBER(tags.floor)", "12"},
		{"IS_STRING(tags.floor)", "3"},
		{"IS_BOOL(properties.reported.on)", "12"},
		{"STARTSWITH(tags.room, 'kit')", "13"},
		{"ENDSWITH(tags.room, 'l')", "2"},
		{"CONTAINS(deviceId, '3')", "3"},
		{"LENGTH(tags.room) = 4", "2"},
		{"UPPER(tags.room) = 'HALL'", "2"},
		{"SUBSTRING(tags.room, 1, 2) = 'it'", "13"},
		{"tags.floor IN [1, 2]", "12"},
		{"tags.floor IN [1, '2']", "13"},
		{"tags.missing = null", ""},
		{"status = 'enabled' AND connectionState = 'Disconnected'", "1234"},
		{"lastActivityTime < '2020-01-01T00:00:00Z'", "1234"},
		{"connectionStateUpdatedTime > '2020-01-01'", ""},
		{"authenticationType = 'sas' AND cloudToDeviceMessageCount = 0", "1234"},
		{"capabilities.iotEdge = false", "1234"},
		{"statusReason = null", "1234"},
		{"(tags.floor = 1 OR (tags.floor = 2))", "12"},
		{"etag = 'AAAAAAAAAAI='", "1234"},
	};

	begin(&fixture);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_finds(&fixture, cases[i][0], cases[i][1]);
	fixture_end(&fixture);
}

static void assert_rows(struct storage_fixture *fixture, const char *text, const char *expected)
{
	struct duet_hub_page page = {.max = 100};
	json_t *rows = json_array();
	char *found;

	assert_int_equal(run_page(fixture, text, &page, rows), 0);
	found = json_dumps(rows, JSON_COMPACT | JSON_SORT_KEYS);
	assert_string_equal(found, expected);
	free(found);
	json_decref(rows);
	duet_arena_reset(fixture->arena);
}

static void items_are_projected_and_aggregated(void **state)
{
	struct storage_fixture fixture;

	begin(&fixture);
	assert_rows(&fixture, "SELECT COUNT() AS n FROM devices", "[{\"n\":4}]");
	assert_rows(&fixture, "select count(*) as n from devices.modules where moduleId = 'm1'",
		    "[{\"n\":2}]");
	assert_rows(
		&fixture,
		"SELECT tags.room, COUNT() AS n FROM devices WHERE IS_DEFINED(tags.room) GROUP BY tags.room",
		"[{\"n\":1,\"room\":\"hall\"},{\"n\":2,\"room\":\"kitchen\"}]");
	assert_rows(&fixture,
		    "SELECT SUM(properties.reported.rate) AS s, AVG(properties.reported.rate) AS a,"
		    " MIN(deviceId) AS l, MAX(properties.reported.rate) AS h FROM devices",
		    "[{\"a\":5.5,\"h\":6,\"l\":\"d1\",\"s\":11}]");
	assert_rows(&fixture,
		    "SELECT TOP 1 deviceId, tags, properties.reported.on AS on1, status FROM devices",
		    "[{\"deviceId\":\"d1\",\"on1\":true,\"status\":\"enabled\","
		    "\"tags\":{\"floor\":1,\"room\":\"kitchen\"}}]");
	assert_rows(&fixture,
		    "SELECT deviceId, moduleId FROM devices.modules WHERE devices.modules.deviceId = 'd2'",
		    "[{\"deviceId\":\"d2\",\"moduleId\":\"m1\"}]");
	assert_rows(
		&fixture,
		"SELECT lastActivityTime, capabilities.iotEdge AS edge FROM devices WHERE deviceId = 'd4'",
		"[{\"edge\":false,\"lastActivityTime\":\"0001-01-01T00:00:00Z\"}]");
	fixture_end(&fixture);
}

static void everything_is_a_twin(void **state)
{
	struct storage_fixture fixture;
	struct duet_hub_page page = {.max = 100};
	json_t *rows = json_array(), *twin;

	begin(&fixture);
	assert_int_equal(run_page(&fixture, "SELECT * FROM devices WHERE tags.floor = 1", &page, rows), 0);
	assert_int_equal(json_array_size(rows), 1);
	twin = json_array_get(rows, 0);
	assert_string_equal(json_string_value(json_object_get(twin, "deviceId")), "d1");
	twin = json_object_get(json_object_get(twin, "properties"), "reported");
	assert_int_equal(json_integer_value(json_object_get(twin, "$version")), 2);
	assert_non_null(json_object_get(json_object_get(twin, "$metadata"), "rate"));
	json_decref(rows);
	fixture_end(&fixture);
}

static void pages_go_on_where_the_last_one_ended(void **state)
{
	struct storage_fixture fixture;
	struct duet_hub_page page = {.max = 3};
	json_t *rows = json_array();

	begin(&fixture);
	assert_int_equal(run_page(&fixture, "SELECT * FROM devices", &page, rows), 0);
	assert_int_equal(json_array_size(rows), 3);
	assert_non_null(page.next);
	page.token = page.next;
	assert_int_equal(run_page(&fixture, "SELECT * FROM devices", &page, rows), 0);
	assert_int_equal(json_array_size(rows), 4);
	assert_null(page.next);
	/* A page that ends with the last row has none after it; nor has one that TOP ends. */
	page = (struct duet_hub_page){.max = 2};
	json_array_clear(rows);
	assert_int_equal(run_page(&fixture, "SELECT TOP 3 * FROM devices", &page, rows), 0);
	assert_non_null(page.next);
	page.token = page.next;
	assert_int_equal(run_page(&fixture, "SELECT TOP 3 * FROM devices", &page, rows), 0);
	assert_int_equal(json_array_size(rows), 3);
	assert_null(page.next);
	page = (struct duet_hub_page){.max = 4};
	assert_int_equal(run_page(&fixture, "SELECT * FROM devices", &page, rows), 0);
	assert_null(page.next);
	page.token = "nonsense";
	assert_int_equal(run_page(&fixture, "SELECT * FROM devices", &page, rows), -EDOM);
	json_decref(rows);
	fixture_end(&fixture);
}

static void broken_queries_say_what_is_wrong(void **state)
{
	static const char *const broken[] = {
		"",
		"SELECT",
		"SELECT * FROM",
		"SELECT * FROM things",
		"SELECT * FROM devices WHERE",
		"SELECT * FROM devices WHERE tags.x =",
		"SELECT * FROM devices WHERE tags.x = 'open",
		"SELECT * FROM devices WHERE unknown = 1",
		"SELECT * FROM devices WHERE NOSUCH(tags.x)",
		"SELECT * FROM devices WHERE (tags.x = 1",
		"SELECT * FROM devices WHERE tags.x = 1 garbage",
		"SELECT * FROM devices WHERE tags.x IN 5",
		"SELECT * FROM devices WHERE lastActivityTime > 'yesterday'",
		"SELECT * FROM devices GROUP BY tags.x",
		"SELECT TOP 0 * FROM devices",
		"SELECT * FROM devices; DROP TABLE identity",
		"SELECT * FROM devices WHERE tags['a\"b'] = 1",
	};
	struct storage_fixture fixture;
	struct duet_hub_page page = {.max = 10};
	json_t *rows = json_array();

	begin(&fixture);
	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++)
		if (run_page(&fixture, broken[i], &page, rows) != -EDOM)
			fail_msg("%s was taken", broken[i]);
	json_decref(rows);
	fixture_end(&fixture);
}

static int note_target(void *user, const char *target)
{
	snprintf((char *)user + strlen(user), 64 - strlen(user), "%s ", target);
	return 0;
}

static void conditions_alone_name_targets(void **state)
{
	struct storage_fixture fixture;
	struct duet_hub_query *query;
	char targets[64] = "";
	int64_t after = 0;

	begin(&fixture);
	assert_int_equal(
		duet_hub_condition_parse(duet_slice("tags.room = 'kitchen'"), fixture.arena, &query, NULL),
		0);
	assert_int_equal(duet_hub_query_targets(fixture.view, query, fixture.arena, &after, 10, note_target,
						targets, NULL),
			 2);
	assert_string_equal(targets, "d1 d3 ");
	assert_int_equal(duet_hub_query_holds(fixture.view, query, fixture.arena, "d3", NULL), 1);
	assert_int_equal(duet_hub_query_holds(fixture.view, query, fixture.arena, "d2", NULL), 0);
	assert_int_equal(duet_hub_query_holds(fixture.view, query, fixture.arena, "d9", NULL), 0);
	assert_int_equal(duet_hub_query_count(fixture.view, query, fixture.arena, NULL), 2);
	assert_int_equal(duet_hub_condition_parse(duet_slice("*"), fixture.arena, &query, NULL), 0);
	assert_int_equal(duet_hub_query_count(fixture.view, query, fixture.arena, NULL), 4);
	assert_int_equal(duet_hub_condition_parse(duet_slice("FROM devices.modules WHERE moduleId = 'm1'"),
						  fixture.arena, &query, NULL),
			 0);
	assert_int_equal(duet_hub_query_count(fixture.view, query, fixture.arena, NULL), 2);
	fixture_end(&fixture);
}

static void a_deep_query_is_refused(void **state)
{
	struct duet_arena *arena = duet_arena_new(1 << 22);
	struct duet_hub_query *query;
	char text[4096] = "";

	memset(text, '(', 4000);
	assert_int_equal(duet_hub_condition_parse(duet_slice(text), arena, &query, NULL), -EDOM);
	duet_arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(conditions_find_what_they_say),
		cmocka_unit_test(items_are_projected_and_aggregated),
		cmocka_unit_test(everything_is_a_twin),
		cmocka_unit_test(pages_go_on_where_the_last_one_ended),
		cmocka_unit_test(broken_queries_say_what_is_wrong),
		cmocka_unit_test(conditions_alone_name_targets),
		cmocka_unit_test(a_deep_query_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
