/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_ENGINES_AUDIO_PIPEWIRE_DEVICES_H
#define DUET_ENGINES_AUDIO_PIPEWIRE_DEVICES_H

#include "duet/audio_engine.h"

/* Asks the daemon for its sources and sinks; blocks until it answers. */
/* A device of the configuration as a node of the daemon: `x.monitor` is what the sink x plays. */
struct duet_pipewire_target {
	const char *name;
	size_t len;
	bool is_monitor;
};

struct duet_pipewire_target duet_pipewire_target(const char *device);

int duet_pipewire_list(void (*each)(void *user, const struct duet_audio_device *device), void *user,
		       struct duet_error *error);

#endif
