/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "hub/value/condition.h"

/* Any text is a condition that can be asked about an event, or a mistake that says where. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes)
{
	struct duet_hub_event event = {.device = duet_slice("kitchen"),
				       .properties = duet_slice("%24.mid=1&alert=true&level=21.5"),
				       .body = duet_slice("{\"a\":{\"b\":[1,\"x\",null,true]},\"t\":21.5}")};
	struct duet_error error = {0};
	struct duet_hub_condition *condition;
	char *text = strndup((const char *)bytes, n_bytes);
	int code = duet_hub_condition_compile(&condition, text, &error);

	FUZZ_ASSERT(code == 0 || error.what[0]);
	if (code == 0) {
		duet_hub_condition_holds(condition, &event);
		duet_hub_condition_free(condition);
	}
	free(text);
	return 0;
}
