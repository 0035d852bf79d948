/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <utf8proc.h>

#include "base/alloc.h"

enum { REPLACEMENT = 0xFFFD, MAX_NAME = 64 };

/* The next code point and its length; a broken byte is one byte long and gives -1. */
static int32_t decode(struct duet_slice text, size_t *len)
{
	utf8proc_int32_t code_point;
	utf8proc_ssize_t n =
		utf8proc_iterate((const utf8proc_uint8_t *)text.ptr, (utf8proc_ssize_t)text.len, &code_point);

	*len = n > 0 ? (size_t)n : 1;
	return n > 0 ? code_point : -1;
}

int32_t duet_text_next(struct duet_slice *text)
{
	int32_t code_point;
	size_t len;

	if (text->len == 0)
		return -1;
	code_point = decode(*text, &len);
	text->ptr += len;
	text->len -= len;
	return code_point < 0 ? REPLACEMENT : code_point;
}

size_t duet_text_valid_len(struct duet_slice text)
{
	struct duet_slice rest = text;
	size_t len;

	for (; rest.len; rest.ptr += len, rest.len -= len)
		if (decode(rest, &len) < 0)
			break;
	return text.len - rest.len;
}

bool duet_text_valid(struct duet_slice text)
{
	return duet_text_valid_len(text) == text.len;
}

size_t duet_text_encode(int32_t code_point, char out[4])
{
	return (size_t)utf8proc_encode_char(code_point, (utf8proc_uint8_t *)out);
}

/* ASCII is its own normal form. */
static long normalise_ascii(struct duet_slice text, bool fold, char *out)
{
	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i];

		out[i] = (char)(fold && c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
	}
	out[text.len] = '\0';
	return (long)text.len;
}

static bool is_ascii(struct duet_slice text)
{
	for (size_t i = 0; i < text.len; i++)
		if ((unsigned char)text.ptr[i] >= 0x80)
			return false;
	return true;
}

static long encode_all(const utf8proc_int32_t *code_points, utf8proc_ssize_t n, char *out, size_t size)
{
	size_t len = 0;

	for (utf8proc_ssize_t i = 0; i < n; i++) {
		char bytes[4];
		size_t n_bytes = duet_text_encode(code_points[i], bytes);

		if (len + n_bytes >= size)
			return -ENOSPC;
		memcpy(out + len, bytes, n_bytes);
		len += n_bytes;
	}
	out[len] = '\0';
	return (long)len;
}

/* A copy in which every broken byte is U+FFFD, which takes three. */
static int repair(struct duet_slice text, struct duet_slice *repaired)
{
	char *bytes = duet_alloc(3 * text.len + 1);
	size_t len = 0;
	int32_t code_point;

	if (!bytes)
		return -ENOMEM;
	while ((code_point = duet_text_next(&text)) >= 0)
		len += duet_text_encode(code_point, bytes + len);
	*repaired = (struct duet_slice){bytes, len};
	return 0;
}

/* What a person says at once; only more than that takes memory. */
enum { MAX_FEW = 8192 };

static long normalise_valid(struct duet_slice text, utf8proc_option_t options, char *out, size_t size)
{
	const utf8proc_uint8_t *bytes = (const utf8proc_uint8_t *)text.ptr;
	utf8proc_ssize_t len = (utf8proc_ssize_t)text.len;
	utf8proc_ssize_t n = utf8proc_decompose(bytes, len, NULL, 0, options);
	utf8proc_int32_t few[MAX_FEW], *code_points = few;
	long written;

	if (n < 0)
		return -EILSEQ;
	if (n >= MAX_FEW)
		code_points = duet_calloc((size_t)n + 1, sizeof(*code_points));
	if (!code_points)
		return -ENOMEM;
	utf8proc_decompose(bytes, len, code_points, n, options);
	n = utf8proc_normalize_utf32(code_points, n, options);
	written = encode_all(code_points, n, out, size);
	if (code_points != few)
		duet_free(code_points);
	return written;
}

bool duet_text_combines(int32_t code_point)
{
	utf8proc_category_t category = utf8proc_category(code_point);

	return category == UTF8PROC_CATEGORY_MN || category == UTF8PROC_CATEGORY_MC ||
	       category == UTF8PROC_CATEGORY_ME;
}

