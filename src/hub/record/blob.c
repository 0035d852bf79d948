/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/record/blob.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "net/url.h"

enum { MAX_ENCODED = 255 - 4, COPY_BYTES = 64 * 1024 };

struct duet_hub_blob {
	int fd;
	bool ended;
	char path[PATH_MAX], beside[PATH_MAX];
};

static bool encode(struct duet_slice name, char out[MAX_ENCODED + 1])
{
	return duet_url_encode(name, out, MAX_ENCODED + 1) > 0;
}

bool duet_hub_blob_name_valid(struct duet_slice name)
{
	char encoded[MAX_ENCODED + 1];

	return name.len > 0 && encode(name, encoded) && strlen(encoded) <= DUET_HUB_BLOB_NAME_MAX;
}

static int join(char path[PATH_MAX], const char *folder, const char *device, const char *prefix,
		const char *name)
{
	char device_name[MAX_ENCODED + 1], file_name[MAX_ENCODED + 1];
	int n;

	/* Names of devices may begin with dots. */
	if (!encode(duet_slice(device), device_name) || !encode(duet_slice(name), file_name))
		return -ENAMETOOLONG;
	n = snprintf(path, PATH_MAX, "%s/d-%s/%s%s", folder, device_name, prefix, file_name);
	return n < 0 || n >= PATH_MAX - 32 ? -ENAMETOOLONG : 0;
}

static int make_parent(const char *path)
{
	char parent[PATH_MAX], *slash;

	snprintf(parent, sizeof(parent), "%s", path);
	slash = strrchr(parent, '/');
	if (!slash)
		return -EINVAL;
	*slash = '\0';
	return duet_file_mkdirs(parent, NULL);
}

static int place_block(char path[PATH_MAX], const char *folder, const char *device, const char *token,
		       const char *block)
{
	char encoded[MAX_ENCODED + 1];
	int code = join(path, folder, device, ".blocks-", token);
	size_t len = strlen(path);

	if (code < 0)
		return code;
	if (!encode(duet_slice(block), encoded) || len + strlen(encoded) + 2 >= PATH_MAX)
		return -ENAMETOOLONG;
	snprintf(path + len, PATH_MAX - len, "/%s", encoded);
	return 0;
}

