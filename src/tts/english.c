/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>

#include "tts/words.h"

/* How English reads what is written in digits and signs. Numbers follow American usage (no "and"). */

static const char *const small[] = {
	"zero",     "one",     "two",     "three",     "four",     "five",     "six",
	"seven",    "eight",   "nine",    "ten",       "eleven",   "twelve",   "thirteen",
	"fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
};
static const char *const tens[] = {"",      "",      "twenty",  "thirty", "forty",
				   "fifty", "sixty", "seventy", "eighty", "ninety"};
static const char *const small_ordinals[] = {
	"zeroth",     "first",     "second",    "third",       "fourth",     "fifth",      "sixth",
	"seventh",    "eighth",    "ninth",     "tenth",       "eleventh",   "twelfth",    "thirteenth",
	"fourteenth", "fifteenth", "sixteenth", "seventeenth", "eighteenth", "nineteenth",
};
static const char *const ten_ordinals[] = {"",         "",         "twentieth",  "thirtieth", "fortieth",
					   "fiftieth", "sixtieth", "seventieth", "eightieth", "ninetieth"};
static const char *const months[] = {"January", "February", "March",     "April",   "May",      "June",
				     "July",    "August",   "September", "October", "November", "December"};

static const struct {
	int64_t value;
	const char *name, *ordinal;
} scales[] = {
	{1000000000000, "trillion", "trillionth"},
	{1000000000, "billion", "billionth"},
	{1000000, "million", "millionth"},
	{1000, "thousand", "thousandth"},
	{100, "hundred", "hundredth"},
};

/* Longer spellings stand before their own beginnings. */
static const struct unit units[] = {
	{"°C", "degree Celsius", "degrees Celsius"},
	{"℃", "degree Celsius", "degrees Celsius"},
	{"°F", "degree Fahrenheit", "degrees Fahrenheit"},
	{"°", "degree", "degrees"},
	{"%", "percent", NULL},
	{"km/h", "kilometer per hour", "kilometers per hour"},
	{"m/s", "meter per second", "meters per second"},
	{"mph", "mile per hour", "miles per hour"},
	{"kWh", "kilowatt hour", "kilowatt hours"},
	{"kW", "kilowatt", "kilowatts"},
	{"W", "watt", "watts"},
	{"V", "volt", "volts"},
	{"A", "amp", "amps"},
	{"lx", "lux", NULL},
	{"hPa", "hectopascal", "hectopascals"},
	{"ppm", "part per million", "parts per million"},
	{"µg/m³", "microgram per cubic meter", "micrograms per cubic meter"},
	{"kHz", "kilohertz", NULL},
	{"Hz", "hertz", NULL},
	{"dB", "decibel", "decibels"},
	{"km", "kilometer", "kilometers"},
	{"cm", "centimeter", "centimeters"},
	{"mm", "millimeter", "millimeters"},
	{"m", "meter", "meters"},
	{"kg", "kilogram", "kilograms"},
	{"mg", "milligram", "milligrams"},
	{"g", "gram", "grams"},
	{"lb", "pound", "pounds"},
	{"oz", "ounce", "ounces"},
	{"ml", "milliliter", "milliliters"},
	{"l", "liter", "liters"},
	{"L", "liter", "liters"},
	{"ft", "foot", "feet"},
	{"mi", "mile", "miles"},
	{"h", "hour", "hours"},
	{"hr", "hour", "hours"},
	{"min", "minute", "minutes"},
	{"s", "second", "seconds"},
	{"GB", "gigabyte", "gigabytes"},
	{"MB", "megabyte", "megabytes"},
	{NULL, NULL, NULL},
};

static const struct {
	const char *sign;
	const char *one, *many, *cent;
} currencies[] = {{"$", "dollar", "dollars", "cents"},
		  {"€", "euro", "euros", "cents"},
		  {"£", "pound", "pounds", "pence"},
		  {"¥", "yuan", "yuan", "fen"}};

static const struct {
	const char *written, *read;
	bool capital_follows; /* only before a name: "St. Mary" but not "Main St." */
} abbreviations[] = {
	{"Mr.", "Mister", false},
	{"Mrs.", "Missus", false},
	{"Ms.", "Miz", false},
	{"Dr.", "Doctor", false},
	{"Prof.", "Professor", false},
	{"St.", "Saint", true},
	{"St.", "Street", false},
	{"Ave.", "Avenue", false},
	{"Rd.", "Road", false},
	{"e.g.", "for example", false},
	{"i.e.", "that is", false},
	{"etc.", "et cetera", false},
	{"vs.", "versus", false},
	{"approx.", "approximately", false},
	{"a.m.", "A M", false},
	{"p.m.", "P M", false},
	{"°C", "degrees Celsius", false},
	{"°F", "degrees Fahrenheit", false},
	{"&", "and", false},
	{"+", "plus", false},
	{"=", "equals", false},
	{"%", "percent", false},
	{"@", "at", false},
};

