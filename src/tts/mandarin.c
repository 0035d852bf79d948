/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>

#include "tts/words.h"

/* How Mandarin reads what is written in digits and signs; simplified characters. */

static const char *const digits[] = {"零", "一", "二", "三", "四", "五", "六", "七", "八", "九"};

/* Measure words after which two is 两. */
static const char *const measures[] = {"个", "点", "分钟", "小时", "次", "种", "位", "条",
				       "盏", "间", "台",   "只",   "本", "张", "天", "周",
				       "年", "倍", "块",   "杯",   "瓶", "件", "秒"};

static const struct unit units[] = {
	{"°C", "摄氏度", NULL},
	{"℃", "摄氏度", NULL},
	{"°F", "华氏度", NULL},
	{"°", "度", NULL},
	{"km/h", "公里每小时", NULL},
	{"m/s", "米每秒", NULL},
	{"kWh", "千瓦时", NULL},
	{"kW", "千瓦", NULL},
	{"W", "瓦", NULL},
	{"V", "伏", NULL},
	{"lx", "勒克斯", NULL},
	{"hPa", "百帕", NULL},
	{"ppm", "ppm", NULL},
	{"µg/m³", "微克每立方米", NULL},
	{"km", "公里", NULL},
	{"cm", "厘米", NULL},
	{"mm", "毫米", NULL},
	{"m", "米", NULL},
	{"kg", "公斤", NULL},
	{"g", "克", NULL},
	{"ml", "毫升", NULL},
	{"l", "升", NULL},
	{"L", "升", NULL},
	{"h", "小时", NULL},
	{"min", "分钟", NULL},
	{"s", "秒", NULL},
	{NULL, NULL, NULL},
};

/* Four digits at a time; a gap of zeros is one 零. */
static void below_myriad(struct words *words, int value, bool first)
{
	static const char *const places[] = {"千", "百", "十", ""};
	static const int weights[] = {1000, 100, 10, 1};
	bool begun = false, gap = false;

	for (int i = 0; i < 4; i++) {
		int digit = value / weights[i] % 10;

		if (digit == 0) {
			gap = begun;
			continue;
		}
		if (gap)
			words_add(words, digits[0]);
		if (!(first && i == 2 && digit == 1 && !begun)) /* 十五, but 一万零一十五 */
			words_add(words, digits[digit]);
		words_add(words, places[i]);
		begun = true;
		gap = false;
	}
}

static void cardinal(struct words *words, int64_t value)
{
	static const struct {
		int64_t weight;
		const char *name;
	} scales[] = {{1000000000000, "万亿"}, {100000000, "亿"}, {10000, "万"}, {1, ""}};
	bool begun = false;

	if (value == 0)
		words_add(words, digits[0]);
	for (size_t i = 0; i < sizeof(scales) / sizeof(*scales); i++) {
		int part = (int)(value / scales[i].weight % 10000);

		if (part == 0)
			continue;
		if (begun && part < 1000)
			words_add(words, digits[0]);
		below_myriad(words, part, !begun);
		words_add(words, scales[i].name);
		begun = true;
	}
}

static void digit_by_digit(struct words *words, struct duet_slice written)
{
	for (size_t i = 0; i < written.len; i++)
		if (isdigit((unsigned char)written.ptr[i]))
			words_add(words, digits[written.ptr[i] - '0']);
}

static bool ordinal_precedes(const struct words *words)
{
	const size_t n = strlen("第");

	return words->len >= n && memcmp(words->out + words->len - n, "第", n) == 0;
}

static bool measure_follows(struct duet_slice text)
{
	literal_read(&text, " ");
	for (size_t i = 0; i < sizeof(measures) / sizeof(*measures); i++)
		if (literal_read(&text, measures[i]))
			return true;
	return false;
}

static bool is_code(const struct number *number)
{
	bool leading_zero = number->digits.len > 1 && number->digits.ptr[0] == '0';

	return !number->grouped &&
	       (leading_zero || number->digits.len > 10 || number->whole >= 10000000000000000);
}

