/* SPDX-License-Identifier: Apache-2.0 */
#include <stdbool.h>
#include <string.h>

#include "base/option.h"
#include "fuzz.h"

struct everything {
	bool truth;
	int number, choice, duration_ms;
	double real;
	const char *text, *path;
	struct duet_texts texts, paths;
};

static const char *const choices[] = {"one", "two", NULL};

static const struct duet_option options[] = {
	{"truth", DUET_OPTION_BOOL, offsetof(struct everything, truth), "yes", "", NULL, 0, 0},
	{"number", DUET_OPTION_INT, offsetof(struct everything, number), "1", "", NULL, -5, 5},
	{"choice", DUET_OPTION_CHOICE, offsetof(struct everything, choice), "one", "", choices, 0, 0},
	{"duration", DUET_OPTION_DURATION, offsetof(struct everything, duration_ms), "1s", "", NULL, 0, 0},
	{"real", DUET_OPTION_NUMBER, offsetof(struct everything, real), "0.5", "", NULL, 0, 0},
	{"text", DUET_OPTION_TEXT, offsetof(struct everything, text), NULL, "", NULL, 0, 0},
	{"path", DUET_OPTION_PATH, offsetof(struct everything, path), "a", "", NULL, 0, 0},
	{"texts", DUET_OPTION_TEXTS, offsetof(struct everything, texts), "a, b", "", NULL, 0, 0},
	{"paths", DUET_OPTION_PATHS, offsetof(struct everything, paths), NULL, "", NULL, 0, 0},
	{0},
};

/* What was read is within its bounds and can be written down. */
static void check(const struct everything *everything)
{
	char text[256];

	FUZZ_ASSERT(everything->number >= -5 && everything->number <= 5);
	FUZZ_ASSERT(everything->choice == 0 || everything->choice == 1);
	FUZZ_ASSERT(everything->duration_ms >= 0);
	for (const struct duet_option *option = options; option->name; option++)
		duet_option_format(option, everything, text, sizeof(text));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes)
{
	struct duet_arena *arena = duet_arena_new(1 << 24);
	struct everything everything = {0};
	struct duet_error error = {0};
	struct duet_yaml *yaml;

	FUZZ_ASSERT(arena && duet_options_default(options, &everything, "/", arena, &error) == 0);
	if (duet_yaml_parse(&yaml, "fuzz", (const char *)bytes, n_bytes, &error) == 0) {
		int code = duet_options_read(options, &everything, NULL, yaml, duet_yaml_root(yaml), "/",
					     arena, &error);

		FUZZ_ASSERT(code == 0 || (error.what[0] && error.line > 0));
		check(&everything);
	}
	duet_yaml_free(yaml);
	duet_arena_free(arena);
	return 0;
}
