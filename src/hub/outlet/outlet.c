/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/outlet/outlet.h"

#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/log.h"
#include "hub/key/secret.h"
#include "hub/log/log.h"
#include "hub/outlet/outlet_thread.h"
#include "loop/worker.h"

/* The routes that there are, and the files that keep them. */

enum { PATH_SIZE = 4096, NAME_MAX_LEN = 64, MAX_FILE = 1 << 18 };

struct duet_hub_outlets {
	struct duet_hub_outlets_setup setup;
	char dir[PATH_SIZE], dead_dir[PATH_SIZE];
	struct duet_worker *worker;
	pthread_mutex_t lock;
	struct duet_hub_outlet *items[DUET_HUB_MAX_OUTLETS];
	size_t n_items;
};

static bool name_is_fine(const char *name)
{
	size_t n = strlen(name);

	return n > 0 && n <= NAME_MAX_LEN && name[0] != '.' &&
	       n == strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.");
}

static void file_path(const struct duet_hub_outlets *outlets, const char *name, char *path)
{
	snprintf(path, PATH_SIZE, "%.3900s/%.64s.route", outlets->dir, name);
}

static size_t find(const struct duet_hub_outlets *outlets, const char *name)
{
	size_t i = 0;

	while (i < outlets->n_items && strcmp(duet_hub_outlet_name(outlets->items[i]), name) != 0)
		i++;
	return i;
}

static int save(const struct duet_hub_outlets *outlets, const char *name, const json_t *route,
		struct duet_error *error)
{
	char path[PATH_SIZE], *text = json_dumps(route, JSON_COMPACT);
	struct duet_slice plain = duet_slice(text);
	unsigned char *sealed = text ? duet_alloc(plain.len + DUET_HUB_SECRET_OVERHEAD) : NULL;
	int code = sealed ? duet_hub_secret_seal(outlets->setup.secret, name, plain, sealed) : -ENOMEM;

	file_path(outlets, name, path);
	if (code == 0)
		code = duet_file_replace(
			path, (struct duet_slice){(char *)sealed, plain.len + DUET_HUB_SECRET_OVERHEAD},
			error);
	else
		duet_error_set(error, code, "out of memory");
	duet_free(sealed);
	free(text);
	return code;
}

static json_t *load(const struct duet_hub_outlets *outlets, const char *name)
{
	char path[PATH_SIZE], *bytes, *plain;
	json_t *route = NULL;
	size_t n_bytes;
	long n;

	file_path(outlets, name, path);
	if (duet_file_read(path, MAX_FILE, &bytes, &n_bytes, NULL) < 0)
		return NULL;
	plain = duet_alloc(n_bytes + 1);
	n = plain ? duet_hub_secret_unseal(outlets->setup.secret, name, (struct duet_slice){bytes, n_bytes},
					   plain)
		  : -ENOMEM;
	if (n >= 0)
		route = json_loadb(plain, (size_t)n, 0, NULL);
	duet_free(plain);
	duet_free(bytes);
	return route;
}

static int make(struct duet_hub_outlets *outlets, const char *name, const json_t *route,
		struct duet_hub_outlet **made, struct duet_error *error)
{
	struct duet_hub_outlet_setup setup = {.name = name,
					      .route = route,
					      .dir = outlets->dir,
					      .dead_dir = outlets->dead_dir,
					      .log = outlets->setup.log};

	return duet_hub_outlet_new(made, &setup, error);
}

static void start_kept(struct duet_hub_outlets *outlets, const char *file)
{
	char name[NAME_MAX_LEN + 1];
	const char *dot = strrchr(file, '.');
	struct duet_error error = {0};
	json_t *route;
	char text[600];

	if (!dot || strcmp(dot, ".route") != 0 || dot - file > NAME_MAX_LEN ||
	    outlets->n_items == DUET_HUB_MAX_OUTLETS)
		return;
	snprintf(name, sizeof(name), "%.*s", (int)(dot - file), file);
	route = load(outlets, name);
	if (!route) {
		duet_error_log("route", "%s cannot be read and is left alone", name);
		return;
	}
	if (make(outlets, name, route, &outlets->items[outlets->n_items], &error) == 0) {
		outlets->n_items++;
	} else {
		duet_error_format(&error, text, sizeof(text));
		duet_error_log("route", "%s: %s", name, text);
	}
	json_decref(route);
}

static int start_all(struct duet_hub_outlets *outlets, struct duet_error *error)
{
	DIR *folder = opendir(outlets->dir);
	const struct dirent *entry;

	if (!folder)
		return duet_error_set(error, -errno, "%.200s: %s", outlets->dir, strerrordesc_np(errno));
	while ((entry = readdir(folder)))
		start_kept(outlets, entry->d_name);
	closedir(folder);
	return 0;
}

int duet_hub_outlets_new(struct duet_hub_outlets **outlets, const struct duet_hub_outlets_setup *setup,
			 struct duet_error *error)
{
	struct duet_hub_outlets *made = duet_calloc(1, sizeof(*made));
	int code;