static void cardinal(struct words *words, int64_t value);

static void below_hundred(struct words *words, int64_t value)
{
	if (value < 20) {
		words_add(words, small[value]);
		return;
	}
	words_add(words, tens[value / 10]);
	if (value % 10 > 0)
		words_add(words, small[value % 10]);
}

static void cardinal(struct words *words, int64_t value)
{
	for (size_t i = 0; i < sizeof(scales) / sizeof(*scales); i++) {
		if (value < scales[i].value)
			continue;
		cardinal(words, value / scales[i].value);
		words_add(words, scales[i].name);
		value %= scales[i].value;
		if (value == 0)
			return;
	}
	below_hundred(words, value);
}

static void ordinal_below_hundred(struct words *words, int64_t value)
{
	if (value < 20) {
		words_add(words, small_ordinals[value]);
	} else if (value % 10 == 0) {
		words_add(words, ten_ordinals[value / 10]);
	} else {
		words_add(words, tens[value / 10]);
		words_add(words, small_ordinals[value % 10]);
	}
}

static void ordinal(struct words *words, int64_t value)
{
	for (size_t i = 0; i < sizeof(scales) / sizeof(*scales); i++) {
		if (value < scales[i].value)
			continue;
		cardinal(words, value / scales[i].value);
		value %= scales[i].value;
		words_add(words, value == 0 ? scales[i].ordinal : scales[i].name);
		if (value == 0)
			return;
	}
	ordinal_below_hundred(words, value);
}

static void digit_by_digit(struct words *words, struct duet_slice digits)
{
	for (size_t i = 0; i < digits.len; i++)
		if (isdigit((unsigned char)digits.ptr[i]))
			words_add(words, small[digits.ptr[i] - '0']);
}

/* A telephone number or a code has no size: it is read by its digits. */
static bool is_code(const struct number *number)
{
	bool leading_zero = number->digits.len > 1 && number->digits.ptr[0] == '0';

	return !number->grouped && (leading_zero || number->digits.len > 9 || number->whole == INT64_MAX);
}

static void say_number(struct words *words, const struct number *number)
{
	if (number->negative)
		words_add(words, "minus");
	if (is_code(number))
		digit_by_digit(words, number->digits);
	else
		cardinal(words, number->whole);
	if (number->fraction.len == 0)
		return;
	words_add(words, "point");
	digit_by_digit(words, number->fraction);
}

static bool is_one(const struct number *number)
{
	return number->whole == 1 && number->fraction.len == 0;
}

static bool read_time(struct duet_slice *text, struct words *words)
{
	struct clock_time time;

	if (!time_read(text, &time))
		return false;
	cardinal(words, time.hour);
	if (time.minute >= 10) {
		cardinal(words, time.minute);
	} else if (time.minute > 0) {
		words_add(words, "oh");
		cardinal(words, time.minute);
	} else if (!time.half) {
		words_add(words, time.hour > 12 || time.hour == 0 ? "hundred" : "o'clock");
	}
	if (time.half)
		words_add(words, time.half == 'a' ? "A M" : "P M");
	return true;
}

static void say_year(struct words *words, int year)
{
	if (year % 1000 < 10 || year < 1000) {
		cardinal(words, year);
		return;
	}
	below_hundred(words, year / 100);
	if (year % 100 == 0) {
		words_add(words, "hundred");
		return;
	}
	if (year % 100 < 10)
		words_add(words, "oh");
	below_hundred(words, year % 100);
}

static bool read_date(struct duet_slice *text, struct words *words)
{
	struct calendar_date date;

	if (!date_read(text, &date))
		return false;
	words_add(words, months[date.month - 1]);
	ordinal(words, date.day);
	words_raw(words, duet_slice(","));
	say_year(words, date.year);
	return true;
}

static const char *month_name(struct duet_slice *text)
{
	struct duet_slice rest = *text;

	for (size_t i = 0; i < 12; i++) {
		char brief[4] = {months[i][0], months[i][1], months[i][2], '\0'};

		if (!literal_read(&rest, months[i]) && !literal_read(&rest, brief))
			continue;
		literal_read(&rest, ".");
		if (!literal_read(&rest, " "))
			return NULL;
		*text = rest;
		return months[i];
	}
	return NULL;
}

/* "November 22", "Nov. 22, 2026" */
static bool read_month_day(struct duet_slice *text, struct words *words)
{
	struct duet_slice rest = *text, after;
	const char *month = month_name(&rest);
	int day, year;

	if (!month || !digits_read(&rest, 1, 2, &day) || day < 1 || day > 31)
		return false;
	words_add(words, month);
	if (!literal_read(&rest, "st") && !literal_read(&rest, "nd") && !literal_read(&rest, "rd"))
		literal_read(&rest, "th");
	ordinal(words, day);
	after = rest;
	literal_read(&after, ",");
	if (literal_read(&after, " ") && digits_read(&after, 4, 4, &year)) {
		words_raw(words, duet_slice(","));
		say_year(words, year);
		rest = after;
	}
	*text = rest;
	return true;
}

