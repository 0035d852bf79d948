/* SPDX-License-Identifier: Apache-2.0 */
#include "skill/home_target.h"

#include <errno.h>
#include <string.h>

#include "skill/home_about.h"
#include "skill/phrase.h"
#include "skill/request.h"

/* "Everything" is what goes on and off. */
static const char *const on_off[] = {"light", "switch", "fan", "media_player", "input_boolean"};

static int fail(struct duet_answer *answer, const char *key, json_t *take_vars)
{
	duet_answer_set(answer, DUET_ANSWER_FAILED, key, NULL, take_vars);
	return -ENOENT;
}

static void add_domain(struct duet_targets *targets, const struct duet_home *home,
		       struct duet_home_query query, const char *domain)
{
	query.domain = domain;
	targets->n += duet_home_find(home, &query, targets->list + targets->n, DUET_TARGETS_MAX - targets->n);
}

static void find(struct duet_targets *targets, const struct duet_home *home,
		 const struct duet_home_query *query)
{
	targets->n = 0;
	if (!query->domain || strcmp(query->domain, "all") != 0) {
		add_domain(targets, home, *query, query->domain);
		return;
	}
	for (size_t i = 0; i < sizeof(on_off) / sizeof(*on_off); i++)
		add_domain(targets, home, *query, on_off[i]);
}

static json_t *names_of_areas(const struct duet_targets *targets, const struct duet_home *home,
			      const char *language, const char *name)
{
	const char *names[8];
	size_t n = 0;
	char text[512];

	for (size_t i = 0; i < targets->n && n < 8; i++) {
		const struct duet_home_area *area =
			targets->list[i]->area ? duet_home_area(home, targets->list[i]->area) : NULL;

		if (area)
			names[n++] = duet_home_area_name(area, language);
	}
	return json_pack("{s:s, s:s}", "name", name, "areas",
			 duet_phrase_list(language, names, n, text, sizeof(text)));
}

/* Several things may have one name, in different rooms or of different kinds: the sentence knows the kind
 * (the matched one's domain), the room is said or is the speaker's own. */
static int find_named(struct duet_targets *targets, const struct duet_home *home,
		      const struct duet_request *request, const char *domain, struct duet_answer *answer)
{
	const char *name = duet_request_value(request, "name"), *said = duet_request_said(request, "name");
	const char *area = duet_request_value(request, "area"),
		   *area_said = duet_request_said(request, "area");
	struct duet_home_query query = {.name = name, .domain = domain};

	targets->named = true;
	said = said && said[0] ? said : name;
	find(targets, home, &query);
	if (targets->n == 0)
		return fail(answer, "no_entity", json_pack("{s:s}", "name", said));
	query.domain = targets->list[0]->domain;
	query.name = strcmp(targets->list[0]->id, name) == 0 ? targets->list[0]->name : name;
	if (area) {
		query.area = area;
		find(targets, home, &query);
		return targets->n ? 0
				  : fail(answer, "no_entity_in_area",
					 json_pack("{s:s, s:s}", "name", said, "area",
						   area_said ? area_said : area));
	}
	find(targets, home, &query);
	if (targets->n > 1 && request->area) {
		struct duet_targets here = {0};

		query.area = request->area;
		find(&here, home, &query);
		if (here.n == 1)
			targets->list[0] = here.list[0];
		targets->n = here.n == 1 ? 1 : targets->n;
	}
	if (targets->n > 1) {
		duet_answer_ask(answer, "choice", "which_entity",
				names_of_areas(targets, home, request->language, said),
				duet_home_choices(home, targets, request->language));
		return -ENOENT;
	}
	return 0;
}

static const char *place_name(const struct duet_home *home, const struct duet_home_query *query,
			      const struct duet_request *request)
{
	const char *said = duet_request_said(request, query->floor ? "floor" : "area");
	const struct duet_home_area *area = query->area ? duet_home_area(home, query->area) : NULL;

	if (said && said[0] && !query->area)
		return said;
	return area ? duet_home_area_name(area, request->language) : said ? said : "";
}