static void say_number(struct words *words, const struct number *number, struct duet_slice after)
{
	if (is_code(number))
		digit_by_digit(words, number->digits);
	else if (number->whole == 2 && number->fraction.len == 0 && !ordinal_precedes(words) &&
		 measure_follows(after))
		words_add(words, "两");
	else
		cardinal(words, number->whole);
	if (number->fraction.len == 0)
		return;
	words_add(words, "点");
	digit_by_digit(words, number->fraction);
}

static void say_minutes(struct words *words, int minute)
{
	if (minute == 0)
		return;
	if (minute == 30) {
		words_add(words, "半");
		return;
	}
	if (minute < 10)
		words_add(words, digits[0]);
	cardinal(words, minute);
	words_add(words, "分");
}

static bool read_time(struct duet_slice *text, struct words *words)
{
	struct clock_time time;

	if (!time_read(text, &time))
		return false;
	if (time.half)
		words_add(words, time.half == 'a' ? "上午" : "下午");
	if (time.hour == 2)
		words_add(words, "两");
	else
		cardinal(words, time.hour);
	words_add(words, "点");
	say_minutes(words, time.minute);
	return true;
}

static bool read_date(struct duet_slice *text, struct words *words)
{
	struct duet_slice year = {text->ptr, 4};
	struct calendar_date date;

	if (!date_read(text, &date))
		return false;
	digit_by_digit(words, year);
	words_add(words, "年");
	cardinal(words, date.month);
	words_add(words, "月");
	cardinal(words, date.day);
	words_add(words, "日");
	return true;
}

/* 2026年 is read by its digits; 20年 is a number of years. */
static bool read_year(struct duet_slice *text, struct words *words)
{
	struct duet_slice rest = *text, written = {text->ptr, 4};
	int year;

	if (!digits_read(&rest, 4, 4, &year) || !literal_read(&rest, "年"))
		return false;
	digit_by_digit(words, written);
	words_add(words, "年");
	*text = rest;
	return true;
}

static bool read_percent(struct duet_slice *text, struct words *words)
{
	struct duet_slice rest = *text;
	struct number number;

	if (!number_read(&rest, &number))
		return false;
	literal_read(&rest, " ");
	if (!literal_read(&rest, "%"))
		return false;
	words_add(words, number.negative ? "负百分之" : "百分之");
	say_number(words, &number, rest);
	*text = rest;
	return true;
}

static bool read_money(struct duet_slice *text, struct words *words)
{
	struct duet_slice rest = *text;
	struct number number;

	if ((!literal_read(&rest, "¥") && !literal_read(&rest, "￥")) || !number_read(&rest, &number))
		return false;
	say_number(words, &number, duet_slice(""));
	words_add(words, "元");
	*text = rest;
	return true;
}

static bool read_number(struct duet_slice *text, struct words *words)
{
	struct duet_slice after;
	const struct unit *unit;
	struct number number;

	if (!number_read(text, &number))
		return false;
	after = *text;
	unit = unit_read(&after, units);
	if (number.negative)
		words_add(words, unit && strstr(unit->one, "氏度") ? "零下" : "负");
	say_number(words, &number, *text);
	if (unit) {
		words_add(words, unit->one);
		*text = after;
	} else {
		literal_read(text, " "); /* "10 个" is one phrase */
	}
	return true;
}

static bool (*const readers[])(struct duet_slice *text, struct words *words) = {
	read_date, read_year, read_time, read_percent, read_money, read_number,
};

static bool read_any(struct duet_slice *text, struct words *words)
{
	for (size_t i = 0; i < sizeof(readers) / sizeof(*readers); i++)
		if (readers[i](text, words))
			return true;
	return false;
}

void duet_tts_mandarin(struct duet_slice text, struct words *words)
{
	bool latin = false; /* within a Latin word digits stay as they are: "MP3" */

	while (text.len > 0 && !words->full) {
		if (!latin && read_any(&text, words))
			continue;
		latin = isalnum((unsigned char)text.ptr[0]);
		words_raw(words, (struct duet_slice){text.ptr, 1});
		text.ptr++;
		text.len--;
	}
}
