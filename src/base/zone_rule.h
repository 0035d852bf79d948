/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_BASE_ZONE_RULE_H
#define DUET_BASE_ZONE_RULE_H

#include <stdbool.h>
#include <stdint.h>

#include "duet/slice.h"

/*
 * The rule by which a zone goes on for ever, as POSIX writes it in TZ
 * ("CET-1CEST,M3.5.0,M10.5.0/3") with RFC 8536's hours from -167 to 167.
 */
enum duet_zone_day { DUET_ZONE_JULIAN, DUET_ZONE_DAY_OF_YEAR, DUET_ZONE_MONTH_WEEK };

struct duet_zone_rule {
	int standard_s, summer_s; /* seconds east of Greenwich */
	bool has_summer;
	struct duet_zone_switch {
		enum duet_zone_day kind;
		int day;         /* of the year, or 0 (Sunday) … 6 */
		int month, week; /* 1 … 12, 1 … 5 (the last) */
		int time_s;      /* after midnight, on the clocks of before */
	} begin, end;
};

/* 0 or -EINVAL. */
int duet_zone_rule_parse(struct duet_zone_rule *rule, struct duet_slice text);
int duet_zone_rule_offset_s(const struct duet_zone_rule *rule, int64_t utc_s);

#endif
