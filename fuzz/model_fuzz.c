/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/file.h"
#include "fuzz.h"
#include "learnt/guess.h"
#include "learnt/model_fixture.h"
#include "learnt/train.h"

static char *file;
static size_t size;

static void make_model(void)
{
	char path[] = "/tmp/duet-fuzz-XXXXXX";
	const struct duet_train_setting setting = {.rounds = 2};
	struct duet_queries queries;
	int fd = mkstemp(path);

	FUZZ_ASSERT(fd >= 0);
	close(fd);
	FUZZ_ASSERT(duet_queries_init(&queries) == 0);
	FUZZ_ASSERT(duet_queries_parse(&queries, "fixture", duet_slice(fixture_queries), NULL) == 0);
	FUZZ_ASSERT(duet_train(&queries, &setting, path, NULL) == 0);
	FUZZ_ASSERT(duet_file_read(path, 1 << 24, &file, &size, NULL) == 0);
	duet_queries_done(&queries);
	unlink(path);
}

static void use(const struct duet_model *model)
{
	static const char *const sentences[] = {"set a timer for ten minutes please", "light in the kitchen",
						"", "a"};
	struct duet_arena *arena = duet_arena_new(64 << 20);

	for (size_t i = 0; arena && i < sizeof(sentences) / sizeof(*sentences); i++) {
		struct duet_guesses guesses;

		duet_arena_reset(arena);
		if (duet_guess(model, NULL, duet_slice(sentences[i]), arena, &guesses) < 0)
			continue;
		for (size_t g = 0; g < guesses.n; g++) {
			FUZZ_ASSERT(guesses.items[g].probability >= 0 && guesses.items[g].probability <= 1);
			FUZZ_ASSERT(strlen(duet_model_intent(model, guesses.items[g].meaning)) < size);
		}
	}
	duet_arena_free(arena);
}

/* A model with any bytes changed (offset of three bytes, what is added to it) and its checksum mended is
 * refused or can be used; so are bytes from anywhere. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes)
{
	struct duet_model model;
	char *changed;

	if (!file)
		make_model();
	changed = duet_alloc(size);
	if (!changed)
		return 0;
	memcpy(changed, file, size);
	for (size_t i = 0; i + 3 < n_bytes; i += 4)
		changed[((size_t)bytes[i] << 16 | (size_t)bytes[i + 1] << 8 | bytes[i + 2]) % size] +=
			(char)bytes[i + 3];
	((struct duet_model_header *)(void *)changed)->checksum = duet_model_checksum(changed, size);
	if (duet_model_read(&model, (struct duet_slice){changed, size}, NULL) == 0)
		use(&model);
	else
		FUZZ_ASSERT(n_bytes >= 4);
	memcpy(changed, bytes, n_bytes < size ? n_bytes : size);
	if (duet_model_read(&model, (struct duet_slice){changed, n_bytes < size ? n_bytes : size}, NULL) == 0)
		use(&model);
	duet_free(changed);
	return 0;
}
