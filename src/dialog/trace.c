/* SPDX-License-Identifier: Apache-2.0 */
#include "dialog/trace.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "duet/skill.h"
#include "duet/slice.h"
#include "store/store.h"

static const char journal[] = "turns";

const char *duet_stage_name(enum duet_stage stage)
{
	static const char *const names[DUET_N_STAGES] = {
		[DUET_STAGE_WAKE] = "wake",         [DUET_STAGE_LISTEN] = "listen",
		[DUET_STAGE_ENDPOINT] = "endpoint", [DUET_STAGE_FINAL] = "final",
		[DUET_STAGE_MEANING] = "meaning",   [DUET_STAGE_ACT] = "act",
		[DUET_STAGE_SPEECH] = "speech",     [DUET_STAGE_FIRST_SAMPLE] = "first_sample",
	};

	return (unsigned)stage < DUET_N_STAGES ? names[stage] : NULL;
}

json_t *duet_trace_value(const struct duet_value *value)
{
	double number = value->number;

	if (value->kind == DUET_VALUE_TEXT)
		return json_string(value->text);
	if (value->kind != DUET_VALUE_NUMBER)
		return json_null();
	if (number > -1e15 && number < 1e15 && number == (double)(json_int_t)number)
		return json_integer((json_int_t)number);
	return json_real(number);
}

int duet_trace_keep(struct duet_store *store, const json_t *turn, int keep)
{
	char *text;
	int64_t ticket;

	if (keep <= 0)
		return 0;
	text = json_dumps(turn, JSON_COMPACT);
	if (!text)
		return -ENOMEM;
	ticket = duet_store_append(store, journal, duet_slice(text), keep);
	free(text);
	return ticket < 0 ? (int)ticket : 0;
}

struct reading {
	bool (*each)(void *user, const json_t *turn);
	void *user;
};

static bool read_entry(void *user, int64_t number, struct duet_slice entry)
{
	const struct reading *reading = user;
	json_t *turn = json_loadb(entry.ptr, entry.len, 0, NULL);
	bool more = turn ? reading->each(reading->user, turn) : true;

	json_decref(turn);
	return more;
}

int duet_trace_each(struct duet_store *store, bool (*each)(void *user, const json_t *turn), void *user)
{
	struct reading reading = {each, user};

	return duet_store_journal(store, journal, read_entry, &reading);
}

static bool read_number(void *user, const json_t *turn)
{
	json_int_t *last = user;

	*last = json_integer_value(json_object_get(turn, "turn"));
	return true;
}

json_int_t duet_trace_last(struct duet_store *store)
{
	json_int_t last = 0;

	duet_trace_each(store, read_number, &last);
	return last;
}

static int by_size(const void *a, const void *b)
{
	const double *left = a, *right = b;

	return (*left > *right) - (*left < *right);
}

double duet_trace_percentile(double *values, size_t n, double percent)
{
	size_t rank;

	if (n == 0)
		return 0;
	qsort(values, n, sizeof(*values), by_size);
	rank = (size_t)ceil(percent / 100 * (double)n);
	return values[rank ? rank - 1 : 0];
}