static bool read_money(struct duet_slice *text, struct words *words)
{
	for (size_t i = 0; i < sizeof(currencies) / sizeof(*currencies); i++) {
		struct duet_slice rest = *text;
		struct number number;

		if (!literal_read(&rest, currencies[i].sign) || !number_read(&rest, &number))
			continue;
		cardinal(words, number.whole);
		words_add(words, number.whole == 1 ? currencies[i].one : currencies[i].many);
		if (number.fraction.len == 2 && memcmp(number.fraction.ptr, "00", 2) != 0) {
			words_add(words, "and");
			below_hundred(words,
				      (number.fraction.ptr[0] - '0') * 10 + number.fraction.ptr[1] - '0');
			words_add(words, currencies[i].cent);
		}
		*text = rest;
		return true;
	}
	return false;
}

static bool ordinal_suffix(struct duet_slice *text)
{
	struct duet_slice rest = *text;

	if (!literal_read(&rest, "st") && !literal_read(&rest, "nd") && !literal_read(&rest, "rd") &&
	    !literal_read(&rest, "th"))
		return false;
	if (rest.len > 0 && isalnum((unsigned char)rest.ptr[0]))
		return false;
	*text = rest;
	return true;
}

static bool read_fraction(struct duet_slice *text, struct words *words)
{
	static const struct {
		const char *written, *read;
	} fractions[] = {{"1/2", "one half"},  {"1/4", "one quarter"}, {"3/4", "three quarters"},
			 {"1/3", "one third"}, {"2/3", "two thirds"},  {"½", "one half"},
			 {"¼", "one quarter"}, {"¾", "three quarters"}};

	for (size_t i = 0; i < sizeof(fractions) / sizeof(*fractions); i++) {
		struct duet_slice rest = *text;

		if (!literal_read(&rest, fractions[i].written) ||
		    (rest.len > 0 && (isdigit((unsigned char)rest.ptr[0]) || rest.ptr[0] == '/')))
			continue;
		words_add(words, fractions[i].read);
		*text = rest;
		return true;
	}
	return false;
}

static bool read_number(struct duet_slice *text, struct words *words)
{
	const struct unit *unit;
	struct number number;

	if (!number_read(text, &number))
		return false;
	if (number.fraction.len == 0 && number.whole < INT64_MAX && ordinal_suffix(text)) {
		ordinal(words, number.whole);
		return true;
	}
	say_number(words, &number);
	unit = unit_read(text, units);
	if (unit)
		words_add(words, is_one(&number) || !unit->many ? unit->one : unit->many);
	return true;
}

static bool read_abbreviation(struct duet_slice *text, struct words *words)
{
	for (size_t i = 0; i < sizeof(abbreviations) / sizeof(*abbreviations); i++) {
		struct duet_slice rest = *text;

		if (!literal_read(&rest, abbreviations[i].written))
			continue;
		if (abbreviations[i].capital_follows &&
		    !(rest.len > 1 && rest.ptr[0] == ' ' && isupper((unsigned char)rest.ptr[1])))
			continue;
		words_add(words, abbreviations[i].read);
		*text = rest;
		return true;
	}
	return false;
}

static bool (*const readers[])(struct duet_slice *text, struct words *words) = {
	read_date, read_time, read_month_day, read_money, read_fraction, read_number, read_abbreviation,
};

static bool read_any(struct duet_slice *text, struct words *words)
{
	for (size_t i = 0; i < sizeof(readers) / sizeof(*readers); i++)
		if (readers[i](text, words))
			return true;
	return false;
}

/* "5-10" and "5–10" are ranges; a sign would stand apart. */
static void read_range(struct duet_slice *text, struct words *words)
{
	struct duet_slice rest = *text;

	if ((literal_read(&rest, "-") || literal_read(&rest, "–")) && rest.len > 0 &&
	    isdigit((unsigned char)rest.ptr[0])) {
		words_add(words, "to");
		*text = rest;
	}
}

static bool in_word(unsigned char byte)
{
	return isalnum(byte) || byte >= 0x80;
}

void duet_tts_english(struct duet_slice text, struct words *words)
{
	bool word = false; /* the last byte belongs to a word: nothing is read within one */

	while (text.len > 0 && !words->full) {
		if (!word && read_any(&text, words)) {
			read_range(&text, words);
			if (text.len > 0 && in_word((unsigned char)text.ptr[0]))
				words_raw(words, duet_slice(" "));
			continue;
		}
		word = in_word((unsigned char)text.ptr[0]);
		words_raw(words, (struct duet_slice){text.ptr, 1});
		text.ptr++;
		text.len--;
	}
}
