/* SPDX-License-Identifier: Apache-2.0 */
#include "duet/engine.h"

#include <string.h>

const struct duet_engine *duet_engine_find(const char *stage, const char *name)
{
	for (const struct duet_engine *const *row = duet_engines; *row; row++)
		if (strcmp((*row)->stage, stage) == 0 && strcmp((*row)->name, name) == 0)
			return *row;
	return NULL;
}