static int open_beside(struct duet_hub_blob *blob, const char *token)
{
	int code = make_parent(blob->path), n;

	n = snprintf(blob->beside, sizeof(blob->beside), "%s.%.8s~", blob->path, token);
	if (code < 0 || n < 0 || n >= (int)sizeof(blob->beside))
		return code < 0 ? code : -ENAMETOOLONG;
	blob->fd = open(blob->beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	return blob->fd < 0 ? -errno : 0;
}

int duet_hub_blob_begin(struct duet_hub_blob **blob, const char *folder, const char *device, const char *name,
			const char *token, const char *block)
{
	struct duet_hub_blob *made = duet_calloc(1, sizeof(*made));
	int code;

	*blob = NULL;
	if (!made)
		return -ENOMEM;
	made->fd = -1;
	code = block ? place_block(made->path, folder, device, token, block)
		     : join(made->path, folder, device, "b-", name);
	if (code == 0)
		code = open_beside(made, token);
	if (code < 0) {
		duet_free(made);
		return code;
	}
	*blob = made;
	return 0;
}

int duet_hub_blob_write(struct duet_hub_blob *blob, struct duet_slice piece)
{
	while (piece.len > 0) {
		ssize_t n = write(blob->fd, piece.ptr, piece.len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		piece.ptr += n;
		piece.len -= (size_t)n;
	}
	return 0;
}

int duet_hub_blob_end(struct duet_hub_blob *blob)
{
	int code = fdatasync(blob->fd) < 0 ? -errno : 0;

	if (close(blob->fd) < 0 && code == 0)
		code = -errno;
	blob->fd = -1;
	if (code == 0 && rename(blob->beside, blob->path) < 0)
		code = -errno;
	blob->ended = code == 0;
	return code;
}

void duet_hub_blob_free(struct duet_hub_blob *blob)
{
	if (!blob)
		return;
	if (blob->fd >= 0)
		close(blob->fd);
	if (!blob->ended)
		unlink(blob->beside);
	duet_free(blob);
}

bool duet_hub_block_list_next(struct duet_slice *list, struct duet_slice *id)
{
	static const char *const tags[] = {"<Latest>", "<Uncommitted>", "<Committed>"};
	const char *first = NULL, *end;
	size_t len = 0;

	for (size_t i = 0; i < 3; i++) {
		const char *at = memmem(list->ptr, list->len, tags[i], strlen(tags[i]));

		if (at && (!first || at < first)) {
			first = at;
			len = strlen(tags[i]);
		}
	}
	if (!first)
		return false;
	list->len -= (size_t)(first - list->ptr) + len;
	list->ptr = first + len;
	end = memchr(list->ptr, '<', list->len);
	if (!end)
		return false;
	*id = (struct duet_slice){list->ptr, (size_t)(end - list->ptr)};
	list->len -= id->len;
	list->ptr = end;
	return true;
}

static int copy_file(struct duet_hub_blob *blob, const char *path)
{
	char buffer[COPY_BYTES];
	int fd = open(path, O_RDONLY | O_CLOEXEC), code = 0;
	ssize_t n = 1;

	if (fd < 0)
		return -errno;
	while (code == 0 && n > 0) {
		n = read(fd, buffer, sizeof(buffer));
		if (n < 0 && errno == EINTR)
			n = 1;
		else if (n < 0)
			code = -errno;
		else
			code = duet_hub_blob_write(blob, (struct duet_slice){buffer, (size_t)n});
	}
	close(fd);
	return code;
}

static int append_blocks(struct duet_hub_blob *blob, const char *folder, const char *device,
			 const char *token, struct duet_slice list)
{
	char path[PATH_MAX], block[128];
	struct duet_slice id;
	int code = 0, n = 0;

	while (code == 0 && duet_hub_block_list_next(&list, &id)) {
		if (id.len == 0 || id.len >= sizeof(block) || n++ == DUET_HUB_BLOCK_MAX)
			return -EINVAL;
		snprintf(block, sizeof(block), "%.*s", (int)id.len, id.ptr);
		code = place_block(path, folder, device, token, block);
		if (code == 0)
			code = copy_file(blob, path);
	}
	return code;
}

int duet_hub_blob_commit(const char *folder, const char *device, const char *name, const char *token,
			 struct duet_slice list)
{
	struct duet_hub_blob *blob;
	int code;

	if (!memmem(list.ptr, list.len, "<BlockList", 10))
		return -EINVAL;
	code = duet_hub_blob_begin(&blob, folder, device, name, token, NULL);
	if (code < 0)
		return code;
	code = append_blocks(blob, folder, device, token, list);
	if (code == 0)
		code = duet_hub_blob_end(blob);
	duet_hub_blob_free(blob);
	if (code == 0)
		duet_hub_blob_forget(folder, device, token);
	return code;
}

void duet_hub_blob_forget(const char *folder, const char *device, const char *token)
{
	char path[PATH_MAX], file[2 * PATH_MAX];
	struct dirent *entry;
	DIR *dir;

	if (join(path, folder, device, ".blocks-", token) < 0)
		return;
	dir = opendir(path);
	while (dir && (entry = readdir(dir))) {
		snprintf(file, sizeof(file), "%s/%s", path, entry->d_name);
		if (entry->d_name[0] != '.')
			unlink(file);
	}
	if (dir)
		closedir(dir);
	rmdir(path);
}

static _Thread_local int64_t total;

static int add_size(const char *path, const struct stat *status, int type, struct FTW *place)
{
	if (type == FTW_F)
		total += status->st_size;
	return 0;
}

int64_t duet_hub_blob_total(const char *folder)
{
	total = 0;
	nftw(folder, add_size, 16, FTW_PHYS);
	return total;
}
