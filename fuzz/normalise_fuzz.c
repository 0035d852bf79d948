/* SPDX-License-Identifier: Apache-2.0 */
#include <stdint.h>
#include <stdlib.h>

#include "tts/normalise.h"

/* Any bytes are text to somebody: normalising and cutting must stay inside them and inside the room given. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes)
{
	static const char *const languages[] = {"en-US", "zh-CN"};
	struct duet_slice rest = {(const char *)bytes, n_bytes}, sentence;
	char out[512];

	for (size_t i = 0; i < 2; i++)
		if (duet_tts_normalise(languages[i], rest, out, sizeof(out)) > (long)sizeof(out) - 1)
			abort();
	while (duet_tts_next_sentence(&rest, &sentence))
		if (sentence.len > n_bytes)
			abort();
	return 0;
}
