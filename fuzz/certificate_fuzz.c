/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/text.h"
#include "fuzz.h"
#include "hub/key/certificate.h"

/* Names that were let through hold no NUL, no control character and no broken UTF-8. */
static void check(const char *name, size_t size)
{
	struct duet_slice text = {name, strnlen(name, size)};

	FUZZ_ASSERT(text.len < size && duet_text_valid(text));
	for (size_t i = 0; i < text.len; i++)
		FUZZ_ASSERT((unsigned char)text.ptr[i] >= 0x20 && text.ptr[i] != 0x7f);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes)
{
	struct duet_hub_certificate read;

	if (duet_hub_certificate_parse(&read, (struct duet_slice){(const char *)bytes, n_bytes}) < 0)
		return 0;
	check(read.common_name, sizeof(read.common_name));
	check(read.issuer, sizeof(read.issuer));
	FUZZ_ASSERT(strlen(read.sha1) == 40 && strlen(read.sha256) == 64);
	return 0;
}
