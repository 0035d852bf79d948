/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_BASE_YAML_H
#define DUET_BASE_YAML_H

#include <stdbool.h>
#include <stddef.h>

#include "duet/error.h"

/*
 * YAML as a tree that remembers where everything stood (over libyaml). Bounded:
 * depth, nodes and bytes; anchors and aliases are refused with a clear error
 * when they would grow without bound. Duplicate keys are errors.
 */
enum duet_yaml_kind { DUET_YAML_SCALAR, DUET_YAML_LIST, DUET_YAML_MAP };

struct duet_yaml_node {
	enum duet_yaml_kind kind;
	bool quoted;      /* a scalar in quotes: always text */
	int line, column; /* 1-based */
	int indent;       /* of a literal block (|): spaces before its lines, which begin below; else 0 */
	const char *text; /* scalar's value, NUL-terminated UTF-8 */
	size_t text_len;
	struct duet_yaml_node *key;   /* of a map's member: its key */
	struct duet_yaml_node *first; /* child */
	struct duet_yaml_node *next;  /* sibling */
	size_t n_children;
};

struct duet_yaml; /* owns all nodes */

int duet_yaml_load(struct duet_yaml **yaml, const char *path, struct duet_error *error);
int duet_yaml_parse(struct duet_yaml **yaml, const char *name, const char *bytes, size_t n_bytes,
		    struct duet_error *error);
void duet_yaml_free(struct duet_yaml *yaml);
const struct duet_yaml_node *duet_yaml_root(const struct duet_yaml *yaml); /* NULL: an empty document */
const char *duet_yaml_name(const struct duet_yaml *yaml);                  /* the path, for errors */

/* A map's member, or NULL. */
const struct duet_yaml_node *duet_yaml_get(const struct duet_yaml_node *map, const char *key);

#endif
