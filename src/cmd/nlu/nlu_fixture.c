/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/nlu/nlu_fixture.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "grammar/template.h"

enum { MAX_NAMES = 256, MAX_NAME_BYTES = 256 };

static int no_memory(struct duet_error *error)
{
	return duet_error_set(error, -ENOMEM, "out of memory");
}

/* YAML's own types: a number or a constant when it is not in quotes. */
static struct duet_datum plain_scalar(const struct duet_yaml_node *node)
{
	static const char *const constants[] = {"false", "true", "null", "~", ""};
	char *end;
	double number;

	for (size_t i = 0; i < sizeof(constants) / sizeof(*constants); i++)
		if (strcmp(node->text, constants[i]) == 0)
			return i < 2 ? duet_datum_boolean(i) : (struct duet_datum){.type = DUET_DATUM_NONE};
	number = strtod(node->text, &end);
	if (end == node->text || *end || strpbrk(node->text, "xXnN"))
		return duet_datum_text((struct duet_slice){node->text, node->text_len});
	return strpbrk(node->text, ".eE") ? duet_datum_real(number) : duet_datum_integer((int64_t)number);
}

static struct duet_datum collection(const struct duet_yaml_node *node, struct duet_arena *arena)
{
	struct duet_datum_list *list = duet_arena_alloc(arena, sizeof(*list));
	struct duet_datum_map *map = duet_arena_alloc(arena, sizeof(*map));
	bool is_map = node->kind == DUET_YAML_MAP;
	int rc = list && map ? 0 : -ENOMEM;

	for (const struct duet_yaml_node *child = node->first; child && rc == 0; child = child->next) {
		struct duet_datum item = nlu_datum(child, arena);

		rc = is_map ? duet_datum_put(arena, map, child->key->text, item)
			    : duet_datum_append(arena, list, item);
	}
	if (rc < 0)
		return (struct duet_datum){0};
	return is_map ? duet_datum_map(map) : duet_datum_list(list);
}

struct duet_datum nlu_datum(const struct duet_yaml_node *node, struct duet_arena *arena)
{
	if (node->kind != DUET_YAML_SCALAR)
		return collection(node, arena);
	return node->quoted ? duet_datum_text((struct duet_slice){node->text, node->text_len})
			    : plain_scalar(node);
}

static const char *text_of(const struct duet_yaml_node *map, const char *key)
{
	const struct duet_yaml_node *node = duet_yaml_get(map, key);

	return node && node->kind == DUET_YAML_SCALAR ? node->text : NULL;
}

/* A name may be a template, "Trader Joe[']s": all that it can be. */
struct expansion {
	char texts[MAX_NAMES][MAX_NAME_BYTES];
	size_t n;
};

static void append(struct expansion *e, size_t from, const char *text, size_t len)
{
	for (size_t i = from; i < e->n; i++) {
		size_t at = strlen(e->texts[i]);

		if (at + len < MAX_NAME_BYTES) {
			memcpy(e->texts[i] + at, text, len);
			e->texts[i][at + len] = '\0';
		}
	}
}

static void expand(struct expansion *e, const struct duet_template *node);

/* Each beginning goes on with each choice, the first choice of all first. */
static void expand_choice(struct expansion *e, const struct duet_template *node)
{
	struct expansion *begin = duet_alloc(sizeof(*begin)), *one = duet_alloc(sizeof(*one));
	size_t n = 0;

	if (begin && one) {
		*begin = *e;
		for (const struct duet_template *child = node->first; child; child = child->next) {
			*one = *begin;
			expand(one, child);
			for (size_t i = 0; i < one->n && n < MAX_NAMES; i++)
				memcpy(e->texts[n++], one->texts[i], MAX_NAME_BYTES);
		}
		e->n = n;
	}
	duet_free(begin);
	duet_free(one);
}

static void expand(struct expansion *e, const struct duet_template *node)
{
	if (node->kind == DUET_TEMPLATE_TEXT)
		append(e, 0, node->text.ptr, node->text.len);
	else if (node->kind == DUET_TEMPLATE_CHOICE && node->first)
		expand_choice(e, node);
	else
		for (const struct duet_template *child = node->first; child; child = child->next)
			expand(e, child);
}

/* What was left out leaves two spaces behind. */
static char *fold_spaces(char *text)
{
	char *to = text;

	for (const char *from = text; *from; from++)
		if (*from != ' ' || (to > text && to[-1] != ' '))
			*to++ = *from;
	if (to > text && to[-1] == ' ')
		to--;
	*to = '\0';
	return text;
}

static int copy_names(struct nlu_names *names, struct expansion *e, struct duet_arena *arena)
{
	names->names = duet_arena_alloc(arena, (e->n + 1) * sizeof(*names->names));
	for (; names->names && names->n_names < e->n; names->n_names++) {
		names->names[names->n_names] =
			duet_arena_copy(arena, duet_slice(fold_spaces(e->texts[names->n_names])));
		if (!names->names[names->n_names])
			return -ENOMEM;
	}
	return names->names ? 0 : -ENOMEM;
}

