/* SPDX-License-Identifier: Apache-2.0 */
#include "mixtures.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/wide.h"
#include "parameters.h"

enum { N_DENSITIES = 128, BLOCK = 16, MAX_HEADER_BYTES = 4096, N_BYTES = 256 };

static const float least_variance = 1e-4F;
static const float least_likely = 1e-12F; /* so that the product of all streams is a number */

/* A stream's codebook, so that all densities of a dimension lie side by side: the logarithm of a density is
 * constant + Σ (line · x − curve · x²). */
struct codebook {
	float constants[N_DENSITIES];
	float lines[DUET_CEPSTRA][N_DENSITIES], curves[DUET_CEPSTRA][N_DENSITIES];
};

struct duet_mixtures {
	const struct duet_phones *phones;
	int n_codebooks, n_states;
	const uint8_t *weights;      /* [stream][density][state], as bytes */
	float weight_of[N_BYTES];    /* such a byte as a weight */
	struct codebook codebooks[]; /* [phone][stream] */
};

/* Cuts a string with its length in front off; its length, 0 at the end of the strings, -1: broken. */
static int32_t take_line(struct duet_slice *bytes, const char **line)
{
	int32_t len;

	if (bytes->len < sizeof(len))
		return -1;
	memcpy(&len, bytes->ptr, sizeof(len));
	if (len < 0 || len > MAX_HEADER_BYTES || (size_t)len > bytes->len - sizeof(len))
		return -1;
	*line = bytes->ptr + sizeof(len);
	bytes->ptr += sizeof(len) + (size_t)len;
	bytes->len -= sizeof(len) + (size_t)len;
	return len;
}

static bool says(const char *line, int32_t len, const char *name, long *value)
{
	size_t n = strlen(name);

	if ((size_t)len <= n || memcmp(line, name, n) != 0 || line[len - 1] != '\0')
		return false;
	*value = strtol(line + n, NULL, 10);
	return true;
}

/* The format: pocketsphinx/src/libpocketsphinx/ptm_mgau.c, read_sendump. */
static bool read_weights(struct duet_mixtures *self, struct duet_slice bytes)
{
	long n_streams = DUET_STREAMS, n_clusters = 0, n_bits = 8;
	int32_t len, size[2];
	const char *line;

	while ((len = take_line(&bytes, &line)) > 0)
		if (!says(line, len, "feature_count ", &n_streams) &&
		    !says(line, len, "cluster_count ", &n_clusters))
			says(line, len, "mixw_bits ", &n_bits);
	if (len < 0 || n_streams != DUET_STREAMS || n_clusters != 0 || n_bits != 8 ||
	    bytes.len < sizeof(size))
		return false;
	memcpy(size, bytes.ptr, sizeof(size));
	self->weights = (const uint8_t *)bytes.ptr + sizeof(size);
	return size[0] == N_DENSITIES && size[1] == self->n_states &&
	       bytes.len - sizeof(size) >= (size_t)DUET_STREAMS * N_DENSITIES * (size_t)self->n_states;
}

/* Means or variances of as many codebooks of this size as there are phones. */
static bool fits(const struct duet_parameters *found, int n_codebooks)
{
	if (found->counts[0] != n_codebooks || found->counts[1] != DUET_STREAMS ||
	    found->counts[2] != N_DENSITIES)
		return false;
	for (int i = 0; i < DUET_STREAMS; i++)
		if (found->counts[3 + i] != DUET_CEPSTRA)
			return false;
	return found->n_values == (size_t)n_codebooks * DUET_STREAMS * N_DENSITIES * DUET_CEPSTRA;
}

static void set_density(struct codebook *codebook, int density, const struct duet_parameters *means,
			const struct duet_parameters *variances, size_t first)
{
	double constant = 0;

	for (int d = 0; d < DUET_CEPSTRA; d++) {
		float mean = duet_parameters_value(means, first + (size_t)d),
		      variance = fmaxf(duet_parameters_value(variances, first + (size_t)d), least_variance);

		codebook->curves[d][density] = 0.5F / variance;
		codebook->lines[d][density] = mean / variance;
		constant -= 0.5 * (log(2 * M_PI * variance) + (double)mean * mean / variance);
	}
	codebook->constants[density] = (float)constant;
}

static bool read_densities(struct duet_mixtures *self, struct duet_slice means, struct duet_slice variances)
{
	struct duet_parameters mean, variance;

	if (!duet_parameters_read(&mean, means, 3 + DUET_STREAMS) || !fits(&mean, self->n_codebooks) ||
	    !duet_parameters_read(&variance, variances, 3 + DUET_STREAMS) ||
	    !fits(&variance, self->n_codebooks))
		return false;
	for (int i = 0; i < self->n_codebooks * DUET_STREAMS; i++)
		for (int k = 0; k < N_DENSITIES; k++)
			set_density(&self->codebooks[i], k, &mean, &variance,
				    ((size_t)i * N_DENSITIES + (size_t)k) * DUET_CEPSTRA);
	return true;
}

