/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "base/text.h"
#include "cmd/nlu/nlu_fixture.h"

/*
 * What a response is told: the slots, and what of the home, the timers and the
 * media they mean. The rules are those of the suites, so that the expected
 * texts hold.
 */

enum { MAX_NAME_BYTES = 512 };

/* When all tests are said. */
static const struct duet_datum_moment now = {2013, 9, 17, 1, 2, 0};

static bool same_name(const char *a, struct duet_datum b)
{
	char folded[2][MAX_NAME_BYTES];

	return a && b.type == DUET_DATUM_TEXT &&
	       duet_text_normalise(duet_slice(a), true, folded[0], MAX_NAME_BYTES) >= 0 &&
	       duet_text_normalise(b.text, true, folded[1], MAX_NAME_BYTES) >= 0 &&
	       strcmp(folded[0], folded[1]) == 0;
}

static bool has_name(const struct nlu_names *names, struct duet_datum name)
{
	for (size_t i = 0; i < names->n_names; i++)
		if (same_name(names->names[i], name))
			return true;
	return same_name(names->written, name);
}

/* By its id or by any name. */
static const struct nlu_place *find_place(const struct nlu_place *place, const char *key)
{
	for (; key && place; place = place->next)
		if ((place->names.id && strcmp(place->names.id, key) == 0) ||
		    has_name(&place->names, duet_datum_text(duet_slice(key))))
			return place;
	return NULL;
}

static bool is_wanted(struct duet_datum wanted, struct duet_datum value)
{
	if (wanted.type == DUET_DATUM_UNDEFINED || duet_datum_equal(wanted, value))
		return true;
	for (size_t i = 0; wanted.type == DUET_DATUM_LIST && i < wanted.list->n; i++)
		if (duet_datum_equal(wanted.list->items[i], value))
			return true;
	return false;
}

static bool is_wanted_text(struct duet_datum wanted, const char *value)
{
	return is_wanted(wanted, value ? duet_datum_text(duet_slice(value))
				       : (struct duet_datum){.type = DUET_DATUM_NONE});
}

static const char *domain_of_intent(const char *intent)
{
	static const char *const domains[][2] = {{"HassClimateGetTemperature", "climate"},
						 {"HassClimateSetTemperature", "climate"},
						 {"HassGetWeather", "weather"}};

	for (size_t i = 0; i < sizeof(domains) / sizeof(*domains); i++)
		if (strcmp(intent, domains[i][0]) == 0)
			return domains[i][1];
	return NULL;
}

/* The slots that say which entities are meant. */
struct query {
	struct duet_datum name, area, floor, domain, device_class, state;
	const char *own_domain;
	bool strict; /* what is named must be where it is said to be */
};

/* What has the same id is the same under another name. */
static bool same_place(const struct nlu_place *a, const struct nlu_place *b)
{
	return a == b || (b && a->names.id && b->names.id && strcmp(a->names.id, b->names.id) == 0);
}

/* A place that nobody has heard of is where those are that are in none. */
static bool is_at(const struct nlu_place *places, struct duet_datum wanted, const char *key)
{
	const struct nlu_place *place =
		wanted.type == DUET_DATUM_TEXT ? find_place(places, wanted.text.ptr) : NULL;

	if (wanted.type == DUET_DATUM_UNDEFINED)
		return true;
	return place ? same_place(place, find_place(places, key)) : !key;
}

static bool is_meant(const struct nlu_fixture *f, const struct nlu_entity *entity, const struct query *q)
{
	const struct nlu_place *area = find_place(f->areas, entity->area);
	bool anywhere = q->name.type != DUET_DATUM_UNDEFINED && !q->strict;

	return (!q->own_domain || strcmp(entity->domain, q->own_domain) == 0) &&
	       (q->name.type == DUET_DATUM_UNDEFINED || has_name(&entity->names, q->name)) &&
	       (anywhere || (is_at(f->areas, q->area, entity->area) &&
			     is_at(f->floors, q->floor, area ? area->floor : NULL))) &&
	       is_wanted_text(q->domain, entity->domain) &&
	       is_wanted_text(q->device_class, entity->device_class);
}

static struct query query_of(const struct duet_match *match, const struct nlu_view *view,
			     struct duet_arena *arena)
{
	return (struct query){
		.name = nlu_slot_value(match, "name", arena),
		.area = nlu_slot_value(match, "area", arena),
		.floor = nlu_slot_value(match, "floor", arena),
		.domain = nlu_slot_value(match, "domain", arena),
		.device_class = nlu_slot_value(match, "device_class", arena),
		.state = nlu_slot_value(match, "state", arena),
		.own_domain = domain_of_intent(match->intent),
		.strict = view->search,
	};
}

