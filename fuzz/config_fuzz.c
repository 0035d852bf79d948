/* SPDX-License-Identifier: Apache-2.0 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "assistant/config.h"
#include "fuzz.h"

/* Any bytes are a configuration, or a mistake that says what is wrong. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes)
{
	struct duet_error error = {0};
	struct duet_config *config = NULL;
	char path[32];
	int fd = memfd_create("config", MFD_CLOEXEC), code;

	FUZZ_ASSERT(fd >= 0 && write(fd, bytes, n_bytes) == (ssize_t)n_bytes);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	code = duet_config_load(&config, path, "/", &error);
	FUZZ_ASSERT(code == 0 || error.what[0]);
	FUZZ_ASSERT(code < 0 || config->n_assistants > 0);
	duet_config_free(code < 0 ? NULL : config);
	close(fd);
	return 0;
}
