/* SPDX-License-Identifier: Apache-2.0 */
#include "base/zone.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/zone_rule.h"

#define DAY_S        86400
#define MAX_TZIF     65536 /* the largest in tzdata has 4 KB */
#define MAX_CHANGES  4096
#define HEADER_BYTES 44

struct change {
	int64_t at;
	int offset_s; /* from then on */
};

struct duet_zone {
	struct duet_zone_rule rule; /* for moments after the last change */
	bool has_rule;
	int first_offset_s; /* before the first change */
	size_t n_changes;
	struct change changes[];
};

/* Howard Hinnant's days_from_civil: years begin in March, so that the leap day is their last. */
int64_t duet_civil_days(int year, int month, int day)
{
	int64_t months = (int64_t)year * 12 + (month - 3);
	int64_t y = months >= 0 ? months / 12 : (months - 11) / 12;
	int64_t m = months - y * 12;
	int64_t era = y >= 0 ? y / 400 : (y - 399) / 400;
	int64_t year_of_era = y - era * 400;
	int64_t day_of_year = (153 * m + 2) / 5 + day - 1;

	return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}

void duet_civil_from_days(int64_t days, struct duet_civil *civil)
{
	int64_t z = days + 719468;
	int64_t era = (z >= 0 ? z : z - 146096) / 146097;
	int64_t day_of_era = z - era * 146097;
	int64_t year = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
	int64_t day_of_year = day_of_era - (365 * year + year / 4 - year / 100);
	int64_t month = (5 * day_of_year + 2) / 153;

	*civil = (struct duet_civil){
		.year = (int)(year + era * 400 + (month >= 10)),
		.month = (int)(month < 10 ? month + 3 : month - 9),
		.day = (int)(day_of_year - (153 * month + 2) / 5 + 1),
		.weekday = (enum duet_weekday)(((days % 7) + 7 + 3) % 7), /* 1970-01-01 was a Thursday */
	};
}

static uint32_t be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static int64_t be64(const uint8_t *p)
{
	return (int64_t)((uint64_t)be32(p) << 32 | be32(p + 4));
}

/* The counts of a TZif header and where its block's parts lie. */
struct block {
	uint32_t n_utc, n_std, n_leaps, n_times, n_types, n_chars;
	size_t time_size;
	const uint8_t *data;
};

static size_t block_size(const struct block *b)
{
	return b->n_times * (b->time_size + 1) + b->n_types * (size_t)6 + b->n_chars +
	       b->n_leaps * (b->time_size + 4) + b->n_std + b->n_utc;
}

static int read_header(struct duet_slice *in, size_t time_size, struct block *b, int *version)
{
	const uint8_t *p = (const uint8_t *)in->ptr;

	if (in->len < HEADER_BYTES || memcmp(p, "TZif", 4) != 0)
		return -EINVAL;
	*version = p[4];
	*b = (struct block){be32(p + 20), be32(p + 24), be32(p + 28), be32(p + 32),
			    be32(p + 36), be32(p + 40), time_size,    p + HEADER_BYTES};
	if (b->n_times > MAX_CHANGES || b->n_types == 0 || b->n_types > 256 || b->n_chars > 4096 ||
	    b->n_leaps > 1024 || b->n_std > 256 || b->n_utc > 256)
		return -EINVAL;
	if (in->len - HEADER_BYTES < block_size(b))
		return -EINVAL;
	in->ptr += HEADER_BYTES + block_size(b);
	in->len -= HEADER_BYTES + block_size(b);
	return 0;
}

static int read_changes(struct duet_zone *zone, const struct block *b)
{
	const uint8_t *types = b->data + b->n_times * b->time_size;
	const uint8_t *infos = types + b->n_times;

	zone->first_offset_s = (int32_t)be32(infos);
	for (size_t i = 0; i < b->n_times; i++) {
		const uint8_t *time = b->data + i * b->time_size;
		struct change *change = &zone->changes[i];

		if (types[i] >= b->n_types)
			return -EINVAL;
		change->at = b->time_size == 8 ? be64(time) : (int32_t)be32(time);
		change->offset_s = (int32_t)be32(infos + types[i] * (size_t)6);
		if (abs(change->offset_s) > 2 * DAY_S || (i > 0 && change->at <= change[-1].at))
			return -EINVAL;
	}
	zone->n_changes = b->n_times;
	return abs(zone->first_offset_s) > 2 * DAY_S ? -EINVAL : 0;
}

/* The rule between two line feeds behind the second block. */
static int read_footer(struct duet_zone *zone, struct duet_slice in)
{
	const char *end;

	if (in.len < 2 || in.ptr[0] != '\n')
		return -EINVAL;
	end = memchr(in.ptr + 1, '\n', in.len - 1);
	if (!end)
		return -EINVAL;
	if (end == in.ptr + 1)
		return 0;
	zone->has_rule = true;
	return duet_zone_rule_parse(&zone->rule, (struct duet_slice){in.ptr + 1, (size_t)(end - in.ptr - 1)});
}

static struct duet_zone *zone_alloc(size_t n_changes)
{
	return duet_calloc(1, sizeof(struct duet_zone) + n_changes * sizeof(struct change));
}

