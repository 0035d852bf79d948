/* SPDX-License-Identifier: Apache-2.0 */
#include "canceller.h"

#include <errno.h>
#include <pipewire/impl.h>

#include "base/alloc.h"
#include "base/text.h"
#include "devices.h"

enum { ARGUMENTS_MAX = 4096 };

struct duet_canceller {
	struct pw_impl_module *module; /* NULL: it has ended */
	struct spa_hook hook;
};

static void on_destroy(void *data)
{
	struct duet_canceller *canceller = data;

	spa_hook_remove(&canceller->hook);
	canceller->module = NULL;
}

static const struct pw_impl_module_events events = {PW_VERSION_IMPL_MODULE_EVENTS, .destroy = on_destroy};

/* JSON as PipeWire reads it; names of nodes come from the configuration. */
static void add_target(struct duet_text *text, const char *device)
{
	struct duet_pipewire_target target = duet_pipewire_target(device);

	if (target.len == 0)
		return;
	duet_text_printf(text, " target.object = \"");
	for (size_t i = 0; i < target.len; i++) {
		if (target.name[i] == '"' || target.name[i] == '\\')
			duet_text_printf(text, "\\");
		duet_text_printf(text, "%c", target.name[i]);
	}
	duet_text_printf(text, "\" node.dont-reconnect = true");
	if (target.is_monitor)
		duet_text_printf(text, " stream.capture.sink = true");
}

static void add_arguments(struct duet_text *text, const char *microphone, const char *loudspeaker)
{
	duet_text_printf(text, "{ library.name = aec/libspa-aec-webrtc audio.channels = 1 "
			       "audio.position = [ MONO ] capture.props = { node.name = duet-echo-capture");
	add_target(text, microphone);
	duet_text_printf(text, " } source.props = { node.name = " DUET_CANCELLER_SOURCE
			       " } sink.props = { node.name = " DUET_CANCELLER_SINK
			       " } playback.props = { node.name = duet-echo-playback");
	add_target(text, loudspeaker);
	duet_text_printf(text, " } }");
}

int duet_canceller_new(struct duet_canceller **canceller, struct pw_context *context, const char *microphone,
		       const char *loudspeaker)
{
	struct duet_canceller *made = duet_calloc(1, sizeof(*made));
	struct duet_text text;
	int code = -ENOMEM;

	duet_text_init(&text, ARGUMENTS_MAX);
	add_arguments(&text, microphone, loudspeaker);
	if (made && !text.failed) {
		made->module =
			pw_context_load_module(context, "libpipewire-module-echo-cancel", text.ptr, NULL);
		code = made->module ? 0 : -errno;
	}
	duet_text_done(&text);
	if (code < 0) {
		duet_free(made);
		return code;
	}
	pw_impl_module_add_listener(made->module, &made->hook, &events, made);
	*canceller = made;
	return 0;
}

void duet_canceller_free(struct duet_canceller *canceller)
{
	if (!canceller)
		return;
	if (canceller->module)
		pw_impl_module_destroy(canceller->module);
	duet_free(canceller);
}

bool duet_canceller_works(const struct duet_canceller *canceller)
{
	return canceller && canceller->module;
}
