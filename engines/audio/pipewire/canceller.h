/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_ENGINES_AUDIO_PIPEWIRE_CANCELLER_H
#define DUET_ENGINES_AUDIO_PIPEWIRE_CANCELLER_H

#include <stdbool.h>

#include "duet/error.h"

/*
 * PipeWire's own echo canceller (its echo-cancel module, with WebRTC's
 * algorithm), loaded into this process: a source and a sink stand between the
 * devices and us. The PipeWire loop's thread.
 */
struct duet_canceller;
struct pw_context;

/* `microphone`, `loudspeaker`: names of nodes, "" for the default ones. -ENOENT: the module or its library is
 * not installed. */
int duet_canceller_new(struct duet_canceller **canceller, struct pw_context *context, const char *microphone,
		       const char *loudspeaker);
void duet_canceller_free(struct duet_canceller *canceller);
/* False: it went away with the daemon. */
bool duet_canceller_works(const struct duet_canceller *canceller);

/* What streams are to be linked to instead of the devices. */
#define DUET_CANCELLER_SOURCE "duet-echo-source"
#define DUET_CANCELLER_SINK   "duet-echo-sink"

#endif
