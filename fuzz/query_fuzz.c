/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz.h"
#include "learnt/query.h"

/* Any bytes as a file of queries: refused with a line, or slots lie within their sentences. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes)
{
	struct duet_error error = {0};
	struct duet_queries queries;

	if (duet_queries_init(&queries) < 0)
		return 0;
	if (duet_queries_parse(&queries, "fuzz", (struct duet_slice){(const char *)bytes, n_bytes}, &error) <
	    0)
		FUZZ_ASSERT(error.code < 0 && error.what[0]);
	for (size_t i = 0; i < queries.n; i++) {
		const struct duet_query *query = &queries.items[i];
		uint32_t at = 0;

		FUZZ_ASSERT(query->meaning < queries.n_meanings);
		for (uint32_t s = 0; s < query->n_spans; s++) {
			const struct duet_query_span *span = &queries.spans[query->span + s];

			FUZZ_ASSERT(at <= span->begin && span->begin < span->end &&
				    span->end <= query->text.len);
			FUZZ_ASSERT(span->slot < queries.n_slots);
			at = span->end;
		}
	}
	duet_queries_done(&queries);
	return 0;
}
