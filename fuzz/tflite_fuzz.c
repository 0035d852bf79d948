/* SPDX-License-Identifier: Apache-2.0 */
#include "duet/error.h"
#include "fuzz.h"
#include "infer/infer.h"

/* Any bytes are a model that runs within its bounds, or a mistake that says what is wrong. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes)
{
	struct duet_error error = {0};
	struct duet_infer *model;
	int code = duet_infer_read(&model, (struct duet_slice){(const char *)bytes, n_bytes}, &error);

	FUZZ_ASSERT(code == 0 || (error.code == code && error.what[0] && !model));
	if (code < 0)
		return 0;
	for (int round = 0; round < 2; round++) {
		memset(duet_infer_input(model)->bytes, 100 * round - 50, duet_infer_input(model)->n_bytes);
		duet_infer_run(model);
	}
	duet_infer_reset(model);
	duet_infer_free(model);
	return 0;
}
