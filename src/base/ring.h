/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_BASE_RING_H
#define DUET_BASE_RING_H

#include <stddef.h>
#include <stdint.h>

/*
 * A ring of fixed-size items between exactly one producer and one consumer.
 * Neither side ever waits, allocates or locks. After PipeWire's spa_ringbuffer.
 */
struct duet_ring;

struct duet_ring *duet_ring_new(size_t n_items,
				size_t item_size); /* n_items is rounded up to a power of two */
void duet_ring_free(struct duet_ring *ring);
size_t duet_ring_write(struct duet_ring *ring, const void *items, size_t n); /* producer; how many fitted */
size_t duet_ring_read(struct duet_ring *ring, void *items, size_t n); /* consumer; how many there were */
size_t duet_ring_readable(const struct duet_ring *ring);
size_t duet_ring_writable(const struct duet_ring *ring);

#endif
