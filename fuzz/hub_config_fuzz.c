/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz.h"
#include "hub/config.h"

/* Any bytes are a hub's configuration, or a mistake that says what is wrong. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes)
{
	struct duet_error error = {0};
	struct duet_hub_config *config = NULL;
	int code = duet_hub_config_parse(&config, "/", "hub.yaml", (const char *)bytes, n_bytes, &error);

	FUZZ_ASSERT(code == 0 || error.what[0]);
	FUZZ_ASSERT(code < 0 || (config->hostname[0] && config->queue.messages > 0));
	if (code == 0)
		duet_hub_config_free(config);
	return 0;
}
