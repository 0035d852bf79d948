/* SPDX-License-Identifier: Apache-2.0 */
#include "assistant/config_table.h"

#define AT(section, field)                                                                                   \
	(offsetof(struct duet_config, section.field) - offsetof(struct duet_config, section))
#define ENGINE(fallback, help)                                                                               \
	{                                                                                                    \
		"engine", DUET_OPTION_TEXT, 0, fallback, help, NULL, 0, 0                                    \
	}
#define END                                                                                                  \
	{                                                                                                    \
		NULL, DUET_OPTION_BOOL, 0, NULL, NULL, NULL, 0, 0                                            \
	}

enum { HOUR_MS = 3600000 };

const struct duet_option duet_config_top[] = {
	{"log", DUET_OPTION_TEXT, offsetof(struct duet_config, log), "warn",
	 "What is logged: error, warn, info or debug, for one topic as topic=level, separated by commas",
	 NULL, 0, 0},
	END,
};

static const struct duet_option speaker[] = {
	{"name", DUET_OPTION_TEXT, AT(speaker, name), "Duet", "What this speaker is called", NULL, 0, 0},
	{"city", DUET_OPTION_TEXT, AT(speaker, city), NULL, "Where it stands, as a person says it", NULL, 0,
	 0},
	{"zone", DUET_OPTION_TEXT, AT(speaker, zone), NULL,
	 "Time zone (Europe/Berlin, Asia/Shanghai); unset: the system's", NULL, 0, 0},
	{"area", DUET_OPTION_TEXT, AT(speaker, area), NULL,
	 "Id of the room that it stands in: \"the lights\" are those of this room", NULL, 0, 0},
	{"volume", DUET_OPTION_INT, AT(speaker, volume), "60",
	 "Loudness at the first start, in percent; later the last one is kept", NULL, 0, 100},
	{"night_volume", DUET_OPTION_INT, AT(speaker, night_volume), "30",
	 "The most that replies have at night, in percent", NULL, 0, 100},
	{"night_begin", DUET_OPTION_TEXT, AT(speaker, night_begin_text), "22:00",
	 "When the night begins; the same as night_end: there is no night", NULL, 0, 0},
	{"night_end", DUET_OPTION_TEXT, AT(speaker, night_end_text), "07:00", "When the night ends", NULL, 0,
	 0},
	{"ring_limit", DUET_OPTION_DURATION, AT(speaker, ring_limit_ms), "10min",
	 "A ring that nobody stops falls silent after this", NULL, 1000, 24.0 * HOUR_MS},
	{"state_dir", DUET_OPTION_PATH, AT(speaker, state_dir), NULL,
	 "Folder for what outlives a restart; unset: $STATE_DIRECTORY, $XDG_STATE_HOME/duet or "
	 "~/.local/state/duet",
	 NULL, 0, 0},
	END,
};

/* As enum duet_echo_way. */
static const char *const echo_ways[] = {"none", "speex", "pipewire", NULL};

static const struct duet_option audio[] = {
	ENGINE("alsa", "What captures and plays sound (`duet engines` lists them)"),
	{"microphone", DUET_OPTION_TEXT, AT(audio, microphone), NULL,
	 "Device as `duet devices` names it; unset: the system's default", NULL, 0, 0},
	{"loudspeaker", DUET_OPTION_TEXT, AT(audio, loudspeaker), NULL, "The same for what is played", NULL,
	 0, 0},
	{"echo", DUET_OPTION_CHOICE, AT(audio, echo), "speex",
	 "What takes the speaker's own sound out of what it hears; pipewire: its echo-cancel module, with "
	 "that "
	 "engine only",
	 echo_ways, 0, 0},
	{"echo_tail", DUET_OPTION_DURATION, AT(audio, echo_tail_ms), "250ms",
	 "How long the room resounds: longer takes more out, and more of the processor", NULL, 20, 1000},
	END,
};

static const struct duet_option vad[] = {
	ENGINE("energy", "What tells voice from background"),
	END,
};

static const struct duet_option wake[] = {
	ENGINE("sphinx", "What listens for the wake words"),
	{"own_sound_score", DUET_OPTION_NUMBER, AT(wake, own_sound_score), "0.65",
	 "The score that a wake word needs while the speaker itself sounds, without audio.echo: speex, and "
	 "with it in the first five seconds of sound (0.5 is enough otherwise)",
	 NULL, 0, 1},
	END,
};

static const struct duet_option listen[] = {
	{"complete", DUET_OPTION_DURATION, AT(listen, complete_ms), "300ms",
	 "Silence that ends what could be a whole sentence", NULL, 100, 5000},
	{"open", DUET_OPTION_DURATION, AT(listen, open_ms), "800ms", "Silence that ends anything else", NULL,
	 100, 10000},
	{"silence", DUET_OPTION_DURATION, AT(listen, silence_ms), "5s",
	 "How long it waits for the first word after the wake word", NULL, 500, 60000},
	{"longest", DUET_OPTION_DURATION, AT(listen, longest_ms), "15s",
	 "How long a person may speak without an end", NULL, 1000, 60000},
	{"bare_stop", DUET_OPTION_BOOL, AT(listen, bare_stop), "yes",
	 "While something sounds \"stop\" is heard without a wake word; needs the wake engine sphinx", NULL,
	 0, 0},
	END,
};

