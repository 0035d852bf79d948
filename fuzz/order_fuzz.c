/* SPDX-License-Identifier: Apache-2.0 */
#include "speaker/order.h"

#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

/* Any bytes are an order, which reads the same when it is written, or a mistake that says what is wrong. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes)
{
	struct duet_order order, again;
	struct duet_error error = {0};
	json_t *object;
	char *text;

	if (duet_order_read(&order, (const char *)bytes, n_bytes, &error) < 0) {
		FUZZ_ASSERT(error.what[0]);
		return 0;
	}
	object = duet_order_write(&order);
	text = json_dumps(object, JSON_COMPACT);
	FUZZ_ASSERT(text && duet_order_read(&again, text, strlen(text), NULL) == 0);
	FUZZ_ASSERT(again.kind == order.kind && again.has_on == order.has_on && again.on == order.on);
	FUZZ_ASSERT(strcmp(again.assistant, order.assistant) == 0 && strcmp(again.other, order.other) == 0);
	free(text);
	json_decref(object);
	return 0;
}
