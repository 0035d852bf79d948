/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_TEST_ENGINE_OPTIONS_H
#define DUET_TEST_ENGINE_OPTIONS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/option.h"
#include "duet/engine.h"

/* An engine's options as a configuration would set them: defaults, then pairs of name and value up to a NULL.
 */
static inline const void *engine_options(const struct duet_engine *engine, struct duet_arena *arena, ...)
{
	void *options = duet_arena_alloc(arena, engine->options_size);
	struct duet_error error;
	const char *name;
	va_list pairs;

	assert_non_null(options);
	assert_int_equal(duet_options_default(engine->options, options, "/", arena, &error), 0);
	va_start(pairs, arena);
	while ((name = va_arg(pairs, const char *))) {
		const struct duet_option *option = engine->options;
		const char *value = va_arg(pairs, const char *);

		while (option->name && strcmp(option->name, name) != 0)
			option++;
		if (!option->name)
			fail_msg("%s has no option %s", engine->name, name);
		if (duet_option_set(option, options, value, "/", arena, &error) < 0)
			fail_msg("%s: %s", name, error.what);
	}
	va_end(pairs);
	return options;
}

#endif
