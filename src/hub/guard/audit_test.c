/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/guard/audit.h"

#include <errno.h>
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/file.h"

static char folder[] = "/tmp/duet-audit-XXXXXX", path[64], old[64];

static int make_folder(void **state)
{
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof(path), "%s/audit.jsonl", folder);
	snprintf(old, sizeof(old), "%s/audit.jsonl.1", folder);
	return 0;
}

static int remove_folder(void **state)
{
	char command[64];

	snprintf(command, sizeof(command), "rm -rf %s", folder);
	return system(command);
}

static json_t *last_line(void)
{
	char *bytes, *line;
	size_t n_bytes;
	json_t *json;

	assert_int_equal(duet_file_read(path, 1 << 20, &bytes, &n_bytes, NULL), 0);
	assert_true(n_bytes > 1 && bytes[n_bytes - 1] == '\n');
	bytes[n_bytes - 1] = '\0';
	line = strrchr(bytes, '\n') ? strrchr(bytes, '\n') + 1 : bytes;
	json = json_loads(line, 0, NULL);
	assert_non_null(json);
	duet_free(bytes);
	return json;
}

static void an_act_is_one_line(void **state)
{
	struct duet_hub_audit *audit;
	struct duet_hub_act act = {.by = "iothubowner",
				   .address = "127.0.0.1",
				   .act = "device.create",
				   .target = "a\"\nb",
				   .status = 200};
	json_t *json;

	assert_int_equal(duet_hub_audit_open(&audit, path, 1 << 20, NULL), 0);
	duet_hub_audit_note(audit, &act);
	duet_hub_audit_note(NULL, &act);
	json = last_line();
	assert_string_equal(json_string_value(json_object_get(json, "by")), "iothubowner");
	assert_string_equal(json_string_value(json_object_get(json, "target")), "a\"\nb");
	assert_int_equal(json_integer_value(json_object_get(json, "status")), 200);
	assert_null(json_object_get(json, "detail"));
	assert_int_equal(strlen(json_string_value(json_object_get(json, "time"))), 24);
	json_decref(json);
	duet_hub_audit_close(audit);
}

static void it_stays_within_its_bound(void **state)
{
	struct duet_hub_audit *audit;
	struct stat info;
	char target[16];

	assert_int_equal(duet_hub_audit_open(&audit, path, 8192, NULL), 0);
	for (int i = 0; i < 1000; i++) {
		snprintf(target, sizeof(target), "device-%d", i);
		duet_hub_audit_note(audit, &(struct duet_hub_act){.act = "device.create", .target = target});
	}
	duet_hub_audit_close(audit);
	assert_int_equal(stat(path, &info), 0);
	assert_true(info.st_size <= 4096 && (info.st_mode & 0777) == 0600);
	assert_int_equal(stat(old, &info), 0);
	assert_true(info.st_size <= 4096);
	json_t *json = last_line();
	assert_string_equal(json_string_value(json_object_get(json, "target")), "device-999");
	json_decref(json);
}

static void a_file_that_cannot_be_says_so(void **state)
{
	struct duet_hub_audit *audit;
	struct duet_error error = {0};

	assert_int_equal(duet_hub_audit_open(&audit, "/nowhere/audit", 1 << 20, &error), -ENOENT);
	assert_string_equal(error.file, "/nowhere/audit");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_act_is_one_line),
		cmocka_unit_test(it_stays_within_its_bound),
		cmocka_unit_test(a_file_that_cannot_be_says_so),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