static const struct duet_option home[] = {
	ENGINE("virtual", "What reaches the home's lights, switches, covers …"),
	END,
};

static const struct duet_option light[] = {
	ENGINE("null", "What shows who listens, thinks and speaks"),
	END,
};

static const struct duet_option button[] = {
	ENGINE("null", "What a person can press; `duet button` works without any"),
	END,
};

static const struct duet_option trace[] = {
	{"turns", DUET_OPTION_INT, AT(trace, turns), "1000", "How many turns `duet trace` can look back on",
	 NULL, 0, 100000},
	{"heard", DUET_OPTION_INT, AT(trace, heard), "1000",
	 "How many entries the log of what was heard by whom has", NULL, 0, 100000},
	END,
};

#define SECTION(name, stage)                                                                                 \
	{                                                                                                    \
#name, stage, offsetof(struct duet_config, name), name                                       \
	}

const struct duet_config_section duet_config_sections[] = {
	SECTION(speaker, NULL),  SECTION(audio, "audio"),   SECTION(vad, "vad"),   SECTION(wake, "wake"),
	SECTION(light, "light"), SECTION(button, "button"), SECTION(listen, NULL), SECTION(home, "home"),
	SECTION(trace, NULL),    {NULL, NULL, 0, NULL},
};

#define OF(field)     offsetof(struct duet_assistant_config, field)
#define TTS_AT(field) (OF(tts.field) - OF(tts))

const struct duet_option duet_config_assistant_options[] = {
	{"id", DUET_OPTION_TEXT, OF(id), NULL, "Its short name in files and commands; required", NULL, 0, 0},
	{"name", DUET_OPTION_TEXT, OF(name), NULL, "What a person calls it; unset: its id", NULL, 0, 0},
	{"language", DUET_OPTION_TEXT, OF(language), "en-US", "The language that it hears and speaks", NULL,
	 0, 0},
	{"sensitivity", DUET_OPTION_NUMBER, OF(sensitivity), "0.5",
	 "How easily it wakes: 0.5 is one false alarm in ten hours", NULL, 0, 1},
	{"sentences", DUET_OPTION_PATHS, OF(sentences), NULL,
	 "Files or folders of sentences beside those that are shipped", NULL, 0, 0},
	{"pronunciations", DUET_OPTION_PATHS, OF(pronunciations), NULL, "Files of pronunciations of your own",
	 NULL, 0, 0},
	{"dictionary", DUET_OPTION_PATH, OF(dictionary), NULL,
	 "A pronouncing dictionary in place of the packaged one", NULL, 0, 0},
	{"palette", DUET_OPTION_INT, OF(palette), "0",
	 "Which timbre its cues and which colour its lights have", NULL, 0, 15},
	{"aliases", DUET_OPTION_TEXTS, OF(aliases), NULL,
	 "What else it is called, in any language: \"ask Xiao Ai to …\"", NULL, 0, 0},
	{"history", DUET_OPTION_INT, OF(history_turns), "50", "How many turns it remembers; 0: none", NULL, 0,
	 10000},
	{"recordings", DUET_OPTION_INT, OF(recordings), "0",
	 "How many recordings of what it heard are kept in the state folder; 0: none, nothing is recorded",
	 NULL, 0, 1000},
	{"history_days", DUET_OPTION_INT, OF(history_days), "30", "For how many days; 0: without an end",
	 NULL, 0, 36500},
	END,
};

#define WORD_AT(field) offsetof(struct duet_wake_word_config, field)

const struct duet_option duet_config_wake_word_options[] = {
	{"word", DUET_OPTION_TEXT, WORD_AT(word), NULL,
	 "A wake word; one that needs nothing else may stand in the list by itself", NULL, 0, 0},
	{"engine", DUET_OPTION_TEXT, WORD_AT(engine), NULL,
	 "What listens for it, with the options that it has in wake; unset: wake.engine", NULL, 0, 0},
	{"model", DUET_OPTION_PATH, WORD_AT(model), NULL,
	 "The file of its model, for engines that need one: the manifest of a microWakeWord model", NULL, 0,
	 0},
	END,
};

static const struct duet_option asr[] = {
	ENGINE("sphinx", "What recognises its sentences"),
	END,
};

static const struct duet_option tts[] = {
	ENGINE("flite", "What speaks its replies"),
	{"voice", DUET_OPTION_TEXT, TTS_AT(voice), NULL,
	 "The engine's own name of a voice; unset: its default", NULL, 0, 0},
	{"rate", DUET_OPTION_NUMBER, TTS_AT(rate), "1", "How fast it speaks", NULL, 0.25, 4},
	END,
};

const struct duet_config_section duet_config_assistant_sections[] = {
	{"asr", "asr", OF(asr), asr},
	{"tts", "tts", OF(tts), tts},
	{NULL, NULL, 0, NULL},
};
