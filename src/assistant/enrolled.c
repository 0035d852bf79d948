/* SPDX-License-Identifier: Apache-2.0 */
#include "assistant/enrolled.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "duet/wake_engine.h"

void duet_enrolled_path(const char *state_dir, const char *assistant, char path[DUET_ENROLLED_PATH])
{
	snprintf(path, DUET_ENROLLED_PATH, "%.500s/wake/%.150s.txt", state_dir, assistant);
}

static bool is_of(const char *line, const char *phrase)
{
	size_t length = strlen(phrase);

	return strncmp(line, phrase, length) == 0 && line[length] == '\t';
}

static const char *next_line(const char *line)
{
	line += strcspn(line, "\n");
	return line + (*line == '\n');
}

static int count_until(const char *text, const char *end, const char *phrase)
{
	int n = 0;

	for (; text && *text && text != end; text = next_line(text))
		n += is_of(text, phrase);
	return n;
}

int duet_enrolled_count(const char *text, const char *phrase)
{
	return count_until(text, NULL, phrase);
}

bool duet_enrolled_next(const char *text, const char **at, char phrase[DUET_PHRASE_BYTES])
{
	while (*at && **at) {
		const char *line = *at;
		size_t length = strcspn(line, "\t\n");

		*at = next_line(line);
		if (line[0] == '#' || length == 0 || line[length] != '\t' || length >= DUET_PHRASE_BYTES)
			continue;
		memcpy(phrase, line, length);
		phrase[length] = '\0';
		if (count_until(text, line, phrase) == 0)
			return true;
	}
	return false;
}

int duet_enrolled_load(const char *path, char **text, struct duet_error *error)
{
	size_t n_bytes;
	int result = duet_file_read(path, DUET_ENROLLED_BYTES, text, &n_bytes, error);

	if (result == 0)
		return 0;
	*text = NULL;
	return result == -ENOENT ? 0 : result;
}

/* All lines but the phrase's. */
static void keep_others(struct duet_text *kept, const char *text, const char *phrase)
{
	for (const char *line = text; line && *line; line = next_line(line))
		if (!is_of(line, phrase))
			duet_text_printf(kept, "%.*s\n", (int)strcspn(line, "\n"), line);
}

int duet_enrolled_replace(const char *path, const char *phrase, const char *lines, struct duet_error *error)
{
	char folder[DUET_ENROLLED_PATH], *text;
	struct duet_text kept;
	int result = duet_enrolled_load(path, &text, error);

	if (result < 0)
		return result;
	duet_text_init(&kept, DUET_ENROLLED_BYTES);
	keep_others(&kept, text, phrase);
	duet_text_printf(&kept, "%s", lines);
	duet_free(text);
	snprintf(folder, sizeof(folder), "%.*s", (int)(strrchr(path, '/') - path), path);
	result = kept.failed ? duet_error_set(error, -ENOMEM, "no room for more wake words")
			     : duet_file_mkdirs(folder, error);
	if (result == 0)
		result = duet_file_replace(path, (struct duet_slice){kept.ptr, kept.len}, error);
	duet_text_done(&kept);
	return result;
}

static bool can_learn(const struct duet_engine_choice *choice)
{
	return ((const struct duet_wake_engine *)(const void *)choice->engine)->enrol != NULL;
}

const struct duet_engine_choice *duet_enrolled_engine(const struct duet_config *config)
{
	if (can_learn(&config->wake.choice))
		return &config->wake.choice;
	for (size_t i = 0; i < config->wake.n_others; i++)
		if (can_learn(&config->wake.others[i]))
			return &config->wake.others[i];
	return NULL;
}

static struct duet_wake_word_config *find(const struct duet_assistant_config *one, const char *phrase)
{
	for (size_t i = 0; i < one->wake.n_items; i++)
		if (strcmp(one->wake.items[i].word, phrase) == 0)
			return &one->wake.items[i];
	return NULL;
}

static int add_word(struct duet_config *config, struct duet_assistant_config *one, const char *phrase,
		    const char *path)
{
	const struct duet_engine_choice *engine = duet_enrolled_engine(config);
	size_t n = one->wake.n_items;
	struct duet_wake_word_config *words;

	if (!engine)
		return 0;
	words = duet_arena_alloc(config->arena, (n + 1) * sizeof(*words));
	if (!words)
		return -ENOMEM;
	memcpy(words, one->wake.items, n * sizeof(*words));
	words[n] = (struct duet_wake_word_config){
		.word = duet_arena_printf(config->arena, "%s", phrase), .model = path, .choice = engine};
	one->wake.items = words;
	one->wake.n_items = words[n].word ? n + 1 : n;
	return words[n].word ? 0 : -ENOMEM;
}

static int apply_text(struct duet_config *config, struct duet_assistant_config *one, const char *path,
		      const char *text)
{
	const char *kept = duet_arena_printf(config->arena, "%s", path), *at = text;
	char phrase[DUET_PHRASE_BYTES];
	int result = kept ? 0 : -ENOMEM;

	while (result == 0 && duet_enrolled_next(text, &at, phrase)) {
		struct duet_wake_word_config *word = find(one, phrase);

		if (!word)
			result = add_word(config, one, phrase, kept);
		else if (!word->model && can_learn(word->choice))
			word->model = kept;
	}
	return result;
}

int duet_enrolled_apply(struct duet_config *config, const char *state_dir)
{
	int result = 0;

	for (size_t i = 0; state_dir[0] && result == 0 && i < config->n_assistants; i++) {
		char path[DUET_ENROLLED_PATH], *text;
		struct duet_error error = {0};

		duet_enrolled_path(state_dir, config->assistants[i].id, path);
		if (duet_enrolled_load(path, &text, &error) < 0) {
			duet_warn("wake", "%s: %s", path, error.what);
			continue;
		}
		result = apply_text(config, &config->assistants[i], path, text);
		duet_free(text);
	}
	return result;
}
