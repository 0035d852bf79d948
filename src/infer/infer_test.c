/* SPDX-License-Identifier: Apache-2.0 */
#include "infer/infer.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "temporary_file.h"
#include "tflite_file.h"
#include "torture.h"

enum {
	CONCATENATION = 2,
	RESHAPE = 22,
	STRIDED_SLICE = 45,
	CALL_ONCE = 129,
	VAR_HANDLE = 142,
	READ_VARIABLE = 143,
	ASSIGN_VARIABLE = 144
};

enum { HELD = 3 };

/* A model that puts out what went in three runs ago. */
static const float scale[] = {1};
static const int8_t before[HELD] = {7, 8, 9};
static const int32_t one[] = {1}, zero[] = {0};

static const struct tflite_tensor tensors[] = {
	{DUET_TFLITE_INT8, 2, {1, 1}, NULL, 1, 0, scale},
	{DUET_TFLITE_RESOURCE, 0, {0}, NULL, 0, 0, NULL},
	{DUET_TFLITE_INT8, 1, {HELD}, NULL, 1, 0, scale},
	{DUET_TFLITE_INT8, 1, {1}, NULL, 1, 0, scale},
	{DUET_TFLITE_INT8, 1, {HELD + 1}, NULL, 1, 0, scale},
	{DUET_TFLITE_INT8, 1, {HELD}, NULL, 1, 0, scale},
	{DUET_TFLITE_INT32, 1, {1}, one, 0, 0, NULL},
	{DUET_TFLITE_INT32, 1, {1}, zero, 0, 0, NULL},
	{DUET_TFLITE_INT8, 1, {1}, NULL, 1, 0, scale},
	{DUET_TFLITE_INT8, 1, {HELD}, before, 1, 0, scale},
};

static const struct tflite_operator delay[] = {
	{CALL_ONCE, 0, {0}, 0, {0}, {1}, NULL},
	{VAR_HANDLE, 0, {0}, 1, {1}, {0}, "state"},
	{READ_VARIABLE, 1, {1}, 1, {2}, {0}, NULL},
	{RESHAPE, 1, {0}, 1, {3}, {0}, NULL},
	{CONCATENATION, 2, {2, 3}, 1, {4}, {0}, NULL},
	{STRIDED_SLICE, 4, {4, 6, 7, 6}, 1, {5}, {0, 1}, NULL},
	{ASSIGN_VARIABLE, 2, {1, 5}, 0, {0}, {0}, NULL},
	{STRIDED_SLICE, 4, {4, 7, 6, 6}, 1, {8}, {0, 0}, NULL},
};

static const struct tflite_tensor first_tensors[] = {
	{DUET_TFLITE_RESOURCE, 0, {0}, NULL, 0, 0, NULL},
	{DUET_TFLITE_INT8, 1, {HELD}, before, 1, 0, scale},
};

static const struct tflite_operator first[] = {
	{VAR_HANDLE, 0, {0}, 1, {0}, {0}, "state"},
	{ASSIGN_VARIABLE, 2, {0, 1}, 0, {0}, {0}, NULL},
};

static struct tflite_file file;

static struct duet_slice write_delay(void)
{
	const struct tflite_graph graphs[] = {{tensors, 10, delay, 8, 0, 8},
					      {first_tensors, 2, first, 2, -1, -1}};

	tflite_write(&file, graphs, 2);
	return (struct duet_slice){(const char *)file.bytes, file.n};
}

static int run(struct duet_infer *model, int input)
{
	*(int8_t *)duet_infer_input(model)->bytes = (int8_t)input;
	duet_infer_run(model);
	return *(const int8_t *)duet_infer_output(model)->bytes;
}

static void variables_carry_over_and_are_reset(void **state)
{
	static const int expected[] = {7, 8, 9, 0, 1, 2, 3, 4};
	struct duet_infer *model;
	struct duet_error error = {0};

	if (duet_infer_read(&model, write_delay(), &error) < 0)
		fail_msg("%s", error.what);
	for (int round = 0; round < 2; round++) {
		duet_alloc_fail_at(0);
		for (int i = 0; i < 8; i++)
			assert_int_equal(run(model, i), expected[i]);
		assert_int_equal(duet_alloc_fail_at(0), 0);
		duet_infer_reset(model);
	}
	duet_infer_free(model);
}

static int read_delay(void *user)
{
	struct duet_infer *model;
	int code = duet_infer_read(&model, write_delay(), NULL);

	duet_infer_free(model);
	return code;
}

static void survives_failing_memory(void **state)
{
	duet_torture(read_delay, NULL);
}

static void try_bytes(const char *bytes, size_t n)
{
	struct duet_error error = {0};
	struct duet_infer *model;

	if (duet_infer_read(&model, (struct duet_slice){bytes, n}, &error) < 0) {
		assert_true(error.what[0]);
		assert_null(model);
		return;
	}
	duet_infer_run(model);
	duet_infer_free(model);
}

