/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_GRAMMAR_LAYOUT_H
#define DUET_GRAMMAR_LAYOUT_H

#include <stdbool.h>

#include "duet/error.h"

/*
 * Which files a source of sentences consists of. A source is
 *
 *   FILE                                              one file
 *   FOLDER/NAME.yaml                                  own sentences, the layout of 2025
 *   FOLDER/INTENT/COMBINATION.yaml                    own sentences, the layout of 2026; FOLDER/_NAME.yaml
 * has what they share FOLDER/LANG/…                                     own sentences in several languages,
 * as in `custom_sentences` FOLDER/sentences/LANG/…                           a checkout of Home Assistant's
 * intents: also lists/, lists/LANG/, rules/LANG/, responses/LANG/ and intents.yaml beside it
 *
 * LANG is the folder whose name fits a language best: "zh-CN" finds zh-CN, zh-cn or zh; "zh" finds zh, else
 * zh-CN. A folder with files whose names do not begin with _ is of the layout of 2025: others that
 * lie in its own folders, or in lists/ and rules/, are not read. What a file says is told by its
 * members (grammar/sentences.h).
 */
struct duet_layout_file {
	const char *path;
	const char *intent;      /* the name of its folder: the intent of a file that begins with `data:` */
	const char *combination; /* its own name without the ending */
	bool is_schema;          /* intents.yaml of a checkout */
};

/* Calls `each` in the order in which files are read, until it returns something other than 0, which is
 * returned. Names are valid during the call only. 0; -ENOENT … and `error` when the source cannot be read or
 * has no such language; -ENOMEM. */
int duet_layout_files(const char *source, const char *language,
		      int (*each)(void *user, const struct duet_layout_file *file), void *user,
		      struct duet_error *error);

/* True for a folder that is a checkout. */
bool duet_layout_is_checkout(const char *source);

#endif