/* {matched: […], unmatched: […], total_results: n}; `*first` is the state that is told of. */
static int put_query(const struct nlu_fixture *f, const struct duet_match *match, const struct nlu_view *view,
		     struct duet_arena *arena, struct duet_datum_map *vars, struct duet_datum_list **matched)
{
	struct query q = query_of(match, view, arena);
	struct duet_datum_list *lists[2] = {duet_arena_alloc(arena, sizeof(*lists[0])),
					    duet_arena_alloc(arena, sizeof(*lists[1]))};
	struct duet_datum_map *query = duet_arena_alloc(arena, sizeof(*query));
	struct duet_datum first = {.type = DUET_DATUM_NONE};
	int rc = lists[0] && lists[1] && query ? 0 : -ENOMEM;

	for (const struct nlu_entity *e = f->entities; e && rc == 0; e = e->next)
		if (is_meant(f, e, &q))
			rc = duet_datum_append(arena, lists[!is_wanted(q.state, e->hass_state)], e->datum);
	if (rc < 0)
		return rc;
	*matched = lists[0];
	if (lists[0]->n || lists[1]->n)
		first = lists[lists[0]->n == 0]->items[0];
	if (duet_datum_put(arena, query, "matched", duet_datum_list(lists[0])) < 0 ||
	    duet_datum_put(arena, query, "unmatched", duet_datum_list(lists[1])) < 0 ||
	    duet_datum_put(arena, query, "total_results",
			   duet_datum_integer((int64_t)(lists[0]->n + lists[1]->n))) < 0 ||
	    duet_datum_put(arena, vars, "query", duet_datum_map(query)) < 0 ||
	    duet_datum_put(arena, vars, "state", first) < 0)
		return -ENOMEM;
	return 0;
}

static struct duet_datum text_key(const char *key)
{
	return duet_datum_text(duet_slice(key));
}

/* state_attr(entity_id, name) among the matched states. */
static int state_attr(void *user, struct duet_arena *arena, const struct duet_datum *arguments,
		      size_t n_arguments, struct duet_datum *result)
{
	const struct duet_datum_list *states = user;

	*result = (struct duet_datum){.type = DUET_DATUM_NONE};
	for (size_t i = 0; n_arguments == 2 && i < states->n; i++) {
		const struct duet_datum_map *state = states->items[i].map;
		struct duet_datum attributes = duet_datum_get(state, text_key("attributes"));

		if (!duet_datum_equal(duet_datum_get(state, text_key("entity_id")), arguments[0]))
			continue;
		if (attributes.type == DUET_DATUM_MAP)
			*result = duet_datum_get(attributes.map, arguments[1]);
		if (result->type == DUET_DATUM_UNDEFINED)
			result->type = DUET_DATUM_NONE;
		break;
	}
	return 0;
}

static int put_state_attr(struct duet_arena *arena, struct duet_datum_map *vars,
			  struct duet_datum_list *matched)
{
	struct duet_datum_function *function = duet_arena_alloc(arena, sizeof(*function));

	if (!function)
		return -ENOMEM;
	*function = (struct duet_datum_function){state_attr, matched};
	return duet_datum_put(arena, vars, "state_attr",
			      (struct duet_datum){.type = DUET_DATUM_FUNCTION, .function = function});
}

static struct duet_datum folded(struct duet_datum text, struct duet_arena *arena)
{
	char copy[MAX_NAME_BYTES];
	const char *kept;

	if (text.type != DUET_DATUM_TEXT || duet_text_normalise(text.text, true, copy, sizeof(copy)) < 0)
		return text;
	kept = duet_arena_copy(arena, duet_slice(copy));
	return kept ? duet_datum_text(duet_slice(kept)) : text;
}

/* A timer with all that it may lack. */
static struct duet_datum timer_of(const struct nlu_fixture *f, const struct duet_yaml_node *node, bool folds,
				  struct duet_arena *arena)
{
	static const char *const numbers[] = {
		"start_hours",          "start_minutes",        "start_seconds",     "rounded_hours_left",
		"rounded_minutes_left", "rounded_seconds_left", "total_seconds_left"};
	struct duet_datum timer = nlu_datum(node, arena), area;
	const struct nlu_place *place;
	int rc = timer.type == DUET_DATUM_MAP ? 0 : -ENOMEM;

