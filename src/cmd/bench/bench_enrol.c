/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/bench/bench_enrol.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/alloc.h"
#include "cmd/bench/bench_files.h"
#include "cmd/bench/bench_sound.h"
#include "wake/recording.h"

enum { RECORDINGS_MAX = 16 };

static int keep(const char *lines, int *fd, struct duet_error *error)
{
	size_t n = strlen(lines);

	*fd = memfd_create("duet-enrolled", MFD_CLOEXEC);
	if (*fd >= 0 && write(*fd, lines, n) == (ssize_t)n)
		return 0;
	return duet_error_set(error, -EIO, "no room for what was learnt");
}

int bench_enrol(const struct duet_wake_engine *engine, const struct duet_wake_setup *setup,
		const char *folder, int *fd, struct duet_error *error)
{
	struct duet_wake_recording recordings[RECORDINGS_MAX] = {0};
	struct bench_sound sounds[RECORDINGS_MAX] = {0};
	struct bench_files files;
	char path[4096], *lines = NULL;
	size_t n = 0;
	int status;

	if (!engine->enrol)
		return duet_error_set(error, -ENOTSUP, "the wake engine %s learns nothing from one person",
				      engine->engine.name);
	status = bench_files_list(&files, folder, error);
	if (status < 0)
		return status;
	for (; status == 0 && n < files.n && n < RECORDINGS_MAX; n++) {
		snprintf(path, sizeof(path), "%s/%s", folder, files.names[n]);
		status = bench_sound_load(&sounds[n], path, error);
		recordings[n] = (struct duet_wake_recording){
			.samples = sounds[n].samples,
			.n_samples = sounds[n].n_samples,
			.flaw = duet_wake_recording_check(sounds[n].samples, sounds[n].n_samples)};
	}
	if (status == 0)
		status = engine->enrol(setup, recordings, n, &lines, error);
	if (status == 0)
		status = keep(lines, fd, error);
	duet_free(lines);
	for (size_t i = 0; i < n; i++)
		bench_sound_done(&sounds[i]);
	bench_files_done(&files);
	return status;
}
