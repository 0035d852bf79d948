/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sound cards by ALSA. Microphone and loudspeaker have a thread each, so that
 * one that is away never disturbs the other. A thread opens its device, moves
 * sound until the device fails, says so, and tries again every second. While
 * sound moves it does nothing but poll, read or write, and call the host.
 */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/alloc.h"
#include "pcm.h"

enum {
	RETRY_MS = 1000,
	WOLF_MS = 3, /* rest after a call for nothing, so that such a plugin does not take the processor */
	STALL_MS = 2000, /* a device that moves nothing for so long is taken for lost */
	MAX_POLLED = 16,
	CAPTURE_BUFFER_MS = 200,
	N_SIDES = 2,
	STOPPED = INT_MAX,
};

struct alsa_options {
	int buffer_ms;
	int priority;
};

struct alsa_state;

struct side {
	struct alsa_state *alsa;
	char *device; /* NULL: this side is not wanted */
	int (*open)(struct side *side);
	int (*begin)(struct side *side); /* the device moves from here on */
	int (*move)(struct side *side);  /* as much as there is: frames, or a negative errno */
	pthread_t thread;
	bool runs;
	struct duet_alsa_pcm pcm;
	int16_t *mono; /* a period of what the host gives */
	void *frames;  /* the same as the device has it */
	bool is_lost;
};

struct alsa_state {
	struct duet_audio_setup setup;
	struct alsa_options options;
	int stop_fd;
	bool is_open;
	struct side sides[N_SIDES];
};

/* ALSA would write to stderr each time that a device is not there. */
__attribute__((format(printf, 5, 6))) static void say_nothing(const char *file, int line,
							      const char *function, int code,
							      const char *format, ...)
{
}

static int open_microphone(struct side *side)
{
	const struct duet_audio_host *host = side->alsa->setup.host;
	int code = duet_alsa_open_capture(&side->pcm, side->device, CAPTURE_BUFFER_MS);

	return code < 0 ? code : host->capture_format(host->user, &side->pcm.format);
}

static int open_loudspeaker(struct side *side)
{
	return duet_alsa_open_playback(&side->pcm, side->device, side->alsa->options.buffer_ms,
				       side->alsa->setup.playback_rate_hz);
}

static int begin_microphone(struct side *side)
{
	return snd_pcm_start(side->pcm.handle);
}

static int move_microphone(struct side *side)
{
	const struct duet_audio_host *host = side->alsa->setup.host;
	snd_pcm_uframes_t n_moved = 0;

	while (n_moved < side->pcm.n_buffer) {
		snd_pcm_sframes_t n = snd_pcm_readi(side->pcm.handle, side->frames, side->pcm.n_period);

		if (n == -EAGAIN || n == 0)
			break;
		if (n < 0)
			return (int)n;
		host->captured(host->user, side->frames, (size_t)n);
		n_moved += (snd_pcm_uframes_t)n;
	}
	return (int)n_moved;
}

/* One period of the host's mono sound on every channel. */
static snd_pcm_sframes_t write_period(struct side *side)
{
	const struct duet_audio_host *host = side->alsa->setup.host;
	int16_t *to = side->frames;

	host->wanted(host->user, side->mono, side->pcm.n_period);
	for (snd_pcm_uframes_t i = 0; i < side->pcm.n_period; i++)
		for (int channel = 0; channel < side->pcm.format.n_channels; channel++)
			*to++ = side->mono[i];
	return snd_pcm_writei(side->pcm.handle, side->frames, side->pcm.n_period);
}

static int move_loudspeaker(struct side *side)
{
	snd_pcm_sframes_t n_room = snd_pcm_avail_update(side->pcm.handle),
			  n_period = (snd_pcm_sframes_t)side->pcm.n_period;
	int n_moved = 0;

	if (n_room > (snd_pcm_sframes_t)side->pcm.n_buffer)
		n_room = (snd_pcm_sframes_t)side->pcm.n_buffer;
	for (; n_room >= n_period; n_room -= n_period) {
		snd_pcm_sframes_t n = write_period(side);

		if (n == -EAGAIN)
			break;
		if (n < 0)
			return (int)n;
		n_moved += (int)n;
	}
	return n_room < 0 ? (int)n_room : n_moved;
}

static int begin_loudspeaker(struct side *side)
{
	int code = move_loudspeaker(side);

	return code < 0 ? code : snd_pcm_start(side->pcm.handle);
}

