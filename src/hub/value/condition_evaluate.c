/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "hub/value/bag.h"
#include "hub/value/condition_tree.h"

enum { SCRATCH = 1 << 20 };

enum kind { UNDEFINED, NIL, BOOL, NUMBER, TEXT, JSON };

struct value {
	enum kind kind;
	bool truth;
	double number;
	struct duet_slice text;
	const json_t *json; /* an array or an object */
};

/* An event while conditions look at it. */
struct looking {
	const struct duet_hub_event *event;
	struct duet_hub_bag bag;
	json_t *body; /* NULL: it is no JSON */
	struct duet_arena *scratch;
};

static struct value evaluate(struct looking *looking, const struct duet_hub_node *node);

static struct value undefined(void)
{
	return (struct value){.kind = UNDEFINED};
}

static struct value of_truth(bool truth)
{
	return (struct value){.kind = BOOL, .truth = truth};
}

static struct value of_number(double number)
{
	return (struct value){.kind = NUMBER, .number = number};
}

static struct value of_text(struct duet_slice text)
{
	return text.ptr ? (struct value){.kind = TEXT, .text = text} : undefined();
}

static struct value of_json(const json_t *json)
{
	if (!json)
		return undefined();
	if (json_is_null(json))
		return (struct value){.kind = NIL};
	if (json_is_boolean(json))
		return of_truth(json_is_true(json));
	if (json_is_number(json))
		return of_number(json_number_value(json));
	if (json_is_string(json))
		return of_text((struct duet_slice){json_string_value(json), json_string_length(json)});
	return (struct value){.kind = JSON, .json = json};
}

/* System properties by the names that conditions have for them; the others stand in the bag. */
static struct value system_property(const struct looking *looking, const char *name)
{
	static const struct {
		const char *name, *key;
	} rows[] = {{"messageId", "$.mid"},        {"correlationId", "$.cid"},  {"userId", "$.uid"},
		    {"contentType", "$.ct"},       {"contentEncoding", "$.ce"}, {"to", "$.to"},
		    {"expiryTimeUtc", "$.exp"},    {"outputName", "$.on"},      {"inputName", "$.ifid"},
		    {"creationTimeUtc", "$.ctime"}};
	const struct duet_hub_event *event = looking->event;

	if (strcasecmp(name, "connectionDeviceId") == 0)
		return of_text(event->device);
	if (strcasecmp(name, "connectionModuleId") == 0)
		return event->module.len ? of_text(event->module) : undefined();
	if (strcasecmp(name, "source") == 0)
		return of_text(duet_slice(duet_hub_event_source_name(event->source)));
	if (strcasecmp(name, "enqueuedTime") == 0)
		return of_number((double)event->enqueued_ms);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (strcasecmp(name, rows[i].name) == 0)
			return of_text(duet_hub_bag_find(&looking->bag, rows[i].key));
	return undefined();
}

static struct value body_member(const struct looking *looking, const struct duet_hub_node *step)
{
	const json_t *at = looking->body;

	for (; at && step; step = step->next) {
		if (step->text.ptr)
			at = json_object_get(at, step->text.ptr);
		else
			at = json_array_get(at, (size_t)step->number);
	}
	return of_json(at);
}

/* 0: equal; 1: not; -1: cannot be compared. */
static int differ(const struct value *a, const struct value *b)
{
	if (a->kind == UNDEFINED || b->kind == UNDEFINED)
		return -1;
	if (a->kind != b->kind)
		return 1;
	if (a->kind == BOOL)
		return a->truth != b->truth;
	if (a->kind == NUMBER)
		return a->number < b->number || a->number > b->number;
	if (a->kind == TEXT)
		return !duet_slice_equal(a->text, b->text);
	return a->kind == JSON ? !json_equal(a->json, b->json) : 0;
}

/* The order of two numbers or two texts; false: there is none. */
static bool order(const struct value *a, const struct value *b, int *order)
{
	size_t n = a->text.len < b->text.len ? a->text.len : b->text.len;

	if (a->kind == NUMBER && b->kind == NUMBER) {
		*order = a->number < b->number ? -1 : a->number > b->number;
		return true;
	}
	if (a->kind != TEXT || b->kind != TEXT)
		return false;
	*order = n ? memcmp(a->text.ptr, b->text.ptr, n) : 0;
	if (*order == 0)
		*order = a->text.len < b->text.len ? -1 : a->text.len > b->text.len;
	return true;
}

static struct value is_in(struct looking *looking, const struct value *left, const struct duet_hub_node *list)
{
	if (left->kind == UNDEFINED || list->kind != DUET_HUB_NODE_LIST)
		return undefined();
	for (const struct duet_hub_node *item = list->first; item; item = item->next) {
		struct value one = evaluate(looking, item);

		if (differ(left, &one) == 0)
			return of_truth(true);
	}
	return of_truth(false);
}

