/* SPDX-License-Identifier: Apache-2.0 */
#include "model_file.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Of the binary model definition's header, in its order. */
enum { N_CIPHONE, N_PHONE, N_EMIT_STATE, N_CI_SEN, N_SEN, N_TMAT, N_SSEQ, N_CTX, N_CD_TREE, SIL, N_COUNTS };

enum { TREE_NODE_BYTES = 8, PHONE_BYTES = 12, SENONE_BYTES = 2, MAX_HEADER_BYTES = 4096 };

static const char byte_order[4] = "BMDF";

/* Cuts a number off the front; false at the end. */
static bool take(struct duet_slice *bytes, int32_t *value)
{
	if (bytes->len < sizeof(*value))
		return false;
	memcpy(value, bytes->ptr, sizeof(*value));
	bytes->ptr += sizeof(*value);
	bytes->len -= sizeof(*value);
	return true;
}

static bool skip(struct duet_slice *bytes, int32_t n)
{
	if (n < 0 || (size_t)n > bytes->len)
		return false;
	bytes->ptr += n;
	bytes->len -= (size_t)n;
	return true;
}

bool duet_sphinx_mdef_whole(struct duet_slice bytes)
{
	int32_t counts[N_COUNTS], ignored, text;

	if (bytes.len < sizeof(byte_order) || memcmp(bytes.ptr, byte_order, sizeof(byte_order)) != 0)
		return bytes.len > 0; /* a text file: the library reads it line by line */
	if (!take(&bytes, &ignored) || !take(&bytes, &ignored) || !take(&bytes, &text) || !skip(&bytes, text))
		return false;
	for (int i = 0; i < N_COUNTS; i++)
		if (!take(&bytes, &counts[i]) || counts[i] < 0 || counts[i] > INT32_MAX / 16)
			return false;
	return bytes.len >= (size_t)counts[N_CIPHONE] + (size_t)counts[N_CD_TREE] * TREE_NODE_BYTES +
				    (size_t)counts[N_PHONE] * PHONE_BYTES + sizeof(int32_t) +
				    (size_t)counts[N_SSEQ] * (size_t)counts[N_EMIT_STATE] * SENONE_BYTES;
}

/* "feature_count 3": its number, or `otherwise`. */
static int32_t count_of(const char *line, int32_t len, const char *name, int32_t otherwise)
{
	size_t name_len = strlen(name);

	if ((size_t)len <= name_len || memcmp(line, name, name_len) != 0 || line[len - 1] != '\0')
		return otherwise;
	return (int32_t)strtol(line + name_len, NULL, 10);
}

bool duet_sphinx_sendump_whole(struct duet_slice bytes)
{
	int32_t len, n_features = 1, n_clusters = 0, n_densities, n_senones;

	while (take(&bytes, &len) && len != 0) {
		const char *line = bytes.ptr;

		if (len > MAX_HEADER_BYTES)
			return true; /* the other byte order */
		if (!skip(&bytes, len))
			return false;
		n_features = count_of(line, len, "feature_count ", n_features);
		n_clusters = count_of(line, len, "cluster_count ", n_clusters);
	}
	if (n_clusters > 0)
		return true; /* packed another way */
	if (!take(&bytes, &n_densities) || !take(&bytes, &n_senones))
		return false;
	return n_features > 0 && n_densities > 0 && n_senones > 0 &&
	       bytes.len / (size_t)n_features / (size_t)n_densities >= (size_t)n_senones;
}
