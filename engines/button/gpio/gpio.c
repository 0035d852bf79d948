/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <gpiod.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "duet/button_engine.h"

/*
 * Buttons and a microphone switch on the lines of a GPIO chip (libgpiod 1). Contacts
 * bounce: an edge only starts a timer, and when it runs out the levels are
 * read. One descriptor, an epoll set of all lines and the timer, is what the
 * host waits for.
 */
enum { MAX_LINES = 16, MAX_BUTTONS = 8, STEP = 10, MAX_EVENTS = 16 };

struct gpio_options {
	const char *chip;
	struct duet_texts buttons; /* of the assistants, in their order */
	int dismiss, microphone, louder, quieter;
	bool active_low;
	int debounce_ms;
};

struct contact {
	struct gpiod_line *line;
	struct duet_press press; /* when it closes */
	bool is_switch;          /* MICROPHONE: closed is off, open is on */
	bool closed;
};

struct gpio_state {
	struct gpiod_chip *chip;
	struct contact contacts[MAX_LINES];
	size_t n_contacts;
	int epoll_fd, timer_fd, debounce_ms;
	struct duet_press waiting[MAX_LINES];
	size_t n_waiting;
};

#define AT(field) offsetof(struct gpio_options, field)

static const struct duet_option options[] = {
	{"chip", DUET_OPTION_TEXT, AT(chip), "/dev/gpiochip0", "The chip that the lines belong to", NULL, 0,
	 0},
	{"buttons", DUET_OPTION_TEXTS, AT(buttons), NULL,
	 "Numbers of the lines of the buttons: the first calls the first assistant, and so on", NULL, 0, 0},
	{"dismiss", DUET_OPTION_INT, AT(dismiss), "-1", "Line of a button that ends what sounds; -1: none",
	 NULL, -1, 1023},
	{"microphone", DUET_OPTION_INT, AT(microphone), "-1",
	 "Line of a switch that turns the microphone off while it is closed", NULL, -1, 1023},
	{"louder", DUET_OPTION_INT, AT(louder), "-1", "Line of a button", NULL, -1, 1023},
	{"quieter", DUET_OPTION_INT, AT(quieter), "-1", "Line of a button", NULL, -1, 1023},
	{"active_low", DUET_OPTION_BOOL, AT(active_low), "true",
	 "Contacts connect the line to ground; it is pulled up", NULL, 0, 0},
	{"debounce", DUET_OPTION_DURATION, AT(debounce_ms), "30ms", "How long contacts may bounce", NULL, 1,
	 1000},
	{0},
};

static int fail_line(const struct gpio_options *chosen, long number, int code, struct duet_error *error)
{
	duet_error_set(error, code, "line %ld of %.100s cannot be used: %s", number, chosen->chip,
		       strerror(-code));
	duet_error_hint(error, "`gpioinfo` lists the lines and who uses them");
	return code;
}

