/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_BASE_WIDE_H
#define DUET_BASE_WIDE_H

/*
 * Before a function whose loops do most of the work: they are unrolled into vectors, and where the processor
 * of the day has wider registers than every one of its kind, those are used. Sanitizers do not know how such
 * a choice is made before the program begins, and clang makes vectors anyway.
 */
#if !defined(__GNUC__) || defined(__clang__)
#define DUET_WIDE
#elif defined(__x86_64__) && defined(__linux__) && !defined(__SANITIZE_ADDRESS__) &&                         \
	!defined(__SANITIZE_THREAD__)
#define DUET_WIDE __attribute__((target_clones("avx2", "default"), optimize("O3")))
#else
#define DUET_WIDE __attribute__((optimize("O3")))
#endif

#endif
