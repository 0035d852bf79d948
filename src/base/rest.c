/* SPDX-License-Identifier: Apache-2.0 */
#include "base/rest.h"

#include <malloc.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

/* A line of /proc/self/maps. */
struct mapping {
	unsigned long begin, end;
	char rights[8];
	char path[256];
};

static bool read_mapping(FILE *maps, struct mapping *mapping)
{
	char line[512];

	while (fgets(line, sizeof(line), maps)) {
		mapping->path[0] = '\0';
		if (sscanf(line, "%lx-%lx %7s %*s %*s %*s %255[^\n]", &mapping->begin, &mapping->end,
			   mapping->rights, mapping->path) >= 3)
			return true;
	}
	return false;
}

/* A library's or program's read-only pages were written when it was linked: they are not the file's any more.
 * The kernel lists the mappings of one file together, and of code some are executable. */
static void drop(const struct mapping *run, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (strchr(run[i].rights, 'x') || strchr(run[i].rights, 'w'))
			return;
	}
	for (size_t i = 0; i < n; i++)
		madvise((void *)(uintptr_t)run[i].begin, run[i].end - run[i].begin, MADV_DONTNEED);
}

static void drop_files(FILE *maps)
{
	enum { MAX_RUN = 32 };
	struct mapping run[MAX_RUN], next;
	size_t n = 0;

	while (read_mapping(maps, &next)) {
		if (n > 0 && (n == MAX_RUN || strcmp(run[0].path, next.path) != 0)) {
			drop(run, n);
			n = 0;
		}
		if (next.path[0] == '/')
			run[n++] = next;
	}
	drop(run, n);
}

void duet_rest_files(void)
{
	FILE *maps = fopen("/proc/self/maps", "re");

	if (!maps)
		return;
	drop_files(maps);
	fclose(maps);
}

void duet_rest(void)
{
	malloc_trim(0);
	duet_rest_files();
}
