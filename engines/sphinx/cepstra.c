/* SPDX-License-Identifier: Apache-2.0 */
#include "cepstra.h"

#include <errno.h>
#include <sphinxbase/cmd_ln.h>
#include <sphinxbase/fe.h>

#include "base/alloc.h"
#include "decoder.h"

struct duet_cepstra {
	cmd_ln_t *config;
	fe_t *front;
};

/* As the packaged model was trained (its feat.params); nothing is skipped, so that frames tell the time. */
static const char *const settings[] = {
	"-lowerf",         "130", "-upperf",       "6800",   "-nfilt",        "25",
	"-transform",      "dct", "-lifter",       "22",     "-remove_noise", "yes",
	"-remove_silence", "no",  "-input_endian", "little", "-samprate",     "16000"};

enum { N_SETTINGS = sizeof(settings) / sizeof(settings[0]) };

int duet_cepstra_new(struct duet_cepstra **cepstra, struct duet_error *error)
{
	struct duet_cepstra *self = duet_calloc(1, sizeof(*self));
	char name[] = "duet", *arguments[N_SETTINGS + 1] = {name};

	*cepstra = NULL;
	if (!self)
		return duet_error_set(error, -ENOMEM, "out of memory");
	duet_sphinx_hush();
	for (size_t i = 0; i < N_SETTINGS; i++)
		arguments[i + 1] = (char *)(uintptr_t)settings[i];
	self->config = cmd_ln_parse_r(NULL, fe_get_args(), N_SETTINGS + 1, arguments, TRUE);
	self->front = self->config ? fe_init_auto_r(self->config) : NULL;
	if (!self->front) {
		duet_cepstra_free(self);
		return duet_error_set(error, -EINVAL, "sphinxbase's front end does not begin");
	}
	duet_cepstra_reset(self);
	*cepstra = self;
	return 0;
}

void duet_cepstra_free(struct duet_cepstra *cepstra)
{
	if (!cepstra)
		return;
	fe_free(cepstra->front);
	cmd_ln_free_r(cepstra->config);
	duet_free(cepstra);
}

void duet_cepstra_reset(struct duet_cepstra *cepstra)
{
	fe_start_stream(cepstra->front);
	fe_start_utt(cepstra->front);
}

int duet_cepstra_feed(struct duet_cepstra *cepstra, const int16_t **samples, size_t *n_samples,
		      float frame[DUET_CEPSTRA])
{
	int32 n_frames = 1;
	mfcc_t *rows[] = {frame};

	if (*n_samples == 0)
		return 0;
	if (fe_process_frames(cepstra->front, samples, n_samples, rows, &n_frames, NULL) < 0)
		return -EIO;
	return n_frames;
}
