/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "audio/sound.h"
#include "fuzz.h"

/* Sound files come from anywhere: libsndfile reads them, and what it says about them is not trusted. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes)
{
	int fd = memfd_create("sound", MFD_CLOEXEC);
	struct duet_error error = {0};
	struct duet_sound sound;
	char path[64];
	int code;

	FUZZ_ASSERT(fd >= 0 && write(fd, bytes, n_bytes) == (ssize_t)n_bytes);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	code = duet_sound_load(&sound, path, &error);
	FUZZ_ASSERT(code == 0 || (error.code == code && error.what[0] && !sound.samples));
	FUZZ_ASSERT(code < 0 || sound.n_samples == 0 || sound.samples);
	duet_sound_done(&sound);
	close(fd);
	return 0;
}
