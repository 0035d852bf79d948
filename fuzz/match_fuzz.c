/* SPDX-License-Identifier: Apache-2.0 */
#include "compiled.h"
#include "nlu/match.h"

/* Anything may be said: it is understood or not, in bounded time. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes)
{
	static struct duet_grammar *grammar;
	struct duet_arena *arena = duet_arena_new(128 << 20);
	struct duet_match_context context = {.area = "here"};
	struct duet_match matches[4];
	size_t size;
	int n;

	if (!grammar) {
		char *file = compiled_bytes(&size);

		grammar = compiled_open(file, size);
		duet_free(file);
	}
	n = duet_match_all(grammar, (struct duet_slice){(const char *)bytes, n_bytes}, &context, arena,
			   matches, 4);
	for (int i = 0; i < n; i++) {
		FUZZ_ASSERT(strcmp(matches[i].intent, "X") == 0 && matches[i].line > 0);
		for (size_t s = 0; s < matches[i].n_slots; s++)
			FUZZ_ASSERT(matches[i].slots[s].name && matches[i].slots[s].text &&
				    matches[i].slots[s].value.text);
	}
	duet_arena_free(arena);
	return 0;
}
