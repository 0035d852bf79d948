/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "skill/home_job.h"
#include "skill/request.h"
#include "skill/skills.h"

/* Pause, go on, next, back: of what another assistant plays here, else of a player of the house, else of what
 * the speaker itself plays. */

struct media {
	const struct duet_skill_host *host;
	struct duet_home_jobs jobs;
};

static const struct command {
	const char *intent, *service, *state; /* what a player must be doing to be meant without its name */
	enum duet_control control;
} commands[] = {
	{"HassMediaPause", "media_pause", "playing", DUET_CONTROL_PAUSE},
	{"HassMediaUnpause", "media_play", "paused", DUET_CONTROL_RESUME},
	{"HassMediaNext", "media_next_track", "playing", DUET_CONTROL_NEXT},
	{"HassMediaPrevious", "media_previous_track", "playing", DUET_CONTROL_PREVIOUS},
};

static const char *service_of(const void *user, const struct duet_home_entity *entity, json_t **take_data)
{
	return ((const struct command *)user)->service;
}

/* The players that are in that state, in this room if there are any. */
static void find_busy(struct duet_targets *targets, const struct duet_home *home, const char *area,
		      const char *state)
{
	struct duet_home_query query = {.domain = "media_player", .area = area};
	size_t n;

	*targets = (struct duet_targets){.area = ""};
	n = duet_home_find(home, &query, targets->list, DUET_TARGETS_MAX);
	for (size_t i = 0; i < n; i++) {
		if (strcmp(duet_home_state_text(home, targets->list[i]), state) == 0)
			targets->list[targets->n++] = targets->list[i];
	}
	if (targets->n == 0 && area)
		find_busy(targets, home, NULL, state);
}

static void command(struct media *media, const struct duet_request *request, const struct command *what,
		    struct duet_answer *answer)
{
	struct duet_home_order order = {
		.what = what->service, .key = "default", .service = service_of, .user = what};
	struct duet_targets targets = {.area = ""};

	if (duet_request_slot(request, "name")) {
		if (duet_targets_find(&targets, media->host, request, "media_player", answer) < 0)
			return;
	} else if (media->host->home && !(request->controls & 1U << what->control)) {
		find_busy(&targets, media->host->home, request->area, what->state);
	}
	if (targets.n > 0) {
		duet_home_run(&media->jobs, request, &targets, &order, answer);
		return;
	}
	duet_answer_set(answer, DUET_ANSWER_SILENCE, NULL,
			json_pack("{s:s, s:s}", "skill", "media", "do", what->service), NULL);
	answer->control = what->control;
}

static int media_open(void *state, const struct duet_skill_host *host, struct duet_error *error)
{
	struct media *media = state;

	media->host = host;
	media->jobs.host = host;
	return 0;
}

static void media_handle(void *state, const struct duet_request *request, struct duet_answer *answer)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++) {
		if (duet_request_is(request, commands[i].intent))
			command(state, request, &commands[i], answer);
	}
}

static void media_close(void *state)
{
	duet_home_jobs_done(&((struct media *)state)->jobs);
}

const struct duet_skill duet_skill_media = {
	.name = "media",
	.intents = (const char *const[]){"HassMediaPause", "HassMediaUnpause", "HassMediaNext",
					 "HassMediaPrevious", NULL},
	.state_size = sizeof(struct media),
	.open = media_open,
	.handle = media_handle,
	.close = media_close,
};
