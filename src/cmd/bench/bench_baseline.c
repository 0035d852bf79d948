/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/bench/bench_baseline.h"

#include <errno.h>
#include <pocketsphinx.h>
#include <sphinxbase/err.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "grammar/sentences.h"

enum { MAX_GRAMMAR_BYTES = 16 << 20 };

struct bench_baseline {
	ps_decoder_t *decoder;
};

/* Sentences on their way into a JSGF grammar. */
struct writing {
	struct duet_sentences sentences;
	const struct duet_scope *scope;
	struct duet_text out;
	const char *obstacle; /* what JSGF cannot say here */
};

static void write_node(struct writing *writing, const struct duet_template *node);

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n';
}

/* Does all that the node may read end (or begin) with a blank? What may be empty does. */
static bool blank_edge(const struct duet_template *node, bool end)
{
	if (node->kind == DUET_TEMPLATE_TEXT)
		return node->text.len == 0 || is_blank(node->text.ptr[end ? node->text.len - 1 : 0]);
	if (node->kind != DUET_TEMPLATE_SEQUENCE && node->kind != DUET_TEMPLATE_CHOICE)
		return false;
	for (const struct duet_template *child = node->first; child; child = child->next)
		if (node->kind == DUET_TEMPLATE_CHOICE && !blank_edge(child, end))
			return false;
		else if (node->kind == DUET_TEMPLATE_SEQUENCE && (end ? !child->next : child == node->first))
			return blank_edge(child, end);
	return true;
}

static void write_sequence(struct writing *writing, const struct duet_template *node)
{
	if (!node->first)
		duet_text_printf(&writing->out, "<NULL> ");
	for (const struct duet_template *child = node->first; child; child = child->next) {
		if (child->next && !blank_edge(child, true) && !blank_edge(child->next, false))
			writing->obstacle = "parts of words";
		write_node(writing, child);
	}
}

static void write_choice(struct writing *writing, const struct duet_template *node)
{
	duet_text_printf(&writing->out, "( ");
	for (const struct duet_template *child = node->first; child; child = child->next) {
		write_node(writing, child);
		if (child->next)
			duet_text_printf(&writing->out, "| ");
	}
	duet_text_printf(&writing->out, ") ");
}

/* All orders of the children from number `done` on. */
static void write_orders(struct writing *writing, const struct duet_template **order, int done, int n)
{
	for (int i = 0; done == n && i < n; i++)
		write_node(writing, order[i]);
	for (int i = done; i < n; i++) {
		const struct duet_template *chosen = order[i];

		order[i] = order[done];
		order[done] = chosen;
		write_orders(writing, order, done + 1, n);
		if (done + 1 < n && i + 1 < n)
			duet_text_printf(&writing->out, "| ");
		order[done] = order[i];
		order[i] = chosen;
	}
}

static void write_permuted(struct writing *writing, const struct duet_template *node)
{
	const struct duet_template *order[DUET_TEMPLATE_PERMUTATION];
	int n = 0;

	for (const struct duet_template *child = node->first; child; child = child->next)
		order[n++] = child;
	duet_text_printf(&writing->out, "( ");
	write_orders(writing, order, 0, n);
	duet_text_printf(&writing->out, ") ");
}

static void write_list(struct writing *writing, const struct duet_template *node)
{
	const struct duet_list *list = duet_scope_list(writing->scope, node->text);

	if (!list || list->kind != DUET_LIST_VALUES || !list->values) {
		writing->obstacle = "ranges, wildcards and names of the home";
		return;
	}
	duet_text_printf(&writing->out, "( ");
	for (struct duet_list_value *value = list->values; value; value = value->next) {
		if (!value->in.tree)
			duet_phrase_parse(&writing->sentences, &value->in);
		if (value->in.tree)
			write_node(writing, value->in.tree);
		if (value->next)
			duet_text_printf(&writing->out, "| ");
	}
	duet_text_printf(&writing->out, ") ");
}

static void write_rule(struct writing *writing, const struct duet_template *node)
{
	struct duet_rule *rule = duet_scope_rule(writing->scope, node->text);

	if (rule && !rule->phrase.tree)
		duet_phrase_parse(&writing->sentences, &rule->phrase);
	if (!rule || !rule->phrase.tree)
		return;
	duet_text_printf(&writing->out, "( ");
	write_node(writing, rule->phrase.tree);
	duet_text_printf(&writing->out, ") ");
}

static void write_words(struct writing *writing, struct duet_slice text)
{
	char folded[1024];
	long len = duet_text_normalise(text, true, folded, sizeof(folded));

	if (len > 0)
		duet_text_printf(&writing->out, "%s ", folded);
}