/* Cut anywhere, and with any byte changed: refused, or it runs within its bounds (the sanitizers look on). */
static void damage_is_refused_or_harmless(void **state)
{
	struct duet_slice whole = write_delay();
	char *copy = duet_alloc(whole.len);

	for (size_t n = 0; n < whole.len; n++) {
		char *cut = duet_alloc(n + 1);

		memcpy(cut, whole.ptr, n);
		try_bytes(cut, n);
		duet_free(cut);
	}
	for (size_t at = 0; at < whole.len; at++) {
		for (int change = 1; change < 256; change = change * 2 + 1) {
			memcpy(copy, whole.ptr, whole.len);
			copy[at] = (char)(copy[at] ^ change);
			try_bytes(copy, whole.len);
		}
	}
	duet_free(copy);
}

static void refused(const struct tflite_graph *graphs, int n_graphs, const char *what)
{
	struct duet_error error = {0};
	struct duet_infer *model;

	tflite_write(&file, graphs, n_graphs);
	assert_true(duet_infer_read(&model, (struct duet_slice){(const char *)file.bytes, file.n}, &error) <
		    0);
	if (!strstr(error.what, what))
		fail_msg("%s", error.what);
}

static void mistakes_say_what_is_wrong(void **state)
{
	static const struct tflite_operator unknown[] = {{77, 1, {0}, 1, {3}, {0}, NULL}};
	static const struct tflite_operator unread[] = {{RESHAPE, 1, {4}, 1, {3}, {0}, NULL}};
	static const struct tflite_operator twice[] = {{RESHAPE, 1, {0}, 1, {3}, {0}, NULL},
						       {RESHAPE, 1, {0}, 1, {3}, {0}, NULL}};
	static const struct tflite_operator onto[] = {{RESHAPE, 1, {0}, 1, {9}, {0}, NULL}};
	static const struct tflite_operator larger[] = {{RESHAPE, 1, {0}, 1, {4}, {0}, NULL}};
	static const struct tflite_operator many[] = {{RESHAPE, 4, {0, 0, 0, 0}, 1, {3}, {0}, NULL}};
	struct duet_error error = {0};
	struct duet_infer *model;

	refused(&(struct tflite_graph){tensors, 10, unknown, 1, 0, 3}, 1,
		"the operator 77, which is not known");
	refused(&(struct tflite_graph){tensors, 10, unread, 1, 0, 3}, 1, "reads what nothing has written");
	refused(&(struct tflite_graph){tensors, 10, twice, 2, 0, 3}, 1, "written already");
	refused(&(struct tflite_graph){tensors, 10, onto, 1, 0, 9}, 1, "written already");
	refused(&(struct tflite_graph){tensors, 10, larger, 1, 0, 4}, 1, "RESHAPE: its sizes");
	refused(&(struct tflite_graph){tensors, 10, many, 1, 0, 3}, 1, "RESHAPE: 4 operands");
	refused(&(struct tflite_graph){tensors, 10, larger, 1, -1, 4}, 1, "no input");
	refused(&(struct tflite_graph){tensors, 10, delay, 8, 0, 8}, 1, "there is no such graph");
	assert_true(duet_infer_read(&model, duet_slice("no model at all"), &error) < 0);
	assert_string_equal(error.what, "this is no TensorFlow Lite model");
}

static void a_file_is_named(void **state)
{
	struct temporary_file text = temporary_file("TFL3TFL3TFL3");
	struct duet_error error = {0};
	struct duet_infer *model;

	assert_true(duet_infer_load(&model, text.path, &error) < 0);
	assert_string_equal(error.file, text.path);
	assert_true(duet_infer_load(&model, "/nowhere", &error) < 0);
	unlink(text.path);
}

/* Models as they are in use, where there are any. */
static void real_models_load(void **state)
{
	static const char *const names[] = {"alexa", "hey_jarvis", "hey_mycroft", "okay_nabu", "vad"};
	const char *shared = getenv("DUET_SHARED");

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct duet_error error = {0};
		struct duet_infer *model;
		char path[512];

		snprintf(path, sizeof(path), "%s/models/microwakeword/%s.tflite", shared ? shared : "",
			 names[i]);
		if (access(path, R_OK) != 0) {
			printf("skipped: %s is not here\n", path);
			continue;
		}
		if (duet_infer_load(&model, path, &error) < 0)
			fail_msg("%s: %s", names[i], error.what);
		assert_int_equal(duet_infer_input(model)->n_bytes, 3 * 40);
		assert_int_equal(duet_infer_output(model)->n_bytes, 1);
		assert_true(duet_infer_room(model) < 16 * 1024);
		memset(duet_infer_input(model)->bytes, -128, 3 * 40);
		for (int k = 0; k < 100; k++)
			duet_infer_run(model);
		assert_true(*(const uint8_t *)duet_infer_output(model)->bytes < 64); /* nobody speaks */
		duet_infer_free(model);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(variables_carry_over_and_are_reset),
		cmocka_unit_test(survives_failing_memory),
		cmocka_unit_test(damage_is_refused_or_harmless),
		cmocka_unit_test(mistakes_say_what_is_wrong),
		cmocka_unit_test(a_file_is_named),
		cmocka_unit_test(real_models_load),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
