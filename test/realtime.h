/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_TEST_REALTIME_H
#define DUET_TEST_REALTIME_H

#include <dlfcn.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/*
 * Proof that the audio thread never allocates, locks, logs or waits: this
 * header puts itself between the program (with all its libraries) and libc.
 * Each of these calls is counted when its thread has said that it must not
 * make it. Included by one source of a test program; not with sanitizers,
 * which do the same.
 */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define REALTIME_WITH_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define REALTIME_WITH_SANITIZER 1
#endif
#endif
#ifndef REALTIME_WITH_SANITIZER
#define REALTIME_WITH_SANITIZER 0
#endif

enum realtime {
	REALTIME_OFF,
	REALTIME_THREAD,   /* may wait for its device and move sound to and from it, nothing else */
	REALTIME_CALLBACK, /* nothing at all */
};

static _Thread_local enum realtime realtime_level;
static atomic_int realtime_n_violations;
static _Atomic(const char *) realtime_first;
static _Atomic(void *) realtime_caller;

static inline void realtime_reset(void)
{
	atomic_store(&realtime_n_violations, 0);
	atomic_store(&realtime_first, NULL);
}

/* Fails a test that found something; to be called on its own thread. */
static inline int realtime_report(void)
{
	Dl_info info = {0};

	if (atomic_load(&realtime_n_violations) == 0)
		return 0;
	dladdr(atomic_load(&realtime_caller), &info);
	fprintf(stderr, "%d calls that the audio thread must not make, the first: %s by %s in %s\n",
		atomic_load(&realtime_n_violations), atomic_load(&realtime_first),
		info.dli_sname ? info.dli_sname : "?", info.dli_fname ? info.dli_fname : "?");
	return atomic_load(&realtime_n_violations);
}

static inline void realtime_check(enum realtime forbidden_from, const char *name, void *caller)
{
	const char *none = NULL;

	if (realtime_level < forbidden_from)
		return;
	atomic_fetch_add(&realtime_n_violations, 1);
	if (atomic_compare_exchange_strong(&realtime_first, &none, name))
		atomic_store(&realtime_caller, caller);
}

#if !REALTIME_WITH_SANITIZER

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *old, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);
extern void __libc_free(void *memory);

#define REALTIME_CALLER __builtin_return_address(0)

void *malloc(size_t size)
{
	realtime_check(REALTIME_THREAD, "malloc", REALTIME_CALLER);
	return __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
	realtime_check(REALTIME_THREAD, "calloc", REALTIME_CALLER);
	return __libc_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
	realtime_check(REALTIME_THREAD, "realloc", REALTIME_CALLER);
	return __libc_realloc(old, size);
}

void *memalign(size_t alignment, size_t size);
void *memalign(size_t alignment, size_t size)
{
	realtime_check(REALTIME_THREAD, "memalign", REALTIME_CALLER);
	return __libc_memalign(alignment, size);
}

int posix_memalign(void **memory, size_t alignment, size_t size)
{
	realtime_check(REALTIME_THREAD, "posix_memalign", REALTIME_CALLER);
	*memory = __libc_memalign(alignment, size);
	return *memory ? 0 : 12;
}

void free(void *memory)
{
	if (memory)
		realtime_check(REALTIME_THREAD, "free", REALTIME_CALLER);
	__libc_free(memory);
}

/* A call of libc that stands between: its type, name, arguments with and without types. */
#define REALTIME_CALL(level, type, name, typed, plain)                                                       \
	type name typed                                                                                      \
	{                                                                                                    \
		static type(*next) typed;                                                                    \
                                                                                                             \
		realtime_check(level, #name, REALTIME_CALLER);                                               \
		if (!next)                                                                                   \
			*(void **)&next = dlsym(RTLD_NEXT, #name);                                           \
		return next plain;                                                                           \
	}

REALTIME_CALL(REALTIME_THREAD, int, pthread_mutex_lock, (pthread_mutex_t * mutex), (mutex))
REALTIME_CALL(REALTIME_THREAD, int, pthread_rwlock_rdlock, (pthread_rwlock_t * lock), (lock))
REALTIME_CALL(REALTIME_THREAD, int, pthread_rwlock_wrlock, (pthread_rwlock_t * lock), (lock))
REALTIME_CALL(REALTIME_THREAD, int, pthread_cond_wait, (pthread_cond_t * cond, pthread_mutex_t *mutex),
	      (cond, mutex))
REALTIME_CALL(REALTIME_THREAD, int, pthread_cond_timedwait,
	      (pthread_cond_t * cond, pthread_mutex_t *mutex, const struct timespec *until),
	      (cond, mutex, until))
REALTIME_CALL(REALTIME_THREAD, int, pthread_cond_signal, (pthread_cond_t * cond), (cond))
REALTIME_CALL(REALTIME_THREAD, int, pthread_join, (pthread_t thread, void **value), (thread, value))
REALTIME_CALL(REALTIME_THREAD, int, sem_wait, (sem_t * semaphore), (semaphore))
REALTIME_CALL(REALTIME_THREAD, int, nanosleep, (const struct timespec *wanted, struct timespec *left),
	      (wanted, left))
REALTIME_CALL(REALTIME_THREAD, int, usleep, (useconds_t us), (us))
REALTIME_CALL(REALTIME_THREAD, int, puts, (const char *text), (text))
REALTIME_CALL(REALTIME_THREAD, int, fputs, (const char *text, FILE *file), (text, file))
REALTIME_CALL(REALTIME_THREAD, size_t, fwrite, (const void *items, size_t size, size_t n, FILE *file),
	      (items, size, n, file))
REALTIME_CALL(REALTIME_THREAD, int, vfprintf, (FILE * file, const char *format, va_list args),
	      (file, format, args))
REALTIME_CALL(REALTIME_THREAD, int, fflush, (FILE * file), (file))
REALTIME_CALL(REALTIME_CALLBACK, int, poll, (struct pollfd * polled, nfds_t n, int timeout_ms),
	      (polled, n, timeout_ms))
REALTIME_CALL(REALTIME_CALLBACK, ssize_t, read, (int fd, void *bytes, size_t n), (fd, bytes, n))
REALTIME_CALL(REALTIME_CALLBACK, ssize_t, write, (int fd, const void *bytes, size_t n), (fd, bytes, n))

/* dlsym may allocate and lock: every call is looked up before a thread forbids itself anything. */
__attribute__((constructor)) static void realtime_look_up(void)
{
	pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
	pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
	struct timespec past = {0, 0};
	struct pollfd polled;
	int pipes[2];
	char byte = 0;

	pthread_mutex_lock(&mutex);
	pthread_cond_timedwait(&cond, &mutex, &past);
	pthread_cond_signal(&cond);
	pthread_mutex_unlock(&mutex);
	nanosleep(&past, NULL);
	usleep(0);
	poll(&polled, 0, 0);
	fflush(stdout);
	if (pipe(pipes) == 0) {
		if (write(pipes[1], &byte, 1) == 1 && read(pipes[0], &byte, 1) == 1)
			close(pipes[0]);
		close(pipes[1]);
	}
}

#endif

#endif
