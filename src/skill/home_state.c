/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "skill/home_about.h"
#include "skill/home_skill.h"
#include "skill/phrase.h"
#include "skill/request.h"

/* Questions: is it on, which are open, what does the sensor say. */

/* A door's sensor says "on" where a person says "open". */
static const char *said_state(const struct duet_home *home, const struct duet_home_entity *entity)
{
	const char *state = duet_home_state_text(home, entity);

	if (strcmp(entity->domain, "binary_sensor") != 0)
		return state;
	return strcmp(state, "on") == 0 ? "open" : strcmp(state, "off") == 0 ? "closed" : state;
}

/* "On" is whatever is not off: a player that plays, a cover that opens. */
static bool is_in_state(const struct duet_home *home, const struct duet_home_entity *entity,
			const char *asked)
{
	const char *state = said_state(home, entity);

	if (strcmp(state, "unavailable") == 0 || strcmp(state, "unknown") == 0)
		return false;
	if (strcmp(asked, "on") == 0)
		return strcmp(state, "off") != 0;
	if (strcmp(asked, "open") == 0)
		return strcmp(state, "closed") != 0;
	return strcmp(state, asked) == 0;
}

static json_t *act(const struct duet_targets *targets)
{
	json_t *entities = json_array();

	for (size_t i = 0; i < targets->n; i++)
		json_array_append_new(entities, json_string(targets->list[i]->id));
	return json_pack("{s:s, s:s, s:o}", "skill", "home", "do", "get_state", "entities", entities);
}

static void one(const struct duet_home *home, const struct duet_targets *targets,
		const struct duet_request *request, struct duet_answer *answer)
{
	const struct duet_home_entity *entity = targets->list[0];
	const char *asked = duet_request_value(request, "state"),
		   *unit = json_string_value(duet_home_attribute(home, entity, "unit_of_measurement"));
	const char *state = said_state(home, entity), *name = duet_home_name(entity, request->language);

	if (strcmp(state, "unavailable") == 0 || strcmp(state, "unknown") == 0) {
		duet_answer_set(answer, DUET_ANSWER_FAILED, "unavailable", NULL,
				json_pack("{s:s, s:i}", "names", name, "count", 1));
		return;
	}
	duet_answer_set(answer, DUET_ANSWER_REPLY,
			request->response ? request->response
			: asked           ? "one_yesno"
					  : "one",
			act(targets),
			json_pack("{s:s, s:s, s:s, s:b}", "name", name, "state", state, "unit",
				  unit ? unit : "", "yes", asked && is_in_state(home, entity, asked)));
}

/* Of several: those that are in the state (for "all": those that are not). */
static void several(const struct duet_home *home, struct duet_targets *targets,
		    const struct duet_request *request, struct duet_answer *answer)
{
	const char *asked = duet_request_value(request, "state");
	bool all = strcmp(request->response, "all") == 0;
	json_t *vars;
	size_t n = 0;

	for (size_t i = 0; i < targets->n; i++) {
		if (is_in_state(home, targets->list[i], asked ? asked : "on") != all)
			targets->list[n++] = targets->list[i];
	}
	targets->n = n;
	vars = duet_targets_vars(targets, request);
	json_object_set_new(vars, "yes", json_boolean(all ? n == 0 : n > 0));
	json_object_set_new(vars, "state", json_string(asked ? asked : "on"));
	duet_answer_set(answer, DUET_ANSWER_REPLY, request->response, act(targets), vars);
}

/* Windows and doors are watched by contacts, and some move by themselves: whatever of the kind there is. A
 * blind or a curtain in front of a window is none. */
static int find_openings(struct duet_targets *targets, const struct duet_skill_host *host,
			 const struct duet_request *request, const char *kind, struct duet_answer *answer)
{
	static const struct {
		const char *kind, *classes[4];
	} kinds[] = {{"window", {"window", "opening"}},
		     {"door", {"door", "garage_door", "garage", "gate"}},
		     {"garage", {"garage", "garage_door"}},
		     {"gate", {"gate"}}};
	struct duet_home_query query = {.area = duet_request_value(request, "area")};
	const struct duet_home_area *area =
		host->home && query.area ? duet_home_area(host->home, query.area) : NULL;

	if (!host->home || duet_home_count(host->home) == 0) {
		duet_answer_set(answer, DUET_ANSWER_FAILED, "no_home", NULL, NULL);
		return -ENOENT;
	}
	*targets = (struct duet_targets){.area = area ? duet_home_area_name(area, request->language) : ""};
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		for (size_t c = 0; strcmp(kinds[i].kind, kind) == 0 && c < 4 && kinds[i].classes[c]; c++) {
			query.device_class = kinds[i].classes[c];
			targets->n += duet_home_find(host->home, &query, targets->list + targets->n,
						     DUET_TARGETS_MAX - targets->n);
		}
	}
	if (targets->n)
		return 0;
	duet_answer_set(answer, DUET_ANSWER_FAILED, "no_opening", NULL,
			json_pack("{s:s}", "area", targets->area));
	return -ENOENT;
}

static const char *opening_of(const struct duet_request *request)
{
	const char *class = duet_request_value(request, "device_class");

	return class && strcmp(class, "window") == 0 ? class : duet_request_value(request, "opening");
}

void duet_home_get_state(struct duet_home_skill *self, const struct duet_request *request,
			 struct duet_answer *answer)
{
	struct duet_request everywhere = *request;
	struct duet_targets targets;
	bool is_named = duet_request_slot(request, "name") != NULL;
	json_t *it;

	if (!is_named)
		everywhere.area = NULL; /* "are any lights on?" asks about the whole house */
	if (is_named || !opening_of(request)
		    ? duet_targets_find(&targets, self->host, &everywhere, NULL, answer) < 0
		    : find_openings(&targets, self->host, request, opening_of(request), answer) < 0)
		return;
	it = duet_home_it(&targets, request);
	if (!is_named && targets.n > 1 && !duet_request_slot(request, "area") &&
	    !duet_request_slot(request, "floor"))
		json_object_set_new(json_object_get(it, "slots"), "name", json_string("all"));
	if (is_named || !request->response)
		one(self->host->home, &targets, request, answer);
	else
		several(self->host->home, &targets, request, answer);
	answer->it = it;
}
