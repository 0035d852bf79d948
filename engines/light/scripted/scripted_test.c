/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>

#include "duet/light_engine.h"

#include "base/alloc.h"
#include "engine_options.h"
#include "temporary_file.h"

static void what_is_shown_is_written(void **state)
{
	const struct duet_light_engine *engine = (const void *)duet_engine_find("light", "scripted");
	struct temporary_file file = temporary_file("old");
	struct duet_arena *arena = duet_arena_new(1 << 16);
	void *self = duet_calloc(1, engine->engine.state_size);
	char text[256] = "";
	FILE *log;

	assert_int_equal(
		engine->open(self, engine_options(&engine->engine, arena, "log", file.path, NULL), NULL), 0);
	engine->show(self, &(struct duet_light){.state = DUET_LIGHT_LISTENING, .assistant = "cortana"});
	engine->show(self, &(struct duet_light){.assistant = "", .microphone_off = true});
	engine->close(self);
	log = fopen(file.path, "r");
	assert_int_equal(fread(text, 1, sizeof(text) - 1, log),
			 strlen("listening cortana\nidle  microphone off\n"));
	assert_string_equal(text, "listening cortana\nidle  microphone off\n");
	fclose(log);
	unlink(file.path);
	duet_free(self);
	duet_arena_free(arena);
}

static void a_file_that_cannot_be_written_is_told(void **state)
{
	const struct duet_light_engine *engine = (const void *)duet_engine_find("light", "scripted");
	struct duet_arena *arena = duet_arena_new(1 << 16);
	void *self = duet_calloc(1, engine->engine.state_size);
	struct duet_error error = {0};

	assert_int_equal(
		engine->open(self, engine_options(&engine->engine, arena, "log", "/nowhere/x", NULL), &error),
		-ENOENT);
	assert_non_null(strstr(error.what, "/nowhere/x"));
	duet_free(self);
	duet_arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_shown_is_written),
		cmocka_unit_test(a_file_that_cannot_be_written_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
