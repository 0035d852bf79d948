/* SPDX-License-Identifier: Apache-2.0 */
#include "dialog/endpoint.h"

/* The end of the wake word, a click or a cough is not yet a word; "yes" and "stop" are longer. */
enum { MIN_VOICE_MS = 120 };

void duet_endpoint_init(struct duet_endpoint *endpoint, const struct duet_endpoint_times *times)
{
	*endpoint = (struct duet_endpoint){.times = *times};
}

bool duet_endpoint_spoken(const struct duet_endpoint *endpoint)
{
	return endpoint->voiced_ms >= MIN_VOICE_MS;
}

int duet_endpoint_quiet_ms(const struct duet_endpoint *endpoint)
{
	return endpoint->now_ms - endpoint->last_voice_ms;
}

bool duet_endpoint_asks(const struct duet_endpoint *endpoint)
{
	int next_ms = duet_endpoint_quiet_ms(endpoint) + DUET_ENDPOINT_FRAME_MS;

	return duet_endpoint_spoken(endpoint) && next_ms >= endpoint->times.complete_ms &&
	       next_ms < endpoint->times.open_ms;
}

enum duet_verdict duet_endpoint_frame(struct duet_endpoint *endpoint, bool voiced, bool complete)
{
	const struct duet_endpoint_times *times = &endpoint->times;
	int quiet_ms;

	endpoint->now_ms += DUET_ENDPOINT_FRAME_MS;
	if (voiced) {
		endpoint->voiced_ms += DUET_ENDPOINT_FRAME_MS;
		endpoint->last_voice_ms = endpoint->now_ms;
	}
	quiet_ms = duet_endpoint_quiet_ms(endpoint);
	if (duet_endpoint_spoken(endpoint) && quiet_ms >= (complete ? times->complete_ms : times->open_ms))
		return DUET_VERDICT_ENDED;
	if (!duet_endpoint_spoken(endpoint) && endpoint->now_ms >= times->silence_ms)
		return DUET_VERDICT_SILENCE;
	return endpoint->now_ms >= times->longest_ms ? DUET_VERDICT_ENDLESS : DUET_VERDICT_GO_ON;
}
