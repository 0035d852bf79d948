/* SPDX-License-Identifier: Apache-2.0 */
#include "tts/words.h"

#include <ctype.h>

void words_raw(struct words *words, struct duet_slice bytes)
{
	if (words->full || bytes.len >= words->size - words->len) {
		words->full = true;
		return;
	}
	memcpy(words->out + words->len, bytes.ptr, bytes.len);
	words->len += bytes.len;
	words->out[words->len] = '\0';
}

void words_add(struct words *words, const char *word)
{
	bool joins = words->len == 0 || !words->spaced || words->out[words->len - 1] == ' ';

	if (!joins)
		words_raw(words, duet_slice(" "));
	words_raw(words, duet_slice(word));
}

static void skip(struct duet_slice *text, size_t n)
{
	text->ptr += n;
	text->len -= n;
}

static bool digit_at(struct duet_slice text, size_t i)
{
	return i < text.len && isdigit((unsigned char)text.ptr[i]);
}

bool literal_read(struct duet_slice *text, const char *literal)
{
	size_t n = strlen(literal);

	if (text->len < n || memcmp(text->ptr, literal, n) != 0)
		return false;
	skip(text, n);
	return true;
}

bool digits_read(struct duet_slice *text, int min, int max, int *value)
{
	int n = 0, sum = 0;

	while (n < max && digit_at(*text, (size_t)n))
		sum = sum * 10 + (text->ptr[n++] - '0');
	if (n < min || digit_at(*text, (size_t)n))
		return false;
	skip(text, (size_t)n);
	*value = sum;
	return true;
}

static bool group_at(struct duet_slice text, size_t i)
{
	return i < text.len && text.ptr[i] == ',' && digit_at(text, i + 1) && digit_at(text, i + 2) &&
	       digit_at(text, i + 3) && !digit_at(text, i + 4);
}

static void whole_digit(struct number *number, char digit)
{
	int64_t value = digit - '0';

	if (number->whole > (INT64_MAX - value) / 10)
		number->whole = INT64_MAX;
	else
		number->whole = number->whole * 10 + value;
}

static struct duet_slice fraction_read(struct duet_slice *rest)
{
	struct duet_slice fraction = {rest->ptr, 0};

	if (rest->len < 2 || rest->ptr[0] != '.' || !digit_at(*rest, 1))
		return fraction;
	skip(rest, 1);
	fraction.ptr = rest->ptr;
	while (digit_at(*rest, 0)) {
		fraction.len++;
		skip(rest, 1);
	}
	return fraction;
}

bool number_read(struct duet_slice *text, struct number *number)
{
	struct duet_slice rest = *text;

	*number = (struct number){.negative = literal_read(&rest, "-") || literal_read(&rest, "−")};
	if (!digit_at(rest, 0))
		return false;
	number->digits.ptr = rest.ptr;
	while (digit_at(rest, 0) || group_at(rest, 0)) {
		if (rest.ptr[0] == ',')
			number->grouped = true;
		else
			whole_digit(number, rest.ptr[0]);
		skip(&rest, 1);
	}
	number->digits.len = (size_t)(rest.ptr - number->digits.ptr);
	number->fraction = fraction_read(&rest);
	*text = rest;
	return true;
}

static void half_read(struct duet_slice *text, struct clock_time *time)
{
	static const struct {
		const char *written;
		int half;
	} halves[] = {{"a.m.", 'a'}, {"p.m.", 'p'}, {"am", 'a'}, {"pm", 'p'}, {"AM", 'a'}, {"PM", 'p'}};
	struct duet_slice rest = *text;

	literal_read(&rest, " ");
	for (size_t i = 0; i < sizeof(halves) / sizeof(*halves); i++) {
		struct duet_slice after = rest;

		if (literal_read(&after, halves[i].written) &&
		    (after.len == 0 || !isalnum((unsigned char)after.ptr[0]))) {
			time->half = halves[i].half;
			*text = after;
			return;
		}
	}
}

bool time_read(struct duet_slice *text, struct clock_time *time)
{
	struct duet_slice rest = *text;
	int seconds;

	*time = (struct clock_time){0};
	if (!digits_read(&rest, 1, 2, &time->hour) || time->hour > 24)
		return false;
	if (literal_read(&rest, ":")) {
		if (!digits_read(&rest, 2, 2, &time->minute) || time->minute > 59)
			return false;
		if (rest.len > 2 && rest.ptr[0] == ':' && digit_at(rest, 1)) {
			skip(&rest, 1);
			if (!digits_read(&rest, 2, 2, &seconds))
				return false;
		}
		half_read(&rest, time);
	} else {
		half_read(&rest, time);
		if (!time->half)
			return false;
	}
	*text = rest;
	return true;
}

bool date_read(struct duet_slice *text, struct calendar_date *date)
{
	struct duet_slice rest = *text;

	if (!digits_read(&rest, 4, 4, &date->year) || !literal_read(&rest, "-") ||
	    !digits_read(&rest, 2, 2, &date->month) || !literal_read(&rest, "-") ||
	    !digits_read(&rest, 2, 2, &date->day))
		return false;
	if (date->month < 1 || date->month > 12 || date->day < 1 || date->day > 31)
		return false;
	*text = rest;
	return true;
}

static bool ends_word(struct duet_slice rest)
{
	return rest.len == 0 || !(isalnum((unsigned char)rest.ptr[0]) || rest.ptr[0] == '/');
}

const struct unit *unit_read(struct duet_slice *text, const struct unit *units)
{
	struct duet_slice rest = *text;

	literal_read(&rest, " ");
	for (; units->written; units++) {
		struct duet_slice after = rest;

		if (literal_read(&after, units->written) && ends_word(after)) {
			*text = after;
			return units;
		}
	}
	return NULL;
}
