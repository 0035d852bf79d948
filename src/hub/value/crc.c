/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/value/crc.h"

#include <pthread.h>

enum { SLICES = 8 };

static const uint32_t polynomial = 0x82F63B78; /* reflected */
static uint32_t table[SLICES][256];
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void fill(void)
{
	for (uint32_t i = 0; i < 256; i++) {
		uint32_t value = i;

		for (int bit = 0; bit < 8; bit++)
			value = (value >> 1) ^ (value & 1 ? polynomial : 0);
		table[0][i] = value;
	}
	for (uint32_t i = 0; i < 256; i++)
		for (int slice = 1; slice < SLICES; slice++)
			table[slice][i] = (table[slice - 1][i] >> 8) ^ table[0][table[slice - 1][i] & 0xff];
}

static uint32_t read_4(const unsigned char *at)
{
	return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

uint32_t duet_hub_crc(const void *bytes, size_t n_bytes)
{
	const unsigned char *at = bytes;
	uint32_t crc = ~(uint32_t)0;

	pthread_once(&once, fill);
	for (; n_bytes >= SLICES; n_bytes -= SLICES, at += SLICES) {
		uint32_t low = read_4(at) ^ crc, high = read_4(at + 4);

		crc = table[7][low & 0xff] ^ table[6][(low >> 8) & 0xff] ^ table[5][(low >> 16) & 0xff] ^
		      table[4][low >> 24] ^ table[3][high & 0xff] ^ table[2][(high >> 8) & 0xff] ^
		      table[1][(high >> 16) & 0xff] ^ table[0][high >> 24];
	}
	for (; n_bytes > 0; n_bytes--, at++)
		crc = (crc >> 8) ^ table[0][(crc ^ *at) & 0xff];
	return ~crc;
}
