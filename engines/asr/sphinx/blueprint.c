/* SPDX-License-Identifier: Apache-2.0 */
#include "blueprint.h"

#include <errno.h>
#include <sphinxbase/ckd_alloc.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../../sphinx/decoder.h"
#include "base/alloc.h"
#include "base/rest.h"
#include "part.h"

enum { MAX_DICTIONARY_BYTES = 8 << 20, MAX_PATH_BYTES = 4096 };

/* Search wide: a closed grammar leaves room for it, and a word lost to pruning does not come back. Where
 * words end less wide: each end begins all words that may follow, which is what time and memory go to. */
#define BEAMS "-beam", "1e-80", "-wbeam", "1e-40", "-pbeam", "1e-80"

/* How many of a senone's densities count. Those further off speak for the right sound too, but not where
 * Mandarin is told by the sounds of English. */
static const char *const search[] = {BEAMS, "-topn", "8", NULL};
static const char *const search_mandarin[] = {BEAMS, "-topn", "4", NULL};

static int open_model(const struct blueprint *blueprint, bool noisy, ps_decoder_t **decoder,
		      struct duet_error *error)
{
	const struct duet_sphinx_setup setup = {
		.model = blueprint->folders->model,
		.overlay = noisy ? blueprint->folders->noisy : blueprint->folders->overlay,
		.words = {blueprint->lines.ptr, blueprint->lines.len},
		.options = blueprint->folders->search,
	};

	return duet_sphinx_open(decoder, &setup, error);
}

int blueprint_build(const struct blueprint *blueprint, bool noisy, ps_decoder_t **decoder,
		    struct duet_error *error)
{
	int status = open_model(blueprint, noisy, decoder, error);

	if (status < 0)
		return status;
	status = part_set(*decoder, blueprint->net, &blueprint->vocabulary);
	if (status == 0) {
		duet_rest(); /* the search has what it needs of the model's definition and of the graph */
		return 0;
	}
	ps_free(*decoder);
	*decoder = NULL;
	return duet_error_set(error, status, "PocketSphinx does not take the sentences");
}

/* The library leaves out words with sounds that the model does not have. */
static int check_words(const struct blueprint *blueprint, ps_decoder_t *decoder, struct duet_error *error)
{
	const struct vocabulary *vocabulary = &blueprint->vocabulary;
	char name[32];

	for (size_t word = 0; word < vocabulary->n_words; word++)
		for (int piece = 0; piece < vocabulary->words[word].n_pieces; piece++) {
			char *phones;

			vocabulary_name(name, sizeof(name), word, piece);
			phones = ps_lookup_word(decoder, name);
			ckd_free(phones);
			if (!phones) {
				duet_error_set(error, -EINVAL,
					       "the acoustic model lacks a sound of the word \"%.60s\"",
					       vocabulary->words[word].text);
				duet_error_hint(error, "correct it in `pronunciations:` of this assistant");
				return -EINVAL;
			}
		}
	return 0;
}

/* So that what is missing or broken is told at the start. */
static int try_out(const struct blueprint *blueprint, bool noisy, struct duet_error *error)
{
	ps_decoder_t *decoder;
	int status = open_model(blueprint, noisy, &decoder, error);

	if (status == 0)
		status = check_words(blueprint, decoder, error);
	ps_free(decoder);
	return status;
}

int blueprint_try(const struct blueprint *blueprint, struct duet_error *error)
{
	int status = try_out(blueprint, false, error);

	vocabulary_complain(&blueprint->vocabulary);
	return status == 0 && blueprint->folders->noisy ? try_out(blueprint, true, error) : status;
}

static int find_overlay(struct model_folders *folders, const struct duet_asr_setup *setup)
{
	char overlay[MAX_PATH_BYTES], noisy[MAX_PATH_BYTES + 8];

	if (!duet_sphinx_overlay(setup->data_dir, setup->language, overlay, sizeof(overlay)))
		return 0;
	folders->overlay = duet_strdup(overlay);
	if (!folders->overlay)
		return -ENOMEM;
	snprintf(noisy, sizeof(noisy), "%s/noisy", overlay);
	if (access(noisy, R_OK) < 0)
		return 0;
	folders->noisy = duet_strdup(noisy);
	return folders->noisy ? 0 : -ENOMEM;
}

int model_folders_find(struct model_folders *folders, const struct duet_asr_setup *setup, const char *model)
{
	int status;

	*folders = (struct model_folders){
		.model = model,
		.search = strncasecmp(setup->language, "zh", 2) == 0 ? search_mandarin : search};
	status = find_overlay(folders, setup);
	if (status < 0)
		model_folders_done(folders);
	return status;
}

void model_folders_done(struct model_folders *folders)
{
	duet_free(folders->overlay);
	duet_free(folders->noisy);
	*folders = (struct model_folders){0};
}

int blueprint_init(struct blueprint *blueprint, const struct model_folders *folders,
		   const struct duet_wordnet *net, const struct duet_lexicon *lexicon)
{
	int status;

	*blueprint = (struct blueprint){.folders = folders, .net = net};
	duet_text_init(&blueprint->lines, MAX_DICTIONARY_BYTES);
	status = vocabulary_init(&blueprint->vocabulary, net, lexicon, &blueprint->lines);
	if (status < 0)
		blueprint_done(blueprint);
	return status;
}

void blueprint_done(struct blueprint *blueprint)
{
	vocabulary_done(&blueprint->vocabulary);
	duet_text_done(&blueprint->lines);
	*blueprint = (struct blueprint){0};
}
