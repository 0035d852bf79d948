/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_RESPONSE_DATUM_H
#define DUET_RESPONSE_DATUM_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "duet/slice.h"

/*
 * What a response reckons with: values as Python has them, because that is what
 * the templates were written for. Small, copied freely; whatever is behind a
 * pointer lies in an arena and lives as long.
 */
enum duet_datum_type {
	DUET_DATUM_UNDEFINED, /* a name that nobody gave: reads as "", as no items, as false */
	DUET_DATUM_NONE,
	DUET_DATUM_BOOLEAN,
	DUET_DATUM_INTEGER,
	DUET_DATUM_REAL,
	DUET_DATUM_TEXT,
	DUET_DATUM_LIST, /* tuples too */
	DUET_DATUM_MAP,  /* dicts and namespaces */
	DUET_DATUM_DATE,
	DUET_DATUM_TIME,
	DUET_DATUM_FUNCTION, /* what the program gives to call */
	DUET_DATUM_MACRO,
};

struct duet_datum {
	enum duet_datum_type type;
	union {
		bool boolean;
		int64_t integer;
		double real;
		struct duet_slice text;
		struct duet_datum_list *list;
		struct duet_datum_map *map;
		const struct duet_datum_moment *moment;
		const struct duet_datum_function *function;
		const struct duet_response_macro *macro;
	};
};

struct duet_datum_list {
	struct duet_datum *items;
	size_t n, room;
};

/* In the order in which keys were added. */
struct duet_datum_map {
	struct duet_datum_pair *pairs;
	size_t n, room;
};

struct duet_datum_pair {
	struct duet_datum key, value;
};

struct duet_datum_moment {
	int year, month, day, hour, minute, second;
};

struct duet_datum_function {
	/* The result may be UNDEFINED; 0 or negative errno. */
	int (*call)(void *user, struct duet_arena *arena, const struct duet_datum *arguments,
		    size_t n_arguments, struct duet_datum *result);
	void *user;
};

static inline struct duet_datum duet_datum_boolean(bool value)
{
	return (struct duet_datum){.type = DUET_DATUM_BOOLEAN, .boolean = value};
}

static inline struct duet_datum duet_datum_integer(int64_t value)
{
	return (struct duet_datum){.type = DUET_DATUM_INTEGER, .integer = value};
}

static inline struct duet_datum duet_datum_real(double value)
{
	return (struct duet_datum){.type = DUET_DATUM_REAL, .real = value};
}

static inline struct duet_datum duet_datum_text(struct duet_slice text)
{
	return (struct duet_datum){.type = DUET_DATUM_TEXT, .text = text};
}

static inline struct duet_datum duet_datum_map(struct duet_datum_map *map)
{
	return (struct duet_datum){.type = DUET_DATUM_MAP, .map = map};
}

static inline struct duet_datum duet_datum_list(struct duet_datum_list *list)
{
	return (struct duet_datum){.type = DUET_DATUM_LIST, .list = list};
}

/* 0 or -ENOMEM. A key that is there already gets the new value. */
int duet_datum_append(struct duet_arena *arena, struct duet_datum_list *list, struct duet_datum item);
int duet_datum_set(struct duet_arena *arena, struct duet_datum_map *map, struct duet_datum key,
		   struct duet_datum value);
int duet_datum_put(struct duet_arena *arena, struct duet_datum_map *map, const char *key,
		   struct duet_datum value);

/* UNDEFINED: no such key. */
struct duet_datum duet_datum_get(const struct duet_datum_map *map, struct duet_datum key);

/* A copy in the arena; 0 or -ENOMEM. Numbers keep their kind. */
int duet_datum_from_json(struct duet_arena *arena, const json_t *json, struct duet_datum *datum);

bool duet_datum_is_number(struct duet_datum datum); /* true and false are */
double duet_datum_number(struct duet_datum datum);  /* 0 when it is none */
bool duet_datum_truth(struct duet_datum datum);
bool duet_datum_equal(struct duet_datum a, struct duet_datum b);
/* False when the two have no order; else `*order` is less than, equal to or more than 0. */
bool duet_datum_compare(struct duet_datum a, struct duet_datum b, int *order);

/* Text that grows in an arena, up to DUET_DATUM_MAX_BYTES. */
#define DUET_DATUM_MAX_BYTES 65536

struct duet_datum_writer {
	struct duet_arena *arena;
	char *ptr;
	size_t len, room;
	int code; /* -ENOMEM, -E2BIG: what follows is dropped */
};

void duet_datum_write_bytes(struct duet_datum_writer *writer, struct duet_slice bytes);
void duet_datum_write_character(struct duet_datum_writer *writer, int32_t character);
void duet_datum_printf(struct duet_datum_writer *writer, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* As Python's str() writes it; and as repr(), which puts text into quotes. */
void duet_datum_write(struct duet_datum_writer *writer, struct duet_datum datum);
void duet_datum_write_quoted(struct duet_datum_writer *writer, struct duet_datum datum);

#endif
