/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_HUB_LEAF_H
#define DUET_HUB_LEAF_H

#include <jansson.h>
#include <stdint.h>

struct duet_hub_view;

/*
 * The index of twins: each string, number and boolean under its path
 * ("tags.floor", "properties.reported.fan.speed"); keys hold no dots. Arrays and
 * null are not in it, and of a string its first 256 bytes. A boolean is a blob
 * of one byte, so that it never equals a number.
 */
enum { DUET_HUB_LEAF_STRING_BYTES = 256 };

/* Inside a change: what differs between `before` and `after` below `path`. */
int duet_hub_leaf_update(struct duet_hub_view *view, int64_t number, const char *path, const json_t *before,
			 const json_t *after);

#endif
