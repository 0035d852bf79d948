/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/alloc.h"
#include "fuzz.h"
#include "nlu/response.h"

/* Any template is rendered or is a mistake, in bounded steps. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes)
{
	struct duet_arena *arena = duet_arena_new(8 << 20);
	json_t *vars =
		json_loads("{\"name\": \"Bed Light\", \"n\": 3, \"x\": 2.5, \"none\": null, \"yes\": true,"
			   "\"list\": [\"a\", \"b\", 3], \"map\": {\"key\": \"value\"}}",
			   0, NULL);
	char *source = duet_calloc(1, n_bytes + 1);
	struct duet_error error = {0};
	const char *text;

	if (n_bytes)
		memcpy(source, bytes, n_bytes);
	text = duet_response_render(source, vars, arena, &error);
	FUZZ_ASSERT(text || (error.code < 0 && error.what[0]));
	FUZZ_ASSERT(!text || duet_response_check(source, NULL) == 0);
	duet_free(source);
	json_decref(vars);
	duet_arena_free(arena);
	return 0;
}
