/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <signal.h>
#include <sys/resource.h>

#include "assistant/assistant.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/yaml.h"
#include "base/zone.h"
#include "dialog/dialog.h"
#include "dialog/skills.h"
#include "loop/loop.h"
#include "shipped.h"
#include "store/store.h"

/*
 * Conversations with the skills, from words to reply, as test/conversations/LANGUAGE/NAME.yaml tells them.
 * Time moves by hand, what must last lies in a real store, the home is the shipped one. Steps:
 *
 *	say: TEXT           what a person says; `reply:` (one text, or a list of which one must come), `act:`
 *	                    (members that the act must have), `intent:`, `question: true`, `failed: true`
 *	silence: true       nobody says anything; `reply:`
 *	wake: true          the wake word, whatever was asked: what is said next is no answer
 *	wait: 10min         time goes on (s, min, h, d)
 *	rings: NAME         an alert of this name sounds; `says:` what it announces
 *	tells: NAME         the same for a notification, which is over once it is told
 *	quiet: true         nothing sounds
 *	control: stop       of the alert that sounds (stop, snooze)
 *	restart: 2h         the power is off for that long
 *	clock: 2026-11-23 07:00   somebody sets the clock on the wall (local time)
 *	zone: Asia/Tokyo    the speaker is moved
 *	volume: 40          how loud it is now
 *	disk: full          nothing can be kept (full, free)
 *
 * A story may say `area: none`: nobody told the speaker where it stands.
 */
enum { MAX_SOUNDS = 32, LANGUAGES = 2 };

struct sound {
	int id; /* 0: over */
	enum duet_activity_kind kind;
	size_t skill;
	char name[32];
	char *says;
};

struct talk {
	const char *path, *area;
	char store_path[64], zone[64];
	struct duet_clock_manual clock;
	struct duet_loop *loop;
	struct duet_store *store;
	struct duet_home *home;
	struct duet_grammar *grammar;
	struct duet_skills *skills;
	struct duet_dialog *dialog;
	struct duet_skill_settings settings;
	struct duet_assistant_config config;
	struct duet_assistant assistant;
	int volume, last_id;
	struct sound sounds[MAX_SOUNDS];
	uint64_t turn;
	char *reply;
	enum duet_tone tone;
	bool is_question;
	json_t *json; /* the last turn */
};

static const char *text_of(const struct duet_yaml_node *map, const char *key)
{
	const struct duet_yaml_node *node = map ? duet_yaml_get(map, key) : NULL;

	return node ? node->text : NULL;
}

/* What the speaker does for the skills. */

static int activity_begin(void *user, size_t skill, const char *assistant, enum duet_activity_kind kind,
			  const char *name, const char *reply, json_t *take_vars)
{
	struct talk *talk = user;
	size_t i = 0;

	while (i < MAX_SOUNDS && talk->sounds[i].id)
		i++;
	assert_true(i < MAX_SOUNDS);
	duet_free(talk->sounds[i].says);
	talk->sounds[i] = (struct sound){
		.id = ++talk->last_id,
		.kind = kind,
		.skill = skill,
		.says = duet_dialog_render(talk->dialog, &talk->assistant, reply, take_vars),
	};
	snprintf(talk->sounds[i].name, sizeof(talk->sounds[i].name), "%s", name);
	json_decref(take_vars);
	return talk->last_id;
}

static void activity_end(void *user, int activity)
{
	struct talk *talk = user;

	for (size_t i = 0; i < MAX_SOUNDS; i++) {
		if (talk->sounds[i].id == activity)
			talk->sounds[i].id = 0;
	}
}

static int volume_get(void *user)
{
	return ((struct talk *)user)->volume;
}

static void volume_set(void *user, int percent)
{
	((struct talk *)user)->volume = percent;
}

static void answered(void *user, uint64_t turn, struct duet_answer *answer)
{
	duet_dialog_answered(((struct talk *)user)->dialog, turn, answer);
}

static void on_reply(void *user, const struct duet_reply *reply)
{
	struct talk *talk = user;

	duet_free(talk->reply);
	talk->reply = duet_strdup(reply->text ? reply->text : "");
	talk->tone = reply->tone;
	talk->is_question = reply->expects_answer;
}

static void on_control(void *user, enum duet_control control)
{
}

static void on_over(void *user, const json_t *turn)
{
	struct talk *talk = user;

	json_decref(talk->json);
	talk->json = json_deep_copy(turn);
}