	for (size_t i = 0; rc == 0 && i < sizeof(numbers) / sizeof(*numbers); i++)
		if (duet_datum_get(timer.map, text_key(numbers[i])).type == DUET_DATUM_UNDEFINED)
			rc = duet_datum_put(arena, timer.map, numbers[i], duet_datum_integer(0));
	if (rc == 0 && duet_datum_get(timer.map, text_key("is_active")).type == DUET_DATUM_UNDEFINED)
		rc = duet_datum_put(arena, timer.map, "is_active", duet_datum_boolean(folds));
	if (rc == 0 && duet_datum_get(timer.map, text_key("name")).type == DUET_DATUM_UNDEFINED)
		rc = duet_datum_put(arena, timer.map, "name", text_key(""));
	if (rc < 0)
		return (struct duet_datum){0};
	area = duet_datum_get(timer.map, text_key("area"));
	place = area.type == DUET_DATUM_TEXT ? f->areas : NULL;
	while (place && !(place->names.id && strcmp(place->names.id, area.text.ptr) == 0))
		place = place->next;
	area = place ? text_key(place->names.written) : area.type == DUET_DATUM_TEXT ? area : text_key("");
	rc = duet_datum_put(arena, timer.map, "area", folds ? folded(area, arena) : area);
	if (rc == 0 && folds)
		rc = duet_datum_put(arena, timer.map, "name",
				    folded(duet_datum_get(timer.map, text_key("name")), arena));
	if (rc < 0)
		return (struct duet_datum){0};
	return timer;
}

static bool asks_for_timers(const char *intent)
{
	static const char *const intents[] = {"HassTimerStatus",   "HassCancelTimer",   "HassCancelAllTimers",
					      "HassIncreaseTimer", "HassDecreaseTimer", "HassPauseTimer",
					      "HassUnpauseTimer"};

	for (size_t i = 0; i < sizeof(intents) / sizeof(*intents); i++)
		if (strcmp(intent, intents[i]) == 0)
			return true;
	return false;
}

/* Of the times that a timer was set to, all must be as said, those that were not said too. */
static bool timer_meant(const struct duet_datum_map *timer, const struct duet_match *match,
			struct duet_arena *arena)
{
	static const char *const starts[] = {"start_hours", "start_minutes", "start_seconds"};
	struct duet_datum name = nlu_slot_value(match, "name", arena),
			  area = nlu_slot_value(match, "area", arena), said[3];
	bool any = false, all = true;

	for (int i = 0; i < 3; i++) {
		said[i] = nlu_slot_value(match, starts[i], arena);
		any |= said[i].type != DUET_DATUM_UNDEFINED;
		if (said[i].type == DUET_DATUM_UNDEFINED)
			said[i] = duet_datum_integer(0);
		all &= duet_datum_equal(said[i], duet_datum_get(timer, text_key(starts[i])));
	}
	if (any && !all)
		return false;
	if (name.type == DUET_DATUM_TEXT &&
	    !duet_datum_equal(folded(name, arena), duet_datum_get(timer, text_key("name"))))
		return false;
	return area.type != DUET_DATUM_TEXT ||
	       duet_datum_equal(folded(area, arena), duet_datum_get(timer, text_key("area")));
}

static int put_timers(const struct nlu_fixture *f, const struct duet_match *match,
		      const struct nlu_view *view, struct duet_arena *arena, struct duet_datum_map *slots)
{
	const struct duet_yaml_node *timers = view->timers ? view->timers : f->timers;
	struct duet_datum_list *list = duet_arena_alloc(arena, sizeof(*list));
	int rc = list ? 0 : -ENOMEM;

	if (view->search && !asks_for_timers(match->intent))
		timers = NULL;
	for (const struct duet_yaml_node *node = timers ? timers->first : NULL; node && rc == 0;
	     node = node->next) {
		struct duet_datum timer = timer_of(f, node, view->search, arena);

		if (timer.type != DUET_DATUM_MAP)
			rc = -ENOMEM;
		else if (!view->search || timer_meant(timer.map, match, arena))
			rc = duet_datum_append(arena, list, timer);
	}
	if (rc == 0)
		rc = duet_datum_put(arena, slots, "timers", duet_datum_list(list));
	if (rc == 0)
		rc = duet_datum_put(arena, slots, "canceled", duet_datum_integer((int64_t)list->n));
	return rc;
}

