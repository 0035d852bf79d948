/* SPDX-License-Identifier: Apache-2.0 */
#include "base/alloc.h"
#include "fuzz.h"
#include "grammar/compile.h"

/* Any YAML is a schema, sentences or mistakes, and what was compiled passes the checks of the reader. */
static void compile(const struct duet_yaml *yaml, const char *language)
{
	struct duet_sentences sentences;
	struct duet_network_writer writer;
	struct duet_network network;
	char *bytes = NULL;
	size_t n_bytes;
	int rc = duet_sentences_init(&sentences, language, NULL, NULL);

	duet_network_writer_init(&writer);
	if (rc == 0)
		rc = duet_sentences_add_schema(&sentences, yaml);
	if (rc == 0)
		rc = duet_sentences_add(&sentences, yaml, "Intent", "combination");
	if (rc == 0)
		rc = duet_sentences_close_source(&sentences, &sentences.blocks);
	if (rc == 0)
		rc = duet_compile_sentences(&sentences, &writer);
	FUZZ_ASSERT(rc == 0 || rc == -12);
	if (rc == 0 && sentences.n_mistakes == 0) {
		FUZZ_ASSERT(duet_network_writer_finish(&writer, language, sentences.no_spaces, 0, &bytes,
						       &n_bytes) == 0);
		FUZZ_ASSERT(duet_network_read(&network, (struct duet_slice){bytes, n_bytes}, NULL) == 0);
	}
	duet_free(bytes);
	duet_network_writer_done(&writer);
	duet_sentences_done(&sentences);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes)
{
	struct duet_yaml *yaml;

	if (duet_yaml_parse(&yaml, "fuzz", (const char *)bytes, n_bytes, NULL) < 0)
		return 0;
	compile(yaml, "en");
	compile(yaml, "zh-CN");
	duet_yaml_free(yaml);
	return 0;
}
