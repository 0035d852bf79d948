/* SPDX-License-Identifier: Apache-2.0 */
#include "compiled.h"
#include "grammar/wordnet.h"
#include "nlu/match.h"

static void use(const struct duet_grammar *grammar)
{
	static const char *const sentences[] = {"turn on the desk lamp in the kitchen",
						"b twenty a c",
						"c b 3.5 a",
						"please say a few words twice",
						"going to red up 5 and so on",
						""};
	struct duet_arena *arena = duet_arena_new(64 << 20);
	struct duet_match_context context = {.area = "here"};
	struct duet_match matches[4];
	struct duet_wordnet *net;

	for (size_t i = 0; i < sizeof(sentences) / sizeof(*sentences); i++) {
		duet_match_all(grammar, duet_slice(sentences[i]), &context, arena, matches, 4);
		duet_arena_reset(arena);
	}
	duet_grammar_response(grammar, "X", "default", 1);
	if (duet_wordnet_new(&net, grammar, NULL, 1000, NULL) == 0)
		duet_wordnet_free(net);
	duet_arena_free(arena);
}

/* A compiled file with any bytes changed (offset of two bytes, what is added to it) and its checksum mended
 * is refused or can be used; so are bytes from anywhere. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes)
{
	static size_t size;
	static char *original;
	struct duet_network_header *header;
	struct duet_grammar *grammar;
	char *file;

	if (!original)
		original = compiled_bytes(&size);
	file = duet_alloc(size);
	memcpy(file, original, size);
	header = (struct duet_network_header *)(void *)file;
	for (size_t i = 0; i + 2 < n_bytes; i += 3)
		file[((size_t)bytes[i] << 8 | bytes[i + 1]) % size] += (char)bytes[i + 2];
	header->checksum = duet_network_checksum(file, size);
	grammar = compiled_open(file, size);
	FUZZ_ASSERT(grammar || n_bytes >= 3);
	if (grammar)
		use(grammar);
	duet_grammar_free(grammar);
	duet_grammar_free(compiled_open((const char *)bytes, n_bytes));
	duet_free(file);
	return 0;
}
