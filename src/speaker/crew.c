/* SPDX-License-Identifier: Apache-2.0 */
#include "speaker/crew.h"

#include <errno.h>
#include <string.h>

#include "asr/asr.h"
#include "audio/device.h"
#include "base/alloc.h"
#include "base/log.h"
#include "base/rest.h"
#include "grammar/wordnet.h"
#include "skill/home.h"
#include "speaker/gate.h"
#include "speaker/halt.h"
#include "tts/tts.h"
#include "wake/wake.h"

static int fail_memory(struct duet_error *error)
{
	return duet_error_set(error, -ENOMEM, "out of memory");
}

/* Some hundredths of a second, while the capture keeps what is said. */
static const struct duet_wordnet *take_part(void *user, size_t part)
{
	struct duet_wordnet *net = NULL;

	if (part < DUET_N_PARTS)
		duet_assistant_graph(user, (enum duet_part)part, &net, NULL);
	return net;
}

static void give_back(void *user, const struct duet_wordnet *net)
{
	duet_wordnet_free((struct duet_wordnet *)(uintptr_t)net);
}

static int open_asr(struct duet_member *member, const struct duet_config *config, struct duet_error *error)
{
	struct duet_assistant *assistant = member->assistant;
	const struct duet_engine_choice *choice = &assistant->config->asr;
	struct duet_asr_setup setup = {
		.options = choice->options,
		.language = assistant->config->language,
		.data_dir = config->data_dir,
		.lexicon = assistant->lexicon,
		.commands = assistant->commands,
		.take_part = take_part,
		.give_back = give_back,
		.user = assistant,
	};

	return duet_asr_new(&member->asr, (const struct duet_asr_engine *)choice->engine, &setup, error);
}

static int open_tts(struct duet_member *member, struct duet_error *error)
{
	const struct duet_assistant_config *own = member->assistant->config;
	struct duet_tts_setup setup = {
		.options = own->tts.choice.options,
		.language = own->language,
		.voice = own->tts.voice,
		.rate = own->tts.rate,
		.lexicon = member->assistant->lexicon,
	};

	return duet_tts_new(&member->tts, (const struct duet_tts_engine *)own->tts.choice.engine, &setup,
			    error);
}

static void report(const char *id, const char *consequence, const struct duet_error *error)
{
	char text[900];

	duet_error_format(error, text, sizeof(text));
	duet_error_log("speaker", "%s %s: %s", id, consequence, text);
}

static void dismiss(struct duet_member *member)
{
	duet_asr_free(member->asr);
	duet_tts_free(member->tts);
	duet_assistant_free(member->assistant);
	member->asr = NULL;
	member->tts = NULL;
	member->assistant = NULL;
}

static int try_member(struct duet_member *member, const struct duet_crew_setup *setup, int number)
{
	struct duet_error *error = &member->error;
	int result =
		duet_assistant_new(&member->assistant, setup->take_config, number, setup->cache_dir, error);

	if (result == 0 && setup->home)
		result = duet_home_fill(setup->home, member->assistant->grammar, member->assistant->learnt,
					error);
	if (result < 0 || setup->words_only)
		return result;
	result = duet_assistant_build_commands(member->assistant, error);
	return result < 0 ? result : open_asr(member, setup->take_config, error);
}

static bool open_member(struct duet_member *member, const struct duet_crew_setup *setup, int number)
{
	const char *id = setup->take_config->assistants[number].id;

	if (try_member(member, setup, number) < 0) {
		dismiss(member);
		report(id, "is out of service", &member->error);
		return false;
	}
	if (!setup->words_only && open_tts(member, &member->error) < 0)
		report(id, "has no voice", &member->error);
	return true;
}

static void gather_of(struct duet_crew *crew, size_t number, struct duet_wake_choice *choices)
{
	const struct duet_assistant_config *own = &crew->config->assistants[number];

	for (size_t i = 0; crew->members[number].assistant && i < own->wake.n_items; i++) {
		const struct duet_wake_word_config *one = &own->wake.items[i];

		choices[crew->n_phrases] = (struct duet_wake_choice){
			(const struct duet_wake_engine *)(const void *)one->choice->engine,
			one->choice->options};
		crew->owners[crew->n_phrases] = (int)number;
		crew->phrases[crew->n_phrases++] = (struct duet_wake_phrase){
			.text = one->word,
			.language = own->language,
			.lexicon = crew->members[number].assistant->lexicon,
			.sensitivity = own->sensitivity,
			.model = one->model,
		};
	}
}

/* One wake word for all: whoever understands best shall answer (rule 20). */
static bool is_shared(const struct duet_crew *crew, size_t phrase)
{
	for (size_t i = 0; i < crew->n_phrases; i++) {
		if (strcmp(crew->phrases[i].text, crew->phrases[phrase].text) == 0 &&
		    crew->owners[i] != crew->owners[phrase])
			return true;
	}
	return false;
}

/* One wake word for several: whoever understands best shall answer (rule 20). */
static void share(struct duet_crew *crew)
{
	for (size_t i = 0; i < crew->n_phrases; i++) {
		if (is_shared(crew, i))
			crew->sharers |= 1u << crew->owners[i];
	}
	/* One that was shared is still another's, or nobody's, beside those that are left. */
	for (size_t i = 0; crew->sharers && i < crew->n_phrases; i++) {
		if (is_shared(crew, i))
			crew->owners[i] = DUET_ANYONE;
	}
}