static struct value compute(enum duet_hub_operation operation, const struct value *a, const struct value *b)
{
	if (a->kind != NUMBER || b->kind != NUMBER)
		return undefined();
	switch (operation) {
	case DUET_HUB_OP_ADD:
		return of_number(a->number + b->number);
	case DUET_HUB_OP_SUBTRACT:
		return of_number(a->number - b->number);
	case DUET_HUB_OP_MULTIPLY:
		return of_number(a->number * b->number);
	case DUET_HUB_OP_DIVIDE:
		return b->number == 0 ? undefined() : of_number(a->number / b->number);
	default:
		return b->number == 0 ? undefined() : of_number(fmod(a->number, b->number));
	}
}

static struct value join(struct looking *looking, const struct value *a, const struct value *b)
{
	char *text;

	if (a->kind != TEXT || b->kind != TEXT)
		return undefined();
	text = duet_arena_printf(looking->scratch, "%.*s%.*s", (int)a->text.len, a->text.ptr,
				 (int)b->text.len, b->text.ptr);
	return of_text(duet_slice(text));
}

/* AND and OR of three values: what decides by itself decides, whatever is not there. */
static struct value connect(struct looking *looking, const struct duet_hub_node *node)
{
	bool decides = node->operation == DUET_HUB_OP_OR;
	struct value left = evaluate(looking, node->first), right;

	if (left.kind == BOOL && left.truth == decides)
		return left;
	right = evaluate(looking, node->first->next);
	if (right.kind == BOOL && right.truth == decides)
		return right;
	return left.kind == BOOL && right.kind == BOOL ? of_truth(!decides) : undefined();
}

static struct value compare(enum duet_hub_operation operation, const struct value *a, const struct value *b)
{
	int differs = differ(a, b), at;

	if (operation == DUET_HUB_OP_EQUAL)
		return differs < 0 ? undefined() : of_truth(differs == 0);
	if (operation == DUET_HUB_OP_UNEQUAL)
		return differs < 0 ? undefined() : of_truth(differs == 1);
	if (!order(a, b, &at))
		return undefined();
	switch (operation) {
	case DUET_HUB_OP_LESS:
		return of_truth(at < 0);
	case DUET_HUB_OP_LESS_EQUAL:
		return of_truth(at <= 0);
	case DUET_HUB_OP_MORE:
		return of_truth(at > 0);
	default:
		return of_truth(at >= 0);
	}
}

static struct value prefix(struct looking *looking, const struct duet_hub_node *node)
{
	struct value value = evaluate(looking, node->first);

	if (node->operation == DUET_HUB_OP_NEGATE)
		return value.kind == NUMBER ? of_number(-value.number) : undefined();
	return value.kind == BOOL ? of_truth(!value.truth) : undefined();
}

static struct value operate(struct looking *looking, const struct duet_hub_node *node)
{
	struct value left, right;

	if (node->operation == DUET_HUB_OP_AND || node->operation == DUET_HUB_OP_OR)
		return connect(looking, node);
	if (node->operation == DUET_HUB_OP_NOT || node->operation == DUET_HUB_OP_NEGATE)
		return prefix(looking, node);
	left = evaluate(looking, node->first);
	if (node->operation == DUET_HUB_OP_IN)
		return is_in(looking, &left, node->first->next);
	if (node->operation == DUET_HUB_OP_NOT_IN) {
		right = is_in(looking, &left, node->first->next);
		return right.kind == BOOL ? of_truth(!right.truth) : right;
	}
	right = evaluate(looking, node->first->next);
	if (node->operation == DUET_HUB_OP_JOIN)
		return join(looking, &left, &right);
	if (node->operation >= DUET_HUB_OP_ADD)
		return compute(node->operation, &left, &right);
	return compare(node->operation, &left, &right);
}

static struct value change_case(struct looking *looking, struct duet_slice text, int (*to)(int))
{
	char *copy = duet_arena_copy(looking->scratch, text);

	for (size_t i = 0; copy && i < text.len; i++)
		copy[i] = (char)((unsigned char)copy[i] < 0x80 ? to(copy[i]) : copy[i]);
	return copy ? of_text((struct duet_slice){copy, text.len}) : undefined();
}

static struct value length_of(const struct value *value)
{
	if (value->kind == JSON && json_is_array(value->json))
		return of_number((double)json_array_size(value->json));
	return value->kind == TEXT ? of_number((double)value->text.len) : undefined();
}

/* Properties are texts; this makes "21.5" comparable. */
static struct value as_number(struct looking *looking, const struct value *value)
{
	char *copy, *end;
	double number;

