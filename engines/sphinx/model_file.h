/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SPHINX_MODEL_FILE_H
#define SPHINX_MODEL_FILE_H

#include <stdbool.h>

#include "duet/slice.h"

/*
 * Are these files as long as their own headers say? The library maps them and
 * does not ask, so that a download that broke off would end the program later.
 * Headers of the other byte order are left to the library.
 */
bool duet_sphinx_mdef_whole(struct duet_slice bytes);
bool duet_sphinx_sendump_whole(struct duet_slice bytes);

#endif