/* Sound came too late or the machine slept: begin anew. Anything else means that the device is gone. */
static int recover(struct side *side, int code)
{
	if (code != -EPIPE && code != -ESTRPIPE)
		return code;
	code = snd_pcm_prepare(side->pcm.handle);
	return code < 0 ? code : side->begin(side);
}

/* An error that the poll shows without saying which. */
static int what_is_wrong(const struct side *side)
{
	switch (snd_pcm_state(side->pcm.handle)) {
	case SND_PCM_STATE_XRUN:
		return -EPIPE;
	case SND_PCM_STATE_SUSPENDED:
		return -ESTRPIPE;
	default:
		return -ENODEV;
	}
}

/* True when somebody stops the engine within that time. */
static bool stops_within(const struct side *side, int timeout_ms)
{
	struct pollfd stop = {.fd = side->alsa->stop_fd, .events = POLLIN};

	return poll(&stop, 1, timeout_ms) > 0;
}

/* One wait and what it leads to: STOPPED, frames moved, or a negative errno. */
static int turn(struct side *side, struct pollfd *polled, unsigned n_polled)
{
	int n_ready = poll(polled, (nfds_t)n_polled + 1, STALL_MS), code;
	unsigned short events;

	if (n_ready < 0)
		return errno == EINTR ? 0 : -errno;
	if (n_ready == 0)
		return -ETIMEDOUT;
	if (polled[0].revents)
		return STOPPED;
	code = snd_pcm_poll_descriptors_revents(side->pcm.handle, polled + 1, n_polled, &events);
	if (code < 0)
		return code;
	if (events & (POLLERR | POLLHUP | POLLNVAL))
		return what_is_wrong(side);
	if (events & (POLLIN | POLLOUT))
		return side->move(side);
	return stops_within(side, WOLF_MS) ? STOPPED : 0;
}

/* Moves sound until somebody stops it (0) or the device fails (a negative errno). */
static int stream(struct side *side)
{
	struct pollfd polled[MAX_POLLED] = {{.fd = side->alsa->stop_fd, .events = POLLIN}};
	int n_polled = snd_pcm_poll_descriptors_count(side->pcm.handle), code = side->begin(side),
	    still_ms = 0;

	if (n_polled < 1 || n_polled >= MAX_POLLED)
		return -ENOTSUP;
	snd_pcm_poll_descriptors(side->pcm.handle, polled + 1, (unsigned)n_polled);
	while (code >= 0 && code != STOPPED) {
		code = turn(side, polled, (unsigned)n_polled);
		if (code < 0)
			code = recover(side, code);
		still_ms = code == 0 ? still_ms + WOLF_MS : 0;
		if (still_ms > STALL_MS)
			code = -ETIMEDOUT;
	}
	return code < 0 ? code : 0;
}

static int open_side(struct side *side)
{
	int code = side->open(side);
	size_t n_period = side->pcm.n_period;

	if (code < 0)
		return code;
	side->mono = duet_calloc(n_period, sizeof(int16_t));
	side->frames = duet_calloc(n_period, (size_t)side->pcm.format.n_channels * sizeof(int32_t));
	return side->mono && side->frames ? 0 : -ENOMEM;
}

static void close_side(struct side *side)
{
	duet_alsa_close(&side->pcm);
	duet_free(side->mono);
	duet_free(side->frames);
	side->mono = NULL;
	side->frames = NULL;
}

static void say_returned(struct side *side)
{
	const struct duet_audio_host *host = side->alsa->setup.host;

	if (side->is_lost)
		host->returned(host->user);
	side->is_lost = false;
}

static void say_lost(struct side *side, int code)
{
	const struct duet_audio_host *host = side->alsa->setup.host;

	if (!side->is_lost)
		host->lost(host->user, code);
	side->is_lost = true;
}

static void *run(void *user)
{
	struct side *side = user;

	do {
		int code = open_side(side);

		if (code == 0) {
			say_returned(side);
			code = stream(side);
		}
		close_side(side);
		if (code < 0)
			say_lost(side, code);
	} while (!stops_within(side, RETRY_MS));
	return NULL;
}

/* In front of everything else where the system lets us; an ordinary thread where not. */
static void raise_priority(const struct side *side)
{
	const struct sched_param wanted = {.sched_priority = side->alsa->options.priority};

	if (wanted.sched_priority > 0)
		pthread_setschedparam(side->thread, SCHED_FIFO, &wanted);
}

static char *device_name(const char *name)
{
	return name && !*name ? NULL : duet_strdup(name ? name : "default");
}

