/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/outlet/outlet_kind.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const struct duet_hub_outlet_kind *const kinds[] = {
	&duet_hub_outlet_file, &duet_hub_outlet_http, &duet_hub_outlet_mqtt, &duet_hub_outlet_sqlite, NULL};

const struct duet_hub_outlet_kind *duet_hub_outlet_kind_find(const char *name)
{
	for (size_t i = 0; name && kinds[i]; i++)
		if (strcmp(kinds[i]->name, name) == 0)
			return kinds[i];
	return NULL;
}

int duet_hub_outlet_path(const struct duet_hub_outlet_place *place, const char *name, char *path, size_t size)
{
	if (!name[0] || name[0] == '/' || strstr(name, "..") || strlen(name) > 200)
		return -EINVAL;
	return snprintf(path, size, "%s/%s", place->dir, name) < (int)size ? 0 : -ENAMETOOLONG;
}
