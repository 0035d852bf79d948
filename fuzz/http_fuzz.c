/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz.h"
#include "net/http_fixture.h"

/* In two pieces: whatever comes, each request is answered once, and everything is given back. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes)
{
	struct duet_slice text = {(const char *)bytes, n_bytes < 16384 ? n_bytes : 16384};
	struct duet_slice first = {text.ptr, text.len / 2},
			  second = {text.ptr + first.len, text.len - first.len};
	struct http_fixture fixture;

	FUZZ_ASSERT(fixture_begin(&fixture));
	fixture_send(&fixture, first);
	fixture_send(&fixture, second);
	FUZZ_ASSERT(fixture.n_requests == 0 || fixture.answer_len > 0);
	fixture_end(&fixture);
	return 0;
}