	if (value->kind == NUMBER || value->kind != TEXT || value->text.len == 0)
		return value->kind == NUMBER ? *value : undefined();
	copy = duet_arena_copy(looking->scratch, value->text);
	number = copy ? strtod(copy, &end) : 0;
	return copy && *end == '\0' && isfinite(number) ? of_number(number) : undefined();
}

static struct value match(enum duet_hub_function function, struct duet_slice text, struct duet_slice part)
{
	const char *from = text.ptr;

	if (part.len > text.len)
		return of_truth(false);
	if (function == DUET_HUB_FN_CONTAINS)
		return of_truth(part.len == 0 || memmem(text.ptr, text.len, part.ptr, part.len) != NULL);
	if (function == DUET_HUB_FN_ENDSWITH)
		from += text.len - part.len;
	return of_truth(part.len == 0 || memcmp(from, part.ptr, part.len) == 0);
}

static struct value is_of_kind(enum duet_hub_function function, const struct value *value)
{
	switch (function) {
	case DUET_HUB_FN_IS_NULL:
		return of_truth(value->kind == NIL);
	case DUET_HUB_FN_IS_NUMBER:
		return of_truth(value->kind == NUMBER);
	case DUET_HUB_FN_IS_STRING:
		return of_truth(value->kind == TEXT);
	case DUET_HUB_FN_IS_BOOL:
		return of_truth(value->kind == BOOL);
	case DUET_HUB_FN_IS_ARRAY:
		return of_truth(value->kind == JSON && json_is_array(value->json));
	case DUET_HUB_FN_IS_OBJECT:
		return of_truth(value->kind == JSON && json_is_object(value->json));
	default:
		return of_truth(value->kind != UNDEFINED);
	}
}

static struct value call(struct looking *looking, const struct duet_hub_node *node)
{
	struct value first = evaluate(looking, node->first), second;

	if (node->function <= DUET_HUB_FN_IS_OBJECT)
		return is_of_kind(node->function, &first);
	switch (node->function) {
	case DUET_HUB_FN_LENGTH:
		return length_of(&first);
	case DUET_HUB_FN_LOWER:
		return first.kind == TEXT ? change_case(looking, first.text, tolower) : undefined();
	case DUET_HUB_FN_UPPER:
		return first.kind == TEXT ? change_case(looking, first.text, toupper) : undefined();
	case DUET_HUB_FN_ABS:
		return first.kind == NUMBER ? of_number(fabs(first.number)) : undefined();
	case DUET_HUB_FN_AS_NUMBER:
		return as_number(looking, &first);
	default:
		second = evaluate(looking, node->first->next);
		return first.kind == TEXT && second.kind == TEXT
			       ? match(node->function, first.text, second.text)
			       : undefined();
	}
}

static struct value evaluate(struct looking *looking, const struct duet_hub_node *node)
{
	switch (node->kind) {
	case DUET_HUB_NODE_TEXT:
		return of_text(node->text);
	case DUET_HUB_NODE_NUMBER:
		return of_number(node->number);
	case DUET_HUB_NODE_TRUE:
	case DUET_HUB_NODE_FALSE:
		return of_truth(node->kind == DUET_HUB_NODE_TRUE);
	case DUET_HUB_NODE_NULL:
		return (struct value){.kind = NIL};
	case DUET_HUB_NODE_PROPERTY:
		return of_text(duet_hub_bag_find(&looking->bag, node->text.ptr));
	case DUET_HUB_NODE_SYSTEM:
		return system_property(looking, node->text.ptr);
	case DUET_HUB_NODE_BODY:
		return body_member(looking, node->first);
	case DUET_HUB_NODE_CALL:
		return call(looking, node);
	case DUET_HUB_NODE_OPERATE:
		return operate(looking, node);
	default:
		return undefined();
	}
}

bool duet_hub_condition_holds(const struct duet_hub_condition *condition, const struct duet_hub_event *event)
{
	struct looking looking;
	struct value value;

	if (!condition)
		return true;
	looking.event = event;
	looking.body = NULL;
	looking.scratch = duet_arena_new(SCRATCH);
	if (!looking.scratch)
		return false;
	/* A bag that cannot be read has no properties. */
	if (duet_hub_bag_parse(&looking.bag, event->properties) < 0)
		looking.bag.n_items = 0;
	if (condition->reads_body)
		looking.body = json_loadb(event->body.ptr, event->body.len, JSON_DECODE_ANY, NULL);
	value = evaluate(&looking, condition->root);
	json_decref(looking.body);
	duet_arena_free(looking.scratch);
	return value.kind == BOOL && value.truth;
}
