/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "base/text.h"
#include "response/letters.h"
#include "response/response.h"
#include "response/run.h"

/* Statements. */

enum { MAX_STEPS = 200000, MAX_DEPTH = 400 };

static const struct duet_response_node *at(const struct duet_response_run *run, uint16_t number)
{
	return duet_response_node_at(&run->program, number);
}

static struct duet_slice text_of(const struct duet_response_run *run, const struct duet_response_node *n)
{
	return duet_response_text_of(&run->program, n);
}

static void assign(struct duet_response_run *run, struct duet_slice name, struct duet_datum value)
{
	if (!run->failed && duet_datum_set(run->arena, &run->scope->names, duet_datum_text(name), value) < 0)
		duet_response_no_memory(run);
}

/* The next of "a,b". */
static struct duet_slice next_name(struct duet_slice *names)
{
	const char *comma = names->len ? memchr(names->ptr, ',', names->len) : NULL;
	struct duet_slice name = {names->ptr, comma ? (size_t)(comma - names->ptr) : names->len};
	size_t used = name.len + (comma != NULL);

	*names = (struct duet_slice){names->ptr + used, names->len - used};
	return name;
}

/* One value to one name, its items to several. */
static void assign_all(struct duet_response_run *run, struct duet_slice names, struct duet_datum value)
{
	const struct duet_datum_list *items;
	size_t n = 0;

	if (!names.len || !memchr(names.ptr, ',', names.len)) {
		assign(run, names, value);
		return;
	}
	items = duet_response_items(run, value);
	for (; items && names.len && n < items->n && !run->failed; n++)
		assign(run, next_name(&names), items->items[n]);
	if (!run->failed && (names.len || n < items->n))
		duet_response_fail(run, "there are not as many values as names");
}

/* The new scope, or NULL; `leave` goes back. */
static struct duet_response_scope *enter(struct duet_response_run *run, struct duet_response_scope *outer)
{
	struct duet_response_scope *scope = run->failed ? NULL : duet_arena_alloc(run->arena, sizeof(*scope));

	if (run->failed)
		return NULL;
	if (!scope) {
		duet_response_no_memory(run);
		return NULL;
	}
	scope->outer = outer;
	run->scope = scope;
	return scope;
}

/* {index: 1, …} of a round, in the map of the round before. */
static void assign_loop(struct duet_response_run *run, struct duet_datum_map *loop,
			const struct duet_datum_list *items, size_t i)
{
	const struct {
		const char *name;
		struct duet_datum value;
	} members[] = {
		{"index", duet_datum_integer((int64_t)i + 1)},
		{"index0", duet_datum_integer((int64_t)i)},
		{"first", duet_datum_boolean(i == 0)},
		{"last", duet_datum_boolean(i + 1 == items->n)},
		{"length", duet_datum_integer((int64_t)items->n)},
		{"revindex", duet_datum_integer((int64_t)(items->n - i))},
		{"revindex0", duet_datum_integer((int64_t)(items->n - i) - 1)},
		{"previtem", i ? items->items[i - 1] : (struct duet_datum){0}},
		{"nextitem", i + 1 < items->n ? items->items[i + 1] : (struct duet_datum){0}},
	};
	int rc = 0;

	for (size_t k = 0; rc == 0 && k < sizeof(members) / sizeof(*members); k++)
		rc = duet_datum_put(run->arena, loop, members[k].name, members[k].value);
	if (rc < 0)
		duet_response_no_memory(run);
	else
		assign(run, duet_slice("loop"), duet_datum_map(loop));
}

/* Begins a round of a loop: what the one before has set is forgotten, and its memory used again. */
static bool begin_round(struct duet_response_run *run, struct duet_slice names, struct duet_datum item)
{
	if (!duet_response_spend(run, 1))
		return false;
	run->scope->names.n = 0;
	assign_all(run, names, item);
	return !run->failed;
}

