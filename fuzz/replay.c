/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/file.h"
#include "fuzz.h"

/* Feeds files, and all files of folders, to the target that it is linked with: the corpus as a test. */

enum { MAX_BYTES = 64 << 20 };

static int replay(const char *path)
{
	struct duet_error error;
	char *bytes, text[600];
	size_t n_bytes;

	if (duet_file_read(path, MAX_BYTES, &bytes, &n_bytes, &error) < 0) {
		duet_error_format(&error, text, sizeof(text));
		fprintf(stderr, "%s\n", text);
		return -1;
	}
	LLVMFuzzerTestOneInput((const uint8_t *)bytes, n_bytes);
	duet_free(bytes);
	return 1;
}

static int replay_folder(const char *path)
{
	DIR *folder = opendir(path);
	const struct dirent *entry;
	char file[4096];
	int n = 0, code = 0;

	while (folder && code >= 0 && (entry = readdir(folder))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(file, sizeof(file), "%s/%s", path, entry->d_name);
		code = replay(file);
		n++;
	}
	if (folder)
		closedir(folder);
	return code < 0 ? code : n;
}

int main(int argc, char **argv)
{
	int n_inputs = 0;

	for (int i = 1; i < argc; i++) {
		struct stat info;
		int n = stat(argv[i], &info) == 0 && S_ISDIR(info.st_mode) ? replay_folder(argv[i])
									   : replay(argv[i]);

		if (n < 0)
			return 1;
		n_inputs += n;
	}
	printf("%d inputs\n", n_inputs);
	return n_inputs > 0 ? 0 : 1;
}
