/* SPDX-License-Identifier: Apache-2.0 */
#include "assistant/handover.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "assistant/config.h"
#include "torture.h"

static struct duet_assistant_config assistants[] = {
	{.id = "cortana", .name = "Cortana", .language = "en-US"},
	{.id = "xiaoai", .name = "小爱同学", .language = "zh-CN"},
	{.id = "french", .name = "Amélie", .language = "fr-FR"},
};

static struct duet_config config = {.assistants = assistants, .n_assistants = 3};

static int prepare(void **state)
{
	static const char *const of_cortana[] = {"小娜"}, *const of_xiaoai[] = {"Xiao Ai"};
	static char data[512];
	const char *source = getenv("DUET_SOURCE");

	snprintf(data, sizeof(data), "%s/data", source ? source : "..");
	config.data_dir = data;
	assistants[0].aliases = (struct duet_texts){of_cortana, 1};
	assistants[1].aliases = (struct duet_texts){of_xiaoai, 1};
	return 0;
}

static void check(int own, const char *text, int whom, const char *rest)
{
	struct duet_handover handover;
	char found[256] = "";
	int result;

	assert_int_equal(duet_handover_init(&handover, &config, own, NULL), 0);
	result = duet_handover_find(&handover, text, found, sizeof(found));
	if (result != whom || (rest && strcmp(rest, found) != 0))
		fail_msg("\"%s\": %d \"%s\"", text, result, found);
	duet_handover_done(&handover);
}

static void just_the_words_after_the_name(void **state)
{
	check(0, "ask Xiao Ai to turn on the light", 1, "turn on the light");
	check(0, "Tell xiao ai, what time is it", 1, "what time is it");
	check(0, "ask 小爱同学 to stop", 1, "stop");
	check(0, "let amélie sing", 2, "sing");
	check(1, "让小娜打开厨房的灯", 0, "打开厨房的灯");
	check(1, "帮我问cortana what time is it", 0, "what time is it");
	check(1, "问问小娜现在几点", 0, "现在几点");
}

static void what_names_nobody_is_left_alone(void **state)
{
	check(0, "ask xiao ai", -ENOENT, NULL);         /* to do what? */
	check(0, "ask cortana to stop", -ENOENT, NULL); /* that is itself */
	check(0, "tell me a joke", -ENOENT, NULL);
	check(0, "ask xiao aiden to stop", -ENOENT, NULL);
	check(0, "please ask xiao ai to stop", -ENOENT, NULL);
	check(1, "让我静静", -ENOENT, NULL);
	check(2, "demande à Cortana", -ENOENT, NULL); /* a language without phrases */
}

static int make(void *user)
{
	struct duet_handover handover;
	int result = duet_handover_init(&handover, &config, 0, NULL);

	duet_handover_done(&handover);
	return result;
}

static void survives_failing_memory(void **state)
{
	duet_torture(make, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(just_the_words_after_the_name),
		cmocka_unit_test(what_names_nobody_is_left_alone),
		cmocka_unit_test(survives_failing_memory),
	};

	return cmocka_run_group_tests(tests, prepare, NULL);
}