static void on_settled(void *user, uint64_t ticket, int code)
{
	struct talk *talk = user;

	if (talk->dialog)
		duet_dialog_settled(talk->dialog, ticket, code);
	if (talk->dialog && code < 0)
		duet_skills_unsaved(talk->skills, ticket);
}

/* Power on and off. */

static void home_with_store(struct talk *talk)
{
	const struct duet_home_engine *engine = (const void *)duet_engine_find("home", "virtual");
	struct duet_home_driver driver = {engine, NULL};
	struct duet_error error = {0};
	char data[512];

	shipped_path("data", data, sizeof(data));
	if (duet_home_new(&talk->home, &driver, 1, talk->store, data, &error) < 0)
		fail_msg("%s", error.what);
}

static void power_on(struct talk *talk)
{
	struct duet_store_setup store = {.loop = talk->loop,
					 .path = talk->store_path,
					 .inline_worker = true,
					 .user = talk,
					 .settled = on_settled};
	struct duet_skills_setup skills = {.table = duet_skills,
					   .user = talk,
					   .activity_begin = activity_begin,
					   .activity_end = activity_end,
					   .volume_get = volume_get,
					   .volume_set = volume_set,
					   .answered = answered};
	struct duet_dialog_setup dialog = {.clock = &talk->clock.clock,
					   .area = talk->area,
					   .keep_turns = 10,
					   .user = talk,
					   .reply = on_reply,
					   .control = on_control,
					   .over = on_over};
	struct duet_error error = {0};

	assert_int_equal(duet_store_new(&talk->store, &store, &error), 0);
	home_with_store(talk);
	skills.host = (struct duet_skill_host){.loop = talk->loop,
					       .clock = &talk->clock.clock,
					       .store = talk->store,
					       .home = talk->home,
					       .settings = &talk->settings};
	if (duet_skills_new(&talk->skills, &skills, &error) < 0)
		fail_msg("%s", error.what);
	dialog.store = talk->store;
	dialog.skills = talk->skills;
	assert_int_equal(duet_dialog_new(&talk->dialog, &dialog), 0);
	duet_loop_turn(talk->loop);
}

static void power_off(struct talk *talk)
{
	duet_skills_free(talk->skills);
	duet_dialog_free(talk->dialog);
	talk->dialog = NULL;
	duet_home_free(talk->home);
	duet_store_free(talk->store);
	for (size_t i = 0; i < MAX_SOUNDS; i++)
		talk->sounds[i].id = 0;
}

/* Steps. */

static void wrong(const struct talk *talk, const struct duet_yaml_node *step, const char *what,
		  const char *wanted, const char *is)
{
	fail_msg("%s:%d: %s is \"%s\", not \"%s\"", talk->path, step->line, what, is, wanted);
}

static int64_t seconds_of(const struct talk *talk, const struct duet_yaml_node *node)
{
	static const struct {
		const char *unit;
		int seconds;
	} units[] = {{"s", 1}, {"min", 60}, {"h", 3600}, {"d", 86400}};
	char *unit;
	long n = strtol(node->text, &unit, 10);

	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++) {
		if (strcmp(units[i].unit, unit) == 0)
			return (int64_t)n * units[i].seconds;
	}
	fail_msg("%s:%d: \"%s\" is no length of time", talk->path, node->line, node->text);
	return 0;
}

static int64_t local_s(const struct talk *talk, const struct duet_yaml_node *node)
{
	struct duet_civil civil = {0};
	struct duet_zone *zone;
	int64_t at_s;

	if (sscanf(node->text, "%d-%d-%d %d:%d:%d", &civil.year, &civil.month, &civil.day, &civil.hour,
		   &civil.minute, &civil.second) < 5)
		fail_msg("%s:%d: \"%s\" is no time", talk->path, node->line, node->text);
	assert_int_equal(duet_zone_new(&zone, talk->zone, NULL), 0);
	at_s = duet_zone_utc(zone, &civil, NULL);
	duet_zone_free(zone);
	return at_s;
}

static bool is_one_of(const struct duet_yaml_node *wanted, const char *text)
{
	if (wanted->kind == DUET_YAML_SCALAR)
		return strcmp(wanted->text, text) == 0;
	for (const struct duet_yaml_node *one = wanted->first; one; one = one->next) {
		if (strcmp(one->text, text) == 0)
			return true;
	}
	return false;
}

