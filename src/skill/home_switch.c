/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "skill/home_skill.h"
#include "skill/request.h"

/* On and off, in the words of each kind of thing. */

static const struct verbs {
	const char *domain, *on, *off, *toggle;
} verbs[] = {
	{"light", "turn_on", "turn_off", "toggle"},
	{"switch", "turn_on", "turn_off", "toggle"},
	{"fan", "turn_on", "turn_off", "toggle"},
	{"input_boolean", "turn_on", "turn_off", "toggle"},
	{"media_player", "turn_on", "turn_off", "toggle"},
	{"climate", "turn_on", "turn_off", NULL},
	{"cover", "open_cover", "close_cover", "toggle"},
	{"lock", "lock", "unlock", NULL},
	{"scene", "turn_on", NULL, NULL},
	{"script", "turn_on", NULL, NULL},
};

enum way { ON, OFF, TOGGLE };

static const char *service_of(const char *domain, enum way way)
{
	for (size_t i = 0; i < sizeof(verbs) / sizeof(*verbs); i++) {
		if (strcmp(verbs[i].domain, domain) == 0)
			return way == ON ? verbs[i].on : way == OFF ? verbs[i].off : verbs[i].toggle;
	}
	return NULL;
}

static const char *choose_service(const void *user, const struct duet_home_entity *entity, json_t **take_data)
{
	const char *service = service_of(entity->domain, *(const enum way *)user);

	return service ? service : "none"; /* which no driver knows, so that the person is told */
}

static bool guards_the_house(const struct duet_home_entity *entity)
{
	static const char *const classes[] = {"garage", "gate", "door"};

	for (size_t i = 0; i < sizeof(classes) / sizeof(*classes); i++) {
		if (entity->device_class && strcmp(entity->device_class, classes[i]) == 0)
			return true;
	}
	return false;
}

/* What would let somebody in is asked about first. */
static bool lets_in(const struct duet_home *home, const struct duet_home_entity *entity, enum way way)
{
	bool is_cover = strcmp(entity->domain, "cover") == 0, is_lock = strcmp(entity->domain, "lock") == 0;

	if (is_lock)
		return way == OFF;
	if (!is_cover || !guards_the_house(entity))
		return false;
	return way == ON || (way == TOGGLE && strcmp(duet_home_state_text(home, entity), "closed") == 0);
}

static bool asks_first(const struct duet_home *home, const struct duet_targets *targets,
		       const struct duet_request *request, enum way way, struct duet_answer *answer)
{
	struct duet_targets risky = {.area = ""};

	if (request->confirmed)
		return false;
	for (size_t i = 0; i < targets->n; i++) {
		if (lets_in(home, targets->list[i], way))
			risky.list[risky.n++] = targets->list[i];
	}
	if (risky.n == 0)
		return false;
	duet_answer_set(answer, DUET_ANSWER_QUESTION,
			strcmp(risky.list[0]->domain, "lock") == 0 ? "confirm_unlock" : "confirm_open", NULL,
			duet_targets_vars(&risky, request));
	return true;
}

/* How a kind of thing is told of, when the sentence does not say. */
static const char *key_of(const struct duet_targets *targets)
{
	static const char *const own[] = {"cover", "lock", "scene", "script"};
	const char *domain = targets->list[0]->domain;

	for (size_t i = 0; i < sizeof(own) / sizeof(*own); i++) {
		if (strcmp(domain, own[i]) == 0)
			return own[i];
	}
	if (!targets->named && strcmp(domain, "light") == 0)
		return targets->area[0] ? "lights_area" : "lights";
	return "default";
}

static void switch_to(struct duet_home_skill *self, const struct duet_request *request,
		      struct duet_answer *answer, enum way way)
{
	static const char *const names[] = {"turn_on", "turn_off", "toggle"};
	struct duet_home_order order = {.what = names[way], .service = choose_service, .user = &way};
	struct duet_targets targets;

