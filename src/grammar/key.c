/* SPDX-License-Identifier: Apache-2.0 */
#include "grammar/key.h"

#include <string.h>

#include "base/alloc.h"
#include "base/file.h"
#include "grammar/compiler_id.h"
#include "grammar/layout.h"

enum { MAX_FILE = 16 << 20 };

struct digesting {
	uint64_t digest;
	bool is_checkout; /* where the folder of a file says what it is about */
	struct duet_error *error;
};

/* FNV-1a: nobody attacks this, files only have to be told apart. */
static uint64_t digest_bytes(uint64_t digest, const void *bytes, size_t n)
{
	const uint8_t *at = bytes;

	for (size_t i = 0; i < n; i++)
		digest = (digest ^ at[i]) * 0x100000001B3U;
	return digest;
}

static uint64_t digest_text(uint64_t digest, const char *text)
{
	return digest_bytes(digest, text ? text : "", text ? strlen(text) + 1 : 1);
}

static const char *own_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static int digest_file(void *user, const struct duet_layout_file *file)
{
	struct digesting *digesting = user;
	char *bytes;
	size_t n;
	int result = duet_file_read(file->path, MAX_FILE, &bytes, &n, digesting->error);

	if (result < 0)
		return result;
	digesting->digest = digest_text(digesting->digest, own_name(file->path));
	if (digesting->is_checkout)
		digesting->digest = digest_text(digesting->digest, file->intent);
	digesting->digest = digest_bytes(digesting->digest, &n, sizeof(n));
	digesting->digest = digest_bytes(digesting->digest, bytes, n);
	duet_free(bytes);
	return 0;
}

int duet_grammar_source_key(const char *const *sources, size_t n_sources, const char *language, uint32_t *key,
			    struct duet_error *error)
{
	struct digesting digesting = {.digest = digest_text(DUET_GRAMMAR_COMPILER, language), .error = error};
	int result = 0;

	for (size_t i = 0; i < n_sources && result == 0; i++) {
		digesting.is_checkout = duet_layout_is_checkout(sources[i]);
		result = duet_layout_files(sources[i], language, digest_file, &digesting, error);
	}
	*key = (uint32_t)(digesting.digest ^ digesting.digest >> 32);
	return result;
}