/* Those of the items for which the condition of the loop holds. */
static const struct duet_datum_list *filtered(struct duet_response_run *run,
					      const struct duet_response_node *n,
					      const struct duet_datum_list *items)
{
	const struct duet_response_node *condition = at(run, at(run, n->first)->next);
	struct duet_datum_list *chosen = condition ? duet_response_list_new(run) : NULL;

	if (!condition)
		return items;
	for (size_t i = 0; chosen && i < items->n && begin_round(run, text_of(run, n), items->items[i]); i++)
		if (duet_datum_truth(duet_response_evaluate(run, condition)))
			duet_response_add(run, chosen, items->items[i]);
	return chosen;
}

static void render_rounds(struct duet_response_run *run, const struct duet_response_node *n,
			  const struct duet_datum_list *items)
{
	struct duet_datum_map *loop = duet_arena_alloc(run->arena, sizeof(*loop));

	if (!loop)
		duet_response_no_memory(run);
	for (size_t i = 0; i < items->n && begin_round(run, text_of(run, n), items->items[i]); i++) {
		assign_loop(run, loop, items, i);
		duet_response_render_nodes(run, at(run, n->second));
	}
}

static void render_for(struct duet_response_run *run, const struct duet_response_node *n)
{
	struct duet_datum over = duet_response_evaluate(run, at(run, n->first));
	struct duet_response_scope *outer = run->scope;
	const struct duet_datum_list *items =
		run->failed || !n->first ? NULL : duet_response_items(run, over);

	if (items && enter(run, outer))
		items = filtered(run, n, items);
	if (items && !run->failed)
		render_rounds(run, n, items);
	run->scope = outer;
	if (items && items->n == 0)
		duet_response_render_nodes(run, at(run, n->third));
}

/* What a body writes, as a value. */
static struct duet_datum captured(struct duet_response_run *run, const struct duet_response_node *body)
{
	struct duet_datum_writer w = duet_response_writer(run), *out = run->out;

	run->out = &w;
	duet_response_render_nodes(run, body);
	run->out = out;
	return duet_response_written(run, &w);
}

static void set_block(struct duet_response_run *run, const struct duet_response_node *n)
{
	struct duet_response_scope *outer = run->scope;
	struct duet_datum value = {0};

	if (enter(run, outer))
		value = captured(run, at(run, n->first));
	run->scope = outer;
	assign(run, text_of(run, n), value);
}

static void set_member(struct duet_response_run *run, const struct duet_response_node *n)
{
	struct duet_datum of = duet_response_evaluate(run, at(run, n->first));
	struct duet_datum value = duet_response_evaluate(run, at(run, n->second));

	if (run->failed)
		return;
	if (of.type != DUET_DATUM_MAP)
		duet_response_fail(run, "only a namespace has members that can be set");
	else if (duet_datum_set(run->arena, of.map, duet_datum_text(text_of(run, n)), value) < 0)
		duet_response_no_memory(run);
}

static void define(struct duet_response_run *run, const struct duet_response_node *n)
{
	struct duet_response_macro *macro = duet_arena_alloc(run->arena, sizeof(*macro));

	if (!macro) {
		duet_response_no_memory(run);
		return;
	}
	*macro = (struct duet_response_macro){n, run->scope};
	assign(run, text_of(run, n), (struct duet_datum){.type = DUET_DATUM_MACRO, .macro = macro});
}

/* The argument that is called `name`, else the one at this place, else what the macro says. */
static struct duet_datum argument(struct duet_response_run *run, const struct duet_response_node *parameter,
				  const struct duet_response_arguments *arguments, size_t place)
{
	for (size_t i = 0; i < arguments->n; i++)
		if (arguments->names[i].len && duet_slice_equal(arguments->names[i], text_of(run, parameter)))
			return arguments->values[i];
	if (place < arguments->n && !arguments->names[place].len)
		return arguments->values[place];
	return duet_response_evaluate(run, at(run, parameter->first));
}

struct duet_datum duet_response_call_macro(struct duet_response_run *run,
					   const struct duet_response_macro *macro,
					   const struct duet_response_arguments *arguments)
{
	struct duet_response_scope *outer = run->scope;
	struct duet_datum result = {0};
	size_t place = 0;

	if (enter(run, macro->scope)) {
		for (const struct duet_response_node *p = at(run, macro->node->first); p && !run->failed;
		     p = at(run, p->next))
			assign(run, text_of(run, p), argument(run, p, arguments, place++));
		result = captured(run, at(run, macro->node->second));
	}
	run->scope = outer;
	return result;
}