/* The first that was found. */
static int put_media(const struct nlu_fixture *f, const struct duet_match *match, const struct nlu_view *view,
		     struct duet_arena *arena, struct duet_datum_map *slots)
{
	const struct duet_yaml_node *media = view->media ? view->media : f->media;
	struct duet_datum wanted = nlu_slot_value(match, "search_query", arena);

	if (view->search && strcmp(match->intent, "HassMediaSearchAndPlay") != 0)
		return 0;
	for (const struct duet_yaml_node *node = media ? media->first : NULL; node; node = node->next) {
		const struct duet_yaml_node *title = duet_yaml_get(node, "title");
		struct duet_datum found = nlu_datum(node, arena);

		if (!view->search || (title && duet_datum_equal(nlu_datum(title, arena), wanted)))
			return found.type == DUET_DATUM_UNDEFINED
				       ? -ENOMEM
				       : duet_datum_put(arena, slots, "media", found);
	}
	return 0;
}

static struct duet_datum value_of(const struct duet_slot *slot)
{
	double number = slot->value.number;

	if (slot->value.kind == DUET_VALUE_TEXT)
		return duet_datum_text(duet_slice(slot->value.text));
	if (slot->value.kind != DUET_VALUE_NUMBER)
		return (struct duet_datum){.type = DUET_DATUM_NONE};
	if (number > -1e15 && number < 1e15 && number == (double)(int64_t)number)
		return duet_datum_integer((int64_t)number);
	return duet_datum_real(number);
}

struct duet_datum nlu_slot_value(const struct duet_match *match, const char *name, struct duet_arena *arena)
{
	struct duet_datum value = {0};
	struct duet_datum_list *list = NULL;

	for (size_t i = 0; i < match->n_slots; i++) {
		struct duet_datum one = value_of(&match->slots[i]);

		if (strcmp(match->slots[i].name, name) != 0)
			continue;
		if (value.type == DUET_DATUM_UNDEFINED) {
			value = one;
			continue;
		}
		if (!list) {
			list = duet_arena_alloc(arena, sizeof(*list));
			if (!list || duet_datum_append(arena, list, value) < 0)
				return value;
			value = duet_datum_list(list);
		}
		if (duet_datum_append(arena, list, one) < 0)
			return value;
	}
	return value;
}

/* What was said where anything was, else what is meant. */
static struct duet_datum shown(const struct duet_match *match, const struct duet_slot *slot,
			       const struct nlu_view *view, struct duet_arena *arena)
{
	bool has_words = slot->source != DUET_SLOT_FIXED && slot->source != DUET_SLOT_CONTEXT;

	if ((view->said || slot->value.kind == DUET_VALUE_NUMBER) && has_words && slot->text[0])
		return duet_datum_text(duet_slice(slot->text));
	return nlu_slot_value(match, slot->name, arena);
}

static int put_slots(const struct nlu_fixture *f, const struct duet_match *match, const struct nlu_view *view,
		     struct duet_arena *arena, struct duet_datum_map *vars)
{
	struct duet_datum_map *slots = duet_arena_alloc(arena, sizeof(*slots));
	int rc = slots ? 0 : -ENOMEM;

	for (size_t i = 0; rc == 0 && i < match->n_slots; i++)
		rc = duet_datum_put(arena, slots, match->slots[i].name,
				    shown(match, &match->slots[i], view, arena));
	if (rc == 0)
		rc = put_timers(f, match, view, arena, slots);
	if (rc == 0)
		rc = put_media(f, match, view, arena, slots);
	if (rc == 0)
		rc = duet_datum_put(arena, slots, "date",
				    (struct duet_datum){.type = DUET_DATUM_DATE, .moment = &now});
	if (rc == 0)
		rc = duet_datum_put(arena, slots, "time",
				    (struct duet_datum){.type = DUET_DATUM_TIME, .moment = &now});
	return rc < 0 ? rc : duet_datum_put(arena, vars, "slots", duet_datum_map(slots));
}

int nlu_fixture_vars(const struct nlu_fixture *f, const struct duet_match *match, const struct nlu_view *view,
		     struct duet_arena *arena, struct duet_datum_map **vars)
{
	struct duet_datum_list *matched = NULL;
	int rc;

	*vars = duet_arena_alloc(arena, sizeof(**vars));
	rc = *vars ? put_slots(f, match, view, arena, *vars) : -ENOMEM;
	if (rc == 0)
		rc = put_query(f, match, view, arena, *vars, &matched);
	return rc < 0 ? rc : put_state_attr(arena, *vars, matched);
}
