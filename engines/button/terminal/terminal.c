/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#include "duet/button_engine.h"

/* Keys of a terminal: space and 1 to 9 are buttons, Escape or s dismisses, m is the microphone's switch, +
 * and - are the volume. What is typed is not shown; the terminal is given back as it was. */

enum { STEP = 10 };

struct terminal_options {
	const char *file;
};

struct terminal_state {
	int fd;
	bool owns, is_terminal;
	struct termios before;
};

static const struct duet_option options[] = {
	{"file", DUET_OPTION_PATH, offsetof(struct terminal_options, file), NULL,
	 "Terminal to read from; unset: standard input", NULL, 0, 0},
	{0},
};

static const struct {
	char key;
	struct duet_press press;
} keys[] = {
	{' ', {DUET_PRESS_BUTTON, DUET_PRESS_DEFAULT}},
	{'s', {DUET_PRESS_DISMISS, 0}},
	{'\033', {DUET_PRESS_DISMISS, 0}},
	{'m', {DUET_PRESS_MICROPHONE, DUET_PRESS_OTHER}},
	{'+', {DUET_PRESS_VOLUME, STEP}},
	{'-', {DUET_PRESS_VOLUME, -STEP}},
};

/* Keys come one by one, and signals still work. */
static void take_keys(struct terminal_state *self)
{
	struct termios raw;

	self->is_terminal = tcgetattr(self->fd, &self->before) == 0;
	if (!self->is_terminal)
		return;
	raw = self->before;
	raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	raw.c_cc[VMIN] = 0;
	raw.c_cc[VTIME] = 0;
	tcsetattr(self->fd, TCSANOW, &raw);
}

static int terminal_open(void *state, const void *given, struct duet_error *error)
{
	const char *file = given ? ((const struct terminal_options *)given)->file : NULL;
	struct terminal_state *self = state;
	int code;

	self->owns = file != NULL;
	self->fd = file ? open(file, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
			: fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
	if (self->fd < 0) {
		code = -errno;
		duet_error_set(error, code, "keys cannot be read: %s", strerror(-code));
		duet_error_hint(error, "a service has no terminal: use another button engine");
		return code;
	}
	take_keys(self);
	return 0;
}

static int terminal_fd(const void *state)
{
	return ((const struct terminal_state *)state)->fd;
}

static bool press_of(char key, struct duet_press *press)
{
	if (key >= '1' && key <= '9') {
		*press = (struct duet_press){DUET_PRESS_BUTTON, key - '1'};
		return true;
	}
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		if (keys[i].key != key)
			continue;
		*press = keys[i].press;
		return true;
	}
	return false;
}

static int terminal_read(void *state, int64_t now_ms, struct duet_press *press)
{
	const struct terminal_state *self = state;
	ssize_t n;
	char key;

	while ((n = read(self->fd, &key, 1)) == 1) {
		if (press_of(key, press))
			return 1;
	}
	/* A terminal that has nothing says 0, as a file at its end does. */
	if (n == 0)
		return self->is_terminal ? 0 : -EPIPE;
	return errno == EAGAIN || errno == EINTR ? 0 : -errno;
}

static void terminal_close(void *state)
{
	struct terminal_state *self = state;

	if (self->is_terminal)
		tcsetattr(self->fd, TCSANOW, &self->before);
	close(self->fd);
}

extern const struct duet_button_engine duet_button_engine_terminal;
const struct duet_button_engine duet_button_engine_terminal = {
	.engine = {.stage = "button",
		   .name = "terminal",
		   .summary = "keys: space and 1 to 9, s, m, + and -",
		   .state_size = sizeof(struct terminal_state),
		   .options = options,
		   .options_size = sizeof(struct terminal_options)},
	.open = terminal_open,
	.fd = terminal_fd,
	.read = terminal_read,
	.close = terminal_close,
};
