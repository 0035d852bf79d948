/* SPDX-License-Identifier: Apache-2.0 */
#include "grammar/spelling.h"

#include <errno.h>
#include <stdbool.h>

#include "base/alloc.h"
#include "base/text.h"

static const struct range {
	int32_t from, to;
} silent[] =
	{
		{0xa1, 0xa1},     {0xad, 0xad},     /* ¡, soft hyphen */
		{0xbf, 0xbf},     {0x60c, 0x60c},   /* ¿، */
		{0x61b, 0x61c},   {0x61f, 0x61f},   /* ؛؟ */
		{0x6d4, 0x6d4},   {0x964, 0x965},   /* ۔।॥ */
		{0x200b, 0x200f}, {0x201c, 0x201f}, /* no width, joiners, directions, quotes */
		{0x202a, 0x202e}, {0x2060, 0x2069}, {0x3001, 0x3002}, {0x300c, 0x300f}, /* 、。「」『』 */
		{0xfeff, 0xfeff}, {0xff01, 0xff02}, {0xff0c, 0xff0c}, {0xff1a, 0xff1b}, /* ，：； */
		{0xff1f, 0xff1f}, {0xff61, 0xff61},
},
  spaces[] = {
	  {0x85, 0x85},     {0xa0, 0xa0},     {0x1680, 0x1680}, {0x2000, 0x200a},
	  {0x2028, 0x2029}, {0x202f, 0x202f}, {0x205f, 0x205f}, {0x3000, 0x3000},
};

/* The zeros of scripts that have digits of their own. */
static const int32_t zeros[] = {0x660,  0x6f0,  0x7c0,  0x966,  0x9e6,  0xa66,  0xae6,  0xb66,
				0xbe6,  0xc66,  0xce6,  0xd66,  0xde6,  0xe50,  0xed0,  0xf20,
				0x1040, 0x1090, 0x17e0, 0x1810, 0x19d0, 0x1a80, 0x1b50, 0x1bb0,
				0x1c40, 0xa8d0, 0xa9d0, 0xabf0, 0xff10};

static bool within(const struct range *ranges, size_t n, int32_t c)
{
	for (size_t i = 0; i < n; i++)
		if (c >= ranges[i].from && c <= ranges[i].to)
			return true;
	return false;
}

static int32_t digit(int32_t c)
{
	for (size_t i = 0; i < sizeof(zeros) / sizeof(*zeros); i++)
		if (c >= zeros[i] && c <= zeros[i] + 9)
			return '0' + (c - zeros[i]);
	return c;
}

static int32_t plain_wide(int32_t c)
{
	if (within(silent, sizeof(silent) / sizeof(*silent), c))
		return 0;
	if (within(spaces, sizeof(spaces) / sizeof(*spaces), c))
		return ' ';
	if (c == 0x2018 || c == 0x2019 || c == 0x2bc || c == 0xff07)
		return '\'';
	if (c == 0x130 || c == 0x131)
		return 'i';
	if (c > 0xff00 && c < 0xff5f)
		return c - 0xff00 + ' ';
	return digit(c);
}

int32_t duet_spelling_plain(int32_t c)
{
	if (c >= 0x80)
		return plain_wide(c);
	if (c == '?' || c == '!' || c == '"')
		return 0;
	return c >= '\t' && c <= '\r' ? ' ' : c;
}

long duet_spelling_fold(struct duet_slice text, char *out, size_t size)
{
	char *plain = duet_alloc(text.len + 1); /* what a character is read as is never longer */
	size_t len = 0;
	long folded;

	if (!plain)
		return -ENOMEM;
	while (text.len) {
		int32_t c = duet_spelling_plain(duet_text_next(&text));

		if (c)
			len += duet_text_encode(c, plain + len);
	}
	folded = duet_text_normalise((struct duet_slice){plain, len}, true, out, size);
	duet_free(plain);
	return folded;
}
