/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_ASSISTANT_CONFIG_H
#define DUET_ASSISTANT_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

#include "duet/engine.h"
#include "duet/error.h"
#include "duet/option.h"

/*
 * The configuration: one YAML file, read by option tables. The comments of
 * data/duet.yaml, the default one, are its manual; duet_config_each walks the
 * same tables for the reference page and for completion.
 *
 * Immutable once loaded; any thread may read it.
 */
struct duet_arena;

/* Which engine does a stage, with its options as its own table reads them. */
struct duet_engine_choice {
	const char *name;
	const struct duet_engine *engine;
	void *options;
};

struct duet_wake_word_config {
	const char *word;
	const char *engine;                      /* its name, or NULL: the one of `wake:` */
	const char *model;                       /* a file of the engine's own kind, or NULL */
	const struct duet_engine_choice *choice; /* the same one for all words that one engine listens for */
};

struct duet_assistant_config {
	const char *id, *name, *language;
	struct {
		struct duet_wake_word_config *items;
		size_t n_items;
	} wake;
	double sensitivity;
	struct duet_texts sentences, pronunciations; /* beside those that are shipped */
	const char *dictionary;
	int palette;
	struct duet_texts aliases; /* what else a person calls it, in any language */
	int history_turns, history_days;
	int recordings; /* of what it heard, kept as sound; 0: none */
	struct duet_engine_choice asr;
	struct {
		struct duet_engine_choice choice;
		const char *voice;
		double rate;
	} tts;
};

struct duet_config {
	const char *log;
	struct {
		const char *name, *city, *zone, *area, *state_dir;
		int volume, night_volume;
		const char *night_begin_text, *night_end_text;
		int night_begin_min, night_end_min; /* after midnight */
		int ring_limit_ms;
	} speaker;
	struct {
		struct duet_engine_choice choice;
		const char *microphone, *loudspeaker;
		int echo; /* enum duet_echo_way */
		int echo_tail_ms;
	} audio;
	struct {
		struct duet_engine_choice choice;
	} vad;
	struct {
		struct duet_engine_choice choice;
		double own_sound_score; /* what a detection needs while the speaker itself is heard */
		struct duet_engine_choice *others; /* that wake words name instead */
		size_t n_others;
	} wake;
	struct {
		int complete_ms,
			open_ms; /* silence that ends a sentence: one that could be whole, any other */
		int silence_ms, longest_ms;
		bool bare_stop;
	} listen;
	struct {
		struct duet_engine_choice choice;
	} home, light, button;
	struct {
		int turns; /* turns that the trace keeps */
		int heard; /* entries of the log of what was heard by whom */
	} trace;
	struct duet_assistant_config *assistants;
	size_t n_assistants; /* at least 1; the first is the default one */

	const char *path;     /* the file */
	const char *data_dir; /* sentences, models … of the project */
	struct duet_arena *arena;
};

/* Where the project's data lies: $DUET_DATA, beside the program, the source, where it is installed; NULL when
 * nowhere. The text lives as long as the process. */
const char *duet_data_dir(void);

/* Which file is meant: `path` itself, else $XDG_CONFIG_HOME/duet/duet.yaml, /etc/duet/duet.yaml,
 * `data_dir`'s. 0 or -ENOENT. */
int duet_config_find(const char *path, const char *data_dir, char *found, size_t size,
		     struct duet_error *error);

/* `path` NULL: looked for; `data_dir` NULL: duet_data_dir(). A mistake says file, line, column, what is wrong
 * and what comes nearest. */
int duet_config_load(struct duet_config **config, const char *path, const char *data_dir,
		     struct duet_error *error);
void duet_config_free(struct duet_config *config);

/* The learnt model of a language ("zh-CN", else "zh"): in the data, else where the build has put it. 0 or
 * -ENOENT. */
int duet_config_model(const struct duet_config *config, const char *language, char *path, size_t size);
/* The shipped sentences of a language as the build has compiled them; -ENOENT when it has not. */
int duet_config_network(const struct duet_config *config, const char *language, char *path, size_t size);

/* Another engine than the file's, with its default options. */
int duet_config_choose(struct duet_config *config, const char *stage, struct duet_engine_choice *choice,
		       const char *name, struct duet_error *error);

/* An engine's option by its name; -ENOENT when it has none of that name. */
int duet_config_set(struct duet_config *config, struct duet_engine_choice *choice, const char *option,
		    const char *value, struct duet_error *error);

/* The same for a list of paths, which are taken as they are and outlive the configuration. */
int duet_config_set_paths(struct duet_config *config, struct duet_engine_choice *choice, const char *option,
			  const char *const *paths, size_t n_paths, struct duet_error *error);

/* Every field, in the order of the reference: "audio", then "audio.alsa" … */
void duet_config_each(void (*each)(void *user, const char *section, const struct duet_option *option),
		      void *user);

/* The folder for what is kept: `override` when not NULL, as configured, $STATE_DIRECTORY,
 * $XDG_STATE_HOME/duet or
 * ~/.local/state/duet; made when missing. 0, 1 when nothing is to be kept ("" was asked for). */
int duet_config_state_dir(const struct duet_config *config, const char *override, char *dir, size_t size,
			  struct duet_error *error);

/* The assistant with this id, or NULL; `id` NULL: the default one. */
const struct duet_assistant_config *duet_config_assistant(const struct duet_config *config, const char *id);

#endif