static void write_node(struct writing *writing, const struct duet_template *node)
{
	switch (node->kind) {
	case DUET_TEMPLATE_TEXT:
		write_words(writing, node->text);
		break;
	case DUET_TEMPLATE_SEQUENCE:
		write_sequence(writing, node);
		break;
	case DUET_TEMPLATE_CHOICE:
		write_choice(writing, node);
		break;
	case DUET_TEMPLATE_PERMUTED:
		write_permuted(writing, node);
		break;
	case DUET_TEMPLATE_LIST:
		write_list(writing, node);
		break;
	case DUET_TEMPLATE_RULE:
		write_rule(writing, node);
		break;
	}
}

static void write_grammar(struct writing *writing)
{
	const char *between = "";

	duet_text_printf(&writing->out, "#JSGF V1.0;\ngrammar sentences;\npublic <sentence> = ");
	for (struct duet_block *block = writing->sentences.blocks; block; block = block->next) {
		writing->scope = &block->scope;
		for (struct duet_phrase *phrase = block->phrases; phrase && block->spoken && !block->part;
		     phrase = phrase->next) {
			if (!phrase->tree)
				duet_phrase_parse(&writing->sentences, phrase);
			duet_text_printf(&writing->out, "%s", between);
			if (phrase->tree)
				write_node(writing, phrase->tree);
			between = "| ";
		}
	}
	duet_text_printf(&writing->out, ";\n");
}

static void keep_mistake(void *user, const struct duet_error *mistake)
{
	struct duet_error *error = user;

	if (error->code == 0)
		*error = *mistake;
}

static int start_decoder(struct bench_baseline *baseline, const char *grammar, struct duet_error *error)
{
	cmd_ln_t *config;
	int status = 0;

	err_set_logfp(NULL);
	config = cmd_ln_init(NULL, ps_args(), TRUE, "-hmm", "/usr/share/pocketsphinx/model/en-us/en-us",
			     "-dict", "/usr/share/pocketsphinx/model/en-us/cmudict-en-us.dict", NULL);
	baseline->decoder = config ? ps_init(config) : NULL;
	if (config)
		cmd_ln_free_r(config);
	if (!baseline->decoder)
		status = duet_error_set(error, -ENOENT, "plain PocketSphinx does not start");
	else if (ps_set_jsgf_string(baseline->decoder, "sentences", grammar) < 0 ||
		 ps_set_search(baseline->decoder, "sentences") < 0)
		status = duet_error_set(error, -EINVAL, "plain PocketSphinx does not take the sentences");
	return status;
}

int bench_baseline_new(struct bench_baseline **baseline, const char *sentences, const char *language,
		       struct duet_error *error)
{
	struct writing writing = {0};
	struct duet_error mistake = {0};
	int status = duet_sentences_init(&writing.sentences, language, keep_mistake, &mistake);

	*baseline = duet_calloc(1, sizeof(**baseline));
	duet_text_init(&writing.out, MAX_GRAMMAR_BYTES);
	if (status == 0 && *baseline)
		status = duet_sentences_read(&writing.sentences, sentences);
	if (status == 0)
		write_grammar(&writing);
	if (status < 0 || !*baseline || writing.out.failed)
		status = duet_error_set(error, -ENOMEM, "out of memory");
	else if (writing.obstacle)
		status =
			duet_error_set(error, -ENOTSUP, "the baseline cannot write out %s", writing.obstacle);
	else
		status = start_decoder(*baseline, writing.out.ptr, error);
	duet_text_done(&writing.out);
	duet_sentences_done(&writing.sentences);
	if (status < 0) {
		bench_baseline_free(*baseline);
		*baseline = NULL;
	}
	return status;
}

void bench_baseline_free(struct bench_baseline *baseline)
{
	if (!baseline)
		return;
	ps_free(baseline->decoder);
	duet_free(baseline);
}

int bench_baseline_hear(struct bench_baseline *baseline, const struct bench_sound *sound, char *words,
			size_t size)
{
	const char *heard = NULL;

	words[0] = '\0';
	if (ps_start_stream(baseline->decoder) < 0 || ps_start_utt(baseline->decoder) < 0)
		return -EIO;
	if (sound->n_samples > 0)
		ps_process_raw(baseline->decoder, sound->samples, sound->n_samples, FALSE, TRUE);
	ps_end_utt(baseline->decoder);
	heard = ps_get_hyp(baseline->decoder, NULL);
	snprintf(words, size, "%s", heard ? heard : "");
	return 0;
}
