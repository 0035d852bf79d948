/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_FUZZ_H
#define DUET_FUZZ_H

#include <stddef.h>
#include <stdint.h>

/* What a fuzz target NAME_fuzz.c defines: feeds any bytes to one parser; returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes);

/* For what must hold whatever the bytes are. */
#define FUZZ_ASSERT(condition)                                                                               \
	do {                                                                                                 \
		if (!(condition))                                                                            \
			__builtin_trap();                                                                    \
	} while (0)

#endif
