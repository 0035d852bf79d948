/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_TEST_TEMPORARY_FILE_H
#define DUET_TEST_TEMPORARY_FILE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* A file that holds `text`; its path stands in `path`, and the test unlinks it. */
struct temporary_file {
	char path[32];
};

static inline struct temporary_file temporary_file(const char *text)
{
	struct temporary_file file = {"/tmp/duet-test-XXXXXX"};
	int fd = mkstemp(file.path);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	return file;
}

#endif
