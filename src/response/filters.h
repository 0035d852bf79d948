/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_RESPONSE_FILTERS_H
#define DUET_RESPONSE_FILTERS_H

#include "response/run.h"

/* `value | name(arguments)`. The number is its place in the table, or negative. */
int duet_response_filter_find(struct duet_slice name);
extern const int duet_response_n_filters;
struct duet_datum duet_response_filter(struct duet_response_run *run, unsigned number,
				       struct duet_datum value,
				       const struct duet_response_arguments *arguments);

/* A row of the table; `arguments` come in the order of the names, UNDEFINED where none was given. */
struct duet_response_filter {
	const char *name;
	const char *parameters; /* "precision method"; NULL: any, as they were written */
	struct duet_datum (*apply)(struct duet_response_run *run, struct duet_datum value,
				   const struct duet_datum *arguments);
	struct duet_datum (*apply_all)(struct duet_response_run *run, struct duet_datum value,
				       const struct duet_response_arguments *arguments);
};

/* filters_list.c: over the items of a list. */
struct duet_datum duet_response_filter_map(struct duet_response_run *run, struct duet_datum value,
					   const struct duet_response_arguments *arguments);
struct duet_datum duet_response_filter_select(struct duet_response_run *run, struct duet_datum value,
					      const struct duet_response_arguments *arguments);
struct duet_datum duet_response_filter_reject(struct duet_response_run *run, struct duet_datum value,
					      const struct duet_response_arguments *arguments);
struct duet_datum duet_response_filter_selectattr(struct duet_response_run *run, struct duet_datum value,
						  const struct duet_response_arguments *arguments);
struct duet_datum duet_response_filter_rejectattr(struct duet_response_run *run, struct duet_datum value,
						  const struct duet_response_arguments *arguments);
struct duet_datum duet_response_filter_join(struct duet_response_run *run, struct duet_datum value,
					    const struct duet_datum *arguments);
struct duet_datum duet_response_filter_sort(struct duet_response_run *run, struct duet_datum value,
					    const struct duet_datum *arguments);
struct duet_datum duet_response_filter_unique(struct duet_response_run *run, struct duet_datum value,
					      const struct duet_datum *arguments);
struct duet_datum duet_response_filter_sum(struct duet_response_run *run, struct duet_datum value,
					   const struct duet_datum *arguments);
struct duet_datum duet_response_filter_min(struct duet_response_run *run, struct duet_datum value,
					   const struct duet_datum *arguments);
struct duet_datum duet_response_filter_max(struct duet_response_run *run, struct duet_datum value,
					   const struct duet_datum *arguments);
struct duet_datum duet_response_filter_dictsort(struct duet_response_run *run, struct duet_datum value,
						const struct duet_datum *arguments);

#endif
