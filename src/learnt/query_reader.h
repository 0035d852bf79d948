/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_LEARNT_QUERY_READER_H
#define DUET_LEARNT_QUERY_READER_H

#include "learnt/query.h"

/* The two formats of query files; `name` is the path that errors name. Private to query*.c. */
int duet_queries_parse_snips(struct duet_queries *queries, const char *name, struct duet_slice bytes,
			     struct duet_error *error);
int duet_queries_parse_own(struct duet_queries *queries, const char *name, struct duet_slice bytes,
			   struct duet_error *error);

#endif