int duet_mixtures_read(struct duet_mixtures **mixtures, const struct duet_phones *phones,
		       struct duet_slice means, struct duet_slice variances, struct duet_slice weights,
		       struct duet_error *error)
{
	int n = duet_phones_count(phones), result = 0;
	struct duet_mixtures *self =
		duet_alloc(sizeof(*self) + (size_t)n * DUET_STREAMS * sizeof(self->codebooks[0]));

	*mixtures = NULL;
	if (!self)
		return duet_error_set(error, -ENOMEM, "out of memory for the acoustic model");
	self->phones = phones;
	self->n_codebooks = n;
	self->n_states = duet_phones_n_states(phones);
	for (int i = 0; i < N_BYTES; i++)
		self->weight_of[i] = powf(1.0001F, (float)-(i << 10));
	if (!read_densities(self, means, variances))
		result = duet_error_set(error, -EINVAL, "no whole means and variances of a codebook a phone");
	else if (!read_weights(self, weights))
		result = duet_error_set(error, -EINVAL, "no whole mixture weights of this model");
	if (result < 0)
		duet_free(self);
	else
		*mixtures = self;
	return result;
}

void duet_mixtures_free(struct duet_mixtures *mixtures)
{
	duet_free(mixtures);
}

/* Most of the work is here. */
DUET_WIDE static void measure(const struct codebook *codebook, const float features[DUET_CEPSTRA],
			      float logs[N_DENSITIES])
{
	memcpy(logs, codebook->constants, sizeof(codebook->constants));
	for (int d = 0; d < DUET_CEPSTRA; d++) {
		const float *line = codebook->lines[d], *curve = codebook->curves[d];
		float x = features[d];

		for (int k = 0; k < N_DENSITIES; k++)
			logs[k] += x * (line[k] - curve[k] * x);
	}
}

/* The few highest, in their order. */
static void choose(const float logs[N_DENSITIES], uint8_t densities[DUET_NEAREST], float best[DUET_NEAREST])
{
	for (int i = 0; i < DUET_NEAREST; i++)
		best[i] = -INFINITY;
	for (int block = 0; block < N_DENSITIES; block += BLOCK) {
		float most = logs[block];

		for (int k = 1; k < BLOCK; k++)
			most = logs[block + k] > most ? logs[block + k] : most;
		if (!(most > best[DUET_NEAREST - 1]))
			continue;
		for (int k = block; k < block + BLOCK; k++) {
			int at = DUET_NEAREST - 1;

			if (!(logs[k] > best[at]))
				continue;
			for (; at > 0 && logs[k] > best[at - 1]; at--) {
				best[at] = best[at - 1];
				densities[at] = densities[at - 1];
			}
			best[at] = logs[k];
			densities[at] = (uint8_t)k;
		}
	}
}

void duet_mixtures_look(const struct duet_mixtures *mixtures, const float features[DUET_FEATURES],
			struct duet_nearest *nearest)
{
	for (int i = 0; i < mixtures->n_codebooks; i++)
		for (int s = 0; s < DUET_STREAMS; s++) {
			float logs[N_DENSITIES], best[DUET_NEAREST];

			measure(&mixtures->codebooks[i * DUET_STREAMS + s],
				features + (ptrdiff_t)s * DUET_CEPSTRA, logs);
			memset(nearest->of[i][s].densities, 0, DUET_NEAREST);
			choose(logs, nearest->of[i][s].densities, best);
			nearest->of[i][s].log = best[0];
			for (int k = 0; k < DUET_NEAREST; k++)
				nearest->of[i][s].ratios[k] = expf(best[k] - best[0]);
		}
}

float duet_mixtures_state(const struct duet_mixtures *mixtures, const struct duet_nearest *nearest, int state)
{
	int codebook = duet_phones_of_state(mixtures->phones, state);
	size_t n_states = (size_t)mixtures->n_states;
	float sum = 0, product = 1;

	for (int s = 0; s < DUET_STREAMS; s++) {
		const uint8_t *weights = mixtures->weights + (size_t)s * N_DENSITIES * n_states + state;
		const uint8_t *densities = nearest->of[codebook][s].densities;
		const float *ratios = nearest->of[codebook][s].ratios;
		float likely = least_likely;

		for (int i = 0; i < DUET_NEAREST; i++)
			likely += mixtures->weight_of[weights[densities[i] * n_states]] * ratios[i];
		product *= likely;
		sum += nearest->of[codebook][s].log;
	}
	return sum + logf(product);
}
