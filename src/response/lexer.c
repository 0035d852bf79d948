/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/text.h"
#include "response/tree.h"

/* Where `at` is, for a person: lines and characters from 1; the end is behind the last character that is
 * seen. */
static void place(struct duet_slice source, size_t at, int *line, int *column)
{
	struct duet_slice rest = {source.ptr, at < source.len ? at : source.len};

	while (at >= source.len && rest.len && isspace((unsigned char)rest.ptr[rest.len - 1]))
		rest.len--;
	*line = *column = 1;
	while (rest.len) {
		if (duet_text_next(&rest) == '\n') {
			++*line;
			*column = 1;
		} else {
			++*column;
		}
	}
}

void *duet_response_mistake(struct duet_response_parser *p, size_t at, const char *format, ...)
{
	char what[200];
	va_list arguments;
	int line, column;

	if (p->code < 0)
		return NULL;
	va_start(arguments, format);
	vsnprintf(what, sizeof(what), format, arguments);
	va_end(arguments);
	place(p->source, at, &line, &column);
	p->code = duet_error_set(p->error, -EINVAL, "%s", what);
	duet_error_at(p->error, "", line, column);
	return NULL;
}

static size_t token_begin(const struct duet_response_parser *p)
{
	if (p->token == DUET_TOKEN_END)
		return p->source.len;
	return (size_t)(p->text.ptr - p->source.ptr) - (p->token == DUET_TOKEN_TEXT);
}

void *duet_response_unexpected(struct duet_response_parser *p, const char *expected)
{
	if (p->token == DUET_TOKEN_END)
		return duet_response_mistake(p, p->source.len, "%s is expected before the end", expected);
	return duet_response_mistake(p, token_begin(p), "%s is expected, not \"%.*s\"", expected,
				     (int)(p->text.len < 40 ? p->text.len : 40), p->text.ptr);
}

static bool starts_with(const struct duet_response_parser *p, const char *text)
{
	size_t len = strlen(text);

	return len <= p->source.len - p->at && memcmp(p->source.ptr + p->at, text, len) == 0;
}

static int byte_at(const struct duet_response_parser *p, size_t at)
{
	return at < p->source.len ? (unsigned char)p->source.ptr[at] : 0;
}

/* Names may be in any script. */
static bool is_letter(int byte)
{
	return isalpha(byte) || byte == '_' || byte >= 0x80;
}

static void take(struct duet_response_parser *p, enum duet_response_token token, size_t len)
{
	p->token = token;
	p->text = (struct duet_slice){p->source.ptr + p->at, len};
	p->at += len;
}

static void take_number(struct duet_response_parser *p)
{
	enum duet_response_token token = DUET_TOKEN_INTEGER;
	size_t end = p->at, exponent;

	while (isdigit(byte_at(p, end)) || byte_at(p, end) == '_')
		end++;
	if (byte_at(p, end) == '.' && isdigit(byte_at(p, end + 1))) {
		token = DUET_TOKEN_REAL;
		for (end++; isdigit(byte_at(p, end));)
			end++;
	}
	exponent = end + 1 + (byte_at(p, end + 1) == '-' || byte_at(p, end + 1) == '+');
	if ((byte_at(p, end) | 0x20) == 'e' && isdigit(byte_at(p, exponent))) {
		token = DUET_TOKEN_REAL;
		for (end = exponent; isdigit(byte_at(p, end));)
			end++;
	}
	take(p, token, end - p->at);
}

static void take_text(struct duet_response_parser *p)
{
	int quote = byte_at(p, p->at);
	size_t begin = p->at++;

	while (p->at < p->source.len && byte_at(p, p->at) != quote)
		p->at += 1 + (byte_at(p, p->at) == '\\');
	if (p->at >= p->source.len) {
		p->at = p->source.len;
		p->token = DUET_TOKEN_END;
		duet_response_mistake(p, begin, "this text is never closed with %c", quote);
		return;
	}
	p->token = DUET_TOKEN_TEXT;
	p->text = (struct duet_slice){p->source.ptr + begin + 1, p->at - begin - 1};
	p->at++;
}

/* -%} and friends; while a dict is open a } closes it. */
static bool take_close(struct duet_response_parser *p)
{
	static const char *const closes[] = {"%}", "}}"};
	size_t sign = byte_at(p, p->at) == '-' || byte_at(p, p->at) == '+';

	for (size_t i = 0; i < 2; i++)
		if (byte_at(p, p->at + sign) == closes[i][0] && byte_at(p, p->at + sign + 1) == '}' &&
		    (i == 0 || p->braces == 0)) {
			p->trim = byte_at(p, p->at) == '-';
			p->at += sign;
			take(p, DUET_TOKEN_CLOSE, 2);
			return true;
		}
	return false;
}

static void take_sign(struct duet_response_parser *p)
{
	static const char *const signs[] = {"**", "//", "==", "!=", "<=", ">="};
	static const char single[] = "+-*/%~<>=.,:|()[]{}";
	int byte = byte_at(p, p->at);

	for (size_t i = 0; i < sizeof(signs) / sizeof(*signs); i++)
		if (starts_with(p, signs[i])) {
			take(p, DUET_TOKEN_SIGN, 2);
			return;
		}
	if (!strchr(single, byte)) {
		duet_response_mistake(p, p->at, "\"%c\" means nothing here", isprint(byte) ? byte : '?');
		p->at = p->source.len;
		p->token = DUET_TOKEN_END;
		return;
	}
	p->braces += (byte == '{') - (byte == '}');
	take(p, DUET_TOKEN_SIGN, 1);
}

void duet_response_advance(struct duet_response_parser *p)
{
	while (p->at < p->source.len && isspace(byte_at(p, p->at)))
		p->at++;
	if (p->at >= p->source.len || p->code < 0)
		take(p, DUET_TOKEN_END, 0);
	else if (take_close(p))
		return;
	else if (isdigit(byte_at(p, p->at)))
		take_number(p);
	else if (byte_at(p, p->at) == '\'' || byte_at(p, p->at) == '"')
		take_text(p);
	else if (!is_letter(byte_at(p, p->at)))
		take_sign(p);
	else {
		size_t end = p->at;

		while (is_letter(byte_at(p, end)) || isdigit(byte_at(p, end)))
			end++;
		take(p, DUET_TOKEN_NAME, end - p->at);
	}
}

bool duet_response_is(const struct duet_response_parser *p, const char *word_or_sign)
{
	return (p->token == DUET_TOKEN_NAME || p->token == DUET_TOKEN_SIGN) && p->code == 0 &&
	       duet_slice_equal(p->text, duet_slice(word_or_sign));
}

bool duet_response_accept(struct duet_response_parser *p, const char *word_or_sign)
{
	if (!duet_response_is(p, word_or_sign))
		return false;
	duet_response_advance(p);
	return true;
}

bool duet_response_expect(struct duet_response_parser *p, const char *word_or_sign)
{
	char expected[32];

	if (duet_response_accept(p, word_or_sign))
		return true;
	snprintf(expected, sizeof(expected), "\"%s\"", word_or_sign);
	duet_response_unexpected(p, expected);
	return false;
}

void duet_response_open(struct duet_response_parser *p)
{
	p->at += 2;
	if (byte_at(p, p->at) == '-' || byte_at(p, p->at) == '+')
		p->at++;
	p->braces = 0;
	duet_response_advance(p);
}

bool duet_response_close(struct duet_response_parser *p, const char *close)
{
	if (p->code == 0 && p->token == DUET_TOKEN_CLOSE && duet_slice_equal(p->text, duet_slice(close)))
		return true;
	duet_response_unexpected(p, close);
	return false;
}
