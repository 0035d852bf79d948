/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_TEST_TORTURE_H
#define DUET_TEST_TORTURE_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/alloc.h"

/*
 * Fails every allocation of `body` in turn. After curl's torture tests.
 *
 * `body` does the whole of something, frees what it made and returns what the
 * code under test returned: 0 or more, or a negative errno. It is run again
 * and again, with its first, second, third … allocation failing, until one run
 * makes fewer. Each run must either succeed in spite of the failure or say
 * -ENOMEM, and must leave nothing behind; the last one must succeed. Libraries
 * take part when they are told to allocate with duet_alloc (jansson's
 * json_set_alloc_funcs, libevent's event_set_mem_functions).
 */
static inline void duet_torture(int (*body)(void *user), void *user)
{
	enum { MOST = 200000 };
	long n, live;
	int code;

	for (n = 1; n < MOST; n++) {
		live = duet_alloc_live();
		duet_alloc_fail_at(n);
		code = body(user);
		if (duet_alloc_live() != live)
			fail_msg("%ld pieces leaked when allocation %ld failed", duet_alloc_live() - live, n);
		if (duet_alloc_fail_at(0) < n)
			break;
		if (code < 0 && code != -ENOMEM)
			fail_msg("allocation %ld failed and the code said %d", n, code);
	}
	assert_true(n < MOST);
	assert_true(code >= 0);
}

#endif