static void check_act(const struct talk *talk, const struct duet_yaml_node *act)
{
	const json_t *done = json_object_get(talk->json, "act");

	for (const struct duet_yaml_node *member = act->first; member; member = member->next) {
		const json_t *value = json_object_get(done, member->key->text);
		char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);

		if (!text)
			wrong(talk, member, member->key->text, member->text, "not there");
		if (json_is_string(value) ? strcmp(json_string_value(value), member->text) != 0
					  : strcmp(text, member->text) != 0)
			wrong(talk, member, member->key->text, member->text, text);
		free(text);
	}
}

static void step_say(struct talk *talk, const struct duet_yaml_node *step, const struct duet_yaml_node *say)
{
	const struct duet_yaml_node *reply = duet_yaml_get(step, "reply"), *act = duet_yaml_get(step, "act");
	const char *intent = text_of(step, "intent"), *understood;

	talk->turn++;
	duet_dialog_begin(talk->dialog, talk->turn, &talk->assistant, talk->is_question);
	duet_dialog_heard(talk->dialog, talk->turn, say->text, false);
	duet_loop_turn(talk->loop);
	duet_dialog_end(talk->dialog, talk->turn);
	understood = json_string_value(json_object_get(talk->json, "intent"));
	if (reply && !is_one_of(reply, talk->reply))
		wrong(talk, reply, "the reply",
		      reply->kind == DUET_YAML_SCALAR ? reply->text : "one of the list", talk->reply);
	if (act)
		check_act(talk, act);
	if (intent && strcmp(understood ? understood : "", intent) != 0)
		wrong(talk, step, "the intent", intent, understood ? understood : "not there");
	if (talk->is_question != (text_of(step, "question") != NULL))
		wrong(talk, step, "the reply", talk->is_question ? "an answer" : "a question", talk->reply);
	if ((talk->tone == DUET_TONE_FAILED) != (text_of(step, "failed") != NULL))
		wrong(talk, step, "the reply", talk->tone == DUET_TONE_FAILED ? "a success" : "a failure",
		      talk->reply);
}

/* Nobody answers. */
static void step_silence(struct talk *talk, const struct duet_yaml_node *step,
			 const struct duet_yaml_node *node)
{
	const struct duet_yaml_node *reply = duet_yaml_get(step, "reply");

	talk->turn++;
	duet_dialog_begin(talk->dialog, talk->turn, &talk->assistant, talk->is_question);
	duet_dialog_nothing(talk->dialog, talk->turn);
	duet_dialog_end(talk->dialog, talk->turn);
	if (!is_one_of(reply, talk->reply))
		wrong(talk, reply, "the reply", reply->text ? reply->text : "one of the list", talk->reply);
	assert_false(talk->is_question);
}

/* The wake word, whatever was being asked. */
static void step_wake(struct talk *talk, const struct duet_yaml_node *step, const struct duet_yaml_node *node)
{
	talk->is_question = false;
}

static void step_wait(struct talk *talk, const struct duet_yaml_node *step, const struct duet_yaml_node *wait)
{
	for (int64_t left_s = seconds_of(talk, wait); left_s > 0; left_s--) {
		duet_clock_manual_advance(&talk->clock, 1000000000);
		duet_loop_turn(talk->loop);
	}
}

static struct sound *sounding(struct talk *talk, enum duet_activity_kind kind)
{
	for (size_t i = 0; i < MAX_SOUNDS; i++) {
		if (talk->sounds[i].id && talk->sounds[i].kind == kind)
			return &talk->sounds[i];
	}
	return NULL;
}

static struct sound *check_sound(struct talk *talk, const struct duet_yaml_node *step,
				 const struct duet_yaml_node *name, enum duet_activity_kind kind)
{
	struct sound *sound = sounding(talk, kind);
	const struct duet_yaml_node *says = duet_yaml_get(step, "says");

	if (!sound || strcmp(sound->name, name->text) != 0)
		wrong(talk, step, "what sounds", name->text, sound ? sound->name : "nothing");
	if (says && !is_one_of(says, sound->says))
		wrong(talk, says, "what is announced", says->text ? says->text : "one of the list",
		      sound->says);
	return sound;
}

static void step_rings(struct talk *talk, const struct duet_yaml_node *step,
		       const struct duet_yaml_node *name)
{
	check_sound(talk, step, name, DUET_ACTIVITY_ALERT);
}

