/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_HUB_SESSION_H
#define DUET_HUB_SESSION_H

#include <stdbool.h>

#include "hub/hub.h"

/*
 * One MQTT connection of a device, a module, or a device that asks to be provisioned, from CONNECT to its
 * end. Lives on one loop; only its references may be counted from other threads.
 */
struct duet_session;
struct duet_stream;

/* Takes the stream, also when it fails: from MQTT's listener, or after an upgrade to WebSocket with the
 * sub-protocol "mqtt". 0 or -ENOMEM. */
int duet_session_new(struct duet_hub_loop *loop, struct duet_stream *take_stream, bool is_websocket);

/* "device" or "device/module"; "" before CONNECT was accepted. */
const char *duet_session_target(const struct duet_session *session);
struct duet_hub_loop *duet_session_loop(const struct duet_session *session);
void duet_session_ref(struct duet_session *session);
void duet_session_unref(struct duet_session *session);
/* On its loop: logs why and ends the connection; the will is published. */
void duet_session_end(struct duet_session *session, const char *why);
void duet_session_kill(struct duet_session *session); /* at once, without a word */
struct duet_session *duet_session_next(
	const struct duet_session *session); /* on the loop; NULL: the last one */
/* Those of the loop that have sent something since the last call: the registry is told. */
void duet_session_note_active(struct duet_hub_loop *loop);

/* The wall clock was set: whoever's token or certificate has expired by it goes. */
void duet_session_clock_set(struct duet_hub_loop *loop);

/* For duet_hub_lane_new, with the loop: those who waited for the lane go on. */
void duet_session_lane_ready(void *user);

#endif