	if (!made)
		return duet_error_set(error, -ENOMEM, "out of memory");
	made->setup = *setup;
	pthread_mutex_init(&made->lock, NULL);
	snprintf(made->dir, sizeof(made->dir), "%.3900s/routes", setup->dir);
	snprintf(made->dead_dir, sizeof(made->dead_dir), "%.3900s/dead", setup->dir);
	code = duet_file_mkdirs(made->dir, error);
	if (code == 0)
		code = duet_file_mkdirs(made->dead_dir, error);
	made->worker = duet_worker_new("routes", false);
	if (code == 0 && !made->worker)
		code = duet_error_set(error, -ENOMEM, "out of memory");
	if (code == 0)
		code = start_all(made, error);
	if (code < 0)
		duet_hub_outlets_free(made);
	else
		*outlets = made;
	return code;
}

void duet_hub_outlets_free(struct duet_hub_outlets *outlets)
{
	if (!outlets)
		return;
	if (outlets->worker)
		duet_worker_free(outlets->worker);
	for (size_t i = 0; i < outlets->n_items; i++) /* all at once, then wait for each */
		duet_hub_outlet_end(outlets->items[i]);
	for (size_t i = 0; i < outlets->n_items; i++)
		duet_hub_outlet_free(outlets->items[i]);
	pthread_mutex_destroy(&outlets->lock);
	duet_free(outlets);
}

int duet_hub_outlets_post(struct duet_hub_outlets *outlets, duet_loop_call *call, void *user)
{
	return duet_worker_post(outlets->worker, call, user);
}

/* One of that name ends before the new one begins: the cursor is one. */
static int replace(struct duet_hub_outlets *outlets, const char *name, const json_t *route,
		   struct duet_error *error)
{
	size_t at = find(outlets, name);
	struct duet_hub_outlet *made;
	int code;

	if (at == DUET_HUB_MAX_OUTLETS)
		return duet_error_set(error, -EDQUOT, "there are %d routes already", DUET_HUB_MAX_OUTLETS);
	code = duet_hub_outlet_check(route, error);
	if (code == 0)
		code = save(outlets, name, route, error);
	if (code < 0)
		return code;
	if (at < outlets->n_items) {
		duet_hub_outlet_free(outlets->items[at]);
		outlets->items[at] = outlets->items[--outlets->n_items];
	}
	code = make(outlets, name, route, &made, error);
	if (code == 0)
		outlets->items[outlets->n_items++] = made;
	return code;
}

int duet_hub_outlets_put(struct duet_hub_outlets *outlets, const char *name, const json_t *route,
			 struct duet_error *error)
{
	int code;

	if (!name_is_fine(name))
		return duet_error_set(error, -EINVAL, "a route's name has 1 to %d letters, digits and - _ .",
				      NAME_MAX_LEN);
	pthread_mutex_lock(&outlets->lock);
	code = replace(outlets, name, route, error);
	pthread_mutex_unlock(&outlets->lock);
	return code;
}

int duet_hub_outlets_remove(struct duet_hub_outlets *outlets, const char *name)
{
	struct duet_hub_outlet *gone = NULL;
	char path[PATH_SIZE];
	size_t at;

	pthread_mutex_lock(&outlets->lock);
	at = find(outlets, name);
	if (at < outlets->n_items) {
		gone = outlets->items[at];
		outlets->items[at] = outlets->items[--outlets->n_items];
		file_path(outlets, name, path);
		unlink(path);
		duet_hub_outlet_free(gone);
		duet_hub_reader_forget(outlets->setup.log, name);
	}
	pthread_mutex_unlock(&outlets->lock);
	return gone ? 0 : -ENOENT;
}

json_t *duet_hub_outlets_get(struct duet_hub_outlets *outlets, const char *name)
{
	json_t *route = NULL;
	size_t at;

	pthread_mutex_lock(&outlets->lock);
	at = find(outlets, name);
	if (at < outlets->n_items)
		route = duet_hub_outlet_json(outlets->items[at]);
	pthread_mutex_unlock(&outlets->lock);
	return route;
}

json_t *duet_hub_outlets_list(struct duet_hub_outlets *outlets)
{
	json_t *list = json_array();

	pthread_mutex_lock(&outlets->lock);
	for (size_t i = 0; i < outlets->n_items; i++)
		json_array_append_new(list, duet_hub_outlet_json(outlets->items[i]));
	pthread_mutex_unlock(&outlets->lock);
	return list;
}

int duet_hub_outlets_query(struct duet_hub_outlets *outlets, const char *name, const char *where, int max,
			   json_t **rows, struct duet_error *error)
{
	int code = -ENOENT;
	size_t at;

	pthread_mutex_lock(&outlets->lock);
	at = find(outlets, name);
	if (at < outlets->n_items)
		code = duet_hub_outlet_query(outlets->items[at], where, max, rows, error);
	pthread_mutex_unlock(&outlets->lock);
	return code == -ENOENT ? duet_error_set(error, code, "there is no such route") : code;
}