	if (duet_targets_find(&targets, self->host, request, NULL, answer) < 0 ||
	    duet_targets_ask_area(&targets, self->host->home, request, answer))
		return;
	order.key = request->response ? request->response : key_of(&targets);
	if (!asks_first(self->host->home, &targets, request, way, answer))
		duet_home_run(&self->jobs, request, &targets, &order, answer);
}

void duet_home_turn_on(struct duet_home_skill *self, const struct duet_request *request,
		       struct duet_answer *answer)
{
	switch_to(self, request, answer, ON);
}

void duet_home_turn_off(struct duet_home_skill *self, const struct duet_request *request,
			struct duet_answer *answer)
{
	switch_to(self, request, answer, OFF);
}

/* The answer says what it was switched to. */
void duet_home_toggle(struct duet_home_skill *self, const struct duet_request *request,
		      struct duet_answer *answer)
{
	enum way way = TOGGLE;
	struct duet_home_order order = {.what = "toggle", .service = choose_service, .user = &way};
	const char *state, *next;
	struct duet_targets targets;

	if (duet_targets_find(&targets, self->host, request, NULL, answer) < 0 ||
	    asks_first(self->host->home, &targets, request, way, answer))
		return;
	state = duet_home_state_text(self->host->home, targets.list[0]);
	next = strcmp(state, "off") == 0      ? "on"
	       : strcmp(state, "closed") == 0 ? "open"
	       : strcmp(state, "open") == 0   ? "closed"
					      : "off";
	order.key = strcmp(targets.list[0]->domain, "cover") == 0 ? "cover" : "default";
	order.take_vars = json_pack("{s:s}", "state", next);
	duet_home_run(&self->jobs, request, &targets, &order, answer);
}

/* One number for one service. */
struct setting {
	const char *service, *name;
	double number;
};

static const char *set_number(const void *user, const struct duet_home_entity *entity, json_t **take_data)
{
	const struct setting *setting = user;

	*take_data = json_pack("{s:f}", setting->name, setting->number);
	return setting->service;
}

void duet_home_set_position(struct duet_home_skill *self, const struct duet_request *request,
			    struct duet_answer *answer)
{
	struct setting setting = {"set_cover_position", "position", 0};
	struct duet_home_order order = {.what = "set_position",
					.key = request->response ? request->response : "default",
					.service = set_number,
					.user = &setting};
	struct duet_targets targets;

	if (duet_targets_find(&targets, self->host, request, "cover", answer) < 0)
		return;
	duet_request_number(request, "position", &setting.number);
	if (setting.number > 0 && asks_first(self->host->home, &targets, request, ON, answer))
		return;
	order.take_vars = json_pack("{s:i}", "position", (int)setting.number);
	duet_home_run(&self->jobs, request, &targets, &order, answer);
}

static const char *stop_cover(const void *user, const struct duet_home_entity *entity, json_t **take_data)
{
	return "stop_cover";
}

void duet_home_stop_cover(struct duet_home_skill *self, const struct duet_request *request,
			  struct duet_answer *answer)
{
	struct duet_home_order order = {.what = "stop_cover", .key = "default", .service = stop_cover};
	struct duet_targets targets;

	if (duet_targets_find(&targets, self->host, request, "cover", answer) == 0)
		duet_home_run(&self->jobs, request, &targets, &order, answer);
}

void duet_home_fan_speed(struct duet_home_skill *self, const struct duet_request *request,
			 struct duet_answer *answer)
{
	struct setting setting = {"set_percentage", "percentage", 0};
	struct duet_home_order order = {
		.what = "set_percentage", .key = "default", .service = set_number, .user = &setting};
	struct duet_targets targets;

	if (duet_targets_find(&targets, self->host, request, "fan", answer) < 0)
		return;
	duet_request_number(request, "percentage", &setting.number);
	order.take_vars = json_pack("{s:i}", "percentage", (int)setting.number);
	duet_home_run(&self->jobs, request, &targets, &order, answer);
}