static void step_tells(struct talk *talk, const struct duet_yaml_node *step,
		       const struct duet_yaml_node *name)
{
	struct sound *sound = check_sound(talk, step, name, DUET_ACTIVITY_NOTIFICATION);

	duet_skills_control(talk->skills, sound->skill, sound->id, DUET_CONTROL_STOP);
	if (sound->id)
		wrong(talk, step, "what was told", "over", "not over");
}

static void step_quiet(struct talk *talk, const struct duet_yaml_node *step,
		       const struct duet_yaml_node *node)
{
	for (size_t i = 0; i < MAX_SOUNDS; i++) {
		if (talk->sounds[i].id)
			wrong(talk, step, "what sounds", "nothing", talk->sounds[i].name);
	}
}

static void step_control(struct talk *talk, const struct duet_yaml_node *step,
			 const struct duet_yaml_node *node)
{
	struct sound *sound = sounding(talk, DUET_ACTIVITY_ALERT);

	if (!sound)
		wrong(talk, step, "what sounds", "an alert", "nothing");
	duet_skills_control(talk->skills, sound->skill, sound->id,
			    strcmp(node->text, "snooze") == 0 ? DUET_CONTROL_SNOOZE : DUET_CONTROL_STOP);
}

static void step_restart(struct talk *talk, const struct duet_yaml_node *step,
			 const struct duet_yaml_node *node)
{
	const struct duet_yaml_node *to = duet_yaml_get(step, "to");
	int64_t off_s = seconds_of(talk, node);

	power_off(talk);
	talk->clock.wall = to ? local_s(talk, to) * 1000000000 : talk->clock.wall + off_s * 1000000000;
	talk->clock.mono = 5000000000; /* counts from the start of the machine */
	duet_loop_free(talk->loop);
	talk->loop = duet_loop_new(&talk->clock.clock);
	power_on(talk);
}

static void step_clock(struct talk *talk, const struct duet_yaml_node *step,
		       const struct duet_yaml_node *node)
{
	talk->clock.wall = local_s(talk, node) * 1000000000;
	duet_skills_clock_changed(talk->skills);
	duet_loop_turn(talk->loop);
}

static void step_zone(struct talk *talk, const struct duet_yaml_node *step, const struct duet_yaml_node *node)
{
	snprintf(talk->zone, sizeof(talk->zone), "%s", node->text);
	duet_skills_clock_changed(talk->skills);
	duet_loop_turn(talk->loop);
}

static void step_volume(struct talk *talk, const struct duet_yaml_node *step,
			const struct duet_yaml_node *node)
{
	assert_int_equal(talk->volume, strtol(node->text, NULL, 10));
}

/* Nothing can be written to a file any more, or again. */
static void step_disk(struct talk *talk, const struct duet_yaml_node *step, const struct duet_yaml_node *node)
{
	struct rlimit limit;

	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &limit);
	limit.rlim_cur = strcmp(node->text, "full") == 0 ? 0 : limit.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static const struct {
	const char *name;
	void (*run)(struct talk *talk, const struct duet_yaml_node *step, const struct duet_yaml_node *node);
} steps[] = {{"say", step_say},     {"silence", step_silence}, {"wake", step_wake},
	     {"wait", step_wait},   {"rings", step_rings},     {"tells", step_tells},
	     {"quiet", step_quiet}, {"control", step_control}, {"restart", step_restart},
	     {"clock", step_clock}, {"zone", step_zone},       {"volume", step_volume},
	     {"disk", step_disk}};

static void run_step(struct talk *talk, const struct duet_yaml_node *step)
{
	for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++) {
		const struct duet_yaml_node *node = duet_yaml_get(step, steps[i].name);

		if (!node)
			continue;
		steps[i].run(talk, step, node);
		return;
	}
	fail_msg("%s:%d: no such step", talk->path, step->line);
}