static int watch(const struct gpio_state *self, int fd, uint32_t number)
{
	struct epoll_event event = {.events = EPOLLIN, .data.u32 = number};

	return epoll_ctl(self->epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0 ? -errno : 0;
}

static int add_line(struct gpio_state *self, const struct gpio_options *chosen, long number,
		    struct duet_press press, struct duet_error *error)
{
	int flags = chosen->active_low
			    ? GPIOD_LINE_REQUEST_FLAG_ACTIVE_LOW | GPIOD_LINE_REQUEST_FLAG_BIAS_PULL_UP
			    : 0;
	struct contact *contact = &self->contacts[self->n_contacts];

	if (number < 0 || self->n_contacts == MAX_LINES)
		return 0;
	contact->line = gpiod_chip_get_line(self->chip, (unsigned)number);
	if (!contact->line || gpiod_line_request_both_edges_events_flags(contact->line, "duet", flags) < 0)
		return fail_line(chosen, number, errno ? -errno : -EIO, error);
	contact->press = press;
	contact->is_switch = press.kind == DUET_PRESS_MICROPHONE;
	contact->closed = gpiod_line_get_value(contact->line) > 0;
	if (watch(self, gpiod_line_event_get_fd(contact->line), (uint32_t)self->n_contacts) < 0)
		return fail_line(chosen, number, -errno, error);
	self->n_contacts++;
	return 0;
}

static int add_buttons(struct gpio_state *self, const struct gpio_options *chosen, struct duet_error *error)
{
	for (size_t i = 0; i < chosen->buttons.n_items && i < MAX_BUTTONS; i++) {
		char *end;
		long number = strtol(chosen->buttons.items[i], &end, 10);
		int code;

		if (*end || end == chosen->buttons.items[i] || number < 0)
			return duet_error_set(error, -EINVAL, "\"%.40s\" is no number of a line",
					      chosen->buttons.items[i]);
		code = add_line(self, chosen, number, (struct duet_press){DUET_PRESS_BUTTON, (int)i}, error);
		if (code < 0)
			return code;
	}
	return 0;
}

static int add_others(struct gpio_state *self, const struct gpio_options *chosen, struct duet_error *error)
{
	const struct {
		int number;
		struct duet_press press;
	} others[] = {{chosen->dismiss, {DUET_PRESS_DISMISS, 0}},
		      {chosen->microphone, {DUET_PRESS_MICROPHONE, 0}},
		      {chosen->louder, {DUET_PRESS_VOLUME, STEP}},
		      {chosen->quieter, {DUET_PRESS_VOLUME, -STEP}}};
	int code = 0;

	for (size_t i = 0; i < sizeof(others) / sizeof(*others) && code == 0; i++)
		code = add_line(self, chosen, others[i].number, others[i].press, error);
	return code;
}

static void queue(struct gpio_state *self, const struct contact *contact)
{
	struct duet_press press = contact->press;

	if (contact->is_switch)
		press.number = !contact->closed;
	if ((contact->closed || contact->is_switch) && self->n_waiting < MAX_LINES)
		self->waiting[self->n_waiting++] = press;
}

static int open_all(struct gpio_state *self, const struct gpio_options *chosen, struct duet_error *error)
{
	int code;

	self->chip = gpiod_chip_open(chosen->chip);
	if (!self->chip) {
		code = errno ? -errno : -EIO;
		duet_error_set(error, code, "%.150s cannot be opened: %s", chosen->chip, strerror(-code));
		duet_error_hint(error, "`gpiodetect` lists the chips; their group is usually gpio");
		return code;
	}
	self->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	self->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	if (self->epoll_fd < 0 || self->timer_fd < 0 || watch(self, self->timer_fd, MAX_LINES) < 0)
		return duet_error_set(error, -EMFILE, "no descriptors are left");
	code = add_buttons(self, chosen, error);
	return code < 0 ? code : add_others(self, chosen, error);
}

static void gpio_close(void *state)
{
	struct gpio_state *self = state;

	if (self->chip)
		gpiod_chip_close(self->chip); /* releases the lines */
	if (self->epoll_fd >= 0)
		close(self->epoll_fd);
	if (self->timer_fd >= 0)
		close(self->timer_fd);
}

static int gpio_open(void *state, const void *given, struct duet_error *error)
{
	static const struct gpio_options usual = {.chip = "/dev/gpiochip0",
						  .dismiss = -1,
						  .microphone = -1,
						  .louder = -1,
						  .quieter = -1,
						  .active_low = true,
						  .debounce_ms = 30};
	const struct gpio_options *chosen = given ? given : &usual;
	struct gpio_state *self = state;
	int code;

	self->epoll_fd = self->timer_fd = -1;
	self->debounce_ms = chosen->debounce_ms;
	code = open_all(self, chosen, error);
	if (code < 0) {
		gpio_close(self);
		return code;
	}
	/* Where the switch stands counts from the beginning. */
	for (size_t i = 0; i < self->n_contacts; i++) {
		if (self->contacts[i].is_switch && self->contacts[i].closed)
			queue(self, &self->contacts[i]);
	}
	return 0;
}

static int gpio_fd(const void *state)
{
	return ((const struct gpio_state *)state)->epoll_fd;
}

static void start_timer(const struct gpio_state *self)
{
	const struct itimerspec after = {
		.it_value = {self->debounce_ms / 1000, self->debounce_ms % 1000 * 1000000L}};

	timerfd_settime(self->timer_fd, 0, &after, NULL);
}

static void settle(struct gpio_state *self)
{
	uint64_t n_times;

	if (read(self->timer_fd, &n_times, sizeof(n_times)) < 0)
		return;
	for (size_t i = 0; i < self->n_contacts; i++) {
		struct contact *contact = &self->contacts[i];
		int level = gpiod_line_get_value(contact->line);

		if (level < 0 || (level > 0) == contact->closed)
			continue;
		contact->closed = level > 0;
		queue(self, contact);
	}
}

static int look(struct gpio_state *self)
{
	struct epoll_event events[MAX_EVENTS];
	int n = epoll_wait(self->epoll_fd, events, MAX_EVENTS, 0);

	for (int i = 0; i < n; i++) {
		struct gpiod_line_event edge;

		if (events[i].data.u32 == MAX_LINES) {
			settle(self);
			continue;
		}
		if (gpiod_line_event_read(self->contacts[events[i].data.u32].line, &edge) < 0)
			return -errno;
		start_timer(self);
	}
	return 0;
}

static int gpio_read(void *state, int64_t now_ms, struct duet_press *press)
{
	struct gpio_state *self = state;
	int code = self->n_waiting ? 0 : look(self);

	if (code < 0 || self->n_waiting == 0)
		return code;
	*press = self->waiting[0];
	self->n_waiting--;
	memmove(&self->waiting[0], &self->waiting[1], self->n_waiting * sizeof(*self->waiting));
	return 1;
}

extern const struct duet_button_engine duet_button_engine_gpio;
const struct duet_button_engine duet_button_engine_gpio = {
	.engine = {.stage = "button",
		   .name = "gpio",
		   .summary = "buttons and a switch on GPIO lines",
		   .state_size = sizeof(struct gpio_state),
		   .options = options,
		   .options_size = sizeof(struct gpio_options)},
	.open = gpio_open,
	.fd = gpio_fd,
	.read = gpio_read,
	.close = gpio_close,
};