static int read_names(struct nlu_names *names, const char *name, struct duet_arena *arena,
		      struct duet_error *error)
{
	struct expansion *e = duet_calloc(1, sizeof(*e));
	struct duet_template *tree = e ? duet_template_parse(duet_slice(name), arena, error) : NULL;
	int rc = e ? -EINVAL : no_memory(error);

	if (tree) {
		e->n = 1;
		expand(e, tree);
		names->written = name;
		rc = copy_names(names, e, arena);
	}
	duet_free(e);
	return rc;
}

static int read_place(struct nlu_fixture *f, const struct duet_yaml_node *map, struct nlu_place **end,
		      struct duet_error *error)
{
	struct nlu_place *place = duet_arena_alloc(f->arena, sizeof(*place));
	const char *name = text_of(map, "name"), *id = text_of(map, "id"),
		   *here = text_of(map, "context_area");

	if (!place)
		return no_memory(error);
	if (!name)
		return duet_error_set(error, -EINVAL, "a place has no name");
	place->floor = text_of(map, "floor");
	place->is_here = here && strcmp(here, "true") == 0;
	place->names.id = id;
	*end = place;
	return read_names(&place->names, name, f->arena, error);
}

static int read_places(struct nlu_fixture *f, const struct duet_yaml_node *list, struct nlu_place **places,
		       struct duet_error *error)
{
	int rc = 0;

	while (*places)
		places = &(*places)->next;
	for (const struct duet_yaml_node *item = list ? list->first : NULL; item && rc == 0;
	     item = item->next) {
		rc = read_place(f, item, places, error);
		if (*places)
			places = &(*places)->next;
	}
	return rc;
}

/* "on", or {in: what a person says, out: what the home says}. */
static void read_state(struct nlu_entity *entity, const struct duet_yaml_node *state,
		       struct duet_arena *arena)
{
	const struct duet_yaml_node *in = NULL, *out = NULL;

	if (state && state->kind == DUET_YAML_MAP) {
		in = duet_yaml_get(state, "in");
		out = duet_yaml_get(state, "out");
	}
	entity->hass_state = out     ? nlu_datum(out, arena)
			     : state ? nlu_datum(state, arena)
				     : duet_datum_text(duet_slice("off"));
	entity->state = in ? nlu_datum(in, arena) : entity->hass_state;
}

/* What a response sees: {entity_id, name, state, state_with_unit, domain, attributes …}. */
static int describe(struct nlu_entity *entity, const struct duet_yaml_node *map, struct duet_arena *arena)
{
	const struct duet_yaml_node *attributes = duet_yaml_get(map, "attributes"),
				    *with_unit = duet_yaml_get(map, "state_with_unit");
	struct duet_datum_writer w = {.arena = arena};
	struct duet_datum_map *datum = duet_arena_alloc(arena, sizeof(*datum)),
			      *none = duet_arena_alloc(arena, sizeof(*none));
	struct duet_datum of = attributes ? nlu_datum(attributes, arena) : duet_datum_map(none), unit;
	int rc = datum && none && of.type == DUET_DATUM_MAP ? 0 : -ENOMEM;

	if (rc < 0)
		return rc;
	unit = duet_datum_get(of.map, duet_datum_text(duet_slice("unit_of_measurement")));
	duet_datum_write(&w, entity->state);
	if (duet_datum_truth(unit)) {
		duet_datum_printf(&w, " ");
		duet_datum_write(&w, unit);
	}
	const struct {
		const char *key;
		struct duet_datum value;
	} members[] = {
		{"entity_id", duet_datum_text(duet_slice(entity->names.id ? entity->names.id : ""))},
		{"name", duet_datum_text(duet_slice(entity->names.names[0]))},
		{"domain", duet_datum_text(duet_slice(entity->domain))},
		{"state", entity->state},
		{"hass_state", entity->hass_state},
		{"state_with_unit", with_unit ? nlu_datum(with_unit, arena)
					      : duet_datum_text((struct duet_slice){w.ptr, w.len})},
		{"attributes", of},
	};
	for (size_t i = 0; rc == 0 && i < sizeof(members) / sizeof(*members); i++)
		rc = duet_datum_put(arena, datum, members[i].key, members[i].value);
	entity->datum = duet_datum_map(datum);
	return w.code < 0 ? w.code : rc;
}

/* The domain and the attributes, for requires_context. */
static int read_context(struct nlu_entity *entity, const struct duet_yaml_node *map, struct duet_arena *arena)
{
	const struct duet_yaml_node *attributes = duet_yaml_get(map, "attributes");
	size_t n = attributes ? attributes->n_children : 0;

	entity->context = duet_arena_alloc(arena, (n + 1) * sizeof(*entity->context));
	if (!entity->context)
		return -ENOMEM;
	for (const struct duet_yaml_node *one = n ? attributes->first : NULL; one; one = one->next) {
		if (one->kind != DUET_YAML_SCALAR)
			continue;
		entity->context[entity->n_context++] =
			(struct duet_grammar_context){one->key->text, one->text};
		if (strcmp(one->key->text, "device_class") == 0)
			entity->device_class = one->text;
	}
	return 0;
}

