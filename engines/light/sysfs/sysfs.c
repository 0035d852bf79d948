/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "duet/light_engine.h"

/*
 * LEDs of Linux (Documentation/leds/leds-class.rst): a folder each, with
 * `brightness`, `max_brightness` and, for what blinks, `trigger` and its
 * `delay_on` and `delay_off`. Red, green and blue ones are mixed to the
 * assistant's colour; any of them may be missing. One more may say that the
 * microphone is off.
 */
enum { RED, GREEN, BLUE, MICROPHONE, N_LEDS };
enum { FULL = 255 };

struct sysfs_options {
	const char *folder;
	const char *leds[N_LEDS];
};

struct led {
	char path[320]; /* "": there is none */
	int max;
	int shown_level, shown_blink_ms; /* negative: not known */
	bool complained;
};

struct sysfs_state {
	struct led leds[N_LEDS];
};

#define LED(led) offsetof(struct sysfs_options, leds[led])

static const struct duet_option options[] = {
	{"folder", DUET_OPTION_PATH, offsetof(struct sysfs_options, folder), "/sys/class/leds",
	 "Where the LEDs' folders lie", NULL, 0, 0},
	{"red", DUET_OPTION_TEXT, LED(RED), NULL, "Name of the red LED; unset: there is none", NULL, 0, 0},
	{"green", DUET_OPTION_TEXT, LED(GREEN), NULL, "Name of the green LED", NULL, 0, 0},
	{"blue", DUET_OPTION_TEXT, LED(BLUE), NULL, "Name of the blue LED", NULL, 0, 0},
	{"microphone", DUET_OPTION_TEXT, LED(MICROPHONE), NULL,
	 "Name of an LED that is lit while the microphone is off", NULL, 0, 0},
	{0},
};

/* How bright each colour is, and how fast it blinks (0: it does not). */
static const unsigned char palettes[][3] = {{0, 90, 255}, {255, 120, 0}, {0, 220, 80}, {180, 0, 220}};
static const unsigned char alarm_colour[3] = {255, 0, 0};

static const struct {
	int percent, blink_ms;
} manners[DUET_N_LIGHTS] = {
	[DUET_LIGHT_IDLE] = {0, 0},
	[DUET_LIGHT_LISTENING] = {100, 0},
	[DUET_LIGHT_THINKING] = {100, 250},
	[DUET_LIGHT_SPEAKING] = {60, 0},
	[DUET_LIGHT_CALL] = {100, 500},
	[DUET_LIGHT_ALERT] = {100, 150},
	[DUET_LIGHT_NOTIFICATION] = {60, 1000},
	[DUET_LIGHT_CONTENT] = {10, 0},
};

static int write_file(const struct led *led, const char *name, const char *text)
{
	char path[400];
	int fd, code = 0;

	snprintf(path, sizeof(path), "%s/%s", led->path, name);
	fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) < 0)
		code = -errno;
	close(fd);
	return code;
}

static int write_number(const struct led *led, const char *name, int number)
{
	char text[16];

	snprintf(text, sizeof(text), "%d\n", number);
	return write_file(led, name, text);
}

static int read_number(const struct led *led, const char *name)
{
	char path[400], text[16] = "";
	FILE *file;
	long number = 0;

	snprintf(path, sizeof(path), "%s/%s", led->path, name);
	file = fopen(path, "re");
	if (!file)
		return -errno;
	if (fgets(text, sizeof(text), file))
		number = strtol(text, NULL, 10);
	fclose(file);
	return number > 0 && number <= 65535 ? (int)number : -EINVAL;
}

static int find_led(struct led *led, const char *folder, const char *name, struct duet_error *error)
{
	int code;

	snprintf(led->path, sizeof(led->path), "%s/%s", folder, name);
	led->shown_level = led->shown_blink_ms = -1;
	led->max = read_number(led, "max_brightness");
	code = led->max < 0 ? led->max : write_number(led, "brightness", 0);
	if (code >= 0)
		return 0;
	duet_error_set(error, code, "the LED %.180s cannot be used: %s", led->path, strerror(-code));
	duet_error_hint(error,
			code == -EACCES ? "its brightness must be writable: a udev rule does that"
					: "`ls %.100s` lists what there is",
			folder);
	return code;
}

static int sysfs_open(void *state, const void *given, struct duet_error *error)
{
	static const struct sysfs_options usual = {.folder = "/sys/class/leds"};
	const struct sysfs_options *chosen = given ? given : &usual;
	struct sysfs_state *self = state;

	for (int i = 0; i < N_LEDS; i++) {
		int code = chosen->leds[i] ? find_led(&self->leds[i], chosen->folder, chosen->leds[i], error)
					   : 0;

		if (code < 0)
			return code;
	}
	return 0;
}

/* The kernel blinks by itself; a trigger that it does not have only means that the light is steady. */
static void blink(const struct led *led, int blink_ms)
{
	if (blink_ms == 0) {
		if (led->shown_blink_ms > 0)
			write_file(led, "trigger", "none\n");
		return;
	}
	if (write_file(led, "trigger", "timer\n") < 0)
		return;
	write_number(led, "delay_on", blink_ms);
	write_number(led, "delay_off", blink_ms);
}

static void light_led(struct led *led, int level, int blink_ms)
{
	int code = 0;

	if (!led->path[0] || (level == led->shown_level && blink_ms == led->shown_blink_ms))
		return;
	blink(led, level ? blink_ms : 0);
	code = write_number(led, "brightness", (level * led->max + FULL / 2) / FULL);
	led->shown_level = level;
	led->shown_blink_ms = level ? blink_ms : 0;
	if (code < 0 && !led->complained)
		duet_warn("light", "%s cannot be lit: %s", led->path, strerror(-code));
	led->complained = code < 0;
}

static void sysfs_show(void *state, const struct duet_light *light)
{
	struct sysfs_state *self = state;
	int percent = manners[light->state].percent, blink_ms = manners[light->state].blink_ms;
	const unsigned char *colour =
		light->state == DUET_LIGHT_ALERT
			? alarm_colour
			: palettes[(unsigned)light->palette % (sizeof(palettes) / sizeof(*palettes))];

	for (int i = RED; i <= BLUE; i++)
		light_led(&self->leds[i], colour[i] * percent / 100, blink_ms);
	light_led(&self->leds[MICROPHONE], light->microphone_off ? FULL : 0, 0);
}

static void sysfs_close(void *state)
{
	struct sysfs_state *self = state;

	for (int i = 0; i < N_LEDS; i++)
		light_led(&self->leds[i], 0, 0);
}

extern const struct duet_light_engine duet_light_engine_sysfs;
const struct duet_light_engine duet_light_engine_sysfs = {
	.engine = {.stage = "light",
		   .name = "sysfs",
		   .summary = "LEDs of Linux",
		   .state_size = sizeof(struct sysfs_state),
		   .options = options,
		   .options_size = sizeof(struct sysfs_options)},
	.open = sysfs_open,
	.show = sysfs_show,
	.close = sysfs_close,
};
