/* SPDX-License-Identifier: Apache-2.0 */
#include "base/ring.h"

#include <stdatomic.h>
#include <string.h>

#include "base/alloc.h"

/*
 * Both counts only rise (and wrap with size_t); their difference is what can
 * be read. Each lies in a cache line of its own, since each is written by one
 * side and only read by the other.
 */
struct duet_ring {
	size_t mask, item_size;
	char *items;
	char line1[64];
	atomic_size_t n_written;
	char line2[64];
	atomic_size_t n_read;
};

struct duet_ring *duet_ring_new(size_t n_items, size_t item_size)
{
	struct duet_ring *ring;
	size_t room = 1;

	while (room < n_items && room <= SIZE_MAX / 4)
		room *= 2;
	ring = duet_calloc(1, sizeof(*ring));
	if (!ring)
		return NULL;
	ring->mask = room - 1;
	ring->item_size = item_size;
	ring->items = duet_calloc(room, item_size);
	if (!ring->items) {
		duet_ring_free(ring);
		return NULL;
	}
	return ring;
}

void duet_ring_free(struct duet_ring *ring)
{
	if (!ring)
		return;
	duet_free(ring->items);
	duet_free(ring);
}

/* Where item number `at` lies, and how many of `n` follow it before the ring wraps. */
static char *run(const struct duet_ring *ring, size_t at, size_t n, size_t *n_run)
{
	size_t until_wrap = ring->mask + 1 - (at & ring->mask);

	*n_run = n < until_wrap ? n : until_wrap;
	return ring->items + (at & ring->mask) * ring->item_size;
}

size_t duet_ring_write(struct duet_ring *ring, const void *items, size_t n)
{
	size_t written = atomic_load_explicit(&ring->n_written, memory_order_relaxed);
	size_t read = atomic_load_explicit(&ring->n_read, memory_order_acquire);
	size_t room = ring->mask + 1 - (written - read), n_run;
	const char *from = items;
	char *to;

	if (n > room)
		n = room;
	if (n == 0)
		return 0;
	to = run(ring, written, n, &n_run);
	memcpy(to, from, n_run * ring->item_size);
	memcpy(ring->items, from + n_run * ring->item_size, (n - n_run) * ring->item_size);
	atomic_store_explicit(&ring->n_written, written + n, memory_order_release);
	return n;
}

size_t duet_ring_read(struct duet_ring *ring, void *items, size_t n)
{
	size_t read = atomic_load_explicit(&ring->n_read, memory_order_relaxed);
	size_t written = atomic_load_explicit(&ring->n_written, memory_order_acquire);
	size_t n_run;
	const char *from;
	char *to = items;

	if (n > written - read)
		n = written - read;
	if (n == 0)
		return 0;
	from = run(ring, read, n, &n_run);
	memcpy(to, from, n_run * ring->item_size);
	memcpy(to + n_run * ring->item_size, ring->items, (n - n_run) * ring->item_size);
	atomic_store_explicit(&ring->n_read, read + n, memory_order_release);
	return n;
}

size_t duet_ring_readable(const struct duet_ring *ring)
{
	/* The reader's count first: the difference then never comes out negative. */
	size_t read = atomic_load_explicit(&ring->n_read, memory_order_acquire);

	return atomic_load_explicit(&ring->n_written, memory_order_acquire) - read;
}

size_t duet_ring_writable(const struct duet_ring *ring)
{
	size_t readable = duet_ring_readable(ring);

	return readable > ring->mask ? 0 : ring->mask + 1 - readable;
}
