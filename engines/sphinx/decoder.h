/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SPHINX_DECODER_H
#define SPHINX_DECODER_H

#include <pocketsphinx.h>
#include <stddef.h>

#include "base/text.h"
#include "duet/error.h"

/*
 * What the engines that stand on PocketSphinx share: a decoder with an acoustic
 * model, the project's own parameters laid over it, and only the words that are
 * needed. The library says little and ends the program when a file is broken;
 * here both become an error.
 */
struct duet_sphinx_setup {
	const char *model;          /* the acoustic model's folder, NULL: the packaged one */
	const char *overlay;        /* folder with parameters that replace the model's (means, variances,
				     * sendump …), or NULL; files that it lacks are the model's */
	struct duet_slice words;    /* the dictionary: lines of "word PH ON ES" */
	const char *const *options; /* "-beam", "1e-80", … NULL */
};

/* The library writes to the log instead of to stderr, from now on; any thread, any number of times. */
void duet_sphinx_hush(void);

/* Any thread. The decoder has no search yet; NULL when it fails. */
int duet_sphinx_open(ps_decoder_t **decoder, const struct duet_sphinx_setup *setup, struct duet_error *error);

/* The folder data_dir/acoustic/LANGUAGE, or that of a language with the same first subtag, or NULL. */
const char *duet_sphinx_overlay(const char *data_dir, const char *language, char *path, size_t size);

#endif
