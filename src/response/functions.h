/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_RESPONSE_FUNCTIONS_H
#define DUET_RESPONSE_FUNCTIONS_H

#include "response/run.h"

/* namespace(), dict(), range(): what is there without being given. */
struct duet_datum duet_response_call_builtin(struct duet_response_run *run, struct duet_slice name,
					     const struct duet_response_arguments *arguments);

/* Calls a function or a macro. */
struct duet_datum duet_response_call(struct duet_response_run *run, struct duet_datum callee,
				     const struct duet_response_arguments *arguments);

#endif
