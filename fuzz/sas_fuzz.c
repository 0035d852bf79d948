/* SPDX-License-Identifier: Apache-2.0 */
#include "net/sas.h"

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes)
{
	static const char key[] = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";
	struct duet_slice text = {(const char *)bytes, n_bytes};
	struct duet_sas sas;

	if (duet_sas_parse(text, &sas) < 0)
		return 0;
	FUZZ_ASSERT(sas.resource.len > 0 && sas.signature.len > 0 && sas.expiry.len > 0);
	FUZZ_ASSERT(sas.resource.ptr >= text.ptr &&
		    sas.resource.ptr + sas.resource.len <= text.ptr + text.len);
	FUZZ_ASSERT(sas.expires_s >= 0);
	/* Nobody guesses the key, and a token of another key covers what it says and no more. */
	duet_sas_signed_with(&sas, key);
	FUZZ_ASSERT(!duet_sas_covers(&sas, ""));
	duet_sas_covers(&sas, "hub.example/devices/lamp");
	return 0;
}
