/* SPDX-License-Identifier: Apache-2.0 */
#include "devices.h"

#include <errno.h>
#include <pipewire/pipewire.h>

/* One question to the daemon. */
struct listing {
	struct pw_main_loop *loop;
	struct pw_context *context;
	struct pw_core *core;
	struct pw_registry *registry;
	struct spa_hook core_hook, registry_hook;
	int last_seq; /* when the daemon has come to this, it has told everything */
	int code;
	void (*each)(void *user, const struct duet_audio_device *device);
	void *user;
};

static void on_global(void *data, uint32_t id, uint32_t permissions, const char *type, uint32_t version,
		      const struct spa_dict *props)
{
	struct listing *listing = data;
	const char *class = props ? spa_dict_lookup(props, PW_KEY_MEDIA_CLASS) : NULL;
	const char *name = props ? spa_dict_lookup(props, PW_KEY_NODE_NAME) : NULL;
	const char *label = props ? spa_dict_lookup(props, PW_KEY_NODE_DESCRIPTION) : NULL;
	struct duet_audio_device device = {.name = name, .label = label ? label : name};

	if (!class || !name)
		return;
	device.is_microphone = strncmp(class, "Audio/Source", 12) == 0 || strcmp(class, "Audio/Duplex") == 0;
	device.is_loudspeaker = strcmp(class, "Audio/Sink") == 0 || strcmp(class, "Audio/Duplex") == 0;
	if (device.is_microphone || device.is_loudspeaker)
		listing->each(listing->user, &device);
}

static void on_done(void *data, uint32_t id, int seq)
{
	struct listing *listing = data;

	if (id == PW_ID_CORE && seq == listing->last_seq)
		pw_main_loop_quit(listing->loop);
}

static void on_error(void *data, uint32_t id, int seq, int code, const char *message)
{
	struct listing *listing = data;

	if (id != PW_ID_CORE)
		return;
	listing->code = code;
	pw_main_loop_quit(listing->loop);
}

static const struct pw_registry_events registry_events = {PW_VERSION_REGISTRY_EVENTS, .global = on_global};
static const struct pw_core_events core_events = {PW_VERSION_CORE_EVENTS, .done = on_done, .error = on_error};

static void ask(struct listing *listing)
{
	pw_core_add_listener(listing->core, &listing->core_hook, &core_events, listing);
	listing->registry = pw_core_get_registry(listing->core, PW_VERSION_REGISTRY, 0);
	pw_registry_add_listener(listing->registry, &listing->registry_hook, &registry_events, listing);
	listing->last_seq = pw_core_sync(listing->core, PW_ID_CORE, 0);
	pw_main_loop_run(listing->loop);
	pw_proxy_destroy((struct pw_proxy *)listing->registry);
	pw_core_disconnect(listing->core);
}

struct duet_pipewire_target duet_pipewire_target(const char *device)
{
	static const char suffix[] = ".monitor";
	size_t len = strlen(device), suffix_len = strlen(suffix);
	bool is_monitor = len > suffix_len && strcmp(device + len - suffix_len, suffix) == 0;

	return (struct duet_pipewire_target){device, is_monitor ? len - suffix_len : len, is_monitor};
}

int duet_pipewire_list(void (*each)(void *user, const struct duet_audio_device *device), void *user,
		       struct duet_error *error)
{
	struct listing listing = {.each = each, .user = user, .code = -ENOMEM};

	pw_init(NULL, NULL);
	listing.loop = pw_main_loop_new(NULL);
	if (listing.loop)
		listing.context = pw_context_new(pw_main_loop_get_loop(listing.loop), NULL, 0);
	if (listing.context) {
		listing.core = pw_context_connect(listing.context, NULL, 0);
		listing.code = listing.core ? 0 : -errno;
	}
	if (listing.core)
		ask(&listing);
	if (listing.context)
		pw_context_destroy(listing.context);
	if (listing.loop)
		pw_main_loop_destroy(listing.loop);
	pw_deinit();
	if (listing.code < 0) {
		duet_error_set(error, listing.code, "PipeWire does not answer: %s", strerror(-listing.code));
		duet_error_hint(error, "start pipewire and wireplumber");
	}
	return listing.code;
}
