/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "response/datum.h"

enum { MAX_DEPTH = 32 };

/* Room for `n` more bytes and a NUL. */
static bool make_room(struct duet_datum_writer *w, size_t n)
{
	size_t room = w->room ? w->room : 64;
	char *grown;

	if (w->code < 0)
		return false;
	if (n > DUET_DATUM_MAX_BYTES - w->len) {
		w->code = -E2BIG;
		return false;
	}
	while (room <= w->len + n)
		room *= 2;
	if (room == w->room)
		return true;
	grown = duet_arena_alloc(w->arena, room);
	if (!grown) {
		w->code = -ENOMEM;
		return false;
	}
	if (w->len)
		memcpy(grown, w->ptr, w->len);
	w->ptr = grown;
	w->room = room;
	return true;
}

void duet_datum_write_bytes(struct duet_datum_writer *w, struct duet_slice bytes)
{
	if (bytes.len == 0 || !make_room(w, bytes.len))
		return;
	memcpy(w->ptr + w->len, bytes.ptr, bytes.len);
	w->len += bytes.len;
	w->ptr[w->len] = '\0';
}

void duet_datum_write_character(struct duet_datum_writer *w, int32_t character)
{
	char bytes[4];

	duet_datum_write_bytes(w, (struct duet_slice){bytes, duet_text_encode(character, bytes)});
}

void duet_datum_printf(struct duet_datum_writer *w, const char *format, ...)
{
	char text[512];
	va_list arguments;
	int len;

	va_start(arguments, format);
	len = vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	if (len < 0 || (size_t)len >= sizeof(text))
		w->code = w->code < 0 ? w->code : -E2BIG;
	else
		duet_datum_write_bytes(w, (struct duet_slice){text, (size_t)len});
}

/* The shortest digits that read back as the same number; with an exponent where Python has one. */
static void write_real(struct duet_datum_writer *w, double number)
{
	char text[40];
	int precision = 1, exponent;

	if (!isfinite(number)) {
		duet_datum_printf(w, "%s", isnan(number) ? "nan" : number > 0 ? "inf" : "-inf");
		return;
	}
	do
		snprintf(text, sizeof(text), "%.*e", precision - 1, number);
	while (strtod(text, NULL) != number && ++precision <= 17);
	exponent = (int)strtol(strchr(text, 'e') + 1, NULL, 10);
	if (exponent < -4 || exponent >= 16)
		duet_datum_printf(w, "%s", text);
	else if (precision - 1 > exponent)
		duet_datum_printf(w, "%.*f", precision - 1 - exponent, number);
	else
		duet_datum_printf(w, "%.1f", number);
}

static void write_moment(struct duet_datum_writer *w, struct duet_datum datum)
{
	const struct duet_datum_moment *m = datum.moment;

	if (datum.type == DUET_DATUM_DATE)
		duet_datum_printf(w, "%04d-%02d-%02d", m->year, m->month, m->day);
	else
		duet_datum_printf(w, "%02d:%02d:%02d", m->hour, m->minute, m->second);
}

static void write_text_quoted(struct duet_datum_writer *w, struct duet_slice text)
{
	const char *at = text.ptr ? text.ptr : "", *end = at + text.len;
	bool single = memchr(at, '\'', text.len), both = single && memchr(at, '"', text.len);
	char quote = single && !both ? '"' : '\'';

	duet_datum_write_bytes(w, (struct duet_slice){&quote, 1});
	for (; at < end; at++) {
		if (*at == '\n')
			duet_datum_printf(w, "\\n");
		else if (*at == '\t')
			duet_datum_printf(w, "\\t");
		else if (*at == '\\' || *at == quote)
			duet_datum_printf(w, "\\%c", *at);
		else
			duet_datum_write_bytes(w, (struct duet_slice){at, 1});
	}
	duet_datum_write_bytes(w, (struct duet_slice){&quote, 1});
}

static void write_at(struct duet_datum_writer *w, struct duet_datum datum, bool quoted, int depth);

static void write_list(struct duet_datum_writer *w, const struct duet_datum_list *list, int depth)
{
	duet_datum_printf(w, "[");
	for (size_t i = 0; i < list->n && w->code == 0; i++) {
		duet_datum_printf(w, "%s", i ? ", " : "");
		write_at(w, list->items[i], true, depth);
	}
	duet_datum_printf(w, "]");
}

static void write_map(struct duet_datum_writer *w, const struct duet_datum_map *map, int depth)
{
	duet_datum_printf(w, "{");
	for (size_t i = 0; i < map->n && w->code == 0; i++) {
		duet_datum_printf(w, "%s", i ? ", " : "");
		write_at(w, map->pairs[i].key, true, depth);
		duet_datum_printf(w, ": ");
		write_at(w, map->pairs[i].value, true, depth);
	}
	duet_datum_printf(w, "}");
}

static void write_at(struct duet_datum_writer *w, struct duet_datum datum, bool quoted, int depth)
{
	if (depth > MAX_DEPTH) {
		duet_datum_printf(w, "...");
		return;
	}
	switch (datum.type) {
	case DUET_DATUM_UNDEFINED:
		duet_datum_printf(w, "%s", quoted ? "Undefined" : "");
		break;
	case DUET_DATUM_NONE:
		duet_datum_printf(w, "None");
		break;
	case DUET_DATUM_BOOLEAN:
		duet_datum_printf(w, "%s", datum.boolean ? "True" : "False");
		break;
	case DUET_DATUM_INTEGER:
		duet_datum_printf(w, "%lld", (long long)datum.integer);
		break;
	case DUET_DATUM_REAL:
		write_real(w, datum.real);
		break;
	case DUET_DATUM_TEXT:
		if (quoted)
			write_text_quoted(w, datum.text);
		else
			duet_datum_write_bytes(w, datum.text);
		break;
	case DUET_DATUM_LIST:
		write_list(w, datum.list, depth + 1);
		break;
	case DUET_DATUM_MAP:
		write_map(w, datum.map, depth + 1);
		break;
	case DUET_DATUM_DATE:
	case DUET_DATUM_TIME:
		write_moment(w, datum);
		break;
	case DUET_DATUM_FUNCTION:
	case DUET_DATUM_MACRO:
		duet_datum_printf(w, "<function>");
		break;
	}
}

void duet_datum_write(struct duet_datum_writer *w, struct duet_datum datum)
{
	write_at(w, datum, false, 0);
}

void duet_datum_write_quoted(struct duet_datum_writer *w, struct duet_datum datum)
{
	write_at(w, datum, true, 0);
}