static int find_placed(struct duet_targets *targets, const struct duet_home *home,
		       const struct duet_request *request, const char *domain, struct duet_answer *answer)
{
	const char *name = duet_request_value(request, "name");
	bool everywhere = name && strcmp(name, "all") == 0;
	struct duet_home_query query = {.area = duet_request_value(request, "area"),
					.floor = duet_request_value(request, "floor"),
					.domain = domain,
					.device_class = duet_request_value(request, "device_class")};
	bool is_said = query.area || query.floor;

	if (!is_said && !everywhere)
		query.area = request->area;
	targets->area = is_said ? place_name(home, &query, request) : "";
	if (query.area && is_said && !duet_home_area(home, query.area))
		return fail(answer, "no_area", json_pack("{s:s}", "area", targets->area));
	find(targets, home, &query);
	if (targets->n == 0 && !is_said && query.device_class) { /* the garage door is nowhere near */
		query.area = NULL;
		find(targets, home, &query);
	}
	if (targets->n == 0)
		return fail(answer, "no_domain",
			    json_pack("{s:s, s:s}", "domain", domain ? domain : "", "area",
				      place_name(home, &query, request)));
	return 0;
}

static bool is_first_area(const struct duet_targets *targets, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (targets->list[i]->area == targets->list[n]->area ||
		    (targets->list[i]->area && targets->list[n]->area &&
		     strcmp(targets->list[i]->area, targets->list[n]->area) == 0))
			return false;
	}
	return targets->list[n]->area != NULL;
}

bool duet_targets_ask_area(const struct duet_targets *targets, const struct duet_home *home,
			   const struct duet_request *request, struct duet_answer *answer)
{
	const char *names[8], *language = request->language;
	size_t n = 0;
	char text[512];

	if (targets->named || request->area || duet_request_slot(request, "name") ||
	    duet_request_slot(request, "area") || duet_request_slot(request, "floor") ||
	    duet_request_slot(request, "device_class"))
		return false;
	for (size_t i = 0; i < targets->n && n < 8; i++) {
		const struct duet_home_area *area =
			is_first_area(targets, i) ? duet_home_area(home, targets->list[i]->area) : NULL;

		if (area)
			names[n++] = duet_home_area_name(area, language);
	}
	if (n < 2)
		return false;
	duet_answer_ask(answer, "area", "which_area",
			json_pack("{s:s}", "areas", duet_phrase_list(language, names, n, text, sizeof(text))),
			NULL);
	return true;
}

int duet_targets_find(struct duet_targets *targets, const struct duet_skill_host *host,
		      const struct duet_request *request, const char *domain, struct duet_answer *answer)
{
	const char *name = duet_request_value(request, "name");

	*targets = (struct duet_targets){.area = ""};
	if (!host->home || duet_home_count(host->home) == 0)
		return fail(answer, "no_home", NULL);
	if (!domain)
		domain = duet_request_value(request, "domain");
	if (name && strcmp(name, "all") != 0)
		return find_named(targets, host->home, request, domain, answer);
	return find_placed(targets, host->home, request, domain, answer);
}

size_t duet_targets_keep(struct duet_targets *targets, bool (*keep)(const struct duet_home_entity *entity))
{
	size_t n = 0;

	for (size_t i = 0; i < targets->n; i++) {
		if (keep(targets->list[i]))
			targets->list[n++] = targets->list[i];
	}
	targets->n = n;
	return n;
}

const char *duet_targets_names(const struct duet_targets *targets, const char *language, char *out,
			       size_t size)
{
	const char *names[DUET_TARGETS_MAX] = {NULL};

	for (size_t i = 0; i < targets->n; i++)
		names[i] = duet_home_name(targets->list[i], language);
	return duet_phrase_list(language, names, targets->n, out, size);
}

json_t *duet_targets_vars(const struct duet_targets *targets, const struct duet_request *request)
{
	char names[1024];
	const char *class_said = duet_request_said(request, "device_class");

	return json_pack("{s:s, s:i, s:s, s:s}", "names",
			 duet_targets_names(targets, request->language, names, sizeof(names)), "count",
			 (int)targets->n, "area", targets->area, "device_class",
			 class_said ? class_said : "");
}