static void run_talk(struct talk *talk, const struct duet_yaml_node *story)
{
	char path[] = "/tmp/duet-talk-XXXXXX", name[96];
	int fd = mkstemp(path);

	close(fd);
	unlink(path);
	snprintf(talk->store_path, sizeof(talk->store_path), "%s", path);
	snprintf(talk->zone, sizeof(talk->zone), "%s",
		 text_of(story, "zone") ? text_of(story, "zone") : "Europe/Berlin");
	talk->settings = (struct duet_skill_settings){.zone = talk->zone,
						      .night_volume = 30,
						      .night_begin_min = 22 * 60,
						      .night_end_min = 7 * 60,
						      .ring_limit_s = 600};
	talk->area = text_of(story, "area") ? NULL : "living_room";
	talk->volume = 50;
	duet_clock_manual_init(&talk->clock, 0);
	talk->clock.wall = local_s(talk, duet_yaml_get(story, "now")) * 1000000000;
	talk->loop = duet_loop_new(&talk->clock.clock);
	power_on(talk);
	for (const struct duet_yaml_node *step = duet_yaml_get(story, "steps")->first; step;
	     step = step->next)
		run_step(talk, step);
	power_off(talk);
	duet_loop_free(talk->loop);
	unlink(path);
	for (int i = 0; i < 2; i++) {
		snprintf(name, sizeof(name), "%s%s", path, i ? "-wal" : "-shm");
		unlink(name);
	}
}

static void done(struct talk *talk)
{
	json_decref(talk->json);
	duet_free(talk->reply);
	for (size_t i = 0; i < MAX_SOUNDS; i++)
		duet_free(talk->sounds[i].says);
}

static void check_file(const char *language, const char *name, struct duet_grammar *grammar)
{
	char path[512], relative[96];
	struct duet_error error = {0};
	struct duet_yaml *yaml;

	snprintf(relative, sizeof(relative), "test/conversations/%s/%s.yaml", language, name);
	if (duet_yaml_load(&yaml, shipped_path(relative, path, sizeof(path)), &error) < 0)
		fail_msg("%s:%d: %s", error.file, error.line, error.what);
	for (const struct duet_yaml_node *story = duet_yaml_root(yaml)->first; story; story = story->next) {
		bool is_mandarin = language[0] == 'z';
		struct talk talk = {.path = path,
				    .grammar = grammar,
				    .config = {.id = is_mandarin ? "xiaoai" : "cortana",
					       .name = is_mandarin ? "小爱同学" : "Cortana",
					       .language = is_mandarin ? "zh-CN" : "en-US"}};

		talk.assistant = (struct duet_assistant){.config = &talk.config, .grammar = grammar};
		print_message("    %s/%s: %s\n", language, name, story->key->text);
		run_talk(&talk, story);
		done(&talk);
	}
	duet_yaml_free(yaml);
}

static const char *const languages[LANGUAGES] = {"en", "zh-CN"};
static struct duet_grammar *grammars[LANGUAGES];

static int compile(void **state)
{
	for (size_t i = 0; i < LANGUAGES; i++) {
		struct duet_home *home = shipped_home();

		grammars[i] = shipped_grammar(languages[i], home);
		duet_home_free(home);
	}
	return 0;
}

static int release(void **state)
{
	for (size_t i = 0; i < LANGUAGES; i++)
		duet_grammar_free(grammars[i]);
	return 0;
}

static void check_both(const char *name)
{
	for (size_t i = 0; i < LANGUAGES; i++)
		check_file(languages[i], name, grammars[i]);
}

static void test_clock(void **state)
{
	check_both("clock");
}

static void test_timer(void **state)
{
	check_both("timer");
}

static void test_alarm(void **state)
{
	check_both("alarm");
}

static void test_reminder(void **state)
{
	check_both("reminder");
}

static void test_volume_and_control(void **state)
{
	check_both("volume");
}

static void test_talk(void **state)
{
	check_both("talk");
}

static void test_home(void **state)
{
	check_both("home");
}

/* Sentences that lean on others: ellipsis, pronouns, corrections, missing words, choices. */
static void test_followups(void **state)
{
	check_both("followup");
}

/* Questions that are cancelled, not answered, answered wrongly, or with something else. */
static void test_questions(void **state)
{
	check_both("question");
}

static void test_list_and_media(void **state)
{
	check_both("list");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_clock),
		cmocka_unit_test(test_timer),
		cmocka_unit_test(test_alarm),
		cmocka_unit_test(test_reminder),
		cmocka_unit_test(test_volume_and_control),
		cmocka_unit_test(test_talk),
		cmocka_unit_test(test_home),
		cmocka_unit_test(test_list_and_media),
		cmocka_unit_test(test_followups),
		cmocka_unit_test(test_questions),
	};

	return cmocka_run_group_tests(tests, compile, release);
}
