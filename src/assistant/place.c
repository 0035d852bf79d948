/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "assistant/config.h"
#include "base/file.h"

/* Where configuration, data and state lie. */

static bool holds(const char *dir, const char *file)
{
	char path[640];

	return snprintf(path, sizeof(path), "%s/%s", dir, file) < (int)sizeof(path) &&
	       access(path, R_OK) == 0;
}

/* The folder of the running program, without its last `/`. */
static const char *program_dir(char dir[512])
{
	ssize_t length = readlink("/proc/self/exe", dir, 511);
	char *slash;

	if (length <= 0)
		return NULL;
	dir[length] = '\0';
	slash = strrchr(dir, '/');
	if (!slash)
		return NULL;
	*slash = '\0';
	return dir;
}

static bool beside_program(const char *relative, char *found, size_t size)
{
	char dir[512], path[640];

	if (!program_dir(dir))
		return false;
	snprintf(path, sizeof(path), "%s/%s", dir, relative);
	return holds(path, "duet.yaml") && realpath(path, found) && strlen(found) < size;
}

/* A build that is not installed has the source's data; the order lets a developer's copy go first. */
const char *duet_data_dir(void)
{
	static char found[4096];
	const char *asked = getenv("DUET_DATA");

	if (asked && asked[0])
		return asked;
	if (beside_program("../data", found, sizeof(found)) ||
	    beside_program("../share/duet", found, sizeof(found)))
		return found;
	if (holds(DUET_INSTALLED_DATA, "duet.yaml"))
		return DUET_INSTALLED_DATA;
	return holds(DUET_SOURCE_DATA, "duet.yaml") ? DUET_SOURCE_DATA : NULL;
}

/* What the build makes of the data for a language, "zh-CN" else "zh": it is installed with the data, and
 * until then lies where the program was built. */
static int find_made(const struct duet_config *config, const char *language, const char *installed,
		     const char *built, const char *ending, char *path, size_t size)
{
	char program[512];
	const char *dirs[] = {config->data_dir, program_dir(program)};
	const int lengths[] = {(int)strlen(language), (int)strcspn(language, "-_")};

	for (size_t i = 0; i < 4; i++) {
		if (!dirs[i / 2])
			continue;
		snprintf(path, size, "%s/%s/%.*s.%s", dirs[i / 2], i < 2 ? installed : built, lengths[i % 2],
			 language, ending);
		if (access(path, R_OK) == 0)
			return 0;
	}
	return -ENOENT;
}

int duet_config_model(const struct duet_config *config, const char *language, char *path, size_t size)
{
	return find_made(config, language, "learnt", "data/queries", "model", path, size);
}

int duet_config_network(const struct duet_config *config, const char *language, char *path, size_t size)
{
	return find_made(config, language, "compiled", "data/sentences", "network", path, size);
}

static void user_config_dir(char *dir, size_t size)
{
	const char *xdg = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");

	if (xdg && xdg[0])
		snprintf(dir, size, "%s/duet", xdg);
	else
		snprintf(dir, size, "%s/.config/duet", home ? home : "");
}

int duet_config_find(const char *path, const char *data_dir, char *found, size_t size,
		     struct duet_error *error)
{
	char own[512];
	const char *places[3] = {own, "/etc/duet", data_dir};

	if (path) {
		snprintf(found, size, "%s", path);
		return 0;
	}
	user_config_dir(own, sizeof(own));
	for (size_t i = 0; i < 3; i++) {
		if (!places[i] || !holds(places[i], "duet.yaml"))
			continue;
		snprintf(found, size, "%s/duet.yaml", places[i]);
		return 0;
	}
	return duet_error_set(error, -ENOENT, "there is no configuration, not even the default one in %s",
			      data_dir ? data_dir : "data/");
}

static void default_state_dir(char *dir, size_t size)
{
	const char *service = getenv("STATE_DIRECTORY"), *xdg = getenv("XDG_STATE_HOME"),
		   *home = getenv("HOME");

	if (service && service[0])
		snprintf(dir, size, "%s", service);
	else if (xdg && xdg[0])
		snprintf(dir, size, "%s/duet", xdg);
	else
		snprintf(dir, size, "%s/.local/state/duet", home ? home : "/tmp");
}

int duet_config_state_dir(const struct duet_config *config, const char *override, char *dir, size_t size,
			  struct duet_error *error)
{
	const char *asked = override ? override : config->speaker.state_dir;

	if (asked && !asked[0]) {
		dir[0] = '\0';
		return 1;
	}
	if (asked)
		snprintf(dir, size, "%s", asked);
	else
		default_state_dir(dir, size);
	return duet_file_mkdirs(dir, error);
}
