/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "base/text.h"
#include "fuzz.h"

/* A normal form is valid, and is its own normal form. */
static void check_normal_form(struct duet_slice text, bool fold)
{
	static char once[1 << 16], twice[1 << 16];
	long len = duet_text_normalise(text, fold, once, sizeof(once));

	if (len == -ENOSPC)
		return;
	FUZZ_ASSERT(len >= 0 && (size_t)len < sizeof(once) && once[len] == '\0');
	FUZZ_ASSERT(duet_text_valid((struct duet_slice){once, (size_t)len}));
	FUZZ_ASSERT(duet_text_normalise((struct duet_slice){once, (size_t)len}, false, twice,
					sizeof(twice)) == len);
	FUZZ_ASSERT(memcmp(once, twice, (size_t)len) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes)
{
	static const char *const names[] = {"engine", "microphone", NULL};
	struct duet_slice text = {(const char *)bytes, n_bytes}, rest = text;
	size_t n_code_points = 0;
	char word[80] = "";

	while (duet_text_next(&rest) >= 0)
		n_code_points++;
	FUZZ_ASSERT(n_code_points <= n_bytes && rest.len == 0);
	FUZZ_ASSERT(duet_text_valid_len(text) <= n_bytes);
	FUZZ_ASSERT(duet_text_width(text) <= (int)(2 * n_code_points));
	check_normal_form(text, false);
	check_normal_form(text, true);
	if (n_bytes)
		memcpy(word, bytes, n_bytes < sizeof(word) - 1 ? n_bytes : sizeof(word) - 1);
	duet_text_nearest(word, names);
	return 0;
}
