/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/hub/hub_manifest.h"

#include <errno.h>
#include <ftw.h>
#include <jansson.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/file.h"

enum { PATH_SIZE = 4096, HEX_SIZE = 65, MAX_OPEN = 16 };

/* nftw knows no user pointer. */
static _Thread_local json_t *files;
static _Thread_local size_t prefix;

static int digest(const char *path, char hex[HEX_SIZE], struct duet_error *error)
{
	unsigned char sum[EVP_MAX_MD_SIZE];
	struct duet_slice bytes;
	unsigned n = 0;
	int code = duet_file_map(path, &bytes, error);

	if (code < 0)
		return code;
	code = EVP_Digest(bytes.ptr, bytes.len, sum, &n, EVP_sha256(), NULL) == 1 ? 0 : -EIO;
	duet_file_unmap(bytes);
	for (unsigned i = 0; i < n && i < 32; i++)
		snprintf(hex + (size_t)2 * i, 3, "%02x", sum[i]);
	return code;
}

static int add_file(const char *path, const struct stat *info, int kind, struct FTW *place)
{
	char hex[HEX_SIZE];

	if (kind != FTW_F || strcmp(path + prefix, DUET_HUB_MANIFEST) == 0)
		return 0;
	if (digest(path, hex, NULL) < 0)
		return -1;
	return json_object_set_new(
		files, path + prefix,
		json_pack("{s:I, s:s}", "bytes", (json_int_t)info->st_size, "sha256", hex));
}

int duet_hub_manifest_write(const char *dir, struct duet_error *error)
{
	char path[PATH_SIZE], time_text[32], *text;
	time_t now = time(NULL);
	json_t *manifest;
	struct tm tm;
	int code;

	files = json_object();
	prefix = strlen(dir) + 1;
	if (nftw(dir, add_file, MAX_OPEN, FTW_PHYS) != 0) {
		json_decref(files);
		return duet_error_set(error, -EIO, "cannot read what was written to %.180s", dir);
	}
	gmtime_r(&now, &tm);
	strftime(time_text, sizeof(time_text), "%FT%TZ", &tm);
	manifest = json_pack("{s:s, s:i, s:o}", "made", time_text, "version", 1, "files", files);
	text = json_dumps(manifest, JSON_INDENT(2) | JSON_SORT_KEYS);
	snprintf(path, sizeof(path), "%s/" DUET_HUB_MANIFEST, dir);
	code = text ? duet_file_replace(path, duet_slice(text), error)
		    : duet_error_set(error, -ENOMEM, "out of memory");
	free(text);
	json_decref(manifest);
	return code;
}

static int check_file(const char *dir, const char *name, const json_t *file, struct duet_error *error)
{
	const char *expected = json_string_value(json_object_get(file, "sha256"));
	char path[PATH_SIZE], hex[HEX_SIZE] = "";
	int code;

	if (strstr(name, "..") || name[0] == '/')
		return duet_error_set(error, -EBADMSG, "the backup names a file outside itself");
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	code = digest(path, hex, error);
	if (code < 0)
		return code;
	if (expected && strcmp(hex, expected) == 0)
		return 0;
	duet_error_set(error, -EBADMSG, "is not what was backed up");
	duet_error_at(error, path, 0, 0);
	return -EBADMSG;
}

int duet_hub_manifest_check(const char *dir, struct duet_error *error)
{
	char path[PATH_SIZE];
	json_error_t mistake;
	json_t *manifest, *file, *all;
	const char *name;
	int code = 0;

	snprintf(path, sizeof(path), "%s/" DUET_HUB_MANIFEST, dir);
	manifest = json_load_file(path, JSON_REJECT_DUPLICATES, &mistake);
	all = json_object_get(manifest, "files");
	if (!json_is_object(all) || !json_object_get(all, "hub.yaml")) {
		json_decref(manifest);
		return duet_error_set(error, -EBADMSG, "%.180s is no backup of a hub", dir);
	}
	json_object_foreach(all, name, file) if (code == 0) code = check_file(dir, name, file, error);
	json_decref(manifest);
	return code;
}
