/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_HUB_BLOB_FIXTURE_H
#define DUET_HUB_BLOB_FIXTURE_H

#include <dirent.h>
#include <stdio.h>

/* Files in the folder of a device's uploads, those of blocks not counted. */
static inline int count_uploads(const char *folder, const char *device)
{
	char path[300];
	struct dirent *entry;
	int n = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "%s/d-%s", folder, device);
	dir = opendir(path);
	while (dir && (entry = readdir(dir)))
		n += entry->d_name[0] != '.';
	if (dir)
		closedir(dir);
	return n;
}

#endif