static void alsa_close(void *state)
{
	struct alsa_state *alsa = state;

	for (int i = 0; i < N_SIDES; i++) {
		duet_free(alsa->sides[i].device);
		alsa->sides[i].device = NULL;
	}
	if (alsa->is_open)
		close(alsa->stop_fd);
	alsa->is_open = false;
}

static int alsa_open(void *state, const struct duet_audio_setup *setup, struct duet_error *error)
{
	const struct alsa_options *options = setup->options;
	struct alsa_state *alsa = state;

	snd_lib_error_set_handler(say_nothing);
	alsa->setup = *setup;
	alsa->options = *options;
	alsa->sides[0] = (struct side){.alsa = alsa,
				       .device = device_name(setup->microphone),
				       .open = open_microphone,
				       .begin = begin_microphone,
				       .move = move_microphone};
	alsa->sides[1] = (struct side){.alsa = alsa,
				       .device = device_name(setup->loudspeaker),
				       .open = open_loudspeaker,
				       .begin = begin_loudspeaker,
				       .move = move_loudspeaker};
	alsa->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (alsa->stop_fd < 0)
		return duet_error_set(error, -errno, "no more files can be opened");
	alsa->is_open = true;
	return 0;
}

static void alsa_stop(void *state)
{
	struct alsa_state *alsa = state;
	uint64_t count = 1;

	if (write(alsa->stop_fd, &count, sizeof(count)) < 0)
		return;
	for (int i = 0; i < N_SIDES; i++) {
		if (alsa->sides[i].runs)
			pthread_join(alsa->sides[i].thread, NULL);
		alsa->sides[i].runs = false;
	}
	if (read(alsa->stop_fd, &count, sizeof(count)) < 0)
		return; /* nobody had written: nothing to take back */
}

static int alsa_start(void *state, struct duet_error *error)
{
	struct alsa_state *alsa = state;

	for (int i = 0; i < N_SIDES; i++) {
		struct side *side = &alsa->sides[i];
		int code;

		if (!side->device || side->runs)
			continue;
		code = -pthread_create(&side->thread, NULL, run, side);
		if (code < 0) {
			alsa_stop(alsa);
			return duet_error_set(error, code, "no thread can be made");
		}
		side->runs = true;
		raise_priority(side);
	}
	return 0;
}

static void list_hint(const void *hint, void (*each)(void *user, const struct duet_audio_device *device),
		      void *user)
{
	char *name = snd_device_name_get_hint(hint, "NAME"), *label = snd_device_name_get_hint(hint, "DESC");
	char *direction = snd_device_name_get_hint(hint, "IOID"); /* NULL: both */
	struct duet_audio_device device = {
		.name = name,
		.label = label ? label : name,
		.is_microphone = !direction || strcmp(direction, "Input") == 0,
		.is_loudspeaker = !direction || strcmp(direction, "Output") == 0,
	};

	if (label)
		label[strcspn(label, "\n")] = '\0';
	if (name)
		each(user, &device);
	free(name);
	free(label);
	free(direction);
}

static int alsa_list(void (*each)(void *user, const struct duet_audio_device *device), void *user,
		     struct duet_error *error)
{
	void **hints;
	int code = snd_device_name_hint(-1, "pcm", &hints);

	if (code < 0)
		return duet_error_set(error, code, "ALSA cannot list its devices: %s", snd_strerror(code));
	for (void **hint = hints; *hint; hint++)
		list_hint(*hint, each, user);
	snd_device_name_free_hint(hints);
	return 0;
}

static const struct duet_option options[] = {
	{"buffer", DUET_OPTION_DURATION, offsetof(struct alsa_options, buffer_ms), "60ms",
	 "How much sound waits before the loudspeaker: more is safer, less is faster", NULL, 20, 1000},
	{"priority", DUET_OPTION_INT, offsetof(struct alsa_options, priority), "20",
	 "Real-time priority of the sound's threads where the system allows it; 0: none", NULL, 0, 90},
	{0},
};

const struct duet_audio_engine duet_audio_engine_alsa = {
	.engine = {.stage = "audio",
		   .name = "alsa",
		   .summary = "sound cards",
		   .state_size = sizeof(struct alsa_state),
		   .options = options,
		   .options_size = sizeof(struct alsa_options)},
	.open = alsa_open,
	.start = alsa_start,
	.stop = alsa_stop,
	.close = alsa_close,
	.list = alsa_list,
};
