/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_FUZZ_COMPILED_H
#define DUET_FUZZ_COMPILED_H

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/alloc.h"
#include "fuzz.h"
#include "grammar/compile.h"
#include "grammar/grammar.h"

/* A small grammar with one of everything, as the bytes of its file; freed by duet_free. */
static inline char *compiled_bytes(size_t *n_bytes)
{
	static const char yaml_text[] =
		"intents:\n"
		"  X:\n"
		"    data:\n"
		"      - sentences: ['turn (on|off) [the] {name} [in {area}]', '(a;b {n};c)', 'say {any} "
		"(twice|<r>)']\n"
		"        requires_context: {domain: [light, fan], area: {slot: true}}\n"
		"        slots: {fixed: [1, two]}\n"
		"      - sentences: ['say {any}', '<r> {c}']\n"
		"        metadata: {part: answers}\n"
		"      - sentences: ['{any}ing', 'set-to {1..9,2:d} {c:@told}']\n"
		"        required_keywords: [going, set]\n"
		"        inferred_domain: light\n"
		"lists:\n"
		"  n: {range: {from: -5, to: 20, fractions: halves}}\n"
		"  any: {wildcard: true, values: [this, that]}\n"
		"  c: {values: [{in: 'red[dish]', out: [1, red], context: {domain: light}}, '{n} and {any}', "
		"<r>]}\n"
		"expansion_rules: {r: 'go[ing] [to] {n:d} <s>', s: 'up|down'}\n"
		"skip_words: [please]\n"
		"responses: {intents: {X: {default: [yes it is, done]}}, errors: {e: no}}\n";
	struct duet_sentences sentences;
	struct duet_network_writer writer;
	struct duet_yaml *yaml;
	char *bytes;

	FUZZ_ASSERT(duet_sentences_init(&sentences, "en", NULL, NULL) == 0);
	FUZZ_ASSERT(duet_yaml_parse(&yaml, "fuzz", yaml_text, strlen(yaml_text), NULL) == 0);
	duet_network_writer_init(&writer);
	FUZZ_ASSERT(duet_sentences_add(&sentences, yaml, "Intent", "combination") == 0);
	FUZZ_ASSERT(duet_compile_sentences(&sentences, &writer) == 0 && sentences.n_mistakes == 0);
	FUZZ_ASSERT(duet_network_writer_finish(&writer, "en", false, 0, &bytes, n_bytes) == 0);
	duet_network_writer_done(&writer);
	duet_sentences_done(&sentences);
	duet_yaml_free(yaml);
	return bytes;
}

/* Opens bytes as the file that they are; NULL: refused. */
static inline struct duet_grammar *compiled_open(const char *bytes, size_t n_bytes)
{
	const struct duet_grammar_value name = {.text = "(desk|floor) lamp", .value = "l", .domain = "light"};
	struct duet_grammar *grammar;
	char path[64];
	int fd = memfd_create("fuzz", 0);

	FUZZ_ASSERT(fd >= 0 && write(fd, bytes, n_bytes) == (ssize_t)n_bytes);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	duet_grammar_open(&grammar, path, NULL);
	close(fd);
	if (grammar)
		duet_grammar_fill(grammar, "name", &name, 1, NULL);
	return grammar;
}

#endif
