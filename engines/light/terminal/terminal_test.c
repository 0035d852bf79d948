/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "duet/light_engine.h"

#include "base/alloc.h"
#include "engine_options.h"
#include "temporary_file.h"

static void assistants_have_their_colours(void **state)
{
	const struct duet_light_engine *engine = (const void *)duet_engine_find("light", "terminal");
	struct temporary_file file = temporary_file("");
	struct duet_arena *arena = duet_arena_new(1 << 16);
	void *self = duet_calloc(1, engine->engine.state_size);
	char text[512] = "";
	FILE *out;

	assert_int_equal(
		engine->open(self, engine_options(&engine->engine, arena, "file", file.path, NULL), NULL), 0);
	for (int palette = 0; palette < 2; palette++)
		engine->show(self, &(struct duet_light){.state = DUET_LIGHT_SPEAKING,
							.assistant = palette ? "xiaoai" : "cortana",
							.palette = palette});
	engine->show(self, &(struct duet_light){
				   .state = DUET_LIGHT_ALERT, .assistant = "", .microphone_off = true});
	engine->close(self);
	out = fopen(file.path, "r");
	assert_true(fread(text, 1, sizeof(text) - 1, out) > 0);
	fclose(out);
	assert_string_equal(text, "\033[34m◉\033[0m cortana speaking\n"
				  "\033[33m◉\033[0m xiaoai speaking\n"
				  "\033[31m⏰\033[0m  alert \033[31mmicrophone off\033[0m\n");
	unlink(file.path);
	duet_free(self);
	duet_arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(assistants_have_their_colours)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
