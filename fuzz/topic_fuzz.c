/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/value/topic.h"

#include "fuzz.h"

static void within(struct duet_slice part, struct duet_slice text)
{
	FUZZ_ASSERT(part.len == 0 || (part.ptr >= text.ptr && part.ptr + part.len <= text.ptr + text.len));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes)
{
	struct duet_slice text = {(const char *)bytes, n_bytes};
	struct duet_hub_topic topic;
	enum duet_hub_subscription what;

	duet_hub_topic_parse(text, &topic);
	within(topic.device, text);
	within(topic.module, text);
	within(topic.status, text);
	within(topic.bag, text);
	FUZZ_ASSERT((topic.kind == DUET_HUB_TOPIC_TELEMETRY) == (topic.device.len > 0));
	FUZZ_ASSERT((topic.kind == DUET_HUB_TOPIC_UNKNOWN) == (topic.bag.ptr == NULL));
	FUZZ_ASSERT(!topic.device.ptr || !memchr(topic.device.ptr, '/', topic.device.len));
	what = duet_hub_filter_parse(text, &topic);
	FUZZ_ASSERT(what <= DUET_HUB_SUB_UNKNOWN);
	within(topic.device, text);
	within(topic.module, text);
	return 0;
}