static int read_entity(struct nlu_fixture *f, const struct duet_yaml_node *map, struct nlu_entity **end,
		       struct duet_error *error)
{
	struct nlu_entity *entity = duet_arena_alloc(f->arena, sizeof(*entity));
	const char *name = text_of(map, "name"), *id = text_of(map, "id"), *domain = text_of(map, "domain");
	int rc;

	if (!entity)
		return no_memory(error);
	if (!name || (!domain && !id))
		return duet_error_set(error, -EINVAL, "an entity needs a name, and an id or a domain");
	if (!domain)
		domain = duet_arena_copy(f->arena, (struct duet_slice){id, strcspn(id, ".")});
	if (!domain)
		return no_memory(error);
	entity->names.id = id;
	entity->domain = domain;
	entity->area = text_of(map, "area");
	rc = read_names(&entity->names, name, f->arena, error);
	if (rc < 0)
		return rc;
	read_state(entity, duet_yaml_get(map, "state"), f->arena);
	*end = entity;
	if (describe(entity, map, f->arena) < 0 || read_context(entity, map, f->arena) < 0)
		return no_memory(error);
	return 0;
}

int nlu_fixture_read(struct nlu_fixture *f, const struct duet_yaml_node *map, struct duet_arena *arena,
		     struct duet_error *error)
{
	const struct duet_yaml_node *entities, *timers, *media;
	struct nlu_entity **end = &f->entities;
	int rc;

	f->arena = arena;
	if (!map || map->kind != DUET_YAML_MAP)
		return 0;
	rc = read_places(f, duet_yaml_get(map, "floors"), &f->floors, error);
	if (rc == 0)
		rc = read_places(f, duet_yaml_get(map, "areas"), &f->areas, error);
	while (*end)
		end = &(*end)->next;
	entities = duet_yaml_get(map, "entities");
	for (const struct duet_yaml_node *item = entities ? entities->first : NULL; item && rc == 0;
	     item = item->next) {
		rc = read_entity(f, item, end, error);
		if (*end)
			end = &(*end)->next;
	}
	timers = duet_yaml_get(map, "timers");
	media = duet_yaml_get(map, "media");
	f->timers = timers ? timers : f->timers;
	f->media = media ? media : f->media;
	return rc;
}

static size_t count(const struct nlu_fixture *f)
{
	size_t n = 1;

	for (const struct nlu_place *p = f->floors; p; p = p->next)
		n += p->names.n_names;
	for (const struct nlu_place *p = f->areas; p; p = p->next)
		n += p->names.n_names;
	for (const struct nlu_entity *e = f->entities; e; e = e->next)
		n += e->names.n_names;
	return n;
}

static const char *meaning(const struct nlu_fixture *f, const struct nlu_names *names, size_t i)
{
	return f->as_written ? names->written : names->names[i];
}

static int fill_places(const struct nlu_fixture *f, const struct nlu_place *place,
		       struct duet_grammar *grammar, const char *list, struct duet_grammar_value *values,
		       struct duet_error *error)
{
	size_t n = 0;

	for (; place; place = place->next)
		for (size_t i = 0; i < place->names.n_names; i++)
			values[n++] = (struct duet_grammar_value){.text = place->names.names[i],
								  .value = meaning(f, &place->names, i)};
	return duet_grammar_fill(grammar, list, values, n, error);
}

int nlu_fixture_fill(const struct nlu_fixture *f, struct duet_grammar *grammar, struct duet_error *error)
{
	struct duet_grammar_value *values = duet_calloc(count(f), sizeof(*values));
	size_t n = 0;
	int rc;

	if (!values)
		return no_memory(error);
	rc = fill_places(f, f->floors, grammar, "floor", values, error);
	if (rc == 0)
		rc = fill_places(f, f->areas, grammar, "area", values, error);
	for (const struct nlu_entity *e = f->entities; e; e = e->next)
		for (size_t i = 0; i < e->names.n_names; i++)
			values[n++] = (struct duet_grammar_value){.text = e->names.names[i],
								  .value = meaning(f, &e->names, i),
								  .domain = e->domain,
								  .context = e->context,
								  .n_context = e->n_context};
	if (rc == 0)
		rc = duet_grammar_fill(grammar, "name", values, n, error);
	duet_free(values);
	return rc;
}

const char *nlu_fixture_here(const struct nlu_fixture *f)
{
	for (const struct nlu_place *p = f->areas; p; p = p->next)
		if (p->is_here)
			return meaning(f, &p->names, 0);
	return NULL;
}
