/* SPDX-License-Identifier: Apache-2.0 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"
#include "skill/home.h"

/* Any bytes are a home, or a mistake that says what is wrong; and whatever is in that home can be asked to do
 * anything. */

static const char *const services[] = {"turn_on",     "turn_off",           "toggle",     "set_percentage",
				       "open_cover",  "set_cover_position", "unlock",     "set_temperature",
				       "media_play",  "media_next_track",   "volume_set", "add_item",
				       "update_item", "remove_all_items"};

static void done(void *user, int code)
{
	++*(int *)user;
}

static void ask_for_everything(struct duet_home *home)
{
	static const struct duet_home_query anything = {0};
	const struct duet_home_entity *found[64];
	size_t n = duet_home_find(home, &anything, found, 64);
	json_t *data = json_pack("{s:i, s:i, s:i, s:i, s:f, s:s, s:s}", "brightness_pct", 50, "percentage",
				 50, "position", 50, "temperature", 20, "volume_level", 0.5, "item", "milk",
				 "status", "completed");

	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < sizeof(services) / sizeof(*services); k++) {
			int n_done = 0,
			    code = duet_home_call(home, found[i], services[k], data, done, &n_done);

			FUZZ_ASSERT(n_done == (code == 0));
			FUZZ_ASSERT(duet_home_state_text(home, found[i]));
			FUZZ_ASSERT(duet_home_name(found[i], "zh-CN"));
		}
	}
	json_decref(data);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes)
{
	struct duet_error error = {0};
	struct duet_home *home = NULL;
	char path[32];
	int fd = memfd_create("home", MFD_CLOEXEC), code;

	FUZZ_ASSERT(fd >= 0 && write(fd, bytes, n_bytes) == (ssize_t)n_bytes);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	code = duet_home_new_file(&home, path, &error);
	FUZZ_ASSERT(code == 0 || error.what[0]);
	if (code == 0)
		ask_for_everything(home);
	duet_home_free(code == 0 ? home : NULL);
	close(fd);
	return 0;
}