static void render_node(struct duet_response_run *run, const struct duet_response_node *n)
{
	switch ((enum duet_response_kind)n->kind) {
	case DUET_RESPONSE_WRITE:
		duet_datum_write_bytes(run->out, text_of(run, n));
		break;
	case DUET_RESPONSE_OUTPUT:
		duet_datum_write(run->out, duet_response_evaluate(run, at(run, n->first)));
		break;
	case DUET_RESPONSE_FOR:
		render_for(run, n);
		break;
	case DUET_RESPONSE_SET:
		assign_all(run, text_of(run, n), duet_response_evaluate(run, at(run, n->first)));
		break;
	case DUET_RESPONSE_SET_BLOCK:
		set_block(run, n);
		break;
	case DUET_RESPONSE_SET_MEMBER:
		set_member(run, n);
		break;
	case DUET_RESPONSE_MACRO:
		define(run, n);
		break;
	default:
		duet_response_fail(run, "the response is damaged");
		break;
	}
}

/* The branch of an if that holds: elif and else are the third of the one before. */
static const struct duet_response_node *branch(struct duet_response_run *run,
					       const struct duet_response_node *n)
{
	while (n && n->kind == DUET_RESPONSE_IF && !run->failed) {
		if (duet_datum_truth(duet_response_evaluate(run, at(run, n->first))))
			return at(run, n->second);
		n = at(run, n->third);
		if (n && n->next) /* a whole body */
			return n;
	}
	return n;
}

void duet_response_render_nodes(struct duet_response_run *run, const struct duet_response_node *n)
{
	if (++run->depth > MAX_DEPTH)
		duet_response_fail(run, "the response is nested too deeply");
	for (; n && duet_response_spend(run, 1); n = at(run, n->next)) {
		if (n->kind == DUET_RESPONSE_IF)
			duet_response_render_nodes(run, branch(run, n));
		else
			render_node(run, n);
		if (run->out->code == -ENOMEM)
			duet_response_no_memory(run);
		else if (run->out->code < 0)
			duet_response_fail(run, "the response is too long");
	}
	run->depth--;
}

/* Runs of white space, of any script, become one space; none at the ends. */
static char *fold_space(struct duet_slice text, struct duet_arena *arena)
{
	char *folded = duet_arena_alloc(arena, text.len + 1), *to = folded;
	const char *before = text.ptr;
	int32_t c;

	for (; folded && (c = duet_text_next(&text)) >= 0; before = text.ptr) {
		if (!duet_response_is_space(c)) {
			memcpy(to, before, (size_t)(text.ptr - before));
			to += text.ptr - before;
		} else if (to > folded && to[-1] != ' ') {
			*to++ = ' ';
		}
	}
	if (folded && to > folded && to[-1] == ' ')
		to--;
	if (folded)
		*to = '\0';
	return folded;
}

const char *duet_response_render(struct duet_slice program, const struct duet_datum_map *vars,
				 struct duet_arena *arena, struct duet_error *error)
{
	struct duet_datum_writer out = {.arena = arena};
	struct duet_response_scope given = {0}, own = {.outer = &given};
	struct duet_response_run run = {
		.program = duet_response_program(program),
		.arena = arena,
		.error = error,
		.scope = &own,
		.out = &out,
		.budget = MAX_STEPS,
	};
	char *text = NULL;

	if (vars)
		given.names = *vars;
	duet_response_render_nodes(&run, at(&run, run.program.header->root));
	if (!run.failed)
		text = fold_space((struct duet_slice){out.ptr ? out.ptr : "", out.len}, arena);
	if (!run.failed && !text)
		duet_response_no_memory(&run);
	return text;
}

const char *duet_response_render_json(struct duet_slice program, const json_t *vars, struct duet_arena *arena,
				      struct duet_error *error)
{
	struct duet_datum copy = {0};

	if (duet_datum_from_json(arena, vars, &copy) < 0) {
		duet_error_set(error, -ENOMEM, "the response takes too much memory");
		return NULL;
	}
	return duet_response_render(program, copy.type == DUET_DATUM_MAP ? copy.map : NULL, arena, error);
}
