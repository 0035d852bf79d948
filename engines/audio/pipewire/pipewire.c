/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sound by PipeWire: two streams that the daemon links, converts and mixes.
 * The library has two threads: one loop for what happens to the connection,
 * and the real-time one on which on_captured and on_wanted run. A daemon or a
 * device that goes away is looked for once a second.
 */
#include <errno.h>
#include <pipewire/pipewire.h>
#include <spa/param/audio/format-utils.h>
#include <stdio.h>

#include "base/alloc.h"
#include "canceller.h"
#include "devices.h"

enum { TICK_S = 1, PATIENCE_TICKS = 2, LATENCY_MS = 10 };

struct pipewire_state;

struct side {
	struct pipewire_state *owner;
	enum spa_direction direction;
	const char *node_name, *canceller_name;
	char *device; /* what it shall be linked to, "" for the default; NULL: this side is not wanted */
	int rate_hz;
	struct pw_stream_events events;
	struct pw_stream *stream; /* NULL while there is no daemon */
	struct spa_hook hook;
	bool is_lost;
	int n_ticks_away;
};

enum { MICROPHONE, LOUDSPEAKER, N_SIDES };

struct pipewire_state {
	struct duet_audio_setup setup;
	struct side sides[N_SIDES];
	struct pw_thread_loop *loop; /* NULL while stopped */
	struct pw_context *context;
	struct pw_core *core; /* NULL while there is no daemon */
	struct spa_hook core_hook;
	struct duet_canceller *canceller; /* NULL: none is wanted, or there is no daemon */
	struct spa_source *tick;
	bool core_failed;
	int canceller_code; /* why there is none */
};

static void say(struct side *side, bool is_there, int code)
{
	const struct duet_audio_host *host = side->owner->setup.host;

	if (is_there && side->is_lost)
		host->returned(host->user);
	else if (!is_there && !side->is_lost)
		host->lost(host->user, code);
	side->is_lost = !is_there;
}

/* Audio thread. */
static void on_captured(void *data)
{
	struct side *side = data;
	const struct duet_audio_host *host = side->owner->setup.host;
	struct pw_buffer *buffer = pw_stream_dequeue_buffer(side->stream);
	struct spa_data *sound;

	if (!buffer)
		return;
	sound = &buffer->buffer->datas[0];
	if (sound->data && sound->chunk->offset <= sound->maxsize &&
	    sound->chunk->size <= sound->maxsize - sound->chunk->offset)
		host->captured(host->user, SPA_PTROFF(sound->data, sound->chunk->offset, void),
			       sound->chunk->size / sizeof(int16_t));
	pw_stream_queue_buffer(side->stream, buffer);
}

/* Audio thread. */
static void on_wanted(void *data)
{
	struct side *side = data;
	const struct duet_audio_host *host = side->owner->setup.host;
	struct pw_buffer *buffer = pw_stream_dequeue_buffer(side->stream);
	struct spa_data *sound;
	size_t n_frames;

	if (!buffer)
		return;
	sound = &buffer->buffer->datas[0];
	if (sound->data) {
		n_frames = sound->maxsize / sizeof(int16_t);
		if (buffer->requested && buffer->requested < n_frames)
			n_frames = buffer->requested;
		host->wanted(host->user, sound->data, n_frames);
		sound->chunk->offset = 0;
		sound->chunk->stride = sizeof(int16_t);
		sound->chunk->size = (uint32_t)(n_frames * sizeof(int16_t));
	}
	pw_stream_queue_buffer(side->stream, buffer);
}

static void on_state_changed(void *data, enum pw_stream_state old, enum pw_stream_state state,
			     const char *error)
{
	struct side *side = data;

	if (state == PW_STREAM_STATE_STREAMING)
		say(side, true, 0);
	else if (state == PW_STREAM_STATE_ERROR)
		say(side, false, -ENODEV);
}

static struct pw_properties *stream_properties(const struct side *side)
{
	bool is_microphone = side->direction == SPA_DIRECTION_INPUT;
	struct pw_properties *props =
		pw_properties_new(PW_KEY_MEDIA_TYPE, "Audio", PW_KEY_MEDIA_CATEGORY,
				  is_microphone ? "Capture" : "Playback", PW_KEY_APP_NAME, "Duet",
				  PW_KEY_NODE_NAME, side->node_name, "channelmix.normalize", "true", NULL);
	bool cancels = side->owner->setup.cancel_echo;
	struct duet_pipewire_target target =
		duet_pipewire_target(cancels ? side->canceller_name : side->device);

