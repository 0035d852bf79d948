/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "duet/tts_engine.h"
#include "lexicon/lexicon.h"

/*
 * espeak-ng as a separate program. One process a sentence; the next one is
 * started beforehand and waits for its text, so that starting costs no time
 * when the speaker answers.
 */

#define RATE_HZ    22050 /* of every espeak-ng voice */
#define WAV_HEADER 44
#define SILENT_MS  10000 /* a program that gives nothing for so long is ended */
#define TEXT_MAX   8192

struct espeak_options {
	const char *program;
};

struct child {
	pid_t pid;       /* 0: none */
	int text, sound; /* our ends; -1: closed */
};

struct espeak_state {
	char program[256], voice[64], speed[16];
	const struct duet_lexicon *lexicon; /* when text goes through pinyin */
	struct child next;
};

static const struct duet_option options[] = {
	{"program", DUET_OPTION_TEXT, offsetof(struct espeak_options, program), "espeak-ng",
	 "The program to start, by name or path", NULL, 0, 0},
	{0},
};

extern char **environ;

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void child_end(struct child *child)
{
	close_fd(&child->text);
	close_fd(&child->sound);
	if (child->pid > 0) {
		kill(child->pid, SIGKILL);
		waitpid(child->pid, NULL, 0);
	}
	child->pid = 0;
}

static int spawn(struct espeak_state *self, struct child *child, int text, int sound)
{
	static char voice[] = "-v", speed[] = "-s", from_stdin[] = "--stdin", to_stdout[] = "--stdout";
	char *const argv[] = {self->program, voice,      self->voice, speed,
			      self->speed,   from_stdin, to_stdout,   NULL};
	posix_spawn_file_actions_t actions;
	int result = posix_spawn_file_actions_init(&actions);

	if (result)
		return -result;
	posix_spawn_file_actions_adddup2(&actions, text, STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&actions, sound, STDOUT_FILENO);
	posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	result = posix_spawnp(&child->pid, self->program, &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	if (result)
		child->pid = 0;
	return -result;
}

/* Text goes over a socket so that a program that died is an error and not a signal. */
static int child_start(struct espeak_state *self, struct child *child)
{
	int text[2], sound[2], result;

	*child = (struct child){.text = -1, .sound = -1};
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, text) < 0)
		return -errno;
	if (pipe2(sound, O_CLOEXEC) < 0) {
		result = -errno;
		close(text[0]);
		close(text[1]);
		return result;
	}
	child->text = text[0];
	child->sound = sound[0];
	result = spawn(self, child, text[1], sound[1]);
	close(text[1]);
	close(sound[1]);
	if (result < 0)
		child_end(child);
	return result;
}

static int send_text(struct child *child, const char *text)
{
	size_t left = strlen(text);

	while (left > 0) {
		ssize_t sent = send(child->text, text, left, MSG_NOSIGNAL);

		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0)
			return -errno;
		text += sent;
		left -= (size_t)sent;
	}
	close_fd(&child->text);
	return 0;
}

/* Some bytes of sound: their number, 0 at the end, negative errno. */
static ssize_t read_sound(struct child *child, void *bytes, size_t size)
{
	struct pollfd wait = {.fd = child->sound, .events = POLLIN};
	ssize_t n;

	do {
		int ready = poll(&wait, 1, SILENT_MS);

		if (ready == 0)
			return -ETIMEDOUT;
		n = ready < 0 ? -1 : read(child->sound, bytes, size);
	} while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n;
}

static int skip_header(struct child *child)
{
	unsigned char header[WAV_HEADER];
	size_t have = 0;

	while (have < sizeof(header)) {
		ssize_t n = read_sound(child, header + have, sizeof(header) - have);

		if (n <= 0)
			return n < 0 ? (int)n : -EPROTO;
		have += (size_t)n;
	}
	return memcmp(header, "RIFF", 4) == 0 ? 0 : -EPROTO;
}

static int pass_sound(struct espeak_state *self, struct child *child, duet_tts_sink *sink, void *user)
{
	int16_t samples[1024];
	size_t have = 0; /* bytes; an odd one waits for its other half */

	for (;;) {
		ssize_t n = read_sound(child, (char *)samples + have, sizeof(samples) - have);

		if (n <= 0)
			return (int)n;
		have += (size_t)n;
		if (have >= 2 && sink(user, samples, have / 2))
			return 0;
		if (have % 2)
			memmove(samples, (char *)samples + have - 1, 1);
		have %= 2;
		if (self->next.pid == 0)
			child_start(self, &self->next); /* if it fails, speak() will say so */
	}
}

