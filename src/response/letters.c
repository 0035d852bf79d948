/* SPDX-License-Identifier: Apache-2.0 */
#include "response/letters.h"

#include <utf8proc.h>

#include "base/text.h"

enum { SHARP_S = 0xdf, DOTTED_I = 0x130, DOT_ABOVE = 0x307, SIGMA = 0x3a3, FINAL_SIGMA = 0x3c2 };

static bool is_cased(int32_t c)
{
	utf8proc_category_t category = utf8proc_category(c);

	return category == UTF8PROC_CATEGORY_LU || category == UTF8PROC_CATEGORY_LL ||
	       category == UTF8PROC_CATEGORY_LT;
}

bool duet_response_is_letter(int32_t c)
{
	utf8proc_category_t category = utf8proc_category(c);

	return is_cased(c) || category == UTF8PROC_CATEGORY_LM || category == UTF8PROC_CATEGORY_LO;
}

bool duet_response_is_digit(int32_t c)
{
	return utf8proc_category(c) == UTF8PROC_CATEGORY_ND;
}

bool duet_response_is_space(int32_t c)
{
	return (c >= 9 && c <= 13) || (c >= 0x1c && c <= 0x20) || c == 0x85 || c == 0xa0 || c == 0x1680 ||
	       (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 || c == 0x202f || c == 0x205f ||
	       c == 0x3000;
}

static void write_lower(struct duet_datum_writer *w, int32_t c, bool ends_word)
{
	if (c == SIGMA && ends_word)
		c = FINAL_SIGMA;
	duet_datum_write_character(w, c == DOTTED_I ? 'i' : utf8proc_tolower(c));
	if (c == DOTTED_I)
		duet_datum_write_character(w, DOT_ABOVE);
}

static void write_upper(struct duet_datum_writer *w, int32_t c)
{
	if (c == SHARP_S)
		duet_datum_write_bytes(w, duet_slice("SS"));
	else
		duet_datum_write_character(w, utf8proc_toupper(c));
}

static void write_title(struct duet_datum_writer *w, int32_t c)
{
	if (c == SHARP_S)
		duet_datum_write_bytes(w, duet_slice("Ss"));
	else
		duet_datum_write_character(w, utf8proc_totitle(c));
}

/* What parts words for the filter `title`. */
static bool parts_words(int32_t c)
{
	return c == '-' || c == '(' || c == '{' || c == '[' || c == '<' || duet_response_is_space(c);
}

/* Whether `c` begins what gets a large letter. */
static bool is_first(enum duet_response_case wanted, int32_t before)
{
	switch (wanted) {
	case DUET_CASE_CAPITALISED:
		return before == 0;
	case DUET_CASE_TITLE:
		return !is_cased(before);
	case DUET_CASE_WORDS:
		return before == 0 || parts_words(before);
	default:
		return false;
	}
}

void duet_response_write_case(struct duet_datum_writer *w, struct duet_slice text,
			      enum duet_response_case wanted)
{
	int32_t c, before = 0;

	while ((c = duet_text_next(&text)) >= 0) {
		struct duet_slice rest = text;
		bool ends_word = is_cased(before) && !is_cased(duet_text_next(&rest));

		if (wanted == DUET_CASE_UPPER)
			write_upper(w, c);
		else if (is_first(wanted, before))
			write_title(w, c);
		else
			write_lower(w, c, ends_word);
		before = c;
	}
}

size_t duet_response_length(struct duet_slice text)
{
	size_t n = 0;

	for (size_t i = 0; i < text.len; i++)
		n += ((unsigned char)text.ptr[i] & 0xc0) != 0x80;
	return n;
}

size_t duet_response_offset(struct duet_slice text, size_t n)
{
	size_t at = 0;

	for (; n && at < text.len; n--)
		for (at++; at < text.len && ((unsigned char)text.ptr[at] & 0xc0) == 0x80;)
			at++;
	return at;
}

static bool is_trimmed(int32_t c, struct duet_slice characters)
{
	int32_t one;

	if (!characters.ptr)
		return duet_response_is_space(c);
	while ((one = duet_text_next(&characters)) >= 0)
		if (one == c)
			return true;
	return false;
}

struct duet_slice duet_response_trim_left(struct duet_slice text, struct duet_slice characters)
{
	struct duet_slice rest = text;

	while (rest.len && is_trimmed(duet_text_next(&rest), characters))
		text = rest;
	return text;
}

struct duet_slice duet_response_trim_right(struct duet_slice text, struct duet_slice characters)
{
	struct duet_slice rest = text;
	size_t end = 0;

	while (rest.len)
		if (!is_trimmed(duet_text_next(&rest), characters))
			end = text.len - rest.len;
	return (struct duet_slice){text.ptr, end};
}
