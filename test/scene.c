/* SPDX-License-Identifier: Apache-2.0 */
#include "scene.h"

#include <dirent.h>
#include <fts.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static void write_file(const struct scene *scene, const char *name, const char *text)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", scene->dir, name);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(text ? text : "[]\n", file);
	fclose(file);
}

static const char config[] = "log: error\n"
			     "audio: {engine: \"null\", echo: none, \"null\": {length: %s}}\n"
			     "vad: {engine: scripted, scripted: {script: voice.yaml}}\n"
			     "wake: {engine: scripted, scripted: {script: wake.yaml}}\n"
			     "home: {engine: virtual}\n"
			     "%s\n"
			     "assistants:\n"
			     "  - id: cortana\n"
			     "    language: en-US\n"
			     "    aliases: [小娜]\n"
			     "    wake: [%s]\n%s"
			     "    asr: {engine: scripted, scripted: {script: cortana.yaml}}\n"
			     "    tts: {engine: scripted, scripted: {character: 10ms}}\n"
			     "  - id: xiaoai\n"
			     "    language: zh-CN\n"
			     "    name: 小爱同学\n"
			     "    aliases: [Xiao Ai]\n"
			     "    wake: [%s]\n"
			     "    palette: 1\n"
			     "    asr: {engine: scripted, scripted: {script: %s}}\n"
			     "    tts: {engine: scripted, scripted: {character: 10ms}}\n";

static void write_scripts(const struct scene *scene, const struct scene_script *script)
{
	char text[4096];

	snprintf(text, sizeof(text), config, script->length ? script->length : "10s",
		 script->config ? script->config : "",
		 script->shared_wake ? script->shared_wake : "hey cortana",
		 script->cortana_has ? script->cortana_has : "",
		 script->shared_wake ? script->shared_wake : "小爱同学",
		 script->xiaoai_is_broken ? "nowhere.yaml" : "xiaoai.yaml");
	write_file(scene, "duet.yaml", text);
	write_file(scene, "voice.yaml", script->voice);
	write_file(scene, "wake.yaml", script->wake);
	write_file(scene, "hand.yaml", script->hand);
	write_file(scene, "cortana.yaml", script->cortana);
	write_file(scene, "xiaoai.yaml", script->xiaoai);
}

static void note_turn(void *user, const json_t *turn)
{
	struct scene *scene = user;

	json_array_append_new(scene->turns, json_deep_copy(turn));
	if (scene->on_turn)
		scene->on_turn(scene, turn);
}

static void note_state(void *user, const char *state, const char *assistant)
{
	struct scene *scene = user;
	size_t length = strlen(scene->states);

	snprintf(scene->states + length, sizeof(scene->states) - length, "%s:%s ", assistant, state);
	if (scene->on_state)
		scene->on_state(scene, state);
}

void scene_begin(struct scene *scene)
{
	memset(scene, 0, sizeof(*scene));
	snprintf(scene->dir, sizeof(scene->dir), "/tmp/duet-scene-XXXXXX");
	assert_non_null(mkdtemp(scene->dir));
	scene->turns = json_array();
}

void scene_end(struct scene *scene)
{
	char *roots[] = {scene->dir, NULL};
	FTS *tree = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);

	for (FTSENT *entry; tree && (entry = fts_read(tree));) {
		if (entry->fts_info == FTS_DP)
			rmdir(entry->fts_accpath);
		else if (entry->fts_info != FTS_D)
			unlink(entry->fts_accpath);
	}
	if (tree)
		fts_close(tree);
	json_decref(scene->turns);
}

/* The source's data with a model beside it. */
static void add_model(const struct scene *scene, const struct scene_script *script, char *data_dir,
		      size_t size)
{
	char own[128], from[1024], to[1024];
	struct dirent *entry;
	DIR *source = opendir(data_dir);

	assert_non_null(source);
	snprintf(own, sizeof(own), "%s/data", scene->dir);
	mkdir(own, 0700);
	while ((entry = readdir(source))) {
		snprintf(from, sizeof(from), "%s/%s", data_dir, entry->d_name);
		snprintf(to, sizeof(to), "%s/%s", own, entry->d_name);
		if (entry->d_name[0] != '.')
			assert_int_equal(symlink(from, to), 0);
	}
	closedir(source);
	snprintf(to, sizeof(to), "%s/learnt", own);
	mkdir(to, 0700);
	snprintf(to, sizeof(to), "%s/learnt/%s.model", own,
		 script->model_language ? script->model_language : "en");
	assert_int_equal(symlink(script->model, to), 0);
	snprintf(data_dir, size, "%s", own);
}

int scene_open(struct scene *scene, const struct scene_script *script, struct duet_error *error)
{
	char config_path[128], state_dir[128], data_dir[512];
	struct duet_speaker_setup setup = {
		.config_path = config_path,
		.data_dir = data_dir,
		.state_dir = state_dir,
		.assistant = script->assistant,
		.inline_workers = !script->threads,
		.words_only = script->words_only,
		.takes_orders = script->takes_orders,
		.in_setup = script->in_setup,
		.user = scene,
		.on_turn = note_turn,
		.on_state = note_state,
	};

	snprintf(config_path, sizeof(config_path), "%s/duet.yaml", scene->dir);
	snprintf(state_dir, sizeof(state_dir), "%s/state", scene->dir);
	snprintf(data_dir, sizeof(data_dir), "%s/data", getenv("DUET_SOURCE") ? getenv("DUET_SOURCE") : "..");
	if (script->model)
		add_model(scene, script, data_dir, sizeof(data_dir));
	write_scripts(scene, script);
	json_array_clear(scene->turns);
	scene->states[0] = '\0';
	return duet_speaker_new(&scene->speaker, &setup, error);
}

void scene_close(struct scene *scene)
{
	duet_speaker_free(scene->speaker);
	scene->speaker = NULL;
}

void scene_play(struct scene *scene, const struct scene_script *script)
{
	struct duet_error error = {0};
	char text[900];

	if (scene_open(scene, script, &error) < 0) {
		duet_error_format(&error, text, sizeof(text));
		fail_msg("%s", text);
	}
	assert_int_equal(duet_speaker_run(scene->speaker), 0);
	scene_close(scene);
}

const char *scene_text(const struct scene *scene, size_t turn, const char *key)
{
	const char *text = json_string_value(json_object_get(json_array_get(scene->turns, turn), key));

	return text ? text : "";
}

double scene_ms(const struct scene *scene, size_t turn, const char *stage)
{
	const json_t *ms = json_object_get(json_array_get(scene->turns, turn), "ms");
	const json_t *one = json_object_get(ms, stage);

	return one ? json_number_value(one) : -1;
}
