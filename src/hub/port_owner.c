/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hub/port.h"

enum { LISTENS = 0x0a, LINE_SIZE = 512, PATH_SIZE = 64, LINK_SIZE = 64, NAME_SIZE = 32 };

/* The socket's number in a table of the system, proc(5): local address and port, then the peer's, both
 * hexadecimal, the state, and the inode in the tenth column. 0: none. */
static unsigned long find_socket(const char *table, int port)
{
	FILE *file = fopen(table, "re");
	char line[LINE_SIZE];
	unsigned long inode = 0, found;
	unsigned local, state;

	while (file && inode == 0 && fgets(line, sizeof(line), file))
		if (sscanf(line, "%*s %*[0-9A-Fa-f]:%x %*s %x %*s %*s %*s %*s %*s %lu", &local, &state,
			   &found) == 3 &&
		    (int)local == port && state == LISTENS)
			inode = found;
	if (file)
		fclose(file);
	return inode;
}

/* Does the process hold it? What is not shown to this user is not known. */
static bool holds(const char *process, const char *socket)
{
	char path[PATH_SIZE + 256], link[LINK_SIZE];
	struct dirent *entry;
	bool found = false;
	ssize_t n;
	DIR *dir;

	snprintf(path, PATH_SIZE, "/proc/%.20s/fd", process);
	dir = opendir(path);
	while (dir && !found && (entry = readdir(dir))) {
		snprintf(path, sizeof(path), "/proc/%.20s/fd/%s", process, entry->d_name);
		n = readlink(path, link, sizeof(link) - 1);
		link[n < 0 ? 0 : n] = '\0';
		found = strcmp(link, socket) == 0;
	}
	if (dir)
		closedir(dir);
	return found;
}

static void name_process(const char *process, char *owner, size_t size)
{
	char path[PATH_SIZE], name[NAME_SIZE] = "a program";
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%.20s/comm", process);
	file = fopen(path, "re");
	if (file && fgets(name, sizeof(name), file))
		name[strcspn(name, "\n")] = '\0';
	if (file)
		fclose(file);
	snprintf(owner, size, "%s (process %.20s)", name, process);
}

bool duet_hub_port_owner(int port, char *owner, size_t size)
{
	unsigned long inode = find_socket("/proc/net/tcp", port);
	char socket[LINK_SIZE];
	struct dirent *entry;
	bool found = false;
	DIR *dir;

	if (inode == 0)
		inode = find_socket("/proc/net/tcp6", port);
	if (inode == 0)
		return false;
	snprintf(socket, sizeof(socket), "socket:[%lu]", inode);
	dir = opendir("/proc");
	while (dir && !found && (entry = readdir(dir)))
		if (isdigit((unsigned char)entry->d_name[0]) && holds(entry->d_name, socket)) {
			name_process(entry->d_name, owner, size);
			found = true;
		}
	if (dir)
		closedir(dir);
	return found;
}
