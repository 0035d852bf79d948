/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "torture.h"

static char folder[] = "/tmp/duet-file-XXXXXX";

static const char *at(const char *name)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

static int make_folder(void **state)
{
	return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
	char command[64];

	snprintf(command, sizeof(command), "rm -rf %s", folder);
	return system(command);
}

static void assert_holds(const char *path, const char *text)
{
	char *bytes;
	size_t n_bytes;

	assert_int_equal(duet_file_read(path, 1 << 20, &bytes, &n_bytes, NULL), 0);
	assert_string_equal(bytes, text);
	assert_int_equal(n_bytes, strlen(text));
	duet_free(bytes);
}

static void replaces_and_reads(void **state)
{
	struct stat info;

	assert_int_equal(duet_file_replace(at("a"), duet_slice("one"), NULL), 0);
	assert_holds(at("a"), "one");
	chmod(at("a"), 0640);
	assert_int_equal(duet_file_replace(at("a"), duet_slice(""), NULL), 0);
	assert_holds(at("a"), "");
	assert_int_equal(stat(at("a"), &info), 0);
	assert_int_equal(info.st_mode & 0777, 0640);
}

static void says_what_is_missing(void **state)
{
	struct duet_error error;
	char *bytes, text[512];
	size_t n_bytes;

	assert_int_equal(duet_file_read("/no/such/file", 10, &bytes, &n_bytes, &error), -ENOENT);
	duet_error_format(&error, text, sizeof(text));
	assert_string_equal(text, "/no/such/file: cannot open: No such file or directory");
	assert_int_equal(duet_file_read(folder, 10, &bytes, &n_bytes, &error), -EISDIR);
	assert_int_equal(duet_file_replace("/no/such/file", duet_slice("x"), &error), -ENOENT);
}

static void refuses_what_is_too_large(void **state)
{
	char *bytes;
	size_t n_bytes;

	assert_int_equal(duet_file_replace(at("big"), duet_slice("0123456789"), NULL), 0);
	assert_int_equal(duet_file_read(at("big"), 9, &bytes, &n_bytes, NULL), -EFBIG);
	assert_int_equal(duet_file_read(at("big"), 10, &bytes, &n_bytes, NULL), 0);
	duet_free(bytes);
	/* A file that does not say how large it is. */
	assert_int_equal(duet_file_read("/dev/zero", 100000, &bytes, &n_bytes, NULL), -EFBIG);
}

/* The child may write no byte to any file, as on a full disk. */
static void a_full_disk_keeps_the_old_file(void **state)
{
	struct duet_error error;
	int status;
	pid_t child;

	assert_int_equal(duet_file_replace(at("kept"), duet_slice("precious"), NULL), 0);
	child = fork();
	if (child == 0) {
		signal(SIGXFSZ, SIG_IGN);
		setrlimit(RLIMIT_FSIZE, &(struct rlimit){0, 0});
		_exit(duet_file_replace(at("kept"), duet_slice("new"), &error) == -EFBIG ? 0 : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_holds(at("kept"), "precious");
}

static void maps(void **state)
{
	struct duet_slice bytes;

	assert_int_equal(duet_file_replace(at("m"), duet_slice("mapped"), NULL), 0);
	assert_int_equal(duet_file_map(at("m"), &bytes, NULL), 0);
	assert_true(duet_slice_equal(bytes, duet_slice("mapped")));
	duet_file_unmap(bytes);
	assert_int_equal(duet_file_replace(at("m"), duet_slice(""), NULL), 0);
	assert_int_equal(duet_file_map(at("m"), &bytes, NULL), 0);
	assert_int_equal(bytes.len, 0);
	duet_file_unmap(bytes);
	assert_int_equal(duet_file_map(at("none"), &bytes, NULL), -ENOENT);
}

static void makes_folders(void **state)
{
	struct stat info;

	assert_int_equal(duet_file_mkdirs(at("x/y/z"), NULL), 0);
	assert_int_equal(duet_file_mkdirs(at("x/y/z"), NULL), 0);
	assert_int_equal(stat(at("x/y/z"), &info), 0);
	assert_true(S_ISDIR(info.st_mode));
	assert_int_equal(duet_file_replace(at("plain"), duet_slice("x"), NULL), 0);
	assert_int_equal(duet_file_mkdirs(at("plain"), NULL), -ENOTDIR);
	assert_int_equal(duet_file_mkdirs(at("plain/below"), NULL), -ENOTDIR);
}

static int read_it(void *user)
{
	char *bytes;
	size_t n_bytes;
	int code = duet_file_read(user, 1 << 20, &bytes, &n_bytes, NULL);

	if (code == 0)
		duet_free(bytes);
	return code;
}

static void reads_with_failing_memory(void **state)
{
	char path[] = "/proc/self/maps";

	duet_torture(read_it, path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(replaces_and_reads),
		cmocka_unit_test(says_what_is_missing),
		cmocka_unit_test(refuses_what_is_too_large),
		cmocka_unit_test(a_full_disk_keeps_the_old_file),
		cmocka_unit_test(maps),
		cmocka_unit_test(makes_folders),
		cmocka_unit_test(reads_with_failing_memory),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