	if (!props)
		return NULL;
	pw_properties_setf(props, PW_KEY_NODE_LATENCY, "%d/%d", side->rate_hz * LATENCY_MS / 1000,
			   side->rate_hz);
	if (is_microphone && target.is_monitor)
		pw_properties_set(props, PW_KEY_STREAM_CAPTURE_SINK, "true");
	if (target.len >
	    0) { /* a device that was chosen is waited for; another is never taken in its place */
		pw_properties_setf(props, PW_KEY_TARGET_OBJECT, "%.*s", (int)target.len, target.name);
		pw_properties_set(props, PW_KEY_NODE_DONT_RECONNECT, "true");
	}
	return props;
}

static void begin_stream(struct side *side)
{
	uint8_t bytes[512];
	struct spa_pod_builder builder = SPA_POD_BUILDER_INIT(bytes, sizeof(bytes));
	struct spa_audio_info_raw format = {.format = SPA_AUDIO_FORMAT_S16,
					    .rate = (uint32_t)side->rate_hz,
					    .channels = 1,
					    .position = {SPA_AUDIO_CHANNEL_MONO}};
	const struct spa_pod *params[] = {
		spa_format_audio_raw_build(&builder, SPA_PARAM_EnumFormat, &format)};
	struct pw_properties *props = side->device ? stream_properties(side) : NULL;

	if (!props)
		return;
	side->stream = pw_stream_new(side->owner->core, side->node_name, props);
	if (!side->stream)
		return;
	pw_stream_add_listener(side->stream, &side->hook, &side->events, side);
	pw_stream_connect(side->stream, side->direction, PW_ID_ANY,
			  PW_STREAM_FLAG_AUTOCONNECT | PW_STREAM_FLAG_MAP_BUFFERS | PW_STREAM_FLAG_RT_PROCESS,
			  params, 1);
}

static void end_stream(struct side *side)
{
	if (side->stream)
		pw_stream_destroy(side->stream);
	side->stream = NULL;
}

static void on_core_error(void *data, uint32_t id, int seq, int code, const char *message)
{
	struct pipewire_state *pipewire = data;

	if (id != PW_ID_CORE || code != -EPIPE)
		return;
	pipewire->core_failed = true; /* it cannot be freed in its own callback: the next tick does it */
	for (int i = 0; i < N_SIDES; i++)
		if (pipewire->sides[i].device)
			say(&pipewire->sides[i], false, -EPIPE);
}

static const struct pw_core_events core_events = {PW_VERSION_CORE_EVENTS, .error = on_core_error};

static void leave_daemon(struct pipewire_state *pipewire)
{
	for (int i = 0; i < N_SIDES; i++)
		end_stream(&pipewire->sides[i]);
	duet_canceller_free(pipewire->canceller);
	pipewire->canceller = NULL;
	if (pipewire->core) {
		spa_hook_remove(&pipewire->core_hook);
		pw_core_disconnect(pipewire->core);
	}
	pipewire->core = NULL;
	pipewire->core_failed = false;
}

static const char *device_of(const struct pipewire_state *pipewire, int side)
{
	return pipewire->sides[side].device ? pipewire->sides[side].device : "";
}

static void join_daemon(struct pipewire_state *pipewire)
{
	pipewire->core = pw_context_connect(pipewire->context, NULL, 0);
	if (!pipewire->core)
		return;
	pw_core_add_listener(pipewire->core, &pipewire->core_hook, &core_events, pipewire);
	if (pipewire->setup.cancel_echo)
		pipewire->canceller_code =
			duet_canceller_new(&pipewire->canceller, pipewire->context,
					   device_of(pipewire, MICROPHONE), device_of(pipewire, LOUDSPEAKER));
	for (int i = 0; i < N_SIDES; i++)
		begin_stream(&pipewire->sides[i]);
}

/* A stream that has lost its device may have failed, or just be linked to nothing: it begins anew. */
static void look_after(struct side *side)
{
	enum pw_stream_state state =
		side->stream ? pw_stream_get_state(side->stream, NULL) : PW_STREAM_STATE_UNCONNECTED;

	if (state == PW_STREAM_STATE_STREAMING) {
		side->n_ticks_away = 0;
		return;
	}
	say(side, false, -ENODEV);
	if (++side->n_ticks_away % PATIENCE_TICKS == 0 && side->owner->core) {
		end_stream(side);
		begin_stream(side);
	}
}

/* Once a second: is everything there, and if not, can it be had again? */
static void on_tick(void *data, uint64_t n_expirations)
{
	struct pipewire_state *pipewire = data;

	if (pipewire->core_failed || (pipewire->canceller && !duet_canceller_works(pipewire->canceller)))
		leave_daemon(pipewire);
	if (!pipewire->core)
		join_daemon(pipewire);
	for (int i = 0; i < N_SIDES; i++)
		if (pipewire->sides[i].device)
			look_after(&pipewire->sides[i]);
}

