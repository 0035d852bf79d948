/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz.h"
#include "grammar/template.h"

static void walk(const struct duet_template *node, int depth)
{
	FUZZ_ASSERT(depth < 4 * DUET_TEMPLATE_DEPTH && node->column >= 1);
	for (const struct duet_template *child = node->first; child; child = child->next)
		walk(child, depth + 1);
}

/* Any text is a template or a mistake with a place. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes)
{
	struct duet_arena *arena = duet_arena_new(16 << 20);
	struct duet_error error = {0};
	struct duet_template *tree =
		duet_template_parse((struct duet_slice){(const char *)bytes, n_bytes}, arena, &error);

	FUZZ_ASSERT(tree || (error.code < 0 && error.what[0]));
	FUZZ_ASSERT(tree || error.code == -12 || (error.column >= 1 && (size_t)error.column <= n_bytes + 1));
	if (tree)
		walk(tree, 0);
	duet_arena_free(arena);
	return 0;
}
