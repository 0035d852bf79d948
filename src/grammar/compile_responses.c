/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "grammar/compile_parts.h"
#include "response/response.h"

static int compare_responses(const void *a_, const void *b_)
{
	const struct duet_response_text *a = *(struct duet_response_text *const *)a_;
	const struct duet_response_text *b = *(struct duet_response_text *const *)b_;
	int order = strcmp(a->intent, b->intent);

	return order ? order : strcmp(a->key, b->key);
}

/* Lines of a text that is no block are not those of the file: then its begin is told. */
static void blame(struct duet_sentences *s, const struct duet_response_variant *variant,
		  const struct duet_error *error)
{
	bool known = error->line == 1 || (error->line > 1 && variant->is_block);
	int line = variant->line + (known ? error->line - 1 : 0);
	int column = variant->column + (known ? error->column - 1 : 0);

	duet_sentences_warn(s, variant->file, line, column, "the response is left out", "%s", error->what);
}

/* A response that is wrong is left out, and all that is right works. */
static void add_variant(struct duet_compiler *c, const struct duet_response_variant *variant)
{
	struct duet_net_variant item = {.word = duet_network_writer_count(c->w, DUET_SECTION_PROGRAMS)};
	struct duet_error error = {0};
	struct duet_slice program;
	uint32_t word;

	if (duet_response_compile(variant->text, c->s->arena, &program, &error) < 0) {
		if (error.code == -ENOMEM)
			c->failed = true;
		else
			blame(c->s, variant, &error);
		return;
	}
	item.n_bytes = (uint32_t)program.len;
	duet_network_writer_add(c->w, DUET_SECTION_VARIANTS, &item);
	for (size_t at = 0; at < program.len; at += sizeof(word)) {
		size_t n = program.len - at < sizeof(word) ? program.len - at : sizeof(word);

		word = 0;
		memcpy(&word, program.ptr + at, n);
		duet_network_writer_add(c->w, DUET_SECTION_PROGRAMS, &word);
	}
}

static void add_response(struct duet_compiler *c, const struct duet_response_text *response)
{
	struct duet_net_response item = {
		.intent = duet_network_writer_string(c->w, duet_slice(response->intent)),
		.key = duet_network_writer_string(c->w, duet_slice(response->key)),
		.variant = duet_network_writer_count(c->w, DUET_SECTION_VARIANTS),
	};

	for (const struct duet_response_variant *v = response->variants; v; v = v->next)
		add_variant(c, v);
	item.n_variants = duet_network_writer_count(c->w, DUET_SECTION_VARIANTS) - item.variant;
	if (item.n_variants)
		duet_network_writer_add(c->w, DUET_SECTION_RESPONSES, &item);
}

void duet_compile_responses(struct duet_compiler *c)
{
	struct duet_response_text **sorted;
	size_t n = 0;

	for (struct duet_response_text *r = c->s->responses; r; r = r->next)
		n++;
	sorted = duet_calloc(n + 1, sizeof(struct duet_response_text *));
	if (!sorted) {
		c->failed = true;
		return;
	}
	n = 0;
	for (struct duet_response_text *r = c->s->responses; r; r = r->next)
		sorted[n++] = r;
	qsort(sorted, n, sizeof(struct duet_response_text *), compare_responses);
	for (size_t i = 0; i < n; i++)
		add_response(c, sorted[i]);
	duet_free(sorted);
}