static int speak_text(struct espeak_state *self, const char *text, duet_tts_sink *sink, void *user)
{
	struct child child = self->next;
	int result = 0;

	self->next = (struct child){.text = -1, .sound = -1};
	if (child.pid == 0)
		result = child_start(self, &child);
	if (result == 0)
		result = send_text(&child, text);
	if (result == 0)
		result = skip_header(&child);
	if (result == 0)
		result = pass_sound(self, &child, sink, user);
	child_end(&child);
	return result;
}

static int espeak_speak(void *state, const char *sentence, duet_tts_sink *sink, void *user)
{
	struct espeak_state *self = state;
	char pinyin[TEXT_MAX];
	int result;

	if (self->lexicon &&
	    duet_lexicon_pinyin(self->lexicon, duet_slice(sentence), pinyin, sizeof(pinyin)) >= 0)
		sentence = pinyin;
	result = speak_text(self, sentence, sink, user);
	if (result == -EPIPE ||
	    result == -EPROTO) /* the waiting program had died: one more try with a fresh one */
		result = speak_text(self, sentence, sink, user);
	return result;
}

static void choose_voice(struct espeak_state *self, const struct duet_tts_setup *setup)
{
	if (setup->voice)
		snprintf(self->voice, sizeof(self->voice), "%s", setup->voice);
	else if (strncmp(setup->language, "zh", 2) == 0)
		snprintf(self->voice, sizeof(self->voice), "cmn-latn-pinyin");
	else
		snprintf(self->voice, sizeof(self->voice), "%s", setup->language);
	for (char *at = self->voice; *at && *at != '+'; at++)
		*at = (char)tolower((unsigned char)*at);
	if (strstr(self->voice, "pinyin"))
		self->lexicon = setup->lexicon;
}

static bool count(void *user, const int16_t *samples, size_t n_samples)
{
	*(size_t *)user += n_samples;
	return false;
}

/* Says something to nobody, so that a voice that is not there is known now. */
static int try_voice(struct espeak_state *self, struct duet_error *error)
{
	size_t n_samples = 0;
	int result = speak_text(self, "a", count, &n_samples);

	if (result == 0 && n_samples > 0)
		return 0;
	if (result == -ENOENT || result == -EACCES) {
		duet_error_set(error, -ENOENT, "the program %s cannot be started", self->program);
		duet_error_hint(error, "install the package espeak-ng, or choose another `tts: {engine: …}`");
		return -ENOENT;
	}
	duet_error_set(error, -ENOENT, "%s gives no sound with the voice %s", self->program, self->voice);
	duet_error_hint(error, "`%s --voices` lists the voices; if it is missing, install espeak-ng",
			self->program);
	return -ENOENT;
}

static void espeak_close(void *state)
{
	struct espeak_state *self = state;

	child_end(&self->next);
}

static int espeak_open(void *state, const struct duet_tts_setup *setup, struct duet_error *error)
{
	const struct espeak_options *chosen = setup->options;
	struct espeak_state *self = state;
	double rate = setup->rate > 0 ? setup->rate : 1;
	int result;

	self->next = (struct child){.text = -1, .sound = -1};
	snprintf(self->program, sizeof(self->program), "%s",
		 chosen && chosen->program ? chosen->program : "espeak-ng");
	snprintf(self->speed, sizeof(self->speed), "%d", (int)(165 * rate));
	choose_voice(self, setup);
	result = try_voice(self, error);
	if (result < 0)
		espeak_close(self);
	return result;
}

static int espeak_rate_hz(const void *state)
{
	return RATE_HZ;
}

extern const struct duet_tts_engine duet_tts_engine_espeak_ng;
const struct duet_tts_engine duet_tts_engine_espeak_ng = {
	.engine = {.stage = "tts",
		   .name = "espeak-ng",
		   .summary = "many languages, a separate program (GPL) that must be installed",
		   .state_size = sizeof(struct espeak_state),
		   .options = options,
		   .options_size = sizeof(struct espeak_options)},
	.open = espeak_open,
	.rate_hz = espeak_rate_hz,
	.speak = espeak_speak,
	.close = espeak_close,
};
