/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_HUB_CRC_H
#define DUET_HUB_CRC_H

#include <stddef.h>
#include <stdint.h>

/* CRC-32C (Castagnoli, RFC 3720 appendix B.4), by Intel's "slicing by 8". Any thread. */
uint32_t duet_hub_crc(const void *bytes, size_t n_bytes);

#endif