static int open_wake(struct duet_crew *crew, struct duet_error *error)
{
	const struct duet_config *config = crew->config;
	struct duet_wake_choice *choices;
	struct duet_wake_setup setup = {.data_dir = config->data_dir};
	size_t n = 0;
	int result = -ENOMEM;

	for (size_t i = 0; i < config->n_assistants; i++)
		n += config->assistants[i].wake.n_items;
	crew->phrases = duet_calloc(n, sizeof(*crew->phrases));
	crew->owners = duet_calloc(n, sizeof(*crew->owners));
	choices = duet_calloc(n, sizeof(*choices));
	if (crew->phrases && crew->owners && choices) {
		for (size_t i = 0; i < config->n_assistants; i++)
			gather_of(crew, i, choices);
		share(crew);
		setup.phrases = crew->phrases;
		setup.n_phrases = crew->n_phrases;
		result = duet_wake_new(&crew->wake, &setup, choices, error);
		if (result == 0 && config->audio.echo == DUET_ECHO_SPEEX)
			result = duet_gate_new(&crew->gate, &setup, choices, DUET_GATE_EASIER,
					       config->wake.own_sound_score, error);
	} else {
		fail_memory(error);
	}
	duet_free(choices);
	return result;
}

/* The engine that hears any phrase, with the options that it has for wake words; NULL: it is not in use. */
static const struct duet_engine_choice *find_spotter(const struct duet_config *config)
{
	if (strcmp(config->wake.choice.name, "sphinx") == 0)
		return &config->wake.choice;
	for (size_t i = 0; i < config->wake.n_others; i++) {
		if (strcmp(config->wake.others[i].name, "sphinx") == 0)
			return &config->wake.others[i];
	}
	return NULL;
}

static size_t gather_halt_words(struct duet_crew *crew)
{
	size_t n = 0;

	for (size_t i = 0; i < crew->config->n_assistants; i++) {
		const char *language = crew->config->assistants[i].language, *word = duet_halt_word(language);
		bool known = !word || !crew->members[i].assistant;

		for (size_t k = 0; k < n && !known; k++)
			known = strcmp(crew->halt_words[k].text, word) == 0;
		if (!known)
			crew->halt_words[n++] =
				(struct duet_halt_word){word, language, crew->members[i].assistant->lexicon};
	}
	return n;
}

static int open_halt(struct duet_crew *crew, struct duet_error *error)
{
	const struct duet_config *config = crew->config;
	const struct duet_engine_choice *spotter = find_spotter(config);
	struct duet_halt_setup setup = {.data_dir = config->data_dir, .sensitivity = DUET_HALT_SENSITIVITY};

	if (!config->listen.bare_stop || !spotter)
		return 0;
	crew->halt_words = duet_calloc(config->n_assistants, sizeof(*crew->halt_words));
	if (!crew->halt_words)
		return fail_memory(error);
	setup.engine = (const struct duet_wake_engine *)(const void *)spotter->engine;
	setup.options = spotter->options;
	setup.words = crew->halt_words;
	setup.n_words = gather_halt_words(crew);
	return duet_halt_new(&crew->halt, &setup) < 0 ? fail_memory(error) : 0;
}

static int open_all(struct duet_crew *crew, const struct duet_crew_setup *setup, struct duet_error *error)
{
	size_t n_good = 0, n = crew->config->n_assistants;
	int result;

	crew->members = duet_calloc(n, sizeof(*crew->members));
	if (!crew->members)
		return fail_memory(error);
	for (size_t i = 0; i < n; i++) {
		n_good += open_member(&crew->members[i], setup, (int)i);
		duet_rest(); /* so that the next one does not come on top of it */
	}
	if (n_good == 0) {
		if (error)
			*error = crew->members[0].error;
		return crew->members[0].error.code ? crew->members[0].error.code : -EIO;
	}
	if (setup->words_only)
		return 0;
	result = open_wake(crew, error);
	return result < 0 ? result : open_halt(crew, error);
}

int duet_crew_new(struct duet_crew **crew, const struct duet_crew_setup *setup, struct duet_error *error)
{
	struct duet_crew *made = duet_calloc(1, sizeof(*made));
	int result;

	if (!made) {
		duet_config_free(setup->take_config);
		return fail_memory(error);
	}
	made->config = setup->take_config;
	result = open_all(made, setup, error);
	if (result < 0) {
		duet_crew_free(made);
		return result;
	}
	duet_rest();
	*crew = made;
	return 0;
}

void duet_crew_free(struct duet_crew *crew)
{
	if (!crew)
		return;
	duet_wake_free(crew->wake);
	duet_gate_free(crew->gate);
	duet_halt_free(crew->halt);
	duet_free(crew->halt_words);
	for (size_t i = 0; crew->members && i < crew->config->n_assistants; i++)
		dismiss(&crew->members[i]);
	duet_free(crew->members);
	duet_free(crew->phrases);
	duet_free(crew->owners);
	duet_config_free(crew->config);
	duet_free(crew);
}

int duet_crew_find(const struct duet_crew *crew, const char *id)
{
	const struct duet_assistant_config *found = duet_config_assistant(crew->config, id);
	long number = found ? found - crew->config->assistants : -1;

	if (number < 0)
		return -ENOENT;
	if (crew->members[number].assistant)
		return (int)number;
	for (size_t i = 0; !id && i < crew->config->n_assistants; i++) {
		if (crew->members[i].assistant)
			return (int)i;
	}
	return -ENOENT;
}