int duet_zone_parse(struct duet_zone **zone, struct duet_slice tzif)
{
	struct duet_zone *made;
	struct block b;
	int version, result = read_header(&tzif, 4, &b, &version);

	if (result == 0 && version >= '2')
		result = read_header(&tzif, 8, &b, &version);
	if (result < 0)
		return result;
	made = zone_alloc(b.n_times);
	if (!made)
		return -ENOMEM;
	result = read_changes(made, &b);
	if (result == 0 && b.time_size == 8)
		result = read_footer(made, tzif);
	if (result < 0) {
		duet_zone_free(made);
		return result;
	}
	*zone = made;
	return 0;
}

static int load(struct duet_zone **zone, const char *path)
{
	char *bytes;
	size_t n;
	int result = duet_file_read(path, MAX_TZIF, &bytes, &n, NULL);

	if (result < 0)
		return result;
	result = duet_zone_parse(zone, (struct duet_slice){bytes, n});
	duet_free(bytes);
	return result;
}

/* A name becomes part of a path. */
static bool name_is_safe(const char *name)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/";

	return name[0] != '/' && name[0] != '\0' && strlen(name) < 100 &&
	       name[strspn(name, allowed)] == '\0' && !strstr(name, "//");
}

static int from_rule(struct duet_zone **zone, const char *text)
{
	struct duet_zone *made = zone_alloc(0);
	int result;

	if (!made)
		return -ENOMEM;
	made->has_rule = true;
	result = duet_zone_rule_parse(&made->rule, duet_slice(text));
	if (result < 0) {
		duet_zone_free(made);
		return result;
	}
	*zone = made;
	return 0;
}

static int by_name(struct duet_zone **zone, const char *name)
{
	char path[160];

	if (strcmp(name, "UTC") == 0)
		return from_rule(zone, "UTC0");
	if (name_is_safe(name)) {
		snprintf(path, sizeof(path), "/usr/share/zoneinfo/%s", name);
		if (load(zone, path) == 0)
			return 0;
	}
	return from_rule(zone, name) == 0 ? 0 : -ENOENT;
}

static int system_zone(struct duet_zone **zone)
{
	const char *tz = getenv("TZ");

	if (tz && tz[0] == ':')
		tz++;
	if (tz && tz[0] == '/' && load(zone, tz) == 0)
		return 0;
	if (tz && tz[0] && tz[0] != '/' && by_name(zone, tz) == 0)
		return 0;
	if (load(zone, "/etc/localtime") == 0)
		return 0;
	return by_name(zone, "UTC");
}

int duet_zone_new(struct duet_zone **zone, const char *name, struct duet_error *error)
{
	int result = name ? by_name(zone, name) : system_zone(zone);

	if (result == 0)
		return 0;
	duet_error_set(error, result, "there is no time zone \"%s\"", name ? name : "");
	duet_error_hint(error,
			"use a name from /usr/share/zoneinfo, such as Europe/London; the package is tzdata");
	return result;
}

void duet_zone_free(struct duet_zone *zone)
{
	duet_free(zone);
}

int duet_zone_offset_s(const struct duet_zone *zone, int64_t utc_s)
{
	size_t low = 0, high = zone->n_changes; /* the first change after utc_s lies in low … high */

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (zone->changes[middle].at <= utc_s)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == zone->n_changes && zone->has_rule)
		return duet_zone_rule_offset_s(&zone->rule, utc_s);
	return low == 0 ? zone->first_offset_s : zone->changes[low - 1].offset_s;
}

static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

void duet_zone_civil(const struct duet_zone *zone, int64_t utc_s, struct duet_civil *civil)
{
	int64_t local = utc_s + duet_zone_offset_s(zone, utc_s);
	int64_t days = floor_div(local, DAY_S);
	int rest = (int)(local - days * DAY_S);

	duet_civil_from_days(days, civil);
	civil->hour = rest / 3600;
	civil->minute = rest / 60 % 60;
	civil->second = rest % 60;
}

/*
 * A local time is a moment under the offset of before, or of after, the change
 * that is near. Under both: it comes twice, unless they are the same. Under
 * none: it is left out, and the offset of before gives what clocks show then.
 */
int64_t duet_zone_utc(const struct duet_zone *zone, const struct duet_civil *civil, enum duet_zone_fit *fit)
{
	int64_t local = duet_civil_days(civil->year, civil->month, civil->day) * DAY_S +
			(int64_t)civil->hour * 3600 + (int64_t)civil->minute * 60 + civil->second;
	int before = duet_zone_offset_s(zone, local - DAY_S), after = duet_zone_offset_s(zone, local + DAY_S);
	bool by_before = duet_zone_offset_s(zone, local - before) == before;
	bool by_after = duet_zone_offset_s(zone, local - after) == after;
	enum duet_zone_fit ignored;

	if (!fit)
		fit = &ignored;
	*fit = !by_before && !by_after                    ? DUET_ZONE_GAP
	       : by_before && by_after && before != after ? DUET_ZONE_TWICE
							  : DUET_ZONE_ONCE;
	return by_before || !by_after ? local - before : local - after;
}
