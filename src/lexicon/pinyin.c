/* SPDX-License-Identifier: Apache-2.0 */
#include "lexicon/pinyin.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

enum { IDEOGRAPHIC_ZERO = 0x3007 };

static int compare_names(const void *left, const void *right)
{
	return strcmp(left, right);
}

static bool is_name(const char *letters)
{
	return bsearch(letters, duet_pinyin_names, duet_pinyin_n_names, sizeof(duet_pinyin_names[0]),
		       compare_names) != NULL;
}

bool duet_pinyin_is_character(int32_t code_point)
{
	return (code_point >= DUET_PINYIN_FIRST && code_point <= DUET_PINYIN_LAST) ||
	       code_point == IDEOGRAPHIC_ZERO;
}

bool duet_pinyin_usual(int32_t code_point, struct duet_syllable *syllable)
{
	uint16_t cell;

	if (code_point == IDEOGRAPHIC_ZERO)
		code_point = 0x96f6; /* 零 */
	if (code_point < DUET_PINYIN_FIRST || code_point > DUET_PINYIN_LAST)
		return false;
	cell = duet_pinyin_usual_reading[code_point - DUET_PINYIN_FIRST];
	if (cell == 0)
		return false;
	*syllable = (struct duet_syllable){.tone = cell & 7};
	memcpy(syllable->letters, duet_pinyin_names[cell >> 3], sizeof(syllable->letters));
	return true;
}

static void skip(struct duet_slice *text, size_t n)
{
	text->ptr += n;
	text->len -= n;
}

static void skip_spaces(struct duet_slice *text)
{
	while (text->len && *text->ptr == ' ')
		skip(text, 1);
}

static bool take(struct duet_slice *text, const char *what)
{
	size_t len = strlen(what);

	if (text->len < len || memcmp(text->ptr, what, len) != 0)
		return false;
	skip(text, len);
	return true;
}

/* The letters, one more than a syllable has because of a final r. */
static size_t take_letters(struct duet_slice *text, char letters[DUET_PINYIN_LETTERS + 2])
{
	size_t n = 0;

	while (n <= DUET_PINYIN_LETTERS && text->len) {
		if (take(text, "\xc3\xbc")) {
			letters[n++] = 'v';
		} else if (*text->ptr >= 'a' && *text->ptr <= 'z') {
			letters[n++] = *text->ptr;
			skip(text, 1);
		} else {
			break;
		}
	}
	letters[n] = '\0';
	return n;
}

int duet_pinyin_next(struct duet_slice *reading, struct duet_syllable *syllable)
{
	char letters[DUET_PINYIN_LETTERS + 2];
	size_t n;

	*syllable = (struct duet_syllable){0};
	skip_spaces(reading);
	if (reading->len == 0)
		return 0;
	n = take_letters(reading, letters);
	if (n > 1 && letters[n - 1] == 'r' && !is_name(letters)) {
		letters[n - 1] = '\0';
		syllable->r = true;
	}
	if (!is_name(letters) || reading->len == 0 || *reading->ptr < '1' || *reading->ptr > '5')
		return -EINVAL;
	memcpy(syllable->letters, letters, sizeof(syllable->letters));
	syllable->tone = (uint8_t)(*reading->ptr - '0');
	skip(reading, 1);
	if (!syllable->r && take(reading, "r"))
		syllable->r = true;
	if (reading->len && *reading->ptr != ' ')
		return -EINVAL;
	skip_spaces(reading);
	return 1;
}

size_t duet_pinyin_write(const struct duet_syllable *syllable, char out[DUET_PINYIN_SIZE])
{
	return (size_t)snprintf(out, DUET_PINYIN_SIZE, "%s%d%s", syllable->letters, syllable->tone,
				syllable->r ? "r" : "");
}