/* NULL means the default, "" means none: here "" and NULL. */
static int set_device(struct side *side, const char *name, struct duet_error *error)
{
	if (name && !*name)
		return 0;
	side->device = duet_strdup(name ? name : "");
	return side->device ? 0 : duet_error_set(error, -ENOMEM, "out of memory");
}

static int pipewire_open(void *state, const struct duet_audio_setup *setup, struct duet_error *error)
{
	struct pipewire_state *pipewire = state;
	int code;

	pipewire->setup = *setup;
	pipewire->sides[MICROPHONE] = (struct side){
		.owner = pipewire,
		.direction = SPA_DIRECTION_INPUT,
		.node_name = "duet-microphone",
		.canceller_name = DUET_CANCELLER_SOURCE,
		.rate_hz = DUET_FRAME_RATE_HZ,
		.events = {PW_VERSION_STREAM_EVENTS, .state_changed = on_state_changed,
			   .process = on_captured},
	};
	pipewire->sides[LOUDSPEAKER] = (struct side){
		.owner = pipewire,
		.direction = SPA_DIRECTION_OUTPUT,
		.node_name = "duet-loudspeaker",
		.canceller_name = DUET_CANCELLER_SINK,
		.rate_hz = setup->playback_rate_hz,
		.events = {PW_VERSION_STREAM_EVENTS, .state_changed = on_state_changed, .process = on_wanted},
	};
	code = set_device(&pipewire->sides[MICROPHONE], setup->microphone, error);
	if (code == 0)
		code = set_device(&pipewire->sides[LOUDSPEAKER], setup->loudspeaker, error);
	if (code == 0)
		pw_init(NULL, NULL);
	return code;
}

static void pipewire_stop(void *state)
{
	struct pipewire_state *pipewire = state;

	if (!pipewire->loop)
		return;
	pw_thread_loop_stop(pipewire->loop);
	leave_daemon(pipewire);
	if (pipewire->context)
		pw_context_destroy(pipewire->context);
	pw_thread_loop_destroy(pipewire->loop);
	pipewire->context = NULL;
	pipewire->loop = NULL;
}

static void pipewire_close(void *state)
{
	struct pipewire_state *pipewire = state;

	pipewire_stop(pipewire);
	for (int i = 0; i < N_SIDES; i++)
		duet_free(pipewire->sides[i].device);
	pw_deinit();
}

static int build(struct pipewire_state *pipewire)
{
	static struct timespec interval = {.tv_sec = TICK_S};
	struct pw_loop *loop;

	pipewire->loop = pw_thread_loop_new("duet-pipewire", NULL);
	if (!pipewire->loop)
		return -errno;
	loop = pw_thread_loop_get_loop(pipewire->loop);
	pipewire->context = pw_context_new(loop, NULL, 0);
	pipewire->tick = pw_loop_add_timer(loop, on_tick, pipewire);
	if (!pipewire->context || !pipewire->tick)
		return -errno;
	pw_loop_update_timer(loop, pipewire->tick, &interval, &interval, false);
	join_daemon(pipewire);
	if (pipewire->canceller_code < 0)
		return pipewire->canceller_code;
	return pw_thread_loop_start(pipewire->loop);
}

static int pipewire_start(void *state, struct duet_error *error)
{
	static const struct duet_audio_format format = {DUET_FRAME_RATE_HZ, 1, DUET_SAMPLE_S16};
	struct pipewire_state *pipewire = state;
	const struct duet_audio_host *host = pipewire->setup.host;
	int code;

	if (pipewire->loop)
		return 0;
	code = host->capture_format(host->user,
				    &format); /* the daemon converts to this, whatever the device */
	if (code == 0)
		code = build(pipewire);
	if (code == 0)
		return 0;
	pipewire_stop(pipewire);
	duet_error_set(error, code, "PipeWire cannot be used: %s", strerror(-code));
	duet_error_hint(error, "is libpipewire-0.3-modules installed?");
	return code;
}

const struct duet_audio_engine duet_audio_engine_pipewire = {
	.engine = {.stage = "audio",
		   .name = "pipewire",
		   .summary = "the PipeWire daemon: shared devices, Bluetooth, network",
		   .state_size = sizeof(struct pipewire_state)},
	.cancels_echo = true,
	.open = pipewire_open,
	.start = pipewire_start,
	.stop = pipewire_stop,
	.close = pipewire_close,
	.list = duet_pipewire_list,
};
