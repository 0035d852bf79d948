/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/rest.h"

enum { FILE_BYTES = 8 << 20 };

static long resident_bytes(void)
{
	FILE *file = fopen("/proc/self/statm", "r");
	long resident = 0;

	assert_non_null(file);
	assert_int_equal(fscanf(file, "%*s %ld", &resident), 1);
	fclose(file);
	return resident * sysconf(_SC_PAGESIZE);
}

static unsigned sum_of(struct duet_slice bytes)
{
	unsigned sum = 0;

	for (size_t i = 0; i < bytes.len; i++)
		sum += (unsigned char)bytes.ptr[i];
	return sum;
}

static void mapped_files_stay_readable(void **state)
{
	char path[] = "/tmp/duet-rest-XXXXXX";
	int fd = mkstemp(path);
	char *content = malloc(FILE_BYTES);
	struct duet_slice bytes;
	unsigned sum;
	long before;

	memset(content, 'x', FILE_BYTES);
	assert_int_equal(write(fd, content, FILE_BYTES), FILE_BYTES);
	close(fd);
	free(content);
	assert_int_equal(duet_file_map(path, &bytes, NULL), 0);
	sum = sum_of(bytes);
	before = resident_bytes();
	duet_rest();
	assert_true(resident_bytes() < before - FILE_BYTES / 2);
	assert_int_equal(sum_of(bytes), sum);
	duet_file_unmap(bytes);
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(mapped_files_stay_readable)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
