/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/yaml.h"
#include "fuzz.h"

static void walk(const struct duet_yaml_node *node)
{
	size_t n = 0;

	FUZZ_ASSERT(node->line > 0 && node->column > 0);
	FUZZ_ASSERT(strlen(node->text) == node->text_len);
	FUZZ_ASSERT(duet_text_valid(duet_slice(node->text)));
	for (const struct duet_yaml_node *child = node->first; child; child = child->next, n++) {
		FUZZ_ASSERT((node->kind == DUET_YAML_MAP) == (child->key != NULL));
		walk(child);
	}
	FUZZ_ASSERT(n == node->n_children);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes)
{
	struct duet_error error = {0};
	struct duet_yaml *yaml;
	int code = duet_yaml_parse(&yaml, "fuzz", (const char *)bytes, n_bytes, &error);

	FUZZ_ASSERT((code == 0) == (yaml != NULL));
	FUZZ_ASSERT(code == 0 || (error.code == code && error.what[0]));
	if (yaml && duet_yaml_root(yaml))
		walk(duet_yaml_root(yaml));
	duet_yaml_free(yaml);
	return 0;
}