long duet_text_normalise(struct duet_slice text, bool fold, char *out, size_t size)
{
	int options = UTF8PROC_STABLE | UTF8PROC_COMPOSE | (fold ? UTF8PROC_CASEFOLD : 0);
	struct duet_slice repaired;
	long written;

	if (is_ascii(text))
		return text.len < size ? normalise_ascii(text, fold, out) : -ENOSPC;
	if (duet_text_valid(text))
		return normalise_valid(text, (utf8proc_option_t)options, out, size);
	if (repair(text, &repaired) < 0)
		return -ENOMEM;
	written = normalise_valid(repaired, (utf8proc_option_t)options, out, size);
	duet_free((char *)(uintptr_t)repaired.ptr);
	return written;
}

int duet_text_width(struct duet_slice text)
{
	int32_t code_point;
	int columns = 0;

	while ((code_point = duet_text_next(&text)) >= 0)
		columns += utf8proc_charwidth(code_point);
	return columns;
}

static int smallest(int a, int b, int c)
{
	int least = a < b ? a : b;

	return least < c ? least : c;
}

/* Edit distance, letter case aside; both are at most MAX_NAME bytes long. */
static int distance(const char *a, const char *b)
{
	int row[MAX_NAME + 1];
	int n = (int)strlen(b);

	for (int j = 0; j <= n; j++)
		row[j] = j;
	for (int i = 1; a[i - 1]; i++) {
		int diagonal = row[0];

		row[0] = i;
		for (int j = 1; j <= n; j++) {
			int differs = strncasecmp(a + i - 1, b + j - 1, 1) != 0;
			int best = smallest(row[j] + 1, row[j - 1] + 1, diagonal + differs);

			diagonal = row[j];
			row[j] = best;
		}
	}
	return row[n];
}

const char *duet_text_nearest(const char *text, const char *const *names)
{
	size_t len = strlen(text);
	int best = (int)len / 3 + 2; /* from here on it is another word */
	const char *nearest = NULL;

	if (len == 0 || len > MAX_NAME)
		return NULL;
	for (; *names; names++) {
		int d = strlen(*names) > MAX_NAME ? best : distance(text, *names);

		if (d < best) {
			best = d;
			nearest = *names;
		}
	}
	return nearest;
}

void duet_text_init(struct duet_text *text, size_t max)
{
	*text = (struct duet_text){.max = max};
}

void duet_text_done(struct duet_text *text)
{
	if (!text)
		return;
	duet_free(text->ptr);
	*text = (struct duet_text){.max = text->max};
}

/* Room for `more` bytes and the NUL. */
static int make_room(struct duet_text *text, size_t more)
{
	size_t wanted = text->room < 64 ? 64 : text->room;
	char *grown;

	if (text->failed || more > text->max - text->len) {
		text->failed = true;
		return -ENOSPC;
	}
	if (text->len + more < text->room)
		return 0;
	while (wanted <= text->len + more)
		wanted *= 2;
	grown = duet_realloc(text->ptr, wanted, 1);
	if (!grown) {
		text->failed = true;
		return -ENOMEM;
	}
	text->ptr = grown;
	text->room = wanted;
	return 0;
}

int duet_text_add(struct duet_text *text, struct duet_slice piece)
{
	int code = make_room(text, piece.len);

	if (code < 0)
		return code;
	if (piece.len)
		memcpy(text->ptr + text->len, piece.ptr, piece.len);
	text->len += piece.len;
	text->ptr[text->len] = '\0';
	return 0;
}

int duet_text_printf(struct duet_text *text, const char *format, ...)
{
	va_list args, again;
	int code, len;

	va_start(args, format);
	va_copy(again, args);
	len = vsnprintf(NULL, 0, format, args);
	code = len < 0 ? -EINVAL : make_room(text, (size_t)len);
	if (code == 0) {
		vsnprintf(text->ptr + text->len, (size_t)len + 1, format, again);
		text->len += (size_t)len;
	}
	va_end(again);
	va_end(args);
	return code;
}
