/* SPDX-License-Identifier: Apache-2.0 */
#include "grammar/layout.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_NAME = 256 };

struct walk {
	const char *language;
	int (*each)(void *user, const struct duet_layout_file *file);
	void *user;
	struct duet_error *error;
};

static int fail(const struct walk *w, const char *path, int code, const char *what, const char *hint)
{
	duet_error_set(w->error, code, "%s", what);
	duet_error_at(w->error, path, 0, 0);
	if (hint)
		duet_error_hint(w->error, "%s", hint);
	return code;
}

static bool join(char *path, const char *folder, const char *name)
{
	return snprintf(path, PATH_MAX, "%s/%s", folder, name) < PATH_MAX;
}

static bool is_folder(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

static bool has_folder(const char *folder, const char *name)
{
	char path[PATH_MAX];

	return join(path, folder, name) && is_folder(path);
}

bool duet_layout_is_checkout(const char *source)
{
	return has_folder(source, "sentences");
}

static bool is_sentence_file(const char *name)
{
	const char *ending = strrchr(name, '.');

	return ending && name[0] != '.' && (strcmp(ending, ".yaml") == 0 || strcmp(ending, ".yml") == 0);
}

static void folder_name(const char *path, const char *end, char *name)
{
	const char *begin;

	while (end > path && end[-1] == '/')
		end--;
	for (begin = end; begin > path && begin[-1] != '/';)
		begin--;
	snprintf(name, MAX_NAME, "%.*s", (int)(end - begin), begin);
}

static int visit(const struct walk *w, const char *path, bool is_schema)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path,
		   *ending = strrchr(name, '.');
	char intent[MAX_NAME] = "", combination[MAX_NAME];
	struct duet_layout_file file = {path, intent, combination, is_schema};

	if (slash)
		folder_name(path, slash, intent);
	snprintf(combination, sizeof(combination), "%.*s", ending ? (int)(ending - name) : (int)strlen(name),
		 name);
	return w->each(w->user, &file);
}

/* The entries of a folder that `wanted` takes, in the order of their names. */
static int each_entry(const struct walk *w, const char *folder,
		      bool (*wanted)(const char *path, const char *name),
		      int (*take)(const struct walk *w, const char *path))
{
	struct dirent **entries = NULL;
	char path[PATH_MAX];
	int n = scandir(folder, &entries, NULL, alphasort), rc = 0;

	if (n < 0)
		return fail(w, folder, -errno, errno == ENOMEM ? "out of memory" : strerror(errno), NULL);
	for (int i = 0; i < n; i++) {
		if (rc == 0 && join(path, folder, entries[i]->d_name) && wanted(path, entries[i]->d_name))
			rc = take(w, path);
		free(entries[i]);
	}
	free(entries);
	return rc;
}

static bool wants_file(const char *path, const char *name)
{
	return is_sentence_file(name) && !is_folder(path);
}

static bool wants_folder(const char *path, const char *name)
{
	return name[0] != '.' && is_folder(path);
}

static int take_file(const struct walk *w, const char *path)
{
	return visit(w, path, false);
}

static int take_files(const struct walk *w, const char *folder)
{
	return each_entry(w, folder, wants_file, take_file);
}

static bool wants_own_file(const char *path, const char *name)
{
	return name[0] != '_' && wants_file(path, name);
}

static int found(const struct walk *w, const char *path)
{
	return 1;
}

/* While a language moved from one layout to the other, its sentences stood in both. */
static bool is_of_2025(const struct walk *w, const char *folder)
{
	return each_entry(w, folder, wants_own_file, found) > 0;
}

static int take_tree(const struct walk *w, const char *folder)
{
	int rc = take_files(w, folder);

	return rc || is_of_2025(w, folder) ? rc : each_entry(w, folder, wants_folder, take_files);
}

static bool same_tag(const char *a, const char *b, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (tolower((unsigned char)a[i]) != tolower((unsigned char)b[i]) &&
		    !(strchr("-_", a[i]) && strchr("-_", b[i])))
			return false;
	return true;
}

/* How well a folder's name fits a language; 0: not at all. */
static int fit(const char *name, const char *language)
{
	size_t n = strlen(name), main_name = strcspn(name, "-_");
	size_t n_language = strlen(language), main_language = strcspn(language, "-_");

	if (strcmp(name, language) == 0)
		return 4;
	if (n == n_language && same_tag(name, language, n))
		return 3;
	if (main_name != main_language || !same_tag(name, language, main_name))
		return 0;
	if (n == main_name)
		return 2;
	return n_language == main_language;
}

/* The folder of the language within `folder`, or false. */
static bool find_language(const char *folder, const char *language, char *path)
{
	struct dirent **entries = NULL;
	int n = scandir(folder, &entries, NULL, alphasort), best = 0;
	char candidate[PATH_MAX];

	for (int i = 0; i < n; i++) {
		int fits = fit(entries[i]->d_name, language);

		if (fits > best && join(candidate, folder, entries[i]->d_name) && is_folder(candidate)) {
			best = fits;
			memcpy(path, candidate, sizeof(candidate));
		}
		free(entries[i]);
	}
	free(entries);
	return best > 0;
}

/* What stands beside the sentences of a checkout, each part only where it exists. */
static int take_part(const struct walk *w, const char *root, const char *part)
{
	char folder[PATH_MAX], own[PATH_MAX];
	int rc;

	if (!join(folder, root, part) || !is_folder(folder))
		return 0;
	rc = take_files(w, folder);
	return rc == 0 && find_language(folder, w->language, own) ? take_files(w, own) : rc;
}

static int take_checkout(const struct walk *w, const char *root)
{
	static const char *const parts[] = {"responses", "lists", "rules"};
	size_t n_parts;
	char path[PATH_MAX], own[PATH_MAX];
	int rc = 0;

	if (!join(path, root, "sentences") || !find_language(path, w->language, own))
		return fail(w, root, -ENOENT, "there are no sentences for the language of the assistant",
			    "its folder sentences/ has those that there are");
	if (join(path, root, "intents.yaml") && access(path, F_OK) == 0)
		rc = visit(w, path, true);
	n_parts = is_of_2025(w, own) ? 1 : sizeof(parts) / sizeof(*parts);
	for (size_t i = 0; rc == 0 && i < n_parts; i++)
		rc = take_part(w, root, parts[i]);
	return rc ? rc : take_tree(w, own);
}

int duet_layout_files(const char *source, const char *language,
		      int (*each)(void *user, const struct duet_layout_file *file), void *user,
		      struct duet_error *error)
{
	const struct walk w = {.language = language, .each = each, .user = user, .error = error};
	char own[PATH_MAX];
	struct stat status;

	if (stat(source, &status) < 0)
		return fail(&w, source, -errno, strerror(errno), "give a folder or a .yaml file");
	if (!S_ISDIR(status.st_mode))
		return visit(&w, source, false);
	if (duet_layout_is_checkout(source))
		return take_checkout(&w, source);
	return take_tree(&w, find_language(source, language, own) ? own : source);
}
